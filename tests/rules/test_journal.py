"""The journal: nobody changes what happened without being seen."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.journal import Entry, canonical, chain, verify

NOON = datetime(2026, 9, 18, 4, tzinfo=UTC)
STORY = chain([{"what": word, "at": NOON} for word in ("上报", "受理", "立案", "派遣")])


def without(place: int) -> list[Entry]:
    return STORY[: place - 1] + STORY[place:]


def test_a_story_as_it_was_written_holds() -> None:
    assert verify(STORY, head=STORY[-1].hash) is None


@given(st.integers(min_value=1, max_value=4))
def test_a_changed_word_is_found_where_it_was_changed(place: int) -> None:
    changed = [*STORY]
    changed[place - 1] = replace(STORY[place - 1], content={"what": "作废", "at": NOON})
    assert verify(changed) == place


@given(st.integers(min_value=1, max_value=3))
def test_a_fact_left_out_is_found_at_its_place(place: int) -> None:
    assert verify(without(place)) == place


def test_a_story_cut_short_is_found_by_its_last_hash() -> None:
    assert (verify(without(4)), verify(without(4), head=STORY[-1].hash)) == (None, 4)


def test_two_facts_exchanged_are_found() -> None:
    assert verify([STORY[1], STORY[0], *STORY[2:]]) == 1


def test_a_forger_who_seals_a_changed_fact_anew_is_found_at_the_next() -> None:
    forged = chain([{"what": "作废", "at": NOON}])
    assert verify([*forged, *STORY[1:]]) == 2


def test_the_same_fact_is_always_written_the_same() -> None:
    one = {"乙": 1, "甲": [1.5, None, True], "id": UUID(int=7), "at": NOON}
    other = dict(reversed(one.items()))
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("content", "because"),
    [
        ({"at": NOON.replace(tzinfo=None)}, "a moment without a zone means nothing"),
        ({"n": float("nan")}, "not a number is not equal to itself"),
        ({"n": b"x"}, "bytes have no one form"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_has_no_single_form_is_not_written(content: dict[str, object], because: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical(content)
