"""What lies on the map of an incident room, as GeoJSON (EPSG:4490)."""

from typing import Annotated, Any

from fastapi import APIRouter

from emergency.incidents.reading import get_incident, list_facts
from emergency.rules.room.picture import features_of, picture_of
from web.accounts.guards import requires
from web.accounts.people import Person
from web.api.incidents import incident_feature
from web.incident_work import SEES_INCIDENTS
from web.wiring import Wired

router = APIRouter(prefix="/api/v1", tags=["incidents"])


@router.get("/incidents/{incident_no}/room")
def show_room(
    incident_no: str, person: Annotated[Person, requires(*SEES_INCIDENTS)], wiring: Wired
) -> dict[str, Any]:
    """The incident, its last area of effect, closures in force and what people drew."""
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
        facts = list_facts(session, incident.id)
    shapes = features_of(picture_of(facts), wiring.clock.now(), is_drill=incident.is_drill)
    return {
        "type": "FeatureCollection",
        "features": [*shapes, incident_feature(incident)],
        "revision": incident.revision,
    }
