"""What streets carry: Weidmann's diagram, the slowest stretch, and who passes which by the quickest way."""

import math
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.rules.sheltering.streets import (
    StreetLoad,
    most_per_m_s,
    on_foot_per_min,
    rate_of,
    slowest,
    walking_mps,
    width_of,
)
from emergency.shelter_standards import load_shelter_rules
from gis_core.roads.loads import Trip, load_stretches
from gis_core.roads.places import RoadPlaces
from tests.case_city import baoji
from tests.road_town import at_node, closing, diamond, grid_town, opened, spot, town

RULES = load_shelter_rules(baoji()).streets
STREET = StreetLoad(
    name="经二路", width_m=20, is_width_assumed=False, on_foot=900, by_bus=0, on_foot_per_min=90,
    by_bus_per_min=180, seconds=300.0, blocks=frozenset({"a"}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("per_m2", "mps", "because"),
    [
        (0.0, 1.34, "alone"),
        (1.75, 0.7, "where most get through"),
        (5.4, 0.0, "nobody moves"),
        (9.0, 0.0, "nor any closer"),
    ],
)
def test_a_crowd_walks_as_weidmann_measured(per_m2: float, mps: float, because: str):
    assert walking_mps(per_m2) == pytest.approx(mps, abs=0.005)


def test_at_most_1225_people_a_metre_and_thousand_seconds_get_through():
    assert most_per_m_s() == pytest.approx(1.225, abs=0.0005)


@given(st.floats(0.01, 10))
def test_no_density_lets_more_through(per_m2: float):
    assert per_m2 * walking_mps(per_m2) <= most_per_m_s() + 1e-9


def test_half_a_roadway_of_twenty_metres_lets_735_walk_in_a_minute():
    assert on_foot_per_min(20.0, RULES) == pytest.approx(735, abs=0.5)


@pytest.mark.parametrize(
    ("width_m", "rank", "told", "because"),
    [
        (12.5, "local", (12.5, False), "as it was measured"),
        (0.0, "local", (9.0, True), "nobody knows: that of its rank"),
        (0.0, "goat_path", (1.0, True), "no such rank: the narrowest"),
    ],
)
def test_a_width_that_nobody_knows_is_assumed_and_marked(
    width_m: float, rank: str, told: tuple[float, bool], because: str
):
    assert width_of(width_m, rank, RULES) == told


def test_what_is_assumed_of_streets_says_so():
    assert RULES.status == "assumed"


def test_a_stretch_lets_its_people_through_one_after_the_other():
    assert STREET.pass_s == 600
    # Ford and Fulkerson: 15 people a step of 10 s, 30 steps long; 900 are out at step 89.
    assert STREET.clearance_s == 890


def test_people_on_foot_and_in_buses_pass_side_by_side():
    assert replace(STREET, by_bus=1_800).pass_s == 600
    assert replace(STREET, by_bus=3_600).pass_s == 1_200


def test_the_slowest_stretch_sets_the_rate_of_leaving():
    narrow = replace(STREET, name="窄巷", on_foot=300, on_foot_per_min=15)
    worst = slowest([STREET, narrow])
    assert worst is narrow
    assert rate_of([STREET, narrow], 1_200, None) == pytest.approx(1_200 / 1_200)
    assert rate_of([STREET, narrow], 1_200, 30.0) == pytest.approx(0.5)
    assert rate_of([STREET, narrow], 1_200, 9_000.0) == pytest.approx(1.0)


def test_where_nobody_passes_a_street_there_is_no_bottleneck():
    assert slowest([]) is None
    assert rate_of([], 0, None) == most_per_m_s()


def test_people_by_the_short_branch_pass_both_its_stretches_and_none_of_the_long_one():
    roads = opened(diamond())
    origin, goal = (RoadPlaces.of([at_node(roads, node)]) for node in (0, 3))
    found = load_stretches(roads, origin, goal, [Trip(0, 0, 70), Trip(0, 0, 5)])
    assert {stretch: (one.people, one.seconds) for stretch, one in found.items()} == {
        0: (75, pytest.approx(200)), 1: (75, pytest.approx(200)),
    }  # fmt: skip


def test_where_the_short_branch_is_closed_the_long_one_carries_them():
    roads = opened(diamond(), closing("1"))
    origin, goal = (RoadPlaces.of([at_node(roads, node)]) for node in (0, 3))
    assert set(load_stretches(roads, origin, goal, [Trip(0, 0, 70)])) == {2, 3}


def test_parts_of_stretches_at_both_ends_count_and_neighbours_pass_only_their_own():
    roads = opened(town([(-500, 0), (500, 0)], [(0, -500), (0, 500)]))
    origins = RoadPlaces.of([spot(roads, -100, 0), spot(roads, 450, 0)])
    goals = RoadPlaces.of([spot(roads, 0, 300), spot(roads, 200, 0)])
    found = load_stretches(roads, origins, goals, [Trip(0, 0, 10), Trip(1, 1, 4)])
    assert sorted((one.people, round(one.seconds)) for one in found.values()) == [(4, 25), (10, 40), (10, 40)]


def test_who_has_no_way_passes_nothing():
    roads = opened(diamond(), closing("0"), closing("2"))
    origin, goal = (RoadPlaces.of([at_node(roads, node)]) for node in (0, 3))
    assert load_stretches(roads, origin, goal, [Trip(0, 0, 70)]) == {}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 50), min_size=40, max_size=40),
    st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24), st.integers(1, 500)), min_size=1, max_size=6),
)
def test_trips_take_as_long_as_networkx_says_and_pass_a_way_of_that_length(costs, asked):
    network = replace(grid_town(5), seconds=np.repeat(np.array(costs, dtype=np.float64)[:, None], 2, axis=1))
    roads, graph = opened(network), network.to_networkx()
    for start, end, people in asked:
        pair = (RoadPlaces.of([at_node(roads, node)]) for node in (start, end))
        found = load_stretches(roads, *pair, [Trip(0, 0, people)])
        wanted = nx.shortest_path_length(graph, start, end, weight="seconds")
        assert sum(costs[stretch] for stretch in found) == pytest.approx(wanted)
        assert all(one.people == people for one in found.values())
        assert all(math.isclose(one.seconds, wanted, abs_tol=1e-3) for one in found.values())
