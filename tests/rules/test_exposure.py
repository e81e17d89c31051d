"""Who and what is inside: shares by area, borders that count, nothing twice, and what was not known."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box

from emergency.effect_data import EffectData, load_effect_data
from emergency.rules.effects.by_hand import circle, drawn
from emergency.rules.effects.checks import BadEffectNumber
from emergency.rules.effects.plume import Air, Leak, plume
from emergency.rules.effects.results import Effect, as_area
from emergency.rules.effects.stability import Stability
from emergency.rules.effects.substances import thresholds_of
from emergency.rules.exposure import Exposure, NoZones, explain, expose
from emergency.rules.inside import Area
from emergency.rules.layers import (
    BadLayer,
    ComponentLayer,
    LayerFacts,
    Layers,
    PeopleLayer,
    PlaceLayer,
    RoadLayer,
)
from emergency.rules.needs import needs_of
from gis_core.places import PlanePoint
from tests.case_city import baoji

WEST, SOUTH = 425_000.0, 3_802_000.0
WORKING_MORNING = datetime(2026, 9, 18, 2, 0, tzinfo=UTC)  # 10:00 in the city
NIGHT = datetime(2026, 9, 18, 16, 0, tzinfo=UTC)  # midnight
SEPTEMBER = date(2026, 9, 1)


@cache
def data() -> EffectData:
    return load_effect_data(baoji())


def at(east: float, north: float) -> PlanePoint:
    return PlanePoint(WEST + east, SOUTH + north)


def square(west: float, south: float, east: float, north: float) -> Effect:
    """A drawn zone, metres from the corner of the town."""
    return drawn([[at(west, south), at(east, south), at(east, north), at(west, north)]])


def facts(name: str, **said: Any) -> LayerFacts:
    return LayerFacts(name=name, source="例", **({"on": SEPTEMBER} | said))


SCHOOLS = [("S1", "一小", 150, 150, 900), ("S2", "二小", 850, 850, 400)]
HAZARDS = [("H1", "加油站", 160, 160, 0), ("H2", "水厂氯库", 840, 850, 0)]


@cache
def town() -> Layers:
    """Ten by ten blocks of 100 m with 100 residents each; the western half is subdistrict W, the other E."""
    places = [(column, row) for row in range(10) for column in range(10)]
    blocks = np.array([box(WEST + x * 100, SOUTH + y * 100, WEST + x * 100 + 100, SOUTH + y * 100 + 100)
                       for x, y in places])  # fmt: skip
    sides = ["W" if x < 5 else "E" for x, _ in places]
    codes = [f"G{x}{y}" for x, y in places]
    corners = np.array([[WEST + x * 100, SOUTH + y * 100] for x, y in places], dtype=np.float64)
    return Layers(
        people=PeopleLayer.of(
            facts("人口"),
            blocks,
            np.full(100, 100.0),
            workers=np.where([x == 0 for x, _ in places], 1000.0, 0.0),
            land_uses=["commercial" if x == 0 else "residential" for x, _ in places],
            subdistricts=sides,
            grids=codes,
            are_estimated=np.array([y >= 5 for _, y in places]),
        ),
        components=ComponentLayer.of(
            facts("部件"), corners, classes=["0101" if x % 2 else "0102" for x, _ in places],
            subdistricts=sides, grids=codes,
        ),
        targets=places_of("targets", "防护目标", SCHOOLS),
        hazards=places_of("hazards", "危险源", HAZARDS),
        shelters=places_of("shelters", "避难场所", [("B1", "文化广场", 140, 140, 2000)]),
        roads=RoadLayer.of(
            facts("道路"),
            np.array([LineString([(WEST, SOUTH + y), (WEST + 1000, SOUTH + y)]) for y in (150, 550)]),
            codes=["R1", "R2"],
            names=["经二路", "红旗路"],
        ),
        area_names=(("W", "西街道"), ("E", "东街道")),
    )  # fmt: skip


def places_of(kind: Any, name: str, rows: list[tuple[str, str, float, float, float]]) -> PlaceLayer:
    return PlaceLayer.of(
        kind,
        facts(name),
        np.array([Point(WEST + east, SOUTH + north) for _, _, east, north, _ in rows]),
        codes=[row[0] for row in rows],
        names=[row[1] for row in rows],
        sorts=["例"] * len(rows),
        amounts=np.array([row[4] for row in rows], dtype=np.float64),
        subdistricts=["W" if row[2] < 500 else "E" for row in rows],
        grids=[f"G{row[2] // 100:.0f}{row[3] // 100:.0f}" for row in rows],
    )


def ask(
    *effects: Effect, layers: Layers | None = None, when: datetime = WORKING_MORNING, **said: Any
) -> Exposure:
    given_ = {"presence": data().presence, "moment": "resident"} | said
    return expose(effects, layers or town(), at=when, **given_)


SHARED_OUT = [
    ((0, 0, 1000, 1000), 10_000, "the whole town: the census's total"),
    ((0, 0, 500, 1000), 5_000, "a subdistrict: its census"),
    ((100, 100, 200, 200), 100, "one block"),
    ((150, 100, 200, 200), 50, "half a block"),
    ((150, 150, 250, 250), 100, "a quarter of four"),
    ((-500, -500, 50, 50), 25, "a corner"),
    ((2000, 2000, 2100, 2100), 0, "beside the town"),
]


@pytest.mark.parametrize(("sides", "people", "because"), SHARED_OUT, ids=[row[-1] for row in SHARED_OUT])
def test_people_are_shared_out_by_area(sides: tuple[float, ...], people: float, because: str):
    assert ask(square(*sides)).total.people == pytest.approx(people)


SIDE = st.floats(-200, 1200)


@given(SIDE, SIDE, st.floats(20, 700), st.floats(20, 700), st.floats(0.1, 0.9))
@settings(max_examples=40, deadline=None)
def test_parts_of_a_zone_add_up(west: float, south: float, wide: float, high: float, cut: float):
    whole = square(west, south, west + wide, south + high)
    left = square(west, south, west + wide * cut, south + high)
    right = square(west + wide * cut, south, west + wide, south + high)
    people = [ask(one).total.people or 0.0 for one in (left, right)]
    assert sum(people) == pytest.approx(ask(whole).total.people, abs=1e-6)
    assert ask(left, right).total.people == pytest.approx(sum(people), abs=1e-6)


@given(SIDE, SIDE, st.floats(2, 600), st.floats(1.0, 2.0))
@settings(max_examples=40, deadline=None)
def test_a_larger_zone_never_holds_less(east: float, north: float, radius: float, times: float):
    smaller, larger = (ask(circle(at(east, north), one)).total for one in (radius, radius * times))
    assert (larger.people or 0) >= (smaller.people or 0) - 1e-6
    assert (larger.components or 0) >= (smaller.components or 0)


@given(st.lists(st.tuples(SIDE, SIDE, st.floats(10, 300)), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_blocks_agree_with_shapely_alone(circles: list[tuple[float, float, float]]):
    effects = [circle(at(east, north), radius) for east, north, radius in circles]
    union = shapely.union_all([one.zones[0].shape for one in effects])
    blocks = town().people
    assert blocks is not None
    oracle = float((100 * shapely.area(shapely.intersection(blocks.shapes, union)) / 10_000).sum())
    assert ask(*effects).total.people == pytest.approx(oracle, abs=1e-6)


def test_what_two_zones_cover_counts_once():
    both = ask(square(0, 0, 300, 100), square(200, 0, 400, 100))
    assert [one.people for one in both.zones] == pytest.approx([300, 200])
    assert both.total.people == pytest.approx(400)
    assert "几个范围重叠处只计一次" in both.limits


def test_the_border_counts_as_in():
    # Components stand on the corners of blocks: four of this block's are on its border.
    assert ask(square(100, 100, 200, 200)).total.components == 4
    assert ask(square(100.01, 100.01, 199.99, 199.99)).total.components == 0


def test_components_are_counted_by_class():
    found = ask(square(0, 0, 300, 0.5)).total.component_classes
    assert [(one.code, one.count) for one in found] == [("0101", 2), ("0102", 2)]


PRESENT = [
    ({"moment": "resident"}, 100.0, "as registered"),
    ({"moment": None}, 0.4 * 100 + 0.9 * 1000, "a working morning: half are out, the workers in"),
    ({"moment": None, "is_working_day": False}, 0.6 * 100 + 0.8 * 1000, "a free day"),
    ({"moment": None, "when": NIGHT}, 0.95 * 100 + 0.15 * 1000, "midnight by the city's clock"),
    ({"moment": "night"}, 0.95 * 100 + 0.15 * 1000, "night, because somebody said so"),
]


@pytest.mark.parametrize(("said", "people", "because"), PRESENT, ids=[row[-1] for row in PRESENT])
def test_who_is_there_depends_on_the_hour(said: dict[str, Any], people: float, because: str):
    assert ask(square(0, 100, 100, 200), **said).total.people == pytest.approx(people)


def test_assumed_shares_are_told():
    assert (
        "在场人数按土地用途的在场系数折算（白天），系数为假定" in ask(square(0, 0, 9, 9), moment="day").limits
    )


def test_places_inside_are_named_with_their_worst_zone():
    effect = circle(at(150, 150), 30.0)
    milder = replace(circle(at(150, 150), 2000.0).zones[0], code="mild")
    found = ask(replace(effect, zones=(*effect.zones, milder)))
    assert [(one.name, one.zone) for one in found.targets] == [("一小", "circle"), ("二小", "mild")]
    assert [(one.zone, one.inside_m) for one in found.roads] == [("circle", 1000.0), ("mild", 1000.0)]
    assert found.shelter_places_lost == 2000


def test_hazard_sources_inside_are_a_warning_of_their_own():
    found = ask(square(0, 0, 1000, 1000))
    assert "范围内有 2 处危险源，可能引发次生灾害，须逐处核实：加油站、水厂氯库" in found.warnings
    assert "范围内有 1 处避难场所不能用，少 2000 个位置" in found.warnings


def test_a_road_that_is_only_touched_is_cut():
    found = ask(square(0, 150, 100, 200))
    assert [(one.code, one.inside_m) for one in found.roads] == [("R1", 100.0)]


def test_by_subdistrict_and_grid_with_names():
    found = ask(square(400, 0, 650, 100))
    assert [(one.name, one.people) for one in found.by_subdistrict] == [("东街道", 150.0), ("西街道", 100.0)]
    assert [(one.code, one.people) for one in found.by_grid] == [
        ("G40", 100.0), ("G50", 100.0), ("G60", 50.0), ("G41", 0.0), ("G51", 0.0), ("G61", 0.0),
    ]  # fmt: skip


@given(SIDE, SIDE, st.floats(10, 600))
@settings(max_examples=25, deadline=None)
def test_areas_add_up_to_the_total(east: float, north: float, radius: float):
    found = ask(circle(at(east, north), radius))
    for parts in (found.by_subdistrict, found.by_grid):
        assert sum(one.people or 0 for one in parts) == pytest.approx(found.total.people, abs=1e-6)
        assert sum(one.components or 0 for one in parts) == found.total.components


def test_needs_for_a_week():
    found = {one.need.code: one.amount for one in needs_of(1000, data().needs.needs)}
    assert found == {
        "rice": 2800, "drinking_water": 17_500, "washing_water": 67_000, "toilets": 50, "hygiene_kits": 200,
    }  # fmt: skip


def test_what_lasts_is_needed_once_and_units_are_whole():
    found = {one.need.code: one.amount for one in needs_of(21, data().needs.needs, weeks=2)}
    assert (found["toilets"], found["hygiene_kits"], found["rice"]) == (2, 9, pytest.approx(117.6))


def test_needs_of_nobody_that_can_be_are_refused():
    with pytest.raises(BadEffectNumber):
        needs_of(float("nan"), data().needs.needs)


def test_needs_follow_the_people_inside():
    found = ask(square(0, 0, 500, 1000), needs=data().needs.needs)
    assert next(one.amount for one in found.needs if one.need.code == "rice") == 14_000


# Age and quality.
def test_the_age_and_the_quality_of_the_data_are_told():
    people = next(one for one in ask(square(0, 400, 100, 600)).ages if one.name == "人口")
    assert (people.on, people.age_days, people.rows, people.estimated_share) == (SEPTEMBER, 17, 100, 0.5)
    assert "涉及的地块中 50% 为估算人口" in ask(square(0, 400, 100, 600)).warnings


AGES = [
    ({"on": date(2024, 1, 1)}, "“人口”数据日期为 2024-01-01，已有 991 天", "old data"),
    ({"on": None}, "“人口”数据没有日期", "data of no day"),
    ({"is_synthetic": True}, "“人口”为示意数据", "a sample"),
]


@pytest.mark.parametrize(("said", "words", "because"), AGES, ids=[row[-1] for row in AGES])
def test_doubtful_data_are_told(said: dict[str, Any], words: str, because: str):
    people = town().people
    assert people is not None
    layers = replace(town(), people=replace(people, facts=facts("人口", **said)))
    assert words in ask(square(0, 0, 9, 9), layers=layers).warnings


def test_what_was_not_given_is_not_zero():
    found = ask(square(0, 0, 100, 100), layers=Layers())
    assert (found.total.people, found.total.components, found.needs) == (None, None, ())
    assert "没有“避难场所”数据，未统计" in found.limits


def test_what_is_empty_is_zero():
    empty = ComponentLayer.of(facts("部件"), np.zeros((0, 2)), classes=[], subdistricts=[], grids=[])
    assert ask(square(0, 0, 100, 100), layers=Layers(components=empty)).total.components == 0


def test_a_land_use_without_shares_keeps_its_residents_and_is_told():
    people = PeopleLayer.of(
        facts("人口"), np.array([box(WEST, SOUTH, WEST + 100, SOUTH + 100)]), np.array([70.0]),
        land_uses=["moon"], subdistricts=["W"], grids=["G"],
    )  # fmt: skip
    found = ask(square(0, 0, 100, 100), layers=Layers(people=people), moment="day")
    assert found.total.people == 70
    assert "1 个地块的土地用途没有在场系数，按常住人口计" in found.limits
    assert "没有就业、就学人口数据，白天的工作区和学校人数会偏少" in found.limits


def test_a_zone_that_nothing_reaches_cannot_be_asked():
    nothing = replace(circle(at(0, 0), 10.0).zones[0], shape=as_area(Polygon()))
    with pytest.raises(NoZones):
        ask(replace(circle(at(0, 0), 10.0), zones=(nothing,)))


ONE = np.array([box(0, 0, 1, 1)])
BROKEN = [
    ({"residents": np.array([-1.0])}, "第 1 行", "fewer than no people"),
    ({"residents": np.array([np.nan])}, "第 1 行", "people that are no number"),
    ({"residents": np.array([1.0, 2.0])}, "行数不一致", "columns of two lengths"),
    ({"workers": np.array([np.inf])}, "第 1 行", "endless workers"),
    ({"shapes": np.array([Point(0, 0)])}, "没有面积", "a point is no block"),
    ({"shapes": np.array([None])}, "没有图形", "no shape"),
    ({"shapes": np.array([Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])])}, "图形有误", "a bow tie"),
]


@pytest.mark.parametrize(("said", "words", "because"), BROKEN, ids=[row[-1] for row in BROKEN])
def test_blocks_that_cannot_be_counted_are_refused(said: dict[str, Any], words: str, because: str):
    columns = {"shapes": ONE, "residents": np.array([1.0]), "land_uses": ["residential"],
               "subdistricts": ["W"], "grids": ["G"]} | said  # fmt: skip
    with pytest.raises(BadLayer, match=words):
        PeopleLayer.of(facts("人口"), **columns)


def test_components_nowhere_are_refused():
    with pytest.raises(BadLayer, match="第 2 行"):
        ComponentLayer.of(
            facts("部件"),
            np.array([[0.0, 0.0], [np.nan, 1.0]]),
            classes=["a"] * 2,
            subdistricts=[""] * 2,
            grids=[""] * 2,
        )


def test_a_jagged_zone_is_measured_in_pieces_as_a_whole():
    turn = np.linspace(0, 2 * np.pi, 4001)[:-1]
    radius = 400 + 60 * np.sin(37 * turn)
    star = as_area(Polygon(np.column_stack(
        [WEST + 500 + radius * np.sin(turn), SOUTH + 500 + radius * np.cos(turn)]
    )))  # fmt: skip
    people = town().people
    assert people is not None
    rows, shares = Area.of(star).shares(people.shapes, people.bounds, people.areas_m2)
    whole = shapely.area(shapely.intersection(people.shapes[rows], star)) / 10_000
    assert shares == pytest.approx(whole, abs=1e-9)
    assert float(shares.sum() * 10_000) == pytest.approx(star.area)


def chlorine() -> Effect:
    gas = data().substances.get("chlorine")
    air = Air(wind_mps=2.0, wind_from_deg=225.0, stability=Stability(("F",)))
    return plume(Leak(at=at(300, 300), rate_g_per_s=50.0), air, thresholds_of(gas), substance=gas)


def test_a_chlorine_leak_told_whole():
    found = ask(chlorine(), needs=data().needs.needs)
    people = [one.people or 0 for one in found.zones]
    assert people == sorted(people)
    assert found.total.people == people[-1] > 0
    said = "\n".join(explain(found))
    wanted = ["人口", "大米", "重气", "不考虑建筑", "按地块面积比例", "落在边界上的算在内"]
    assert [words for words in wanted if words not in said] == []


def test_the_plain_outline_holds_no_more_than_the_widened():
    plain, wide = (ask(chlorine(), outline=one).total.people or 0 for one in ("plain", "wide"))
    assert plain < wide
