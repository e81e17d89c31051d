"""Sample cases that are open at the moment: every stage, and every light of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from cases.rules.commands import (
    Accept,
    Assign,
    Command,
    Dispatch,
    FileCase,
    Finish,
    ReplyRecheck,
    SendRecheck,
    SendVerification,
)
from cases.rules.deadlines import used_pct
from cases.rules.deciding import Assignee, Known
from cases.rules.stages import ClockName
from cases.rules.worktime import is_working, total_s
from cases.sample_cases.lives import UNSEEN, Life, Posts, Start
from grid.rules.criteria import Criterion, Limit

Make = Callable[[str, str, int], Command]
"""From criterion, department and inspector to the command of a step."""


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
    "send_verification": ("operator", 6, lambda _c, _d, i: SendVerification(i)),
    "accept": ("operator", 7, lambda c, _d, _i: Accept(c)),
    "file_case": ("duty_chief", 8, lambda _c, _d, _i: FileCase()),
    "dispatch": ("dispatcher", 7, lambda _c, d, _i: Dispatch(d)),
    "assign": ("department", 25, lambda _c, _d, _i: Assign()),
    "finish": ("department", 190, lambda _c, _d, _i: Finish("已处理", UNSEEN)),
    "send_recheck": ("operator", 12, lambda _c, _d, i: SendRecheck(i)),
    "reply_recheck": ("inspector", 40, lambda _c, _d, _i: ReplyRecheck(True, UNSEEN)),
}
"""Who takes a step, and how many minutes after the one before it."""
_ALL = tuple(step for step in _STEPS if step != "send_verification")
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
)
LIGHT_SHARES: tuple[tuple[float, float, float], ...] = (
    (0.62, 0.05, 0.72),
    (0.2, 0.82, 0.97),
    (0.18, 1.05, 1.9),
)
"""How often a light shows, and between which shares of the limit: normal, at risk, overdue."""


def linger(
    start: Start,
    criterion: Criterion,
    department_code: str,
    *,
    known: Known,
    posts: Posts,
    at: datetime,
    rng: np.random.Generator,
) -> Life:
    """A case that waits at some stage at `at`, with some share of its limit used."""
    weights = np.array([w.weight for w in WAITING])
    waiting = WAITING[int(rng.choice(len(WAITING), p=weights / weights.sum()))]
    limit = criterion.limit if waiting.clock == "handling" else known.stage_limits.clocks[waiting.clock]
    since = _since(limit, _share(rng), known, at)
    times = _times(waiting, since, at, rng)
    life = Life(replace(start, reported_at=times[0]), known, posts, until=at, rng=rng)
    for step, when in zip(waiting.steps, times[1:], strict=True):
        role, _, make = _STEPS[step]
        command = make(criterion.code, department_code, life.inspector.person_id)
        life.do(command, _who(role, life, department_code, posts), role, when)
    return life


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
        known = posts.departments.get(department_code)
        return known or Assignee(0, life.clerk_of(department_code), ("department",), department_code)
    people = {"operator": posts.operators, "duty_chief": posts.duty_chiefs, "dispatcher": posts.dispatchers}
    return life.inspector if role == "inspector" else life.someone(people[role])
