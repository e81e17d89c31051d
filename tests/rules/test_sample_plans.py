"""The six sample plans of Baoji are whole, right by the linter and by their own examples."""

from itertools import combinations

import pytest

from emergency.plan_files import load_plans, load_staff, load_surroundings
from emergency.rules.plans.changing import apply, difference
from emergency.rules.plans.comparing import compare
from emergency.rules.plans.composing import PlanAtLevel, bind, compose
from emergency.rules.plans.conditions import leaves
from emergency.rules.plans.document import LEVELS, Plan
from emergency.rules.plans.drawing import lay_out
from emergency.rules.plans.frozen import freeze, thaw
from emergency.rules.plans.linting import lint
from emergency.rules.plans.own_tests import run_own_tests
from emergency.rules.plans.task_graph import schedule
from tests.plan_maker import BAOJI, ON

PLANS = load_plans(BAOJI)
AROUND = load_surroundings(BAOJI, ON)
BY_CODE = {plan.code: plan for plan in PLANS}
EACH = pytest.mark.parametrize("plan", PLANS, ids=[plan.code for plan in PLANS])
PAIRS = list(combinations(sorted(BY_CODE), 2))
RIVERS = ["晁峪", "固川", "甘峪", "太寅", "塔稍", "清姜", "瓦峪", "石坝", "龙山", "沙", "茵香", "金陵"]


def test_there_are_six_and_each_is_marked_as_sample() -> None:
    assert sorted(BY_CODE) == ["BJ-DZ", "BJ-FX", "BJ-RQ", "BJ-SH", "BJ-WH", "BJ-WS"]
    assert all(plan.is_sample and "示例" in plan.name and plan.status == "assumed" for plan in PLANS)


@EACH
def test_the_linter_finds_nothing(plan: Plan) -> None:
    assert [finding.sentence for finding in lint(plan, AROUND)] == []


@EACH
def test_its_own_examples_come_out(plan: Plan) -> None:
    results = run_own_tests(plan)
    assert {result.name: result.faults for result in results if not result.is_passed} == {}
    assert {test.expect.level for test in plan.tests} >= {None, *LEVELS}


@EACH
def test_it_has_the_size_of_a_real_plan(plan: Plan) -> None:
    assert sorted(level.level for level in plan.levels) == list(LEVELS)
    assert 6 <= len(plan.groups) <= 10
    assert 40 <= len(plan.tasks) <= 80
    assert len(plan.tasks_at(4)) < len(plan.tasks_at(3)) < len(plan.tasks_at(2)) < len(plan.tasks_at(1))


@EACH
def test_every_number_of_a_trigger_says_how_sure_it_is(plan: Plan) -> None:
    numbers = [leaf for level in plan.levels if level.trigger for leaf in leaves(level.trigger)]
    vague = [leaf.words for leaf in numbers if leaf.status is None and leaf.measure != "event_level"]
    assert vague == []
    assert [leaf.words for leaf in numbers if leaf.status == "sourced" and not leaf.source] == []


@EACH
def test_it_can_be_drawn_and_frozen(plan: Plan) -> None:
    assert len(lay_out(schedule(plan.tasks), {}).boxes) == len(plan.tasks)
    assert thaw(freeze(plan)) == plan
    assert compare(plan, thaw(freeze(plan))) == ()


@EACH
def test_its_acute_phase_can_be_planned_by_itself(plan: Plan) -> None:
    acute = [task for task in plan.tasks if task.due_offset_min <= 24 * 60]
    assert 30 <= len(schedule(acute).order) < len(plan.tasks)


@EACH
def test_every_task_of_a_full_activation_finds_somebody(plan: Plan) -> None:
    tasks = compose([PlanAtLevel(plan, 1)], on=ON).tasks
    assert [one.sentence for one in bind(tasks, load_staff(BAOJI), ON) if one.contact is None] == []


def test_the_flood_plan_knows_the_published_alert_flow() -> None:
    level = BY_CODE["BJ-FX"].find_level(3)
    assert level is not None
    assert level.trigger is not None
    assert "林家村站流量 ≥ 2500 立方米每秒" in level.trigger.words


def test_the_flood_plan_names_the_twelve_rivers_of_weibin() -> None:
    text = BY_CODE["BJ-FX"].model_dump_json()
    assert [river for river in RIVERS if river not in text] == []


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=["+".join(pair) for pair in PAIRS])
def test_any_two_can_be_activated_together(one: str, other: str) -> None:
    chosen = [PlanAtLevel(BY_CODE[one], 1), PlanAtLevel(BY_CODE[other], 1)]
    both = compose(chosen, on=ON)
    alone = sum(len(found.plan.tasks) for found in chosen)
    assert len(both.tasks) <= alone - 10
    assert len(schedule(both.tasks).order) == len(both.tasks)
    assert both.may_be_confirmed


def test_flood_and_leak_together_share_calls_reports_and_moving_people() -> None:
    both = compose([PlanAtLevel(BY_CODE["BJ-FX"], 2), PlanAtLevel(BY_CODE["BJ-WH"], 2)], on=ON)
    shared = [task.text for task in both.tasks if len(task.sources) == 2]
    assert "通知指挥部成员单位和各工作组到岗，逐一记录回执" in shared
    assert any("转移低洼处" in text and "上风向室内场所" in text for text in shared)
    booked = {found.post for found in both.standing.double_booked}
    assert "department@BJ-GD" in booked


def test_the_flood_plan_climbs_from_four_to_one_as_if_activated_at_once() -> None:
    states = [compose([PlanAtLevel(BY_CODE["BJ-FX"], level)], on=ON) for level in (4, 3, 2, 1)]
    walked = states[0]
    for state in states[1:]:
        walked = apply(difference(walked, state), walked)
    assert walked == states[-1]
