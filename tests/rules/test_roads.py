"""Ways through the city: published values, closures, what is in the way, and networkx as oracle."""

import math
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_core.places import PlanePoint
from gis_core.roads.closures import (
    BadClosure,
    Closure,
    OpenRoads,
    UnknownStretch,
    list_touched,
    open_roads,
    responder,
)
from gis_core.roads.cover import BadDemand, Demand, compare_cover
from gis_core.roads.isochrones import BadBudget
from gis_core.roads.matrices import TooManyPairs, measure_matrix
from gis_core.roads.nearest import BadCount, Resources, list_nearest
from gis_core.roads.network import BadRoadData, RoadNetwork
from gis_core.roads.places import OffRoads, RoadPlace, RoadPlaces, find_places
from gis_core.roads.routes import NoRoute, find_route
from gis_core.roads.searching import search
from gis_core.roads.speeds import BadSpeed, Speed, SpeedTable
from gis_core.roads.timed import find_timed_route
from tests.road_town import (
    AT,
    at_node,
    closing,
    diamond,
    drawn,
    grid_town,
    moment,
    opened,
    sioux_falls,
    spot,
    town,
)

SIOUX_FALLS = sioux_falls()


def seconds_between(roads: OpenRoads, start: int, end: int) -> float:
    return find_route(roads, at_node(roads, start), at_node(roads, end)).seconds


def nodes_of(roads: OpenRoads, start: int, end: int) -> list[int]:
    """The crossings a route passes, numbered from one as Sioux Falls is."""
    route = find_route(roads, at_node(roads, start - 1), at_node(roads, end - 1))
    ends = [
        (roads.network.starts, roads.network.ends)[part.to_m > part.from_m][part.stretch]
        for part in route.parts
    ]
    return [start, *(int(node) + 1 for node in ends)]


PUBLISHED = [
    (1, 20, 22, [1, 2, 6, 8, 7, 18, 20], "published"),
    (1, 24, 15, [1, 3, 12, 13, 24], "published"),
    (13, 7, 19, None, "published, the other way it is the same"),
    (10, 16, 4, [10, 16], "neighbours"),
]


@pytest.mark.parametrize(("start", "end", "time", "nodes", "because"), PUBLISHED)
def test_sioux_falls_is_crossed_in_the_published_time(start, end, time, nodes, because):
    roads = opened(SIOUX_FALLS)
    assert seconds_between(roads, start - 1, end - 1) == pytest.approx(time)
    assert nodes is None or nodes_of(roads, start, end) == nodes


def test_all_pairs_of_sioux_falls_add_up_to_the_published_sum():
    roads = opened(SIOUX_FALLS)
    places = RoadPlaces.of([at_node(roads, node) for node in range(24)])
    times = measure_matrix(roads, places, places)
    assert times.sum() == pytest.approx(6254, abs=0.01)
    assert times.max() == pytest.approx(23, abs=1e-4)


def test_with_two_links_closed_sioux_falls_is_crossed_by_way_of_17():
    roads = opened(SIOUX_FALLS, closing("10-16", "10-15"))
    assert seconds_between(roads, 9, 15) == pytest.approx(10)
    assert nodes_of(roads, 10, 16) == [10, 17, 16]


@pytest.mark.parametrize(("steps", "crossings"), [(3, 25), (5, 61), (10, 221)])
def test_a_town_of_equal_streets_has_2k2_2k_1_crossings_within_k_steps(steps: int, crossings: int):
    roads = opened(grid_town(25))
    reach = search(roads, RoadPlaces.of([at_node(roads, 12 * 25 + 12)]), limit_s=steps + 0.5)
    assert np.isfinite(reach.seconds).sum() == crossings


DEPARTURES = [
    (None, None, True, 500.0, "closed for ever: the long branch"),
    (0, 600, True, 500.0, "min(long branch, 600 + short)"),
    (0, 250, True, 450.0, "waiting 250 s and the short branch is less than the long one"),
    (0, 250, False, 500.0, "nobody waits: the long branch"),
    (-900, 0, True, 200.0, "over at the moment of departure"),
    (
        150,
        200,
        True,
        300.0,
        "closed while the second stretch would be driven: wait at the middle until 200 s",
    ),
    (200, 300, True, 200.0, "left at the very moment it is closed"),
    (5_000, 6_000, True, 200.0, "long after the trip"),
]


