"""Writes of the duty roster: shifts, absences, handings over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.duty.tables import DutyShiftRow, HandoverRow
from emergency.rules.roster import Shift


def lock_roster(session: Session) -> None:
    """Let nobody else write the roster until the transaction ends: two shifts of one person would pass."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("emergency.duty_shift"))))


def add_shifts(session: Session, shifts: Sequence[Shift], asking: Asking) -> None:
    """Write shifts, all in one statement; none is no statement."""
    if shifts:
        session.execute(insert(DutyShiftRow).values([_columns(one, asking) for one in shifts]))


def note_absent(session: Session, shift_id: int, why: str) -> None:
    """Note that somebody is absent from a shift."""
    session.execute(update(DutyShiftRow).where(DutyShiftRow.id == shift_id).values(absent_why=why))


def give(session: Session, words: str, open_matters: list[dict[str, Any]], asking: Asking) -> int:
    """Write a handing over that nobody has taken yet; its number."""
    row = insert(HandoverRow).values(
        given_by_id=asking.person_id,
        given_by=asking.name,
        given_at=asking.at,
        words=words,
        open_matters=open_matters,
    )
    return session.execute(row.returning(HandoverRow.id)).scalar_one()


def take(session: Session, handover_id: int, words: str, asking: Asking) -> bool:
    """Take over what was handed over; False when somebody has already."""
    done = session.execute(
        update(HandoverRow)
        .where(HandoverRow.id == handover_id, HandoverRow.taken_at.is_(None))
        .values(taken_by_id=asking.person_id, taken_by=asking.name, taken_at=asking.at, taken_words=words)
        .returning(HandoverRow.id)
    )
    return done.first() is not None


def _columns(shift: Shift, asking: Asking) -> dict[str, Any]:
    return {
        "post": shift.post,
        "person_id": shift.person_id,
        "person_name": shift.person_name.strip(),
        "phone": shift.phone.strip(),
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "absent_why": None,
        "stands_in_for": shift.stands_in_for,
        "written_by": asking.name,
        "written_at": asking.at,
        "is_synthetic": shift.is_synthetic,
    }


def moment_of(value: datetime) -> str:
    """A moment as open matters keep it."""
    return value.isoformat()
