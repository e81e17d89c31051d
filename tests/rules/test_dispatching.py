"""Whom to send: one incident by rank, several tasks by rounds."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.rules.dispatching import BadDispatching, Demand, Resource, rank
from emergency.rules.ids import IdsTwice
from emergency.rules.rounds import BadRounds, Rounds, Task, Team, plan_rounds

UNIT = Resource("r", "一队", 300, frozenset({"破拆"}), rested_h=8, crew=5, least_crew=4)


def ranked(*resources: Resource, demand: Demand = Demand(), band_s: float = 60.0) -> list[str]:  # noqa: B008
    return [one.resource.id for one in rank(resources, demand, band_s=band_s)[0]]


@pytest.mark.parametrize(
    ("other", "order", "because"),
    [
        (replace(UNIT, id="a", travel_s=200), ["a", "r"], "it is there sooner"),
        (
            replace(UNIT, id="a", travel_s=340, skills=frozenset({"破拆", "潜水"})),
            ["a", "r"],
            "it can do more",
        ),
        (replace(UNIT, id="a", travel_s=340, rested_h=12), ["a", "r"], "it is better rested"),
        (replace(UNIT, id="a", travel_s=340, uncovered_people=900), ["r", "a"], "it leaves people uncovered"),
        (replace(UNIT, id="a", travel_s=301), ["r", "a"], "all else is equal"),
        (replace(UNIT, id="a", travel_s=400, rested_h=20), ["r", "a"], "rest does not make up for minutes"),
        (
            replace(UNIT, id="a", travel_s=340, skills=frozenset({"破拆", "潜水"}), rested_h=1),
            ["a", "r"],
            "skills come before rest",
        ),
        (
            replace(UNIT, id="a", travel_s=340, rested_h=12, uncovered_people=9_000),
            ["a", "r"],
            "rest comes before coverage",
        ),
        (replace(UNIT, id="a"), ["a", "r"], "the id decides at last"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_of_two_units_goes_first(other: Resource, order: list[str], because: str):
    assert ranked(UNIT, other, demand=Demand(wanted=frozenset({"破拆", "潜水"}))) == order


@pytest.mark.parametrize(
    ("unit", "codes", "why", "because"),
    [
        (replace(UNIT, travel_s=math.inf), ("no_way",), "没有路可到", "no road leads there"),
        (replace(UNIT, skills=frozenset()), ("lacks_skills",), "缺少必需技能：破拆", "it cannot do the work"),
        (replace(UNIT, rested_h=3), ("tired",), "休息不足：3 小时，至少 6 小时", "it came off a shift"),
        (replace(UNIT, crew=3), ("crew_short",), "在岗 3 人，少于最低 4 人", "a seat is empty"),
        (
            replace(UNIT, travel_s=math.inf, crew=3),
            ("no_way", "crew_short"),
            "没有路可到；在岗 3 人，少于最低 4 人",
            "every reason is told",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value and value.isascii() else "",
)
def test_a_unit_is_not_sent(unit: Resource, codes: tuple[str, ...], why: str, because: str):
    going, (not_sent,) = rank([unit], Demand(must_have=frozenset({"破拆"}), least_rest_h=6))
    assert (going, not_sent.codes, not_sent.why) == ((), codes, why)


def test_a_rank_says_why():
    (first,), _ = rank([replace(UNIT, uncovered_people=1_200)], Demand(wanted=frozenset({"破拆", "潜水"})))
    assert first.why == "5 分钟到达；具备 1/2 项所需技能；已休息 8 小时；派出后 1,200 人暂无覆盖"


def test_without_a_band_every_second_counts():
    assert ranked(UNIT, replace(UNIT, id="a", travel_s=301, rested_h=20), band_s=0) == ["r", "a"]


def test_a_band_below_zero_is_refused():
    with pytest.raises(BadDispatching, match="分档不能小于零"):
        rank([UNIT], Demand(), band_s=-1)


@pytest.mark.parametrize("travel_s", [-1.0, math.nan])
def test_a_unit_is_not_there_before_it_leaves(travel_s: float):
    with pytest.raises(BadDispatching, match="不能小于零"):
        replace(UNIT, travel_s=travel_s)


def test_a_unit_that_stands_twice_is_named():
    with pytest.raises(IdsTwice, match="力量的编号重复：r"):
        rank([UNIT, UNIT], Demand())


# Several tasks


FOUR_PLACES = np.array([[0, 600, 1200, 300], [600, 0, 700, 400], [1200, 700, 0, 1000], [300, 400, 1000, 0.0]])
SKILLED, PLAIN = Team("1", 0, 0, frozenset({"1"})), Team("2", 2)


def stops(rounds: Rounds) -> dict[str, list[str]]:
    return {one.team_id: [stop.task_id for stop in one.stops] for one in rounds.rounds}


def test_the_small_problem_of_vroom_costs_the_same_here():
    rounds = plan_rounds([Task("1", 1), Task("2", 3, skills=frozenset({"1"}))], [SKILLED, PLAIN], FOUR_PLACES)
    assert (rounds.travel_s, list(stops(rounds)), rounds.left) == (1300, ["1"], ())


def test_work_takes_time_and_a_team_waits_for_the_window():
    tasks = [Task("1", 1, takes_s=500), Task("2", 2, from_s=3_000)]
    (only,) = plan_rounds(tasks, [Team("1", 0)], FOUR_PLACES).rounds
    told = [(stop.task_id, stop.arrives_s, stop.begins_s) for stop in only.stops]
    assert told == [("1", 600, 600), ("2", 1_800, 3_000)]


@pytest.mark.parametrize(
    ("task", "code", "because"),
    [
        (Task("t", 1, skills=frozenset({"潜水"})), "no_skill", "nobody dives"),
        (Task("t", 1, load=9), "too_heavy", "no car carries it"),
        (Task("t", 1, until_s=599), "no_way", "the nearest needs 600 seconds"),
        (Task("t", 3, skills=frozenset({"1"}), takes_s=9_000), "no_way", "the shift ends before"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_task_that_nobody_can_do_says_why(task: Task, code: str, because: str):
    teams = [replace(SKILLED, capacity=5, until_s=8_000), replace(PLAIN, capacity=5)]
    assert plan_rounds([task], teams, FOUR_PLACES).left == (("t", code),)


def test_when_not_all_can_be_done_the_urgent_ones_are():
    tasks = [Task("lesser", 1, load=3), Task("urgent", 2, load=3, priority=5)]
    rounds = plan_rounds(tasks, [Team("1", 0, capacity=4)], FOUR_PLACES)
    assert (stops(rounds), rounds.left) == ({"1": ["urgent"]}, (("lesser", "no_room"),))


def test_no_round_goes_where_no_way_leads():
    cut = FOUR_PLACES.copy()
    cut[0, 1] = cut[3, 1] = np.inf
    rounds = plan_rounds([Task("a", 1), Task("b", 3)], [Team("1", 0), PLAIN], cut)
    assert stops(rounds) == {"1": ["b"], "2": ["a"]}


def test_without_teams_every_task_is_left():
    assert plan_rounds([Task("a", 1)], [], FOUR_PLACES).left == (("a", "no_skill"),)


def test_without_tasks_nobody_goes_out():
    assert plan_rounds([], [SKILLED], FOUR_PLACES) == Rounds((), ())


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 2_500)), max_size=5))
def test_every_task_is_done_once_or_left_and_rounds_keep_their_limits(drawn: list[tuple[int, int, int]]):
    tasks = [Task(str(n), place, load=load, until_s=until) for n, (place, load, until) in enumerate(drawn)]
    teams = [replace(SKILLED, capacity=5), replace(PLAIN, capacity=3)]
    rounds = plan_rounds(tasks, teams, FOUR_PLACES)
    done = [stop.task_id for one in rounds.rounds for stop in one.stops]
    assert sorted([*done, *(task_id for task_id, _ in rounds.left)]) == [str(n) for n in range(len(tasks))]
    assert all(
        stop.begins_s <= tasks[int(stop.task_id)].until_s for one in rounds.rounds for stop in one.stops
    )
    assert all(
        sum(tasks[int(stop.task_id)].load for stop in one.stops) <= {"1": 5, "2": 3}[one.team_id]
        for one in rounds.rounds
    )


@pytest.mark.parametrize(
    ("tasks", "teams", "travel_s", "words", "because"),
    [
        ([Task("a", 1)], [SKILLED], np.ones((4, 3)), "必须是方阵", "not every place has a column"),
        ([Task("a", 1)], [SKILLED], -FOUR_PLACES, "不小于零", "back in time"),
        ([Task("a", 1)], [SKILLED], FOUR_PLACES * np.nan, "不小于零", "no numbers"),
        ([Task("a", 4)], [SKILLED], FOUR_PLACES, "不在用时矩阵中", "there is no fifth place"),
        ([Task("a", 1, from_s=9, until_s=8)], [SKILLED], FOUR_PLACES, "先起后止", "it ends before it begins"),
        ([Task("a", 1, priority=101)], [SKILLED], FOUR_PLACES, "优先级", "beyond the most urgent"),
        ([Task("a", 1)], [replace(SKILLED, capacity=-1)], FOUR_PLACES, "载量", "less than nothing"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() else "",
)
def test_rounds_that_cannot_be_are_refused(
    tasks: list[Task], teams: list[Team], travel_s: np.ndarray, words: str, because: str
):
    with pytest.raises(BadRounds, match=words):
        plan_rounds(tasks, teams, travel_s)


def test_a_task_that_stands_twice_is_named():
    with pytest.raises(IdsTwice, match="任务的编号重复：a"):
        plan_rounds([Task("a", 1), Task("a", 2)], [SKILLED], FOUR_PLACES)
