"""The gazetteer as people look at it: lists as filtered, one place with its names and facts. Reads only.

Places are answered in degrees (EPSG:4490) for people. What the geocoding index is built from is read by
`grid/gazetteer/index_reading.py`, whose functions stand here too.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Row, Select, case, func, or_, select, text
from sqlalchemy.orm import Session

from gis_core.degrees import SPOKEN
from gis_core.errors import BadInput
from gis_core.geocoding.gazetteer import NameSort, PlaceKind
from gis_core.places import PlanePoint
from gis_core.shapes import pins_of
from grid.gazetteer.facts import content_of
from grid.gazetteer.index_reading import begin_reading, get_version, list_index_areas, list_index_places
from grid.gazetteer.store import NoSuchPlace
from grid.gazetteer.tables import PlaceFactRow, PlaceNameRow, PlaceRow
from grid.rules.gazetteer import FurtherName
from grid.rules.register import Asking
from grid.tables import DivisionRow

__all__ = [
    "NoSuchPlace",
    "begin_reading",
    "get_version",
    "list_index_areas",
    "list_index_places",
]

MOST_ROWS = 200
LONGEST_TEXT = 60
Standing = Literal["in_force", "ended", "all"]
STANDINGS: tuple[Standing, ...] = ("in_force", "ended", "all")


class BadPlaceFilter(BadInput):
    """A filter of places that names nothing."""

    code = "bad_place_filter"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFilter:
    """Which places are wanted: part of any name, kind, category, area by code, in force or ended, import.

    `sounding` are places, by number or whole name, that the text names by their sound.
    """

    text: str = ""
    kind: PlaceKind | None = None
    category: str = ""
    area_code: str = ""
    standing: Standing = "in_force"
    import_id: int | None = None
    sounding: tuple[int | str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it leaves out nothing that is in force."""
        return self == PlaceFilter()


@dataclass(frozen=True, slots=True)
class PlaceSummary:
    """A row of the list: its pin in degrees (EPSG:4490)."""

    id: int
    kind: PlaceKind
    name: str
    category: str
    division_code: str
    division_name: str
    street: str
    number: str
    source: str
    valid_from: date | None
    valid_to: date | None
    lon: float
    lat: float
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class PlacePage:
    """Some places by number, and the number after which the next page begins; None on the last one."""

    rows: tuple[PlaceSummary, ...]
    next_id: int | None


@dataclass(frozen=True, slots=True)
class PlaceFact:
    """One step in the life of a place."""

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


@dataclass(frozen=True, slots=True)
class PlaceDetail:
    """All of a place: further names, its shape as GeoJSON in degrees, its facts in order."""

    summary: PlaceSummary
    names: tuple[FurtherName, ...]
    geojson: str
    import_id: int | None
    revision: int
    facts: tuple[PlaceFact, ...]


def list_places(session: Session, wanted: PlaceFilter, *, after: int = 0, limit: int = 50) -> PlacePage:
    """The places wanted, by number, `limit` (at most 200) to a page; one query."""
    size = max(1, min(limit, MOST_ROWS))
    query = _select_summaries().where(*conditions_of(wanted), PlaceRow.id > after)
    found = session.execute(query.order_by(PlaceRow.id).limit(size + 1)).all()
    rows = tuple(_summary(row) for row in found[:size])
    return PlacePage(rows, rows[-1].id if len(found) > size else None)


def count_places(session: Session, wanted: PlaceFilter, *, most: int | None = None) -> int:
    """How many places are wanted; counting stops at `most`."""
    found = select(PlaceRow.id).where(*conditions_of(wanted)).limit(most).subquery()
    return session.execute(select(func.count()).select_from(found)).scalar_one()


def count_kinds(session: Session) -> dict[PlaceKind, int]:
    """How many places of each kind are in force."""
    query = select(PlaceRow.kind, func.count()).where(PlaceRow.valid_to.is_(None)).group_by(PlaceRow.kind)
    return {PlaceKind(kind): count for kind, count in session.execute(query)}


