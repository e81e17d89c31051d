"""The form of each model of effects: its fields with units and defaults, and what it says as an effect."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field
from shapely import Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from emergency.city_layers import CityLayers
from emergency.effect_data import EffectData
from emergency.rules.effects.blast import blast, tnt_equivalent_kg
from emergency.rules.effects.by_hand import circle, drawn, sector
from emergency.rules.effects.dispersion import SIGMA_NAMES, SigmaSet
from emergency.rules.effects.fire import fire
from emergency.rules.effects.first_minutes import (
    SPILL_NAMES,
    TIME_NAMES,
    Spill,
    TimeOfDay,
    find_distances,
    first_minutes,
)
from emergency.rules.effects.flood import flood
from emergency.rules.effects.heavy_gas import caution_for
from emergency.rules.effects.plume import Air, Leak, plume
from emergency.rules.effects.results import Effect
from emergency.rules.effects.stability import SKY_NAMES, Sky, stability_of
from emergency.rules.effects.substances import thresholds_of
from emergency.rules.exposure import Outline
from emergency.rules.presence import Moment
from gis_core.errors import BadInput
from gis_core.places import LonLat, PlanePoint
from web.effect_shapes import rings_of

ModelAsked = Literal["plume", "first_minutes", "circle", "sector", "drawn", "blast", "fire", "flood"]
MODEL_NAMES: dict[ModelAsked, str] = {
    "plume": "高斯烟羽",
    "first_minutes": "初期处置区",
    "circle": "圆形范围",
    "sector": "扇形范围",
    "blast": "爆炸冲击波",
    "fire": "火场椭圆",
    "flood": "按水位淹没",
    "drawn": "手绘范围",
}
MOMENT_WORDS: dict[str, str] = {
    "now": "此刻",
    "day": "白天",
    "night": "夜间",
    "weekend": "休息日白天",
    "resident": "常住（不折算）",
}
FLOOD_AROUND_M, ABOVE_M = 5_000.0, 2.0


class NoEffectPlace(BadInput):
    """Neither the incident nor the form says where the effect begins."""

    code = "no_effect_place"


class EffectSent(BaseModel):
    """What is asked: a model, its parameters, and how people are counted; each model reads its own."""

    model_config = ConfigDict(extra="ignore")

    model: ModelAsked = Field("circle", title="模型")
    lon: float | None = Field(None, title="经度")
    lat: float | None = Field(None, title="纬度")
    moment: Literal["now", "day", "night", "weekend", "resident"] = Field("now", title="人数时段")
    outline: Outline = Field("wide", title="外轮廓")
    substance: str = Field("chlorine", max_length=40, title="物质")
    rate_g_per_s: float = Field(500.0, title="泄漏速率")
    height_m: float = Field(0.0, title="源高")
    wind_mps: float = Field(2.0, title="风速")
    wind_from_deg: float = Field(90.0, title="风向（来向）")
    sky: Sky = Field("overcast", title="天空状况")
    uncertainty_deg: float = Field(20.0, title="风向不确定性")
    coefficients: SigmaSet = Field("briggs_urban", title="扩散参数")
    spill: Spill = Field("small", title="泄漏规模")
    time: TimeOfDay = Field("day", title="时段")
    radius_m: float = Field(500.0, title="半径")
    bearing_deg: float = Field(90.0, title="方位角")
    opening_deg: float = Field(60.0, title="张角")
    mass_kg: float = Field(1000.0, title="物质质量")
    heat_mj_per_kg: float = Field(46.0, title="燃烧热")
    efficiency: float | None = Field(None, title="爆炸效率")
    head_rate_m_per_min: float = Field(10.0, title="火头蔓延速度")
    after_min: str = Field("30 60 120", max_length=100, title="起火后时间")
    level_m: float | None = Field(None, title="水位")
    seed: Literal["river", "breach"] = Field("river", title="从哪里涨水")
    shape: str = Field("", max_length=400_000, title="图形")

    def counted_at(self) -> Moment | None:
        """The moment that people are counted for; None for that of the clock."""
        return None if self.moment == "now" else self.moment


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of a form."""

    name: str
    label: str
    unit: str = ""
    hint: str = ""
    choices: Mapping[str, str] | None = None
    is_long: bool = False
    default: str = ""


def _entry(name: str, unit: str = "", hint: str = "", choices: Mapping[str, str] | None = None) -> Entry:
    field = EffectSent.model_fields[name]
    default = "" if field.default is None else field.default
    said = f"{default:g}" if isinstance(default, float) else str(default)
    return Entry(name, field.title or name, unit, hint, choices, name == "shape", said)


WIND = (_entry("wind_mps", "米/秒"), _entry("wind_from_deg", "度", "风从哪里来：北 0，东 90，南 180，西 270"))
SEEDS = {"river": "附近的河道", "breach": "事发地点（溃口）"}


