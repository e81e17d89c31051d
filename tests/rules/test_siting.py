"""Where stations should stand, by published optima; and what those that stand cover."""

import csv
from collections.abc import Callable
from itertools import combinations, compress
from pathlib import Path

import numpy as np
import pytest
import spopt
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.rules.ids import IdsTwice
from emergency.rules.siting.choosing import Choice, cover_all, cover_most, least_farthest, least_mean
from emergency.rules.siting.coverage import lost_without, report_coverage
from emergency.rules.siting.medians import near_median
from emergency.rules.siting.problems import BadSiting, CannotSite, DemandPoint, Site, Siting
from tests.sheltering import draw_town

SPOPT = Path(spopt.__file__).parent / "tests" / "test_locate" / "data"
"""San Francisco and the schools, as they come with spopt (BSD-3); read where they are, never copied."""
NO_WAY = np.inf


def rows_of(name: str) -> list[dict[str, str]]:
    with (SPOPT / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_san_francisco() -> Siting:
    rows = rows_of("SF_network_distance_candidateStore_16_censusTract_205_new.csv")
    people = {row["DestinationName"]: float(row["demand"]) for row in rows}
    metres = {(row["DestinationName"], row["name"]): float(row["distance"]) for row in rows}
    stores = list(dict.fromkeys(row["name"] for row in rows))
    return Siting(
        [DemandPoint(tract, count) for tract, count in people.items()],
        [Site(store) for store in stores],
        np.array([[metres[tract, store] for store in stores] for tract in people]),
    )


def read_schools() -> Siting:
    """Students who each need one place; schools of priority 1 stay and are filled."""
    rows = rows_of("example_subject_student_school_journeys.csv")
    minutes = {(row["student"], row["school"]): int(row["time"]) for row in rows}
    students = list(dict.fromkeys(row["student"] for row in rows))
    schools = [
        Site(row["SE2 PP: Code"], float(row["Count"]), is_first, is_first)
        for row in rows_of("example_subject_schools.csv")
        for is_first in [float(row["priority"]) == 1]
    ]
    times = [[float(minutes.get((student, school.id), 10_000)) for school in schools] for student in students]
    return Siting([DemandPoint(student, 1) for student in students], schools, np.array(times))


CITY = read_san_francisco()


def line(*places_m: float, sites_m: tuple[float, ...], weights: tuple[float, ...] = ()) -> Siting:
    """Demand and sites along one street."""
    weighed = weights or (1.0,) * len(places_m)
    return Siting(
        [DemandPoint(f"d{n}", weight) for n, weight in enumerate(weighed)],
        [Site(f"s{n}") for n in range(len(sites_m))],
        np.abs(np.array(places_m)[:, None] - np.array(sites_m)),
    )


# Published optima


def test_san_francisco_has_as_many_people_as_published():
    assert (CITY.distances.shape, CITY.weights.sum()) == ((205, 16), 955_113)


def test_four_stores_leave_as_many_tracts_uncovered_as_published():
    uncovered = cover_most(CITY, 5_000, 4).uncovered(5_000)
    assert (len(uncovered), round(100 * (205 - len(uncovered)) / 205, 4)) == (21, 89.7561)


@pytest.mark.parametrize(("radius_m", "stores"), [(5_000, 8), (6_000, 5), (8_000, 3)])
def test_so_many_stores_cover_all_of_san_francisco(radius_m: float, stores: int):
    choice = cover_all(CITY, radius_m)
    assert (choice.value, len(choice.site_ids), choice.uncovered(radius_m)) == (stores, stores, ())


@pytest.mark.parametrize("radius_m", [4_500, 4_000])
def test_within_less_than_that_nobody_can_cover_san_francisco(radius_m: float):
    with pytest.raises(CannotSite, match="请把半径增大到至少 4,645") as refusal:
        cover_all(CITY, radius_m)
    missing = CITY.distances.min(axis=1) > radius_m
    assert refusal.value.facts["uncovered"] == [CITY.demand[n].id for n in np.flatnonzero(missing)]


@pytest.mark.parametrize(
    ("stores", "mean_m"), [(1, 6000.50), (2, 4197.51), (3, 3544.68), (4, 2982.13), (5, 2674.16)]
)
def test_the_mean_way_in_san_francisco_is_as_published(stores: int, mean_m: float):
    choice = least_mean(CITY, stores)
    assert choice.mean_distance == pytest.approx(mean_m, abs=0.005)
    assert choice.is_proven


def test_the_mean_way_to_four_stores_is_that_of_spopts_own_test():
    assert least_mean(CITY, 4).mean_distance == pytest.approx(2982.1268579890657, rel=1e-9)


def test_students_travel_as_long_as_published():
    choice = least_mean(read_schools(), 10, has_capacities=True)
    assert (choice.mean_distance, choice.is_proven) == (pytest.approx(87.2), True)


# Against trying everything


@st.composite
def sitings(draw: st.DrawFn) -> Siting:
    points, sites = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    row = st.lists(st.integers(0, 20), min_size=sites, max_size=sites)
    return Siting(
        [DemandPoint(f"d{n}", draw(st.integers(0, 9))) for n in range(points)],
        [Site(f"s{n}", capacity=draw(st.integers(0, 20))) for n in range(sites)],
        np.array(draw(st.lists(row, min_size=points, max_size=points)), dtype=float),
    )


def best_of_all(siting: Siting, sites: int, worth: Callable[[np.ndarray], float]) -> float:
    return min(
        worth(siting.distances[:, list(chosen)].min(axis=1))
        for chosen in combinations(range(len(siting.sites)), sites)
    )


@settings(max_examples=40, deadline=None)
@given(sitings(), st.integers(1, 5))
def test_the_least_mean_is_that_of_trying_everything(siting: Siting, number: int):
    sites = min(number, len(siting.sites))
    tried = best_of_all(siting, sites, lambda nearest: float((nearest * siting.weights).sum()))
    assert least_mean(siting, sites).value == pytest.approx(tried)


@settings(max_examples=40, deadline=None)
@given(sitings(), st.integers(1, 5))
def test_the_least_farthest_is_that_of_trying_everything(siting: Siting, number: int):
    sites = min(number, len(siting.sites))
    choice = least_farthest(siting, sites)
    assert choice.value == choice.farthest == best_of_all(siting, sites, lambda nearest: float(nearest.max()))


@settings(max_examples=40, deadline=None)
@given(sitings(), st.integers(1, 5), st.integers(0, 20))
def test_the_most_covered_is_that_of_trying_everything(siting: Siting, number: int, radius: int):
    sites = min(number, len(siting.sites))
    tried = best_of_all(siting, sites, lambda nearest: -float(siting.weights[nearest <= radius].sum()))
    assert cover_most(siting, radius, sites).value == pytest.approx(-tried)


@settings(max_examples=60, deadline=None)
@given(sitings(), st.integers(1, 5))
def test_a_near_median_lies_between_its_bound_and_what_is_best(siting: Siting, number: int):
    sites = min(number, len(siting.sites))
    costs = siting.weights[:, None] * siting.distances
    near = near_median(costs, np.zeros(len(siting.sites), dtype=bool), sites)
    tried = best_of_all(siting, sites, lambda nearest: float((nearest * siting.weights).sum()))
    assert near.bound - 1e-6 <= tried <= near.cost + 1e-6


@settings(max_examples=60, deadline=None)
@given(sitings(), st.integers(1, 5))
def test_what_a_near_median_rules_out_is_never_missed(siting: Siting, number: int):
    sites = min(number, len(siting.sites))
    costs = siting.weights[:, None] * siting.distances
    left = near_median(costs, np.zeros(len(siting.sites), dtype=bool), sites).may_be_better
    fewer = Siting(siting.demand, list(compress(siting.sites, left)), siting.distances[:, left])
    assert least_mean(fewer, sites).value == pytest.approx(least_mean(siting, sites).value)


def test_the_mean_of_a_large_town_is_found_and_proven_without_the_books_model():
    town = draw_town(blocks=1_000, shelters=40, seed=1)
    large = Siting(
        [DemandPoint(block.id, block.people) for block in town.blocks],
        [Site(shelter.id, is_kept=shelter.id == "s7") for shelter in town.shelters],
        town.seconds,
    )
    choice = least_mean(large, 3)
    assert ("s7" in choice.site_ids, len(choice.site_ids), choice.is_proven) == (True, 3, True)


def is_within_capacity(siting: Siting, choice: Choice) -> bool:
    used: dict[str | None, float] = {}
    for service, weight in zip(choice.services, choice.weights, strict=True):
        used[service.site_id] = used.get(service.site_id, 0) + weight
    return all(used.get(site.id, 0) <= (site.capacity or 0) for site in siting.sites)


def test_no_store_serves_more_than_it_holds():
    two = Siting(
        [DemandPoint("甲", 5), DemandPoint("乙", 4), DemandPoint("丙", 3)],
        [Site("近", 8), Site("远", 8)],
        np.array([[1.0, 9], [1, 9], [1, 9]]),
    )
    choice = least_mean(two, 2, has_capacities=True)
    assert is_within_capacity(two, choice)
    assert choice.value == 5 + 3 + 4 * 9


# Stations that stand


def test_a_station_that_stands_stays():
    street = line(0, 10, sites_m=(0, 10, 500))
    kept = Siting(street.demand, [Site("s0"), Site("s1"), Site("s2", is_kept=True)], street.distances)
    assert "s2" in least_mean(kept, 2).site_ids


def test_sites_that_stand_count_when_all_is_covered():
    street = line(0, 10, sites_m=(5, 500))
    kept = Siting(street.demand, [Site("s0"), Site("s1", is_kept=True)], street.distances)
    assert cover_all(kept, 10).site_ids == ("s0", "s1")


# Bad input


@pytest.mark.parametrize("number", [0, 3, -1])
def test_so_many_sites_cannot_be_chosen(number: int):
    with pytest.raises(BadSiting, match="选址数量应在 1 和 2 之间"):
        least_mean(line(0, 10, sites_m=(0, 10)), number)


def test_fewer_than_those_that_stand_cannot_be_chosen():
    both = Siting([DemandPoint("d", 1)], [Site("a", is_kept=True), Site("b", is_kept=True)], np.ones((1, 2)))
    with pytest.raises(BadSiting, match="现有 2 处必须保留"):
        least_mean(both, 1)


@pytest.mark.parametrize(
    ("distances", "words", "because"),
    [
        ([[1.0]], "行数和列数", "one column for two sites"),
        ([[1.0, -1.0]], "不小于零", "nothing is nearer than here"),
        ([[np.nan, 1.0]], "不小于零", "no number"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_distances_that_cannot_be_are_refused(distances: list[list[float]], words: str, because: str):
    with pytest.raises(BadSiting, match=words):
        Siting([DemandPoint("d", 1)], [Site("a"), Site("b")], np.array(distances))


def test_a_site_that_stands_twice_in_the_list_is_named():
    with pytest.raises(IdsTwice, match="候选点的编号重复：a"):
        Siting([DemandPoint("d", 1)], [Site("a"), Site("a")], np.ones((1, 2)))


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_demand_weighs_something_or_nothing(weight: float):
    with pytest.raises(BadSiting, match="权重"):
        Siting([DemandPoint("d", weight)], [Site("a")], np.ones((1, 1)))


def test_without_demand_there_is_nothing_to_site():
    with pytest.raises(BadSiting, match="请先选定范围"):
        Siting([], [Site("a")], np.zeros((0, 1)))


@pytest.mark.parametrize("solve", [lambda s: least_mean(s, 1), lambda s: least_farthest(s, 1)])
def test_demand_that_no_way_leads_to_is_named(solve: Callable[[Siting], Choice]):
    island = Siting([DemandPoint("岛", 1), DemandPoint("岸", 1)], [Site("a")], np.array([[NO_WAY], [1]]))
    with pytest.raises(CannotSite, match="没有路通往任何候选点：岛"):
        solve(island)


def test_too_few_sites_for_two_shores_say_how_many_it_takes():
    shores = Siting(
        [DemandPoint("北", 1), DemandPoint("南", 1)],
        [Site("a"), Site("b")],
        np.array([[1, NO_WAY], [NO_WAY, 1]]),
    )
    with pytest.raises(CannotSite, match="至少需要 2 处"):
        least_farthest(shores, 1)


def test_capacities_that_do_not_suffice_are_told():
    small = Siting([DemandPoint("d", 9), DemandPoint("e", 9)], [Site("a", 9), Site("b", 8)], np.ones((2, 2)))
    with pytest.raises(CannotSite, match="合计 17，少于总需求 18"):
        least_mean(small, 2, has_capacities=True)


def test_demand_too_large_for_any_site_is_named():
    small = Siting([DemandPoint("大", 9), DemandPoint("e", 1)], [Site("a", 6), Site("b", 6)], np.ones((2, 2)))
    with pytest.raises(CannotSite, match="容得下这些需求点：大"):
        least_mean(small, 2, has_capacities=True)


def test_demand_that_cannot_be_packed_is_refused():
    three = Siting([DemandPoint(name, 4) for name in "甲乙丙"], [Site("a", 6), Site("b", 6)], np.ones((3, 2)))
    with pytest.raises(CannotSite, match="没有可行的选址方案"):
        least_mean(three, 2, has_capacities=True)


@pytest.mark.parametrize("radius", [-1.0, np.nan, np.inf])
def test_a_radius_is_a_number(radius: float):
    with pytest.raises(BadSiting, match="覆盖半径"):
        cover_all(CITY, radius)


# Coverage of what stands


STREET = line(0, 100, 400, 900, sites_m=(0, 300), weights=(10, 20, 40, 80))


def test_it_is_told_how_many_are_covered_by_one_and_by_two():
    (within,) = report_coverage(STREET, [200]).limits
    told = (within.covered, within.covered_twice, within.total, within.uncovered_ids)
    assert told == (70, 20, 150, ("d3",))


def test_a_limit_counts_as_within():
    (within,) = report_coverage(line(0, sites_m=(200,)), [200]).limits
    assert within.covered_pct == 100


def test_each_place_knows_its_nearest_and_its_second_station():
    reached = report_coverage(STREET, [200]).reached[1]
    assert (reached.nearest_id, reached.nearest, reached.second_id, reached.second) == ("s0", 100, "s1", 200)


def test_each_station_knows_whom_it_alone_covers():
    shares = {one.station_id: (one.covered, one.only_this) for one in report_coverage(STREET, [200]).stations}
    assert shares == {"s0": (30, 10), "s1": (60, 40)}


@pytest.mark.parametrize(
    ("leaving", "lost", "because"),
    [
        ((), 0, "nobody leaves"),
        (("s0",), 10, "the other one still covers the middle"),
        (("s0", "s1"), 70, "nobody is left"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_when_stations_are_away_so_many_lose_cover(leaving: tuple[str, ...], lost: float, because: str):
    assert lost_without(STREET, leaving, 200) == lost


def test_a_station_that_does_not_stand_cannot_leave():
    with pytest.raises(BadSiting, match="没有这些站点：s9"):
        lost_without(STREET, ["s9"], 200)


def test_a_place_nobody_reaches_has_no_station():
    reached = report_coverage(
        Siting([DemandPoint("d", 1)], [Site("a")], np.array([[NO_WAY]])), [200]
    ).reached[0]
    assert (reached.nearest_id, reached.nearest, reached.second_id) == (None, None, None)


@pytest.mark.parametrize("limit", [0.0, -5.0, np.nan, np.inf])
def test_a_limit_of_coverage_is_above_zero(limit: float):
    with pytest.raises(BadSiting, match="必须大于零"):
        report_coverage(STREET, [limit])
