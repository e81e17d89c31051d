"""Locked writes of plans, activations and tasks, set-wise."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.response.reading import Activation, GivenTask, PlanHead, activation_of_row, task_of_row
from emergency.response.tables import ActivationRow, PlanEditRow, PlanVersionRow, TaskRow
from emergency.rules.plans.composing import Composition
from emergency.rules.plans.document import Plan
from emergency.rules.plans.frozen import freeze
from emergency.rules.plans.merging import MergedTask
from emergency.rules.plans.posts import organisation_of
from emergency.rules.record.people import ANSWERED, blotted
from emergency.rules.responding import OPEN_TASKS, Stated


def add_version(session: Session, plan: Plan, *, by: str, at: datetime) -> int | None:
    """Keep a version of a plan; None when that version is kept already.

    State and first day stand beside the document, which stays as it came: so its hash holds for ever.
    """
    frozen = freeze(plan.model_copy(update={"state": "draft", "effective_from": None}))
    values = {
        "code": plan.code,
        "version": plan.version,
        "name": plan.name,
        "content": frozen.content,
        "sha256": frozen.sha256,
        "state": plan.state,
        "effective_from": plan.effective_from,
        "added_by": by,
        "added_at": at,
        "moved_by": by,
        "moved_at": at,
        "is_sample": plan.is_sample,
    }
    statement = (
        upsert(PlanVersionRow).values(values).on_conflict_do_nothing(constraint="uq_plan_version_code")
    )
    return session.execute(statement.returning(PlanVersionRow.id)).scalar_one_or_none()


def move_version(
    session: Session,
    version_id: int,
    *,
    was: str,
    to: str,
    effective_from: date | None,
    by: str,
    at: datetime,
) -> bool:
    """Move a version to another state; False when somebody else moved it meanwhile."""
    which = (PlanVersionRow.id == version_id) & (PlanVersionRow.state == was)
    values = {"state": to, "effective_from": effective_from, "moved_by": by, "moved_at": at}
    done = session.execute(update(PlanVersionRow).where(which).values(values).returning(PlanVersionRow.id))
    return done.first() is not None


def retire_others(session: Session, code: str, *, but: int, by: str, at: datetime) -> None:
    """A newly approved version takes the place of those approved before."""
    which = (PlanVersionRow.code == code) & (PlanVersionRow.state == "approved") & (PlanVersionRow.id != but)
    session.execute(update(PlanVersionRow).where(which).values(state="retired", moved_by=by, moved_at=at))


def write_draft(session: Session, version_id: int, plan: Plan, *, seen_sha256: str) -> bool:
    """Let a draft be this plan; False when it is no longer the draft that was seen."""
    frozen = freeze(plan.model_copy(update={"state": "draft", "effective_from": None}))
    which = (PlanVersionRow.id == version_id) & (PlanVersionRow.state == "draft")
    values = {"content": frozen.content, "sha256": frozen.sha256, "name": plan.name}
    statement = update(PlanVersionRow).where(which, PlanVersionRow.sha256 == seen_sha256)
    written = statement.values(values | {"is_sample": plan.is_sample}).returning(PlanVersionRow.id)
    return session.execute(written).first() is not None


def add_edit(session: Session, version_id: int, before: Plan, what: str, asking: Asking) -> None:
    """Keep what a draft was before an edit."""
    content = freeze(before.model_copy(update={"state": "draft", "effective_from": None})).content
    values = {"version_id": version_id, "at": asking.at, "by": asking.name, "what": what, "before": content}
    session.execute(insert(PlanEditRow).values(values))


def take_back_edit(session: Session, version_id: int, at: datetime) -> tuple[str, Plan] | None:
    """Mark the latest edit that stands as taken back: what it was, and the plan before it."""
    stands = (PlanEditRow.version_id == version_id) & PlanEditRow.taken_back_at.is_(None)
    latest = select(func.max(PlanEditRow.id)).where(stands).scalar_subquery()
    marked = update(PlanEditRow).where(PlanEditRow.id == latest).values(taken_back_at=at)
    row = session.execute(marked.returning(PlanEditRow.what, PlanEditRow.before)).first()
    return None if row is None else (row.what, Plan.model_validate_json(row.before))


def add_activation(
    session: Session,
    incident_id: int,
    composition: Composition,
    versions: Sequence[PlanHead],
    *,
    stated: Stated,
    asking: Asking,
    is_drill: bool,
) -> int:
    """Write an activation; its tasks are given with `give_tasks`."""
    values = _chosen(composition, versions) | {
        "incident_id": incident_id,
        "matter": stated.matter,
        "expected_hours": stated.expected_hours,
        "measures": stated.measures,
        "evidence": stated.evidence,
        "confirmed_by_id": asking.person_id,
        "confirmed_by": asking.name,
        "confirmed_at": asking.at,
        "is_drill": is_drill,
    }
    return session.execute(insert(ActivationRow).values(values).returning(ActivationRow.id)).scalar_one()


def change_activation(
    session: Session, activation_id: int, composition: Composition, versions: Sequence[PlanHead]
) -> None:
    """Let an activation stand as this composition does."""
    values = _chosen(composition, versions)
    session.execute(update(ActivationRow).where(ActivationRow.id == activation_id).values(values))


def stand_down(session: Session, activation_id: int, why: str, asking: Asking) -> None:
    """End an activation."""
    values = {"stood_down_by": asking.name, "stood_down_at": asking.at, "stood_down_why": why}
    session.execute(update(ActivationRow).where(ActivationRow.id == activation_id).values(values))


def _chosen(composition: Composition, versions: Sequence[PlanHead]) -> dict[str, Any]:
    standing = composition.standing
    plans = [
        {
            "version_id": head.id,
            "code": plan.code,
            "name": plan.name,
            "version": plan.version,
            "sha256": head.sha256,
            "level": plan.level,
        }
        for plan, head in zip(standing.plans, versions, strict=True)
    ]
    return {
        "plans": plans,
        "response_level": min(plan.level for plan in standing.plans),
        "commander": standing.command.commander,
    }


def lock_in_force(session: Session, incident_id: int) -> Activation | None:
    """The activation of an incident that is in force, held until the transaction ends."""
    which = (ActivationRow.incident_id == incident_id) & ActivationRow.stood_down_at.is_(None)
    row = session.execute(select(ActivationRow).where(which).with_for_update()).scalar_one_or_none()
    return None if row is None else activation_of_row(row)


def give_tasks(session: Session, activation_id: int, tasks: Iterable[MergedTask], asking: Asking) -> None:
    """Give all these tasks out in one statement; a task that was called off before is given anew."""
    rows = [_task_columns(activation_id, task, asking) for task in tasks]
    if not rows:
        return
    statement = upsert(TaskRow).values(rows)
    names = [name for name in rows[0] if name not in ("activation_id", "code")]
    session.execute(
        statement.on_conflict_do_update(
            constraint="uq_task_code",
            set_={name: statement.excluded[name] for name in names},
            where=TaskRow.state == "withdrawn",
        )
    )


def change_tasks(
    session: Session, activation_id: int, changed: Sequence[tuple[GivenTask, MergedTask]], asking: Asking
) -> None:
    """Let tasks that go on have other words and times, in one statement; state and doer stay."""
    rows = [
        _task_columns(activation_id, task, asking)
        | {"given_at": held.given_at, "due_at": held.given_at + timedelta(minutes=task.due_offset_min)}
        for held, task in changed
    ]
    if not rows:
        return
    statement = upsert(TaskRow).values(rows)
    names = ("text", "due_at", "depends_on", "evidence", "law")
    session.execute(
        statement.on_conflict_do_update(
            constraint="uq_task_code",
            set_={name: statement.excluded[name] for name in names},
            where=TaskRow.state.in_(OPEN_TASKS),
        )
    )


def withdraw_tasks(
    session: Session, activation_id: int, codes: Collection[str] | None, why: str, asking: Asking
) -> int:
    """Call open tasks off, all of them without `codes`; how many there were. What is done stays done."""
    which = (TaskRow.activation_id == activation_id) & TaskRow.state.in_(OPEN_TASKS)
    if codes is not None:
        which &= TaskRow.code.in_(codes)
    values = {"state": "withdrawn", "state_by": asking.name, "state_at": asking.at, "words": why}
    return len(session.execute(update(TaskRow).where(which).values(values).returning(TaskRow.id)).all())


def list_tasks_of(session: Session, activation_id: int) -> list[GivenTask]:
    """The tasks of an activation that this transaction holds."""
    query = select(TaskRow).where(TaskRow.activation_id == activation_id).with_for_update()
    return [task_of_row(row) for row in session.execute(query.order_by(TaskRow.id)).scalars()]


def lock_task(session: Session, task_id: int) -> GivenTask | None:
    """A task, held until the transaction ends."""
    row = session.execute(select(TaskRow).where(TaskRow.id == task_id).with_for_update()).scalar_one_or_none()
    return None if row is None else task_of_row(row)


def move_task(
    session: Session, task_id: int, state: str, words: str, asking: Asking, *, post: str | None = None
) -> None:
    """Move a task; `post` gives it to somebody else."""
    values: dict[str, Any] = {"state": state, "state_by": asking.name, "state_at": asking.at, "words": words}
    if post is not None:
        values |= {"post": post, "department": organisation_of(post)}
    session.execute(update(TaskRow).where(TaskRow.id == task_id).values(values))


def _tasks_of(incident_id: int) -> Select[int]:
    """The numbers of an incident's tasks."""
    of_incident = select(ActivationRow.id).where(ActivationRow.incident_id == incident_id)
    return select(TaskRow.id).where(TaskRow.activation_id.in_(of_incident))


