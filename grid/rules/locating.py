"""Where a place lies in the frame: unit grid, community, subdistrict, district, zone, responsibility grid.

The border rule (ours; GB/T 30428.1 asks for seamless grids and leaves border points open): a place on
a border that unit grids share belongs to the one with the smallest code. SQL follows it with
`ST_Intersects … ORDER BY code LIMIT 1`. A place is moved to the stored grain (2^-10 m) first, so
that shapely, PostGIS and this module decide alike.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon

from gis_core.crs import OutsidePlane, PlaneSystem
from gis_core.errors import Refused
from gis_core.index import AreaIndex
from gis_core.places import GRAIN_PER_M, LonLat, PlanePoint
from gis_core.suspicion import diagnose

PULL_IN_M = 15.0
"""How far outside every grid a place is still taken in, when the city does not say (assumed)."""

Points: TypeAlias = NDArray[np.float64]
Positions: TypeAlias = NDArray[np.int64]


class OutsideFrame(Refused):
    """The place lies outside every unit grid, and too far off to be pulled in."""

    code = "outside_frame"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitGrid:
    """A unit grid in force: its outline in the plane system, and what lies over it.

    The zone stands on the grid's own row: a zone is an overlay with its own code space, and a grid
    is wholly in it or wholly out.
    """

    code: str
    shape: Polygon
    zone_code: str | None = None
    zone_name: str | None = None
    responsibility_code: str | None = None


@dataclass(frozen=True, slots=True)
class Located:
    """Where a place lies, and why there.

    `pulled_m` is 0 inside, else the whole metres (at least 1) by which the place stands outside the
    grid it was pulled into. `reason` is a Chinese sentence that stays with the facts of a case.
    """

    unit_grid_code: str
    community_code: str
    subdistrict_code: str
    district_code: str
    zone_code: str | None
    responsibility_code: str | None
    pulled_m: int
    frame_version: int
    reason: str


class Locator:
    """One version of the frame, in memory; never changes, so threads may share it.

    >>> from shapely import box
    >>> here = Locator([UnitGrid(code="610303008007001", shape=box(0, 0, 100, 100))], version=7)
    >>> here.locate(PlanePoint(50.0, 100.0)).community_code
    '610303008007'
    """

    __slots__ = ("_grids", "_index", "_inside", "pull_in_m", "version")

    def __init__(self, grids: Iterable[UnitGrid], *, version: int = 0, pull_in_m: float = PULL_IN_M) -> None:
        # In order of code, so that the first grid that holds a place is the one with the smallest code.
        self._grids = sorted(grids, key=lambda grid: grid.code)
        self._index = AreaIndex([grid.shape for grid in self._grids])
        self._inside: list[Located | None] = [None] * len(self._grids)
        self.version = version
        self.pull_in_m = pull_in_m

    def __len__(self) -> int:
        return len(self._grids)

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the unit grids, in the order that positions count them."""
        return tuple(grid.code for grid in self._grids)

    def grid_at(self, position: int) -> UnitGrid:
        """The unit grid at a position of `codes`."""
        return self._grids[position]

    def locate(self, point: PlanePoint) -> Located:
        """The unit grid of a place and all that follows from it.

        On a shared border the smallest code wins; up to `pull_in_m` outside, the nearest grid takes
        the place in (of equally near ones the smallest code).

        :raises OutsideFrame: with the distance to the nearest grid in metres.
        """
        if not (isfinite(point.easting_m) and isfinite(point.northing_m)):
            raise OutsideFrame("坐标不是有效的数值。请重新定位或在地图上点选。")
        easting_m = round(point.easting_m * GRAIN_PER_M) / GRAIN_PER_M
        northing_m = round(point.northing_m * GRAIN_PER_M) / GRAIN_PER_M
        holding = self._index.list_holding(easting_m, northing_m)
        if len(holding) == 1:
            return self._inside[holding[0]] or self._describe_inside(holding[0])
        if holding:
            return self._describe_border(holding)
        return self._pull_in(easting_m, northing_m)

    def locate_many(self, points: Points, *, pulling_in: bool = False) -> Positions:
        """Position in `codes` of the unit grid of each row (easting, northing); -1 outside.

        Places just outside are pulled in only when asked.
        """
        on_grain = np.rint(points * GRAIN_PER_M) / GRAIN_PER_M
        on_grain = np.where(np.isfinite(on_grain), on_grain, -1e12)
        found: Positions = self._index.find_first_many(on_grain)
        if pulling_in:
            for row in np.flatnonzero(found < 0):
                nearest = self._index.find_nearest(on_grain[row, 0], on_grain[row, 1])
                if nearest is not None and nearest[1] <= self.pull_in_m:
                    found[row] = nearest[0]
        return found

    def holds(self, point: PlanePoint) -> bool:
        """Whether the place lies inside a unit grid or on a border; places to be pulled in do not count."""
        return bool(self.locate_many(np.array([[point.easting_m, point.northing_m]]))[0] >= 0)

    def _describe_inside(self, position: int) -> Located:
        grid = self._grids[position]
        located = _describe(grid, self.version, f"位于单元网格 {grid.code} 内{_zone_words(grid)}。")
        self._inside[position] = located
        return located

    def _describe_border(self, holding: Sequence[int]) -> Located:
        grid, *others = (self._grids[position] for position in holding)
        shared = "、".join(other.code for other in others)
        reason = f"位于单元网格 {grid.code} 与 {shared} 的公共边界上，按编码最小归入{_zone_words(grid)}。"
        return _describe(grid, self.version, reason)

    def _pull_in(self, easting_m: float, northing_m: float) -> Located:
        nearest = self._index.find_nearest(easting_m, northing_m)
        if nearest is None:
            raise OutsideFrame("本市尚未建立单元网格，无法确定位置。请联系数据管理员导入网格。")
        position, distance_m = nearest
        grid = self._grids[position]
        if distance_m > self.pull_in_m:
            raise _outside(grid, distance_m)
        pulled_m = max(1, round(distance_m))
        reason = (
            f"位于所有单元网格之外，距单元网格 {grid.code} 约 {pulled_m} 米，就近归入{_zone_words(grid)}。"
        )
        return replace(_describe(grid, self.version, reason), pulled_m=pulled_m)


