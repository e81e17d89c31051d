"""Who stands where, for a wall: the best and the last, and those with too few cases to say.

Nobody is praised or blamed before the whole room on a handful of cases: objects with a small sample stand
below the others, without a place, and say so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Standing:
    """An object of a ranking: its total of 100, its grade, how many cases it had, and its place."""

    code: str
    name: str
    total: float | None
    grade: str | None
    n: int
    is_small: bool
    place: int | None = None


def standings(found: Iterable[Standing]) -> tuple[Standing, ...]:
    """The objects in order: those with a place, best first, then small samples by number of cases.

    Equal totals, as shown to a tenth, share a place. Who has no total is left out.
    """
    told = [one for one in found if one.total is not None]
    large = sorted((one for one in told if not one.is_small), key=lambda one: (-_shown(one), one.code))
    small = sorted((one for one in told if one.is_small), key=lambda one: (-one.n, one.code))
    placed = [replace(one, place=1 + sum(_shown(other) > _shown(one) for other in large)) for one in large]
    return (*placed, *(replace(one, place=None) for one in small))


def both_ends(rows: tuple[Standing, ...], most: int) -> tuple[Standing, ...]:
    """At most so many rows: the best and the last of those with a place, and as room is left, small samples.

    >>> rows = tuple(Standing(str(n), "", 90.0 - n, "A", 50, False, n) for n in range(1, 8))
    >>> [one.place for one in both_ends(rows, 5)]
    [1, 2, 3, 6, 7]
    """
    placed = [one for one in rows if one.place is not None]
    if len(placed) > most:
        last = most // 2
        return (*placed[: most - last], *placed[len(placed) - last :])
    return rows[:most]


def _shown(one: Standing) -> float:
    return round(one.total or 0.0, 1)
