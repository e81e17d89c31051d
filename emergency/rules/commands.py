"""What people do to an incident: each command decides on the state as it stands, and touches nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol
from uuid import UUID

from cases.rules.deciding import Asking
from emergency.rules.incidents import (
    MARK_NAMES,
    Mark,
    State,
    Transition,
    changes_between,
    checked_toll,
    move,
    need_words,
)
from emergency.rules.levels import (
    STATUS_NAMES,
    Criterion,
    EventLevel,
    Proposal,
    Toll,
    propose_level,
)
from emergency.rules.reporting import CHANNEL_NAMES, KIND_NAMES, Channel, Kind
from gis_core.clock import city_time
from gis_core.errors import BadInput, Refused

AHEAD = timedelta(minutes=5)
"""Clocks differ: a moment so little ahead is still taken."""
LONGEST_AGO = timedelta(days=366)


class LevelNotForClass(Refused):
    """A level for an event whose class has none, or none where one is due."""

    code = "incident_level_not_for_class"


class BadMoment(BadInput):
    """A moment that has not come yet, or lies before what it follows."""

    code = "incident_bad_moment"


class UnchangedIncident(BadInput):
    """A step that changes nothing."""

    code = "incident_unchanged"


class JoinedToItself(Refused):
    """An incident joined into itself."""

    code = "incident_joined_to_itself"


class ResponseInForce(Refused):
    """The handling cannot end while a response is in force."""

    code = "response_in_force"


@dataclass(frozen=True, slots=True)
class KindOf:
    """A kind of incident with its class."""

    code: str
    name: str
    class_code: str
    class_name: str
    has_level: bool


@dataclass(frozen=True, slots=True)
class KnownKinds:
    """Kinds by code, and the criteria of levels."""

    kinds: Mapping[str, KindOf]
    criteria: tuple[Criterion, ...]

    def propose(self, toll: Toll, kind_code: str) -> Proposal:
        """The level that the criteria propose."""
        return propose_level(toll, self.kinds[kind_code].class_code, self.criteria)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a command came to: the state after it, and the fact that says so."""

    state: State
    edge: Transition
    text: str
    body: Mapping[str, Any]
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the law wants it written down (来电记录); who wrote it is whoever asks."""

    caller_name: str = ""
    caller_unit: str = ""
    caller_post: str = ""
    caller_phone: str = ""
    told_already: str = ""
    """Whom the caller has told before, and when."""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """A first report of something that may be an incident."""

    action: ClassVar[str] = "open"
    kind_code: str
    words: str
    place_text: str = ""
    title: str = ""
    occurred_at: datetime | None = None
    toll: Toll = field(default_factory=Toll)
    is_sensitive: bool = False
    sensitive_why: str = ""
    source: str = "phone"
    received_at: datetime | None = None
    """When the first word of it came in, where that was before it was written down."""
    case_no: str | None = None

    def decide(self, state: State | None, asking: Asking, known: KnownKinds) -> Decision:
        """The incident as it is first known; its level is the proposed one until somebody confirms."""
        edge = move(self.action, stage=None, role=asking.role)
        kind = known.kinds[self.kind_code]
        words = need_words(self.words, "事件情况")
        toll = checked_toll(self.toll)
        occurred = checked_past(self.occurred_at, asking.at, "事发时间")
        proposal = known.propose(toll, kind.code)
        opened = State(
            stage="reported",
            title=self.title.strip()[:80] or f"{self.place_text.strip()[:40]}{kind.name}",
            kind_code=kind.code,
            class_code=kind.class_code,
            received_at=checked_past(self.received_at, asking.at, "接报时间") or asking.at,
            occurred_at=occurred,
            place_text=self.place_text.strip()[:400],
            event_level=proposal.level,
            is_sensitive=self.is_sensitive,
            sensitive_why=need_words(self.sensitive_why, "敏感的理由", most=200) if self.is_sensitive else "",
            toll=toll,
        )
        body = _body(None, opened, source=self.source, case_no=self.case_no, proposal=_told(proposal))
        return Decision(opened, edge, words, body, occurred or asking.at)


@dataclass(frozen=True, slots=True)
class Confirm:
    """A person confirms that it is an incident, of what kind and level."""

    action: ClassVar[str] = "confirm"
    kind_code: str
    event_level: EventLevel | None
    is_sensitive: bool = False
    sensitive_why: str = ""
    words: str = ""

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises LevelNotForClass; another level than the proposed one needs words."""
        edge = move(self.action, stage=state.stage, role=asking.role)
        kind = known.kinds[self.kind_code]
        proposal = known.propose(state.toll, kind.code)
        _need_level(self.event_level, kind)
        if self.event_level != proposal.level:
            need_words(self.words, "与建议级别不同的理由")
        after = replace(
            state,
            stage="confirmed",
            kind_code=kind.code,
            class_code=kind.class_code,
            event_level=self.event_level,
            is_level_confirmed=True,
            is_sensitive=self.is_sensitive,
            sensitive_why=need_words(self.sensitive_why, "敏感的理由", most=200) if self.is_sensitive else "",
        )
        level = self.event_level.words if self.event_level else "不分级"
        text = f"确认为{kind.class_name}·{kind.name}，{level}。{self.words.strip()}"
        return _decision(state, after, edge, text, asking, proposal=_told(proposal))