def get_place(session: Session, place_id: int) -> PlaceDetail:
    """A place with its names and facts.

    :raises NoSuchPlace: when there is none of that number.
    """
    shape = func.ST_AsGeoJSON(func.ST_Transform(PlaceRow.geom, SPOKEN), 7)
    more = (shape, PlaceRow.import_id, PlaceRow.revision)
    row = session.execute(_select_summaries(*more).where(PlaceRow.id == place_id)).one_or_none()
    if row is None:
        raise NoSuchPlace(f"地名库中没有编号为 {place_id} 的地名。请从列表重新打开。")
    geojson, import_id, revision = row[-3:]
    return PlaceDetail(
        summary=_summary(row),
        names=list_names(session, [place_id]).get(place_id, ()),
        geojson=geojson,
        import_id=import_id,
        revision=revision,
        facts=list_facts(session, place_id),
    )


def list_facts(session: Session, place_id: int) -> tuple[PlaceFact, ...]:
    """The facts of a place in order."""
    columns = [getattr(PlaceFactRow, name) for name in PlaceFact.__slots__]
    query = select(*columns).where(PlaceFactRow.place_id == place_id)
    return tuple(PlaceFact(*row) for row in session.execute(query.order_by(PlaceFactRow.seq)))


def list_names(session: Session, place_ids: Sequence[int]) -> dict[int, tuple[FurtherName, ...]]:
    """Further names of places, by number; those without any are left out."""
    query = select(PlaceNameRow).where(PlaceNameRow.place_id.in_(place_ids)).order_by(PlaceNameRow.id)
    found: dict[int, tuple[FurtherName, ...]] = {}
    for one in session.scalars(query):
        name = FurtherName(one.name, NameSort(one.sort), one.valid_from, one.valid_to)
        found[one.place_id] = (*found.get(one.place_id, ()), name)
    return found


def list_parts(
    session: Session, wanted: PlaceFilter, *, size: int
) -> Iterator[Sequence[tuple[PlaceSummary, tuple[FurtherName, ...], bytes]]]:
    """All places wanted, by number, `size` at a time: with their names and their plane shape as WKB."""
    after = 0
    query = _select_summaries(func.ST_AsBinary(PlaceRow.geom)).where(*conditions_of(wanted))
    while rows := session.execute(query.where(PlaceRow.id > after).order_by(PlaceRow.id).limit(size)).all():
        names = list_names(session, [row.id for row in rows])
        yield [(_summary(row), names.get(row.id, ()), bytes(row[-1])) for row in rows]
        after = rows[-1].id


def list_geojson(session: Session, place_ids: Sequence[int]) -> dict[int, str]:
    """Shapes of places as GeoJSON in degrees, by number."""
    shape = func.ST_AsGeoJSON(func.ST_Transform(PlaceRow.geom, SPOKEN), 7)
    rows = session.execute(select(PlaceRow.id, shape).where(PlaceRow.id.in_(place_ids)))
    return {row[0]: row[1] for row in rows}


def get_shape(session: Session, place_id: int) -> BaseGeometry:
    """The shape of a place in the plane, as it is kept.

    :raises NoSuchPlace: when there is none of that number.
    """
    wkb = session.scalar(select(func.ST_AsBinary(PlaceRow.geom)).where(PlaceRow.id == place_id))
    if wkb is None:
        raise NoSuchPlace(f"地名库中没有编号为 {place_id} 的地名。请从列表重新打开。")
    return shapely.from_wkb(bytes(wkb))


def pin_of(shape: BaseGeometry) -> PlanePoint:
    """Where the pin of a plane shape goes."""
    east, north = pins_of(np.array([shape], dtype=object))[0].tolist()
    return PlanePoint(east, north)