def entries_of(data: EffectData, model: ModelAsked) -> tuple[Entry, ...]:
    """The fields of a model's form, in their order."""
    gases = {one.code: one.name for one in data.substances.substances}
    tabled = {one.substance for one in data.first_minutes.distances}
    substance = _entry("substance", choices=gases)
    share = f"{data.blast.tnt_share.value:g}"
    fields: dict[ModelAsked, tuple[Entry, ...]] = {
        "plume": (
            substance,
            _entry("rate_g_per_s", "克/秒"),
            _entry("height_m", "米"),
            *WIND,
            _entry("sky", choices=dict(SKY_NAMES.items())),
            _entry("uncertainty_deg", "度", "外轮廓向左右各放宽这么多"),
            _entry("coefficients", choices={code: name.value for code, name in SIGMA_NAMES.items()}),
        ),
        "first_minutes": (
            _entry("substance", choices={code: name for code, name in gases.items() if code in tabled}),
            _entry("spill", choices={code: name.value for code, name in SPILL_NAMES.items()}),
            _entry("time", choices={code: name.value for code, name in TIME_NAMES.items()}),
            *WIND,
        ),
        "circle": (_entry("radius_m", "米"),),
        "sector": (_entry("radius_m", "米"), _entry("bearing_deg", "度"), _entry("opening_deg", "度")),
        "blast": (
            _entry("mass_kg", "千克"),
            _entry("heat_mj_per_kg", "兆焦/千克", "默认值为假定，约为液化石油气"),
            _entry("efficiency", "", f"留空按 {share}（假定）；炸药填 1"),
        ),
        "fire": (
            *WIND,
            _entry("head_rate_m_per_min", "米/分钟", "由现场观察给出"),
            _entry("after_min", "分钟", "几个时刻用空格隔开"),
        ),
        "flood": (
            _entry("level_m", "米", "与地形同一高程基准；留空按起点地面高 2 米"),
            _entry("seed", choices=SEEDS),
        ),
        "drawn": (_entry("shape", "", "GeoJSON，或每行一个“经度,纬度”"),),
    }
    return fields[model]


def effect_of(sent: EffectSent, place: LonLat | None, city: CityLayers, now: datetime) -> Effect:
    """The answer of the model that was asked, for data that are judged old by `now`.

    :raises NoEffectPlace, BadEffectNumber, CalmWind, OutsideModel, NoDistances, UnknownSubstance: and what
        else the models refuse, with words for the form.
    """
    if sent.model == "drawn":
        plane = city.plane
        rings = [[plane.to_plane(one) for one in ring] for ring in rings_of(sent.shape)]
        return drawn(rings)
    if sent.lon is not None and sent.lat is not None:
        place = LonLat(sent.lon, sent.lat)
    if place is None:
        raise NoEffectPlace("这起事件还没有位置。请填写经度和纬度，或先更正事件地点。")
    at = city.plane.to_plane(place)
    if sent.model == "flood":
        return _flood(sent, at, city, now)
    return _MODELS[sent.model](sent, at, city)


def _plume(sent: EffectSent, at: PlanePoint, city: CityLayers) -> Effect:
    gas = city.data.substances.get(sent.substance)
    air = Air(
        wind_mps=sent.wind_mps,
        wind_from_deg=sent.wind_from_deg,
        stability=stability_of(sent.wind_mps, sent.sky),
        uncertainty_deg=sent.uncertainty_deg,
    )
    leak = Leak(at=at, rate_g_per_s=sent.rate_g_per_s, height_m=sent.height_m)
    return plume(leak, air, thresholds_of(gas), coefficients=sent.coefficients, substance=gas)


def _first_minutes(sent: EffectSent, at: PlanePoint, city: CityLayers) -> Effect:
    row = find_distances(
        city.data.first_minutes.distances,
        substance=sent.substance,
        spill=sent.spill,
        time=sent.time,
        wind_mps=sent.wind_mps,
    )
    return first_minutes(at, row, wind_from_deg=sent.wind_from_deg if sent.wind_mps > 0 else None)


def _blast(sent: EffectSent, at: PlanePoint, city: CityLayers) -> Effect:
    table = city.data.blast
    share = table.tnt_share.value if sent.efficiency is None else sent.efficiency
    return blast(at, tnt_equivalent_kg(sent.mass_kg, sent.heat_mj_per_kg, share), table.levels)


def _fire(sent: EffectSent, at: PlanePoint, city: CityLayers) -> Effect:
    try:
        times = [float(word) for word in sent.after_min.replace("，", " ").replace(",", " ").split()]
    except ValueError as problem:
        raise BadEffectTimes("起火后时间应为用空格隔开的分钟数，如 30 60 120。") from problem
    return fire(
        at,
        wind_mps=sent.wind_mps,
        wind_from_deg=sent.wind_from_deg,
        head_rate_m_per_min=sent.head_rate_m_per_min,
        after_min=times[:8],
    )


class BadEffectTimes(BadInput):
    """The moments of a fire are no numbers."""

    code = "bad_effect_times"


def _flood(sent: EffectSent, at: PlanePoint, city: CityLayers, now: datetime) -> Effect:
    terrain = city.terrain_around(at, FLOOD_AROUND_M)
    start = Point(at.easting_m, at.northing_m) if sent.seed == "breach" else city.river_near(at)
    level = sent.level_m
    if level is None:
        level = terrain.get_height_m(_nearest(start, at)) + ABOVE_M
    return flood(terrain, level=level, seed=start, depths=city.data.depths.depths, at=now).effect


def _nearest(start: BaseGeometry, at: PlanePoint) -> PlanePoint:
    on_start = nearest_points(start, Point(at.easting_m, at.northing_m))[0]
    return PlanePoint(on_start.x, on_start.y)


_MODELS: dict[ModelAsked, Callable[[EffectSent, PlanePoint, CityLayers], Effect]] = {
    "plume": _plume,
    "first_minutes": _first_minutes,
    "circle": lambda sent, at, city: circle(at, sent.radius_m),
    "sector": lambda sent, at, city: sector(
        at, sent.radius_m, bearing_deg=sent.bearing_deg, opening_deg=sent.opening_deg
    ),
    "blast": _blast,
    "fire": _fire,
}


def cautions_of(sent: EffectSent, data: EffectData) -> tuple[str, ...]:
    """What must be said of the gas before anybody looks at its plume."""
    if sent.model not in ("plume", "first_minutes"):
        return ()
    return caution_for(data.substances.get(sent.substance)).warnings


def model_named(word: str) -> ModelAsked:
    """A model by its code; a circle for an unknown one."""
    return next((one for one in get_args(ModelAsked) if one == word), "circle")
