"""Today against the usual day: the median of the same weekday of earlier weeks, hour by hour.

Both are sums since midnight, city time, so that "so far today" is compared with "so far on a usual day" and a
quiet hour after a busy one misleads nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import accumulate
from statistics import median

from gis_core.clock import CITY_ZONE, city_time

WEEKS = 8
"""Weeks that make a usual day: two months of the same weekday."""
HOURS = 24

Hourly = Mapping[int, int]
"""How many in each hour of a day; hours without any may be left out."""


@dataclass(frozen=True, slots=True)
class UsualDay:
    """How many there usually are by the end of each hour, and of how many days that is the median."""

    by_hour: tuple[float, ...]
    days: int

    def so_far(self, hours: float) -> float:
        """How many there usually are so many hours after midnight; between two hours along a straight line.

        >>> UsualDay((4.0, 10.0) + (10.0,) * 22, 8).so_far(1.5)
        7.0
        """
        if not self.by_hour or hours <= 0:
            return 0.0
        whole = min(int(hours), HOURS)
        before = self.by_hour[whole - 1] if whole else 0.0
        if whole == HOURS:
            return before
        return before + (self.by_hour[whole] - before) * (hours - whole)


def day_begins(at: datetime) -> datetime:
    """Midnight, city time, of the day of a moment."""
    return datetime.combine(city_time(at).date(), time(), CITY_ZONE)


def earlier_days(at: datetime, weeks: int = WEEKS) -> tuple[datetime, ...]:
    """The midnights of the same weekday in the weeks before, the newest first."""
    today = day_begins(at)
    return tuple(today - timedelta(weeks=n) for n in range(1, weeks + 1))


def sums_of(day: Hourly) -> tuple[int, ...]:
    """How many there were by the end of each hour.

    >>> sums_of({0: 2, 2: 1})[:4]
    (2, 2, 3, 3)
    """
    return tuple(accumulate(day.get(hour, 0) for hour in range(HOURS)))


def usual_day(days: Sequence[Hourly]) -> UsualDay:
    """The usual day of some earlier days, the newest first.

    Days before the first report of all say nothing about usual: the oldest ones that are empty are left out.
    A day without reports between two others counts.
    """
    last = max((n for n, day in enumerate(days, 1) if any(day.values())), default=0)
    known = [sums_of(day) for day in days[:last]]
    if not known:
        return UsualDay((), 0)
    return UsualDay(tuple(float(median(sums)) for sums in zip(*known, strict=True)), len(known))
