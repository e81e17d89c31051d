"""Cameras as people look at them: lists, one with its life, those that see a place, sectors for maps, tours.

Places are answered in degrees (EPSG:4490); what a camera sees is worked out in plane metres. Reads only.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import shapely
from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.places import PlanePoint
from grid.cameras.facts import content_of
from grid.cameras.store import camera_of, no_such_camera, no_such_tour
from grid.cameras.tables import CameraFactRow, CameraRow, CameraTourRow, CameraTourStopRow
from grid.rules.camera_views import Sight, find_sight, sector_of
from grid.rules.cameras import MOST_RANGE_M, Camera
from grid.rules.register import Asking
from grid.tables import OrganisationRow

Standing = Literal["in_force", "ended", "all"]
STANDINGS: tuple[Standing, ...] = ("in_force", "ended", "all")
PAGE = 100
MOST_DRAWN = 5_000
"""Sectors of one answer; a city of this size has about 3,000 cameras of its own (assumed)."""
LONGEST_TEXT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFilter:
    """Which cameras are wanted: part of a code or name, an owner, a protocol, in force or ended."""

    text: str = ""
    owner_code: str = ""
    protocol: str = ""
    standing: Standing = "in_force"

    @property
    def is_empty(self) -> bool:
        """Whether it leaves out nothing that is in force."""
        return self == CameraFilter()


@dataclass(frozen=True, slots=True)
class CameraShown:
    """A camera with its pin in degrees (EPSG:4490) and its owner's name."""

    camera: Camera
    owner_name: str
    valid_to: date | None
    revision: int
    lon: float
    lat: float

    @property
    def code(self) -> str:
        """Its code."""
        return self.camera.code


@dataclass(frozen=True, slots=True)
class CameraPage:
    """Some cameras by code, and the code after which the next page begins; None on the last one."""

    rows: tuple[CameraShown, ...]
    next_code: str | None


@dataclass(frozen=True, slots=True)
class CameraFact:
    """One step in the life of a camera."""

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
class Seeing:
    """A camera that sees a place, and how."""

    shown: CameraShown
    sight: Sight


@dataclass(frozen=True, slots=True)
class TourStop:
    """A camera of a tour, as far as it is still in force, and the seconds it is looked at."""

    shown: CameraShown
    seconds: int


@dataclass(frozen=True, slots=True)
class TourShown:
    """A tour, who made it so last, and its stops in order."""

    id: int
    name: str
    by_name: str
    at: datetime
    stops: tuple[TourStop, ...]

    @property
    def seconds(self) -> int:
        """How long one round takes."""
        return sum(stop.seconds for stop in self.stops)


def list_cameras(
    session: Session, plane: PlaneSystem, wanted: CameraFilter, on: date, *, after: str = "", most: int = PAGE
) -> CameraPage:
    """Cameras by code after `after`, as in force on a day; one query."""
    query = _filtered(_shown(), wanted, on).where(CameraRow.code > after.replace("\x00", ""))
    rows = session.execute(query.order_by(CameraRow.code).limit(most + 1)).all()
    shown = _all_shown(plane, rows[:most])
    return CameraPage(shown, shown[-1].code if len(rows) > most else None)


def count_cameras(session: Session, wanted: CameraFilter, on: date) -> int:
    """How many a filter leaves."""
    return int(session.scalar(_filtered(select(func.count()).select_from(CameraRow), wanted, on)) or 0)


def get_camera(session: Session, plane: PlaneSystem, code: str) -> CameraShown:
    """A camera by its code, in force or not; one query.

    :raises NoSuchCamera: when the register does not have it.
    """
    row = session.execute(_shown().where(CameraRow.code == code.replace("\x00", ""))).one_or_none()
    if row is None:
        raise no_such_camera(code)
    return _all_shown(plane, [row])[0]


def list_facts(session: Session, code: str) -> tuple[CameraFact, ...]:
    """The life of a camera, in order."""
    columns = [getattr(CameraFactRow, name) for name in CameraFact.__slots__]
    query = select(*columns).join(CameraRow, CameraRow.id == CameraFactRow.camera_id)
    rows = session.execute(query.where(CameraRow.code == code).order_by(CameraFactRow.seq))
    return tuple(CameraFact(*row) for row in rows)


def list_seeing(session: Session, plane: PlaneSystem, point: PlanePoint, on: date) -> tuple[Seeing, ...]:
    """The cameras that see a place on a day, the nearest and straightest first; one query."""
    here = func.ST_SetSRID(func.ST_MakePoint(point.easting_m, point.northing_m), plane.srid)
    near = func.ST_DWithin(CameraRow.geom, here, MOST_RANGE_M)
    rows = session.execute(_filtered(_shown(), CameraFilter(), on).where(near)).all()
    found = [
        Seeing(shown, sight)
        for shown in _all_shown(plane, rows)
        if (sight := find_sight(shown.camera.view, point)) is not None
    ]
    return tuple(sorted(found, key=lambda one: (one.sight.rank_m, one.shown.code)))


