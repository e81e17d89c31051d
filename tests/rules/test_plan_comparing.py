"""Two versions of a plan are compared in words."""

from typing import Any

import pytest

from emergency.rules.plans.comparing import compare
from tests.plan_maker import STAFF, chapters, flow, group, level, make_plan, task

OLD = make_plan()
TASKS = [task("A"), task("B", depends_on=["A"]), task("C", 3)]


def rewritten(code: str, **more: Any) -> list[dict[str, Any]]:
    return [chapter | more if chapter["code"] == code else chapter for chapter in chapters()]


def with_levels(**more: Any) -> list[dict[str, Any]]:
    return [level(4) | more, *(level(number) for number in (3, 2, 1))]


PUMP = {"kind": "pump", "name": "泵车", "quantity": 2, "unit": "台"}
FITTED = task("A", resources=[PUMP])
MANNED = group("G1", "water", members=["BJ-GA"])
CHANGES: list[tuple[dict[str, Any], str, str]] = [
    ({"version": "1.1"}, "版本由“1.0”改为“1.1”。", "the version"),
    ({"state": "retired"}, "状态由“已批准”改为“已废止”。", "the state in words"),
    ({"owner": "BJ-YJ"}, "编制单位由“市水利局”改为“市应急局”。", "the owner by name"),
    ({"is_sample": True}, "示例标记由“否”改为“是”。", "a yes or no"),
    (
        {"command": {"name": "指挥部", "commander": "BJ-YJ", "office": "BJ-SL"}},
        "指挥机构的总指挥由“指挥中心督办领导”改为“市应急局”。",
        "the commander",
    ),
    (
        {"levels": with_levels(trigger=flow(800))},
        "四级响应的启动条件由“林家村站流量 ≥ 1000 立方米每秒”改为“林家村站流量 ≥ 800 立方米每秒”。",
        "a trigger as people read it",
    ),
    (
        {"levels": with_levels(report={"to": ["市政府"], "phone_min": 20})},
        "四级响应的信息报送由“报市政府：电话 30 分钟”改为“报市政府：电话 20 分钟”。",
        "a clock of reporting",
    ),
    ({"levels": with_levels(expected_hours=6)}, "四级响应的预计持续小时由“12”改为“6”。", "a number"),
    ({"levels": with_levels()[1:]}, "删去四级响应。", "a level gone"),
    ({"tasks": [*TASKS, task("D")]}, "新增任务 D：做好 D。", "a task more"),
    ({"tasks": TASKS[:2]}, "删去任务 C：做好 C。", "a task less"),
    (
        {"tasks": [task("A", due_offset_min=30), *TASKS[1:]]},
        "任务 A的时限分钟由“60”改为“30”。",
        "a due time",
    ),
    ({"tasks": [*TASKS[:2], task("C", 3, depends_on=["B"])]}, "任务 C的前置任务由“无”改为“B”。", "waits"),
    ({"tasks": [FITTED, *TASKS[1:]]}, "任务 A的所需资源由“无”改为“泵车 2 台”。", "demand"),
    (
        {"tasks": [task("A", place={"at": "named", "named": "渡口"}), *TASKS[1:]]},
        "任务 A的地点由“事发现场”改为“指定地点渡口”。",
        "a place",
    ),
    ({"groups": [MANNED]}, "工作组 G1的成员由“无”改为“市公安局”。", "a member"),
    (
        {"chapters": rewritten("annexes", text="本章内容。新的一句。")},
        "“附件”增加“新的一句。”。",
        "a sentence more",
    ),
    ({"chapters": rewritten("annexes", text="别的。")}, "“附件”“本章内容。”改为“别的。”。", "other words"),
    ({"chapters": rewritten("annexes", title="附录")}, "标题由“附件”改为“附录”。", "a title"),
    ({"termination": None}, "删去响应终止。", "no end any more"),
    ({"tests": []}, "删去自测用例 小水。", "an example less"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "told", "because"), CHANGES, ids=[row[2] for row in CHANGES])
def test_a_change_is_told_in_one_sentence(change: dict[str, Any], told: str, because: str) -> None:
    assert [found.sentence for found in compare(OLD, make_plan(**change), STAFF)] == [told]


def test_a_version_does_not_differ_from_itself() -> None:
    assert compare(OLD, make_plan()) == ()


def test_a_section_gone_is_named() -> None:
    sections = [part for part in chapters()[2]["sections"] if part["code"] != "recovery"]
    changes = compare(OLD, make_plan(chapters=rewritten("operation", sections=sections)))
    assert [(found.part, found.kind, found.key) for found in changes] == [("text", "removed", "recovery")]


def test_an_order_of_tasks_alone_is_no_change() -> None:
    assert compare(OLD, make_plan(tasks=TASKS[::-1])) == ()
