"""Gaussian plume of a steady leak on flat ground with full reflection, as isopleths of the ground's air.

C = Q/(2π·u·σy·σz) · exp(−y²/2σy²) · [exp(−(z−H)²/2σz²) + exp(−(z+H)²/2σz²)], with a lid of height L
the images z ± H + 2nL. Q g/s, u m/s at the height of the source, C g/m³. Holds for 100 m to 10 km
downwind, u ≥ 1 m/s, gases about as heavy as air.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, cos, pi, radians, sqrt

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.optimize import brentq
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from emergency.rules.effects.checks import BadEffectNumber, CalmWind, need, need_direction, need_point
from emergency.rules.effects.dispersion import FARTHEST_M, NEAREST_M, SIGMA_NAMES, SigmaSet, sigmas
from emergency.rules.effects.heavy_gas import Caution, caution_for
from emergency.rules.effects.outlines import along, circle_at, from_along, sector_at, wind_to_deg
from emergency.rules.effects.results import NOWHERE, Effect, Parameter, Source, Zone, as_area
from emergency.rules.effects.stability import STRONGEST_MPS, Stability
from emergency.rules.effects.substances import Substance, Threshold
from emergency.rules.effects.wording import Label, Say, tell
from gis_core.places import PlanePoint
from gis_core.shapes import PlaneMultiPolygon

Floats = NDArray[np.float64]

CALM_MPS = 0.5
"""Below this there is no wind to carry a plume (assumed)."""
SLOW_MPS = 1.0
SAMPLES = 240
WELL_MIXED = 2.0
"""From σz of this many lids on, the images add up to an even layer to all digits."""
FORMULA = (
    "C = Q/(2π·u·σy·σz)·exp(−y²/2σy²)·[exp(−(z−H)²/2σz²)+exp(−(z+H)²/2σz²)]；"
    "等值线半宽 y = σy·√(2·ln(C₀/C限))"
)
BOOK = "Fundamentals of Air Pollution 第 3 版，表 19-3 至 19-7"

LEAST_TURN_DEG = 0.01
"""The least uncertainty of the wind that is drawn: under two metres at ten kilometres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A steady source: where, how many grams a second, how high above the ground."""

    at: PlanePoint
    rate_g_per_s: float
    height_m: float = 0.0

    def __post_init__(self) -> None:
        need_point(self.at)
        need(self.rate_g_per_s, "泄漏速率", low=1e-6, high=1e7, unit="克/秒")
        need(self.height_m, "源高", low=0.0, high=500.0, unit="米")


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """The air that carries it: wind (where it comes from), stability, and what is unsure.

    `wind_mps` is the wind at the height of the source. `uncertainty_deg` widens the outline to both sides; a
    wind that wanders by more than 90° has no direction to draw after.
    """

    wind_mps: float
    wind_from_deg: float
    stability: Stability
    uncertainty_deg: float = 20.0
    lid_m: float | None = None

    def __post_init__(self) -> None:
        need(self.wind_mps, "风速", low=0.0, high=STRONGEST_MPS, unit="米/秒")
        if self.wind_mps < CALM_MPS:
            raise CalmWind(
                f"风速 {tell(self.wind_mps)} 米/秒，接近静风，烟羽模型不适用。"
                "请改用初期处置区，或在测得风速后重算。"
            )
        need_direction(self.wind_from_deg, "风向")
        need(self.uncertainty_deg, "风向不确定性", low=0.0, high=90.0, unit="度")
        if self.lid_m is not None:
            need(self.lid_m, "混合层高度", low=20.0, high=10_000.0, unit="米")


def concentration_g_per_m3(
    rate_g_per_s: float,
    wind_mps: float,
    sigma_y_m: Floats | float,
    sigma_z_m: Floats | float,
    *,
    height_m: float = 0.0,
    across_m: Floats | float = 0.0,
    above_m: Floats | float = 0.0,
    lid_m: float | None = None,
) -> Floats:
    """The formula itself, for σ that are known; arrays are taken element by element.

    :raises BadEffectNumber: for a wind or a σ that is not above zero, a source above the lid, or no number.

    >>> round(float(concentration_g_per_m3(3.0, 7.0, 190.0, 65.0)), 6)
    1.1e-05
    """
    need(wind_mps, "风速", low=1e-3, high=STRONGEST_MPS, unit="米/秒")
    need(rate_g_per_s, "泄漏速率", low=0.0, high=1e9, unit="克/秒")
    sy, sz = np.asarray(sigma_y_m, dtype=np.float64), np.asarray(sigma_z_m, dtype=np.float64)
    if not (np.isfinite(sy).all() and np.isfinite(sz).all() and (sy > 0).all() and (sz > 0).all()):
        raise BadEffectNumber("扩散参数必须大于 0。请检查距离和稳定度。", name="sigma")
    if lid_m is not None and not 0.0 <= height_m < lid_m:
        raise BadEffectNumber(
            f"源高 {tell(height_m)} 米不在混合层高度 {tell(lid_m)} 米以下。请核对两者。", name="lid_m"
        )
    sideways = np.exp(-0.5 * (np.asarray(across_m) / sy) ** 2)
    upward = _upward(np.asarray(above_m, dtype=np.float64), sz, height_m, lid_m)
    return np.asarray(rate_g_per_s / (2 * pi * wind_mps * sy * sz) * sideways * upward)


def _upward(above: Floats, sz: Floats, height_m: float, lid_m: float | None) -> Floats:
    """The sum of the source and its images below the ground and above the lid."""

    def pair(shift: float) -> Floats:
        return np.asarray(
            np.exp(-0.5 * ((above - height_m + shift) / sz) ** 2)
            + np.exp(-0.5 * ((above + height_m + shift) / sz) ** 2)
        )

    if lid_m is None:
        return pair(0.0)
    images = ceil(5 * WELL_MIXED)
    total = np.sum([pair(2 * n * lid_m) for n in range(-images, images + 1)], axis=0)
    return np.asarray(np.where(sz > WELL_MIXED * lid_m, sqrt(2 * pi) * sz / lid_m, total))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plume:
    """A leak in its air, with the set of σ: answers for any place on the ground."""

    leak: Leak
    air: Air
    coefficients: SigmaSet = "briggs_urban"

    def __post_init__(self) -> None:
        if self.air.lid_m is not None and self.leak.height_m >= self.air.lid_m:
            raise BadEffectNumber("源高不在混合层高度以下。请核对两者。", name="lid_m")
        sigmas(np.array([NEAREST_M]), self.air.stability, self.coefficients)

    def on_centre_line_g_per_m3(self, distances_m: Floats) -> Floats:
        """Ground concentration straight downwind.

        :raises OutsideModel: nearer than 100 m or farther than 10 km.
        """
        return self._ground(distances_m, np.zeros(1))

    def at_g_per_m3(self, point: PlanePoint) -> float:
        """Ground concentration at a place; 0 upwind of the source.

        :raises OutsideModel: downwind, but nearer than 100 m or farther than 10 km.
        """
        need_point(point)
        towards = wind_to_deg(self.air.wind_from_deg)
        place = from_along(self.leak.at, towards, np.array([[point.easting_m, point.northing_m]]))
        ahead, across = float(place[0, 0]), place[:, 1]
        if ahead < 0:
            return 0.0
        return float(self._ground(np.array([ahead]), across)[0])

    def _ground(self, distances_m: Floats, across_m: Floats) -> Floats:
        sy, sz = sigmas(distances_m, self.air.stability, self.coefficients)
        return concentration_g_per_m3(
            self.leak.rate_g_per_s,
            self.air.wind_mps,
            sy,
            sz,
            height_m=self.leak.height_m,
            across_m=across_m,
            lid_m=self.air.lid_m,
        )


def plume(
    leak: Leak,
    air: Air,
    thresholds: Sequence[Threshold],
    *,
    coefficients: SigmaSet = "briggs_urban",
    substance: Substance | None = None,
) -> Effect:
    """Isopleths of the thresholds, the highest concentration first; each plain and widened by the wind.

    Nearer than 100 m the model says nothing: a zone that begins there is drawn around the source, as wide as
    at 100 m. A zone that nothing reaches is empty, and a sentence says so.

    :raises CalmWind: below 0.5 m/s.
    :raises BadEffectNumber: for numbers that cannot be.
    """
    if not thresholds:
        raise BadEffectNumber("没有要画的浓度限值。请至少选一个。", name="thresholds")
    model = Plume(leak=leak, air=air, coefficients=coefficients)
    line = _CentreLine.of(model)
    falling = sorted(thresholds, key=lambda one: -one.mg_per_m3)
    found = _nested([_isopleth(line, one) for one in falling])
    caution = caution_for(substance) if substance else Caution()
    return Effect(
        model="plume",
        title=Label.PLUME.value,
        formula=FORMULA,
        zones=tuple(zone for zone, _ in found),
        parameters=_parameters(leak, air, coefficients, substance),
        figures=(
            Parameter(Label.MOST.value, line.most_mg, "毫克/立方米", "derived"),
            Parameter(Label.MOST_AT.value, line.most_at_m, "米", "derived"),
        ),
        warnings=(
            *caution.warnings,
            *_warnings(air),
            *_recalled(falling),
            *(words for _, said in found for words in said),
        ),
        limits=_limits(air),
        sources=(
            Source(BOOK, "sourced"),
            *dict.fromkeys(Source(one.source, one.status) for one in thresholds if one.source),
        ),
        offers=caution.offers,
    )


def _nested(found: list[tuple[Zone, tuple[str, ...]]]) -> list[tuple[Zone, tuple[str, ...]]]:
    """Each zone made to contain the ones before, which the circles near the source may not."""
    out = found[:1]
    for zone, said in found[1:]:
        worse = out[-1][0]
        shape = _with(zone.shape, worse.shape)
        wide = None if zone.wide is None and worse.wide is None else _with(zone.widest, worse.widest)
        reach_m = max(zone.reach_m or 0.0, worse.reach_m or 0.0)
        out.append((replace(zone, shape=shape, wide=wide, reach_m=reach_m), said))
    return out


def _with(shape: PlaneMultiPolygon, inner: PlaneMultiPolygon) -> PlaneMultiPolygon:
    return shape if inner.is_empty or shape.covers(inner) else as_area(shape.union(inner))


def _parameters(
    leak: Leak, air: Air, coefficients: SigmaSet, substance: Substance | None
) -> tuple[Parameter, ...]:
    named = (Parameter(Label.SUBSTANCE.value, substance.name, "", substance.status),) if substance else ()
    lid = (Parameter(Label.LID.value, air.lid_m, "米"),) if air.lid_m is not None else ()
    return (
        *named,
        Parameter(Label.RATE.value, leak.rate_g_per_s, "克/秒"),
        Parameter(Label.HEIGHT.value, leak.height_m, "米"),
        Parameter(Label.WIND.value, air.wind_mps, "米/秒"),
        Parameter(Label.WIND_FROM.value, air.wind_from_deg, "度"),
        Parameter(Label.WIND_TO.value, wind_to_deg(air.wind_from_deg), "度", "derived"),
        Parameter(Label.UNCERTAINTY.value, air.uncertainty_deg, "度"),
        Parameter(Label.STABILITY.value, air.stability.name, "", "derived"),
        Parameter(Label.SIGMAS.value, SIGMA_NAMES[coefficients].value, "", "sourced"),
        *lid,
    )


def _warnings(air: Air) -> tuple[str, ...]:
    slow = (Say.PLUME_SLOW_WIND.of(wind=air.wind_mps),) if air.wind_mps < SLOW_MPS else ()
    return (*((air.stability.note,) if air.stability.note else ()), *slow)


def _recalled(limits: Sequence[Threshold]) -> tuple[str, ...]:
    """That limits are from memory, named without what they mean."""
    names = [one.name.partition("（")[0] for one in limits if one.status == "recalled"]
    return (Say.LIMITS_RECALLED.of(names="、".join(names)),) if names else ()


def _limits(air: Air) -> tuple[str, ...]:
    two = (Say.PLUME_TWO_CLASSES.of(classes=air.stability.name),) if len(air.stability.classes) > 1 else ()
    lid = (Say.PLUME_LID.of(lid=air.lid_m),) if air.lid_m is not None else ()
    wide = (Say.PLUME_WIDENED.of(deg=air.uncertainty_deg),) if air.uncertainty_deg else ()
    return (
        Say.PLUME_STEADY.of(),
        Say.PLUME_RANGE.of(near=NEAREST_M, far=FARTHEST_M),
        Say.PLUME_NEUTRAL.of(),
        Say.TABLE_AT_10_M.of(),
        *two,
        *lid,
        *wide,
    )


@dataclass(frozen=True, slots=True)
class _CentreLine:
    """The concentration straight downwind at many distances, where the isopleths are cut from."""

    model: Plume
    x_m: Floats
    mg: Floats
    sigma_y_m: Floats

    @staticmethod
    def of(model: Plume) -> "_CentreLine":
        x = np.geomspace(NEAREST_M, FARTHEST_M, SAMPLES)
        x[0], x[-1] = NEAREST_M, FARTHEST_M
        sy, _ = sigmas(x, model.air.stability, model.coefficients)
        return _CentreLine(model, x, model.on_centre_line_g_per_m3(x) * 1000.0, sy)

    @property
    def most_mg(self) -> float:
        """The highest concentration between 100 m and 10 km."""
        return float(self.mg.max())

    @property
    def most_at_m(self) -> float:
        """Where that is."""
        return float(self.x_m[self.mg.argmax()])

    def over(self, x_m: float, limit_mg: float) -> float:
        """By how much a distance is over a limit."""
        return float(self.model.on_centre_line_g_per_m3(np.array([x_m]))[0]) * 1000.0 - limit_mg

    def half_widths_m(self, x_m: Floats, limit_mg: float) -> Floats:
        """y = σy·√(2·ln(C₀/C)), 0 where the limit is not exceeded."""
        sy, _ = sigmas(x_m, self.model.air.stability, self.model.coefficients)
        over = np.maximum(self.model.on_centre_line_g_per_m3(x_m) * 1000.0 / limit_mg, 1.0)
        return np.asarray(sy * np.sqrt(2 * np.log(over)))


def _isopleth(line: _CentreLine, limit: Threshold) -> tuple[Zone, tuple[str, ...]]:
    """One zone, and what must be said of it."""
    need(limit.mg_per_m3, "浓度限值", low=1e-9, high=1e8, unit="毫克/立方米")
    words = f"≥ {tell(limit.mg_per_m3)} 毫克/立方米"
    words += f"（{tell(limit.ppm)} ppm）" if limit.ppm is not None else ""
    zone = Zone(
        code=limit.code, name=limit.name, shape=NOWHERE, threshold=words, status=limit.status, reach_m=0.0
    )
    runs = _runs(line.mg >= limit.mg_per_m3)
    if not runs:
        # Where the concentration still falls at 100 m, it may have been above the limit nearer than that.
        if line.mg.argmax() > 0:
            return zone, (
                Say.PLUME_NOT_REACHED.of(zone=limit.name, near=NEAREST_M, far=FARTHEST_M, most=line.most_mg),
            )
        near = as_area(circle_at(line.model.leak.at, NEAREST_M))
        said = Say.PLUME_UNRESOLVED.of(zone=limit.name, near=NEAREST_M)
        return replace(zone, shape=near, reach_m=NEAREST_M), (said,)
    lobes = [_lobe(line, limit.mg_per_m3, first, last) for first, last in runs]
    reach_m = max(float(np.hypot(*lobe.T).max()) for lobe in lobes)
    is_cut = bool(line.mg[-1] >= limit.mg_per_m3)
    turn_deg = line.model.air.uncertainty_deg if line.model.air.uncertainty_deg >= LEAST_TURN_DEG else 0.0
    zone = replace(
        zone,
        shape=_laid(line.model, lobes, 0.0),
        wide=_laid(line.model, lobes, turn_deg) if turn_deg else None,
        reach_m=reach_m,
        is_cut=is_cut,
    )
    return zone, (Say.PLUME_CUT.of(zone=limit.name, far=FARTHEST_M),) if is_cut else ()


def _runs(over: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last position of each stretch that is over."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], over, [False]]).astype(np.int8)))
    return [(int(first), int(last) - 1) for first, last in edges.reshape(-1, 2)]


def _lobe(line: _CentreLine, limit_mg: float, first: int, last: int) -> Floats:
    """The left side of a stretch, tip to tip: rows of (metres downwind, metres to the left)."""
    x = line.x_m[first : last + 1]
    if first > 0:
        tip = brentq(line.over, line.x_m[first - 1], line.x_m[first], args=(limit_mg,))
        x = np.concatenate([tip + (x[0] - tip) * np.linspace(0.0, 1.0, 24) ** 2, x[1:]])
    if last < len(line.x_m) - 1:
        tip = brentq(line.over, line.x_m[last], line.x_m[last + 1], args=(limit_mg,))
        # Towards its tip an isopleth closes like a circle: distances crowd there.
        x = np.concatenate([x[:-1], tip - (tip - x[-1]) * np.linspace(1.0, 0.0, 24) ** 2])
    half = line.half_widths_m(np.clip(x, NEAREST_M, FARTHEST_M), limit_mg)
    return np.column_stack([x, half])


def _laid(model: Plume, lobes: list[Floats], turn_deg: float) -> PlaneMultiPolygon:
    """The lobes on the ground, swept to both sides by an angle, with the part around the source."""
    towards = wind_to_deg(model.air.wind_from_deg)
    parts: list[BaseGeometry] = []
    for lobe in lobes:
        starts_near = lobe[0, 0] <= NEAREST_M
        body = np.vstack([[0.0, lobe[0, 1]], lobe]) if starts_near else lobe
        if starts_near:
            parts.append(circle_at(model.leak.at, max(float(lobe[0, 1]), 1.0)))
        plain = Polygon(np.vstack([body, (body * [1.0, -1.0])[::-1]])).buffer(0)
        for angle in (-turn_deg, turn_deg) if turn_deg else (0.0,):
            parts.append(_on_ground(plain, model.leak.at, towards + angle))
        if turn_deg:
            parts.append(_swept(body, model.leak.at, towards, turn_deg))
    return as_area(shapely.union_all(parts))


def _on_ground(shape: BaseGeometry, at: PlanePoint, towards_deg: float) -> BaseGeometry:
    return shapely.transform(shape, lambda places: along(at, towards_deg, places))


def _swept(body: Floats, at: PlanePoint, towards_deg: float, turn_deg: float) -> BaseGeometry:
    """What a lobe covers as the wind turns: for each distance from the source its angle grows by the turn.

    A lobe's half angle at a distance is that of its border, so that the swept area is exact but for chords;
    the far edge is the arc through the tip.
    """
    radius = np.hypot(body[:, 0], body[:, 1])
    angle = np.minimum(np.degrees(np.arctan2(body[:, 1], body[:, 0])) + turn_deg, 180.0)
    order = np.argsort(radius, kind="stable")
    radius, angle = radius[order], angle[order]
    rim = _fan(at, towards_deg, radius, angle)
    whole = sector_at(at, float(radius[-1]), towards_deg, min(2 * float(angle[-1]), 360.0))
    if body[0, 0] <= 0:
        return shapely.union_all([rim, whole])
    hollow = circle_at(at, float(radius[0]) / cos(radians(180.0 / 64)))
    return shapely.union_all([rim, whole.difference(hollow)])


def _fan(at: PlanePoint, towards_deg: float, radius: Floats, angle_deg: Floats) -> BaseGeometry:
    """Between the borders on both sides: slices from one distance to the next, joined."""
    sides = np.radians(angle_deg)
    left = np.column_stack([radius * np.cos(sides), radius * np.sin(sides)])
    right = left * [1.0, -1.0]
    far = np.radians(np.linspace(angle_deg[-1], -angle_deg[-1], 65))
    near = np.radians(np.linspace(-angle_deg[0], angle_deg[0], 65))
    ring = np.vstack(
        [
            left,
            np.column_stack([np.cos(far), np.sin(far)]) * radius[-1],
            right[::-1],
            np.column_stack([np.cos(near), np.sin(near)]) * radius[0],
        ]
    )
    return _on_ground(Polygon(ring).buffer(0), at, towards_deg)
