"""How two versions of a plan differ, part by part, in words."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import singledispatch
from typing import Literal, TypeVar

from pydantic import BaseModel

from emergency.rules.plans.conditions import STATUS_NAMES
from emergency.rules.plans.document import (
    CLASS_NAMES,
    EVIDENCE_NAMES,
    KIND_NAMES,
    PLACE_NAMES,
    RESPONSE_NAMES,
    STATE_NAMES,
    Level,
    PlaceRule,
    Plan,
    ReportRule,
    ResourceDemand,
)
from emergency.rules.plans.posts import NOBODY, Staff

Part = Literal["head", "command", "level", "group", "task", "text", "termination", "test"]
ChangeKind = Literal["added", "removed", "changed"]
PART_NAMES: dict[str, str] = {
    "head": "基本信息", "command": "指挥机构", "level": "响应级别", "group": "工作组", "task": "任务",
    "text": "正文", "termination": "响应终止", "test": "自测用例",
}  # fmt: skip

FIELD_NAMES: dict[str, str] = {
    "name": "名称",
    "kind": "种类",
    "classes": "事件类别",
    "hazards": "灾种",
    "area": "适用区域",
    "owner": "编制单位",
    "version": "版本",
    "state": "状态",
    "effective_from": "生效日期",
    "review_due": "复审日期",
    "parent": "上位预案",
    "holder": "制定主体",
    "is_sample": "示例标记",
    "status": "可靠程度",
    "source": "出处",
    "legal_basis": "编制依据",
    "commander": "总指挥",
    "deputies": "副总指挥",
    "office": "办公室",
    "members": "成员",
    "trigger": "启动条件",
    "activator": "启动权限",
    "notify": "通知单位",
    "inform": "通报对象",
    "report": "信息报送",
    "expected_hours": "预计持续小时",
    "measures": "主要措施",
    "role": "职能",
    "lead": "组长",
    "level_from": "起始级别",
    "duties": "职责",
    "group": "工作组",
    "post": "责任岗位",
    "text": "内容",
    "takes_min": "所需分钟",
    "due_offset_min": "时限分钟",
    "depends_on": "前置任务",
    "resources": "所需资源",
    "place": "地点",
    "evidence": "完成凭证",
    "law": "法律依据",
    "family": "同类标识",
    "condition": "终止条件",
    "authority": "决定机关",
    "title": "标题",
    "given": "已知",
    "expect": "应得",
}
"""Fields as officials call them."""

Thing = TypeVar("Thing", bound=BaseModel)
SENTENCE = re.compile(r"[^。；\n]+[。；]?")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: of which part and thing, what happened to it, and the sentence."""

    part: Part
    kind: ChangeKind
    key: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Thing:
    """What is compared: its part of the plan, its key there, and what it is called in a sentence."""

    part: Part
    key: str
    called: str


def compare(old: Plan, new: Plan, names: Staff = NOBODY) -> tuple[Change, ...]:
    """Every difference from the old version to the new one; nothing when they are the same."""
    return (
        *_fields(_Thing("head", "", ""), old, new, names),
        *_fields(_Thing("command", "", "指挥机构"), old.command, new.command, names),
        *_listed("level", _by(old.levels, _level), _by(new.levels, _level), names),
        *_listed("group", _by(old.groups, _code), _by(new.groups, _code), names),
        *_listed("task", _by(old.tasks, _code), _by(new.tasks, _code), names),
        *_texts(old, new),
        *_listed("termination", _end(old), _end(new), names),
        *_listed("test", _by(old.tests, _name), _by(new.tests, _name), names),
    )


def _code(one: BaseModel) -> str:
    return str(getattr(one, "code", ""))


def _name(one: BaseModel) -> str:
    return str(getattr(one, "name", ""))


def _level(one: Level) -> str:
    return RESPONSE_NAMES[one.level]


def _by(things: Iterable[Thing], key: Callable[[Thing], str]) -> dict[str, BaseModel]:
    return {key(thing): thing for thing in things}


def _end(plan: Plan) -> dict[str, BaseModel]:
    return {"": plan.termination} if plan.termination else {}


def _listed(
    part: Part, old: Mapping[str, BaseModel], new: Mapping[str, BaseModel], names: Staff
) -> Iterator[Change]:
    for key, thing in new.items():
        called = _called(part, key)
        if key not in old:
            yield Change(part, "added", key, f"新增{called}{_gist(thing)}。")
        else:
            yield from _fields(_Thing(part, key, called), old[key], thing, names)
    for key, thing in old.items():
        if key not in new:
            yield Change(part, "removed", key, f"删去{_called(part, key)}{_gist(thing)}。")


