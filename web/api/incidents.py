"""Incidents over HTTP: those that are going on as GeoJSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Request

from emergency.incidents.reading import Incident, get_incident, list_open
from emergency.rules.incidents import STAGE_NAMES
from web.accounts.guards import requires
from web.accounts.people import Person
from web.filters import SEES_WALL
from web.forms import parse
from web.incident_replay import MomentAsked, read_replay, shapes_of
from web.incident_work import SEES_INCIDENTS
from web.wiring import Wired

router = APIRouter(prefix="/api/v1", tags=["incidents"])


@router.get("/incidents")
def show_incidents(
    person: Annotated[Person, requires(*SEES_INCIDENTS, "wall")], wiring: Wired, no: str = ""
) -> dict[str, Any]:
    """Incidents that are going on, or the one of a number, as points (EPSG:4490); those without a known place
    have no geometry."""
    with wiring.sessions() as session:
        shown = [get_incident(session, wiring.plane, no[:24])] if no else list_open(session, wiring.plane)
    return {"type": "FeatureCollection", "features": [incident_feature(one) for one in shown]}


@router.get("/incidents/{incident_no}/then")
def show_then(
    request: Request,
    incident_no: str,
    person: Annotated[Person, requires(*SEES_INCIDENTS, *SEES_WALL)],
    wiring: Wired,
) -> dict[str, Any]:
    """What the map of an incident showed `at` a moment (EPSG:4490); who sees walls alone is told no words."""
    asked = parse(MomentAsked, request.query_params)
    found = read_replay(wiring, incident_no, asked, is_page=False)
    return shapes_of(found, has_words=person.may_act_as(*SEES_INCIDENTS))


def incident_feature(one: Incident) -> dict[str, Any]:
    """An incident as a feature; without a known place it has no geometry."""
    level = one.state.event_level
    return {
        "type": "Feature",
        "id": one.id,
        "geometry": one.place and {"type": "Point", "coordinates": [one.place.lon_deg, one.place.lat_deg]},
        "properties": {
            "role": "incident",
            "incident_no": one.incident_no,
            "title": one.state.title,
            "label": one.state.title,
            "stage": one.state.stage,
            "stage_name": STAGE_NAMES[one.state.stage],
            "kind_code": one.state.kind_code,
            "event_level": level and int(level),
            "is_drill": one.is_drill,
            "is_synthetic": one.is_synthetic,
            "received_at": one.state.received_at.isoformat(),
            "revision": one.revision,
        },
    }
