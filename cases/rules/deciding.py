"""What a decision is made from and what it consists of: asking, known rules, state, decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cases.rules.deadlines import (
    Clocks,
    Running,
    clocks_as_data,
    run_clocks,
    stage_clock,
    used_words,
    working,
)
from cases.rules.evidence import StoredPhoto
from cases.rules.field_rules import ASKS_NOTHING, FieldAsk, FieldRules
from cases.rules.proof import photo_body
from cases.rules.stages import CLOCK_NAMES, FINAL_STAGES, PENDING_STAGES, ClockName, Transition
from cases.rules.worktime import UNIT_SECONDS, WorkCalendar, is_working, total_s
from gis_core.errors import BadInput, NotAllowed, Refused
from grid.rules.criteria import Criterion, Limit, LimitUnit


class NotYours(NotAllowed):
    """The case, or the task, is with somebody else."""

    code = "not_yours"


class UnknownType(BadInput):
    """A type that the catalogue in force does not have."""

    code = "unknown_type"


class UnknownCriterion(Refused):
    """A filing criterion that does not belong to the type of the case."""

    code = "unknown_criterion"


class UnknownDepartment(Refused):
    """No such department in the city's organisations."""

    code = "unknown_department"


class WrongAssignee(Refused):
    """The person named does not hold the post that the task needs."""

    code = "wrong_assignee"


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, in which post, for which organisation, and when (aware, UTC)."""

    at: datetime
    person_id: int | None
    name: str
    role: str
    organisation_code: str | None = None


@dataclass(frozen=True, slots=True)
class StageLimits:
    """Limits of the centres' stages in force, and the two numbers beside them."""

    clocks: Mapping[ClockName, Limit]
    case_allowance_h: int
    same_place_m: float
    version: str


@dataclass(frozen=True, slots=True)
class Assignee:
    """The person a task is given to."""

    person_id: int
    name: str
    roles: tuple[str, ...]
    organisation_code: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """The rules of the city as in force on the day, looked up before anything is decided.

    `earlier` are the pictures of the problem, for steps that show what became of it.
    """

    calendar: WorkCalendar
    stage_limits: StageLimits
    types: Mapping[tuple[str, str], str]
    criteria: Mapping[str, Criterion]
    departments: Mapping[str, str]
    assignee: Assignee | None = None
    open_parts: int = 0
    field_rules: FieldRules = ASKS_NOTHING
    earlier: tuple[StoredPhoto, ...] = ()

    def asks_of(self, step: str, *, role: str, kind: str, type_code: str) -> FieldAsk:
        """What the city asks of a step outside."""
        return self.field_rules.asks_of(step, role=role, kind=kind, type_code=type_code)

    def get_criterion(self, code: str, *, kind: str, type_code: str) -> Criterion:
        """The criterion, if it is one of the type's; UnknownCriterion else."""
        found = self.criteria.get(code)
        if found is None or (found.kind, found.type_code) != (kind, type_code):
            name = self.types.get((kind, type_code), type_code)
            raise UnknownCriterion(f"“{name}”没有编号为“{code}”的立案条件，请从列表中选择。")
        return found

    def get_type_name(self, kind: str, type_code: str) -> str:
        """The Chinese name of a type; UnknownType when the catalogue in force lacks it."""
        name = self.types.get((kind, type_code))
        if name is None:
            raise UnknownType(f"没有编号为“{type_code}”的类别，请从类别列表中选择。")
        return name

    def get_department_name(self, code: str) -> str:
        """The name of a department; UnknownDepartment when the city has none of that code."""
        name = self.departments.get(code)
        if name is None:
            raise UnknownDepartment(f"没有代码为“{code}”的部门，请从部门列表中选择。")
        return name

    def need_assignee(self, role: str, label: str) -> Assignee:
        """The person named for the task, holding the post; WrongAssignee else."""
        if self.assignee is None or role not in self.assignee.roles:
            raise WrongAssignee(f"所选人员不是{label}，请重新选择。")
        return self.assignee


