"""Writes of files of lists."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.orm import Session

from cases.exports.reading import OPEN
from cases.exports.tables import ExportRow

LOST_AFTER = timedelta(minutes=3)
"""A worker that has not been heard of for so long is gone, and another begins anew."""


def add(session: Session, token: UUID, person_id: int, **values: Any) -> int:
    """Ask for a file; the number, the same again for the same page and the same wish."""
    asked = select(ExportRow.id).where(ExportRow.token == token, ExportRow.by_person_id == person_id)
    known = session.execute(asked).scalar()
    if known is not None:
        return known
    new = insert(ExportRow).values(token=token, by_person_id=person_id, status="waiting", **values)
    return session.execute(new.returning(ExportRow.id)).scalar_one()


def claim(session: Session, export_id: int, at: datetime) -> bool:
    """Begin to write a file, unless another worker is at it."""
    is_lost = and_(ExportRow.status == "running", ExportRow.touched_at < at - LOST_AFTER)
    taken: Any = session.execute(
        update(ExportRow)
        .where(ExportRow.id == export_id, or_(ExportRow.status == "waiting", is_lost))
        .values(status="running", touched_at=at, rows_done=0)
    )
    return bool(taken.rowcount)


def note_progress(session: Session, export_id: int, rows_done: int, at: datetime) -> bool:
    """Keep how far it is; False when nobody wants it any more."""
    noted: Any = session.execute(
        update(ExportRow)
        .where(ExportRow.id == export_id, ExportRow.status == "running")
        .values(rows_done=rows_done, touched_at=at)
    )
    return bool(noted.rowcount)


def end(
    session: Session, export_id: int, status: str, at: datetime, *, size_bytes: int | None = None
) -> None:
    """The file is there, is broken, or is not wanted any more."""
    session.execute(
        update(ExportRow)
        .where(ExportRow.id == export_id, ExportRow.status.in_(OPEN))
        .values(status=status, ended_at=at, size_bytes=size_bytes)
    )


def forget_files(session: Session, before: datetime) -> Collection[int]:
    """Files whose time is over: their numbers, so that they can be removed."""
    gone = update(ExportRow).where(ExportRow.at < before, ExportRow.status != "gone").values(status="gone")
    return list(session.execute(gone.returning(ExportRow.id)).scalars())
