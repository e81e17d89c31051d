"""Away from where one should be: out of one's responsibility grids, or off the planned line; pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta


def astray_since(before: datetime | None, seen: Iterable[tuple[datetime, bool]]) -> datetime | None:
    """Since when a mover is astray, from what was known before and positions in order of time.

    Each position says whether it is where it should be; one that is ends the straying.

    >>> nine = datetime(2026, 9, 18, 9)
    >>> astray_since(None, [(nine, True), (nine.replace(minute=5), False)]).minute
    5
    """
    for at, is_in_place in seen:
        before = None if is_in_place else before or at
    return before


def is_alarm(since: datetime | None, last_at: datetime, after: timedelta) -> bool:
    """Whether somebody astray since a moment and last seen at another is to be told of.

    The last position counts, not the present moment: who is not heard of is stale, not astray.
    """
    return since is not None and last_at - since >= after
