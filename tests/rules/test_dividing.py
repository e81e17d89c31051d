"""Dividing communities: nothing lost, nothing crossed, roads and houses whole, always the same."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon, box

from gis_core.coverage import Shapes
from gis_core.shapes import is_on_grain
from grid.dividing import DividedGrid, Ground, Targets, divide
from grid.rules.quality import FrameReport, SeenGrid, check_frame

WEST, EAST = "610303008007", "610303008008"
TARGETS = Targets(large_uses=(("park", "公园绿地"), ("water", "水域")))


def shapes(*found: object) -> Shapes:
    return np.array([*found, None], dtype=object)[:-1]


def town(*, width_m: float = 12.0, seed: int = 0) -> Ground:
    """Two communities of 400 × 600 m, streets between crooked blocks, rows of houses, a canal, a railway."""
    rng = np.random.default_rng(seed)
    streets = [
        LineString([(-5, y + rng.uniform(-20, 20)), (805, y + rng.uniform(-20, 20))]) for y in (150, 380)
    ]
    streets += [
        LineString([(x + rng.uniform(-20, 20), -5), (x + rng.uniform(-20, 20), 605)]) for x in (190, 610)
    ]
    roads = shapely.union_all([street.buffer(width_m / 2 + 4) for street in streets])
    houses = [box(x, y, x + 38, y + 14) for x in range(15, 760, 62) for y in range(12, 560, 44)]
    canal, railway = box(-5, 520, 805, 540), LineString([(-5, 470), (805, 490)])
    away = (
        roads.union(canal.buffer(3))
        .union(railway.buffer(5))
        .union(LineString([(400, 0), (400, 600)]).buffer(5))
    )
    return Ground(
        community_codes=(WEST, EAST),
        communities=shapes(box(0, 0, 400, 600), box(400, 0, 800, 600)),
        streets=shapes(*streets),
        widths_m=np.full(4, width_m),
        ranks=np.array([1, 3, 1, 2]),
        barriers=shapes(railway),
        waters=shapes(canal),
        buildings=shapes(*(house for house in houses if not house.intersects(away))),
        use_shapes=shapes(box(620, 400, 790, 465)),
        uses=("park",),
    )


def check(ground: Ground, grids: tuple[DividedGrid, ...]) -> FrameReport:
    seen = [SeenGrid(code=g.code, shape=g.shape, land_use=g.land_use) for g in grids]
    return check_frame(seen, dict(zip(ground.community_codes, ground.communities, strict=True)))


SOME_TOWNS = st.builds(town, width_m=st.floats(4, 30), seed=st.integers(0, 10_000))


@settings(max_examples=25, deadline=None)
@given(SOME_TOWNS)
def test_every_town_is_divided_without_gap_overlap_or_crossing(ground: Ground) -> None:
    grids = divide(ground, TARGETS).grids
    report = check(ground, grids)
    assert (report.is_sound, report.undivided) == (True, ())
    assert shapely.coverage_is_valid(shapes(*(grid.shape for grid in grids)))


@settings(max_examples=15, deadline=None)
@given(SOME_TOWNS)
def test_most_grids_are_about_as_large_as_asked(ground: Ground) -> None:
    grids = divide(ground, TARGETS).grids
    assert check(ground, grids).share_between(5_000, 20_000) > 0.7


@settings(max_examples=10, deadline=None)
@given(SOME_TOWNS, st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_listed_means_nothing(ground: Ground, random: object) -> None:
    order = [3, 1, 0, 2]
    shuffled = replace(
        ground,
        streets=ground.streets[order],
        widths_m=ground.widths_m[order],
        ranks=ground.ranks[order],
        buildings=ground.buildings[::-1],
    )
    assert told(divide(shuffled, TARGETS).grids) == told(divide(ground, TARGETS).grids)


def told(grids: tuple[DividedGrid, ...]) -> list[tuple[str, str]]:
    return [(grid.code, grid.shape.wkt) for grid in grids]


@pytest.fixture(scope="module")
def ground() -> Ground:
    return town()


@pytest.fixture(scope="module")
def grids(ground: Ground) -> tuple[DividedGrid, ...]:
    return divide(ground, TARGETS).grids


def test_a_road_is_not_cut_lengthwise(ground: Ground, grids: tuple[DividedGrid, ...]) -> None:
    borders = shapely.union_all([shapely.boundary(grid.shape) for grid in grids])
    middle = shapely.union_all([street.buffer(3, cap_style="flat") for street in ground.streets])
    outlines = shapely.union_all(shapely.boundary(ground.communities)).buffer(1)
    along = borders.intersection(middle).difference(outlines)
    assert max(part.length for part in shapely.get_parts(along)) < 9  # across a road, or round a crossing


def test_houses_stay_whole(ground: Ground, grids: tuple[DividedGrid, ...]) -> None:
    outlines = shapes(*(grid.shape.buffer(0.01) for grid in grids))
    _, house = shapely.STRtree(ground.buildings).query(outlines, predicate="contains")
    assert len(set(house.tolist())) >= 0.95 * len(ground.buildings)


def test_no_grid_lies_on_both_banks(ground: Ground, grids: tuple[DividedGrid, ...]) -> None:
    north, south = box(0, 545, 800, 600), box(0, 0, 800, 515)
    astride = [
        g for g in grids if g.shape.intersection(north).area > 1 and g.shape.intersection(south).area > 1
    ]
    assert astride == []


def test_grids_are_numbered_from_the_north_west(ground: Ground, grids: tuple[DividedGrid, ...]) -> None:
    first = next(grid for grid in grids if grid.code == f"{WEST}001")
    assert first.shape.distance(shapely.Point(0, 600)) < 100
    assert "wrong_number" not in check(ground, grids).counts


def test_corners_lie_on_the_stored_grain(grids: tuple[DividedGrid, ...]) -> None:
    assert all(is_on_grain(grid.shape) for grid in grids)


def test_a_park_may_stay_large_and_says_why() -> None:
    park = box(0, 0, 200, 240)
    ground = Ground(
        community_codes=(WEST,), communities=shapes(park), use_shapes=shapes(park), uses=("park",)
    )
    (grid,) = divide(ground, TARGETS).grids
    assert (round(grid.shape.area), grid.reason) == (48_000, "公园绿地")


def test_a_large_block_is_split_by_the_short_way_across() -> None:
    ground = Ground(community_codes=(WEST,), communities=shapes(box(0, 0, 400, 50)))
    grids = divide(ground, TARGETS).grids
    assert [round(grid.shape.area) for grid in grids] == [10_000, 10_000]
    assert {round(grid.shape.bounds[3] - grid.shape.bounds[1]) for grid in grids} == {50}


def test_a_courtyard_is_kept_whole_where_it_can_be() -> None:
    court = box(165, 0, 235, 50)  # in the middle, where the shortest cut would be
    ground = Ground(community_codes=(WEST,), communities=shapes(box(0, 0, 400, 50)), courts=shapes(court))
    grids = divide(ground, TARGETS).grids
    assert any(grid.shape.buffer(0.01).contains(court) for grid in grids)


def test_where_much_happens_grids_are_smaller() -> None:
    whole = box(0, 0, 2_000, 200)
    busy = np.column_stack([np.linspace(10, 980, 500), np.full(500, 100.0)])
    road = LineString([(1_000, -5), (1_000, 205)])
    ground = Ground(
        community_codes=(WEST,), communities=shapes(whole), streets=shapes(road), widths_m=np.array([10.0]),
        ranks=np.array([2]), loads=busy,
    )  # fmt: skip
    grids = divide(ground, TARGETS).grids
    west = [grid.shape.area for grid in grids if grid.shape.centroid.x < 995]
    east = [grid.shape.area for grid in grids if grid.shape.centroid.x > 995]
    assert np.mean(west) < 0.8 * np.mean(east)


def test_work_is_spread_more_evenly_than_without_knowing_where_it_arises() -> None:
    ground = town(seed=3)
    rng = np.random.default_rng(1)
    loads = np.concatenate(
        [rng.uniform((0, 0), (800, 600), (300, 2)), rng.uniform((0, 0), (180, 370), (600, 2))]
    )
    known = divide(replace(ground, loads=loads), TARGETS)
    blind = divide(ground, TARGETS)
    counts = shapely.STRtree(shapes(*(g.shape for g in blind.grids))).query(
        shapely.points(loads), "intersects"
    )[1]
    unaware = np.bincount(counts, minlength=len(blind.grids))
    assert known.load_spread < unaware.std() / unaware.mean()


def test_a_street_along_the_border_of_communities_is_parted_there_and_nowhere_else() -> None:
    halves = shapes(box(0, 0, 100, 100), box(100, 0, 200, 100))
    road = LineString([(100, -5), (100, 105)])
    ground = Ground(
        community_codes=(WEST, EAST), communities=halves, streets=shapes(road), widths_m=np.array([10.0]),
        ranks=np.array([2]),
    )  # fmt: skip
    assert [grid.shape.area for grid in divide(ground, TARGETS).grids] == [10_000, 10_000]


@pytest.mark.parametrize(
    "outline",
    [
        pytest.param(box(0, 0, 30, 30), id="a tiny community is one grid"),
        pytest.param(Polygon([(0, 0), (900, 0), (900, 3), (0, 3)]), id="a strip is one grid"),
        pytest.param(box(0, 0, 500, 500).difference(box(100, 100, 400, 400)), id="a ring is cut open"),
        pytest.param(shapely.union_all([box(0, 0, 90, 90), box(200, 0, 290, 90)]), id="two islands"),
    ],
)
def test_odd_outlines_are_divided_too(outline: Polygon) -> None:
    ground = Ground(community_codes=(WEST,), communities=shapes(outline))
    grids = divide(ground, TARGETS).grids
    assert sum(grid.shape.area for grid in grids) == pytest.approx(outline.area)


def test_nothing_to_divide_gives_nothing() -> None:
    assert divide(Ground(community_codes=(), communities=shapes())).grids == ()
