"""A day that is played: reports at their hours, inspectors at the pace of people."""

import math
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.clock import FixedClock
from web.cli_demo import BadHours, _read_hours
from web.live_day.accounts import Account
from web.live_day.day import draw_day
from web.live_day.walking import FASTEST_MPS, Walker, _metres

TYPES = [("matter", "06010"), ("matter", "06018"), ("matter", "06029"), ("component", "01002")]
PLACES = [(107.14 + n * 0.002, 34.36 + n % 3 * 0.002) for n in range(9)]
NOW = datetime(2026, 9, 18, 2, tzinfo=UTC)


def day(**changes: object) -> list[object]:
    asked = {"reports": 2_000, "month": 7, "hours": (0, 24), "seed": 3, "types": TYPES} | changes
    return list(draw_day(**asked))  # type: ignore[arg-type]


def test_the_same_number_draws_the_same_day() -> None:
    assert day() == day()
    assert day() != day(seed=4)


def test_some_hours_hold_the_reports_of_those_hours_only() -> None:
    morning, whole = day(hours=(8, 12)), day()
    assert morning == [one for one in whole if 8 <= one.at_s / 3600 < 12]  # type: ignore[attr-defined]


def test_more_is_reported_by_day_than_by_night() -> None:
    assert len(day(hours=(8, 12))) > 10 * len(day(hours=(1, 5)))


@pytest.mark.parametrize(
    ("type_code", "more", "less"),
    [("06018", 11, 7), ("06029", 7, 1)],
    ids=["leaves fall in autumn", "people grill in summer"],
)
def test_what_is_reported_follows_the_season(type_code: str, more: int, less: int) -> None:
    n = {m: sum(one.habit.type_code == type_code for one in day(month=m)) for m in (more, less)}  # type: ignore[attr-defined]
    assert n[more] > 2 * n[less]


def test_what_the_city_does_not_know_is_not_reported() -> None:
    assert {one.habit.type_code for one in day(types=TYPES[:1])} == {"06010"}  # type: ignore[attr-defined]
    assert day(types=[("matter", "99999")]) == []


@given(seed=st.integers(0, 999), pace=st.floats(0.5, 5_000), seconds=st.floats(0.5, 60))
def test_nobody_walks_faster_than_a_bicycle(seed: int, pace: float, seconds: float) -> None:
    walker = Walker(Account("", "", ()), PLACES, random.Random(seed), pace, FixedClock(NOW))
    before = walker.at
    walker.walk(seconds)
    assert math.hypot(*_metres(before, walker.at)) <= FASTEST_MPS * seconds * 1.01
    assert 0 <= walker.heading_deg < 360


def test_a_walker_with_one_place_stays_there() -> None:
    walker = Walker(Account("", "", ()), PLACES[:1], random.Random(1), 1.3, FixedClock(NOW))
    walker.walk(60)
    assert walker.at == PLACES[0]


@pytest.mark.parametrize("told", ["", "7", "19-7", "7-25", "a-b", "7-7", "-1-5", "nan-5"])
def test_hours_that_are_none_are_refused(told: str) -> None:
    with pytest.raises(BadHours):
        _read_hours(told)
