"""A span of the past as the replay of the wall asks for it: from when to when, how fast, told as JSON.

Moments in an address without a zone are the city's. What is told holds no personal name: cases as the wall
shows them, steps by post and organisation. Where people were is told apart, for a purpose, and logged.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from cases.as_it_was import AsItWas, CaseThen, StepThen
from cases.rules.as_it_stood import Stood
from cases.rules.stages import ROLE_NAMES, STAGE_NAMES, STAGES, action_label
from gis_core.clock import CITY_ZONE, city_time
from gis_core.errors import BadInput, NotFound
from grid.positions.replaying import CallThen, Ways
from web.faces.views import TRACK, track_of

LONGEST = timedelta(days=1)
AN_HOUR = timedelta(hours=1)
SPEEDS = (1, 10, 60, 300, 600)
SPEED = 60
FIRST_YEAR = 2000
SCALE = 100_000
"""Places of ways are told in this part of a degree, about a metre, each as its difference from the last."""
_SPACE_FOR_PLUS = re.compile(r"(\d) (\d\d:?\d\d)$")


class BadReplay(BadInput):
    """The span or the speed of a replay cannot be read, or it ends before it begins."""

    code = "bad_replay"


class ReplayTooLong(BadInput):
    """A replay holds a day at most."""

    code = "replay_too_long"


class ReplayInFuture(BadInput):
    """Only what has happened can be replayed."""

    code = "replay_in_future"


class NothingToReplay(NotFound):
    """The span lies before everything that is kept."""

    code = "nothing_to_replay"


class ReplayAsked(BaseModel):
    """The span in an address, as it was typed."""

    model_config = ConfigDict(extra="ignore")

    since: str = Field("", alias="from", max_length=40, title="开始时刻")
    until: str = Field("", alias="to", max_length=40, title="结束时刻")
    speed: int = Field(SPEED, title="倍速")
    purpose: str = Field("", max_length=24, title="目的")


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, both included, UTC."""

    since: datetime
    until: datetime

    @property
    def query(self) -> str:
        """The span as an address says it, in the city's time; the same for the same span."""
        return f"from={written_moment(self.since)}&to={written_moment(self.until)}"


def read_span(asked: ReplayAsked, at: datetime) -> Span:
    """The span asked for: the last whole hour without a word, an hour where one end alone is said.

    :raises BadReplay: for what is no moment, or the wrong way round.
    :raises ReplayTooLong: for more than a day; ReplayInFuture for what has not happened.
    """
    since = read_moment(asked.since, "from", "开始时刻")
    until = read_moment(asked.until, "to", "结束时刻")
    if since is None:
        whole = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        until = until or whole
        since = until - AN_HOUR
    until = until or min(since + AN_HOUR, max(at, since + timedelta(seconds=1)))
    if until <= since:
        raise BadReplay("结束时刻要晚于开始时刻。请重新选择时段。", fields=["from", "to"])
    if until - since > LONGEST:
        raise ReplayTooLong("一次最多回放 24 小时。请缩短时段。", fields=["from", "to"])
    if until > at:
        raise ReplayInFuture("还没有发生的事不能回放。请选择已经过去的时段。", fields=["to"])
    return Span(since, until)


def read_speed(asked: ReplayAsked) -> int:
    """One of the speeds there are.

    :raises BadReplay: for another one.
    """
    if asked.speed not in SPEEDS:
        raise BadReplay("倍速只能是 1、10、60、300 或 600。请从按钮中选择。", fields=["speed"])
    return asked.speed


def need_kept(span: Span, first: datetime | None) -> None:
    """Refuse a span before everything that is kept.

    :raises NothingToReplay: saying when the first report came.
    """
    if first is None or span.until < first:
        since = f"最早的上报是 {city_time(first):%Y年%m月%d日 %H:%M}" if first else "还没有任何上报"
        raise NothingToReplay(f"这段时间没有记录，{since}。请选择之后的时段。")


