"""A corner of the city in which incidents are reported: the real rules, a real PostGIS, nine grids."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from cases.rules.deciding import Asking
from emergency.incident_data import load_incident_book
from emergency.incidents.operations import Incidents
from emergency.rules.commands import Command, Decision, Open
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.places import LonLat
from tests.case_city import FRIDAY_MORNING, JINGER_ROAD, baoji, nine_grids

NATION = Path(__file__).parents[1] / "data" / "nation"
PLANE = PlaneSystem(baoji().plane_crs)
POSTS = {"duty_officer": (31, "应急值班员甲"), "commander": (32, "指挥长甲"), "department": (6, "部门甲")}


def incidents_in(sessions: Sessions) -> Incidents:
    """The operations on incidents."""
    return Incidents(sessions, PLANE, nine_grids(PLANE), load_incident_book(baoji(), NATION))


def by(post: str = "duty_officer", *, minutes: float = 0) -> Asking:
    """Somebody in a post, so many minutes after Friday morning."""
    number, name = POSTS[post]
    return Asking(after(minutes), number, name, post, "BJ-ZH")


def after(minutes: float) -> datetime:
    """So many minutes after Friday morning."""
    return FRIDAY_MORNING + timedelta(minutes=minutes)


def opened(
    incidents: Incidents,
    command: Open | None = None,
    *,
    client_id: UUID | None = None,
    place: LonLat | None = JINGER_ROAD,
    minutes: float = 0,
    is_drill: bool = False,
) -> str:
    """The number of an incident that was just reported."""
    told = command or Open("hazmat", "槽车侧翻，有刺激性气味", place_text="经二路红旗路十字")
    taken = incidents.open(
        told, by(minutes=minutes), client_id=client_id or uuid4(), place=place, is_drill=is_drill
    )
    return taken.incident_no


def step(
    incidents: Incidents, incident_no: str, command: Command, *, minutes: float, post: str = "duty_officer"
) -> Decision:
    """Take a step some minutes after Friday morning."""
    return incidents.perform(incident_no, command, by(post, minutes=minutes))
