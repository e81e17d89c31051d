"""The duty roster as people look at it. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from emergency.duty.tables import DutyShiftRow, HandoverRow
from emergency.rules.roster import Post, Shift
from gis_core.errors import NotFound

MOST_HANDOVERS = 30


class NoSuchShift(NotFound):
    """The roster has no such shift."""

    code = "no_such_duty_shift"


class NoSuchHandover(NotFound):
    """There is no such handing over."""

    code = "no_such_handover"


@dataclass(frozen=True, slots=True)
class Handover:
    """A shift handed over to the next."""

    id: int
    given_by_id: int | None
    given_by: str
    given_at: datetime
    words: str
    open_matters: Sequence[Mapping[str, Any]]
    taken_by: str | None
    taken_at: datetime | None
    taken_words: str | None


def list_shifts(session: Session, since: datetime, until: datetime) -> list[Shift]:
    """The shifts that meet the time between two moments, by their beginning."""
    query = select(DutyShiftRow).where(DutyShiftRow.ends_at > since, DutyShiftRow.starts_at < until)
    rows = session.execute(query.order_by(DutyShiftRow.starts_at, DutyShiftRow.post, DutyShiftRow.id))
    return [_shift(row) for row in rows.scalars()]


def get_shift(session: Session, shift_id: int) -> Shift:
    """A shift by its number.

    :raises NoSuchShift: when there is none.
    """
    row = session.get(DutyShiftRow, shift_id)
    if row is None:
        raise NoSuchShift("值班表里没有这一班。请刷新后再试。")
    return _shift(row)


def list_handovers(session: Session) -> list[Handover]:
    """The last handings over, the newest first."""
    query = select(HandoverRow).order_by(HandoverRow.id.desc()).limit(MOST_HANDOVERS)
    return [_handover(row) for row in session.execute(query).scalars()]


def get_handover(session: Session, handover_id: int) -> Handover:
    """A handing over by its number.

    :raises NoSuchHandover: when there is none.
    """
    row = session.get(HandoverRow, handover_id)
    if row is None:
        raise NoSuchHandover("没有这次交接班。请刷新后再试。")
    return _handover(row)


def _shift(row: DutyShiftRow) -> Shift:
    return Shift(
        row.id,
        cast(Post, row.post),
        row.person_id,
        row.person_name,
        row.phone,
        row.starts_at,
        row.ends_at,
        row.absent_why,
        row.stands_in_for,
        row.is_synthetic,
    )


def _handover(row: HandoverRow) -> Handover:
    return Handover(
        row.id,
        row.given_by_id,
        row.given_by,
        row.given_at,
        row.words,
        row.open_matters,
        row.taken_by,
        row.taken_at,
        row.taken_words,
    )
