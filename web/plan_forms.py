"""The form of each part of a plan: its fields, what they show of a part, and what they say as one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import yaml
from pydantic import BaseModel
from starlette.datastructures import FormData

from emergency.rules.plans.conditions import (
    COLOUR_NAMES,
    EVENT_LEVEL_NAMES,
    FIGURES,
    STANDING_NAMES,
    STATUS_NAMES,
)
from emergency.rules.plans.document import (
    CLASS_NAMES,
    EVIDENCE_NAMES,
    KIND_NAMES,
    PLACE_NAMES,
    RESPONSE_NAMES,
    Expected,
    Given,
)
from emergency.rules.plans.editing import BadPlanPart, PartKind, Values
from emergency.rules.plans.reading import parse_values

FieldKind = Literal[
    "line", "text", "lines", "number", "day", "choice", "level", "choices", "yes",
    "post", "posts", "group", "tasks", "resources", "yaml",
]  # fmt: skip
MOST_LINES = 60
EXAMPLES: Mapping[str, type[BaseModel]] = {"given": Given, "expect": Expected}
HOLDER_NAMES = {"government": "政府及部门", "high_risk_unit": "高风险单位"}
LEVEL_CHOICES = {str(level): name for level, name in RESPONSE_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of a part; a dot in its name goes one step down into the document."""

    name: str
    label: str
    kind: FieldKind = "line"
    choices: Mapping[str, str] | None = None
    may_be_empty: bool = False
    hint: str = ""


STATUS = Entry("status", "可信程度", "choice", STATUS_NAMES, may_be_empty=True, hint="空着的随全文")
SOURCE = Entry("source", "出处", may_be_empty=True)
LAW = Entry("law", "法律依据", "lines", may_be_empty=True, hint="一行一条：依据代号:条，如 ERL:73")
CODE = Entry("code", "编码", hint="字母、数字和短横线")

ENTRIES: Mapping[PartKind, Sequence[Entry]] = {
    "head": (
        Entry("name", "名称"),
        Entry("kind", "种类", "choice", KIND_NAMES),
        Entry("classes", "事件类别", "choices", CLASS_NAMES),
        Entry("hazards", "灾种", "lines", hint="一行一种"),
        Entry("area", "适用区域", hint="区划代码"),
        Entry("owner", "编制单位", "post", may_be_empty=True),
        Entry("parent", "上位预案", may_be_empty=True, hint="预案编码"),
        Entry("review_due", "复审日期", "day", may_be_empty=True),
        Entry("holder", "由谁制定", "choice", HOLDER_NAMES),
        Entry("is_sample", "这是示例", "yes"),
        Entry("status", "可信程度", "choice", STATUS_NAMES),
        Entry("source", "出处"),
    ),
    "basis": (
        Entry("key", "代号", hint="大写字母和数字，如 ERL"),
        Entry("name", "名称"),
        Entry("version", "版本", may_be_empty=True),
        Entry("status", "可信程度", "choice", STATUS_NAMES),
        SOURCE,
    ),
    "chapter": (CODE, Entry("title", "标题"), Entry("text", "正文", "text", may_be_empty=True)),
    "section": (CODE, Entry("title", "标题"), Entry("text", "正文", "text")),
    "command": (
        Entry("name", "名称"),
        Entry("commander", "总指挥", "post"),
        Entry("deputies", "副总指挥", "posts", may_be_empty=True),
        Entry("office", "办事机构", "post"),
        Entry("members", "成员单位", "posts", may_be_empty=True),
    ),
    "level": (
        Entry("level", "级别", "level", LEVEL_CHOICES),
        Entry("activator", "由谁启动", "post"),
        Entry("commander", "总指挥", "post", may_be_empty=True, hint="空着为指挥机构的总指挥"),
        Entry("expected_hours", "预计小时", "number"),
        Entry("measures", "措施", "lines", hint="一行一条"),
        Entry("notify", "通知", "posts", may_be_empty=True),
        Entry("inform", "通报", "lines", may_be_empty=True, hint="一行一个单位"),
        Entry("report.to", "信息报送对象", "lines", hint="一行一个"),
        Entry("report.phone_min", "电话报告（分钟）", "number", may_be_empty=True),
        Entry("report.written_min", "书面报告（分钟）", "number", may_be_empty=True),
        Entry("report.follow_up_hours", "续报间隔（小时）", "number", may_be_empty=True),
        Entry("report.final_hours", "终报（结束后小时）", "number", may_be_empty=True),
        STATUS,
        SOURCE,
    ),
    "group": (
        CODE,
        Entry("name", "名称"),
        Entry("role", "职能代号", hint="几个预案里代号相同的组，启动时合为一组"),
        Entry("lead", "组长单位", "post"),
        Entry("members", "成员单位", "posts", may_be_empty=True),
        Entry("level_from", "从哪一级起", "level", LEVEL_CHOICES),
        Entry("duties", "职责"),
    ),
    "task": (
        CODE,
        Entry("text", "任务"),
        Entry("group", "工作组", "group"),
        Entry("post", "承办单位", "post", may_be_empty=True, hint="空着为组长单位"),
        Entry("level_from", "从哪一级起", "level", LEVEL_CHOICES),
        Entry("takes_min", "需要（分钟）", "number"),
        Entry("due_offset_min", "启动后限（分钟）", "number"),
        Entry("depends_on", "前置任务", "tasks", may_be_empty=True),
        Entry("resources", "所需力量", "resources", may_be_empty=True),
        Entry("place.at", "地点", "choice", PLACE_NAMES),
        Entry("place.named", "地点名称", may_be_empty=True),
        Entry("place.area", "区域", may_be_empty=True, hint="区划代码"),
        Entry("evidence", "完成凭证", "choice", EVIDENCE_NAMES),
        LAW,
        Entry("family", "同类任务代号", may_be_empty=True, hint="几个预案里代号相同的任务只做一次"),
        STATUS,
        SOURCE,
    ),
    "termination": (
        Entry("condition", "终止条件"),
        Entry("authority", "由谁决定", "post"),
        LAW,
    ),
    "test": (
        Entry("name", "名称"),
        Entry("given", "已知", "yaml", hint="写法见 docs/plans.md；没有写到的就是不知道"),
        Entry("expect", "应当", "yaml"),
    ),
}  # fmt: skip

