"""How far one gets: areas of the right size that hold what is reached and nothing closed, nested."""

import itertools
import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_core.roads.blocks import find_blocks
from gis_core.roads.closures import OpenRoads
from gis_core.roads.isochrones import BadBudget, draw_isochrones, list_reached
from gis_core.roads.leaving import open_outwards
from gis_core.roads.network import RoadNetwork
from gis_core.roads.places import RoadPlaces
from gis_core.roads.routes import find_route
from gis_core.roads.searching import search
from tests.road_town import at_node, drawn, grid_town, opened, spot, town


@cache
def fine_town(size: int = 41) -> RoadNetwork:
    """Streets every 100 m, 10 m/s."""
    return grid_town(size, step_s=10.0)


def middle(roads: OpenRoads, size: int = 41) -> list:
    return [at_node(roads, (size // 2) * size + size // 2)]


def reached_m(roads: OpenRoads, budget_s: float) -> shapely.Geometry:
    """The bare roads reached, without any buffer: the oracle of areas."""
    origins = RoadPlaces.of(middle(roads))
    seconds = search(roads, origins, limit_s=budget_s).seconds[0]
    reached = list_reached(roads, seconds, origins, budget_s)
    lines = [
        shapely.ops.substring(roads.network.shapes[n], low, high, normalized=True)
        for n, low, high in zip(reached.stretches, reached.from_share, reached.to_share, strict=True)
    ]
    return shapely.union_all(lines)


@pytest.mark.parametrize("budget_s", [40.0, 75.0, 150.0])
def test_along_equal_streets_one_reaches_a_square_of_two_budgets_squared(budget_s: float):
    reached = reached_m(opened(fine_town()), budget_s)
    assert shapely.convex_hull(reached).area == pytest.approx(2 * (10 * budget_s) ** 2, rel=1e-6)


def test_the_reached_part_of_a_street_belongs_to_the_area():
    roads = opened(town([(0, 0), (1_000, 0)]))
    (area,) = draw_isochrones(roads, [spot(roads, 300, 0)], [20])
    assert area.road_m == pytest.approx(400)
    assert shapely.bounds(area.area).tolist() == pytest.approx([60, -40, 540, 40])


def test_a_street_reached_from_both_ends_counts_once():
    square = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    roads = opened(town(square))
    assert draw_isochrones(roads, [spot(roads, 50, 0)], [21])[0].road_m == pytest.approx(400)
    assert draw_isochrones(roads, [spot(roads, 50, 0)], [19])[0].road_m == pytest.approx(380)


def test_without_filling_the_area_is_the_union_of_the_buffered_roads():
    roads = opened(fine_town())
    (area,) = draw_isochrones(roads, middle(roads), [75.0], buffer_m=30, fill_m2=0)
    plain = shapely.buffer(reached_m(roads, 75.0), 30, quad_segs=16)
    assert area.area.symmetric_difference(plain).area < 0.02 * plain.area + 0.01


def test_blocks_whose_streets_are_all_reached_are_filled():
    roads = opened(fine_town())
    (area,) = draw_isochrones(roads, middle(roads), [75.0])
    assert not area.area.geoms[0].interiors
    assert area.area.covers(shapely.buffer(reached_m(roads, 75.0), 36.9))


def test_a_block_as_large_as_a_hill_is_not_filled():
    ring = [(0, 0), (1_000, 0), (1_000, 1_000), (0, 1_000), (0, 0)]
    roads = opened(town(ring))
    (area,) = draw_isochrones(roads, [spot(roads, 0, 0)], [600])
    assert not area.area.covers(shapely.Point(500, 500))
    assert area.area.covers(shapely.Point(500, 30))


@settings(max_examples=40)
@given(st.lists(st.floats(5.0, 200.0), min_size=2, max_size=4), st.integers(0, 2**32 - 1))
def test_a_longer_budget_reaches_all_that_a_shorter_one_does(budgets, seed):
    costs = np.random.default_rng(seed).uniform(3, 40, fine_town(15).stretch_count)
    roads = opened(replace(fine_town(15), seconds=np.column_stack([costs, costs * 1.5])))
    found = draw_isochrones(roads, middle(roads, 15), budgets)
    outside = [inner.area.difference(outer.area).area for inner, outer in itertools.pairwise(found)]
    assert outside == pytest.approx([0.0] * len(outside), abs=1e-3)
    assert [one.road_m for one in found] == sorted(one.road_m for one in found)


def test_a_closed_zone_is_left_out_and_what_lies_behind_it_is_reached_round_it():
    zone = shapely.box(2_250, 1_850, 2_650, 2_150)
    roads = opened(fine_town(), drawn(zone))
    (area,) = draw_isochrones(roads, middle(roads), [120.0])
    assert not area.area.intersects(zone.buffer(-60))
    assert area.area.covers(shapely.Point(2_800, 2_000))


def test_a_closure_never_makes_the_area_larger():
    free = draw_isochrones(opened(fine_town()), middle(opened(fine_town())), [100.0])[0]
    roads = opened(fine_town(), drawn(shapely.box(2_050, 1_500, 2_150, 2_500)))
    (less,) = draw_isochrones(roads, middle(roads), [100.0])
    assert less.area.difference(free.area).area < 1.0
    assert less.road_m < free.road_m


def test_who_can_be_here_in_time_is_asked_against_the_one_way_streets():
    roads = opened(town([(0, 0), (1_000, 0)], one_way=[1]))
    house = [spot(roads, 500, 0)]
    away, here = (draw_isochrones(roads, house, [20], towards=way)[0] for way in (False, True))
    assert shapely.bounds(away.area).tolist() == pytest.approx([460, -40, 740, 40])
    assert shapely.bounds(here.area).tolist() == pytest.approx([260, -40, 540, 40])


def test_of_several_places_the_nearest_counts():
    roads = opened(town([(0, 0), (1_000, 0)]))
    (area,) = draw_isochrones(roads, [spot(roads, 0, 0), spot(roads, 1_000, 0)], [20])
    assert len(area.area.geoms) == 2
    assert area.road_m == pytest.approx(400)


def test_an_area_begins_in_a_street_whose_free_part_one_stands_on():
    roads = opened(town([(0, 0), (1_000, 0)]), drawn(shapely.box(600, -5, 700, 5)))
    (area,) = draw_isochrones(roads, [spot(roads, 300, 0)], [20])
    assert area.road_m == pytest.approx(400)


BUDGETS = [
    ([], 40.0, "none"),
    ([0.0], 40.0, "no time"),
    ([-60.0], 40.0, "less than no time"),
    ([math.nan], 40.0, "no number"),
    ([99_999.0], 40.0, "longer than four hours"),
    ([float(n) for n in range(1, 10)], 40.0, "nine of them"),
    ([60.0], 0.0, "no buffer"),
    ([60.0], 5_000.0, "a buffer of kilometres"),
]


@pytest.mark.parametrize(("budgets", "buffer_m", "because"), BUDGETS, ids=[row[2] for row in BUDGETS])
def test_budgets_that_make_no_sense_are_refused(budgets, buffer_m, because):
    roads = opened(fine_town())
    with pytest.raises(BadBudget):
        draw_isochrones(roads, middle(roads), budgets, buffer_m=buffer_m)


def test_the_blocks_of_a_town_are_its_squares():
    blocks = find_blocks(fine_town(5))
    assert sorted(blocks.areas_m2.tolist()) == pytest.approx([10_000.0] * 16)


@settings(max_examples=40)
@given(st.sets(st.integers(0, 59), min_size=20), st.integers(0, 2**32 - 1))
def test_blocks_cover_what_shapely_finds_between_the_streets(kept, seed):
    full = grid_town(6)
    points = full.points + np.random.default_rng(seed).uniform(-30, 30, full.points.shape)
    some = sorted(kept)
    network = RoadNetwork.assemble(points, full.starts[some], full.ends[some], full.seconds[some])
    wanted = shapely.area(shapely.get_parts(shapely.polygonize(network.shapes)))
    assert find_blocks(network).areas_m2.sum() == pytest.approx(wanted.sum())


def test_a_bridge_bounds_no_block():
    square = [(0, 0), (200, 0), (200, 200), (0, 200), (0, 0)]
    network = town(square, [(100, -100), (100, 300)], layers=[0, 1])
    assert find_blocks(network).areas_m2.tolist() == pytest.approx([40_000.0])


def test_who_leaves_a_zone_gets_out_and_nobody_gets_in_or_through() -> None:
    free = opened(grid_town(3, step_m=100.0, step_s=10.0))  # nine crossings, the fifth in the middle
    out = open_outwards(free, shapely.Point(100, 100).buffer(40))
    assert find_route(out, at_node(out, 4), at_node(out, 1)).seconds == pytest.approx(10)
    assert find_route(out, at_node(out, 3), at_node(out, 5)).seconds == pytest.approx(40)
    heads, tails = out.network.heads == 4, out.network.tails == 4
    assert (heads.sum(), out.closed[heads].all(), out.closed[tails].any()) == (4, True, False)
    assert out.closed.sum() == 4
