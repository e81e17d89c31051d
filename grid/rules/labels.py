"""Whether the coordinates of a file are of the system it says, found by comparing with what is known.

GCJ-02 called WGS84 moves everything 460 m at Baoji, over four unit grids, and looks right at a glance. Points
whose place is known (a grid whose code names its community, a component whose grid is stated) tell.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis_core.crs import GeographicShift, Pairs, PlaneSystem, plane_reader, system_named
from gis_core.errors import BadInput, Refused
from gis_core.offset_systems import bd09_to_gcj02_many, gcj02_to_wgs84_many, wgs84_to_gcj02_many

MOST_POINTS = 5_000
BETTER_BY = 0.15
"""Another reading must fit so much larger a share of the points before the label is called a lie."""
NORTHING_FIRST = "northing_first"
NAMES = {
    "GCJ-02": "GCJ-02（高德、腾讯等地图所用）", "BD-09": "BD-09（百度地图所用）", "WGS84": "WGS84",
    NORTHING_FIRST: "北坐标（纬度）在前",
}  # fmt: skip

Fits = Callable[[Pairs], NDArray[np.bool_]]
"""Which rows of plane coordinates lie where they are known to lie; rows in the order they were given."""


class LyingLabel(Refused):
    """The file says one system and its coordinates are of another."""

    code = "lying_label"


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the coordinates: what they would be, and the share of points that then fit."""

    system: str
    share: float
    east_m: float
    north_m: float

    @property
    def offset_m(self) -> float:
        """How far the declared reading lies from this one, metres."""
        return float(np.hypot(self.east_m, self.north_m))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The declared reading, and the one that fits best; they are the same when the label is right."""

    declared: Reading
    best: Reading

    @property
    def is_lie(self) -> bool:
        """Whether another reading fits clearly better."""
        return self.best.share > self.declared.share + BETTER_BY

    @property
    def words(self) -> str:
        """What was found, in Chinese."""
        declared, best = self.declared, self.best
        if not self.is_lie:
            return f"坐标系 {declared.system}：{declared.share:.0%} 的位置与现有网格相符。"
        east, north = ("东" if best.east_m > 0 else "西"), ("北" if best.north_m > 0 else "南")
        moved = (
            f"，整体偏{east} {abs(best.east_m):.0f} 米、偏{north} {abs(best.north_m):.0f} 米"
            f"（共 {best.offset_m:.0f} 米）"
            if best.system != NORTHING_FIRST
            else ""
        )
        return (
            f"文件声明为 {declared.system}，按此只有 {declared.share:.0%} 的位置与现有网格相符{moved}；"
            f"按{NAMES[best.system]}则有 {best.share:.0%} 相符。"
        )


def judge_label(
    pairs: Pairs, system: str, *, plane: PlaneSystem, fits: Fits, shift: GeographicShift | None = None
) -> Verdict:
    """Try a file's coordinates as declared and as what they may really be.

    `pairs` are rows in the declared system, easting or longitude first. `fits` gets them in the plane.

    :raises UnknownSystem: UnsettledSystem.
    """
    sample = pairs[:: max(1, len(pairs) // MOST_POINTS)]
    picked = np.arange(0, len(pairs), max(1, len(pairs) // MOST_POINTS))
    declared = plane_reader(system, plane, shift=shift)(sample)
    first = Reading(system_named(system), _share(fits, declared, picked, len(pairs)), 0.0, 0.0)
    others = [
        Reading(name, _share(fits, points, picked, len(pairs)), *_moved(declared, points))
        for name, points in _readings(sample, declared, system, plane=plane, shift=shift)
    ]
    best = max([first, *others], key=lambda reading: reading.share)
    return Verdict(first, best)


def need_true_label(verdict: Verdict, *, is_told: bool) -> None:
    """Refuse a lying label unless somebody says to take it as it is.

    :raises LyingLabel: saying what was found and how to go on.
    """
    if verdict.is_lie and not is_told:
        option = (
            "--northing-first" if verdict.best.system == NORTHING_FIRST else f"--system {verdict.best.system}"
        )
        raise LyingLabel(
            f"{verdict.words}什么都没有写入。确认后请用 {option} 重新导入；坚持原声明请加 --trust-label。",
            best=verdict.best.system,
            offset_m=round(verdict.best.offset_m),
        )


def _readings(
    sample: Pairs, declared: Pairs, system: str, *, plane: PlaneSystem, shift: GeographicShift | None
) -> Iterator[tuple[str, Pairs]]:
    degrees = plane.to_lonlat_many(declared)
    degrees = np.where(np.isfinite(degrees), degrees, 0.0)
    if system_named(system) == "GCJ-02":
        yield "WGS84", plane.to_plane_many(wgs84_to_gcj02_many(degrees))
    else:
        yield "GCJ-02", plane.to_plane_many(gcj02_to_wgs84_many(degrees))
        yield "BD-09", plane.to_plane_many(gcj02_to_wgs84_many(bd09_to_gcj02_many(degrees)))
    try:
        swapped = plane_reader(system, plane, shift=shift)(sample[:, ::-1])
    except BadInput:
        return
    yield NORTHING_FIRST, swapped


def _share(fits: Fits, points: Pairs, picked: NDArray[np.int64], count: int) -> float:
    whole = np.full((count, 2), np.inf)
    whole[picked] = points
    found = fits(whole)[picked]
    return float(found.mean()) if len(found) else 0.0


def _moved(declared: Pairs, points: Pairs) -> tuple[float, float]:
    """By how much the declared reading lies east and north of another one; the median."""
    gone = declared - points
    gone = gone[np.isfinite(gone).all(axis=1)]
    if not len(gone):
        return 0.0, 0.0
    east, north = np.median(gone, axis=0)
    return float(east), float(north)
