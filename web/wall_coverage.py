"""Which grids nobody walked this week, for walls: by street, never by person or by one person's grid.

Walls are seen by visitors; coverage of a responsibility grid says how much its one inspector walks, which is
for leaders (`/desk/field`). Of a street with few unit grids a share says little:
it is marked and stands last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gis_core.clock import city_time
from gis_core.db import Sessions
from grid.positions.coverage import GridWalks, list_coverage
from grid.positions.rules.visits import VisitRule
from grid.positions.unwalked import find_unwalked

DAYS = 7
SMALL_SAMPLE = 10
"""Unit grids; a street with fewer is not ranked."""
SUBDISTRICT_DIGITS = 9
"""Of the code of a unit grid."""
OLD_AFTER = timedelta(hours=24)
"""Nobody was anywhere for so long: then positions are missing rather than people."""


@dataclass(frozen=True, slots=True)
class StreetWalks:
    """A street office: its unit grids, and how many of them somebody walked."""

    code: str
    grids: int
    walked: int

    @property
    def unwalked(self) -> int:
        """Unit grids that nobody walked."""
        return self.grids - self.walked

    @property
    def is_small(self) -> bool:
        """Whether a share of so few grids says little."""
        return self.grids < SMALL_SAMPLE


@dataclass(frozen=True, slots=True)
class Week:
    """The last seven days, today included, as of `at`; `newest_at` is when somebody was last in any grid."""

    at: datetime
    since: date
    until: date
    grids: int
    walked: int
    newest_at: datetime | None
    streets: tuple[StreetWalks, ...]
    unwalked: str | None

    @property
    def state(self) -> str:
        """`none` where no position came in all the week, `old` where none came for a day, else `fresh`."""
        if self.newest_at is None:
            return "none"
        return "old" if self.at - self.newest_at > OLD_AFTER else "fresh"


def read_week(sessions: Sessions, rules: Sequence[VisitRule], at: datetime) -> Week:
    """Walks of the last seven days of the city, read now."""
    until = city_time(at).date()
    since = until - timedelta(days=DAYS - 1)
    with sessions() as session:
        walks = list_coverage(session, since, until, rules)
        outline = find_unwalked(session, since, until, rules)
    return Week(
        at=at,
        since=since,
        until=until,
        grids=len(walks),
        walked=sum(1 for one in walks if one.days),
        newest_at=max((one.last_at for one in walks if one.last_at), default=None),
        streets=by_street(walks),
        unwalked=outline,
    )


def by_street(walks: Sequence[GridWalks]) -> tuple[StreetWalks, ...]:
    """Street offices, the largest unwalked part first; those with few grids after all others."""
    groups: dict[str, list[GridWalks]] = {}
    for one in walks:
        groups.setdefault(one.code[:SUBDISTRICT_DIGITS], []).append(one)
    found = (
        StreetWalks(code, len(grids), sum(1 for one in grids if one.days)) for code, grids in groups.items()
    )
    return tuple(sorted(found, key=lambda one: (one.is_small, -one.unwalked / one.grids, one.code)))


def week_as_json(week: Week, names: Mapping[str, str], most: int) -> dict[str, object]:
    """The week as walls are told it; at most so many streets."""
    return {
        "at": city_time(week.at).isoformat(),
        "from": week.since.isoformat(),
        "to": week.until.isoformat(),
        "state": week.state,
        "newest_at": week.newest_at and city_time(week.newest_at).isoformat(),
        "grids": week.grids,
        "walked": week.walked,
        "streets": [
            {
                "name": names.get(one.code, one.code),
                "grids": one.grids,
                "unwalked": one.unwalked,
                "is_small": one.is_small,
            }
            for one in week.streets[:most]
        ],
    }
