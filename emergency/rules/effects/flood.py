"""Flood by level: ground below the water's level that hangs together with the river or the breach.

A level is flat, or lies between gauges along a river. No speeds, no arrival times: a picture of where water
would stand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy import ndimage
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from emergency.rules.effects.checks import BadEffectNumber, need
from emergency.rules.effects.results import Effect, Model, Parameter, Source, Zone
from emergency.rules.effects.wording import Label, Say, tell
from gis_core.errors import BadInput
from gis_core.places import PlanePoint
from gis_core.shapes import PlaneLine, PlaneMultiPolygon
from gis_core.terrain import Heights, Mask, OffTerrain, Terrain, connected

Floats = NDArray[np.float64]
LOWEST_M, HIGHEST_M = -200.0, 6_000.0
STALE_MIN = 60
"""A gauge's reading is told to be old from this on (assumed)."""
OLD_TERRAIN_YEARS = 5
"""Ground that was surveyed before so many years is told to be old (assumed)."""
UPHILL_M = 0.05
FORMULA = "淹没 = 地面高程 < 水位，且与河道或溃口相连；水深 = 水位 − 地面高程；积水量 = Σ 水深·单元面积"


class BadGauge(BadInput):
    """A gauge sends no number, or one that no water has."""

    code = "bad_gauge_level"


class DepthClass(BaseModel):
    """A row of `data/catalogue/effects/depths.yaml`: from which depth on, and what it means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    from_m: float = Field(ge=0)
    status: Literal["sourced", "recalled", "assumed"]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A water gauge: the level it shows, in the terrain's height system, and when it was read."""

    name: str
    at: PlanePoint
    level_m: float
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiverLevels:
    """Levels along a river, drawn in the direction of flow; between gauges by distance along it."""

    river: PlaneLine
    gauges: tuple[Gauge, ...]

    def __post_init__(self) -> None:
        if not self.gauges:
            raise BadGauge("没有水位站读数。请至少给一个水位，或改用单一水位。")
        for gauge in self.gauges:
            _need_level(gauge.level_m, gauge.name)

    def chainages_m(self) -> Floats:
        """How far along the river each gauge stands."""
        points = shapely.points([(one.at.easting_m, one.at.northing_m) for one in self.gauges])
        return np.asarray(shapely.line_locate_point(self.river, points), dtype=np.float64)

    def levels_at(self, points: Floats) -> Floats:
        """The level at places, each taken to the nearest point of the river; level beyond the end gauges."""
        along = np.asarray(shapely.line_locate_point(self.river, shapely.points(points)), dtype=np.float64)
        chainages, levels = self._sorted()
        return np.asarray(np.interp(along, chainages, levels), dtype=np.float64)

    def notes(self, at: datetime | None) -> tuple[str, ...]:
        """What is odd about the readings: a level that rises downstream, a reading that is old."""
        order = np.argsort(self.chainages_m(), kind="stable")
        stations = [self.gauges[int(n)] for n in order]
        uphill = [
            Say.FLOOD_UPHILL.of(upper=a.name, lower=b.name, more=b.level_m - a.level_m)
            for a, b in pairwise(stations)
            if b.level_m > a.level_m + UPHILL_M
        ]
        ages = [
            (one.name, (at - one.read_at).total_seconds() / 60)
            for one in stations
            if at is not None and one.read_at is not None
        ]
        old = [
            Say.FLOOD_OLD_GAUGE.of(gauge=name, minutes=round(age)) for name, age in ages if age > STALE_MIN
        ]
        return (*uphill, *old)

    def _sorted(self) -> tuple[Floats, Floats]:
        chainages = self.chainages_m()
        order = np.argsort(chainages, kind="stable")
        return chainages[order], np.array([one.level_m for one in self.gauges], dtype=np.float64)[order]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """The effect with its raster: depth of each cell in metres, NaN where dry."""

    effect: Effect
    terrain: Terrain
    depth_m: Heights
    volume_m3: float
    wet_m2: float
    deepest_m: float

    def depths_at(self, points: Floats) -> Floats:
        """Depth at places, that of their cell; 0 where dry or off the terrain."""
        columns = np.floor((points[:, 0] - self.terrain.west_m) / self.terrain.cell_m)
        rows = np.floor((self.terrain.north_m - points[:, 1]) / self.terrain.cell_m)
        high, wide = self.terrain.shape
        inside = (columns >= 0) & (columns < wide) & (rows >= 0) & (rows < high)
        found = np.zeros(len(points))
        found[inside] = np.nan_to_num(
            self.depth_m[rows[inside].astype(np.int64), columns[inside].astype(np.int64)]
        )
        return found


