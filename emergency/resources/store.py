"""Locked writes of the registers of resources: a resource with its next fact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, text, update
from sqlalchemy.orm import Session

from emergency.resources.facts import ADDED, DESTROYED, values_of
from emergency.resources.reading import no_such_resource, resource_of
from emergency.resources.tables import ResourceFactRow, ResourceRow
from emergency.rules.resources import Resource
from gis_core.clock import city_time
from grid.register.facts import next_fact
from grid.rules.register import Asking

WRITERS_LOCK = 7_030_001
"""Held by whoever brings in a file, so that two files do not meet halfway."""


@dataclass(frozen=True, slots=True)
class LockedResource:
    """A resource held by this transaction."""

    id: int
    revision: int
    last_hash: bytes | None
    removed_at: datetime | None
    resource: Resource


def lock_register(session: Session) -> None:
    """Hold the whole register until the transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITERS_LOCK})


def find_locked(session: Session, code: str) -> LockedResource | None:
    """Hold a resource until the transaction ends; None when there is none of that code."""
    place = func.ST_X(ResourceRow.geom), func.ST_Y(ResourceRow.geom)
    query = select(ResourceRow, *place).where(ResourceRow.code == code.replace("\x00", ""))
    found = session.execute(query.with_for_update()).one_or_none()
    if found is None:
        return None
    row, easting_m, northing_m = found
    last_hash = None if row.last_hash is None else bytes(row.last_hash)
    resource = resource_of(row, easting_m, northing_m)
    return LockedResource(row.id, row.revision, last_hash, row.removed_at, resource)


def lock(session: Session, code: str) -> LockedResource:
    """Hold a resource until the transaction ends.

    :raises NoSuchResource: when there is none of that code.
    """
    held = find_locked(session, code)
    if held is None:
        raise no_such_resource(code)
    return held


def add(session: Session, resource: Resource, *, asking: Asking, reason: str, srid: int) -> None:
    """Write a resource and its first fact."""
    body = {"kind": resource.kind, "after": values_of(resource)}
    fact = next_fact(asking, ADDED, body, reason=reason)
    given = {"code": resource.code, "kind": resource.kind} | fact.left_behind
    row = insert(ResourceRow).values(_columns(resource, srid) | given)
    resource_id = int(session.execute(row.returning(ResourceRow.id)).scalar_one())
    session.execute(insert(ResourceFactRow).values(fact.columns(resource_id=resource_id)))


def change(
    session: Session,
    held: LockedResource,
    resource: Resource,
    *,
    removed_at: datetime | None,
    action: str,
    body: Mapping[str, Any],
    asking: Asking,
    reason: str,
    srid: int,
) -> None:
    """Write what a resource is now, and the fact that says so."""
    fact = next_fact(asking, action, body, reason=reason, revision=held.revision, last_hash=held.last_hash)
    session.execute(insert(ResourceFactRow).values(fact.columns(resource_id=held.id)))
    values = _columns(resource, srid) | {"removed_at": removed_at} | fact.left_behind
    session.execute(update(ResourceRow).where(ResourceRow.id == held.id).values(values))


def destroy_removed_contacts(session: Session, before: datetime, *, at: datetime) -> int:
    """Destroy names and numbers of contacts of resources removed before a moment; how many had any."""
    return _destroy_contacts(session, ResourceRow.removed_at < before, at)


def destroy_stale_contacts(session: Session, before: datetime, *, at: datetime) -> int:
    """Destroy those that nobody has confirmed since; without a day of confirming the last fact counts."""
    last = select(func.max(ResourceFactRow.at)).where(ResourceFactRow.resource_id == ResourceRow.id)
    confirmed = ResourceRow.contact_confirmed_on
    stale = or_(
        confirmed < city_time(before).date(), and_(confirmed.is_(None), last.scalar_subquery() < before)
    )
    return _destroy_contacts(session, and_(ResourceRow.removed_at.is_(None), stale), at)


def _destroy_contacts(session: Session, which: ColumnElement[bool], at: datetime) -> int:
    named = or_(ResourceRow.contact_name != "", ResourceRow.contact_phone != "")
    query = select(ResourceRow).where(which, named).order_by(ResourceRow.id).with_for_update()
    rows, asking = session.scalars(query).all(), Asking(at, None, "系统", "system", None)
    for row in rows:
        last_hash = row.last_hash and bytes(row.last_hash)
        fact = next_fact(
            asking, DESTROYED, {}, reason="按规定销毁", revision=row.revision, last_hash=last_hash
        )
        session.execute(insert(ResourceFactRow).values(fact.columns(resource_id=row.id)))
        emptied = {"contact_name": "", "contact_phone": "", "contact_confirmed_on": None}
        which_row = ResourceRow.id == row.id
        session.execute(update(ResourceRow).where(which_row).values(emptied | fact.left_behind))
    return len(rows)


def _columns(resource: Resource, srid: int) -> dict[str, Any]:
    point, contact = resource.point, resource.contact
    place = None if point is None else f"SRID={srid};POINT({point.easting_m!r} {point.northing_m!r})"
    return {
        "name": resource.name,
        "organisation_code": resource.organisation_code,
        "geom": place,
        "place_text": resource.place_text,
        "readiness": resource.readiness,
        "readiness_since": resource.readiness_since,
        "checked_on": resource.checked_on,
        "details": resource.details.model_dump(mode="json"),
        "contact_name": contact.name,
        "contact_phone": contact.phone,
        "contact_confirmed_on": contact.confirmed_on,
        "source": resource.source,
        "status": resource.status,
        "is_synthetic": resource.is_synthetic,
    }
