"""Several plans become one command and one list of tasks; a change of level is exactly the difference."""

import json
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.rules.plans.changing import ActivationHasChanged, apply, difference, stand_down
from emergency.rules.plans.composing import (
    Composition,
    NoSuchLevel,
    NotACommander,
    NothingToActivate,
    PlanAtLevel,
    PlanChosenTwice,
    PlanNotInForce,
    bind,
    compose,
)
from emergency.rules.plans.document import Plan
from emergency.rules.plans.frozen import FrozenPlanChanged, freeze, thaw
from emergency.rules.plans.resources import Stock, balance
from emergency.rules.plans.task_graph import schedule
from tests.plan_maker import ON, RULES, STAFF, group, level, make_plan, plan_data, task

PUMPS = {"kind": "pump", "name": "泵车", "quantity": 4, "unit": "台"}
FLOOD = make_plan(
    groups=[group("G1", "water", members=["BJ-GA"]), group("G2", "medical", lead="BJ-GA")],
    tasks=[
        task("A", family="report", due_offset_min=30),
        task("B", text="封闭 危险路段。", depends_on=["A"], resources=[PUMPS]),
        task("C", 3, family="move"),
        task("D", 2, group="G2"),
    ],
)
GAS = make_plan(
    code="RQ",
    name="燃气预案",
    command={"name": "燃气指挥部", "commander": "BJ-YJ", "office": "BJ-YJ"},
    groups=[group("G1", "water", lead="BJ-YJ"), group("G3", "order", lead="BJ-GA")],
    tasks=[
        task("A", family="report", due_offset_min=20, evidence="photo"),
        task("B", text="封闭危险路段", resources=[PUMPS | {"quantity": 6}]),
        task("C", group="G3", depends_on=["A"]),
        task("D", 3, group="G3", family="move"),
    ],
)


def at(*chosen: tuple[Plan, int], **more: Any) -> Composition:
    return compose([PlanAtLevel(plan, number) for plan, number in chosen], on=ON, **more)


def ids(composition: Composition) -> list[str]:
    return sorted(task.id for task in composition.tasks)


def test_a_level_has_its_own_tasks_and_those_of_milder_ones() -> None:
    assert ids(at((FLOOD, 4))) == ["FX/A", "FX/B"]
    assert ids(at((FLOOD, 2))) == ["FX/A", "FX/B", "FX/C", "FX/D"]


def test_tasks_of_one_family_or_one_text_are_merged_and_keep_their_sources() -> None:
    both = at((FLOOD, 4), (GAS, 4))
    assert ids(both) == ["FX/A", "FX/B", "RQ/C"]
    report = both.tasks[0]
    assert [source.plan_code for source in report.sources] == ["FX", "RQ"]
    assert (report.due_offset_min, report.evidence) == (20, ("report", "photo"))
    assert report.posts == ("department@BJ-SL", "department@BJ-YJ")


def test_what_waits_for_a_merged_task_waits_for_the_one_there_is() -> None:
    waiting = next(one for one in at((FLOOD, 4), (GAS, 4)).tasks if one.id == "RQ/C")
    assert waiting.depends_on == ("FX/A",)


def test_a_merged_task_needs_its_resources_once() -> None:
    merged = next(one for one in at((FLOOD, 4), (GAS, 4)).tasks if one.id == "FX/B")
    assert [demand.quantity for demand in merged.resources] == [6]


def test_a_task_keeps_its_id_when_only_the_later_plan_has_it_yet() -> None:
    mixed = at((FLOOD, 4), (GAS, 3))
    assert "FX/C" in ids(mixed)
    move = next(one for one in mixed.tasks if one.id == "FX/C")
    assert [source.plan_code for source in move.sources] == ["RQ"]


def test_tasks_of_one_plan_are_never_merged_with_each_other() -> None:
    twins = make_plan(tasks=[task("A", family="x"), task("B", family="x")])
    assert ids(at((twins, 4))) == ["FX/A", "FX/B"]


def test_merging_never_makes_tasks_wait_for_each_other() -> None:
    one = make_plan(tasks=[task("A", family="a"), task("B", family="b", depends_on=["A"])])
    other = make_plan(code="RQ", tasks=[task("B", family="b"), task("A", family="a", depends_on=["B"])])
    both = at((one, 4), (other, 4))
    assert set(schedule(both.tasks).order) == {"FX/A", "FX/B", "RQ/A"}
    assert [found.code for found in both.standing.undecided] == ["kept_apart"]


def test_groups_are_merged_by_role() -> None:
    groups = {found.role: found for found in at((FLOOD, 4), (GAS, 4)).standing.groups}
    assert sorted(groups) == ["medical", "order", "water"]
    assert groups["water"].lead == "department@BJ-SL"
    assert groups["water"].further_leads == ("department@BJ-YJ",)
    assert groups["water"].members == ("department@BJ-GA",)


def test_a_unit_that_leads_groups_of_several_plans_is_shown() -> None:
    booked = at((FLOOD, 4), (GAS, 4), names=STAFF).standing.double_booked
    assert [(found.post, found.leads) for found in booked] == [("department@BJ-GA", ("medical组", "order组"))]
    assert booked[0].sentence.startswith("市公安局同时编入")