@pytest.mark.parametrize(("begins_s", "ends_s", "may_wait", "seconds", "because"), DEPARTURES)
def test_a_branch_that_is_closed_for_a_time_is_waited_for_or_avoided(
    begins_s, ends_s, may_wait, seconds, because
):
    stretch = "1" if begins_s == 150 else "0"
    roads = opened(diamond(), closing(stretch, begins_s=begins_s, ends_s=ends_s))
    route = find_timed_route(roads, at_node(roads, 0), at_node(roads, 3), may_wait=may_wait)
    assert route.seconds == pytest.approx(seconds)


def test_a_wait_is_told_with_what_it_waits_for():
    roads = opened(diamond(), closing("0", begins_s=0, ends_s=250))
    route = find_timed_route(roads, at_node(roads, 0), at_node(roads, 3))
    assert route.wait_s == pytest.approx(250)
    assert route.words[0] == "等候4分钟，待“封控0”解除"


def test_who_may_not_wait_and_has_no_other_way_is_told_what_is_in_it():
    roads = opened(diamond(), closing("0", begins_s=0, ends_s=600), closing("3", begins_s=0, ends_s=600))
    with pytest.raises(NoRoute) as refused:
        find_timed_route(roads, at_node(roads, 0), at_node(roads, 3), may_wait=False)
    assert {one.key for one in refused.value.blocked_by} <= {"c0", "c3"}
    assert refused.value.blocked_by


def test_a_way_in_time_needs_a_moment():
    roads = opened(diamond(), closing("0"), at=None)
    with pytest.raises(BadClosure):
        find_timed_route(roads, at_node(roads, 0), at_node(roads, 3))


@pytest.mark.parametrize(
    ("at_s", "is_closed", "because"),
    [
        (-1, False, "not yet"),
        (0, True, "from its first moment on"),
        (599, True, "until the last"),
        (600, False, "at its end it is over"),
    ],
)
def test_a_closure_holds_from_its_begin_until_before_its_end(at_s: int, is_closed: bool, because: str):
    roads = open_roads(diamond(), [closing("0", begins_s=0, ends_s=600)], at=moment(at_s))
    assert bool(roads.closed[0]) is is_closed
    assert bool(roads.closed[1]) is is_closed


CROSS = town([(-500, 0), (500, 0)], [(0, -500), (0, 500)], names=["经二路", "红旗路"])
ZONE = shapely.box(200, -50, 300, 50)


def test_the_public_stops_where_responders_go_on():
    roads = opened(CROSS, drawn(ZONE))
    with pytest.raises(NoRoute) as refused:
        find_route(roads, spot(roads, -400, 0), spot(roads, 400, 0))
    assert [one.key for one in refused.value.blocked_by] == ["dyke"]
    assert "“河堤封控”" in refused.value.message
    entering = open_roads(CROSS, [drawn(ZONE)], profile=responder(["dyke"]), at=AT)
    assert find_route(entering, spot(entering, -400, 0), spot(entering, 400, 0)).length_m == 800


def test_responders_may_enter_only_the_zones_listed():
    roads = open_roads(CROSS, [drawn(ZONE)], profile=responder(["another"]), at=AT)
    with pytest.raises(NoRoute):
        find_route(roads, spot(roads, -400, 0), spot(roads, 400, 0))


def test_only_what_is_in_the_way_is_named():
    aside = drawn(shapely.box(-50, 300, 50, 400), "演习", "drill")
    roads = opened(CROSS, drawn(ZONE), aside)
    with pytest.raises(NoRoute) as refused:
        find_route(roads, spot(roads, -400, 0), spot(roads, 400, 0))
    assert refused.value.facts == {"closures": ["dyke"], "free_s": 80}


def test_a_place_in_a_closed_zone_is_told_so():
    roads = opened(CROSS, drawn(ZONE))
    place = spot(roads, 250, 0)
    assert place.words == "位于封控区“河堤封控”内"
    with pytest.raises(NoRoute, match="目的地位于封控区内"):
        find_route(roads, spot(roads, -400, 0), place)


def test_a_house_before_the_closed_part_of_a_street_is_still_reached():
    roads = opened(CROSS, drawn(ZONE))
    assert find_route(roads, spot(roads, -100, 0), spot(roads, 150, 0)).seconds == pytest.approx(25)


