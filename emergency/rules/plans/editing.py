"""Edits of a draft, part by part; what refers to a part follows it, and a plan is whole after every edit.

An edit takes a plan and gives another one or refuses. A part is named by its kind and its key: `task`
`FX-101`, `section` `operation/response`, `level` `3`; parts that a plan has once have the key "".
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from emergency.rules.plans.document import Plan
from emergency.rules.plans.reading import MOST_CHARACTERS, need_no_cycle, need_valid
from gis_core.errors import BadInput, NotFound, Refused

Values = Mapping[str, Any]
Tree = dict[str, Any]

PartKind = Literal[
    "head", "basis", "chapter", "section", "command", "level", "group", "task", "termination", "test"
]
PART_KINDS: tuple[PartKind, ...] = get_args(PartKind)
PART_KIND_NAMES: dict[str, str] = {
    "head": "封面", "basis": "依据", "chapter": "章", "section": "节", "command": "指挥机构",
    "level": "响应级别", "group": "工作组", "task": "任务", "termination": "响应终止", "test": "自测用例",
}  # fmt: skip
LISTS: dict[str, tuple[str, str]] = {
    "basis": ("legal_basis", "key"),
    "chapter": ("chapters", "code"),
    "level": ("levels", "level"),
    "group": ("groups", "code"),
    "task": ("tasks", "code"),
    "test": ("tests", "name"),
}
"""Where the parts of a kind stand in the document, and which of their fields is their key."""
HEAD = (
    "name", "kind", "classes", "hazards", "area", "owner", "review_due", "parent", "holder", "is_sample",
    "status", "source",
)  # fmt: skip
NEW: dict[str, Tree] = {"level": {"trigger": None}}
"""What a new part has that its form does not ask for."""
NESTED = ("report", "place")
"""Fields with fields of their own, some of which forms do not ask for."""
ONE_OF_A_KIND = ("head", "command", "termination")
MOST_PARTS = 500
"""Tasks, groups, sections and so on of one plan; the linter and the graph stay quick (assumed)."""


class NoSuchPart(NotFound):
    """The plan has no such part: somebody took it out meanwhile."""

    code = "no_such_plan_part"


class PlanPartCodeTaken(Refused):
    """Another part has this code already."""

    code = "plan_part_code_taken"


class PlanPartInUse(Refused):
    """Others refer to the part, so that it cannot be taken out."""

    code = "plan_part_in_use"


class BadPlanPart(BadInput):
    """What was filled in is no such part."""

    code = "bad_plan_part"


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a plan."""

    kind: PartKind
    key: str = ""

    @property
    def is_new(self) -> bool:
        """A part that is to be added; a section's chapter is known already."""
        return (self.kind in LISTS and not self.key) or (self.kind == "section" and self.key.endswith("/"))

    @property
    def words(self) -> str:
        """The part as people call it."""
        return f"{PART_KIND_NAMES[self.kind]} {self.key}".strip()


def read_part(plan: Plan, place: Place) -> Values:
    """The fields of a part as JSON values.

    :raises NoSuchPart: when the plan does not have it.
    """
    document = _document(plan)
    if place.kind == "head":
        return {name: document[name] for name in HEAD}
    if place.kind == "command":
        return dict(document["command"])
    if place.kind == "termination":
        return dict(document["termination"] or {})
    parts, where = _find(document, place)
    return dict(parts[where])


def put_part(plan: Plan, place: Place, values: Values) -> Plan:
    """The plan with a part as `values` say; a list's part with the key "" is added at the end.

    A code that changes is followed by whatever refers to it. What the editor has no field for stays.

    :raises NoSuchPart, PlanPartCodeTaken, BadPlanPart, PlanHasCycle: nothing has changed then.
    """
    document = _document(plan)
    if place.kind == "head":
        document |= {name: values[name] for name in HEAD if name in values}
    elif place.kind in ONE_OF_A_KIND:
        document[place.kind] = (document[place.kind] or {}) | dict(values)
    elif place.is_new:
        _list_of(document, place).append(NEW.get(place.kind, {}) | dict(values))
    else:
        parts, where = _find(document, place)
        before = parts[where]
        nested = {
            name: before[name] | values[name] for name in NESTED if before.get(name) and values.get(name)
        }
        parts[where] = before | dict(values) | nested
        _follow(document, place.kind, before, parts[where])
    return _whole(document, plan)


def remove_part(plan: Plan, place: Place) -> Plan:
    """The plan without a part; tasks no longer wait for a task that is gone.

    :raises NoSuchPart: when the plan does not have it.
    :raises PlanPartInUse: for a group that has tasks, and for what a plan cannot be without.
    """
    if place.kind in ("head", "command"):
        raise PlanPartInUse(f"{place.words}不能删除，只能修改。")
    document = _document(plan)
    if place.kind == "termination":
        document["termination"] = None
        return _whole(document, plan)
    parts, where = _find(document, place)
    if place.kind == "group" and (busy := [one["code"] for one in _tasks_of(document, place.key)]):
        told = "、".join(busy[:5])
        raise PlanPartInUse(f"{place.words}还有 {len(busy)} 项任务（{told}），没有删除。请先删除或移走任务。")
    del parts[where]
    if place.kind == "task":
        _forget_task(document, place.key)
    return _whole(document, plan)


