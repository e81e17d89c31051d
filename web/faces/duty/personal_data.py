"""What of a response names people: until when it is kept, and who decided to keep it as evidence."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData

from cases.privacy_rules import load_retention
from emergency.incidents.reading import get_incident
from emergency.record.reading import (
    count_callers,
    find_settled_at,
    list_cleaned,
    list_destroyed,
    list_holds,
)
from emergency.rules.record.destroying import OF_INCIDENT, rules_of
from gis_core.clock import city_time
from gis_core.errors import BadInput, CitygridError, Conflict
from web.accounts.guards import FormSent, asking, requires
from web.accounts.people import Person
from web.after_action_work import records_of
from web.errors import status_of
from web.faces.queues import places_of
from web.forms import parse
from web.incident_work import SEES_INCIDENTS
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/incidents/{incident_no}/personal-data")
HOLDS = ("commander", "leader")
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Holder = Annotated[Person, requires(*HOLDS)]


class WhySent(BaseModel):
    """The reason of a decision."""

    model_config = ConfigDict(extra="ignore")

    words: str = Field("", max_length=1_000, title="理由")


@router.get("")
def show_personal_data(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """What names people, until when each goes, and what was decided and destroyed."""
    return _page(request, wiring, person, incident_no)


@router.post("/hold")
def hold(request: Request, incident_no: str, form: FormSent, person: Holder, wiring: Wired) -> Response:
    """Keep them as evidence or for an inquiry, by name and with a reason."""
    return _decide(request, wiring, person, incident_no, form, is_hold=True)


@router.post("/lift")
def lift(request: Request, incident_no: str, form: FormSent, person: Holder, wiring: Wired) -> Response:
    """End the decision: they go with the next sweep when their time is over."""
    return _decide(request, wiring, person, incident_no, form, is_hold=False)


def _decide(  # a request, who sent it, and what is decided
    request: Request, wiring: Wiring, person: Person, incident_no: str, form: FormData, *, is_hold: bool
) -> Response:
    who = asking(person, person.acting_as(*HOLDS), at=wiring.clock.now())
    records = records_of(wiring)
    decide = records.hold if is_hold else records.lift
    try:
        decide(incident_no, parse(WhySent, form).words, who)
    except (BadInput, Conflict) as refusal:
        return _page(request, wiring, person, incident_no, refusal=refusal)
    return see_other(f"/incidents/{incident_no}/personal-data?done=1")


def _page(
    request: Request,
    wiring: Wiring,
    person: Person,
    incident_no: str,
    *,
    refusal: CitygridError | None = None,
) -> Response:
    retention = load_retention(wiring.city)
    days = retention.days_on(city_time(wiring.clock.now()).date())
    rules = rules_of(days, retention.version)
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
        settled_at = find_settled_at(session, incident.id)
        shown = {
            "places": places_of(person),
            "incident": incident,
            "n_callers": count_callers(session, incident.id),
            "kinds": OF_INCIDENT,
            "rules": rules,
            "goes_at": settled_at and {what: rules[what].goes_at(settled_at) for what in OF_INCIDENT},
            "cleaned": list_cleaned(session, incident.id),
            "periods": retention.periods,
            "holds": list_holds(session, incident_id=incident.id),
            "destroyed": list_destroyed(session, incident_id=incident.id),
            "may_hold": person.may_act_as(*HOLDS),
            "refusal": refusal,
            "done": request.query_params.get("done"),
        }
    status = 200 if refusal is None else status_of(refusal)
    return page(request, "duty/personal_data.html", shown, status=status)
