"""Floods by level: water stands where the ground is lower and hangs together with the river."""

from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from emergency.effect_data import load_effect_data
from emergency.rules.effects.checks import BadEffectNumber
from emergency.rules.effects.flood import BadGauge, DepthClass, Flood, Gauge, RiverLevels, flood, pond
from emergency.rules.effects.waterlogging import WaterloggingPoint, judge_points
from gis_core.crs import PlaneSystem
from gis_core.places import PlanePoint
from gis_core.shapes import PlaneLine
from gis_core.terrain import OffTerrain, Terrain
from grid.sample_city.facts import gather
from grid.sample_city.landscape import lay_out
from grid.sample_city.terrain import terrain_of, water_level_m
from tests.case_city import baoji

WEST, NORTH, CELL = 430_000.0, 3_804_000.0, 10.0
DEPTHS = (
    DepthClass(code="shallow", name="浅", from_m=0.0, status="assumed", source="例"),
    DepthClass(code="deep", name="深", from_m=1.0, status="assumed", source="例"),
)
NOW = datetime(2026, 7, 16, 12, 0, tzinfo=UTC)


def ground(heights: object) -> Terrain:
    return Terrain(
        heights_m=np.array(heights, dtype=np.float32),
        west_m=WEST,
        north_m=NORTH,
        cell_m=CELL,
        plane=PlaneSystem(4545),
        source="例",
        vertical="1985 国家高程基准",
    )


def slope(fall: float = 0.01) -> Terrain:
    """Rises eastward from the river at its west edge: 0.01 is 1 m in 100 m."""
    return ground(np.tile((np.arange(60) + 0.5) * CELL * fall, (20, 1)))


WEST_EDGE = LineString([(WEST + 1, NORTH - 1), (WEST + 1, NORTH - 199)])
# A basin at height 0, a dyke of 5 m around a field at height 0.
POLDER = ground(
    [
        [0, 0, 0, 0, 0, 0],
        [0, 5, 5, 5, 5, 0],
        [0, 5, 0, 0, 5, 0],
        [0, 5, 0, 0, 5, 0],
        [0, 5, 5, 5, 5, 0],
        [0, 0, 0, 0, 0, 0],
    ]
)
FIELD = np.array([[WEST + 25, NORTH - 25]])
CORNER = Point(WEST + 5, NORTH - 5)


@pytest.mark.parametrize("level", [1.0, 2.0, 3.5])
def test_on_a_slope_the_waterline_is_at_level_by_slope(level: float):
    found = flood(slope(), level=level, seed=WEST_EDGE, depths=DEPTHS)
    whole = shapely.union_all([one.shape for one in found.effect.zones])
    assert whole.bounds[2] - WEST == pytest.approx(level / 0.01)
    assert found.volume_m3 == pytest.approx(level * (level / 0.01) / 2 * 200, rel=0.01)


@given(st.floats(0.2, 5.0), st.floats(0.01, 0.03))
@settings(max_examples=30, deadline=None)
def test_a_waterline_strays_by_half_a_cell_at_most(level: float, fall: float):
    found = flood(slope(fall), level=level, seed=WEST_EDGE, depths=DEPTHS)
    wanted = min(level / fall, 600.0)
    east = max(one.shape.bounds[2] for one in found.effect.zones if not one.shape.is_empty)
    assert abs(east - WEST - wanted) <= CELL / 2 + 0.01


def test_inside_a_closed_dyke_it_stays_dry_until_it_is_overtopped():
    below, above = (flood(POLDER, level=level, seed=CORNER, depths=DEPTHS) for level in (4.9, 5.1))
    assert float(below.depths_at(FIELD)[0]) == 0
    assert float(above.depths_at(FIELD)[0]) == pytest.approx(5.1, abs=1e-5)


def test_a_breach_lets_the_water_in():
    found = flood(POLDER, level=1.0, seed=Point(*FIELD[0]), depths=DEPTHS)
    assert found.wet_m2 == 4 * CELL**2


@given(st.floats(-1, 8), st.floats(0, 4))
@settings(max_examples=40, deadline=None)
def test_more_water_is_never_less(level: float, more: float):
    lower, higher = (flood(POLDER, level=one, seed=CORNER, depths=DEPTHS) for one in (level, level + more))
    assert higher.volume_m3 >= lower.volume_m3
    assert higher.wet_m2 >= lower.wet_m2


