"""Which picture of the problem and which of the result stand beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Generic, Protocol, TypeVar

from cases.rules.angles import Direction, between_deg
from cases.rules.shots import Shot


class Picture(Protocol):
    """What pairing looks at."""

    @property
    def shot(self) -> Shot | None:
        """Near, far or neither."""

    @property
    def direction(self) -> Direction | None:
        """Which way the camera looked."""


P = TypeVar("P", bound=Picture)


@dataclass(frozen=True, slots=True)
class Pair(Generic[P]):
    """Two pictures to compare; `off_deg` is the angle between their directions, None where one has none."""

    before: P
    after: P
    off_deg: float | None


def pair_of(before: Sequence[P], after: Sequence[P], declination_deg: float) -> Pair[P] | None:
    """The two that look most alike: of one name, far before near, then of the nearest directions; or None.

    What is left undecided falls to the first of the problem and the last of the result.
    """
    pairs = [_pair(one, other, declination_deg) for one, other in product(before, reversed(after))]
    return min(pairs, key=_unlikeness, default=None)


def _pair(before: P, after: P, declination_deg: float) -> Pair[P]:
    if before.direction is None or after.direction is None:
        return Pair(before, after, None)
    return Pair(before, after, between_deg(before.direction, after.direction, declination_deg))


def _unlikeness(pair: Pair[P]) -> tuple[int, float]:
    one, other = pair.before.shot, pair.after.shot
    if one is not None and one == other:
        rank = 0 if one == "far" else 1
    else:
        rank = 2 if one is None or other is None else 3
    return rank, 360.0 if pair.off_deg is None else pair.off_deg
