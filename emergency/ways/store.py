"""Locked writes of closures: a fact, the row it leaves behind, and the version that everybody compares."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from geoalchemy2 import WKBElement
from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.rules.closing import Closing, ClosureStep
from emergency.tables import TOLD_OF
from emergency.ways.reading import SavedClosure, no_such_closure, saved_of_row
from emergency.ways.tables import ClosureFactRow, ClosureRow, ClosureVersionRow


@dataclass(frozen=True, slots=True)
class NewClosure:
    """What a new closure has beside what it says."""

    client_id: UUID
    incident_no: str | None
    is_drill: bool


def find_known(session: Session, client_id: UUID) -> SavedClosure | None:
    """The closure that this client id has made already, if any."""
    row = session.execute(select(ClosureRow).where(ClosureRow.client_id == client_id)).scalar_one_or_none()
    return None if row is None else saved_of_row(row)


def lock(session: Session, closure_id: int) -> SavedClosure:
    """A closure, held against other writers until the transaction ends.

    :raises NoSuchClosure: when there is none of this number.
    """
    query = select(ClosureRow).where(ClosureRow.id == closure_id).with_for_update()
    row = session.execute(query).scalar_one_or_none() if 0 < closure_id < 2**63 else None
    if row is None:
        raise no_such_closure()
    return saved_of_row(row)


def add(session: Session, new: NewClosure, step: ClosureStep, asking: Asking, *, srid: int) -> SavedClosure:
    """Write a closure with the first line of its history."""
    values = _columns(step.after, step.lifted_at, srid=srid) | {
        "client_id": new.client_id,
        "revision": 0,
        "incident_no": new.incident_no,
        "is_drill": new.is_drill,
    }
    number = session.execute(insert(ClosureRow).values(values).returning(ClosureRow.id)).scalar_one()
    made = SavedClosure(number, new.client_id, 0, step.after, None, new.incident_no, new.is_drill)
    return record(session, made, step, asking, srid=srid)


def record(
    session: Session, held: SavedClosure, step: ClosureStep, asking: Asking, *, srid: int
) -> SavedClosure:
    """Append a line to the history, let the row be what it leaves behind, and count the version up."""
    seq = held.revision + 1
    said = step.after
    body = {
        "name": said.name,
        "why": said.why,
        "since": said.begins_at.isoformat(),
        "until": said.ends_at and said.ends_at.isoformat(),
        "may_enter": list(said.may_enter),
        "wkt": shapely.to_wkt(said.shape, rounding_precision=3),
    }
    session.execute(
        insert(ClosureFactRow).values(
            closure_id=held.id,
            seq=seq,
            at=asking.at,
            by_person_id=asking.person_id,
            by_name=asking.name,
            action=step.action,
            words=step.words,
            body=body,
        )
    )
    values = _columns(said, step.lifted_at, srid=srid) | {"revision": seq}
    session.execute(update(ClosureRow).where(ClosureRow.id == held.id).values(values))
    _count_up(session)
    if held.incident_no is None:  # of an incident its own facts tell
        session.execute(select(func.pg_notify(TOLD_OF, "")))
    return SavedClosure(held.id, held.client_id, seq, said, step.lifted_at, held.incident_no, held.is_drill)


def _count_up(session: Session) -> None:
    """The next version; its row stays locked until the transaction ends, so no version hides an older one."""
    first = upsert(ClosureVersionRow).values(is_only=True, version=1)
    session.execute(
        first.on_conflict_do_update(
            index_elements=["is_only"], set_={"version": ClosureVersionRow.version + 1}
        )
    )


def _columns(said: Closing, lifted_at: datetime | None, *, srid: int) -> dict[str, Any]:
    return {
        "name": said.name,
        "why": said.why,
        "geom": WKBElement(shapely.to_wkb(said.shape), srid=srid),
        "begins_at": said.begins_at,
        "ends_at": said.ends_at,
        "lifted_at": lifted_at,
        "may_enter": list(said.may_enter),
    }