_DIVISION_AT = text("""
    WITH here AS (
        SELECT ST_SetSRID(ST_MakePoint(:east, :north), Find_SRID('grid', 'division', 'geom')) AS pin,
               EXISTS (SELECT FROM grid.zone WHERE valid_to IS NULL AND ST_Intersects(geom, ST_SetSRID(
                   ST_MakePoint(:east, :north), ST_SRID(geom)))) AS is_in_zone
    )
    SELECT code FROM grid.division, here
    WHERE valid_to IS NULL AND ST_Intersects(geom, pin) AND level <> 'prefecture'
      AND (is_in_zone OR left(code, 6) = ANY(:districts))
    ORDER BY length(code) DESC, code LIMIT 1
""")


def find_division_at(session: Session, point: PlanePoint, districts: Collection[str]) -> str | None:
    """The finest division of some districts, or of whatever a zone covers, in whose outline a point lies."""
    values = {"east": point.easting_m, "north": point.northing_m, "districts": sorted(districts)}
    found: str | None = session.scalar(_DIVISION_AT, values)
    return found


def conditions_of(wanted: PlaceFilter) -> list[ColumnElement[bool]]:
    """What a filter asks of a row."""
    asked: list[ColumnElement[bool]] = []
    if wanted.standing != "all":
        is_in_force = PlaceRow.valid_to.is_(None)
        asked.append(is_in_force if wanted.standing == "in_force" else ~is_in_force)
    if wanted.kind is not None:
        asked.append(PlaceRow.kind == wanted.kind.value)
    if wanted.category:
        asked.append(PlaceRow.category == wanted.category)
    if wanted.area_code:
        asked.append(PlaceRow.division_code.startswith(wanted.area_code, autoescape=True))
    if wanted.import_id is not None:
        asked.append(PlaceRow.import_id == wanted.import_id)
    if words := wanted.text.replace("\x00", "").strip()[:LONGEST_TEXT]:
        named = select(PlaceNameRow.place_id).where(PlaceNameRow.name.contains(words, autoescape=True))
        ids = [one for one in wanted.sounding if isinstance(one, int)]
        names = [one for one in wanted.sounding if isinstance(one, str)]
        sounds = (PlaceRow.id.in_(ids), PlaceRow.name.in_(names)) if wanted.sounding else ()
        asked.append(or_(PlaceRow.name.contains(words, autoescape=True), PlaceRow.id.in_(named), *sounds))
    return asked


def _select_summaries(*more: Any) -> Select[Any]:
    """Rows of the list with what else is asked for; `_summary` reads them."""
    pin = func.ST_Transform(_pin(), SPOKEN)
    columns: tuple[Any, ...] = (
        PlaceRow.id,
        PlaceRow.kind,
        PlaceRow.name,
        PlaceRow.category,
        func.coalesce(PlaceRow.division_code, "").label("division_code"),
        func.coalesce(DivisionRow.name, "").label("division_name"),
        func.coalesce(PlaceRow.street, "").label("street"),
        func.coalesce(PlaceRow.number, "").label("number"),
        PlaceRow.source,
        PlaceRow.valid_from,
        PlaceRow.valid_to,
        func.ST_X(pin).label("lon"),
        func.ST_Y(pin).label("lat"),
        PlaceRow.is_synthetic,
    )
    division = (DivisionRow.code == PlaceRow.division_code) & DivisionRow.valid_to.is_(None)
    return select(*columns, *more).outerjoin(DivisionRow, division)


def _pin() -> ColumnElement[Any]:
    """Where the pin of a row goes: the middle of a line (of its first part), a point inside an area."""
    middle = func.ST_LineInterpolatePoint(func.ST_GeometryN(func.ST_LineMerge(PlaceRow.geom), 1), 0.5)
    is_line = func.ST_Dimension(PlaceRow.geom) == 1
    return case((is_line, middle), else_=func.ST_PointOnSurface(PlaceRow.geom))


def _summary(row: Row[Any]) -> PlaceSummary:
    values = row[: len(PlaceSummary.__slots__)]
    return PlaceSummary(values[0], PlaceKind(values[1]), *values[2:])
