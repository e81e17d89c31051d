"""What other systems ask and are told by Open311, without a server: parameters, formats, services, words."""

import json
import os
import re
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.stages import FINAL_STAGES, PUBLIC_STAGES, STAGES
from tests.case_city import baoji, catalogue
from web.api.open311.asking import (
    MOST_ROWS,
    BadParameter,
    Fields,
    Page,
    UnknownJurisdiction,
    need_jurisdiction,
    read_page,
    read_requests,
    read_updates_period,
)
from web.api.open311.discovery import catalogue_files, newest_change
from web.api.open311.documents import as_json, as_xml
from web.api.open311.service_types import (
    define_service,
    describe_service,
    get_service,
    read_attributes,
    services_of,
)
from web.api.open311.stages import KNOWN_WORDS, STATUS_NOTES, UPDATE_WORDS, status_word

AT = datetime(2026, 9, 18, 1, 30, tzinfo=UTC)
DAY = timedelta(days=1)
COVER = get_service(catalogue(), "01002")
SERVICES = [*services_of(catalogue()).values()]
ASKED = [define_service(one, is_english=True, say=str)["attributes"] for one in SERVICES]
SAID = ("service_code", "service_name", "description", "metadata", "type", "keywords", "group")


def day(words: str) -> datetime:
    """The first moment of a day, UTC."""
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


def fields(words: str) -> Fields:
    """Parameters written as `name=value&name=value`."""
    return Fields.of(tuple(pair.partition("=")[::2]) for pair in words.split("&") if pair)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("", AT - 90 * DAY, AT),
        ("start_date=&end_date=", AT - 90 * DAY, AT),
        ("start_date=2026-09-01T00:00:00Z", day("2026-09-01"), AT),
        ("start_date=2026-01-01T00:00:00Z", day("2026-01-01"), day("2026-04-01")),
        ("end_date=2026-09-01T08:00:00+08:00", day("2026-06-03"), day("2026-09-01")),
        ("start_date=2026-09-01T08:00:00 08:00", day("2026-09-01"), AT),
        ("start_date=2027-01-01T00:00:00Z", day("2027-01-01"), day("2027-01-01")),
        ("end_date=0001-01-02T00:00:00Z", day("0001-01-01"), day("0001-01-02")),
        ("start_date=9999-12-30T00:00:00Z", day("9999-12-30"), day("9999-12-30")),
    ],
    ids=["nothing named", "empty is absent", "until now", "90 days from the start", "90 days to the end",
         "a plus that the address lost", "days to come", "the first day there is", "the last day there is"],
)  # fmt: skip
def test_a_period_is_at_most_ninety_days(words: str, first: datetime, last: datetime) -> None:
    asked = read_requests(fields(words), at=AT).reported
    assert (asked.first, asked.last) == (first, last)


NONSENSE = {
    "91 days": "start_date=2026-01-01T00:00:00Z&end_date=2026-04-02T00:00:00Z",
    "the end before the start": "start_date=2026-09-02T00:00:00Z&end_date=2026-09-01T00:00:00Z",
    "no time": "start_date=2026-09-01",
    "no zone": "start_date=2026-09-01T08:00:00",
    "a word": "start_date=yesterday",
    "the year 0": "start_date=0000-01-01T00:00:00Z",
    "before the year 0": "start_date=-0001-01-01T00:00:00Z",
    "30 February": "start_date=2026-02-30T00:00:00Z",
    "before the first moment": "end_date=0001-01-01T00:00:00+14:00",
    "after the last moment": "start_date=9999-12-31T23:59:59-14:00",
    "two starts": "start_date=2026-09-01T00:00:00Z&start_date=2026-09-02T00:00:00Z",
    "another status": "status=pending",
    "page 0": "page=0",
    "before the first page": "page=-1",
    "half a page": "page=1.5",
    "full-width digits": "page=１",
    "page 10^9": "page=1000000000",
    "two pages": "page=2&page=3",
    "beyond all numbers": "page=99999999999999999999",
    "too large a page": "page_size=1001",
    "no rows": "page_size=0",
    "beyond a million rows": "page=1002&page_size=1000",
    "no moment": "updated_after=now",
    "1,001 numbers": "service_request_id=" + ",".join(str(n) for n in range(1001)),
}