def test_a_plan_alone_books_nobody_twice_as_it_weighed_that_itself() -> None:
    assert at((FLOOD, 1)).standing.double_booked == ()


def test_two_commanders_must_be_decided_by_a_person() -> None:
    both = at((FLOOD, 4), (GAS, 3), names=STAFF)
    assert both.standing.command.commander == "department@BJ-YJ"
    assert not both.may_be_confirmed
    assert "现场只能有一位" in both.standing.undecided[0].sentence


def test_a_commander_once_chosen_leads_and_the_other_is_deputy() -> None:
    both = at((FLOOD, 4), (GAS, 3), commander="leader@BJ-ZH")
    assert both.standing.command.commander == "leader@BJ-ZH"
    assert both.standing.command.deputies == ("department@BJ-YJ",)
    assert both.may_be_confirmed


def test_the_strictest_report_clock_holds() -> None:
    strict = make_plan(code="RQ", levels=[level(4, report={"to": ["省政府"], "phone_min": 20})])
    orders = at((FLOOD, 4), (strict, 4)).standing.orders
    assert (orders.report_phone_min, orders.report_to) == (20, ("市政府", "省政府"))


def test_what_the_law_wants_stated_on_activation_is_there() -> None:
    orders = at((FLOOD, 4)).standing.orders
    assert (orders.expected_hours, orders.measures, orders.activators) == (12, ("巡查",), ("leader@BJ-ZH",))


DRAFT = make_plan(state="draft")
REFUSED: list[tuple[list[tuple[Plan, int]], dict[str, Any], type[Exception], str]] = [
    ([], {}, NothingToActivate, "no plan"),
    ([(FLOOD, 4), (FLOOD, 3)], {}, PlanChosenTwice, "a plan at two levels"),
    ([(make_plan(levels=[level(4)]), 1)], {}, NoSuchLevel, "a level that the plan lacks"),
    ([(FLOOD, 9)], {}, NoSuchLevel, "a level that does not exist"),
    ([(DRAFT, 4)], {}, PlanNotInForce, "a draft"),
    ([(make_plan(state="retired"), 4)], {}, PlanNotInForce, "a plan of the past"),
    ([(make_plan(effective_from=date(2026, 11, 2)), 4)], {}, PlanNotInForce, "a plan of tomorrow"),
    ([(FLOOD, 4)], {"commander": "department@BJ-GA"}, NotACommander, "a commander of no plan"),
]


@pytest.mark.parametrize(("chosen", "more", "error", "because"), REFUSED, ids=[row[3] for row in REFUSED])
def test_what_cannot_be_activated_is_refused(
    chosen: list[tuple[Plan, int]], more: dict[str, Any], error: type[Exception], because: str
) -> None:
    with pytest.raises(error, match=r"。$"):
        at(*chosen, **more)


def test_a_drill_may_practise_a_draft() -> None:
    assert ids(at((DRAFT, 4), is_drill=True)) == ["FX/A", "FX/B"]


def test_tasks_are_bound_to_departments_and_people_on_duty() -> None:
    (first, *_) = bind(at((FLOOD, 4)).tasks, STAFF, ON)
    assert (first.department, first.post) == ("BJ-SL", "department@BJ-SL")
    assert first.sentence == "市水利局：联络员1"


def test_a_task_for_which_nobody_is_on_duty_says_so() -> None:
    away = replace(STAFF, contacts=tuple(replace(one, on_duty=False) for one in STAFF.contacts))
    (first, *_) = bind(at((FLOOD, 4)).tasks, away, ON)
    assert first.contact is None
    assert "现在无人在岗" in first.sentence


def test_an_expired_contact_is_not_bound() -> None:
    (first, *_) = bind(at((FLOOD, 4)).tasks, STAFF, date(2028, 1, 1))
    assert first.contact is None


def test_raising_adds_only_what_is_new() -> None:
    change = difference(at((FLOOD, 4)), at((FLOOD, 3)))
    assert [one.id for one in change.added] == ["FX/C"]
    assert [one.id for one in change.kept] == ["FX/A", "FX/B"]
    assert (change.withdrawn, change.changed) == ((), ())
    told = "防汛预案由四级响应提升为三级响应：新增任务 1 项，撤回 0 项，调整 0 项，不变 2 项。"
    assert change.sentence == told


def test_lowering_withdraws_only_what_is_no_longer_wanted() -> None:
    change = difference(at((FLOOD, 2)), at((FLOOD, 4)))
    assert [one.id for one in change.withdrawn] == ["FX/C", "FX/D"]
    assert (change.added, change.changed) == ((), ())


def test_a_second_plan_changes_shared_tasks_and_keeps_the_others() -> None:
    change = difference(at((FLOOD, 4)), at((FLOOD, 4), (GAS, 4), commander="leader@BJ-ZH"))
    assert [one.id for one in change.added] == ["RQ/C"]
    assert [one.after.due_offset_min for one in change.changed] == [20, 60]
    assert change.groups_added == ("order组",)


