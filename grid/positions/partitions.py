"""Monthly partitions of `grid.position`: made ahead by a sweep and on demand, dropped when they are over."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Lock

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.db import Sessions

MONTHS_AHEAD = 2
ONE_AT_A_TIME = 7_310_610_301
"""Key of the advisory lock under which a partition is made: two processes see the same need at once."""
NAME = re.compile(r"position_(\d{4})_(\d{2})")

_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(:key)")
_LIST = text("""
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'grid.position'::regclass ORDER BY c.relname
""")

Month = tuple[int, int]


def month_of(at: datetime) -> Month:
    """The month of a moment, in UTC, as partitions are cut.

    >>> month_of(datetime.fromisoformat("2026-10-01T07:59:00+08:00"))
    (2026, 9)
    """
    moment = at.astimezone(UTC)
    return moment.year, moment.month


def next_month(month: Month) -> Month:
    """The month after.

    >>> next_month((2026, 12))
    (2027, 1)
    """
    year, number = month
    return (year + 1, 1) if number == 12 else (year, number + 1)


class Partitions:
    """The partitions that this process knows to be there."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._known: frozenset[Month] = frozenset()
        self._lock = Lock()

    def need(self, moments: Iterable[datetime]) -> None:
        """Have partitions for all moments before they are written; no query when they are known."""
        wanted = {month_of(at) for at in moments}
        if wanted <= self._known:
            return
        with self._lock, self._sessions.begin() as session:
            make(session, wanted)
        self._known |= wanted

    def make_ahead(self, at: datetime) -> None:
        """Have this month's partition and those of the next two."""
        months = [month_of(at)]
        for _ in range(MONTHS_AHEAD):
            months.append(next_month(months[-1]))
        with self._sessions.begin() as session:
            make(session, months)


def make(session: Session, months: Iterable[Month]) -> None:
    """Make the partitions of months that are not there."""
    session.execute(_TAKE_TURNS, {"key": ONE_AT_A_TIME})
    there = {name_of(month) for month in list_months(session)}
    for month in sorted(months):
        if name_of(month) not in there:
            since, until = _first_day(month), _first_day(next_month(month))
            # Both are numbers of ours; a partition's bounds cannot be parameters.
            session.execute(
                text(
                    f"CREATE TABLE grid.{name_of(month)} PARTITION OF grid.position"
                    f" FOR VALUES FROM ('{since}') TO ('{until}')"
                )
            )


def list_months(session: Session) -> tuple[Month, ...]:
    """Months that have a partition, the oldest first."""
    names = (NAME.fullmatch(name) for name in session.scalars(_LIST))
    return tuple((int(found[1]), int(found[2])) for found in names if found)


def drop(session: Session, month: Month) -> int:
    """Let a whole month go at once; answers how many rows it had."""
    n = session.execute(text(f"SELECT count(*) FROM grid.{name_of(month)}")).scalar_one()  # noqa: S608 - ours
    session.execute(text(f"DROP TABLE grid.{name_of(month)}"))
    return int(n)


def name_of(month: Month) -> str:
    """The partition's name.

    >>> name_of((2026, 9))
    'position_2026_09'
    """
    return f"position_{month[0]:04d}_{month[1]:02d}"


def ends_at(month: Month) -> datetime:
    """The first moment after a month."""
    return datetime(*next_month(month), 1, tzinfo=UTC)


def _first_day(month: Month) -> str:
    return f"{month[0]:04d}-{month[1]:02d}-01 00:00:00+00"