@pytest.mark.parametrize("words", NONSENSE.values(), ids=NONSENSE.keys())
def test_a_question_that_makes_no_sense_is_refused(words: str) -> None:
    with pytest.raises(BadParameter):
        read_requests(fields(words), at=AT)


def test_numbers_override_every_other_filter() -> None:
    asked = read_requests(fields("service_request_id=1,2&service_request_id=2,3&status=never"), at=AT)
    assert (asked.ids, asked.is_open, asked.reported.first) == (("1", "2", "3"), None, None)


@pytest.mark.parametrize(
    ("words", "is_open"),
    [("", None), ("status=open", True), ("status=closed", False), ("status=open,closed", None)],
    ids=["unsaid", "open", "closed", "both"],
)
def test_a_status_may_be_a_list(words: str, is_open: bool | None) -> None:
    assert read_requests(fields(words), at=AT).is_open is is_open


def test_who_asks_for_changes_is_not_held_to_new_reports() -> None:
    asked = read_requests(fields("updated_after=2026-09-17T00:00:00Z"), at=AT)
    assert (asked.reported.first, asked.changed.last) == (None, AT)


def test_pages_count_from_one_and_hold_a_thousand() -> None:
    assert (read_page(fields("")), read_page(fields("page=3&page_size=50")).offset) == (
        Page(1, MOST_ROWS),
        100,
    )


@pytest.mark.parametrize(
    ("words", "days"),
    [("", 1), ("start_date=2026-09-01T00:00:00Z&end_date=2026-09-03T00:00:00Z", 2)],
    ids=["the last day", "as asked"],
)
def test_updates_are_of_the_last_day_or_of_a_period(words: str, days: int) -> None:
    period = read_updates_period(fields(words), at=AT)
    assert period.last - period.first == days * DAY  # type: ignore[operator]  # both ends are there


@pytest.mark.parametrize(
    "words",
    ["start_date=2026-09-01T00:00:00Z", "end_date=2026-09-01T00:00:00Z",
     "start_date=2026-07-01T00:00:00Z&end_date=2026-09-01T00:00:00Z"],
    ids=["no end", "no start", "two months"],
)  # fmt: skip
def test_a_period_of_updates_has_both_ends_and_at_most_a_month(words: str) -> None:
    with pytest.raises(BadParameter):
        read_updates_period(fields(words), at=AT)


@pytest.mark.parametrize("words", ["", "jurisdiction_id=610300", "jurisdiction_id=City.Example"])
def test_our_city_is_meant_without_a_name_or_by_any_of_its_names(words: str) -> None:
    need_jurisdiction(fields(words), ("610300", "city.example"))


def test_another_city_is_refused() -> None:
    with pytest.raises(UnknownJurisdiction):
        need_jurisdiction(fields("jurisdiction_id=sfgov.org"), ("610300", "city.example"))


ASKABLE = (
    "service_request_id", "service_code", "status", "start_date", "end_date", "updated_after",
    "updated_before", "page", "page_size", "extensions", "jurisdiction_id", "lat", "long",
)  # fmt: skip
WORDS = st.text(max_size=30) | st.sampled_from(["open", "1", "2026-09-01T08:00:00Z", "0", "-1", ",", "NaN"])


@given(st.lists(st.tuples(st.sampled_from(ASKABLE), WORDS), max_size=6))
def test_whatever_is_asked_is_a_question_or_is_refused(pairs: list[tuple[str, str]]) -> None:
    asked = Fields.of(pairs)
    with suppress(BadParameter):
        read_requests(asked, at=AT)
    with suppress(BadParameter):
        read_updates_period(asked, at=AT)


