"""Blocks of people to be moved, and the ways by which they can go."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from emergency.rules.sheltering.sentences import WAY_NAMES
from gis_core.errors import BadInput

WayCode = Literal["on_foot", "bus"]
Seconds: TypeAlias = NDArray[np.float64]
LONGEST_S = 7 * 86_400
"""No move takes longer than a week; a number above is a slip, and "no way" is said by infinity."""


class BadBlock(BadInput):
    """A block with less than no people."""

    code = "bad_block"


class BadTravel(BadInput):
    """Travel times of the wrong shape, below zero, no numbers or over a week; or vehicles without a seat."""

    code = "bad_travel_times"


@dataclass(frozen=True, slots=True)
class Block:
    """People of one block; `impact_in_s` is when the hazard reaches it, None when that is not known."""

    id: str
    name: str
    people: int
    impact_in_s: float | None = None
    contact: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.people, bool) or not isinstance(self.people, int) or self.people < 0:
            raise BadBlock(f"片区“{self.name}”的人数必须是不小于零的整数。请改正。", id=self.id)
        if self.impact_in_s is not None and math.isnan(self.impact_in_s):
            raise BadBlock(f"片区“{self.name}”的受灾时间不是数字。请改正或留空。", id=self.id)


@dataclass(frozen=True, slots=True)
class Way:
    """How people go: seconds from each block (row) to each shelter (column), infinite where there is no way.

    `metres` of the same shape hold the way's length, where limits of walking are to be kept; `seats` are
    those of one vehicle. Where the path crosses the hazard's zone whoever routes writes infinity.
    """

    code: WayCode
    seconds: Seconds
    metres: Seconds | None = None
    seats: int | None = None

    def __post_init__(self) -> None:
        if self.seats is not None and self.seats < 1:
            raise BadTravel(f"{self.name}的每车座位数至少为 1，或留空。请改正。", way=self.code)

    @property
    def name(self) -> str:
        """The way in Chinese."""
        return WAY_NAMES[self.code]


@dataclass(frozen=True, slots=True)
class Travel:
    """The best way of every pair: whole seconds, infinite where none, and the way's position, then -1."""

    seconds: Seconds
    way: NDArray[np.int64]

    @property
    def may(self) -> NDArray[np.bool_]:
        """Where there is a way at all."""
        return np.isfinite(self.seconds)


def best_ways(ways: Sequence[Way], *, blocks: int, shelters: int, walk_m: float | None) -> Travel:
    """The quickest allowed way of every pair, rounded to whole seconds; of equal ones the first given.

    A way on foot longer than `walk_m` is none, where its metres are known.

    :raises BadTravel: when no way is given, or times or lengths are negative, NaN, too long or misshapen.
    """
    if not ways:
        raise BadTravel("没有给出任何交通方式的用时。请至少提供步行或乘车用时矩阵。")
    layers = [_allowed(way, (blocks, shelters), walk_m) for way in ways]
    stacked = np.stack(layers)
    best = stacked.argmin(axis=0)
    seconds = np.rint(stacked.min(axis=0))
    return Travel(seconds, np.where(np.isfinite(seconds), best, -1))


def _allowed(way: Way, shape: tuple[int, int], walk_m: float | None) -> Seconds:
    seconds = _checked(way.seconds, shape, f"{way.name}用时")
    finite = seconds[np.isfinite(seconds)]
    if finite.size and finite.max() > LONGEST_S:
        raise BadTravel(f"{way.name}用时超过一周。没有路的，请写成无穷大。", way=way.code)
    if way.code != "on_foot" or way.metres is None or walk_m is None:
        return seconds
    return np.where(_checked(way.metres, shape, "步行距离") > walk_m, np.inf, seconds)


def _checked(values: Seconds, shape: tuple[int, int], what: str) -> Seconds:
    table = np.asarray(values, dtype=np.float64)
    if table.shape != shape:
        got = "×".join(str(side) for side in table.shape)
        raise BadTravel(f"{what}应为 {shape[0]}×{shape[1]} 的矩阵，得到的是 {got}。请核对片区和场所的次序。")
    if np.isnan(table).any():
        row, column = np.argwhere(np.isnan(table))[0].tolist()
        raise BadTravel(f"{what}第 {row + 1} 行第 {column + 1} 列不是数字。没有路的，请写成无穷大。")
    if (table < 0).any():
        row, column = np.argwhere(table < 0)[0].tolist()
        raise BadTravel(f"{what}第 {row + 1} 行第 {column + 1} 列小于零。请改正。")
    return table
