"""Plans, responses and tasks as people look at them. Reads only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from emergency.incidents.reading import Incident, find_no_of_id, get_incident
from emergency.response.tables import ActivationRow, PlanEditRow, PlanVersionRow, TaskRow
from emergency.rules.plans.document import Plan
from emergency.rules.plans.frozen import FrozenPlan, thaw
from emergency.rules.responding import OPEN_TASKS
from gis_core.crs import PlaneSystem
from gis_core.errors import NotFound

MOST_TASKS = 300
MOST_EDITS = 30


class PlanNotFound(NotFound):
    """There is no such plan, or no such version of it."""

    code = "plan_not_found"


class TaskNotFound(NotFound):
    """There is no such task."""

    code = "task_not_found"


@dataclass(frozen=True, slots=True)
class PlanHead:
    """A version of a plan without its document."""

    id: int
    code: str
    version: str
    name: str
    sha256: str
    state: str
    effective_from: date | None
    added_by: str
    added_at: datetime
    moved_by: str
    moved_at: datetime
    is_sample: bool


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A version with its document, in the state it is in now."""

    head: PlanHead
    plan: Plan


@dataclass(frozen=True, slots=True)
class PlanInForce:
    """A plan of an activation: which version, at which level; the hash is that of the kept document."""

    version_id: int
    code: str
    name: str
    version: str
    sha256: str
    level: int


@dataclass(frozen=True, slots=True)
class Activation:
    """A response as it stands, or stood."""

    id: int
    incident_id: int
    plans: tuple[PlanInForce, ...]
    response_level: int
    commander: str
    matter: str
    expected_hours: float
    measures: str
    evidence: str
    confirmed_by: str
    confirmed_at: datetime
    stood_down_by: str | None
    stood_down_at: datetime | None
    stood_down_why: str | None
    is_drill: bool


@dataclass(frozen=True, slots=True)
class GivenTask:
    """A task as it stands."""

    id: int
    activation_id: int
    code: str
    text: str
    post: str
    department: str
    given_at: datetime
    due_at: datetime
    depends_on: tuple[str, ...]
    evidence: tuple[str, ...]
    law: tuple[str, ...]
    state: str
    state_by: str
    state_at: datetime
    words: str

    @property
    def is_open(self) -> bool:
        """It still has to be done."""
        return self.state in OPEN_TASKS

    def is_overdue(self, at: datetime) -> bool:
        """It should have been done by now."""
        return self.is_open and at > self.due_at


@dataclass(frozen=True, slots=True)
class DepartmentTask:
    """A task with the incident that it belongs to."""

    task: GivenTask
    incident: Incident
    waits_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanEdit:
    """An edit of a draft."""

    id: int
    at: datetime
    by: str
    what: str
    taken_back_at: datetime | None


def list_heads(session: Session) -> list[PlanHead]:
    """Every version of every plan, the newest of each first."""
    columns = [getattr(PlanVersionRow, name) for name in PlanHead.__dataclass_fields__]
    query = select(*columns).order_by(PlanVersionRow.code, PlanVersionRow.id.desc())
    return [PlanHead(*row) for row in session.execute(query)]


def list_versions(session: Session, code: str) -> list[PlanVersion]:
    """The versions of a plan, the newest first.

    :raises PlanNotFound: when there is none.
    """
    query = select(PlanVersionRow).where(PlanVersionRow.code == code.replace("\x00", ""))
    rows = session.execute(query.order_by(PlanVersionRow.id.desc())).scalars().all()
    if not rows:
        raise PlanNotFound(f"没有编码为 {code[:40]} 的预案。请从预案目录重新打开。")
    return [version_of_row(row) for row in rows]


def get_version(versions: Sequence[PlanVersion], version: str | None) -> PlanVersion:
    """The version of that number among a plan's, without a number the newest. Raises PlanNotFound."""
    found = next((one for one in versions if version in (None, one.head.version)), None)
    if found is None:
        raise PlanNotFound("这个预案没有这个版本。请从预案目录重新打开。")
    return found


def list_edits(session: Session, version_id: int) -> list[PlanEdit]:
    """The latest edits of a version, the newest first."""
    columns = [getattr(PlanEditRow, name) for name in PlanEdit.__dataclass_fields__]
    query = select(*columns).where(PlanEditRow.version_id == version_id).order_by(PlanEditRow.id.desc())
    return [PlanEdit(*row) for row in session.execute(query.limit(MOST_EDITS))]


def is_used(session: Session, version_id: int) -> bool:
    """Some response, now or before, rests on the version."""
    query = select(ActivationRow.id).where(ActivationRow.plans.contains([{"version_id": version_id}]))
    return session.execute(query.limit(1)).first() is not None


def list_to_activate(session: Session, *, is_drill: bool) -> list[PlanVersion]:
    """Versions that can be activated: those approved; in a drill those that are worked on, too."""
    states = ("approved", "review", "draft") if is_drill else ("approved",)
    query = select(PlanVersionRow).where(PlanVersionRow.state.in_(states))
    rows = session.execute(query.order_by(PlanVersionRow.code, PlanVersionRow.id)).scalars()
    return [version_of_row(row) for row in rows]


def list_approved_ids(session: Session) -> set[int]:
    """The versions that are in force."""
    return set(session.scalars(select(PlanVersionRow.id).where(PlanVersionRow.state == "approved")))