def test_classes_of_depth_lie_side_by_side_deepest_first():
    found = flood(slope(), level=2.0, seed=WEST_EDGE, depths=DEPTHS)
    deep, shallow = found.effect.zones
    assert (deep.code, shallow.code) == ("deep", "shallow")
    assert (deep.shape.bounds[2] - WEST, shallow.shape.bounds[0] - WEST) == pytest.approx((100.0, 100.0))
    assert deep.shape.intersection(shallow.shape).area == 0
    assert deep.area_m2 + shallow.area_m2 == pytest.approx(found.wet_m2)
    assert not found.effect.is_nested


def test_a_river_below_its_banks_floods_nothing_and_says_so():
    found = flood(POLDER, level=-1.0, seed=CORNER, depths=DEPTHS)
    assert (found.volume_m3, found.deepest_m) == (0, 0)
    assert all(one.shape.is_empty for one in found.effect.zones)
    assert any("没有淹没范围" in words for words in found.effect.warnings)


def test_water_at_the_edge_of_the_terrain_is_told():
    assert any(
        "地形数据边缘" in one for one in flood(POLDER, level=1.0, seed=CORNER, depths=DEPTHS).effect.warnings
    )


def test_a_hole_stays_dry_and_is_told():
    holed = ground([[0, np.nan, 0], [0, 0, 0]])
    found = flood(holed, level=1.0, seed=CORNER, depths=DEPTHS)
    assert found.wet_m2 == 5 * CELL**2
    assert any("没有高程" in words for words in found.effect.warnings)


# Along a river that falls eastward by 1 m in 200 m, with a flat plain beside it that falls alike.
RIVER = PlaneLine(LineString([(WEST, NORTH - 100), (WEST + 600, NORTH - 100)]))


def gauge(name: str, east: float, level: float, minutes: int = 5) -> Gauge:
    return Gauge(
        name=name,
        at=PlanePoint(WEST + east, NORTH - 80),
        level_m=level,
        read_at=NOW - timedelta(minutes=minutes),
    )


def levels(*gauges: Gauge) -> RiverLevels:
    return RiverLevels(river=RIVER, gauges=gauges)


def test_the_level_lies_between_the_gauges():
    found = levels(gauge("上游站", 100, 12.0), gauge("下游站", 500, 10.0))
    asked = np.array([[WEST + east, NORTH - 10.0] for east in (0, 100, 300, 500, 600)])
    assert found.levels_at(asked).tolist() == pytest.approx([12.0, 12.0, 11.0, 10.0, 10.0])


def test_along_a_falling_river_the_depth_is_even():
    plain = ground(np.tile(3.0 - (np.arange(60) + 0.5) * CELL / 200, (20, 1)))
    found = flood(
        plain, level=levels(gauge("上游站", 0, 3.5), gauge("下游站", 600, 0.5)), seed=RIVER, depths=DEPTHS
    )
    assert np.nanmin(found.depth_m) == pytest.approx(0.5, abs=0.01)
    assert np.nanmax(found.depth_m) == pytest.approx(0.5, abs=0.01)


def test_gauges_that_cannot_both_be_right_are_told():
    odd = levels(gauge("上游站", 100, 10.0), gauge("下游站", 500, 10.5, minutes=90))
    notes = odd.notes(NOW)
    assert notes == (
        "下游站在下游，水位却比上游站高 0.5 米，请核对水位站读数",
        "下游站的读数已有 90 分钟，可能已经变化",
    )


@pytest.mark.parametrize("level", [float("nan"), float("inf"), -9999.0, 99_999.0])
def test_a_gauge_that_sends_nonsense_is_refused(level: float):
    with pytest.raises(BadGauge, match="请检查水位站"):
        levels(gauge("益门镇站", 100, level))
    with pytest.raises(BadGauge):
        flood(POLDER, level=level, seed=CORNER, depths=DEPTHS)


def test_no_gauge_at_all_is_refused():
    with pytest.raises(BadGauge):
        levels()


def test_a_river_beside_the_terrain_is_refused():
    with pytest.raises(OffTerrain, match="河道或溃口"):
        flood(POLDER, level=1.0, seed=box(0, 0, 10, 10), depths=DEPTHS)


