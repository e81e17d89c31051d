"""Whether the numbers of a street's door plates run along it: odd on one side, even on the other, in order.

The city numbers its streets so; a plate that does not fit was often keyed wrongly, or is another street's.
Nothing is refused for it. Positions are metres along the street, sides as `sides_of` tells them.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis_core.crs import Pairs

LEAST_PLATES = 5
"""A street with fewer plates says nothing of its order (ours)."""
CLEAR_SHARE = 0.75
"""So large a share of the plates must stand on the side of their parity before others are called wrong."""
FARTHEST_M = 80.0
"""Plates that stand farther from their street are not judged by it."""
OFF_STREET_M = 200.0
"""And from here on they are hardly its own (ours): yards lie deep, but not so deep."""


@dataclass(frozen=True, slots=True)
class PlatePlaces:
    """Where plates stand along a street: metres from its beginning, and 1 on its left, -1 on its right.

    The side is 0 for a plate on the line, or too far away to be judged.
    """

    along_m: NDArray[np.float64]
    sides: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OddPlate:
    """A plate that does not fit: its position in what was given, a kind of finding, a Chinese sentence."""

    position: int
    kind: str
    words: str


def places_along(street: BaseGeometry, points: Pairs) -> PlatePlaces:
    """Where points (easting, northing) lie along a street and on which side.

    A street in several parts is measured along the direction in which it mainly runs.

    >>> found = places_along(shapely.LineString([(0, 0), (100, 0)]), np.array([[10.0, 5.0], [20.0, -5.0]]))
    >>> found.along_m.tolist(), found.sides.tolist()
    ([10.0, 20.0], [1, -1])
    """
    parts = [part for part in shapely.get_parts(street) if part.length > 0]
    dots = np.asarray(shapely.points(points), dtype=object)
    if not parts:
        return PlatePlaces(np.zeros(len(points)), np.zeros(len(points), dtype=np.int64))
    nearest = np.array(shapely.distance(np.array(parts, dtype=object)[:, None], dots[None, :])).argmin(axis=0)
    lines = np.array(parts, dtype=object)[nearest]
    at_m = shapely.line_locate_point(lines, dots)
    before, after = (
        shapely.get_coordinates(shapely.line_interpolate_point(lines, np.clip(at_m + step, 0, lengths)))
        for step, lengths in ((-0.5, shapely.length(lines)), (0.5, shapely.length(lines)))
    )
    direction = _main_direction(street) if len(parts) > 1 else None
    ahead = after - before
    if direction is not None:
        ahead *= np.where(ahead @ direction < 0, -1.0, 1.0)[:, None]
    off = points - (before + after) / 2
    cross = ahead[:, 0] * off[:, 1] - ahead[:, 1] * off[:, 0]
    is_near = np.asarray(shapely.distance(lines, dots)) <= FARTHEST_M
    sides = np.where(is_near, np.sign(np.round(cross, 6)), 0).astype(np.int64)
    return PlatePlaces(at_m if direction is None else points @ direction, sides)


def find_odd_plates(places: PlatePlaces, numbers: Sequence[int]) -> list[OddPlate]:
    """Plates on the side of the other parity, then those out of order on their side.

    >>> here = PlatePlaces(np.arange(6) * 10.0, np.array([1, -1, 1, -1, 1, 1]))
    >>> [(one.position, one.kind) for one in find_odd_plates(here, [1, 2, 3, 4, 5, 6])]
    [(5, 'wrong_side')]
    """
    known = np.array(numbers, dtype=np.int64)
    judged = np.flatnonzero((places.sides != 0) & (known > 0))
    if len(judged) < LEAST_PLATES:
        return []
    parity = np.where(known % 2 == 1, 1, -1)
    fits = places.sides * parity
    share = float((fits[judged] > 0).mean())
    wrong: set[int] = set()
    if max(share, 1 - share) >= CLEAR_SHARE:
        side_of_odd = 1 if share >= 0.5 else -1
        wrong = {n for n in judged.tolist() if fits[n] != side_of_odd}
    found = [OddPlate(n, "wrong_side", _wrong_side(int(known[n]))) for n in sorted(wrong)]
    rest = np.array([n for n in judged.tolist() if n not in wrong], dtype=np.int64)
    return found + _out_of_order(rest, places, known)


def _out_of_order(rest: NDArray[np.int64], places: PlatePlaces, known: NDArray[np.int64]) -> list[OddPlate]:
    """On each side, those that are not in the longest run of numbers that only rise (or only fall)."""
    found: list[OddPlate] = []
    sides = [rest[places.sides[rest] == side] for side in (1, -1)]
    for mine in (part for part in sides if len(part) >= LEAST_PLATES):
        order = mine[np.argsort(places.along_m[mine], kind="stable")]
        numbers = known[order]
        rising, falling = _longest_run(numbers), _longest_run(-numbers)
        kept = rising if len(rising) >= len(falling) else falling
        if len(kept) < CLEAR_SHARE * len(order):
            continue  # no order to be out of
        for n in np.setdiff1d(np.arange(len(order)), kept).tolist():
            words = _out_of_order_words(numbers, n)
            found.append(OddPlate(int(order[n]), "number_order", words))
    return found


def _longest_run(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of a longest part of the numbers that never falls.

    >>> _longest_run(np.array([1, 9, 3, 3, 5])).tolist()
    [0, 2, 3, 4]
    """
    ends: list[int] = []
    at: list[int] = []
    before = [-1] * len(numbers)
    for n, number in enumerate(numbers.tolist()):
        place = bisect_right(ends, number)
        before[n] = at[place - 1] if place else -1
        if place == len(ends):
            ends.append(number)
            at.append(n)
        else:
            ends[place], at[place] = number, n
    run: list[int] = []
    n = at[-1] if at else -1
    while n >= 0:
        run.append(n)
        n = before[n]
    return np.array(run[::-1], dtype=np.int64)


def off_street_words(street: str, away_m: float) -> str:
    """What is said of a plate that stands `OFF_STREET_M` or more from the street it names.

    >>> off_street_words("经二路", 1234.0)
    '离“经二路”有 1,234 米。请核对街巷名称和位置。'
    """
    return f"离“{street}”有 {away_m:,.0f} 米。请核对街巷名称和位置。"


def _main_direction(street: BaseGeometry) -> NDArray[np.float64]:
    """The direction in which most of a street's corners lie, as a unit vector."""
    corners = shapely.get_coordinates(street)
    _, _, axes = np.linalg.svd(corners - corners.mean(axis=0), full_matrices=False)
    direction: NDArray[np.float64] = axes[0]
    return direction if direction[0] >= 0 else -direction


def _wrong_side(number: int) -> str:
    parity = "单号" if number % 2 else "双号"
    return f"{number} 号是{parity}，却在这条街{'双号' if number % 2 else '单号'}的一侧。请核对号码和位置。"


def _out_of_order_words(numbers: NDArray[np.int64], n: int) -> str:
    beside = [int(numbers[k]) for k in (n - 1, n + 1) if 0 <= k < len(numbers)]
    around = " 号和 ".join(str(one) for one in beside)
    return f"{int(numbers[n])} 号在 {around} 号旁边，号码不按次序。请核对号码和位置。"
