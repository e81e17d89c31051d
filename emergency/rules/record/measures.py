"""What the record of an incident measures by itself: how long from step to step, and who was in time.

Nothing is guessed: a step that no fact tells of is not known, and every number names the facts it comes from.
Decisions count from when they were written down; what happened on scene from when it happened.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import ceil
from statistics import median
from typing import Any

from emergency.rules.facts import Fact
from emergency.rules.plans.posts import organisation_of
from emergency.rules.responding import OPEN_TASKS

STEP_NAMES: dict[str, str] = {
    "occurred": "事发",
    "received": "接报",
    "logged": "登记",
    "level_confirmed": "级别确认",
    "activated": "启动响应",
    "first_accepted": "首项任务接受",
    "arrived": "首支队伍到场",
    "under_control": "险情得到控制",
    "stable": "现场稳定",
    "stood_down": "终止响应",
    "closed": "归档",
}
"""The steps that are measured, in the order in which they should come."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step with its moment and the facts that tell of it; without a moment it is not known."""

    code: str
    at: datetime | None
    facts: tuple[int, ...] = ()

    def after_s(self, since: "Milestone") -> int | None:
        """Seconds after another step, below zero when it came before; None where one is not known."""
        return None if self.at is None or since.at is None else int((self.at - since.at).total_seconds())


