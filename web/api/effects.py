"""Effects and exposure of an incident over HTTP: zones as GeoJSON, with who and what lies inside."""

from typing import Annotated, Any

from fastapi import APIRouter, Request

from emergency.incidents.reading import get_incident, list_facts
from web.accounts.guards import Checked, requires
from web.accounts.people import Person
from web.effect_forms import EffectSent
from web.effect_work import as_geojson, evaluate, kept_effect
from web.forms import parse
from web.incident_work import SEES_INCIDENTS
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/api/v1", tags=["incidents"])
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]


@router.get("/incidents/{incident_no}/effects")
def show_effect(request: Request, incident_no: str, person: Reader, wiring: Wired) -> dict[str, Any]:
    """Zones (EPSG:4490) of a model for parameters in the query, and what lies inside; nothing is written."""
    return _answer(wiring, incident_no, parse(EffectSent, request.query_params))


@router.post("/incidents/{incident_no}/effects", dependencies=[Checked])
def ask_effect(incident_no: str, sent: EffectSent, person: Reader, wiring: Wired) -> dict[str, Any]:
    """The same for parameters as JSON, for outlines that are too long for an address; nothing is written."""
    return _answer(wiring, incident_no, sent)


@router.get("/incidents/{incident_no}/effects/{seq}")
def show_kept_effect(incident_no: str, seq: int, person: Reader, wiring: Wired) -> dict[str, Any]:
    """Zones of an evaluation that was kept, as they were drawn then."""
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
        fact = kept_effect(list_facts(session, incident.id), seq)
    effect = fact.body["effect"]
    return dict(effect["zones"]) | {"counts": effect["counts"], "at": fact.at.isoformat()}


def _answer(wiring: Wiring, incident_no: str, sent: EffectSent) -> dict[str, Any]:
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
    return as_geojson(evaluate(wiring, incident, sent))
