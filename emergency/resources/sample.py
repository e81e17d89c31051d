"""Emergency resources of a drawn sample city, after `sample_resources.yaml`: invented, and flagged so."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zlib import crc32

import shapely
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from emergency.resources import store
from emergency.resources.reading import get_version
from emergency.rules.resources import (
    Contact,
    Readiness,
    Resource,
    ResourceKind,
    checked,
    read_details,
)
from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.places import LonLat, PlanePoint, to_grain
from grid.city import City, read_data
from grid.rules.register import Asking
from grid.standing import NamedPlace, find_river, list_places_of

FILE = "sample_resources.yaml"
REASON = "绘制示意城市。"
READINESS: tuple[Readiness, ...] = (
    "available", "available", "on_duty", "available", "available", "available", "repair", "available",
    "available", "available", "available",
)  # fmt: skip
"""Resources take turns, so that every state is there to be seen; assumed."""
GO_OUT: tuple[ResourceKind, ...] = ("team", "vehicle")
CHECKED_DAYS_AGO = (3, 12, 25, 40, 8, 75, 18, 400, 5, 29, 61)
CONFIRMED_DAYS_AGO = (10, 45, 90, 120, 200, 30, 400)


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ResourceKind
    prefix: str
    count: int = Field(ge=1)
    name: str
    organisations: tuple[str, ...] = Field(min_length=1)
    details: tuple[Mapping[str, Any], ...] = Field(min_length=1)
    at: tuple[str, ...] = ()
    lonlat: tuple[tuple[float, float], ...] = ()
    on_water: bool = False
    place_text: str = ""
    source: str = ""


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    source: str
    groups: tuple[_Group, ...]


@dataclass(frozen=True, slots=True)
class _Spot:
    point: PlanePoint | None
    name: str


def draw_resources(sessions: Sessions, city: City, *, at: datetime) -> int:
    """Write the sample resources into empty registers; how many were written.

    A city without the file gets none; where there are resources already, nothing is written.
    """
    path = city.folder / FILE
    if not path.is_file():
        return 0
    file = read_data(path, _File)
    asking = Asking(at, None, "citygrid demo", "system")
    with sessions.begin() as session:
        store.lock_register(session)
        if get_version(session):
            return 0
        plane = PlaneSystem(city.plane_crs)
        drawn = list(_drawn(session, file, plane, city_time(at).date()))
        for one in drawn:
            store.add(session, one, asking=asking, reason=REASON, srid=plane.srid)
    return len(drawn)


def _drawn(session: Session, file: _File, plane: PlaneSystem, today: date) -> Iterator[Resource]:
    numbers: dict[str, int] = {}
    used: set[tuple[str, str]] = set()
    for group in file.groups:
        for turn, spot in enumerate(_spots(session, group, plane, used)):
            n = numbers[group.prefix] = numbers.get(group.prefix, 0) + 1
            yield checked(_resource(group, file.source, n, turn, spot, today), today=today)


def _resource(  # noqa: PLR0917  # what a row is made of, in order
    group: _Group, source: str, n: int, turn: int, spot: _Spot, today: date
) -> Resource:
    checked_on = today - timedelta(days=CHECKED_DAYS_AGO[n % len(CHECKED_DAYS_AGO)])
    confirmed_on = today - timedelta(days=CONFIRMED_DAYS_AGO[n % len(CONFIRMED_DAYS_AGO)])
    return Resource(
        code=f"{group.prefix}-{n:04d}",
        kind=group.kind,
        name=group.name.format(place=spot.name, n=turn + 1),
        organisation_code=group.organisations[turn % len(group.organisations)],
        point=spot.point,
        place_text=group.place_text or spot.name,
        readiness=_readiness(group.kind, n),
        readiness_since=checked_on,
        checked_on=checked_on,
        details=read_details(group.kind, group.details[turn % len(group.details)]),
        contact=Contact(name="值班电话（示意）", phone=f"0917-0000{n:03d}", confirmed_on=confirmed_on),
        source=group.source or source,
        status="assumed",
        is_synthetic=True,
    )


def _readiness(kind: ResourceKind, n: int) -> Readiness:
    taken = READINESS[n % len(READINESS)]
    return "available" if taken == "on_duty" and kind not in GO_OUT else taken


def _spots(
    session: Session, group: _Group, plane: PlaneSystem, used: set[tuple[str, str]]
) -> Iterator[_Spot]:
    """Where the resources of a group stand; two of a kind do not share a place."""
    if group.lonlat:
        yield from (_given(session, LonLat(*one), plane, on_water=group.on_water) for one in group.lonlat)
        return
    if not group.at:
        yield from [_Spot(None, "")] * group.count
        return
    places = sorted(
        list_places_of(session, group.at),
        # By a sum of its number, so that neighbours do not come one after the other.
        key=lambda one: (group.at.index(one.category), crc32(one.code.encode())),
    )
    free = [one for one in places if (group.kind, one.code) not in used] or places
    for place in _spread(free, group.count):
        used.add((group.kind, place.code))
        middle = shapely.point_on_surface(place.shape)
        yield _Spot(PlanePoint(to_grain(middle.x), to_grain(middle.y)), place.name)


def _spread(places: Sequence[NamedPlace], count: int) -> list[NamedPlace]:
    """So many places in order; where there are fewer, several stand at one."""
    return [places[n % len(places)] for n in range(count)] if places else []


def _given(session: Session, place: LonLat, plane: PlaneSystem, *, on_water: bool) -> _Spot:
    point = plane.to_plane(place)
    river = find_river(session, point, srid=plane.srid) if on_water else None
    if river is not None:
        near = shapely.shortest_line(river, shapely.Point(point.easting_m, point.northing_m)).coords[0]
        point = PlanePoint(near[0], near[1])
    return _Spot(PlanePoint(to_grain(point.easting_m), to_grain(point.northing_m)), "")
