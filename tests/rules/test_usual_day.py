"""Today is held against the usual day, and a ranking blames nobody on a handful of cases."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.standings import Standing, standings
from cases.rules.usual_day import WEEKS, UsualDay, day_begins, earlier_days, sums_of, usual_day

FRIDAY_EVENING = datetime(2026, 9, 18, 17, 0, tzinfo=UTC)  # 01:00 on Saturday in the city
HOURLY = st.dictionaries(st.integers(0, 23), st.integers(0, 500))


def test_the_day_begins_at_midnight_of_the_city():
    assert day_begins(FRIDAY_EVENING).isoformat() == "2026-09-19T00:00:00+08:00"


def test_a_saturday_is_held_against_saturdays():
    days = earlier_days(FRIDAY_EVENING)
    assert ({day.weekday() for day in days}, len(days)) == ({5}, WEEKS)


@pytest.mark.parametrize(
    ("days", "at_noon", "of_days", "because"),
    [
        ([{9: 4}, {9: 6}, {9: 100}], 6.0, 3, "the median: one day of rain makes no usual day"),
        ([{9: 4}, {10: 8}], 6.0, 2, "of an even number the middle of two"),
        ([{9: 4}, {}, {9: 4}], 4.0, 3, "an empty day between two others counts"),
        ([{9: 4}, {}, {}], 4.0, 1, "days before the first report say nothing"),
        ([{23: 9}], 0.0, 1, "what comes at night has not come by noon"),
        ([{}, {}], 0.0, 0, "without any day nothing is usual"),
    ],
)
def test_a_usual_day(days, at_noon, of_days, because):
    usual = usual_day(days)
    assert (usual.so_far(12), usual.days) == (at_noon, of_days), because


def test_between_two_hours_the_usual_day_runs_straight():
    assert usual_day([{0: 4, 1: 8}]).so_far(1.25) == 6.0


@given(st.lists(HOURLY, max_size=8))
def test_a_usual_day_never_goes_down(days):
    by_hour = usual_day(days).by_hour
    assert list(by_hour) == sorted(by_hour)


@given(HOURLY)
def test_by_midnight_all_of_a_day_is_in_its_sum(day):
    assert sums_of(day)[-1] == sum(day.values())


def test_the_usual_day_is_over_at_midnight():
    assert UsualDay(tuple(float(n) for n in range(24)), 8).so_far(30) == 23.0


def row(code: str, total: float | None, n: int, *, is_small: bool = False) -> Standing:
    return Standing(code, code, total, None if total is None else "A", n, is_small=is_small)


@pytest.mark.parametrize(
    ("rows", "order", "because"),
    [
        ([row("a", 80, 50), row("b", 90, 50)], [("b", 1), ("a", 2)], "the best first"),
        ([row("a", 99, 3, is_small=True), row("b", 60, 50)], [("b", 1), ("a", None)],
         "three cases make nobody the best"),
        ([row("a", 5, 3, is_small=True), row("b", 60, 50)], [("b", 1), ("a", None)], "nor the last"),
        ([row("a", 80.04, 9), row("b", 80.0, 9), row("c", 70, 9)], [("a", 1), ("b", 1), ("c", 3)],
         "equal as shown share a place"),
        ([row("a", None, 0), row("b", 60, 50)], [("b", 1)], "without a total there is nothing to show"),
        ([row("a", 9, 2, is_small=True), row("b", 8, 7, is_small=True)], [("b", None), ("a", None)],
         "of small ones the larger first"),
    ],
)  # fmt: skip
def test_a_ranking(rows, order, because):
    assert [(one.code, one.place) for one in standings(rows)] == order, because
