"""Locked writes of files of addresses: brought, started, moved on, ended, forgotten."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from gis_core.errors import Conflict
from grid.geocode_batches.address_file import AddressFile
from grid.geocode_batches.tables import GeocodeBatchRow
from grid.rules.register import Asking

OPEN = ("waiting", "running")


class BatchMoved(Conflict):
    """The batch is not any more what the person saw."""

    code = "batch_moved"


def add(session: Session, file: AddressFile, file_name: str, asking: Asking) -> int:
    """Note a file that was brought; nothing is done with it before it is started."""
    looked = {"encoding": file.encoding, "separator": file.separator, "heading": file.heading}
    values = {
        "sha256": file.sha256,
        "file_name": file_name,
        "rows": file.rows,
        "looked": looked,
        "status": "draft",
        "by_person_id": asking.person_id,
        "by_name": asking.name,
        "at": asking.at,
    }
    added = insert(GeocodeBatchRow).values(values).returning(GeocodeBatchRow.id)
    return int(session.execute(added).scalar_one())


def start(session: Session, batch_id: int, told: Mapping[str, Any]) -> None:
    """Have the worker answer a draft, or one that was broken off.

    :raises BatchMoved: when it is under way or done.
    """
    changed = {"told": dict(told), "status": "waiting", "refusal": None, "ended_at": None}
    _move(session, batch_id, ("draft", "cancelled", "refused"), changed)


def cancel(session: Session, batch_id: int, at: datetime) -> None:
    """Stop answering; what was answered is kept for the day it is taken up.

    :raises BatchMoved: when it is not under way.
    """
    _move(session, batch_id, OPEN, {"status": "cancelled", "ended_at": at})


def note_progress(session: Session, batch_id: int, rows: int) -> bool:
    """Say how many rows are answered; False when nobody wants them any more."""
    moved = (
        update(GeocodeBatchRow)
        .where(GeocodeBatchRow.id == batch_id, GeocodeBatchRow.status.in_(OPEN))
        .values(status="running", rows_done=rows)
        .returning(GeocodeBatchRow.id)
    )
    return session.execute(moved).first() is not None


def finish(session: Session, batch_id: int, report: Mapping[str, Any], at: datetime) -> None:
    """Every row is answered; one that was cancelled at the last moment stays so."""
    changed = {"status": "done", "rows_done": report["rows"], "report": dict(report), "ended_at": at}
    _change(session, batch_id, OPEN, changed)


def refuse(session: Session, batch_id: int, code: str, message: str, at: datetime) -> None:
    """It cannot be answered, and why."""
    refusal = {"code": code, "message": message}
    _change(session, batch_id, OPEN, {"status": "refused", "refusal": refusal, "ended_at": at})


def forget(session: Session, batch_id: int) -> None:
    """Remove a batch as if it had never been brought."""
    session.execute(delete(GeocodeBatchRow).where(GeocodeBatchRow.id == batch_id))


def forget_files(session: Session, *, ended_before: datetime, brought_before: datetime) -> Sequence[int]:
    """Note of batches ended before a day that their files go, remove drafts brought before another: whose."""
    row = GeocodeBatchRow
    ended = (row.has_files, row.status.not_in(OPEN), func.coalesce(row.ended_at, row.at) < ended_before)
    gone = update(row).where(*ended).values(has_files=False).returning(row.id)
    drafts = delete(row).where(row.status == "draft", row.at < brought_before).returning(row.id)
    return [*session.execute(gone).scalars(), *session.execute(drafts).scalars()]


def _move(session: Session, batch_id: int, before: Sequence[str], changed: Mapping[str, Any]) -> None:
    if not _change(session, batch_id, before, changed):
        raise BatchMoved("这个文件的状态已经变了。请刷新页面，看过最新情况再操作。")


def _change(session: Session, batch_id: int, before: Sequence[str], changed: Mapping[str, Any]) -> bool:
    row = GeocodeBatchRow
    wanted = select(row.id).where(row.id == batch_id, row.status.in_(before)).with_for_update()
    if session.execute(wanted).first() is None:
        return False
    session.execute(update(row).where(row.id == batch_id).values(**changed))
    return True