BEGINS: Mapping[PartKind, Values] = {
    "task": {"level_from": 4, "place": {"at": "incident"}, "evidence": "report"},
    "group": {"level_from": 4},
}
"""What the form of a new part shows before anybody has filled it in."""

SIGNS = {"at_least": "≥", "more_than": ">", "at_most": "≤", "less_than": "<"}
AREA = Entry("area", "区域", hint="区划代码")
HOURS = Entry("hours", "最近小时数", "number")
GAUGE = Entry("gauge", "站点")
BOUNDS = tuple(Entry(name, sign, "number", may_be_empty=True) for name, sign in SIGNS.items())
MEASURES: Mapping[str, tuple[str, Sequence[Entry]]] = {
    "rain_mm": ("雨量（毫米）", (AREA, HOURS, *BOUNDS)),
    "flow_m3_s": ("流量（立方米每秒）", (GAUGE, *BOUNDS)),
    "stage_m": ("水位（米）", (GAUGE, *BOUNDS)),
    "silence_min": ("站点中断（分钟）", (GAUGE, Entry("at_least", "≥", "number"))),
    "warning": (
        "预警生效",
        (Entry("kind", "预警种类"), AREA, Entry("at_least", "不低于", "choice", COLOUR_NAMES)),
    ),
    "sensors": (
        "传感器（个）",
        (
            Entry("kind", "传感器种类"),
            AREA,
            Entry("standing", "状态", "choice", STANDING_NAMES),
            *BOUNDS,
        ),
    ),
    "case_count": (
        "案件（件）",
        (
            Entry("type_code", "类型代码", hint="完整代码或它的开头"),
            Entry("type_name", "类型名称"),
            AREA,
            HOURS,
            *BOUNDS,
        ),
    ),
    "event_level": (
        "事件级别",
        (
            Entry(
                "at_least",
                "不低于",
                "level",
                {str(level): name for level, name in EVENT_LEVEL_NAMES.items()},
            ),
        ),
    ),
    "figure": (
        "事件数字",
        (
            Entry(
                "name",
                "数字",
                "choice",
                {code: f"{name}（{unit}）" for code, (name, unit) in FIGURES.items()},
            ),
            *BOUNDS,
        ),
    ),
}