@dataclass(frozen=True, slots=True)
class ChangeLevel:
    """A person changes the event level."""

    action: ClassVar[str] = "change_level"
    event_level: EventLevel | None
    words: str

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises LevelNotForClass, UnchangedIncident."""
        edge = move(self.action, stage=state.stage, role=asking.role)
        kind = known.kinds[state.kind_code]
        _need_level(self.event_level, kind)
        if self.event_level == state.event_level or self.event_level is None:
            raise UnchangedIncident("级别没有变化，没有写入。")
        why = need_words(self.words, "调整级别的理由")
        after = replace(state, event_level=self.event_level, is_level_confirmed=True)
        before = state.event_level.words if state.event_level else "未定级"
        text = f"事件级别由{before}调整为{self.event_level.words}：{why}"
        proposal = known.propose(state.toll, kind.code)
        return _decision(state, after, edge, text, asking, is_change=True, proposal=_told(proposal))


@dataclass(frozen=True, slots=True)
class NoteToll:
    """New numbers of the dead, the injured and the loss."""

    action: ClassVar[str] = "note_toll"
    toll: Toll
    words: str = ""

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises BadToll, UnchangedIncident. While no level is confirmed the proposed one goes with it."""
        edge = move(self.action, stage=state.stage, role=asking.role)
        toll = checked_toll(self.toll)
        if toll == state.toll:
            raise UnchangedIncident("数字没有变化，没有写入。")
        proposal = known.propose(toll, state.kind_code)
        level = state.event_level if state.is_level_confirmed else proposal.level
        after = replace(state, toll=toll, event_level=level)
        text = f"{toll.words()}（此前：{state.toll.words()}）。{self.words.strip()}"
        if state.is_level_confirmed and _is_graver(proposal.level, state.event_level):
            text += f"按现有数字建议定为{proposal.level.words if proposal.level else ''}，请确认。"
        return _decision(state, after, edge, text, asking, is_change=True, proposal=_told(proposal))


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened, in words; `effect` is an evaluation of effects that is kept with it."""

    action: ClassVar[str] = "note"
    words: str
    happened_at: datetime | None = None
    effect: Mapping[str, Any] | None = None

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises IncidentWordsMissing, BadMoment."""
        edge = move(self.action, stage=state.stage, role=asking.role)
        at = checked_past(self.happened_at, asking.at, "发生时间")
        words = need_words(self.words, "记事内容")
        return _decision(state, state, edge, words, asking, at=at, effect=self.effect)


@dataclass(frozen=True, slots=True)
class MarkMoment:
    """A moment that the measures of the response are worked out from."""

    action: ClassVar[str] = "mark"
    mark: Mark
    happened_at: datetime | None = None
    words: str = ""

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises BadMoment."""
        edge = move(self.action, stage=state.stage, role=asking.role)
        at = checked_past(self.happened_at, asking.at, "发生时间")
        text = "：".join(one for one in (MARK_NAMES[self.mark], self.words.strip()) if one)
        return _decision(state, state, edge, text, asking, at=at, mark=self.mark)


@dataclass(frozen=True, slots=True)
class SendReport:
    """A report went out: which rules it answers, to whom, by which channel, and its words as they went."""

    action: ClassVar[str] = "send_report"
    kind: Kind
    channel: Channel
    receiver: str
    codes: tuple[str, ...]
    title: str
    words: str
    key: UUID | None = None
    """The number under which a phone sent it, where one did."""

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises IncidentWordsMissing; the report's words are kept as they went out."""
        edge = move(self.action, stage=state.stage, role=asking.role)
        receiver = need_words(self.receiver, "报送对象", most=80)
        words = need_words(self.words, "报送内容", most=8_000)
        text = f"{KIND_NAMES[self.kind]}（{CHANNEL_NAMES[self.channel]}）报{receiver}"
        report: dict[str, object] = {
            "kind": self.kind,
            "channel": self.channel,
            "receiver": receiver,
            "codes": sorted(set(self.codes)),
            "title": need_words(self.title, "标题", most=120),
            "words": words,
        }
        if self.key is not None:
            report["key"] = str(self.key)
        return _decision(state, state, edge, text, asking, report=report)