def list_owner_codes(session: Session) -> dict[str, str]:
    """The code of every organisation by its code and by its name: files tell an owner by either."""
    rows = session.execute(select(OrganisationRow.code, OrganisationRow.name)).all()
    return {name: code for code, name in rows} | {code: code for code, _ in rows}


def views_geojson(plane: PlaneSystem, cameras: Iterable[CameraShown]) -> dict[str, Any]:
    """What cameras see, as sectors of the plane drawn in degrees (EPSG:4490). No address is in it."""
    features = [feature for one in cameras for feature in _features(plane, one)]
    return {"type": "FeatureCollection", "features": features}


def _features(plane: PlaneSystem, one: CameraShown) -> list[dict[str, Any]]:
    camera = one.camera
    told = {
        "code": camera.code,
        "name": camera.name,
        "direction_deg": camera.direction_deg,
        "field_deg": camera.field_deg,
        "range_m": camera.range_m,
        "protocol": camera.protocol,
        "owner_code": camera.owner_code,
        "is_live": bool(camera.played_address),
        "is_synthetic": camera.is_synthetic,
    }
    sector = shapely.transform(sector_of(camera.view), plane.to_lonlat_many)
    area = json.loads(shapely.to_geojson(shapely.set_precision(sector, 1e-7)))
    pin = {"type": "Point", "coordinates": [round(one.lon, 7), round(one.lat, 7)]}
    return [
        {"type": "Feature", "properties": {**told, "role": "sector"}, "geometry": area},
        {"type": "Feature", "properties": {**told, "role": "camera"}, "geometry": pin},
    ]


def list_tours(session: Session, plane: PlaneSystem, on: date) -> tuple[TourShown, ...]:
    """Every tour by name, with those of its cameras that are in force; two queries."""
    tours = session.scalars(select(CameraTourRow).order_by(CameraTourRow.name)).all()
    stops = _stops(session, plane, [tour.id for tour in tours], on)
    return tuple(_tour(tour, stops.get(tour.id, [])) for tour in tours)


def get_tour(session: Session, plane: PlaneSystem, tour_id: int, on: date) -> TourShown:
    """A tour with those of its cameras that are in force; two queries.

    :raises NoSuchTour: when there is none of that number.
    """
    tour = session.get(CameraTourRow, tour_id) if 0 < tour_id < 2**62 else None
    if tour is None:
        raise no_such_tour()
    return _tour(tour, _stops(session, plane, [tour.id], on).get(tour.id, []))


def _tour(tour: CameraTourRow, stops: Sequence[TourStop]) -> TourShown:
    return TourShown(tour.id, tour.name, tour.by_name, tour.at, tuple(stops))


def _stops(
    session: Session, plane: PlaneSystem, tour_ids: Sequence[int], on: date
) -> dict[int, list[TourStop]]:
    more = CameraTourStopRow.tour_id, CameraTourStopRow.seconds
    query = _shown(*more).join(CameraTourStopRow, CameraTourStopRow.camera_id == CameraRow.id)
    wanted = _filtered(query, CameraFilter(), on).where(CameraTourStopRow.tour_id.in_(tour_ids))
    rows = session.execute(wanted.order_by(CameraTourStopRow.tour_id, CameraTourStopRow.n)).all()
    stops: dict[int, list[TourStop]] = {}
    for row, shown in zip(rows, _all_shown(plane, rows), strict=True):
        stops.setdefault(row[-2], []).append(TourStop(shown, row[-1]))
    return stops


def _shown(*more: Any) -> Select[Any]:
    place = func.ST_X(CameraRow.geom), func.ST_Y(CameraRow.geom)
    owner = OrganisationRow.code == CameraRow.owner_code
    return select(CameraRow, *place, OrganisationRow.name, *more).join(OrganisationRow, owner)


def _filtered(query: Select[Any], wanted: CameraFilter, on: date) -> Select[Any]:
    is_over = CameraRow.valid_to <= on
    if wanted.standing == "in_force":
        query = query.where(or_(CameraRow.valid_to.is_(None), ~is_over))
    elif wanted.standing == "ended":
        query = query.where(is_over)
    if wanted.text:
        text = wanted.text.replace("\x00", "")
        parts = (
            CameraRow.code.icontains(text, autoescape=True),
            CameraRow.name.icontains(text, autoescape=True),
        )
        query = query.where(or_(*parts))
    if wanted.owner_code:
        query = query.where(CameraRow.owner_code == wanted.owner_code)
    if wanted.protocol:
        query = query.where(CameraRow.protocol == wanted.protocol)
    return query


def _all_shown(plane: PlaneSystem, rows: Sequence[Row[Any]]) -> tuple[CameraShown, ...]:
    shown = []
    for row in rows:
        one, easting_m, northing_m, owner_name = (row[n] for n in range(4))
        place = plane.to_lonlat(PlanePoint(easting_m, northing_m))
        camera = camera_of(one, easting_m, northing_m)
        shown.append(
            CameraShown(camera, owner_name, one.valid_to, one.revision, place.lon_deg, place.lat_deg)
        )
    return tuple(shown)