def shift_part(plan: Plan, place: Place, by: int) -> Plan:
    """The plan with a part moved up (negative) or down its list; at the end of the list it stays.

    :raises NoSuchPart: when the plan does not have it.
    """
    document = _document(plan)
    parts, where = _find(document, place)
    to = max(0, min(len(parts) - 1, where + by))
    parts.insert(to, parts.pop(where))
    return _whole(document, plan)


def change_trigger(plan: Plan, level: str, change: Callable[[Tree | None], Tree | None]) -> Plan:
    """The plan with the trigger of a level changed by a function of `trigger_tree`.

    :raises NoSuchPart, NoSuchCondition, BadPlanPart: nothing has changed then.
    """
    document = _document(plan)
    parts, where = _find(document, Place("level", level))
    parts[where]["trigger"] = change(parts[where]["trigger"])
    return _whole(document, plan)


def _document(plan: Plan) -> Tree:
    return plan.model_dump(mode="json", by_alias=True)


def _list_of(document: Tree, place: Place) -> list[Tree]:
    if place.kind == "section":
        chapter = place.key.partition("/")[0]
        parts, where = _find(document, Place("chapter", chapter))
        sections: list[Tree] = parts[where]["sections"]
        return sections
    if place.kind in ONE_OF_A_KIND:
        raise NoSuchPart(f"{place.words}只有一份，不能移动或删除。请选择列表中的部分。")
    found: list[Tree] = document[LISTS[place.kind][0]]
    return found


def _find(document: Tree, place: Place) -> tuple[list[Tree], int]:
    parts = _list_of(document, place)
    name, key = ("code", place.key.partition("/")[2]) if place.kind == "section" else (
        LISTS[place.kind][1],
        place.key,
    )  # fmt: skip
    where = next((at for at, one in enumerate(parts) if str(one[name]) == key), None)
    if where is None:
        raise NoSuchPart(f"预案里没有{place.words}，可能刚被别人删去。请刷新后再改。")
    return parts, where


def _tasks_of(document: Tree, group: str) -> list[Tree]:
    return [one for one in document["tasks"] if one["group"] == group]


def _follow(document: Tree, kind: str, before: Tree, after: Tree) -> None:
    """Let whatever refers to a part by its code refer to the new code."""
    if kind == "task" and before["code"] != after["code"]:
        _each_task_code(document, lambda code: after["code"] if code == before["code"] else code)
    if kind == "group" and before["code"] != after["code"]:
        for task in _tasks_of(document, before["code"]):
            task["group"] = after["code"]
    if kind == "basis" and before["key"] != after["key"]:
        ended = [document["termination"]] if document["termination"] else []
        for one in (*document["tasks"], *ended):
            one["law"] = [_with_key(law, before["key"], after["key"]) for law in one["law"]]


def _with_key(law: str, old: str, new: str) -> str:
    key, colon, article = law.partition(":")
    return f"{new}{colon}{article}" if key == old else law


def _forget_task(document: Tree, gone: str) -> None:
    _each_task_code(document, lambda code: None if code == gone else code)


def _each_task_code(document: Tree, change: Callable[[str], str | None]) -> None:
    for task in document["tasks"]:
        task["depends_on"] = _changed(task["depends_on"], change)
    for test in document["tests"]:
        for name in ("tasks", "without"):
            test["expect"][name] = _changed(test["expect"][name], change)


def _changed(codes: Iterable[str], change: Callable[[str], str | None]) -> list[str]:
    return [code for one in codes if (code := change(one)) is not None]


def _whole(document: Tree, before: Plan) -> Plan:
    for kind, (name, key) in LISTS.items():
        _need_once(PART_KIND_NAMES[kind], [str(one.get(key)) for one in document[name]])
    for chapter in document["chapters"]:
        _need_once("节", [str(one.get("code")) for one in chapter.get("sections", ())])
    plan = need_valid(document, Plan, before.name, BadPlanPart, "请改正后再保存。")
    known = {task.code for task in plan.tasks}
    for task in plan.tasks:
        if lost := [code for code in task.depends_on if code not in known]:
            raise BadPlanPart(f"任务 {task.code} 的前置任务 {'、'.join(lost)} 不存在。请从列表中选择。")
    need_no_cycle(plan, plan.name, "没有保存", "再保存")
    if len(plan.model_dump_json()) > MOST_CHARACTERS:
        raise BadPlanPart(f"预案超过 {MOST_CHARACTERS // 10_000} 万字，没有保存。请把附件另存。")
    return plan


def _need_once(name: str, codes: list[str]) -> None:
    if len(codes) > MOST_PARTS:
        raise BadPlanPart(f"{name}超过 {MOST_PARTS} 个，没有保存。请拆成几个预案。")
    doubled = [code for code, times in Counter(codes).items() if times > 1]
    if doubled:
        raise PlanPartCodeTaken(f"{name}“{doubled[0]}”已经有了，没有保存。请换一个编码或名称。")