def test_attributes_come_once_or_as_lists() -> None:
    sent = fields("attribute[a]=1&attribute[b][]=2&attribute[b][]=3&attribute[c]=&attribute=4")
    assert sent.attributes() == {"a": ("1",), "b": ("2", "3")}


@pytest.mark.parametrize(
    "sent",
    [{"colour": ("red",)}, {"condition": ("C99",)}, {"condition": ("C01002-COVER_RATTLING-1",) * 2},
     {"asset_id": ("12",)}, {"asset_id": ("6103030100200000'",)}],
    ids=["not defined", "not listed", "two for one", "too short", "no code"],
)  # fmt: skip
def test_an_attribute_that_the_definition_does_not_allow_is_refused(sent: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(BadParameter):
        read_attributes(COVER, sent)


def test_what_is_chosen_is_the_criterion_of_the_type() -> None:
    chosen = read_attributes(COVER, {"condition": ("C01002-COVER_RATTLING-1",)}).criterion
    assert chosen
    assert "松动" in chosen.condition


def test_no_two_types_share_a_service_code() -> None:
    assert len(services_of(catalogue())) == len(catalogue().types)


def test_every_service_says_all_that_the_specification_wants() -> None:
    told = [describe_service(one, is_english=False) for one in SERVICES]
    assert {frozenset(one) for one in told} == {frozenset(SAID)}
    assert [one for one in told if "" in one.values()] == []


def test_a_service_with_metadata_asks_something_and_no_other_does() -> None:
    told = [describe_service(one, is_english=False)["metadata"] for one in SERVICES]
    assert told == [bool(asked) for asked in ASKED]
    assert {*told} == {True, False}


def test_attributes_are_numbered_from_one_and_lists_have_values() -> None:
    assert [a for a in ASKED if [one["order"] for one in a] != [*range(1, len(a) + 1)]] == []
    lists = [one for a in ASKED for one in a if one["datatype"] == "singlevaluelist"]
    assert all(one["values"] for one in lists)
    assert all(one["description"] and one["datatype_description"] for a in ASKED for one in a)


def test_a_class_that_is_edited_changes_the_changeset(tmp_path) -> None:  # type: ignore[no-untyped-def]
    files = [shutil.copy2(path, tmp_path / f"{n}") for n, path in enumerate(catalogue_files(baoji()))]
    before = newest_change(files)
    os.utime(files[0], (AT.timestamp() + 10**8, AT.timestamp() + 10**8))
    assert newest_change(files) > before


@pytest.mark.parametrize("stage", STAGES)
def test_a_case_is_closed_when_its_stage_is_final(stage: str) -> None:
    assert status_word(is_open=stage not in FINAL_STAGES) == ("closed" if stage in FINAL_STAGES else "open")
    assert STATUS_NOTES[PUBLIC_STAGES[stage]]


def test_words_of_updates_are_those_other_systems_know() -> None:
    assert {*UPDATE_WORDS.values()} <= KNOWN_WORDS


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda part: st.dictionaries(st.sampled_from(["code", "lat", "description"]), part, max_size=3),
    max_leaves=8,
)


@given(TREES)
def test_whatever_is_told_can_be_read_in_both_formats(tree: object) -> None:
    told = [{"description": tree}]
    ET.fromstring(as_xml("errors", told))
    json.loads(as_json(told))


def test_both_formats_say_the_same_and_leave_out_what_has_no_value() -> None:
    tree = [{"service_code": "01", "metadata": True, "media_url": None, "description": "<b>&'"}]
    in_xml = {part.tag: part.text for part in ET.fromstring(as_xml("services", tree))[0]}
    assert in_xml == {"service_code": "01", "metadata": "true", "description": "<b>&'"}
    assert {*json.loads(as_json(tree))[0]} == {*in_xml}


def test_xml_says_that_it_is_utf_8() -> None:
    assert re.match(rb"<\?xml version='1.0' encoding='utf-8'\?>", as_xml("services", []))