def test_two_houses_on_either_side_of_a_zone_in_one_street_do_not_meet():
    roads = opened(CROSS, drawn(ZONE))
    with pytest.raises(NoRoute):
        find_route(roads, spot(roads, 150, 0), spot(roads, 350, 0))


DRAWN = [
    (shapely.box(200, -5, 210, 5), ["经二路"], "an area over a street"),
    (shapely.box(-5, -5, 5, 5), ["红旗路", "经二路"], "an area over a crossing closes all that meet there"),
    (shapely.LineString([(200, 30), (200, -30)]), ["经二路"], "a line across a street"),
    (shapely.LineString([(60, 8), (480, 8)]), ["经二路"], "a line along a street, drawn beside it"),
    (shapely.LineString([(200, 30), (200, 20)]), [], "a line that reaches no street"),
    (shapely.box(600, 600, 700, 700), [], "an area without streets"),
    (
        shapely.MultiPolygon([shapely.box(200, -5, 210, 5), shapely.box(-5, 300, 5, 310)]),
        ["红旗路", "经二路"],
        "several areas are one closure",
    ),
]


@pytest.mark.parametrize(("shape", "names", "because"), DRAWN, ids=[row[2] for row in DRAWN])
def test_a_drawn_closure_closes_the_streets_it_touches(shape, names, because):
    touched = list_touched(CROSS, drawn(shape))
    assert sorted({CROSS.names[n] for n in touched}) == names


BAD = [
    ({}, "nothing is closed"),
    ({"shape": shapely.Point(1, 1)}, "a point closes nothing"),
    ({"shape": shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])}, "a border that crosses itself"),
    ({"shape": shapely.Polygon()}, "an empty area"),
    ({"shape": shapely.LineString([(0, 0), (math.inf, 1)])}, "a coordinate that is no number"),
    ({"stretches": frozenset({"0"}), "begins_at": moment(60), "ends_at": moment(60)}, "ends when it begins"),
    ({"stretches": frozenset({"0"}), "begins_at": AT.replace(tzinfo=None)}, "a time without zone"),
]


@pytest.mark.parametrize(("wrong", "because"), BAD, ids=[row[1] for row in BAD])
def test_a_closure_that_makes_no_sense_is_refused(wrong, because):
    with pytest.raises(BadClosure):
        Closure("x", "坏封控", **wrong)


def test_a_closure_of_a_stretch_that_is_gone_says_so():
    with pytest.raises(UnknownStretch, match="街道可能已更新"):
        opened(diamond(), closing("99"))


def test_a_place_far_from_every_road_is_told_how_far():
    with pytest.raises(OffRoads, match=r"1\.5 千米") as refused:
        spot(opened(CROSS), 2_000, 0)
    assert refused.value.facts == {"away_m": 1500}


def test_a_place_that_is_no_number_is_refused():
    with pytest.raises(OffRoads):
        spot(opened(CROSS), math.nan, 0)


def test_a_place_between_crossings_costs_its_part_of_the_street_both_ways():
    roads = opened(CROSS)
    house = spot(roads, 100, 20)
    assert (house.foot, house.beside_m) == (PlanePoint(100.0, 0.0), 20.0)
    assert find_route(roads, house, spot(roads, 0, 0)).seconds == pytest.approx(10)
    assert find_route(roads, house, spot(roads, 500, 0)).seconds == pytest.approx(40)


def test_the_same_place_is_reached_in_no_time():
    roads = opened(CROSS)
    assert find_route(roads, spot(roads, 100, 0), spot(roads, 100, 0)).seconds == 0


def test_many_places_are_found_as_single_ones_are_and_lost_ones_are_marked():
    roads = opened(CROSS)
    found = find_places(CROSS, np.array([[100.0, 20.0], [9_000.0, 0.0], [math.nan, 0.0]]))
    assert found.along_m[0] == pytest.approx(spot(roads, 100, 20).along_m)
    assert found.off_roads.tolist() == [1, 2]


def test_on_a_one_way_street_one_drives_round_the_block():
    square = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    roads = opened(town(square, one_way=[1], names=["环路"]))
    assert find_route(roads, spot(roads, 20, 0), spot(roads, 80, 0)).length_m == pytest.approx(60)
    assert find_route(roads, spot(roads, 80, 0), spot(roads, 20, 0)).length_m == pytest.approx(340)


