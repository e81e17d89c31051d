"""The life of an incident (突发事件) as one table: from which stage, by whom, to which stage.

Nothing else moves an incident. A fact holds what it changed, so that the state at any moment is the fold of
the facts until then. Confirming is a person's act: what a rule proposes is shown beside it and never taken by
itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Literal

from emergency.rules.levels import EventLevel, Toll
from gis_core.errors import BadInput, NotAllowed, Refused

STAGE_NAMES: dict[str, str] = {
    "reported": "待核实",
    "confirmed": "处置中",
    "responding": "响应中",
    "ended": "响应结束",
    "closed": "已归档",
    "dismissed": "已排除",
    "joined": "已并入",
}
STAGES: tuple[str, ...] = tuple(STAGE_NAMES)
LEFT_STAGES: tuple[str, ...] = ("dismissed", "joined")
LIVE_STAGES: tuple[str, ...] = ("reported", "confirmed", "responding")
OPEN_STAGES: tuple[str, ...] = (*LIVE_STAGES, "ended")
ROLES: tuple[str, ...] = ("duty_officer", "commander")

Mark = Literal["first_arrival", "command_post", "rescue_begun", "under_control", "stable", "people_moved"]
MARK_NAMES: dict[Mark, str] = {
    "first_arrival": "首支队伍到场",
    "command_post": "现场指挥部成立",
    "rescue_begun": "开始救援",
    "people_moved": "人员转移完毕",
    "under_control": "险情得到控制",
    "stable": "现场稳定",
}
"""Moments that measures are worked out from."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table; `end` None keeps the stage."""

    no: int
    starts: tuple[str, ...]
    action: str
    label: str
    roles: tuple[str, ...]
    end: str | None
    law: str = ""


LAW = "突发事件应对法"
INTAKE: tuple[str, ...] = (*ROLES, "operator", "duty_chief", "dispatcher", "system")
TRANSITIONS: tuple[Transition, ...] = (
    Transition(1, (), "open", "接报登记", INTAKE, "reported"),
    Transition(2, ("reported",), "confirm", "确认为突发事件", ROLES, "confirmed", f"{LAW}第六十一条"),
    Transition(3, ("reported", "confirmed"), "dismiss", "排除", ROLES, "dismissed"),
    Transition(4, ("reported", "confirmed"), "join", "并入另一事件", ROLES, "joined"),
    Transition(5, OPEN_STAGES, "note_toll", "更新伤亡损失", ROLES, None, "国务院令第 493 号第十三条"),
    Transition(6, ("confirmed", "responding"), "change_level", "调整事件级别", ROLES, None),
    Transition(7, OPEN_STAGES, "note", "记事", (*ROLES, "department", "crew", "leader", "system"), None),
    Transition(8, OPEN_STAGES, "mark", "标记节点", (*ROLES, "department", "system"), None),
    Transition(9, OPEN_STAGES, "send_report", "报送", ROLES, None, f"{LAW}第六十一条"),
    Transition(10, OPEN_STAGES, "correct", "更正", ROLES, None),
    Transition(11, OPEN_STAGES, "add_call", "又一次来电", INTAKE, None),
    Transition(12, ("confirmed",), "activate", "启动响应", ("commander",), "responding", f"{LAW}第七十二条"),
    Transition(13, ("responding",), "change_response", "调整响应级别", ("commander",), None),
    Transition(14, ("confirmed", "responding"), "end", "结束处置", ROLES, "ended", f"{LAW}第八十六条"),
    Transition(15, ("ended",), "resume", "险情复起，继续处置", ROLES, "confirmed"),
    Transition(16, ("ended",), "close", "归档", ROLES, "closed", f"{LAW}第九十四条"),
    Transition(17, ("joined",), "unjoin", "撤销并入", ROLES, "reported"),
    Transition(18, ("dismissed",), "reconsider", "重新核实", ROLES, "reported"),
)  # fmt: skip


class NoSuchStep(Refused):
    """The incident is not in a stage in which the step can be taken."""

    code = "incident_step_not_now"


class NotYourIncidentStep(NotAllowed):
    """Another post takes this step."""

    code = "incident_step_not_yours"


class IncidentWordsMissing(BadInput):
    """A step that needs words came without them."""

    code = "incident_words_missing"