@dataclass(frozen=True, slots=True)
class Correct:
    """What was written down wrongly is set right."""

    action: ClassVar[str] = "correct"
    title: str
    place_text: str
    occurred_at: datetime | None
    words: str

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises UnchangedIncident, BadMoment. Clocks that run from the event change with its time."""
        edge = move(self.action, stage=state.stage, role=asking.role)
        after = replace(
            state,
            title=need_words(self.title, "标题", most=80),
            place_text=self.place_text.strip()[:400],
            occurred_at=checked_past(self.occurred_at, asking.at, "事发时间"),
        )
        if after == state:
            raise UnchangedIncident("没有任何改动，没有写入。")
        return _decision(state, after, edge, f"更正：{need_words(self.words, '更正的理由')}", asking)


@dataclass(frozen=True, slots=True)
class AddCall:
    """One more call about the same incident."""

    action: ClassVar[str] = "add_call"
    call: Call

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises IncidentWordsMissing. Who called stays in the log of calls."""
        edge = move(self.action, stage=state.stage, role=asking.role)
        return _decision(state, state, edge, need_words(self.call.words, "来电内容"), asking)


@dataclass(frozen=True, slots=True)
class JoinInto:
    """It is an incident that is known already."""

    action: ClassVar[str] = "join"
    into: str
    own_no: str
    words: str = ""

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises JoinedToItself."""
        edge = move(self.action, stage=state.stage, role=asking.role)
        if self.into == self.own_no:
            raise JoinedToItself("不能并入自己，请选择另一起事件。")
        after = replace(state, stage="joined", joined_into=self.into)
        return _decision(state, after, edge, f"并入 {self.into}。{self.words.strip()}", asking)


@dataclass(frozen=True, slots=True)
class Step:
    """A step that needs a reason and nothing else: dismiss, end, resume, close, unjoin, reconsider."""

    action: str
    words: str

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises what `move` raises, IncidentWordsMissing."""
        edge = move(self.action, stage=state.stage, role=asking.role)
        if self.action == "end" and state.response_level is not None:
            raise ResponseInForce("响应还没有终止。请在“响应”页面终止响应，未完成的任务会一并撤回。")
        words = need_words(self.words, "理由" if self.action != "close" else "经验教训与改进措施")
        after = replace(
            state,
            stage=edge.end or state.stage,
            ended_at=asking.at
            if self.action == "end"
            else None
            if self.action == "resume"
            else state.ended_at,
            joined_into=None if self.action == "unjoin" else state.joined_into,
        )
        return _decision(state, after, edge, f"{edge.label}：{words}", asking)


class Decides(Protocol):
    """Whatever can be done to an incident: it decides on the state, and touches nothing."""

    def decide(self, state: Any, asking: Asking, known: KnownKinds) -> Decision:
        """The state after it, and the fact that says so."""
        ...


REASONED: tuple[str, ...] = ("dismiss", "end", "resume", "close", "unjoin", "reconsider")
Command = (
    Confirm | ChangeLevel | NoteToll | Note | MarkMoment | SendReport | Correct | AddCall | JoinInto | Step
)


def _decision(
    before: State,
    after: State,
    edge: Transition,
    text: str,
    asking: Asking,
    *,
    at: datetime | None = None,
    is_change: bool = False,
    **more: Any,
) -> Decision:
    body = _body(before, after, **more)
    if is_change:
        body["is_change"] = True
    return Decision(after, edge, text.strip(), body, at or asking.at)


def _body(before: State | None, after: State, **more: Any) -> dict[str, Any]:
    return {"changes": changes_between(before, after)} | {k: v for k, v in more.items() if v is not None}


def _told(proposal: Proposal) -> dict[str, Any]:
    return {
        "level": None if proposal.level is None else int(proposal.level),
        "reasons": list(proposal.reasons),
        "source": proposal.source,
        "status": STATUS_NAMES[proposal.status],
    }


def _need_level(level: EventLevel | None, kind: KindOf) -> None:
    if kind.has_level and level is None:
        raise LevelNotForClass(f"{kind.class_name}须定事件级别，请选择。")
    if not kind.has_level and level is not None:
        raise LevelNotForClass(f"{kind.class_name}不分级（突发事件应对法第三条），请选“不分级”。")


def _is_graver(one: EventLevel | None, other: EventLevel | None) -> bool:
    return one is not None and (other is None or one < other)


def checked_past(moment: datetime | None, at: datetime, what: str) -> datetime | None:
    """The moment, when it may have been.

    :raises BadMoment: for one still to come, or more than a year ago.
    """
    if moment is None:
        return None
    if moment > at + AHEAD:
        raise BadMoment(f"{what} {city_time(moment):%m月%d日 %H:%M} 还没有到，请检查。")
    if moment < at - LONGEST_AGO:
        raise BadMoment(f"{what}早于一年前，请检查。")
    return moment