def list_active(session: Session, incident_ids: Collection[int]) -> list[Activation]:
    """The responses in force of these incidents."""
    query = select(ActivationRow).where(
        ActivationRow.incident_id.in_(incident_ids), ActivationRow.stood_down_at.is_(None)
    )
    return [activation_of_row(row) for row in session.execute(query.order_by(ActivationRow.id)).scalars()]


def get_versions(session: Session, ids: Collection[int]) -> dict[int, PlanVersion]:
    """Versions by their id.

    :raises PlanNotFound: when one of them is not there.
    """
    query = select(PlanVersionRow).where(PlanVersionRow.id.in_(ids))
    found = {row.id: version_of_row(row) for row in session.execute(query).scalars()}
    if set(ids) - set(found):
        raise PlanNotFound("所选的预案版本不存在。请刷新页面后重新选择。")
    return found


def version_of_row(row: PlanVersionRow) -> PlanVersion:
    """The version that a row holds. Raises FrozenPlanChanged when document and hash do not fit."""
    plan = thaw(FrozenPlan(row.code, row.name, row.version, row.content, row.sha256))
    head = PlanHead(**{name: getattr(row, name) for name in PlanHead.__dataclass_fields__})
    return PlanVersion(
        head, plan.model_copy(update={"state": row.state, "effective_from": row.effective_from})
    )


def list_activations(session: Session, incident_id: int) -> list[Activation]:
    """The responses of an incident, the newest first."""
    query = select(ActivationRow).where(ActivationRow.incident_id == incident_id)
    rows = session.execute(query.order_by(ActivationRow.id.desc())).scalars()
    return [activation_of_row(row) for row in rows]


def list_tasks(session: Session, activation_id: int) -> list[GivenTask]:
    """The tasks of a response by department and by when they are due."""
    query = select(TaskRow).where(TaskRow.activation_id == activation_id)
    rows = session.execute(query.order_by(TaskRow.department, TaskRow.due_at, TaskRow.id)).scalars()
    return [task_of_row(row) for row in rows]


def list_tasks_of_department(
    session: Session, plane: PlaneSystem, department: str, *, is_open: bool
) -> list[DepartmentTask]:
    """A department's tasks with their incidents: open ones the most urgent first, settled ones newest."""
    kept = TaskRow.state.in_(OPEN_TASKS) if is_open else TaskRow.state.not_in(OPEN_TASKS)
    order = TaskRow.due_at if is_open else TaskRow.state_at.desc()
    query = select(TaskRow).where(TaskRow.department == department, kept).order_by(order, TaskRow.id)
    tasks = [task_of_row(row) for row in session.execute(query.limit(MOST_TASKS)).scalars()]
    incidents = _incidents_of(session, plane, {task.activation_id for task in tasks})
    waits = _unfinished(session, tasks)
    return [
        DepartmentTask(
            task,
            incidents[task.activation_id],
            tuple(
                waits[task.activation_id, code]
                for code in task.depends_on
                if (task.activation_id, code) in waits
            ),
        )
        for task in tasks
    ]


def list_departments_of(session: Session, task_ids: Collection[int | None]) -> set[str]:
    """The departments that have some tasks now."""
    query = select(TaskRow.department).where(TaskRow.id.in_([one for one in task_ids if one is not None]))
    return {*session.execute(query).scalars()}


def incident_no_of_task(session: Session, task_id: int) -> str:
    """The number of the incident that a task belongs to.

    :raises TaskNotFound: when there is no such task.
    """
    query = select(ActivationRow.incident_id).join(TaskRow, TaskRow.activation_id == ActivationRow.id)
    found = session.execute(query.where(TaskRow.id == min(task_id, 2**62))).scalar_one_or_none()
    if found is None:
        raise TaskNotFound("没有这项任务。请刷新页面后重试。")
    return find_no_of_id(session, found)


def _incidents_of(
    session: Session, plane: PlaneSystem, activation_ids: Collection[int]
) -> Mapping[int, Incident]:
    query = select(ActivationRow.id, ActivationRow.incident_id).where(ActivationRow.id.in_(activation_ids))
    pairs = session.execute(query).all()
    known = {
        incident_id: get_incident(session, plane, find_no_of_id(session, incident_id))
        for incident_id in {row.incident_id for row in pairs}
    }
    return {row.id: known[row.incident_id] for row in pairs}


def _unfinished(session: Session, tasks: Sequence[GivenTask]) -> dict[tuple[int, str], str]:
    """What of the tasks that others wait for is not done yet: activation and code, with its words."""
    activations = {task.activation_id for task in tasks}
    codes = {code for task in tasks for code in task.depends_on}
    query = select(TaskRow.activation_id, TaskRow.code, TaskRow.text).where(
        TaskRow.activation_id.in_(activations), TaskRow.code.in_(codes), TaskRow.state.in_(OPEN_TASKS)
    )
    return {(row.activation_id, row.code): row.text for row in session.execute(query)}


def activation_of_row(row: ActivationRow) -> Activation:
    """The activation that a row holds."""
    values: dict[str, Any] = {name: getattr(row, name) for name in Activation.__dataclass_fields__}
    return Activation(**values | {"plans": tuple(PlanInForce(**one) for one in row.plans)})


def task_of_row(row: TaskRow) -> GivenTask:
    """The task that a row holds."""
    values: dict[str, Any] = {name: getattr(row, name) for name in GivenTask.__dataclass_fields__}
    lists = {name: tuple(values[name]) for name in ("depends_on", "evidence", "law")}
    return GivenTask(**values | lists)