class BadToll(BadInput):
    """Numbers of an incident that cannot be."""

    code = "incident_bad_toll"


@dataclass(frozen=True, slots=True)
class State:
    """An incident as it stands, apart from where it is."""

    stage: str
    title: str
    kind_code: str
    class_code: str
    received_at: datetime
    occurred_at: datetime | None
    place_text: str
    event_level: EventLevel | None = None
    is_level_confirmed: bool = False
    is_sensitive: bool = False
    sensitive_why: str = ""
    toll: Toll = field(default_factory=Toll)
    joined_into: str | None = None
    ended_at: datetime | None = None
    response_level: int | None = None


def find_edge(action: str, stage: str | None) -> Transition | None:
    """The row for an action at a stage; None where there is none."""
    for edge in TRANSITIONS:
        if edge.action == action and (stage in edge.starts if stage is not None else not edge.starts):
            return edge
    return None


def move(action: str, *, stage: str | None, role: str) -> Transition:
    """The row of the table for a step, or a refusal that says what can be done.

    :raises NoSuchStep, NotYourIncidentStep: when the stage or the post does not fit.
    """
    edge = find_edge(action, stage)
    if edge is None:
        label = next((one.label for one in TRANSITIONS if one.action == action), action)
        now = STAGE_NAMES.get(stage or "", "未登记")
        raise NoSuchStep(f"事件目前是“{now}”，不能{label}。请刷新页面查看最新状态。")
    if role not in edge.roles:
        raise NotYourIncidentStep(f"“{edge.label}”由应急值班员或指挥长办理，您的岗位不能办理。")
    return edge


def possible_actions(stage: str, roles: Iterable[str]) -> tuple[str, ...]:
    """The steps that somebody with these posts can take now, in the table's order."""
    held = set(roles)
    return tuple(edge.action for edge in TRANSITIONS if stage in edge.starts and held & set(edge.roles))


def need_words(words: str, what: str, *, most: int = 2_000) -> str:
    """Words without white space around them.

    :raises IncidentWordsMissing: when there are none, or too many.
    """
    said = words.strip()
    if not said:
        raise IncidentWordsMissing(f"请填写{what}。")
    if len(said) > most:
        raise IncidentWordsMissing(f"{what}最多 {most} 字，请缩短。")
    return said


MOST_PEOPLE = 10_000_000
MOST_YUAN = 10**13


def checked_toll(toll: Toll) -> Toll:
    """The toll, when its numbers can be.

    :raises BadToll: for a number below zero or beyond all measure.
    """
    for one in fields(toll):
        value = getattr(toll, one.name)
        most = MOST_YUAN if one.name == "loss_yuan" else MOST_PEOPLE
        if value is not None and not 0 <= value <= most:
            raise BadToll("人数和损失应为不小于 0 的整数，且不能大得不合情理。请检查。", field=one.name)
    return toll


def state_after(facts: Iterable[Mapping[str, Any]], *, first: State | None = None) -> State:
    """The state after facts in their order; a fact's body has `changes` by field name.

    :raises ValueError: when there is no fact and no `first`.
    """
    state = first
    for body in facts:
        changes = dict(body.get("changes", {}))
        read = {name: _read(name, value) for name, value in changes.items() if name in _FIELDS}
        state = replace(state, **read) if state is not None else State(**read)
    if state is None:
        raise ValueError("an incident has at least the fact that opened it")
    return state


_FIELDS = {one.name for one in fields(State)}
_MOMENTS = ("received_at", "occurred_at", "ended_at")


def _read(name: str, value: Any) -> Any:
    if name in _MOMENTS:
        return None if value is None else datetime.fromisoformat(value)
    if name == "event_level":
        return None if value is None else EventLevel(value)
    if name == "toll":
        return Toll(**value)
    return value


def changes_between(before: State | None, after: State) -> dict[str, Any]:
    """What differs, as a fact's body holds it."""
    return {
        one.name: _written(getattr(after, one.name))
        for one in fields(State)
        if before is None or getattr(before, one.name) != getattr(after, one.name)
    }


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, EventLevel):
        return int(value)
    if isinstance(value, Toll):
        return value.as_data()
    return value