def flood(
    terrain: Terrain,
    *,
    level: float | RiverLevels,
    seed: BaseGeometry,
    depths: Sequence[DepthClass],
    at: datetime | None = None,
) -> Flood:
    """What a level floods from a river or breach on; zones are classes of depth, side by side, deepest first.

    Only cells that hang together with the seed over shared edges are wet: a closed dyke keeps its inside dry
    until it is overtopped. A level below the ground of the seed floods nothing, and a sentence says so.

    :raises BadGauge: for a level that is no number or no height of water.
    :raises OffTerrain: when the seed lies beside the terrain.
    :raises BadEffectNumber: without classes of depth.
    """
    flat = None if isinstance(level, RiverLevels) else _need_level(level, Label.LEVEL.value)
    seeds = terrain.cells_touched(seed)
    if not seeds.any():
        raise OffTerrain("河道或溃口不在地形数据范围内。请换一个起点，或先导入这一带的地形数据。")
    surface = _surface(terrain, level, seeds)
    notes = level.notes(at) if isinstance(level, RiverLevels) else ()
    lies_between = Say.FLOOD_BETWEEN.of() if flat is None else Say.FLOOD_STILL.of()
    said = () if flat is None else (Parameter(Label.LEVEL.value, flat, "米"),)
    gauges = level.gauges if isinstance(level, RiverLevels) else ()
    said = (*said, *(Parameter(f"{Label.LEVEL.value}：{one.name}", one.level_m, "米") for one in gauges))
    return _told(
        terrain,
        surface,
        depths,
        model="flood",
        parameters=said,
        notes=(*notes, *_age_of(terrain, at)),
        limits=(Say.FLOOD_BATHTUB.of(), lies_between),
    )


def pond(terrain: Terrain, at: PlanePoint, depth_m: float, *, depths: Sequence[DepthClass]) -> Flood:
    """What stands around a waterlogging point when its gauge shows a depth: level ground water from there.

    :raises BadGauge: for a depth that is none, or above 10 m.
    :raises OffTerrain: when the point has no height.
    """
    if not 0.0 <= depth_m <= 10.0:
        raise BadGauge(f"积水深度 {tell(depth_m)} 米不可能。请检查积水监测设备的读数。")
    seed = shapely.Point(at.easting_m, at.northing_m)
    terrain.get_height_m(at)
    seeds = terrain.cells_touched(seed)
    ground = float(np.nanmin(np.where(seeds, terrain.heights_m, np.nan)))
    level_m = ground + depth_m
    mask = connected(terrain.heights_m < level_m, seeds)
    surface = np.where(mask, np.float32(level_m), np.float32(np.nan)).astype(np.float32)
    return _told(
        terrain,
        surface,
        depths,
        model="ponding",
        parameters=(
            Parameter(Label.DEPTH.value, depth_m, "米"),
            Parameter(Label.LEVEL.value, level_m, "米", "derived"),
        ),
        notes=(),
        limits=(Say.POND.of(),),
    )


def _need_level(level_m: float, name: str) -> float:
    if not LOWEST_M <= level_m <= HIGHEST_M:
        raise BadGauge(f"“{name}”的水位 {tell(level_m)} 米不可能。请检查水位站读数和高程基准。")
    return float(level_m)


def _surface(terrain: Terrain, level: float | RiverLevels, seeds: Mask) -> Heights:
    """The water's level in every wet cell, NaN elsewhere."""
    if isinstance(level, RiverLevels):
        surface = _levels_beside(terrain, level)
    else:
        surface = np.full(terrain.shape, level, dtype=np.float32)
    mask = connected(terrain.heights_m < surface, seeds)
    surface[~mask] = np.nan
    return surface


def _levels_beside(terrain: Terrain, levels: RiverLevels) -> Heights:
    """For every cell the level of the nearest cell of the river, true to the river's fall over one cell."""
    river = terrain.cells_touched(levels.river)
    if not river.any():
        raise OffTerrain("河道不在地形数据范围内。请检查河道走向，或先导入这一带的地形数据。")
    known = np.zeros(terrain.shape, dtype=np.float32)
    known[river] = levels.levels_at(terrain.middles(river))
    rows, columns = ndimage.distance_transform_edt(~river, return_distances=False, return_indices=True)
    return np.asarray(known[rows, columns], dtype=np.float32)


