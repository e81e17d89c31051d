"""Sample cases that are open at the moment: every stage, and every light of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from cases.rules.commands import (
    Accept,
    Answer,
    ApproveSuspension,
    AskExtension,
    AskReturn,
    AskSuspension,
    AskVoid,
    Assign,
    Command,
    Dispatch,
    FileCase,
    Finish,
    ReplyRecheck,
    SendRecheck,
    SendVerification,
    Supervise,
    Urge,
)
from cases.rules.deadlines import used_pct
from cases.rules.deciding import Assignee, Known
from cases.rules.stages import ClockName
from cases.rules.worktime import is_working, total_s
from cases.sample_cases.lives import UNSEEN, Life, Posts, Start
from cases.sample_cases.pictures import Eyes
from gis_core.clock import city_time
from gis_core.errors import Refused
from grid.rules.criteria import Criterion, Limit


@dataclass(frozen=True, slots=True)
class Given:
    """What commands of steps are made from."""

    criterion: str
    department: str
    inspector: int
    until: date  # the last day of a suspension
    lot: float  # from 0 to 1: which reason is given


Make = Callable[[Given], Command]
WHY_RETURN = (("other_owner", "该设施为小区物业所有"), ("not_our_duty", "应由市政养护"), ("duplicate", ""))
WHY_EXTEND = (
    ("materials", "配件已订货，后天到"),
    ("coordination", "等待交警批准占道"),
    ("weather", "连日降雨"),
)
WHY_SUSPEND = (("season", "冬季不宜植树"), ("big_works", "列入路面大修"), ("no_funds", "已申请专项资金"))
"""Codes and words of reasons, as departments give them."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stage at which a case waits: how often, which clock runs, and the steps that lead there.

    `anchor` is the place of the step that started the clock; 0 is the report itself.
    """

    stage: str
    weight: float
    clock: ClockName
    anchor: int
    steps: tuple[str, ...]


_STEPS: dict[str, tuple[str, float, Make]] = {
    "send_verification": ("operator", 6, lambda given: SendVerification(given.inspector)),
    "accept": ("operator", 7, lambda given: Accept(given.criterion)),
    "file_case": ("duty_chief", 8, lambda _: FileCase()),
    "dispatch": ("dispatcher", 7, lambda given: Dispatch(given.department)),
    "assign": ("department", 25, lambda _: Assign()),
    "finish": ("department", 190, lambda _: Finish("已处理", UNSEEN)),
    "send_recheck": ("operator", 12, lambda given: SendRecheck(given.inspector)),
    "reply_recheck": ("inspector", 40, lambda _: ReplyRecheck(True, UNSEEN)),
    "ask_return": ("department", 40, lambda given: AskReturn(*_why(WHY_RETURN, given))),
    "ask_extension": ("department", 120, lambda given: AskExtension(*_why(WHY_EXTEND, given))),
    "ask_suspension": ("department", 120, lambda given: AskSuspension(*_why(WHY_SUSPEND, given))),
    "approve_suspension": ("dispatcher", 60, lambda given: ApproveSuspension(given.until)),
    "ask_void": ("operator", 12, lambda _: AskVoid("与前一件为同一问题", "duplicate")),
}
"""Who takes a step, and how many minutes after the one before it."""
_ALL = ("accept", "file_case", "dispatch", "assign", "finish", "send_recheck", "reply_recheck")
"""The main line from the report on."""
WAITING: tuple[Waiting, ...] = (
    Waiting("reported", 13, "accept", 0, ()),
    Waiting("verifying", 8, "verify", 1, ("send_verification",)),
    Waiting("accepted", 9, "filing", 1, _ALL[:1]),
    Waiting("filed", 10, "dispatch", 2, _ALL[:2]),
    Waiting("dispatched", 15, "handling", 3, _ALL[:3]),
    Waiting("in_progress", 28, "handling", 3, _ALL[:4]),
    Waiting("finished", 6, "closing", 5, _ALL[:5]),
    Waiting("rechecking", 7, "recheck", 6, _ALL[:6]),
    Waiting("rechecked", 4, "closing", 5, _ALL[:7]),
    Waiting("accepted", 2, "filing", 1, (*_ALL[:1], "ask_void")),
    Waiting("return_pending", 3, "handling", 3, (*_ALL[:3], "ask_return")),
    Waiting("extension_pending", 4, "handling", 3, (*_ALL[:4], "ask_extension")),
    Waiting("suspension_pending", 3, "handling", 3, (*_ALL[:4], "ask_suspension")),
    Waiting("suspended", 4, "handling", 3, (*_ALL[:4], "ask_suspension", "approve_suspension")),
)
LIGHT_SHARES: tuple[tuple[float, float, float], ...] = (
    (0.62, 0.05, 0.72),
    (0.2, 0.82, 0.97),
    (0.18, 1.05, 1.9),
)
"""How often a light shows, and between which shares of the limit: normal, at risk, overdue."""

GOLDEN = 0.6180339887498949
MARKED, ANSWERED = 0.16, 0.006
"""Share of the cases at work that are urged or supervised; part of every fiftieth that is answered."""


def linger(
    start: Start,
    criterion: Criterion,
    department_code: str,
    *,
    known: Known,
    posts: Posts,
    at: datetime,
    turn: int,
    rng: np.random.Generator,
    eyes: Eyes | None = None,
) -> Life:
    """The `turn`-th case that waits at some stage at `at`, with some share of its limit used."""
    waiting = waiting_of(turn)
    limit = criterion.limit if waiting.clock == "handling" else known.stage_limits.clocks[waiting.clock]
    since = _since(limit, _share(rng), known, at)
    times = _times(waiting, since, at, rng)
    life = Life(replace(start, reported_at=times[0]), known, posts, until=at, rng=rng, eyes=eyes)
    until = city_time(at).date() + timedelta(days=int(rng.integers(9, 60)))
    given = Given(criterion.code, department_code, life.inspector.person_id, until, float(rng.random()))
    for step, when in zip(waiting.steps, times[1:], strict=True):
        role, _, make = _STEPS[step]
        try:
            life.do(make(given), _who(role, life, department_code, posts), role, when)
        except Refused:
            break  # too late to ask for more time: it waits where it is
    _mark(life, department_code, posts, rng)
    return life


def _why(reasons: tuple[tuple[str, str], ...], given: Given) -> tuple[str, str]:
    """Words and code of one of the reasons."""
    code, words = reasons[int(given.lot * len(reasons))]
    return words, code


def _mark(life: Life, department_code: str, posts: Posts, rng: np.random.Generator) -> None:
    """Somebody urges now and then what has waited for long; some of it is answered."""
    lot, when = rng.random(), life.time + (life.until - life.time) * 0.7
    if life.state.stage not in ("dispatched", "in_progress", "extension_pending") or lot > MARKED:
        return
    leader, dispatcher = life.someone(posts.leaders), life.someone(posts.dispatchers)
    day = city_time(life.until).date() + timedelta(days=1)
    if lot < MARKED / 2:
        life.do(Supervise("群众多次反映，请抓紧办理并报结果", day), leader, "leader", when)
    else:
        life.do(Urge("请尽快到场处置", None), dispatcher, "dispatcher", when)
    if lot % 0.02 < ANSWERED:
        department = _who("department", life, department_code, posts)
        life.do(Answer("已安排人员，今天到场"), department, "department", when + (life.until - when) * 0.5)


def waiting_of(turn: int) -> Waiting:
    """Where the `turn`-th open case waits: by weight, and spread evenly, so that a small city has every kind.

    Turns step by the golden ratio, which leaves the smallest gaps (Weyl 1916).
    """
    ends = np.cumsum([waiting.weight for waiting in WAITING])
    place = (turn * GOLDEN % 1) * ends[-1]
    return WAITING[int(np.searchsorted(ends, place, side="right"))]


def _share(rng: np.random.Generator) -> float:
    lot = rng.random()
    for share, low, high in LIGHT_SHARES:
        if lot < share:
            return float(rng.uniform(low, high))
        lot -= share
    return 0.5


def _since(limit: Limit, share: float, known: Known, at: datetime) -> datetime:
    """When a clock must have started to have used a share of its limit by `at`."""
    if not is_working(limit):
        return at - timedelta(seconds=share * total_s(limit))
    early, late = at - timedelta(days=90), at
    for _ in range(26):
        middle = early + (late - early) / 2
        if used_pct(limit, middle, at, known.calendar) > 100 * share:
            early = middle
        else:
            late = middle
    return early


def _times(waiting: Waiting, since: datetime, at: datetime, rng: np.random.Generator) -> list[datetime]:
    """Moments of the report and of each step: back from the one that started the clock, then on to now."""
    before = [_STEPS[step][1] * float(rng.uniform(0.4, 1.5)) for step in waiting.steps[: waiting.anchor]]
    times = [since - timedelta(minutes=sum(before))]
    for minutes in before:
        times.append(times[-1] + timedelta(minutes=minutes))
    later = waiting.steps[waiting.anchor :]
    for place in range(len(later)):
        times.append(since + (at - since) * (0.6 * (place + 1) / (len(later) + 1)))
    return times


def _who(role: str, life: Life, department_code: str, posts: Posts) -> Assignee:
    if role == "department":
        return life.clerk_of(department_code)
    people = {"operator": posts.operators, "duty_chief": posts.duty_chiefs, "dispatcher": posts.dispatchers}
    return life.inspector if role == "inspector" else life.someone(people[role])