def test_a_route_is_told_by_streets_metres_and_turns():
    roads = opened(CROSS)
    route = find_route(roads, spot(roads, -350, 0), spot(roads, 0, 480))
    assert route.words == ("沿经二路向东行驶350米", "左转进入红旗路，行驶480米", "到达目的地")
    assert shapely.get_coordinates(route.line).tolist() == [[-350, 0], [0, 0], [0, 480]]


def test_nameless_lanes_are_told_turn_by_turn():
    roads = opened(town([(0, 0), (100, 0), (200, 0)], [(200, 0), (200, -300)]))
    route = find_route(roads, spot(roads, 0, 0), spot(roads, 200, -300))
    assert route.words == ("沿无名道路向东行驶200米", "右转进入无名道路，行驶300米", "到达目的地")


ROW = town([(0, 0), (1_000, 0)], one_way=[0])


def fleet(roads: OpenRoads, **at_m: float) -> Resources:
    return Resources.at(roads, list(at_m), [PlanePoint(east_m, 0.0) for east_m in at_m.values()])


def test_the_soonest_come_first_and_only_those_that_may():
    roads = opened(ROW)
    units = fleet(roads, engine=100, ambulance=350, pump=900)
    may = np.array([True, False, True])
    found = list_nearest(roads, spot(roads, 300, 0), units, 2, eligible=may)
    assert [(one.key, round(one.seconds)) for one in found.arrivals] == [("engine", 20), ("pump", 60)]


def test_who_cannot_come_is_named_when_too_few_can():
    roads = opened(ROW, drawn(shapely.box(600, -5, 610, 5)))
    units = fleet(roads, engine=100, pump=900, lost=90_000)
    found = list_nearest(roads, spot(roads, 300, 0), units, 3)
    assert [one.key for one in found.arrivals] == ["engine"]
    assert found.unreachable == ("pump", "lost")


def test_resources_are_ranked_by_the_way_to_the_incident_not_from_it():
    square = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    roads = opened(town(square, one_way=[1]))
    units = Resources.at(roads, ["before", "behind"], [PlanePoint(10.0, 0.0), PlanePoint(60.0, 0.0)])
    found = list_nearest(roads, spot(roads, 50, 0), units, 2)
    assert [(one.key, round(one.seconds)) for one in found.arrivals] == [("before", 4), ("behind", 39)]


def test_fewer_than_one_cannot_be_asked_for():
    roads = opened(ROW)
    with pytest.raises(BadCount):
        list_nearest(roads, spot(roads, 1, 0), fleet(roads, engine=100), 0)


def people(roads: OpenRoads, *weights: float) -> Demand:
    points = np.column_stack([np.arange(len(weights)) * 250.0, np.zeros(len(weights))])
    return Demand.at(roads, points, np.array(weights))


def test_who_is_no_longer_covered_when_a_unit_leaves_is_weighed_by_budget():
    roads = opened(ROW)  # people at 0, 250, 500, 750, 1000 m
    change = compare_cover(
        roads,
        fleet(roads, east=1_000, west=0),
        np.array([True, False]),
        people(roads, 1, 2, 4, 8, 16),
        [30, 60],
    )
    told = [(one.budget_s, one.before, one.after, one.lost.tolist()) for one in change.covers]
    assert told == [(30, 27, 3, [3, 4]), (60, 31, 7, [3, 4])]
    assert change.after_s[4] == pytest.approx(100)


def test_when_all_leave_nobody_is_covered():
    roads = opened(ROW)
    change = compare_cover(roads, fleet(roads, west=0), np.array([True]), people(roads, 1, 1), [600])
    assert (change.covers[0].before_share, change.covers[0].after_share) == (1.0, 0.0)


def test_a_weight_below_nothing_is_refused():
    with pytest.raises(BadDemand):
        people(opened(ROW), 1, -1)


def test_cover_needs_a_budget():
    roads = opened(ROW)
    with pytest.raises(BadBudget):
        compare_cover(roads, fleet(roads, west=0), np.array([True]), people(roads, 1), [])


