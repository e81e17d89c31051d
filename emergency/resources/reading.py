"""Resources as people and programs look at them: lists by kind, one with its life. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from emergency.resources.facts import content_of
from emergency.resources.tables import ResourceFactRow, ResourceRow
from emergency.rules.resources import (
    DETAILS,
    Contact,
    Readiness,
    Resource,
    ResourceKind,
    read_details,
)
from emergency.rules.sheltering.shelters import Status
from gis_core.errors import NotFound
from gis_core.places import PlanePoint
from grid.rules.register import Asking


class NoSuchResource(NotFound):
    """The registers have no resource of that code."""

    code = "no_such_resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceFilter:
    """Which are wanted: part of a code, a name or a place, an owner, a readiness; removed ones or not."""

    text: str = ""
    organisation_code: str = ""
    readiness: str = ""
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class ResourceShown:
    """A resource with what a page needs to change it; `removed_at` says that it was removed."""

    resource: Resource
    revision: int
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ResourceFact:
    """One step in the life of a resource."""

    seq: int
    at: datetime
    by_person_id: int | None
    by_name: str
    by_role: str
    by_organisation_code: str | None
    action: str
    reason: str
    body: Mapping[str, Any]
    prev_hash: bytes
    hash: bytes

    @property
    def content(self) -> dict[str, Any]:
        """What the hash is taken over."""
        asking = Asking(self.at, self.by_person_id, self.by_name, self.by_role, self.by_organisation_code)
        return content_of(asking, seq=self.seq, action=self.action, reason=self.reason, body=self.body)


ALL = ResourceFilter()


def list_resources(
    session: Session, kinds: Sequence[ResourceKind] = (), wanted: ResourceFilter = ALL
) -> tuple[Resource, ...]:
    """Resources of some kinds, or of all, by kind and code; one query."""
    query = _filtered(_shown(), wanted)
    if kinds:
        query = query.where(ResourceRow.kind.in_(kinds))
    rows = session.execute(query.order_by(ResourceRow.kind, ResourceRow.code)).all()
    return tuple(resource_of(row, east, north) for row, east, north in rows)


def get_resource(session: Session, code: str) -> ResourceShown:
    """A resource by its code, removed or not; one query.

    :raises NoSuchResource: when the registers do not have it.
    """
    query = _shown().where(ResourceRow.code == code.replace("\x00", ""))
    found = session.execute(query).one_or_none()
    if found is None:
        raise no_such_resource(code)
    row, easting_m, northing_m = found
    return ResourceShown(resource_of(row, easting_m, northing_m), row.revision, row.removed_at)


def find_by_codes(session: Session, codes: Sequence[str]) -> dict[str, ResourceShown]:
    """Resources by their codes, removed ones too; one query."""
    rows = session.execute(_shown().where(ResourceRow.code.in_(codes)))
    return {
        row.code: ResourceShown(resource_of(row, east, north), row.revision, row.removed_at)
        for row, east, north in rows
    }


def list_facts(session: Session, code: str) -> tuple[ResourceFact, ...]:
    """The life of a resource, in order."""
    columns = [getattr(ResourceFactRow, name) for name in ResourceFact.__slots__]
    query = select(*columns).join(ResourceRow, ResourceRow.id == ResourceFactRow.resource_id)
    rows = session.execute(query.where(ResourceRow.code == code).order_by(ResourceFactRow.seq))
    return tuple(ResourceFact(*row) for row in rows)


def get_version(session: Session) -> int:
    """A number that grows with every fact: two that are equal stand for the same registers."""
    return int(session.scalar(select(func.coalesce(func.sum(ResourceRow.revision), 0))) or 0)


def no_such_resource(code: str) -> NoSuchResource:
    """What somebody is told who asks for a resource that is not there."""
    return NoSuchResource(f"应急资源登记册中没有编号为 {code[:32]} 的资源。请从列表重新打开。")


def resource_of(row: ResourceRow, easting_m: float | None, northing_m: float | None) -> Resource:
    """The resource of a row whose place was read in plane metres."""
    kind = cast(ResourceKind, row.kind)
    known = {key: row.details[key] for key in DETAILS[kind].model_fields if key in row.details}
    return Resource(
        code=row.code,
        kind=kind,
        name=row.name,
        organisation_code=row.organisation_code,
        point=None if easting_m is None or northing_m is None else PlanePoint(easting_m, northing_m),
        place_text=row.place_text,
        readiness=cast(Readiness, row.readiness),
        readiness_since=row.readiness_since,
        checked_on=row.checked_on,
        details=read_details(kind, known),
        contact=Contact(
            name=row.contact_name, phone=row.contact_phone, confirmed_on=row.contact_confirmed_on
        ),
        source=row.source,
        status=cast(Status, row.status),
        is_synthetic=row.is_synthetic,
    )


def _shown() -> Select[Any]:
    return select(ResourceRow, func.ST_X(ResourceRow.geom), func.ST_Y(ResourceRow.geom))


def _filtered(query: Select[Any], wanted: ResourceFilter) -> Select[Any]:
    is_removed = ResourceRow.removed_at.is_not(None)
    query = query.where(is_removed if wanted.is_removed else ~is_removed)
    if wanted.text:
        text = wanted.text.replace("\x00", "")
        searched = ResourceRow.code, ResourceRow.name, ResourceRow.place_text
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in searched)))
    if wanted.organisation_code:
        query = query.where(ResourceRow.organisation_code == wanted.organisation_code.replace("\x00", ""))
    if wanted.readiness:
        query = query.where(ResourceRow.readiness == wanted.readiness)
    return query
