"""Until when an incident has to be reported to whom: duties worked out from what happened, nothing else.

A report that is owed is asked for by a rule: by level, class, receiver and channel, dated. Its clock runs
from when the incident occurred where that is known, else from when it was first reported; both are shown.
What is owed is replayed from the facts whenever a fact comes, so that every deadline can be explained.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from emergency.rules.levels import EventLevel, Status
from gis_core.clock import city_time

Kind = Literal["log", "first", "follow_up", "change", "final"]
Channel = Literal["phone", "written", "record"]
From = Literal["occurrence", "occurrence_only", "receipt", "change", "ended"]
Standing = Literal["open", "met", "late", "overdue", "withdrawn"]
KIND_NAMES: dict[Kind, str] = {
    "log": "登记",
    "first": "首报",
    "follow_up": "续报",
    "change": "变化报告",
    "final": "终报",
}
CHANNEL_NAMES: dict[Channel, str] = {"phone": "电话", "written": "书面", "record": "登记"}
STANDING_NAMES: dict[Standing, str] = {
    "open": "待报",
    "met": "按时",
    "late": "迟报",
    "overdue": "超时未报",
    "withdrawn": "不再要求",
}


@dataclass(frozen=True, slots=True)
class ReportRule:
    """A rule of reporting in force; `levels` holds None for events that have no level."""

    code: str
    name: str
    kind: Kind
    counted_from: From
    limit_min: int
    every_min: int | None
    levels: frozenset[EventLevel | None]
    holds_for_sensitive: bool
    classes: frozenset[str]
    sender: str
    receiver: str
    channel: Channel
    status: Status
    source: str

    def asks_for(self, known: "Known") -> bool:
        """Whether the rule holds for an incident as it is known."""
        if self.classes and known.class_code not in self.classes:
            return False
        return known.level in self.levels or (self.holds_for_sensitive and known.is_sensitive)


@dataclass(frozen=True, slots=True)
class Known:
    """How grave an incident was taken to be from a moment on; a proposed level counts until confirmed."""

    at: datetime
    class_code: str
    level: EventLevel | None
    is_sensitive: bool
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A report that went out, and the rules it answers."""

    at: datetime
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Story:
    """What of an incident's facts matters to reporting, in their order."""

    received_at: datetime
    occurred_at: datetime | None
    known: tuple[Known, ...]
    changes: tuple[datetime, ...] = ()
    sent: tuple[Sent, ...] = ()
    ended_at: datetime | None = None
    left_at: datetime | None = None
    """When it was dismissed or joined to another: nothing more is asked for."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A report that is owed; `n` counts those of one rule from 1."""

    rule: ReportRule
    n: int
    since: datetime
    due_at: datetime
    due_from_receipt: datetime
    due_from_occurrence: datetime | None
    working: str
    met_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def standing(self, at: datetime) -> Standing:
        """How it stands at a moment."""
        return standing_at(at, due_at=self.due_at, met_at=self.met_at, withdrawn_at=self.withdrawn_at)

    @property
    def late_s(self) -> int:
        """How many seconds too late it was met; 0 when in time or not met."""
        return max(0, int((self.met_at - self.due_at).total_seconds())) if self.met_at else 0


@dataclass(slots=True)
class _Asked:
    """From when on a rule asks, and until when."""

    rule: ReportRule
    at: datetime
    is_from_start: bool
    until: datetime | None = None


def list_owed(story: Story, rules: Sequence[ReportRule]) -> tuple[Owed, ...]:
    """Every report that is or was owed, sorted by when it is due."""
    found: list[Owed] = []
    for rule in rules:
        for asked in _asked(story, rule):
            found += _duties(story, asked, first_n=1 + sum(one.rule.code == rule.code for one in found))
    return tuple(sorted(found, key=lambda owed: (owed.due_at, owed.rule.code, owed.n)))


def _asked(story: Story, rule: ReportRule) -> Iterable[_Asked]:
    """The spans in which a rule asks. A level that is confirmed later than the first does not turn back time:
    what it asks for is counted from the moment at which it was known.
    """
    spans: list[_Asked] = []
    has_been_confirmed = False
    for known in story.known:
        is_first_word = not has_been_confirmed
        has_been_confirmed = has_been_confirmed or known.is_confirmed
        open_span = spans[-1] if spans and spans[-1].until is None else None
        if rule.asks_for(known) and open_span is None:
            spans.append(_Asked(rule, known.at, is_from_start=is_first_word))
        elif not rule.asks_for(known) and open_span is not None:
            open_span.until = known.at
    if spans and spans[-1].until is None:
        spans[-1].until = story.left_at
    return spans


