"""Reading forms and addresses."""

import pytest
from pydantic import BaseModel, Field
from starlette.datastructures import FormData, QueryParams

from web.accounts.people import Person
from web.filters import read_filter, visible_to
from web.forms import parse
from web.rendering import local_path
from web.uploads import Malformed


class Sent(BaseModel):
    count: int = Field(title="数量")
    note: str = ""


def person(role: str, organisation: str = "BJ-PS") -> Person:
    return Person(7, "login", "名", frozenset({role}), organisation, (), False)


def test_a_field_at_fault_is_named_in_chinese():
    with pytest.raises(Malformed, match="数量") as fault:
        parse(Sent, FormData([("count", "many")]))
    assert fault.value.facts["fields"] == ["count"]


def test_a_field_left_empty_counts_as_not_sent():
    assert parse(Sent, FormData([("count", "3"), ("note", "  ")])) == Sent(count=3, note="")


def test_all_open_stages_have_one_name():
    assert "closed" not in read_filter(QueryParams("stage=open")).stages


def test_a_day_is_that_of_the_city_both_ends_included():
    wanted = read_filter(QueryParams("since=2026-09-18&until=2026-09-18"))
    assert wanted.reported_from is not None
    assert wanted.reported_until is not None
    assert wanted.reported_from.isoformat() == "2026-09-18T00:00:00+08:00"
    assert wanted.reported_until.isoformat() == "2026-09-19T00:00:00+08:00"


@pytest.mark.parametrize(
    ("who", "department", "crew"),
    [
        (person("operator"), None, None),
        (person("inspector"), None, None),
        (person("department"), "BJ-PS", None),
        (person("crew"), "BJ-PS", 7),
        (Person(1, "x", "x", frozenset({"crew"}), None, (), False), "-", 1),
    ],
    ids=[
        "a desk all",
        "an inspector all",
        "a department its own",
        "a crew its tasks",
        "nobody's crew nothing",
    ],
)
def test_people_see_what_is_theirs(who, department, crew):
    shown = visible_to(who, read_filter(QueryParams("")))
    assert (shown.department_code, shown.crew_id) == (department, crew)


@pytest.mark.parametrize(
    ("asked", "because"),
    [("//evil", "host"), ("/\\evil", "mask"), ("http://evil", "scheme"), ("/a\nb", "break"), ("", "none")],
    ids=lambda value: value if value.isalpha() else "",
)  # fmt: skip
def test_nobody_is_sent_to_another_house(asked, because):
    assert local_path(asked, "/home") == "/home"
