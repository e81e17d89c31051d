"""Drafts are edited part by part: references follow, a plan stays whole, triggers grow and shrink."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.plan_files import load_plans
from emergency.rules.plans import trigger_tree
from emergency.rules.plans.document import Plan
from emergency.rules.plans.editing import (
    PART_KINDS,
    BadPlanPart,
    NoSuchPart,
    PartKind,
    Place,
    PlanPartCodeTaken,
    PlanPartInUse,
    change_trigger,
    put_part,
    read_part,
    remove_part,
    shift_part,
)
from emergency.rules.plans.reading import PlanHasCycle
from emergency.rules.plans.trigger_tree import ConditionTooDeep, NoSuchCondition, branches
from gis_core.errors import CitygridError
from tests.case_city import baoji

FLOOD: Plan = next(one for one in load_plans(baoji()) if one.code == "BJ-FX")
FIRST = FLOOD.tasks[0]
SECOND = FLOOD.tasks[1].code
WAITS = {"depends_on": ["X"]}
NOTHING = {"measure": "x"}
RAIN = {"measure": "rain_mm", "area": "610302", "hours": 6, "at_least": 80}


def places_of(plan: Plan) -> list[Place]:
    lists = {
        "basis": [one.key for one in plan.legal_basis],
        "chapter": [one.code for one in plan.chapters],
        "section": [f"{one.code}/{part.code}" for one in plan.chapters for part in one.sections],
        "level": [str(one.level) for one in plan.levels],
        "group": [one.code for one in plan.groups],
        "task": [one.code for one in plan.tasks],
        "test": [one.name for one in plan.tests],
    }
    return [Place(kind, key) for kind in PART_KINDS for key in lists.get(kind, [""])]


@pytest.mark.parametrize("place", places_of(FLOOD), ids=lambda place: place.words)
def test_a_part_that_is_put_back_as_it_was_changes_nothing(place: Place) -> None:
    assert put_part(FLOOD, place, read_part(FLOOD, place)) == FLOOD


@pytest.mark.parametrize("kind", ["head", "command", "termination"])
def test_what_a_plan_has_once_is_nowhere_in_a_list(kind: PartKind) -> None:
    with pytest.raises(NoSuchPart, match="只有一份"):
        shift_part(FLOOD, Place(kind), -1)


def test_a_code_that_changes_is_followed_by_what_refers_to_it() -> None:
    waiting = [one.code for one in FLOOD.tasks if FIRST.code in one.depends_on]
    tested = [one.name for one in FLOOD.tests if FIRST.code in (*one.expect.tasks, *one.expect.without)]
    after = put_part(FLOOD, Place("task", FIRST.code), {"code": "FX-1000"})
    assert waiting
    assert [one.code for one in after.tasks if "FX-1000" in one.depends_on] == waiting
    assert [
        one.name for one in after.tests if "FX-1000" in (*one.expect.tasks, *one.expect.without)
    ] == tested
    assert FIRST.code not in after.model_dump_json()

    group = FLOOD.groups[0].code
    after = put_part(FLOOD, Place("group", group), {"code": "renamed"})
    assert {
        one.group for one in after.tasks if one.code in {t.code for t in FLOOD.tasks if t.group == group}
    } == {"renamed"}

    after = put_part(FLOOD, Place("basis", "ERL"), {"key": "LAW"})
    assert '"ERL:' not in after.model_dump_json()
    assert after.model_dump_json().count('"LAW:') == FLOOD.model_dump_json().count('"ERL:')


def test_a_task_that_is_gone_is_waited_for_by_nobody() -> None:
    after = remove_part(FLOOD, Place("task", FIRST.code))
    assert len(after.tasks) == len(FLOOD.tasks) - 1
    assert FIRST.code not in json.dumps(after.model_dump(mode="json")["tasks"])


def test_parts_are_added_and_moved() -> None:
    section = {"code": "new-one", "title": "新的一节", "text": "写在最后"}
    chapter = FLOOD.chapters[0]
    after = put_part(FLOOD, Place("section", f"{chapter.code}/"), section)
    assert after.chapters[0].sections[-1].title == "新的一节"
    moved = shift_part(after, Place("section", f"{chapter.code}/new-one"), -1)
    assert [one.code for one in moved.chapters[0].sections][-2] == "new-one"
    assert (
        shift_part(moved, Place("section", f"{chapter.code}/new-one"), -99).chapters[0].sections[0].code
        == "new-one"
    )

    without = remove_part(FLOOD, Place("level", "1"))
    level = {**read_part(FLOOD, Place("level", "1"))}
    del level["trigger"]
    assert put_part(without, Place("level"), level).find_level(1).trigger is None  # type: ignore[union-attr]


def circle(plan: Plan) -> Plan:
    second = next(one for one in plan.tasks if FIRST.code in one.depends_on)
    return put_part(plan, Place("task", FIRST.code), {"depends_on": [second.code]})


REFUSED = [
    ("no such task", lambda p: read_part(p, Place("task", "FX-0")), NoSuchPart),
    ("no such chapter", lambda p: put_part(p, Place("section", "nowhere/"), {"code": "x"}), NoSuchPart),
    ("a code twice", lambda p: put_part(p, Place("task", FIRST.code), {"code": SECOND}), PlanPartCodeTaken),
    ("a level twice", lambda p: put_part(p, Place("level", "1"), {"level": 2}), PlanPartCodeTaken),
    ("a group with tasks", lambda p: remove_part(p, Place("group", FIRST.group)), PlanPartInUse),
    ("a plan without command", lambda p: remove_part(p, Place("command")), PlanPartInUse),
    ("waits for nobody", lambda p: put_part(p, Place("task", FIRST.code), WAITS), BadPlanPart),
    ("waits in a circle", circle, PlanHasCycle),
    ("no words", lambda p: put_part(p, Place("task", FIRST.code), {"text": " "}), BadPlanPart),
    ("no number", lambda p: put_part(p, Place("task", FIRST.code), {"takes_min": "bald"}), BadPlanPart),
    ("no post", lambda p: put_part(p, Place("command"), {"commander": "Herr Müller"}), BadPlanPart),
    ("hours without end", lambda p: put_part(p, Place("level", "1"), {"expected_hours": 1e9}), BadPlanPart),
    ("an unknown field", lambda p: put_part(p, Place("task", FIRST.code), {"x": 1}), BadPlanPart),
    ("a condition of nothing", lambda p: change_trigger(p, "3", trigger_tree.add("", NOTHING)), BadPlanPart),
    ("no such condition", lambda p: change_trigger(p, "3", trigger_tree.drop("0.9")), NoSuchCondition),
    ("no path", lambda p: change_trigger(p, "3", trigger_tree.put("a.b", RAIN)), NoSuchCondition),
]  # fmt: skip


@pytest.mark.parametrize(("because", "edit", "refusal"), REFUSED, ids=[row[0] for row in REFUSED])
def test_an_edit_that_would_break_the_plan_is_refused(
    because: str, edit: Any, refusal: type[CitygridError]
) -> None:
    with pytest.raises(refusal, match="。"):
        edit(FLOOD)


def tree_of(plan: Plan, level: int = 3) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = read_part(plan, Place("level", str(level)))["trigger"]
    return found


def test_a_trigger_grows_and_shrinks() -> None:
    none = change_trigger(FLOOD, "3", lambda tree: None)
    assert tree_of(none) is None
    one = change_trigger(none, "3", trigger_tree.add("", RAIN))
    two = change_trigger(one, "3", trigger_tree.add("", {"measure": "event_level", "at_least": 3}))
    shown = [(b.path, b.join, b.words) for b in branches(two.find_level(3).trigger)]  # type: ignore[union-attr]
    assert shown == [
        ("", "any", "满足其一"),
        ("0", None, "610302 任一雨量站 6 小时雨量 ≥ 80 毫米"),
        ("1", None, "事件级别为较大（Ⅲ级）及以上"),
    ]
    grouped = change_trigger(two, "3", trigger_tree.wrap("0", "all"))
    both = change_trigger(
        grouped, "3", trigger_tree.add("0", {"measure": "silence_min", "gauge": "甲", "at_least": 60})
    )
    assert [b.path for b in branches(both.find_level(3).trigger)] == ["", "0", "0.0", "0.1", "1"]  # type: ignore[union-attr]
    turned = change_trigger(both, "3", trigger_tree.wrap("", "all"))
    assert branches(turned.find_level(3).trigger)[0].words == "同时满足"  # type: ignore[union-attr]
    never = change_trigger(turned, "3", trigger_tree.wrap("1", "not"))
    gone = change_trigger(never, "3", trigger_tree.drop("1.0"))
    last = change_trigger(change_trigger(gone, "3", trigger_tree.drop("0.1")), "3", trigger_tree.drop("0.0"))
    assert tree_of(last) is None


def test_groups_are_not_nested_without_end() -> None:
    plan, paths = (
        change_trigger(FLOOD, "3", lambda tree: RAIN),
        ["", "0", "0.0", "0.0.0", "0.0.0.0", "0.0.0.0.0"],
    )
    for path in paths:
        plan = change_trigger(plan, "3", trigger_tree.wrap(path, "not"))
    with pytest.raises(ConditionTooDeep):
        change_trigger(plan, "3", trigger_tree.wrap(f"{paths[-1]}.0", "not"))


CONDITIONS = st.recursive(
    st.integers(1, 4).map(lambda n: {"measure": "event_level", "at_least": n}),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda many: {"any": many}),
        st.lists(inner, min_size=1, max_size=3).map(lambda many: {"all": many}),
        inner.map(lambda one: {"not": one}),
    ),
    max_leaves=8,
)


@given(tree=CONDITIONS, data=st.data())
def test_what_is_added_is_found_and_dropped_again(tree: dict[str, Any], data: st.DataObject) -> None:
    plan = change_trigger(FLOOD, "3", lambda _: tree)
    shown = branches(plan.find_level(3).trigger)  # type: ignore[union-attr]
    group = data.draw(st.sampled_from([one for one in shown if one.join in ("all", "any")] or [shown[0]]))
    grown = trigger_tree.add(group.path, RAIN)(tree)
    members = [
        one.path for one in branches(change_trigger(FLOOD, "3", lambda _: grown).find_level(3).trigger)
    ]  # type: ignore[union-attr]
    assert len(members) == len(shown) + (1 if group.join in ("all", "any") else 2)
    for branch in shown:
        assert trigger_tree.put(branch.path, trigger_tree.find(tree, branch.path))(tree) == tree
    last = max((one for one in members if one), key=lambda path: path.count("."), default="")
    assert trigger_tree.drop(last)(grown) != grown
