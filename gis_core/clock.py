"""Time, asked for once at the edge and handed down as `at`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the moment; the only seam through which time enters."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until a test or a drill moves it."""

    at: datetime

    def now(self) -> datetime:
        """The moment it was set to."""
        return self.at


def city_time(moment: datetime) -> datetime:
    """The same moment as clocks in the city show it (Asia/Shanghai).

    >>> city_time(datetime(2026, 9, 18, 9, 30, tzinfo=UTC)).isoformat()
    '2026-09-18T17:30:00+08:00'
    """
    return moment.astimezone(CITY_ZONE)