def _told(
    terrain: Terrain,
    surface: Heights,
    depths: Sequence[DepthClass],
    *,
    model: Model,
    parameters: tuple[Parameter, ...],
    notes: tuple[str, ...],
    limits: tuple[str, ...],
) -> Flood:
    need_depths(depths)
    depth = (surface - terrain.heights_m).astype(np.float32)
    wet = np.isfinite(depth)
    area_m2 = terrain.cell_m**2
    volume_m3 = float(depth[wet].sum(dtype=np.float64)) * area_m2
    deepest_m = float(depth[wet].max()) if wet.any() else 0.0
    title = Label.FLOOD if model == "flood" else Label.PONDING
    effect = Effect(
        model=model,
        title=title.value,
        formula=FORMULA,
        zones=_zones(terrain, depth, depths),
        is_nested=False,
        parameters=(*parameters, Parameter(Label.CELL.value, terrain.cell_m, "米", "derived")),
        figures=(
            Parameter(Label.WET_AREA.value, float(wet.sum()) * area_m2, "平方米", "derived"),
            Parameter(Label.VOLUME.value, volume_m3, "立方米", "derived"),
            Parameter(Label.DEEPEST.value, deepest_m, "米", "derived"),
        ),
        warnings=(*notes, *_warnings(terrain, wet)),
        limits=(*limits, *_limits(terrain)),
        sources=(
            Source(_said_of(terrain), "assumed" if terrain.is_synthetic else "sourced"),
            *dict.fromkeys(Source(one.source, one.status) for one in depths),
        ),
    )
    return Flood(
        effect=effect,
        terrain=terrain,
        depth_m=depth,
        volume_m3=volume_m3,
        wet_m2=float(wet.sum()) * area_m2,
        deepest_m=deepest_m,
    )


def _said_of(terrain: Terrain) -> str:
    """Whence the ground is, and of which day."""
    if terrain.surveyed_on is None:
        return terrain.source
    return f"{terrain.source}（{terrain.surveyed_on.isoformat()}）"


def _zones(terrain: Terrain, depth: Heights, depths: Sequence[DepthClass]) -> tuple[Zone, ...]:
    """A zone for each class, deepest first; the shallowest takes what is wet at all."""
    rising = sorted(depths, key=lambda one: one.from_m)
    starts = np.array([one.from_m for one in rising], dtype=np.float32)
    number = np.where(np.isfinite(depth), np.maximum(np.searchsorted(starts, depth, side="right"), 1), 0)
    ends: Mapping[int, float] = {n: float(start) for n, start in enumerate(starts[1:])}
    return tuple(
        Zone(
            code=one.code,
            name=one.name,
            shape=_class_shape(terrain, np.asarray(number == n + 1)),
            threshold=f"{tell(one.from_m)}–{tell(ends[n])} 米" if n in ends else f"≥ {tell(one.from_m)} 米",
            status=one.status,
        )
        for n, one in reversed(list(enumerate(rising)))
    )


def _class_shape(terrain: Terrain, mask: Mask) -> PlaneMultiPolygon:
    return terrain.polygons(mask) if mask.any() else PlaneMultiPolygon(MultiPolygon())


def _warnings(terrain: Terrain, wet: Mask) -> tuple[str, ...]:
    said = []
    if not wet.any():
        said.append(Say.FLOOD_DRY.of())
    else:
        rim = np.zeros_like(wet)
        rim[[0, -1], :] = rim[:, [0, -1]] = True
        holes = ndimage.binary_dilation(np.isnan(terrain.heights_m))
        if (wet & (rim | holes)).any():
            said.append(Say.FLOOD_EDGE.of())
    if terrain.is_synthetic:
        said.append(Say.FLOOD_SAMPLE.of())
    if terrain.hole_share > 0:
        said.append(Say.FLOOD_HOLES.of(share=100 * terrain.hole_share))
    return tuple(said)


def _age_of(terrain: Terrain, at: datetime | None) -> tuple[str, ...]:
    """Whether the ground was surveyed so long ago, or nobody knows when, that it must be said."""
    if terrain.is_synthetic or at is None:
        return ()
    if terrain.surveyed_on is None:
        return (Say.FLOOD_UNDATED_TERRAIN.of(),)
    years = (at.date() - terrain.surveyed_on).days / 365.25
    if years < OLD_TERRAIN_YEARS:
        return ()
    return (Say.FLOOD_OLD_TERRAIN.of(on=terrain.surveyed_on.isoformat(), years=round(years)),)


def _limits(terrain: Terrain) -> tuple[str, ...]:
    said = (
        Say.FLOOD_CELL.of(cell=terrain.cell_m),
        Say.FLOOD_VERTICAL.of(vertical=terrain.vertical or "未说明"),
    )
    if terrain.is_synthetic:
        return said
    if terrain.accuracy_m is None:
        return (*said, Say.FLOOD_ACCURACY_UNKNOWN.of())
    return (*said, Say.FLOOD_ACCURACY.of(accuracy=terrain.accuracy_m))


def need_depths(depths: Sequence[DepthClass]) -> None:
    """Whether there are classes of depth, and each begins at a depth of its own.

    :raises BadEffectNumber: otherwise.
    """
    if not depths:
        raise BadEffectNumber("没有水深分级。请至少给一级。", name="depths")
    starts = [need(one.from_m, Label.DEPTH.value, low=0.0, high=100.0, unit="米") for one in depths]
    if len(set(starts)) < len(starts):
        raise BadEffectNumber("两级水深的起点相同。请检查水深分级表。", name="depths")
