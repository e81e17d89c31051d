"""What pages and the API need to work with cameras: who may watch, operations, a life in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from cases.filtering import Box, CaseFilter
from cases.listing import list_cases
from cases.rules.stages import OPEN_STAGES
from cases.summaries import CaseSummary
from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.errors import Refused
from gis_core.places import LonLat, PlanePoint
from grid.cameras.facts import ACTION_NAMES, FIELD_NAMES
from grid.cameras.operations import Cameras
from grid.cameras.reading import (
    LONGEST_TEXT,
    CameraFact,
    CameraFilter,
    CameraShown,
    Seeing,
    Standing,
    get_camera,
    list_seeing,
)
from grid.cameras.watches import CalledBy, note_watch
from grid.rules.camera_views import Sight, find_sight
from web.accounts.people import Person
from web.filters import SEES_WALL
from web.forms import parse
from web.wiring import Wiring

WITH_CASES = ("operator", "duty_chief", "dispatcher", "leader")
"""Posts that are told beside a picture which cases lie in it."""
VIEWERS = (*WITH_CASES, "duty_officer", "commander")
"""Posts that watch video; who may open the wall sees there what they called to it (`web/wall_calling.py`)."""
KEEPERS = ("data_officer",)
"""Posts that keep the register."""
MOST_CASES = 50
MOST_OF_INCIDENT = 4


class CameraNotInForce(Refused):
    """The camera is registered, but out of force."""

    code = "camera_not_in_force"


class CameraQuery(BaseModel):
    """The filter of cameras in an address."""

    model_config = ConfigDict(extra="ignore")

    q: str = Field("", max_length=LONGEST_TEXT, title="查找")
    owner: str = Field("", max_length=24, title="权属单位")
    protocol: str = Field("", pattern="^(onvif|rtsp|hls)$", title="协议")
    standing: Standing = Field("in_force", title="状态")


def read_camera_filter(query: QueryParams) -> CameraFilter:
    """The filter that an address says.

    :raises Malformed: naming what cannot be.
    """
    asked = parse(CameraQuery, query)
    return CameraFilter(
        text=asked.q.strip(), owner_code=asked.owner, protocol=asked.protocol, standing=asked.standing
    )


@dataclass(frozen=True, slots=True)
class SeenCase:
    """An open case before a camera, and how it is seen."""

    case: CaseSummary
    sight: Sight


@dataclass(frozen=True, slots=True)
class CameraLine:
    """One thing in the life of a camera: what, by whom, why, and what was before and after."""

    at: datetime
    title: str
    by: str
    words: str
    changes: tuple[tuple[str, str, str], ...]


def cameras_of(wiring: Wiring) -> Cameras:
    """The operations on the register of cameras."""
    return Cameras(wiring.sessions, wiring.plane)


def today(wiring: Wiring) -> date:
    """The day of the city."""
    return city_time(wiring.clock.now()).date()


def is_in_force(shown: CameraShown, on: date) -> bool:
    """Whether a camera is in force on a day."""
    return shown.valid_to is None or on < shown.valid_to


def get_camera_in_force(session: Session, wiring: Wiring, code: str) -> CameraShown:
    """A camera that may be watched.

    :raises NoSuchCamera: when the register does not have it.
    :raises CameraNotInForce: when it is out of force.
    """
    shown = get_camera(session, wiring.plane, code)
    if not is_in_force(shown, today(wiring)):
        raise CameraNotInForce("这台摄像机已停用，不能观看。")
    return shown


def log_watch(wiring: Wiring, person: Person, code: str, called_by: CalledBy | None = None) -> None:
    """Write down that a person begins to watch a camera; on a wall, who called it there."""
    with wiring.sessions.begin() as session:
        note_watch(
            session, code, person_id=person.id, person_name=person.name,
            role=person.acting_as(*VIEWERS, *SEES_WALL), at=wiring.clock.now(), called_by=called_by,
        )  # fmt: skip


def list_cameras_of_case(session: Session, wiring: Wiring, place: LonLat) -> tuple[Seeing, ...]:
    """The cameras that see the place of a case, the nearest and straightest first; one query."""
    return list_seeing(session, wiring.plane, wiring.plane.to_plane(place), today(wiring))


def list_cameras_of_incident(session: Session, wiring: Wiring, place: LonLat | None) -> tuple[Seeing, ...]:
    """The cameras that see the place of an incident, the best first, a few; none where no place is known."""
    return () if place is None else list_cameras_of_case(session, wiring, place)[:MOST_OF_INCIDENT]


def list_cases_seen(session: Session, wiring: Wiring, shown: CameraShown) -> tuple[SeenCase, ...]:
    """Open cases that a camera sees, the nearest and straightest first; one query, of fifty at most."""
    box = _around(wiring.plane, shown)
    wanted = CaseFilter(stages=OPEN_STAGES, box=box)
    page = list_cases(session, wanted, at=wiring.clock.now(), limit=MOST_CASES, types=wiring.cases.types)
    found = [
        SeenCase(case, sight)
        for case in page.rows
        if (sight := find_sight(shown.camera.view, wiring.plane.to_plane(LonLat(case.lon, case.lat))))
    ]
    return tuple(sorted(found, key=lambda one: one.sight.rank_m))


def _around(plane: PlaneSystem, shown: CameraShown) -> Box:
    place, reach_m = shown.camera.place, shown.camera.range_m * 1.1
    corners = (
        plane.to_lonlat(PlanePoint(place.easting_m + side * reach_m, place.northing_m + side * reach_m))
        for side in (-1, 1)
    )
    return Box(*corners)


def tell_camera_life(
    plane: PlaneSystem, facts: tuple[CameraFact, ...], names: Mapping[str, str]
) -> tuple[CameraLine, ...]:
    """The life of a camera, the newest first; `names` are those of organisations by code."""
    return tuple(_line(plane, fact, names) for fact in reversed(facts))


def _line(plane: PlaneSystem, fact: CameraFact, names: Mapping[str, str]) -> CameraLine:
    def told(key: str, value: Any) -> str:
        if key == "place":
            place = plane.to_lonlat(PlanePoint(*value))
            return f"{place.lon_deg:.6f}, {place.lat_deg:.6f}"
        if key == "owner_code":
            return names.get(value, value)
        return "–" if value in ("", None) else f"{value:g}" if isinstance(value, float) else str(value)

    changes = tuple(
        (FIELD_NAMES[key], told(key, both["before"]), told(key, both["after"]))
        for key, both in fact.body.items()
        if key in FIELD_NAMES
    )
    return CameraLine(fact.at, ACTION_NAMES.get(fact.action, fact.action), fact.by_name, fact.reason, changes)