def read_moment(words: str, name: str, title: str) -> datetime | None:
    """A moment of an address, the city's where it says no zone; None for no word.

    :raises BadReplay: for what is no moment.
    """
    words = _SPACE_FOR_PLUS.sub(r"\1+\2", words.strip())  # a plus in an address is a space
    if not words:
        return None
    try:
        found = datetime.fromisoformat(words)
        moment = (found if found.tzinfo else found.replace(tzinfo=CITY_ZONE)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadReplay(f"{title}无法识别，请写成 2026-09-18T09:30 这样。", fields=[name]) from None
    if not FIRST_YEAR <= moment.year < 9000:
        raise BadReplay(f"{title}超出范围，请重新选择。", fields=[name])
    return moment


def written_moment(at: datetime) -> str:
    """A moment as an address says it, in the city's time."""
    moment = city_time(at).replace(tzinfo=None)
    has_seconds = moment.second or moment.microsecond
    return moment.isoformat(timespec="auto" if has_seconds else "minutes")


@dataclass(frozen=True, slots=True)
class Naming:
    """Names in the reader's language: what translates, types by kind and code, places and departments."""

    say: Callable[..., str]
    types_en: Mapping[tuple[str, str], str]
    types: Mapping[tuple[str, str], str]
    communities: Mapping[str, str]
    organisations: Mapping[str, str]
    is_english: bool

    def type_name(self, one: CaseThen) -> str:
        """What a case's type was called: in English where it is still of the same type."""
        is_same = self.types.get((one.kind, one.type_code)) == one.type_name
        english = self.types_en.get((one.kind, one.type_code)) if is_same and self.is_english else None
        return english or one.type_name

    def department(self, code: str | None) -> str:
        """The short name of a department; nothing for none."""
        return "" if code is None else self.organisations.get(code, code)

    def post(self, step: StepThen) -> str:
        """Who did a step: the post and, of departments, which; no person."""
        role = self.say(ROLE_NAMES.get(step.role, step.role))
        of = step.organisation_code if step.role in ("department", "crew") else None
        return f"{self.department(of)} {role}" if of else role


class _Listed:
    """Words that are told once and named by their place."""

    def __init__(self) -> None:
        self.words: dict[Any, int] = {}

    def place(self, word: Any) -> int:
        """The place of a word in the list."""
        return self.words.setdefault(word, len(self.words))


def told_facts(
    was: AsItWas, calls: Sequence[CallThen], span: Span, naming: Naming, *, stale_after_s: int
) -> dict[str, Any]:
    """A span for the page: how the cases stood, then every step with how its case stood after it.

    Times are seconds since the span began; deadlines whole ones, rounded up, for a light turns at its second.
    """
    types, communities, departments = _Listed(), _Listed(), _Listed()
    departments.place(None)
    actions, posts = _Listed(), _Listed()

    def stands(stood: Stood | None) -> list[Any]:
        if stood is None:
            return [-1, None, None, 0]
        due, risk = (_offset(at, span) for at in (stood.due_at, stood.at_risk_at))
        return [STAGES.index(stood.stage), due, risk, departments.place(stood.department_code)]

    cases = [
        [
            one.case_no, types.place((naming.type_name(one), one.type_code)),
            round(one.place.lon_deg, 5), round(one.place.lat_deg, 5),
            communities.place(naming.communities.get(one.community_code, "")), *stands(one.stood),
        ]
        for one in was.cases
    ]  # fmt: skip
    steps = [
        [
            round((step.at - span.since).total_seconds(), 1), step.case, actions.place(step.action),
            posts.place(naming.post(step)), *stands(step.stood),
            *([round(step.moved.lon_deg, 5), round(step.moved.lat_deg, 5)] if step.moved else []),
        ]
        for step in was.steps
    ]  # fmt: skip
    sos = [_told_call(one, span) for one in calls]
    return {
        "from": city_time(span.since).isoformat(),
        "to": city_time(span.until).isoformat(),
        "length_s": (span.until - span.since).total_seconds(),
        "stale_after_s": stale_after_s,
        "stages": [naming.say(STAGE_NAMES[stage]) for stage in STAGES],
        "stage_codes": STAGES,
        "tracks": [naming.say(name) for name, _ in TRACK],
        "track_of": [track_of(stage) for stage in STAGES],
        "types": [list(one) for one in types.words],
        "communities": list(communities.words),
        "departments": [naming.department(code) for code in departments.words],
        "actions": [[code, naming.say(action_label(code))] for code in actions.words],
        "posts": list(posts.words),
        "cases": cases,
        "steps": steps,
        "sos": sos,
        "is_cut": was.is_cut,
        "digest": _digest(was, calls, span),
    }  # fmt: skip


def _offset(at: datetime | None, span: Span) -> int | None:
    return None if at is None else ceil((at - span.since).total_seconds())


def _told_call(one: CallThen, span: Span) -> list[Any]:
    over = one.answered_at and round((one.answered_at - span.since).total_seconds(), 1)
    return [one.id, round((one.at - span.since).total_seconds(), 1), over]


def _digest(was: AsItWas, calls: Sequence[CallThen], span: Span) -> str:
    """The same for the same facts, in any language: whether two sheets are of one picture can be told."""
    parts = hashlib.sha256(f"{span.since.isoformat()}/{span.until.isoformat()}".encode())
    for one in was.cases:
        stood = one.stood
        parts.update(
            f"|{one.case_no},{stood and (stood.stage, stood.department_code, stood.due_at)}".encode()
        )
    for step in was.steps:
        numbers = was.cases[step.case].case_no, step.action, step.role, step.stood.stage, step.stood.due_at
        parts.update(f"|{step.at.isoformat()},{numbers}".encode())
    over = {one.id: one.answered_at for one in calls if one.answered_at and one.answered_at <= span.until}
    parts.update(f"|{[(one.id, one.at, over.get(one.id)) for one in calls]}".encode())
    return parts.hexdigest()[:16]


def told_ways(ways: Ways, span: Span, *, at: datetime, kept_days: int) -> dict[str, Any]:
    """Everybody's ways for the page: seconds and parts of a degree, each as its difference from the last.

    It says what the rules of keeping have taken: `thinned` to one a minute, or `gone` after `kept_days`.
    """
    return {
        "gone": span.since < at - timedelta(days=kept_days),
        "scale": SCALE,
        "counted": ways.counted,
        "shown": sum(len(one.seconds) for one in ways.ways),
        "step_s": ways.step_s,
        "thinned": ways.thinned_until is not None and span.since < ways.thinned_until,
        "ways": [
            {
                "key": one.key, "name": one.name, "kind": one.kind, "gaps": one.gaps,
                "t": _differences([round(second) for second in one.seconds]),
                "lon": _differences([round(lon * SCALE) for lon, _ in one.places]),
                "lat": _differences([round(lat * SCALE) for _, lat in one.places]),
            }
            for one in ways.ways
        ],
        "sos": [
            {"id": one.id, "name": one.name, "place": one.place} for one in ways.calls
        ],
    }  # fmt: skip


def _differences(values: Sequence[int]) -> list[int]:
    return [value - before for before, value in zip((0, *values), values, strict=False)]


def as_script(told: Mapping[str, Any]) -> bytes:
    """JSON without needless spaces: a busy hour has tens of thousands of numbers."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