def _called(part: Part, key: str) -> str:
    return key if part == "level" else f"{PART_NAMES[part]} {key}".strip()


def _gist(thing: BaseModel) -> str:
    words = getattr(thing, "text", None) or getattr(thing, "duties", None)
    return f"：{str(words).rstrip('。')}" if words else ""


def _fields(thing: _Thing, old: BaseModel, new: BaseModel, names: Staff) -> Iterator[Change]:
    """Fields that have a name of their own here; the lists of a plan are compared one by one elsewhere."""
    for field in type(new).model_fields:
        before, after = getattr(old, field), getattr(new, field)
        if before != after and field in FIELD_NAMES:
            of = f"{thing.called}的" if thing.called else ""
            told = f"{of}{FIELD_NAMES[field]}{_turned(_said(before, names), _said(after, names))}。"
            yield Change(thing.part, "changed", thing.key or field, told)


def _turned(before: str, after: str) -> str:
    return f"由“{before}”改为“{after}”"


@singledispatch
def _said(value: object, names: Staff) -> str:
    """A value as people say it."""
    return "无" if value is None else str(value)


@_said.register
def _(value: tuple, names: Staff) -> str:  # type: ignore[type-arg]  # singledispatch takes bare classes only
    return "、".join(_said(one, names) for one in value) or "无"


@_said.register
def _(value: str, names: Staff) -> str:
    for known in (KIND_NAMES, STATE_NAMES, STATUS_NAMES, EVIDENCE_NAMES, CLASS_NAMES):
        if value in known:
            return known[value]
    return names.name_of(value) if "@" in value else value


@_said.register
def _(value: bool, names: Staff) -> str:
    return "是" if value else "否"


@_said.register
def _(value: float, names: Staff) -> str:
    return f"{value:g}"


@_said.register
def _(value: BaseModel, names: Staff) -> str:
    words = getattr(value, "words", None) or getattr(value, "name", None)
    return str(words or value.model_dump_json(by_alias=True, exclude_defaults=True))


@_said.register
def _(value: PlaceRule, names: Staff) -> str:
    return "".join((PLACE_NAMES[value.at], value.named or "", value.area or ""))


@_said.register
def _(value: ResourceDemand, names: Staff) -> str:
    return f"{value.name} {value.quantity:g} {value.unit}"


@_said.register
def _(value: ReportRule, names: Staff) -> str:
    return _report(value)


def _report(rule: ReportRule) -> str:
    parts = (
        (rule.phone_min, "电话 {:g} 分钟"),
        (rule.written_min, "书面 {:g} 分钟"),
        (rule.follow_up_hours, "续报每 {:g} 小时"),
        (rule.final_hours, "终报 {:g} 小时"),
    )
    told = "，".join(words.format(value) for value, words in parts if value is not None)
    return f"报{'、'.join(rule.to)}：{told or '时限未定'}"


def _texts(old: Plan, new: Plan) -> Iterator[Change]:
    before, after = _written(old), _written(new)
    for key, (title, text) in after.items():
        if key not in before:
            yield Change("text", "added", key, f"新增“{title}”。")
            continue
        old_title, old_text = before[key]
        if old_title != title:
            yield Change("text", "changed", key, f"标题{_turned(old_title, title)}。")
        if old_text != text:
            yield Change("text", "changed", key, f"“{title}”{_edited(old_text, text)}")
    for key, (title, _) in before.items():
        if key not in after:
            yield Change("text", "removed", key, f"删去“{title}”。")


def _written(plan: Plan) -> dict[str, tuple[str, str]]:
    parts: dict[str, tuple[str, str]] = {}
    for chapter in plan.chapters:
        parts[chapter.code] = (chapter.title, chapter.text.strip())
        parts |= {section.code: (section.title, section.text) for section in chapter.sections}
    return parts


def _edited(before: str, after: str) -> str:
    """Which sentences went and which came."""
    old, new = SENTENCE.findall(before), SENTENCE.findall(after)
    told = []
    for tag, i, j, k, m in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        gone, come = "".join(old[i:j]).strip(), "".join(new[k:m]).strip()
        if tag == "replace":
            told.append(f"“{gone}”改为“{come}”")
        elif tag == "delete":
            told.append(f"删去“{gone}”")
        elif tag == "insert":
            told.append(f"增加“{come}”")
    return ("；".join(told) or "排版有改动") + "。"
