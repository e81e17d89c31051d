"""Who goes to which shelter: most people first, least time then, and an honest word about the rest."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from emergency.rules.ids import IdsTwice
from emergency.rules.sheltering.allocating import Allocation, BadAllocating, allocate
from emergency.rules.sheltering.blocks import BadBlock, BadTravel, Block, Way
from emergency.rules.sheltering.changing import Move, compare
from emergency.rules.sheltering.sentences import NUMBER_NAMES
from emergency.rules.sheltering.shelters import (
    BadShelter,
    BadStandard,
    Hazard,
    Shelter,
    Standard,
    capacity_of,
    find_left_out,
)
from emergency.shelter_standards import UnknownShelterRule, load_shelter_rules
from tests.case_city import baoji
from tests.sheltering import (
    POWERCO,
    Town,
    cost_by_highs,
    cost_by_networkx,
    cost_nearest_first,
    draw_town,
)

RULES = load_shelter_rules(baoji())
SHORT = RULES.get_standard("short")
NO_WAY = np.inf


def town(people: list[int], places: list[int], seconds: list[list[float]]) -> Town:
    return Town(np.array(people), np.array(places), np.array(seconds, dtype=float))


def placed(allocation: Allocation) -> dict[tuple[str, str], int]:
    return {(one.block_id, one.shelter_id): one.people for one in allocation.assignments}


@st.composite
def towns(draw: st.DrawFn) -> Town:
    blocks, shelters = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    whole = st.integers(0, 60)
    seconds = st.lists(
        st.one_of(st.integers(0, 3_600), st.just(NO_WAY)), min_size=shelters, max_size=shelters
    )
    return town(
        draw(st.lists(whole, min_size=blocks, max_size=blocks)),
        draw(st.lists(whole, min_size=shelters, max_size=shelters)),
        draw(st.lists(seconds, min_size=blocks, max_size=blocks)),
    )


def reachable(drawn: Town) -> Town:
    return replace(drawn, seconds=np.where(np.isfinite(drawn.seconds), drawn.seconds, 1_800.0))


def test_winstons_transport_problem_costs_what_is_published():
    allocation = POWERCO.allocate()
    assert (allocation.person_seconds, allocation.unserved_people, allocation.is_proven) == (1020, 0, True)


def test_two_other_solvers_say_the_same_of_winstons_problem():
    assert (cost_by_highs(POWERCO), cost_by_networkx(POWERCO)) == (1020, 1020)


@settings(max_examples=60, deadline=None)
@given(towns())
def test_no_other_solver_finds_less(drawn: Town):
    allocation = drawn.allocate()
    assert allocation.cost_s == cost_by_networkx(drawn, allocation.unserved_s)
    assert allocation.cost_s == pytest.approx(cost_by_highs(drawn, allocation.unserved_s))


@settings(max_examples=60, deadline=None)
@given(towns())
def test_no_shelter_takes_more_than_it_holds_and_nobody_is_forgotten(drawn: Town):
    allocation = drawn.allocate()
    assert all(0 <= load.people <= load.capacity.people for load in allocation.loads)
    assert allocation.served_people + allocation.unserved_people == drawn.people.sum()


@settings(max_examples=60, deadline=None)
@given(towns())
def test_where_all_is_reached_only_those_beyond_the_places_stay_without(drawn: Town):
    allocation = reachable(drawn).allocate()
    assert allocation.unserved_people == max(0, drawn.people.sum() - drawn.places.sum())


@settings(max_examples=60, deadline=None)
@given(towns())
def test_one_more_shelter_never_costs_more(drawn: Town):
    fewer = replace(drawn, places=drawn.places[:-1], seconds=drawn.seconds[:, :-1])
    unserved_s = drawn.allocate().unserved_s
    assert cost_at(drawn, unserved_s) <= cost_at(fewer, unserved_s)


def cost_at(drawn: Town, unserved_s: int) -> int:
    allocation = drawn.allocate()
    return allocation.person_seconds + allocation.unserved_people * unserved_s


@settings(max_examples=60, deadline=None)
@given(towns())
def test_the_optimum_is_never_above_nearest_first(drawn: Town):
    allocation = drawn.allocate()
    assert allocation.cost_s <= cost_nearest_first(drawn, allocation.unserved_s)


@settings(max_examples=60, deadline=None)
@given(towns(), st.integers(0, 4))
def test_a_place_more_saves_what_the_load_says(drawn: Town, which: int):
    column = which % len(drawn.places)
    before = drawn.allocate()
    more = drawn.places.copy()
    more[column] += 1
    after = replace(drawn, places=more).allocate()
    saving = {load.shelter_id: load.saving_s for load in before.loads}
    expected = before.cost_s - after.cost_s
    assert saving.get(f"s{column}", expected) == expected


def test_a_town_is_allocated_better_than_nearest_first():
    drawn = draw_town(blocks=300, shelters=20)
    allocation = drawn.allocate()
    assert allocation.cost_s == pytest.approx(cost_by_highs(drawn))
    assert allocation.cost_s < 0.98 * cost_nearest_first(drawn)


# Capacity


@pytest.mark.parametrize(
    ("stay", "area_m2", "people", "because"),
    [
        ("emergency", 10_000, 20_000, "half a square metre a person"),
        ("temporary", 10_000, 10_000, "one"),
        ("short", 10_000, 5_000, "two"),
        ("medium", 10_000, 3_333, "three, rounded down"),
        ("long", 10_000, 2_222, "four and a half, rounded down"),
        ("long", 9, 2, "exactly two people"),
        ("long", 8.999, 1, "a hand's breadth too little for the second"),
        ("short", 0, 0, "nothing holds nobody"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_shelter_holds(stay: str, area_m2: float, people: int, because: str):
    assert capacity_of(Shelter("1", "体育场", area_m2), RULES.get_standard(stay)).people == people


@pytest.mark.parametrize(
    ("most", "taken", "people", "how"),
    [
        (None, 0, 1_500, "有效面积 3,000 m² ÷ 每人 2 m²，向下取整得 1,500 人"),
        (1_200, 0, 1_200, "有效面积 3,000 m² ÷ 每人 2 m² 得 1,500 人，登记上限 1,200 人，取小者"),
        (
            None,
            1_600,
            0,
            "有效面积 3,000 m² ÷ 每人 2 m²，向下取整得 1,500 人；1,500 人的容量中已住 1,600 人，还剩 0 人",
        ),
    ],
    ids=["by area", "by its registered limit", "more live there than fit"],
)
def test_a_capacity_tells_how_it_came_about(most: int | None, taken: int, people: int, how: str):
    capacity = capacity_of(Shelter("1", "体育场", 3_000, most_people=most, taken=taken), SHORT)
    assert (capacity.people, capacity.how) == (people, how)


def test_standards_say_that_they_are_from_memory():
    assert {standard.status for standard in RULES.standards.values()} == {"recalled"}


def test_walking_distances_are_those_of_the_reference():
    walks = {stay: standard.walk_m for stay, standard in RULES.standards.items()}
    assert walks == {"emergency": 500, "temporary": None, "short": 1_000, "medium": 1_500, "long": 2_500}


# What is left out


@pytest.mark.parametrize(
    ("shelter", "codes", "because"),
    [
        (Shelter("1", "甲", 9, Point(50, 50), frozenset({"indoor"})), ("in_zone",), "inside"),
        (Shelter("1", "甲", 9, Point(100, 50), frozenset({"indoor"})), ("in_zone",), "on the border"),
        (Shelter("1", "甲", 9, box(90, 0, 200, 9), frozenset({"indoor"})), ("in_zone",), "a corner inside"),
        (Shelter("1", "甲", 9, None, frozenset({"indoor"})), ("place_unknown",), "nobody knows where"),
        (Shelter("1", "甲", 9, Point(500, 0), frozenset({"outdoor"})), ("lacks",), "gas needs walls"),
        (
            Shelter("1", "甲", 9, Point(0, 0), not_ready_why="停电"),
            ("not_ready", "in_zone", "lacks"),
            "every reason is told",
        ),
        (
            Shelter("1", "甲", 9, Point(500, 0), frozenset({"indoor"}), frozenset({"emergency"})),
            ("wrong_stay",),
            "kept for hours alone",
        ),
        (Shelter("1", "甲", 1, Point(500, 0), frozenset({"indoor"})), ("no_places",), "not one person fits"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_shelter_is_left_out(shelter: Shelter, codes: tuple[str, ...], because: str):
    left_out = find_left_out(shelter, SHORT, RULES.get_hazard("toxic_release", box(0, 0, 100, 100)))
    assert left_out is not None
    assert left_out.codes == codes


def test_a_shelter_that_is_fit_takes_part():
    fit = Shelter("1", "甲", 9, Point(500, 0), frozenset({"indoor"}))
    assert find_left_out(fit, SHORT, RULES.get_hazard("toxic_release", box(0, 0, 100, 100))) is None


def test_people_are_told_what_is_wrong_with_a_shelter():
    outside = Shelter("1", "甲", 9, Point(500, 0), not_ready_why="停电")
    left_out = find_left_out(outside, SHORT, RULES.get_hazard("toxic_release"))
    assert left_out is not None
    assert left_out.why == "未就绪：停电；缺少此类灾害所需条件：室内"


def test_a_hazard_without_a_rule_is_refused():
    with pytest.raises(UnknownShelterRule, match=r"请在 sheltering\.yaml 中补充"):
        RULES.get_hazard("meteorite")


# Ways


def test_those_too_far_to_walk_go_by_bus():
    ways = [
        Way("on_foot", np.array([[600.0, 900.0]]), np.array([[800.0, 1_200.0]])),
        Way("bus", np.array([[700.0, 950.0]])),
    ]
    shelters = [Shelter("s0", "近", 100), Shelter("s1", "远", 100)]
    allocation = allocate([Block("b", "片区", 100)], shelters, ways, standard=SHORT)
    assert {(one.shelter_id, one.way, one.seconds) for one in allocation.assignments} == {
        ("s0", "on_foot", 600),
        ("s1", "bus", 950),
    }


def test_nobody_goes_through_the_zone():
    drawn = town([10, 10], [50, 50], [[NO_WAY, 900], [60, NO_WAY]])
    assert placed(drawn.allocate()) == {("b0", "s1"): 10, ("b1", "s0"): 10}


# Who has no place


@pytest.mark.parametrize(
    ("drawn", "whole", "told", "because"),
    [
        (town([10], [4], [[60]]), False, [("b0", 6, "full")], "shelters smaller than the people"),
        (town([10], [4], [[NO_WAY]]), False, [("b0", 10, "no_way")], "none is reached"),
        (town([10], [0], [[60]]), False, [("b0", 10, "no_shelters")], "none is usable"),
        (town([10], [4], [[60]]), True, [("b0", 10, "too_large")], "it must go whole and fits nowhere"),
        (
            town([10, 6], [12], [[60], [70]]),
            True,
            [("b1", 6, "no_room_whole")],
            "two places are left, and six people",
        ),
        (town([0], [4], [[60]]), False, [], "nobody is to move"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_people_without_a_place_are_told_by_block(
    drawn: Town, whole: bool, told: list[tuple[str, int, str]], because: str
):
    allocation = drawn.allocate(whole_blocks=whole)
    assert [(one.block_id, one.people, one.code) for one in allocation.unserved] == told


def test_no_blocks_and_no_shelters_are_an_empty_answer():
    allocation = allocate([], [], [Way("on_foot", np.zeros((0, 0)))], standard=SHORT)
    assert (allocation.people, allocation.cost_s, allocation.is_proven) == (0, 0, True)


def test_every_number_is_explained():
    numbers = POWERCO.allocate().numbers
    assert all(number.how and number.name == NUMBER_NAMES[number.code] for number in numbers)
    values = {number.code: number.value for number in numbers}
    assert (values["people"], values["served"], values["person_seconds"]) == (125, 125, 1020)


# Bad input


@pytest.mark.parametrize(
    ("seconds", "words", "because"),
    [
        ([[60.0, -1.0]], "第 1 行第 2 列小于零", "nobody arrives before leaving"),
        ([[np.nan, 1.0]], "第 1 行第 1 列不是数字", "no number"),
        ([[60.0]], "应为 1×2 的矩阵，得到的是 1×1", "one column for two shelters"),
        ([[60.0, 700_000.0]], "超过一周", "a slip of the hand"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_travel_times_that_cannot_be_are_refused(seconds: list[list[float]], words: str, because: str):
    with pytest.raises(BadTravel, match=words):
        town([10], [5, 5], seconds).allocate()


def test_a_bus_has_a_seat():
    with pytest.raises(BadTravel, match="座位数至少为 1"):
        Way("bus", np.zeros((1, 1)), seats=0)


def test_without_any_way_nothing_is_worked_out():
    with pytest.raises(BadTravel, match="至少提供步行或乘车"):
        allocate([Block("b", "片区", 1)], [Shelter("s", "场所", 9)], [], standard=SHORT)


def test_a_block_that_stands_twice_is_named():
    twice = [Block("b7", "片区", 1), Block("b7", "片区", 2)]
    with pytest.raises(IdsTwice, match="片区的编号重复：b7"):
        allocate(twice, [Shelter("s", "场所", 9)], [Way("on_foot", np.zeros((2, 1)))], standard=SHORT)


def test_a_shelter_that_stands_twice_is_named():
    twice = [Shelter("s7", "场所", 9), Shelter("s7", "场所", 9)]
    with pytest.raises(IdsTwice, match="避难场所的编号重复：s7"):
        allocate([Block("b", "片区", 1)], twice, [Way("on_foot", np.zeros((1, 2)))], standard=SHORT)


@pytest.mark.parametrize("people", [-1, 2.5, True, float("nan")])
def test_a_block_has_a_whole_number_of_people(people: object):
    with pytest.raises(BadBlock, match="不小于零的整数"):
        Block("b", "片区", people)  # type: ignore[arg-type]


@pytest.mark.parametrize("area_m2", [-1.0, np.nan, np.inf])
def test_a_shelter_has_an_area(area_m2: float):
    with pytest.raises(BadShelter, match="有效面积"):
        Shelter("s", "场所", area_m2)


def test_nobody_stands_on_no_ground():
    with pytest.raises(BadStandard, match="必须大于零"):
        Standard("short", 0.0, None, "assumed", "—")


def test_a_weight_of_stability_below_zero_is_refused():
    with pytest.raises(BadAllocating, match="稳定性权重"):
        POWERCO.allocate(stability_s=-1)


# Whole blocks


@settings(max_examples=25, deadline=None)
@given(towns())
def test_a_block_that_goes_whole_has_one_shelter_or_none(drawn: Town):
    allocation = drawn.allocate(whole_blocks=True)
    told = [one.block_id for one in (*allocation.assignments, *allocation.unserved)]
    assert len(told) == len(set(told)) == int((drawn.people > 0).sum())
    assert all(load.people <= load.capacity.people for load in allocation.loads)


@settings(max_examples=25, deadline=None)
@given(towns())
def test_whole_blocks_are_as_cheap_as_trying_everything(drawn: Town):
    few = replace(drawn, people=drawn.people[:4], seconds=drawn.seconds[:4])
    allocation = few.allocate(whole_blocks=True)
    assert allocation.cost_s == cheapest_whole(few, allocation.unserved_s)
    assert allocation.bound_s <= allocation.cost_s


def cheapest_whole(few: Town, unserved_s: int) -> int:
    """Every way to put blocks into shelters, one after the other."""
    states = {tuple(few.places.tolist()): 0}
    for people, row in zip(few.people.tolist(), few.seconds.tolist(), strict=True):
        after: dict[tuple[int, ...], int] = {}
        for places, cost in states.items():
            options = [(places, cost + people * unserved_s)]
            options += [
                (tuple(p - people * (k == j) for k, p in enumerate(places)), cost + people * int(row[j]))
                for j in range(len(places))
                if np.isfinite(row[j]) and places[j] >= people
            ]
            for left, total in options:
                after[left] = min(total, after.get(left, total))
        states = after
    return min(states.values())


def test_a_large_plan_of_whole_blocks_tells_how_far_from_the_bound_it_is():
    allocation = draw_town(blocks=200, shelters=20).allocate(whole_blocks=True, time_limit_s=1.0)
    assert 0 < allocation.gap < 0.05
    assert allocation.unserved_people == 0


# Made again


def test_where_it_costs_nothing_everybody_stays():
    level = town([50, 50, 50], [60, 60, 60], [[300] * 3] * 3)
    before = level.allocate()
    again = replace(level, seconds=level.seconds[:, ::-1].copy()).allocate(previous=before.assignments)
    assert placed(again) == placed(before)


@settings(max_examples=40, deadline=None)
@given(towns(), towns())
def test_keeping_people_where_they_were_never_costs_a_second(drawn: Town, other: Town):
    before = other.allocate().assignments
    assert drawn.allocate(previous=before).cost_s == drawn.allocate().cost_s


@pytest.mark.parametrize(
    ("stability_s", "shelter", "because"),
    [
        (0, "s1", "a minute is saved"),
        (59, "s1", "a minute is more than the weight"),
        (61, "s0", "a minute is less than the weight"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_weight_keeps_people_where_they_are(stability_s: int, shelter: str, because: str):
    before = town([40], [50, 50], [[300, 600]]).allocate().assignments
    now = town([40], [50, 50], [[300, 240]])
    again = now.allocate(previous=before, stability_s=stability_s)
    assert placed(again) == {("b0", shelter): 40}


def test_when_a_shelter_falls_out_it_is_told_who_moves():
    drawn = town([40, 30], [50, 50], [[300, 600], [900, 300]])
    before = drawn.allocate()
    after = replace(drawn, places=np.array([0, 50])).allocate(previous=before.assignments)
    change = compare(before.assignments, after)
    assert change.moves == (Move("b0", 20, "s0", "s1"), Move("b0", 20, "s0", None))
    assert (change.stayed_people, change.moved.value) == (30, 40)


def test_people_new_in_a_block_do_not_count_as_moved():
    before = town([40], [50, 50], [[300, 600]]).allocate()
    after = town([60], [50, 50], [[300, 600]]).allocate(previous=before.assignments)
    change = compare(before.assignments, after)
    assert {(move.people, move.from_shelter_id, move.to_shelter_id) for move in change.moves} == {
        (10, None, "s0"),
        (10, None, "s1"),
    }
    assert change.moved.value == 0


def test_a_whole_block_stays_where_that_costs_nothing():
    level = town([50, 50, 50], [60, 60, 60], [[300] * 3] * 3)
    before = level.allocate(whole_blocks=True)
    again = replace(level, seconds=level.seconds.copy()).allocate(
        whole_blocks=True, previous=before.assignments
    )
    assert placed(again) == placed(before)


def test_the_hazard_of_an_order_is_named_in_chinese():
    assert RULES.get_hazard("flood") == Hazard("flood", "洪水", None, frozenset({"above_flood"}))
