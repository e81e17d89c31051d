"""The duty roster: who is on duty at a moment, gaps, absences; the days are those of one September week."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.rules.roster import (
    AlreadyOnDuty,
    BadShift,
    Shift,
    check_shift,
    copied,
    find_gaps,
    on_duty,
)

MORNING = datetime(2026, 9, 18, 0, 30, tzinfo=UTC)


def shift(start_h: float, hours: float, name: str = "甲", number: int = 1, **more: object) -> Shift:
    begin = MORNING + timedelta(hours=start_h)
    made = Shift(number, "duty_officer", None, name, "", begin, begin + timedelta(hours=hours))
    return replace(made, **more)  # type: ignore[arg-type]


DAY, NIGHT = shift(0, 9), shift(9, 15, "乙", 2)


@pytest.mark.parametrize(
    ("hour", "name", "because"),
    [
        (0, "甲", "the shift begins"),
        (8.99, "甲", "it is not over yet"),
        (9, "乙", "at the end the next one has begun"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_somebody_is_on_duty(hour: float, name: str, because: str) -> None:
    (one,) = on_duty([DAY, NIGHT], MORNING + timedelta(hours=hour))
    assert one.person_name == name


def test_who_is_absent_is_not_on_duty() -> None:
    assert on_duty([replace(DAY, absent_why="生病")], MORNING) == ()


def test_hours_that_nobody_covers_are_found() -> None:
    gaps = find_gaps([DAY, shift(12, 4, "乙", 2)], "duty_officer", MORNING, MORNING + timedelta(hours=24))
    assert [(one.starts_at - MORNING, one.ends_at - MORNING) for one in gaps] == [
        (timedelta(hours=9), timedelta(hours=12)),
        (timedelta(hours=16), timedelta(hours=24)),
    ]


def test_nobody_is_on_duty_twice_at_once() -> None:
    with pytest.raises(AlreadyOnDuty):
        check_shift(shift(5, 6, "甲", 3), [DAY])


@pytest.mark.parametrize(
    "made", [shift(0, -1), shift(0, 49), shift(0, 8, " ")], ids=["ends first", "too long", "nobody"]
)
def test_a_shift_that_cannot_be_is_refused(made: Shift) -> None:
    with pytest.raises(BadShift):
        check_shift(made, [])


def test_stand_ins_are_not_copied_into_the_next_week() -> None:
    later = copied([DAY, replace(NIGHT, stands_in_for=1)], timedelta(days=7))
    assert [(one.person_name, one.starts_at - DAY.starts_at) for one in later] == [("甲", timedelta(days=7))]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=8))
def test_gaps_and_shifts_fill_the_time_between_them(spans: list[tuple[int, int]]) -> None:
    shifts = [shift(start, hours, str(n), n) for n, (start, hours) in enumerate(spans)]
    gaps = find_gaps(shifts, "duty_officer", MORNING, MORNING + timedelta(hours=48))
    covered = [on_duty(shifts, MORNING + timedelta(hours=h + 0.5)) != () for h in range(48)]
    in_gap = [
        any(one.starts_at <= MORNING + timedelta(hours=h + 0.5) < one.ends_at for one in gaps)
        for h in range(48)
    ]
    assert all(a != b for a, b in zip(covered, in_gap, strict=True))