def values_of(form: FormData, entries: Sequence[Entry]) -> Values:
    """What the fields of a form say, as the document writes it.

    :raises BadPlanPart: when a field that may not be empty is, or a text of YAML is none.
    """
    found: dict[str, Any] = {}
    for entry in entries:
        value = _said(form, entry)
        if value in (None, "", []) and not entry.may_be_empty and entry.kind != "yes":
            raise BadPlanPart(f"“{entry.label}”没有填写，没有保存。请填写后再保存。", field=entry.name)
        *above, last = entry.name.split(".")
        inside = found
        for name in above:
            inside = inside.setdefault(name, {})
        inside[last] = value
    return found


def condition_of(form: FormData) -> dict[str, Any]:
    """The comparison that a form says; bounds left empty are not written.

    :raises BadPlanPart: for a measurement that does not exist, and what `values_of` refuses.
    """
    measure = str(form.get("measure", ""))
    if measure not in MEASURES:
        raise BadPlanPart("请从列表中选择监测项。", field="measure")
    values = values_of(form, (*MEASURES[measure][1], STATUS, SOURCE))
    return {"measure": measure} | {name: value for name, value in values.items() if value is not None}


def shown_of(values: Values, entry: Entry) -> Any:
    """What a field shows of a part."""
    inside: Any = values
    for name in entry.name.split("."):
        inside = inside.get(name) if isinstance(inside, Mapping) else None
    if entry.kind == "yaml":
        return _example(entry.name, inside) if inside else ""
    show: Callable[[Any], Any] = _SHOWN.get(entry.kind, _as_text)
    return show(inside)


def sent_of(form: FormData, entry: Entry) -> Any:
    """What a field shows of a form that was refused."""
    if entry.kind in _SENT:
        return _SENT[entry.kind](form, entry)
    return str(form.get(entry.name, ""))


def _said(form: FormData, entry: Entry) -> Any:
    if entry.kind in _SENT:
        return _SENT[entry.kind](form, entry)
    text = str(form.get(entry.name, "")).replace("\r\n", "\n").strip()
    if entry.kind == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()][:MOST_LINES]
    if entry.kind == "yaml":
        return parse_values(text, entry.label)
    if entry.kind == "level":
        return int(text) if text in (entry.choices or {}) else None
    return text if entry.kind == "text" else text or None


def _as_text(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _as_yes(value: Any) -> bool:
    return bool(value)


def _codes(values: Any) -> list[str]:
    return [str(one) for one in values or ()]


def _sent_codes(form: FormData, entry: Entry) -> list[str]:
    return _codes(form.getlist(entry.name))


_SHOWN: Mapping[FieldKind, Callable[[Any], Any]] = {
    "lines": lambda values: "\n".join(_codes(values)),
    "choices": _codes,
    "posts": _codes,
    "tasks": _codes,
    "resources": lambda rows: [row | {"quantity": _as_text(row["quantity"])} for row in rows or ()],
    "yes": _as_yes,
}
_SENT: Mapping[FieldKind, Callable[[FormData, Entry], Any]] = {
    "choices": _sent_codes,
    "posts": _sent_codes,
    "tasks": _sent_codes,
    "resources": lambda form, _: list(_resources(form)),
    "yes": lambda form, entry: entry.name in form,
}


def _example(name: str, values: Any) -> str:
    """What an example supposes or expects, without what it does not mention."""
    told = EXAMPLES[name].model_validate(values).model_dump(mode="json", by_alias=True, exclude_defaults=True)
    text: str = yaml.safe_dump(told, allow_unicode=True, sort_keys=False)
    return text


def _resources(form: FormData) -> Iterator[dict[str, Any]]:
    """A row for each name that was filled in."""
    columns = [form.getlist(f"resource_{name}") for name in ("kind", "name", "quantity", "unit", "reusable")]
    for kind, name, quantity, unit, reusable in zip(*columns, strict=False):
        if str(name).strip() or str(kind).strip():
            yield {
                "kind": str(kind).strip(),
                "name": str(name).strip(),
                "quantity": str(quantity).strip(),
                "unit": str(unit).strip(),
                "reusable": reusable == "yes",
            }