def locate_place(locator: Locator, plane: PlaneSystem, place: LonLat) -> Located:
    """The unit grid of a place in degrees (EPSG:4490); a refusal names the likely mistake.

    :raises OutsideFrame: with the distance to the nearest grid, and what the position probably was
        meant to be: swapped axes, an offset system, or a phone without a fix. Nothing is corrected.
    :raises OutsidePlane: when the place lies on another side of the Earth.
    """
    try:
        return locator.locate(plane.to_plane(place))
    except OutsideFrame as refusal:
        suspicions = diagnose(
            place.lon_deg, place.lat_deg, is_inside=lambda meant: _holds(locator, plane, meant)
        )
        if not suspicions:
            raise
        likeliest = suspicions[0]
        raise OutsideFrame(
            f"{refusal.message.partition('。')[0]}。{likeliest.message}",
            **refusal.facts,
            suspected=likeliest.code,
        ) from None


def _holds(locator: Locator, plane: PlaneSystem, place: LonLat) -> bool:
    try:
        return locator.holds(plane.to_plane(place))
    except OutsidePlane:
        return False


def _describe(grid: UnitGrid, version: int, reason: str) -> Located:
    """A code holds the codes of all divisions above it (GB/T 47678.3: 6 + 3 + 3 + 3 digits)."""
    return Located(
        unit_grid_code=grid.code,
        community_code=grid.code[:12],
        subdistrict_code=grid.code[:9],
        district_code=grid.code[:6],
        zone_code=grid.zone_code,
        responsibility_code=grid.responsibility_code,
        pulled_m=0,
        frame_version=version,
        reason=reason,
    )


def _zone_words(grid: UnitGrid) -> str:
    return f"，属{grid.zone_name or grid.zone_code}" if grid.zone_code else ""


def _outside(nearest: UnitGrid, distance_m: float) -> OutsideFrame:
    far = f"{distance_m / 1000:,.0f} 公里" if distance_m >= 10_000 else f"{round(distance_m)} 米"
    return OutsideFrame(
        f"该位置在管理范围之外，距最近的单元网格 {nearest.code} 约 {far}。"
        "请检查定位是否准确、经纬度次序和坐标系（高德、腾讯地图为 GCJ-02），或在地图上重新点选。",
        nearest_code=nearest.code,
        distance_m=round(distance_m),
    )
