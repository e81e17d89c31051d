"""The clocks of a case from its facts alone: run again by the table, and compared with what was kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cases.rules.deadlines import Clocks, Running, clocks_from_data, run_clocks
from cases.rules.stages import ClockName, get_transition
from cases.rules.worktime import CalendarMissing, WorkCalendar

TOLERANCE_S = 1e-3


class Told(Protocol):
    """A fact as far as clocks go."""

    @property
    def seq(self) -> int:
        """Its place in the chain."""

    @property
    def at(self) -> datetime:
        """When, UTC."""

    @property
    def transition_no(self) -> int:
        """The row of the table."""

    @property
    def body(self) -> Mapping[str, Any]:
        """With `clocks` as they were after it, and the versions of the `rules`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A clock that comes out otherwise when it is run again, from fact `seq` on."""

    seq: int
    clock: ClockName
    kept: Running
    again: Running
    is_other_calendar: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """The clocks run again, and where they differ from those kept."""

    clocks: Clocks
    differences: tuple[Difference, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing differs but by a calendar that was changed afterwards, which moves no deadline."""
        return all(one.is_other_calendar for one in self.differences)


def replay(facts: Iterable[Told], calendar: WorkCalendar) -> Replay:
    """Run the clocks of a case again by the table; limits are those that the facts keep.

    Each fact is run from the clocks that were kept before it, so that one difference is told once. Facts that
    fall into a year whose calendar is gone keep their clocks.
    """
    clocks: dict[ClockName, Running] = {}
    differences: list[Difference] = []
    for fact in facts:
        kept = clocks_from_data(fact.body.get("clocks", {}))
        edge = get_transition(fact.transition_no)
        limits = {name: clock.limit for name, clock in kept.items()}
        try:
            again = run_clocks(clocks, edge.clocks, at=fact.at, limits=limits, calendar=calendar)
        except CalendarMissing:
            again = {**clocks, **kept}
        is_other = fact.body.get("rules", {}).get("calendar") != calendar.version
        differences += [
            Difference(fact.seq, name, clock, again[name], is_other)
            for name, clock in kept.items()
            if name in again and not _is_same(clock, again[name])
        ]
        clocks |= kept
    return Replay(clocks, tuple(differences))


def _is_same(one: Running, other: Running) -> bool:
    """Whether two clocks tell the same to the millisecond."""
    if abs(one.used_s - other.used_s) > TOLERANCE_S or one.limit != other.limit:
        return False
    pairs = ((one.run_since, other.run_since), (one.due_at, other.due_at), (one.stopped_at, other.stopped_at))
    return all(_is_near(a, b) for a, b in pairs)


def _is_near(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs((one - other).total_seconds()) <= TOLERANCE_S