def test_a_matrix_beyond_measure_is_refused():
    many = RoadPlaces(np.zeros(5_000, dtype=np.int64), np.zeros(5_000), np.zeros(5_000))
    with pytest.raises(TooManyPairs):
        measure_matrix(opened(ROW), many, many)


@pytest.mark.parametrize("kmh", [0.0, -5.0, 300.0, math.nan])
def test_a_speed_nobody_drives_is_refused(kmh: float):
    with pytest.raises(BadSpeed):
        Speed(kmh, "assumed", "test")


def test_a_table_is_as_reliable_as_its_weakest_row():
    table = SpeedTable({"a": Speed(40, "sourced", "x"), "b": Speed(20, "assumed", "y")})
    assert (table.weakest_status, table.lacking(["a", "c"])) == ("assumed", ("c",))


BROKEN = [
    ([], [], np.empty((0, 2)), "no street"),
    ([0], [7], np.ones((1, 2)), "an end that is no node"),
    ([0], [1], np.array([[1.0, -1.0]]), "a cost below nothing"),
    ([0], [1], np.array([[1.0, math.nan]]), "a cost that is no number"),
    ([0], [1], np.ones((2, 2)), "more costs than streets"),
]


@pytest.mark.parametrize(("starts", "ends", "seconds", "because"), BROKEN, ids=[row[3] for row in BROKEN])
def test_a_network_that_cannot_be_is_refused(starts, ends, seconds, because):
    with pytest.raises(BadRoadData):
        RoadNetwork.assemble(np.zeros((2, 2)), starts, ends, seconds)


@st.composite
def networks(draw: st.DrawFn) -> RoadNetwork:
    """Any small graph: one-way streets, twins, streets that end where they began, parts apart."""
    count = draw(st.integers(2, 12))
    node = st.integers(0, count - 1)
    ends = draw(st.lists(st.tuples(node, node), min_size=1, max_size=30))
    cost = st.one_of(st.integers(1, 50).map(float), st.just(math.inf))
    costs = draw(st.lists(st.tuples(cost, cost), min_size=len(ends), max_size=len(ends)))
    angle = np.arange(count) * 2 * np.pi / count
    points = np.column_stack([np.sin(angle), np.cos(angle)]) * 500
    starts, heads = np.array(ends).T
    return RoadNetwork.assemble(points, starts, heads, np.array(costs))


def hung_on(network: RoadNetwork, node: int) -> RoadPlaces:
    """A place at a node; its stretch is any that begins or ends there, or none."""
    for stretch in range(network.stretch_count):
        if network.starts[stretch] == node and network.lengths_m[stretch] > 1:
            return RoadPlaces(np.array([stretch]), np.array([0.0]), np.zeros(1))
        if network.ends[stretch] == node and network.lengths_m[stretch] > 1:
            return RoadPlaces(np.array([stretch]), network.lengths_m[[stretch]], np.zeros(1))
    return RoadPlaces(np.array([-1]), np.zeros(1), np.zeros(1))


def masked(network: RoadNetwork, shut: set[int]) -> OpenRoads:
    """The network with some stretches closed by their numbers."""
    keys = [str(n % network.stretch_count) for n in shut]
    return opened(network, *([closing(*keys)] if keys else []))


@settings(max_examples=150, deadline=None)
@given(networks(), st.integers(0, 11), st.sets(st.integers(0, 29), max_size=5), st.booleans())
def test_times_are_those_of_networkx_whatever_is_closed(network, start, shut, towards):
    start %= len(network)
    roads = masked(network, shut)
    place = hung_on(network, start)
    graph = network.to_networkx(roads.closed)
    oracle = nx.single_source_dijkstra_path_length(
        graph.reverse() if towards else graph, start, weight="seconds"
    )
    found = search(roads, place, towards=towards).seconds[0]
    wanted = np.array([oracle.get(node, math.inf) for node in range(len(network))])
    assert place.stretches[0] < 0 or np.allclose(found, wanted, atol=1e-3)


@settings(max_examples=100, deadline=None)
@given(networks(), st.integers(0, 11), st.integers(0, 11), st.sets(st.integers(0, 29), max_size=5))
def test_a_closure_makes_no_trip_shorter(network, start, end, shut):
    pair = [hung_on(network, node % len(network)) for node in (start, end)]
    free, shut_roads = masked(network, set()), masked(network, shut)
    before = measure_matrix(free, *pair)[0, 0]
    assert measure_matrix(shut_roads, *pair)[0, 0] >= before - 1e-9


