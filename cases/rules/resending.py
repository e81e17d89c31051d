"""When a message that did not go out is tried again, and when an SMS has to wait for the morning."""

from datetime import datetime, time, timedelta

from gis_core.clock import city_time

FIRST_WAIT = timedelta(seconds=30)
GROWS = 4
LONGEST_WAIT = timedelta(hours=6)
MOST_ATTEMPTS = 8


def next_attempt_at(attempts: int, at: datetime) -> datetime | None:
    """When to try again after so many attempts, each wait four times the last; None when it was the last.

    >>> from datetime import UTC
    >>> at = datetime(2026, 9, 18, tzinfo=UTC)
    >>> [str(next_attempt_at(n, at) - at) for n in (1, 2, 3, 5, 7)], next_attempt_at(8, at)
    (['0:00:30', '0:02:00', '0:08:00', '2:08:00', '6:00:00'], None)
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    wait: timedelta = FIRST_WAIT * GROWS ** (attempts - 1)
    return at + min(wait, LONGEST_WAIT)


def quiet_until(at: datetime, start: time, end: time) -> datetime | None:
    """The end of the quiet hours in which `at` lies, in the city's time; None outside of them.

    >>> from datetime import UTC
    >>> late = datetime(2026, 9, 18, 15, 30, tzinfo=UTC)  # 23:30 in the city
    >>> str(quiet_until(late, time(22), time(7))), quiet_until(late, time(0), time(7))
    ('2026-09-19 07:00:00+08:00', None)
    """
    local = city_time(at)
    clock = local.time()
    runs_through_midnight = start > end
    is_quiet = (clock >= start or clock < end) if runs_through_midnight else start <= clock < end
    if not is_quiet:
        return None
    is_tomorrow = runs_through_midnight and clock >= start
    day = local.date() + timedelta(days=1) if is_tomorrow else local.date()
    return datetime.combine(day, end, local.tzinfo)
