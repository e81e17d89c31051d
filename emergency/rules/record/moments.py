"""The moments of an incident that a replay goes to: what was written down, and deadlines that ran out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from emergency.rules.facts import Fact
from emergency.rules.reporting import Owed

MomentKind = Literal[
    "open", "level", "response", "stage", "report", "toll", "mark", "task", "resource", "road", "picture",
    "warning", "message", "note",
]  # fmt: skip
KIND_WORDS: dict[MomentKind, str] = {
    "open": "接报",
    "level": "级别",
    "response": "响应",
    "stage": "阶段",
    "report": "报送",
    "toll": "伤亡损失",
    "mark": "节点",
    "task": "任务",
    "resource": "资源",
    "road": "道路",
    "picture": "范围与标绘",
    "warning": "预警",
    "message": "消息",
    "note": "记事",
}
_BY_BODY: tuple[tuple[str, MomentKind], ...] = (
    ("response", "response"),
    ("report", "report"),
    ("situation_report", "report"),
    ("mark", "mark"),
    ("task", "task"),
    ("resource", "resource"),
    ("closure", "road"),
    ("drawing", "picture"),
    ("effect", "picture"),
    ("sheltering", "picture"),
    ("warning", "warning"),
    ("message", "message"),
    ("receipt", "message"),
)


@dataclass(frozen=True, slots=True)
class Passed:
    """A fact as the line of a replay has it: when it counts from, and what it is about."""

    seq: int
    at: datetime
    kind: MomentKind
    fact: Fact


def kind_of(fact: Fact) -> MomentKind:
    """What a fact is about; the first thing that it changes counts."""
    if fact.action == "open":
        return "open"
    changes = fact.body.get("changes", {})
    if {"event_level", "is_level_confirmed"} & set(changes) and fact.action != "note_toll":
        return "level"
    for name, kind in _BY_BODY:
        if name in fact.body:
            return kind
    if "toll" in changes:
        return "toll"
    return "stage" if "stage" in changes else "note"


def passed(facts: Iterable[Fact]) -> tuple[Passed, ...]:
    """Every fact with the moment from which it counts: never earlier than the one before it."""
    found: list[Passed] = []
    for fact in facts:
        at = max(fact.at, found[-1].at) if found else fact.at
        found.append(Passed(fact.seq, at, kind_of(fact), fact))
    return tuple(found)


def turns(facts: Sequence[Fact], owed: Iterable[Owed]) -> tuple[datetime, ...]:
    """Deadlines between the first fact and the last: at each of them something may turn overdue."""
    if not facts:
        return ()
    due = {one.due_at for one in owed}
    for fact in facts:
        tasks = (*fact.body.get("tasks", ()), *fact.body.get("tasks_changed", ()))
        due |= {datetime.fromisoformat(task["due_at"]) for task in tasks}
    first, last = facts[0].at, max(fact.at for fact in facts)
    return tuple(sorted(at for at in due if first < at < last))
