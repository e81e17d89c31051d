"""Clocks come out of the facts again: the same by the same calendar, told apart when it was changed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings

from cases.rules.deadlines import Running, clocks_as_data, pause_clock, resume_clock, start_clock, working_of
from cases.rules.replaying import replay
from cases.rules.worktime import WorkCalendar
from grid.rules.criteria import Limit
from tests.rules.test_commands import KNOWN
from tests.rules.test_walks import STEPS, live, lived

OTHER = replace(KNOWN.calendar, version="另一版")
FRIDAY = datetime(2026, 9, 18, 9, 30, tzinfo=UTC)  # 17:30 in the city
TWO_DAYS = Limit(2, "working_day")


@dataclass(frozen=True)
class Fact:
    seq: int
    at: datetime
    transition_no: int
    body: dict[str, object]


def facts_of(steps: list[tuple[int, int]]) -> list[Fact]:
    return [Fact(n, at, d.edge.no, dict(d.body)) for n, (d, at) in enumerate(lived(steps), start=1)]


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_the_same_calendar_gives_the_same_clocks(steps: list[tuple[int, int]]) -> None:
    again = replay(facts_of(steps), KNOWN.calendar)
    assert (again.differences, dict(again.clocks)) == ((), dict(live(steps)[-1].state.clocks))


def test_a_clock_that_was_tampered_with_is_found() -> None:
    (fact,) = facts_of([])
    fact.body["clocks"]["accept"]["due_at"] = "2027-01-01T00:00:00+00:00"  # type: ignore[index]
    again = replay([fact], KNOWN.calendar)
    assert (again.is_sound, [one.clock for one in again.differences]) == (False, ["accept"])


def test_a_calendar_that_was_changed_afterwards_moves_no_deadline() -> None:
    (fact,) = facts_of([])
    fact.body["clocks"]["accept"]["due_at"] = "2027-01-01T00:00:00+00:00"  # type: ignore[index]
    again = replay([fact], OTHER)
    assert (again.is_sound, again.clocks["accept"].due_at) == (True, datetime(2027, 1, 1, tzinfo=UTC))


def started() -> Running:
    return start_clock(TWO_DAYS, FRIDAY, KNOWN.calendar)


def resumed() -> Running:
    paused = pause_clock(started(), FRIDAY + timedelta(days=3), KNOWN.calendar)
    return resume_clock(paused, FRIDAY + timedelta(days=40), KNOWN.calendar)


def moved(calendar: WorkCalendar) -> Running:
    clock = start_clock(TWO_DAYS, FRIDAY, calendar)
    return replace(clock, due_at=clock.due_at and clock.due_at + timedelta(days=1))


@pytest.mark.parametrize(
    ("clock", "said", "because"),
    [
        (
            started(),
            "（16 小时班内时间），自 9月18日 周五 17:30 起",
            "the whole limit from its start",
        ),
        (resumed(), "此前已用", "what was used before the pause counts"),
        (resumed(), "自 10月28日 周三 17:30 起", "and the rest counts from where it went on"),
        (moved(KNOWN.calendar), "期限不变", "a calendar changed afterwards is told, and moves nothing"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_deadline_is_told_with_its_working(clock: Running, said: str, because: str) -> None:
    assert said in working_of(clock, KNOWN.calendar)


def test_clocks_survive_being_written_down() -> None:
    assert clocks_as_data({"handling": resumed()})["handling"]["extension"] == 0