def empty_words(session: Session, incident_id: int) -> int:
    """Take telephone numbers out of what was said of an incident's tasks and of its response."""
    tasks = select(TaskRow).where(TaskRow.id.in_(_tasks_of(incident_id))).with_for_update()
    activations = select(ActivationRow).where(ActivationRow.incident_id == incident_id).with_for_update()
    n = sum(_blot(row, ("words", "text")) for row in session.scalars(tasks))
    told = ("matter", "measures", "evidence", "stood_down_why")
    n += sum(_blot(row, told) for row in session.scalars(activations))
    session.flush()
    return n


def empty_answers(session: Session, incident_id: int, names: Collection[str]) -> int:
    """Forget that people of these names answered an incident's tasks."""
    which = TaskRow.id.in_(_tasks_of(incident_id)) & TaskRow.state_by.in_(names)
    done = update(TaskRow).where(which).values(state_by=ANSWERED).returning(TaskRow.id)
    return len(session.execute(done).all())


def _blot(row: TaskRow | ActivationRow, names: Sequence[str]) -> bool:
    before = {name: getattr(row, name) for name in names}
    after = {name: words and blotted(words) for name, words in before.items()}
    for name, words in after.items():
        setattr(row, name, words)
    return after != before


def _task_columns(activation_id: int, task: MergedTask, asking: Asking) -> dict[str, Any]:
    return {
        "activation_id": activation_id,
        "code": task.id,
        "text": task.text,
        "post": task.posts[0],
        "department": organisation_of(task.posts[0]),
        "given_at": asking.at,
        "due_at": asking.at + timedelta(minutes=task.due_offset_min),
        "depends_on": list(task.depends_on),
        "evidence": list(task.evidence),
        "law": list(task.law),
        "state": "given",
        "state_by": asking.name,
        "state_at": asking.at,
        "words": "",
    }