def test_a_difference_made_for_another_state_is_refused() -> None:
    change = difference(at((FLOOD, 4)), at((FLOOD, 3)))
    with pytest.raises(ActivationHasChanged, match="刷新"):
        apply(change, at((FLOOD, 2)))


def test_standing_down_calls_off_the_rest_and_says_what_the_law_wants_next() -> None:
    end = stand_down(at((FLOOD, 3)), done={"FX/A"}, rules=RULES)
    assert [one.id for one in end.done] == ["FX/A"]
    assert [one.id for one in end.called_off] == ["FX/B", "FX/C"]
    assert "department@BJ-GA" in end.released
    assert "destroy_personal_data" in [one.code for one in end.follow_ups]


def test_a_composition_is_plain_data_that_can_be_stored() -> None:
    stored = json.dumps(asdict(at((FLOOD, 2), (GAS, 3))), default=lambda one: one.model_dump(mode="json"))
    assert "FX/C" in stored


def test_a_frozen_version_is_the_plan_as_it_was() -> None:
    frozen = freeze(FLOOD)
    assert thaw(frozen) == FLOOD
    assert frozen.sha256 == freeze(make_plan(**FLOOD.model_dump(by_alias=True))).sha256
    assert at((FLOOD, 4)).standing.plans[0].sha256 == frozen.sha256


def test_the_smallest_change_gives_another_hash() -> None:
    assert freeze(make_plan(hazards=["洪水"])).sha256 != freeze(make_plan(hazards=["洪水。"])).sha256


def test_a_tampered_copy_is_refused() -> None:
    frozen = freeze(FLOOD)
    with pytest.raises(FrozenPlanChanged):
        thaw(replace(frozen, content=frozen.content.replace("洪水", "旱灾")))


STOCKS = [
    ([Stock("pump", 4, "台"), Stock("pump", 2, "台")], 0, "够用", "several stores are added"),
    ([Stock("pump", 1, "台")], 5, "缺 5 台", "too few"),
    ([Stock("pump", 9, "套")], 6, "现有数量不明", "another unit is another thing"),
    ([], 6, "现有数量不明", "nothing is known"),
]


@pytest.mark.parametrize(("stocks", "short", "told", "because"), STOCKS, ids=[row[3] for row in STOCKS])
def test_demands_are_held_against_what_is_at_hand(
    stocks: list[Stock], short: float, told: str, because: str
) -> None:
    (found,) = balance(at((FLOOD, 4), (GAS, 4)).tasks, stocks)
    assert (found.wanted, found.short, found.task_ids) == (6, short, ("FX/B",))
    assert told in found.sentence


FAMILIES = st.sampled_from([None, None, "report", "move", "road", "water"])


@st.composite
def plans(draw: st.DrawFn, code: str) -> Plan:
    """A plan with any tasks without a circle, some of families that other plans have, too."""
    tasks: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 8))):
        before = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        tasks.append(
            task(
                f"T{number}",
                draw(st.integers(1, 4)),
                family=draw(FAMILIES),
                takes_min=draw(st.integers(0, 30)),
                due_offset_min=draw(st.integers(0, 300)),
                depends_on=[f"T{one}" for one in sorted(before)],
            )
        )
    return make_plan(**plan_data(code=code, tasks=tasks, tests=[]))


STEPS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=2, max_size=5)


@given(plans("AA"), plans("BB"), STEPS)
@settings(max_examples=60, deadline=None)
def test_any_walk_of_raises_and_lowers_ends_where_direct_activation_would(
    one: Plan, other: Plan, steps: list[tuple[int, int]]
) -> None:
    states = [at((one, first), (other, second)) for first, second in steps]
    walked = states[0]
    for state in states[1:]:
        walked = apply(difference(walked, state), walked)
    assert walked == states[-1]


@given(plans("AA"), plans("BB"), st.tuples(*[st.integers(1, 4)] * 4))
@settings(max_examples=60, deadline=None)
def test_a_difference_and_its_opposite_leave_everything_as_it_was(
    one: Plan, other: Plan, levels: tuple[int, int, int, int]
) -> None:
    before, after = at((one, levels[0]), (other, levels[1])), at((one, levels[2]), (other, levels[3]))
    there = difference(before, after)
    assert apply(difference(after, before), apply(there, before)) == before
    assert {task.id for task in there.added} == set(ids(after)) - set(ids(before))
    assert {task.id for task in there.withdrawn} == set(ids(before)) - set(ids(after))


@given(plans("AA"), plans("BB"), st.integers(1, 4), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_merged_tasks_can_always_be_put_in_order_and_lose_no_source(
    one: Plan, other: Plan, first: int, second: int
) -> None:
    both = at((one, first), (other, second))
    assert len(schedule(both.tasks).order) == len(both.tasks)
    sources = sorted(f"{found.plan_code}/{found.task_code}" for task in both.tasks for found in task.sources)
    wanted = [("AA", found) for found in one.tasks_at(first)] + [
        ("BB", found) for found in other.tasks_at(second)
    ]
    assert sources == sorted(f"{code}/{found.code}" for code, found in wanted)