@pytest.mark.parametrize("depths", [(), (DEPTHS[0], DEPTHS[0])])
def test_classes_of_depth_that_cannot_be_are_refused(depths: tuple[DepthClass, ...]):
    with pytest.raises(BadEffectNumber):
        flood(POLDER, level=1.0, seed=CORNER, depths=depths)


# Waterlogging points.
UNDERPASS = WaterloggingPoint(code="a", name="铁路下穿桥", at=PlanePoint(*FIELD[0]), trigger_m=0.27)
CROSSING = WaterloggingPoint(code="b", name="十字路口", at=PlanePoint(WEST + 5, NORTH - 5), trigger_m=0.4)
READINGS = [
    (0.26, None, "", "a b", "just below its own level, and the other is silent"),
    (0.27, 0.27, "a", "b", "at the level is triggered; the other has another one"),
    (0.3, 0.9, "b a", "", "the worst first"),
    (float("nan"), 0.1, "", "a b", "nonsense is silence"),
    (-1.0, 99.0, "", "a b", "depths that cannot be are silence"),
]


@pytest.mark.parametrize(
    ("one", "other", "triggered", "rest", "because"), READINGS, ids=[row[-1] for row in READINGS]
)
def test_every_spot_has_a_level_of_its_own(
    one: float, other: float | None, triggered: str, rest: str, because: str
):
    found = judge_points([UNDERPASS, CROSSING], {"a": one, "b": other})
    assert " ".join(t.point.code for t in found.triggered) == triggered
    assert " ".join(sorted(p.code for p in (*found.below, *found.silent))) == rest


def test_a_spot_s_pond_is_what_hangs_together_with_it():
    found = pond(POLDER, UNDERPASS.at, 0.3, depths=DEPTHS)
    assert (found.wet_m2, found.effect.model) == (4 * CELL**2, "ponding")
    assert found.volume_m3 == pytest.approx(4 * CELL**2 * 0.3, rel=1e-5)


@pytest.mark.parametrize("depth", [-0.1, 10.1, float("nan")])
def test_a_pond_that_cannot_be_is_refused(depth: float):
    with pytest.raises(BadGauge):
        pond(POLDER, UNDERPASS.at, depth, depths=DEPTHS)


# The drawn valley: the river rises over its dykes.
@cache
def valley() -> tuple[Terrain, RiverLevels]:
    scape = lay_out(gather(baoji()), 1)
    terrain = terrain_of(scape, PlaneSystem(4545))
    west, _, east, _ = terrain.bounds
    line = LineString(scape.main_river_line).intersection(box(*terrain.bounds))
    middle = max(shapely.get_parts(line), key=shapely.length)
    ends = [PlanePoint(*place) for place in shapely.get_coordinates(middle)[[0, -1]].tolist()]
    water = water_level_m(scape, np.array([one.easting_m for one in ends]))
    gauges = [
        Gauge(name=name, at=at, level_m=float(level))
        for name, at, level in zip(("林家村站（示意）", "下游站（示意）"), ends, water, strict=True)
    ]
    assert west <= ends[0].easting_m < ends[1].easting_m <= east
    return terrain, RiverLevels(river=PlaneLine(middle), gauges=tuple(gauges))


def rise(metres: float) -> Flood:
    terrain, river = valley()
    gauges = tuple(Gauge(name=one.name, at=one.at, level_m=one.level_m + metres) for one in river.gauges)
    depths = load_effect_data(baoji()).depths.depths
    return flood(
        terrain, level=RiverLevels(river=river.river, gauges=gauges), seed=river.river, depths=depths
    )


def test_the_drawn_river_keeps_to_its_dykes_and_then_does_not():
    low, high = rise(-1.0), rise(5.0)
    assert low.wet_m2 < 15e6
    assert high.wet_m2 > 1.5 * low.wet_m2
    assert high.volume_m3 > 2 * low.volume_m3


def test_a_flood_on_drawn_ground_is_marked_as_a_sample():
    effect = rise(5.0).effect
    assert "地形为示意数据，不能用于真实决策" in effect.warnings
    assert any("示意高程" in words for words in effect.limits)