@dataclass(frozen=True, slots=True)
class TaskLife:
    """A task from being given to a department to its end; given to another one, a new life begins."""

    code: str
    text: str
    department: str
    given_at: datetime
    due_at: datetime | None
    facts: tuple[int, ...]
    accepted_at: datetime | None = None
    done_at: datetime | None = None
    ended_at: datetime | None = None
    state: str = "given"

    @property
    def accept_s(self) -> int | None:
        """Seconds until it was accepted; None when it was not."""
        return None if self.accepted_at is None else int((self.accepted_at - self.given_at).total_seconds())

    @property
    def late_s(self) -> int | None:
        """Seconds after its time at which it was done, below zero before; None when one is not known."""
        if self.done_at is None or self.due_at is None:
            return None
        return int((self.done_at - self.due_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Spread:
    """Times of some tasks: how many there are, the middle one, and the one that nine in ten do not pass."""

    n: int
    of: int
    median_s: float | None
    p90_s: float | None


@dataclass(frozen=True, slots=True)
class DepartmentMeasure:
    """How a department took its tasks."""

    department: str
    given: int
    accepted: Spread
    in_time: int
    late: int
    not_done: int
    facts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A number of people as a fact told it."""

    at: datetime
    value: int
    fact: int


@dataclass(frozen=True, slots=True)
class ResourceMeasure:
    """A resource's way: called, on its way, on scene, released."""

    code: str
    name: str
    called_at: datetime | None
    arrived_at: datetime | None
    released_at: datetime | None
    facts: tuple[int, ...]

    @property
    def way_s(self) -> int | None:
        """Seconds from being called to being there."""
        if self.called_at is None or self.arrived_at is None:
            return None
        return int((self.arrived_at - self.called_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything that is measured of an incident."""

    milestones: tuple[Milestone, ...]
    tasks: tuple[TaskLife, ...]
    accepted: Spread
    departments: tuple[DepartmentMeasure, ...]
    moved: tuple[Reading, ...]
    resources: tuple[ResourceMeasure, ...]
    warnings: tuple[tuple[datetime, str, str, int], ...] = field(default=())
    """When, which, what was done with it, and the fact."""

    def find(self, code: str) -> Milestone:
        """A step by its code."""
        return next(one for one in self.milestones if one.code == code)


def measure(facts: Sequence[Fact]) -> Measures:
    """Everything that the facts of an incident measure, in their order."""
    tasks = _task_lives(facts)
    departments = tuple(
        _of_department(code, [one for one in tasks if one.department == code])
        for code in sorted({one.department for one in tasks})
    )
    return Measures(
        milestones=_milestones(facts, tasks),
        tasks=tasks,
        accepted=spread(tasks),
        departments=departments,
        moved=tuple(_readings(facts, "moved")),
        resources=_resources(facts),
        warnings=tuple(
            (one.at, str(told.get("identifier", "")), str(told.get("action", "")), one.seq)
            for one in facts
            if (told := one.body.get("warning")) is not None
        ),
    )


def spread(tasks: Sequence[TaskLife]) -> Spread:
    """How long tasks waited to be accepted; of some that were accepted, nine in ten by the nearest rank."""
    times = sorted(one.accept_s for one in tasks if one.accept_s is not None)
    if not times:
        return Spread(0, len(tasks), None, None)
    return Spread(len(times), len(tasks), median(times), times[ceil(0.9 * len(times)) - 1])


def _milestones(facts: Sequence[Fact], tasks: Sequence[TaskLife]) -> tuple[Milestone, ...]:
    found: dict[str, Milestone] = {}
    for fact in facts:
        for code, at in _steps_of(fact):
            held = found.get(code)
            is_sooner = held is None or held.at is None or (at is not None and at < held.at)
            if code in _LAST_COUNTS or is_sooner:
                found[code] = Milestone(code, at, (fact.seq,))
        if fact.action == "resume":
            found.pop("stood_down", None)
    accepted = [one for one in tasks if one.accepted_at is not None]
    if accepted:
        first = min(accepted, key=lambda one: (one.accepted_at or one.given_at, one.facts))
        found["first_accepted"] = Milestone("first_accepted", first.accepted_at, first.facts)
    return tuple(found.get(code, Milestone(code, None)) for code in STEP_NAMES)


_LAST_COUNTS = ("occurred", "received", "stood_down", "closed")
"""What is corrected, or done again, counts as it was last told; of everything else the first time."""


def _steps_of(fact: Fact) -> Iterable[tuple[str, datetime | None]]:
    changes = fact.body.get("changes", {})
    for name, code in (("occurred_at", "occurred"), ("received_at", "received")):
        if name in changes:
            yield code, None if changes[name] is None else datetime.fromisoformat(changes[name])
    if fact.action == "open":
        yield "logged", fact.at
    if changes.get("is_level_confirmed"):
        yield "level_confirmed", fact.at
    if fact.action == "activate":
        yield "activated", fact.at
    mark = fact.body.get("mark")
    if mark in ("under_control", "stable"):
        yield str(mark), fact.happened_at
    resource = fact.body.get("resource", {})
    if mark == "first_arrival" or resource.get("state") == "arrived":
        yield "arrived", fact.happened_at
    if fact.action == "end":
        yield "stood_down", fact.at
    if fact.action == "close":
        yield "closed", fact.at


def _task_lives(facts: Sequence[Fact]) -> tuple[TaskLife, ...]:
    done: list[TaskLife] = []
    now: dict[str, TaskLife] = {}
    for fact in facts:
        body = fact.body
        if fact.action == "activate":
            done += now.values()
            now = {}
        for code in body.get("tasks_withdrawn", ()):
            if code in now and now[code].state in OPEN_TASKS:
                now[code] = _ended(now[code], fact)
        for task in body.get("tasks", ()):
            held = now.get(task["code"])
            if held is None or held.state == "withdrawn":
                done += [held] if held else []
                now[task["code"]] = _begun(task, fact)
        for task in body.get("tasks_changed", ()):
            held = now.get(task["code"])
            if held is not None and held.state in OPEN_TASKS:
                due_at = datetime.fromisoformat(task["due_at"])
                now[held.code] = replace(held, text=task["text"], due_at=due_at)
        told = body.get("task")
        if told is not None and (held := now.get(told.get("code", ""))) is not None:
            done += _move(now, held, told, fact)
        if fact.action == "end":
            now = {code: _ended(one, fact) if one.state in OPEN_TASKS else one for code, one in now.items()}
    return (*done, *now.values())


def _begun(task: dict[str, Any], fact: Fact) -> TaskLife:
    due_at = datetime.fromisoformat(task["due_at"])
    return TaskLife(task["code"], task["text"], task["department"], fact.at, due_at, (fact.seq,))


def _ended(life: TaskLife, fact: Fact) -> TaskLife:
    return replace(life, state="withdrawn", ended_at=fact.at, facts=(*life.facts, fact.seq))


def _move(now: dict[str, TaskLife], held: TaskLife, told: dict[str, Any], fact: Fact) -> list[TaskLife]:
    """The task after a step, and the life that ended where it went to another department."""
    state, facts = str(told.get("state", held.state)), (*held.facts, fact.seq)
    post = str(told.get("post", ""))
    department = organisation_of(post) if post else held.department
    if state == "given" and department != held.department:
        now[held.code] = TaskLife(held.code, held.text, department, fact.at, held.due_at, (fact.seq,))
        return [replace(held, state="reassigned", ended_at=fact.at, facts=facts)]
    accepted_at = held.accepted_at or (fact.at if state in ("accepted", "done") else None)
    done_at = fact.at if state == "done" else None
    now[held.code] = replace(held, state=state, accepted_at=accepted_at, done_at=done_at, facts=facts)
    return []


def _of_department(code: str, tasks: Sequence[TaskLife]) -> DepartmentMeasure:
    lates = [one.late_s for one in tasks if one.late_s is not None]
    return DepartmentMeasure(
        code,
        len(tasks),
        spread(tasks),
        in_time=sum(late <= 0 for late in lates),
        late=sum(late > 0 for late in lates),
        not_done=sum(one.done_at is None for one in tasks),
        facts=tuple(sorted({seq for one in tasks for seq in one.facts})),
    )


def _readings(facts: Sequence[Fact], name: str) -> Iterable[Reading]:
    last: int | None = None
    for fact in facts:
        toll = fact.body.get("changes", {}).get("toll")
        value = toll.get(name) if toll else None
        if value is not None and value != last:
            last = value
            yield Reading(fact.at, value, fact.seq)


def _resources(facts: Sequence[Fact]) -> tuple[ResourceMeasure, ...]:
    found: dict[str, ResourceMeasure] = {}
    for fact in facts:
        told = fact.body.get("resource")
        if told is None:
            continue
        code = str(told.get("code", fact.seq))
        held = found.get(code) or ResourceMeasure(code, str(told.get("name", code)), None, None, None, ())
        state, at = told.get("state"), fact.happened_at
        found[code] = replace(
            held,
            called_at=held.called_at or (at if state == "called" else None),
            arrived_at=held.arrived_at or (at if state == "arrived" else None),
            released_at=at if state == "released" else held.released_at,
            facts=(*held.facts, fact.seq),
        )
    return tuple(found.values())
