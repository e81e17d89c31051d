"""A plan's file is read, or a Chinese sentence says what is wrong and where."""

from typing import Any

import pytest
import yaml

from emergency.rules.plans.document import Plan
from emergency.rules.plans.reading import BadPlan, PlanHasCycle, parse_plan
from tests.plan_maker import level, make_plan, plan_data, task

BOMB = "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n"
DEEP = "trigger: " + "{not: " * 80 + "x" + "}" * 80


def written(**more: Any) -> str:
    return yaml.safe_dump(plan_data(**more), allow_unicode=True)


def test_a_plan_written_down_is_read_as_it_was() -> None:
    assert parse_plan(written()) == make_plan()


def test_a_plan_outlives_json() -> None:
    plan = make_plan()
    assert Plan.model_validate_json(plan.model_dump_json(by_alias=True)) == plan


def with_trigger(trigger: Any) -> str:
    return written(levels=[level(4, trigger=trigger)])


BAD = [
    ("", "整个文件", "an empty file"),
    ("code: [", "第 1 行", "an unfinished list"),
    (BOMB, "& 与 *", "references that would make a small file large"),
    (DEEP, "嵌套超过 60 层", "a condition nested without end"),
    ("code: A\ncode: B\n", "code 写了两次", "a key written twice"),
    ("x" * 2_000_001, "200 万字", "a file that is no plan but a book"),
    (written(kind="secret"), "只能是", "a kind that does not exist"),
    (written(colour="red"), "没有这个名称", "a field nobody knows"),
    (written(owner="市水利局"), "岗位写作", "an owner by name instead of code"),
    (written(tasks=[task("A", takes_min=-5)]), "数值不对", "a task that takes less than no time"),
    (written(tasks=[{"code": "A"}]), "缺少这一项", "a task without anything"),
    (written(version="一"), "写法或数值不对", "a version in characters"),
    (with_trigger({"rain": 50}), "不是启动条件", "a condition that says no measurement"),
    (with_trigger({"measure": "luck"}), "没有这个监测项", "a measurement that does not exist"),
    (with_trigger({"any": []}), "不能为空", "any of nothing"),
    (with_trigger({"measure": "flow_m3_s", "gauge": "甲"}), "写下限", "a flow without a number"),
    (
        with_trigger({"measure": "flow_m3_s", "gauge": "甲", "at_least": float("nan")}),
        "不对",
        "a flow of no number",
    ),
    (
        with_trigger({"measure": "flow_m3_s", "gauge": "甲", "at_least": 1, "more_than": 2}),
        "写下限",
        "two lower bounds",
    ),
    (with_trigger({"__import__('os')": 1}), "不是启动条件", "a program instead of a condition"),
    ("!!python/object/apply:os.getcwd []", "不是可读的 YAML", "a program instead of a plan"),
]


@pytest.mark.parametrize(("text", "told", "because"), BAD, ids=[row[2] for row in BAD])
def test_a_bad_file_is_refused_with_its_fault(text: str, told: str, because: str) -> None:
    with pytest.raises(BadPlan) as refused:
        parse_plan(text, "防汛.yaml")
    assert told in refused.value.message
    assert refused.value.message.startswith("防汛.yaml")


def test_a_fault_is_named_with_its_place() -> None:
    with pytest.raises(BadPlan) as refused:
        parse_plan(written(tasks=[task("A"), task("B", evidence="film")]))
    assert "tasks 第 2 项 evidence 只能是" in refused.value.message


def test_a_plan_whose_tasks_wait_for_each_other_is_refused_and_the_circle_named() -> None:
    tasks = [task("A", depends_on=["C"]), task("B", depends_on=["A"]), task("C", depends_on=["B"])]
    with pytest.raises(PlanHasCycle) as refused:
        parse_plan(written(tasks=tasks))
    assert sorted(refused.value.facts["cycle"]) == ["A", "B", "C"]  # type: ignore[call-overload]
    assert "任务互相等待" in refused.value.message


def test_a_task_that_waits_for_itself_is_a_circle() -> None:
    with pytest.raises(PlanHasCycle, match="A → A"):
        parse_plan(written(tasks=[task("A", depends_on=["A"])]))


def test_the_circle_is_told_in_the_order_of_waiting() -> None:
    tasks = [task("A", depends_on=["B"]), task("B", depends_on=["A"]), task("C")]
    with pytest.raises(PlanHasCycle, match=r"A → B → A|B → A → B"):
        parse_plan(written(tasks=tasks))
