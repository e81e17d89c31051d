"""Locked writes of the gazetteer: a place with its names and its next fact, and the version."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gis_core.errors import NotFound
from gis_core.geocoding.gazetteer import NameSort, PlaceKind
from grid.gazetteer.facts import ADDED, values_of
from grid.gazetteer.tables import GazetteerVersionRow, PlaceFactRow, PlaceNameRow, PlaceRow
from grid.register.facts import next_fact
from grid.rules.gazetteer import DOUBLE_WITHIN_M, FurtherName, Place
from grid.rules.register import Asking

CHANNEL = "gazetteer"
"""Every process listens here; the payload is the version."""


class NoSuchPlace(NotFound):
    """The gazetteer has no place of that number."""

    code = "no_such_place"


@dataclass(frozen=True, slots=True)
class LockedPlace:
    """A place held by this transaction."""

    id: int
    revision: int
    last_hash: bytes | None
    division_code: str
    source: str
    valid_to: date | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlace:
    """A place to be written: what it is, and what follows from where it lies and where it comes from."""

    place: Place
    division_code: str
    source: str
    weight: float
    source_key: str | None = None
    is_synthetic: bool = False


def bump(session: Session) -> int:
    """Give the gazetteer its next version, and tell every process when the transaction commits.

    Writers call it first: they queue at the version row until the one before them commits, so none looks for
    doubles while another adds one.
    """
    row = insert(GazetteerVersionRow).values(only_row=True, version=1)
    next_version = row.on_conflict_do_update(
        index_elements=[GazetteerVersionRow.only_row],
        set_={"version": GazetteerVersionRow.version + literal(1)},
    ).returning(GazetteerVersionRow.version)
    version = session.execute(next_version).scalar_one()
    session.execute(select(func.pg_notify(CHANNEL, str(version))))
    return version


def lock_place(session: Session, place_id: int) -> LockedPlace:
    """Hold a place until the transaction ends.

    :raises NoSuchPlace: when there is none of that number.
    """
    query = select(PlaceRow, func.ST_AsBinary(PlaceRow.geom)).where(PlaceRow.id == place_id)
    found = session.execute(query.with_for_update()).one_or_none()
    if found is None:
        raise NoSuchPlace(f"地名库中没有编号为 {place_id} 的地名。请从列表重新打开。")
    row, wkb = found
    names = session.scalars(
        select(PlaceNameRow).where(PlaceNameRow.place_id == place_id).order_by(PlaceNameRow.id)
    )
    place = Place(
        kind=PlaceKind(row.kind),
        name=row.name,
        shape=shapely.from_wkb(bytes(wkb)),
        category=row.category,
        street=row.street or "",
        number=row.number or "",
        names=tuple(FurtherName(one.name, NameSort(one.sort), one.valid_from, one.valid_to) for one in names),
        valid_from=row.valid_from,
    )
    last_hash = None if row.last_hash is None else bytes(row.last_hash)
    return LockedPlace(
        row.id, row.revision, last_hash, row.division_code or "", row.source, row.valid_to, place
    )


_DOUBLE = text("""
    SELECT id FROM grid.place
    WHERE valid_to IS NULL AND kind = :kind AND name = :name AND id <> :but
      AND ST_DWithin(geom, ST_GeomFromWKB(:wkb, :srid), :within) ORDER BY id LIMIT 1
""")


def find_double(session: Session, place: Place, *, srid: int, but: int = 0) -> int | None:
    """A place in force of the same kind and name within 30 m, other than the one numbered `but`."""
    values = {"kind": place.kind.value, "name": place.name, "wkb": place.shape.wkb, "srid": srid, "but": but}
    found: int | None = session.scalar(_DOUBLE, values | {"within": DOUBLE_WITHIN_M})
    return found


def add_place(session: Session, new: NewPlace, *, asking: Asking, reason: str, srid: int) -> int:
    """Write a place with its names and its first fact; its number."""
    place = new.place
    body = {"after": values_of(place) | {"division_code": new.division_code, "source": new.source}}
    fact = next_fact(asking, ADDED, body, reason=reason)
    row = insert(PlaceRow).values(
        _columns(place, srid)
        | {
            "kind": place.kind.value,
            "division_code": new.division_code or None,
            "weight": new.weight,
            "source": new.source,
            "source_key": new.source_key,
            "is_synthetic": new.is_synthetic,
        }
        | fact.left_behind
    )
    place_id = int(session.execute(row.returning(PlaceRow.id)).scalar_one())
    _write_names(session, place_id, place.names)
    session.execute(insert(PlaceFactRow).values(fact.columns(place_id=place_id)))
    return place_id


def change_place(
    session: Session,
    held: LockedPlace,
    place: Place,
    *,
    division_code: str,
    valid_to: date | None,
    action: str,
    body: Mapping[str, Any],
    asking: Asking,
    reason: str,
    srid: int,
) -> None:
    """Write what a place is now, and the fact that says so."""
    fact = next_fact(asking, action, body, reason=reason, revision=held.revision, last_hash=held.last_hash)
    session.execute(insert(PlaceFactRow).values(fact.columns(place_id=held.id)))
    more = {"division_code": division_code or None, "valid_to": valid_to}
    values = _columns(place, srid) | more | fact.left_behind
    session.execute(update(PlaceRow).where(PlaceRow.id == held.id).values(values))
    if place.names != held.place.names:
        session.execute(delete(PlaceNameRow).where(PlaceNameRow.place_id == held.id))
        _write_names(session, held.id, place.names)


def _columns(place: Place, srid: int) -> dict[str, Any]:
    return {
        "name": place.name,
        "category": place.category,
        "geom": ewkt(place.shape, srid),
        "street": place.street or None,
        "number": place.number or None,
        "valid_from": place.valid_from,
    }


def ewkt(shape: BaseGeometry, srid: int) -> str:
    """A plane shape as PostGIS takes it in statements, no digit lost."""
    return f"SRID={srid};{shapely.to_wkt(shape, rounding_precision=-1, output_dimension=2)}"


def _write_names(session: Session, place_id: int, names: Iterable[FurtherName]) -> None:
    rows = [
        {
            "place_id": place_id,
            "name": one.text,
            "sort": one.sort.value,
            "valid_from": one.valid_from,
            "valid_to": one.valid_to,
        }
        for one in names
    ]
    if rows:
        session.execute(insert(PlaceNameRow), rows)
