"""Writes of steps for many cases: few statements, whatever the number of cases."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import delete, func, insert, literal, select, text, update
from sqlalchemy.orm import Session

from cases.bulk.reading import OPEN, BulkRun
from cases.bulk.tables import BulkItemRow, BulkRunRow
from cases.conditions import conditions_of
from cases.filtering import CaseFilter
from cases.rules.deciding import Asking
from cases.tables import CaseRow


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a case can take the step, at which revision, and if not, why."""

    place: int
    revision: int
    outcome: str
    code: str | None = None
    message: str | None = None


_NOTE_VERDICTS = text("""
    UPDATE cases.bulk_item AS i SET revision = v.revision, outcome = v.outcome, code = v.code,
        message = v.message
    FROM jsonb_to_recordset(:verdicts) AS v(place int, revision int, outcome text, code text, message text)
    WHERE i.run_id = :run_id AND i.place = v.place
""")


def add_run(
    session: Session, token: UUID, asking: Asking, *, roles: Sequence[str], back: str
) -> tuple[int, bool]:
    """A new choice of cases; the number, and False when this page was sent before."""
    known = session.execute(
        select(BulkRunRow.id).where(BulkRunRow.token == token, BulkRunRow.by_person_id == asking.person_id)
    ).scalar()
    if known is not None:
        return known, False
    values = {
        "token": token, "by_person_id": asking.person_id, "by_name": asking.name,
        "by_organisation_code": asking.organisation_code, "roles": [*roles], "back": back,
        "status": "draft", "rows": 0, "at": asking.at,
    }  # fmt: skip
    return session.execute(insert(BulkRunRow).values(**values).returning(BulkRunRow.id)).scalar_one(), True


def add_items(
    session: Session, run_id: int, wanted: CaseFilter, case_nos: Sequence[str], at: datetime
) -> int:
    """Choose cases of a filter, those of these numbers when there are any; answers how many."""
    chosen = [CaseRow.case_no.in_(case_nos)] if case_nos else []
    order = func.row_number().over(order_by=(CaseRow.reported_at.desc(), CaseRow.id.desc()))
    found = select(
        literal(run_id), order, CaseRow.id, CaseRow.case_no, CaseRow.revision, literal("chosen")
    ).where(*conditions_of(wanted, at), *chosen)
    columns = ["run_id", "place", "case_id", "case_no", "revision", "outcome"]
    session.execute(insert(BulkItemRow).from_select(columns, found))
    counted = select(func.count()).select_from(BulkItemRow).where(BulkItemRow.run_id == run_id)
    rows = session.execute(counted).scalar_one()
    session.execute(update(BulkRunRow).where(BulkRunRow.id == run_id).values(rows=rows))
    return rows


def set_step(session: Session, run: BulkRun, action: str, role: str, sent: dict[str, Any]) -> bool:
    """Say which step is meant and try it anew; False when it is under way or done."""
    changed: Any = session.execute(
        update(BulkRunRow)
        .where(BulkRunRow.id == run.id, BulkRunRow.status.in_(("draft", "checking", "checked")))
        .values(action=action, role=role, sent=sent, status="checking")
    )
    if changed.rowcount:
        session.execute(
            update(BulkItemRow)
            .where(BulkItemRow.run_id == run.id)
            .values(outcome="chosen", code=None, message=None)
        )
    return bool(changed.rowcount)


def list_chosen(session: Session, run_id: int, most: int) -> list[Mapping[str, Any]]:
    """Cases that were not tried yet, with their columns, in order."""
    asked = (
        select(BulkItemRow.place, CaseRow.__table__)
        .join(CaseRow, CaseRow.id == BulkItemRow.case_id)
        .where(BulkItemRow.run_id == run_id, BulkItemRow.outcome == "chosen")
        .order_by(BulkItemRow.place)
        .limit(most)
    )
    return [dict(row) for row in session.execute(asked).mappings()]


def note_verdicts(session: Session, run_id: int, verdicts: Sequence[Verdict]) -> None:
    """Keep what was found of some cases."""
    rows = [asdict(verdict) for verdict in verdicts]
    session.execute(_NOTE_VERDICTS, {"run_id": run_id, "verdicts": Jsonb(rows)})


def end_check(session: Session, run_id: int) -> None:
    """All cases were tried."""
    _move(session, run_id, "checking", "checked")


def start(session: Session, run_id: int) -> bool:
    """Have the step taken; False when it is under way or done already: sent twice, done once."""
    return _move(session, run_id, "checked", "running")


def next_able(session: Session, run_id: int) -> Mapping[str, Any] | None:
    """The next case that can take the step, held so that no other worker takes it too; None without one.

    Its columns are those of the dry run: the case itself is looked at when it is moved.
    """
    asked = (
        select(BulkItemRow.place, BulkItemRow.case_no, BulkItemRow.revision, CaseRow.proposed_department_code)
        .join(CaseRow, CaseRow.id == BulkItemRow.case_id)
        .join(BulkRunRow, BulkRunRow.id == BulkItemRow.run_id)
        .where(BulkItemRow.run_id == run_id, BulkItemRow.outcome == "able", BulkRunRow.status == "running")
        .order_by(BulkItemRow.place)
        .limit(1)
        .with_for_update(of=BulkItemRow, skip_locked=True)
    )
    row = session.execute(asked).mappings().one_or_none()
    return None if row is None else dict(row)


def note_outcome(session: Session, run_id: int, verdict: Verdict) -> None:
    """Keep what came of a case, in the transaction that moved it."""
    session.execute(
        update(BulkItemRow)
        .where(BulkItemRow.run_id == run_id, BulkItemRow.place == verdict.place)
        .values(outcome=verdict.outcome, code=verdict.code, message=verdict.message)
    )


def end_run(session: Session, run_id: int, at: datetime) -> None:
    """Nothing is left to do, unless another worker holds the last case."""
    left = select(literal(1)).where(BulkItemRow.run_id == run_id, BulkItemRow.outcome == "able").exists()
    session.execute(
        update(BulkRunRow)
        .where(BulkRunRow.id == run_id, BulkRunRow.status == "running", ~left)
        .values(status="done", ended_at=at)
    )


def cancel(session: Session, run_id: int, at: datetime) -> None:
    """Stop: what was done stays done, the rest is left as it is."""
    session.execute(
        update(BulkRunRow)
        .where(BulkRunRow.id == run_id, BulkRunRow.status.in_((*OPEN, "checked", "draft")))
        .values(status="cancelled", ended_at=at)
    )
    session.execute(
        update(BulkItemRow)
        .where(BulkItemRow.run_id == run_id, BulkItemRow.outcome.in_(("able", "chosen")))
        .values(outcome="left")
    )


def forget(session: Session, *, ended_before: datetime, chosen_before: datetime) -> None:
    """Remove what ended long ago and choices that came to nothing; facts of cases stay."""
    is_old = (BulkRunRow.ended_at < ended_before) | (
        BulkRunRow.status.in_(("draft", "checked")) & (BulkRunRow.at < chosen_before)
    )
    session.execute(delete(BulkRunRow).where(is_old))


def _move(session: Session, run_id: int, start: str, end: str) -> bool:
    moved: Any = session.execute(
        update(BulkRunRow).where(BulkRunRow.id == run_id, BulkRunRow.status == start).values(status=end)
    )
    return bool(moved.rowcount)