@st.composite
def timed_towns(draw: st.DrawFn) -> tuple[OpenRoads, int, int]:
    """A small town of unequal streets, some of them closed for a time, and two crossings."""
    costs = draw(st.lists(st.integers(10, 90), min_size=24, max_size=24))
    network = replace(grid_town(4), seconds=np.repeat(np.array(costs, dtype=np.float64)[:, None], 2, axis=1))
    window = st.tuples(st.integers(0, 23), st.integers(-50, 300), st.integers(1, 300))
    windows = draw(st.lists(window, max_size=6))
    closures = [
        closing(str(stretch), begins_s=begin, ends_s=begin + long, key=f"c{n}")
        for n, (stretch, begin, long) in enumerate(windows)
    ]
    return opened(network, *closures), draw(st.integers(0, 15)), draw(st.integers(0, 15))


def by_waiting(roads: OpenRoads, start: int, end: int) -> float:
    """An oracle of its own: earliest arrivals second by second, for costs and closures are whole seconds."""
    network = roads.network
    shut = {
        stretch: [
            ((one.begins_at - AT).total_seconds(), (one.ends_at - AT).total_seconds())
            for one in roads.closures
            if str(stretch) in one.stretches
        ]
        for stretch in range(network.stretch_count)
    }
    here, best = {start: 0.0}, {start: 0.0}
    while here:
        node = min(here, key=here.__getitem__)
        at_s = here.pop(node)
        for edge in np.flatnonzero(network.tails == node).tolist():
            takes_s, enter_s = float(network.edge_seconds[edge]), at_s
            while any(enter_s < until and since < enter_s + takes_s for since, until in shut[edge // 2]):
                enter_s += 1.0
            head = int(network.heads[edge])
            if enter_s + takes_s < best.get(head, math.inf):
                here[head] = best[head] = enter_s + takes_s
    return best[end]


@settings(max_examples=100, deadline=None)
@given(timed_towns())
def test_a_way_in_time_arrives_as_early_as_can_be(asked):
    roads, start, end = asked
    route = find_timed_route(roads, at_node(roads, start), at_node(roads, end))
    assert route.seconds == pytest.approx(by_waiting(roads, start, end), abs=0.01)
    without = find_timed_route(opened(roads.network), at_node(roads, start), at_node(roads, end))
    assert route.seconds >= without.seconds - 1e-6


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=2, max_size=8))
def test_what_is_measured_at_once_is_what_single_routes_take(points):
    roads = opened(grid_town(5), drawn(shapely.box(120, 120, 180, 380)))
    places = [spot(roads, east, north) for east, north in points]
    table = measure_matrix(roads, RoadPlaces.of(places), RoadPlaces.of(places))
    single = np.array([[seconds_or_never(roads, one, other) for other in places] for one in places])
    assert np.allclose(table, single, atol=1e-3)


def seconds_or_never(roads: OpenRoads, one: RoadPlace, other: RoadPlace) -> float:
    try:
        return find_route(roads, one, other).seconds
    except NoRoute:
        return math.inf


def test_the_model_for_people_knows_names_lengths_and_times():
    edge = CROSS.to_networkx().get_edge_data(*next(iter(CROSS.to_networkx().edges())))
    assert next(iter(edge.values())) | {"name": ""} == {
        "seconds": 50.0,
        "length_m": 500.0,
        "name": "",
        "rank": "street",
    }


def test_on_foot_one_goes_both_ways_at_one_speed():
    walked = town([(0, 0), (360, 0)], one_way=[1]).on_foot(3.6)
    roads = opened(walked)
    assert find_route(roads, spot(roads, 360, 0), spot(roads, 0, 0)).seconds == pytest.approx(360)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-900, 1_300), st.floats(-900, 1_300)), min_size=1, max_size=20))
def test_of_many_places_each_is_as_near_to_its_street_as_shapely_finds(points):
    network = grid_town(5)
    found = find_places(network, np.array(points))
    away_m = shapely.distance(shapely.points(points), shapely.multilinestrings(network.shapes))
    assert np.allclose(found.beside_m[away_m < 499.9], away_m[away_m < 499.9])
    assert (found.stretches[away_m > 500.1] == -1).all()