@dataclass(frozen=True, slots=True)
class CaseState:
    """All of a case that rules look at or change.

    `asked_from` is where an application was made that waits for an answer, `is_ask_endorsed` whether the
    department agrees to its crew's; `appeal` is asked, granted or refused; `merged_into` is the number of the
    case that it was found to repeat.
    """

    stage: str
    kind: str
    type_code: str
    reported_at: datetime
    stage_since: datetime
    clocks: Clocks = field(default_factory=dict)
    criterion_code: str | None = None
    reporter_id: int | None = None
    inspector_id: int | None = None
    department_code: str | None = None
    crew_id: int | None = None
    limit: Limit | None = None
    rework_count: int = 0
    filed_at: datetime | None = None
    dispatched_at: datetime | None = None
    finished_at: datetime | None = None
    closed_at: datetime | None = None
    is_overdue_handled: bool | None = None
    is_verified_true: bool | None = None
    is_recheck_passed: bool | None = None
    is_handled_at_once: bool = False
    helping_codes: tuple[str, ...] = ()
    asked_from: str | None = None
    is_ask_endorsed: bool | None = None
    extension_count: int = 0
    suspension_count: int = 0
    suspended_until: datetime | None = None
    is_supervised: bool = False
    urge_count: int = 0
    has_open_urge: bool = False
    answer_due_at: datetime | None = None
    is_void_asked: bool = False
    appeal: str | None = None
    is_lateness_exempt: bool = False
    merged_into: str | None = None
    join_count: int = 0
    reopen_count: int = 0
    made_safe_at: datetime | None = None

    @property
    def stage_running(self) -> Running | None:
        """The clock whose light the case shows now."""
        return stage_clock(self.stage, self.clocks)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided: the new state, the row of the table, the reason in Chinese, what the fact keeps.

    `corrected` are columns of what the report says and where, by name, that a correction sets. `said` are
    words of the public in which telephone numbers stand: the fact has them without, for it cannot be changed.
    """

    state: CaseState
    edge: Transition
    reason: str
    body: Mapping[str, Any]
    photos: tuple[tuple[str, StoredPhoto], ...] = ()
    corrected: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""

    @property
    def stage(self) -> str:
        """The stage the case has now."""
        return self.state.stage


def advance(
    state: CaseState,
    edge: Transition,
    *,
    asking: Asking,
    known: Known,
    reason: str,
    body: Mapping[str, Any] | None = None,
    photos: tuple[tuple[str, StoredPhoto], ...] = (),
) -> Decision:
    """Move `state` along `edge`: stage and clocks as the table says; every clock's working."""
    limits = {**known.stage_limits.clocks, **_own_limits(state, known)}
    clocks = run_clocks(state.clocks, edge.clocks, at=asking.at, limits=limits, calendar=known.calendar)
    stage = edge.ends_at(state.stage, state.asked_from)
    after = replace(state, clocks=clocks) if edge.is_mark else _moved(state, stage, asking.at, clocks)
    kept = {
        **(body or {}),
        "photos": [photo_body(role, photo) for role, photo in photos],
        "clocks": clocks_as_data({e.clock: clocks[e.clock] for e in edge.clocks if e.clock in clocks}),
        "rules": {"calendar": known.calendar.version, "stage_limits": known.stage_limits.version},
    }
    words = [reason, *_clock_words(edge, clocks, asking.at, known.calendar)]
    return Decision(after, edge, "；".join(words) + "。", kept, photos)


def _moved(state: CaseState, stage: str, at: datetime, clocks: Clocks) -> CaseState:
    is_asking = stage in PENDING_STAGES
    return replace(
        state,
        stage=stage,
        stage_since=at,
        clocks=clocks,
        closed_at=at if stage in FINAL_STAGES else None,
        asked_from=state.stage if is_asking else None,
        is_ask_endorsed=state.is_ask_endorsed if is_asking else None,
        is_void_asked=False,  # whoever moved the case has decided
    )


def _own_limits(state: CaseState, known: Known) -> dict[ClockName, Limit]:
    """The limits that belong to this case: of handling, and of the whole case."""
    own: dict[ClockName, Limit] = {}
    if state.limit is not None:
        own["handling"] = state.limit
    criterion = known.criteria.get(state.criterion_code or "")
    if criterion is not None:
        own["case"] = case_limit(criterion.limit, known.stage_limits.case_allowance_h)
    return own


def case_limit(handling: Limit, allowance_h: int) -> Limit:
    """The limit of the whole case: handling and some hours more, counted on the same kind of clock.

    >>> str(case_limit(Limit(2, "working_day"), 8))
    '24 工作时'
    """
    unit: LimitUnit = "working_hour" if is_working(handling) else "clock_minute"
    return Limit((total_s(handling) + allowance_h * 3600) // UNIT_SECONDS[unit], unit)


def _clock_words(edge: Transition, clocks: Clocks, at: datetime, calendar: WorkCalendar) -> list[str]:
    """One phrase for each clock that began or went on at `at`."""
    words = []
    for effect in edge.clocks:
        clock = clocks.get(effect.clock)
        if clock is None or clock.run_since != at or clock.due_at is None:
            continue
        name = CLOCK_NAMES[effect.clock]
        if clock.started_at == at:
            words.append(f"{name}时限 {working(clock.limit, at, calendar)}")
        else:
            words.append(f"{name}时钟继续，已用 {used_words(clock)}")
    return words
