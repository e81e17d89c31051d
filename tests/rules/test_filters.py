"""A filter written into an address is read from it again, so that list, map and jobs mean the same cases."""

from dataclasses import fields
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from cases.filtering import BadFilter, CaseFilter
from cases.rules.deadlines import LIGHTS
from cases.rules.stages import STAGES
from web.faces.chips import TITLES
from web.faces.queues import LEADER, OPERATOR, POSTS
from web.filters import FILTERS, read_filter, write_filter

UNNAMED = {"box", "component_code", "reporter_id", "is_synthetic"}
"""What no address says."""
ASKED = st.fixed_dictionaries(
    {},
    optional={
        "stage": st.lists(st.sampled_from(STAGES), unique=True, max_size=4),
        "light": st.lists(st.sampled_from(sorted(LIGHTS)), unique=True, max_size=3),
        "area": st.sampled_from(["610303", "610303008", "610303008007005"]),
        "q": st.sampled_from(["井盖", "经二路 缺失", "02-1126-000014"]),
        "since": st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(str),
        "until": st.sampled_from(["2026-11-01", "2026-12-31"]),
        "filed_since": st.just("2026-03-01"), "closed_until": st.just("2026-03-08"),
        "inspector": st.integers(1, 2**63 - 1).map(str), "crew": st.just("7"),
        "appeal": st.sampled_from(["none", "asked", "granted", "refused"]),
        **{name: st.sampled_from(["true", "false"]) for name in ("late", "photos", "suspended", "open")},
    },
)  # fmt: skip


@given(ASKED)
def test_what_is_written_is_read_again(asked):
    pairs = [
        (name, value) for name, said in asked.items() for value in ([said] if isinstance(said, str) else said)
    ]
    wanted = read_filter(QueryParams(pairs))
    assert read_filter(QueryParams(write_filter(wanted))) == wanted


def test_everything_that_addresses_name_is_written():
    full = CaseFilter(**{one.name: _some(one.name) for one in fields(CaseFilter) if one.name not in UNNAMED})
    assert {name for name, _ in write_filter(full)} | {"grid"} == FILTERS


def _some(name):
    from datetime import UTC, datetime

    if name in ("stages", "lights"):
        return {"stages": ("filed",), "lights": ("normal",)}[name]
    if name.endswith(("_from", "_until")):
        return datetime(2026, 3, 1, 16, tzinfo=UTC)
    plain = {"area_code": "610303", "text": "井盖", "appeal": "asked", "inspector_id": 3, "crew_id": 4}
    return plain.get(name, True if name.startswith(("is_", "has_", "was_", "awaits_")) else "x")


def test_every_filter_has_a_chip():
    assert {*TITLES} == FILTERS


def test_a_unit_grid_may_be_written_in_groups():
    assert read_filter(QueryParams("grid=610303008007+005")).area_code == "610303008007005"


def test_a_unit_grid_elsewhere_than_the_area_is_refused():
    with pytest.raises(BadFilter):
        read_filter(QueryParams("area=610302&grid=610303008007005"))


@pytest.mark.parametrize(
    ("post", "key", "asked", "stages", "because"),
    [
        (OPERATOR, "all", "stage=filed&stage=closed", ("filed",), "stages of the part that are wanted"),
        (OPERATOR, "todo", "stage=filed", None, "the part has no such stage"),
        (LEADER, "overdue", "light=normal", None, "what is late is not in time"),
        (LEADER, "answer", "answer=false", None, "what waits for an answer does not not wait"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_filter_never_widens_in_a_part_of_a_queue(post, key, asked, stages, because):
    tab = next(tab for tab in post.tabs if tab.key == key)
    wanted = read_filter(QueryParams(asked))
    found = tab.narrowed(wanted, None)
    assert found == (wanted.in_stages(stages) if stages else found.for_nothing())


def test_desks_have_names_of_their_own():
    assert len({post.key for post in POSTS}) == len(POSTS)