def _duties(story: Story, asked: _Asked, *, first_n: int) -> list[Owed]:
    match asked.rule.kind:
        case "log" | "first":
            return _first(story, asked, first_n)
        case "follow_up":
            return _follow_ups(story, asked, first_n)
        case "change":
            return _changes(story, asked, first_n)
        case "final":
            return _final(story, asked, first_n)


def _first(story: Story, asked: _Asked, n: int) -> list[Owed]:
    rule, limit = asked.rule, timedelta(minutes=asked.rule.limit_min)
    if rule.counted_from == "occurrence_only" and story.occurred_at is None:
        return []
    from_occurrence = story.occurred_at + limit if story.occurred_at else None
    from_receipt = story.received_at + limit
    if not asked.is_from_start:
        since, words = asked.at, f"自级别变化 {_minute(asked.at)}"
    elif rule.counted_from != "receipt" and story.occurred_at is not None:
        since, words = story.occurred_at, f"自事发 {_minute(story.occurred_at)}"
    else:
        since, words = story.received_at, f"自接报 {_minute(story.received_at)}"
    met = next((one.at for one in story.sent if rule.code in one.codes), None)
    return [
        Owed(
            rule,
            n,
            since,
            since + limit,
            from_receipt,
            from_occurrence,
            f"{words} 起 {_span(rule.limit_min)}内，{rule.source}",
            met_at=met,
            withdrawn_at=asked.until,
        )
    ]


def _follow_ups(story: Story, asked: _Asked, n: int) -> list[Owed]:
    """One is owed at a time: so long after the last report to the same receiver, or after the beginning."""
    rule, every = asked.rule, timedelta(minutes=asked.rule.every_min or 1)
    until = min((at for at in (asked.until, story.ended_at) if at is not None), default=None)
    start = story.received_at if asked.is_from_start else asked.at
    found: list[Owed] = []
    reports = [one for one in story.sent if rule.code in one.codes and one.at >= start]
    for sent in (*reports, None):
        due = start + every
        words = f"自上次报告 {_minute(start)} 起每 {_span(rule.every_min or 1)}，{rule.source}"
        met = sent.at if sent else None
        if met is None and until is not None and until <= start:
            break
        found.append(Owed(rule, n, start, due, due, None, words, met_at=met, withdrawn_at=until))
        n += 1
        if met is None or (until is not None and met >= until):
            break
        start = met
    return found


def _changes(story: Story, asked: _Asked, n: int) -> list[Owed]:
    limit = timedelta(minutes=asked.rule.limit_min)
    found = []
    for changed_at in story.changes:
        if changed_at < asked.at or (asked.until is not None and changed_at >= asked.until):
            continue
        met = next(
            (one.at for one in story.sent if asked.rule.code in one.codes and one.at >= changed_at), None
        )
        words = f"自变化 {_minute(changed_at)} 起 {_span(asked.rule.limit_min)}内，{asked.rule.source}"
        due = changed_at + limit
        found.append(Owed(asked.rule, n, changed_at, due, due, None, words, met, asked.until))
        n += 1
    return found


def _final(story: Story, asked: _Asked, n: int) -> list[Owed]:
    if story.ended_at is None or (asked.until is not None and asked.until <= story.ended_at):
        return []
    due = story.ended_at + timedelta(minutes=asked.rule.limit_min)
    met = next(
        (one.at for one in story.sent if asked.rule.code in one.codes and one.at >= story.ended_at), None
    )
    words = f"自响应结束 {_minute(story.ended_at)} 起 {_span(asked.rule.limit_min)}内，{asked.rule.source}"
    return [Owed(asked.rule, n, story.ended_at, due, due, None, words, met, asked.until)]


def _minute(at: datetime) -> str:
    return f"{city_time(at):%m月%d日 %H:%M}"


def _span(minutes: int) -> str:
    """Minutes as people say them.

    >>> [_span(20), _span(120), _span(1440)]
    ['20 分钟', '2 小时', '24 小时']
    """
    return f"{minutes} 分钟" if minutes % 60 or minutes < 60 else f"{minutes // 60} 小时"


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told how long before a deadline that nothing has gone out for."""

    before_min: int
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportRules:
    """The rules of reporting in force on a day, and who is warned before a breach."""

    version: str
    rules: tuple[ReportRule, ...]
    escalations: tuple[Escalation, ...] = field(default=())


def in_force_on(days: Iterable[date], on: date) -> bool:
    """Whether something that holds from the first of some days on holds on a day."""
    return min(days) <= on


def standing_at(
    at: datetime, *, due_at: datetime, met_at: datetime | None, withdrawn_at: datetime | None
) -> Standing:
    """How a report that is owed stands at a moment; withdrawn after it was due, it stays overdue."""
    if met_at is not None and met_at <= at:
        return "met" if met_at <= due_at else "late"
    if withdrawn_at is not None and withdrawn_at <= min(at, due_at):
        return "withdrawn"
    return "overdue" if at > due_at else "open"
