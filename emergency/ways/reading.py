"""Closures as pages and roads want them; with what was done to each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from emergency.rules.closing import Closing, Standing, standing_of
from emergency.ways.tables import ClosureFactRow, ClosureRow, ClosureVersionRow
from gis_core.errors import NotFound
from gis_core.roads.closures import Closure
from gis_core.shapes import snap_to_grain

MOST_LISTED = 500


class NoSuchClosure(NotFound):
    """There is no closure of this number."""

    code = "no_such_closure"


@dataclass(frozen=True, slots=True)
class SavedClosure:
    """A closure as it is kept; `shape` of what it says is in plane metres."""

    id: int
    client_id: UUID
    revision: int
    said: Closing
    lifted_at: datetime | None
    incident_no: str | None
    is_drill: bool

    @property
    def key(self) -> str:
        """How profiles, answers and facts of incidents speak of it."""
        return f"c{self.id}"

    def standing(self, at: datetime) -> Standing:
        """How it stands at a moment."""
        return standing_of(self.said, self.lifted_at, at)

    def as_closure(self) -> Closure:
        """The value that roads obey."""
        return self.said.as_closure(self.key)


@dataclass(frozen=True, slots=True)
class ClosureFact:
    """A line of a closure's history."""

    closure_id: int
    seq: int
    at: datetime
    by_name: str
    action: str
    words: str
    body: Mapping[str, Any]


def get_version(session: Session) -> int:
    """The version of all closures, as this session sees it; 0 before the first."""
    return session.execute(select(ClosureVersionRow.version)).scalar_one_or_none() or 0


def list_standing(session: Session) -> tuple[SavedClosure, ...]:
    """Closures that nobody has lifted, those that have ended among them, in the order they were made."""
    query = select(ClosureRow).where(ClosureRow.lifted_at.is_(None)).order_by(ClosureRow.id)
    return tuple(saved_of_row(row) for row in session.execute(query).scalars())


def list_shown(
    session: Session, *, at: datetime, incident_no: str | None = None, with_past: bool = False
) -> list[SavedClosure]:
    """Closures in force or planned, of one incident or all; with those that are over when asked."""
    query = select(ClosureRow)
    if incident_no is not None:
        query = query.where(ClosureRow.incident_no == incident_no.replace("\x00", ""))
    if not with_past:
        query = query.where(
            ClosureRow.lifted_at.is_(None), or_(ClosureRow.ends_at.is_(None), ClosureRow.ends_at > at)
        )
    found = session.execute(query.order_by(ClosureRow.id.desc()).limit(MOST_LISTED)).scalars()
    return [saved_of_row(row) for row in found]


def get_closure(session: Session, closure_id: int) -> SavedClosure:
    """A closure.

    :raises NoSuchClosure: when there is none of this number.
    """
    row = session.get(ClosureRow, closure_id) if 0 < closure_id < 2**63 else None
    if row is None:
        raise no_such_closure()
    return saved_of_row(row)


def list_history(session: Session, closures: Sequence[int]) -> dict[int, list[ClosureFact]]:
    """What was done to closures, each in its order."""
    query = select(ClosureFactRow).where(ClosureFactRow.closure_id.in_(closures))
    found: dict[int, list[ClosureFact]] = {one: [] for one in closures}
    for row in session.execute(query.order_by(ClosureFactRow.seq)).scalars():
        fact = ClosureFact(row.closure_id, row.seq, row.at, row.by_name, row.action, row.words, row.body)
        found[row.closure_id].append(fact)
    return found


def saved_of_row(row: ClosureRow) -> SavedClosure:
    """What a row holds."""
    shape = shapely.force_2d(to_shape(row.geom))
    return SavedClosure(
        id=row.id,
        client_id=row.client_id,
        revision=row.revision,
        said=Closing(
            row.name, row.why, snap_to_grain(shape), row.begins_at, row.ends_at, tuple(row.may_enter)
        ),
        lifted_at=row.lifted_at,
        incident_no=row.incident_no,
        is_drill=row.is_drill,
    )


def no_such_closure() -> NoSuchClosure:
    """The refusal, in words."""
    return NoSuchClosure("没有这处封控。请从列表重新打开。")
