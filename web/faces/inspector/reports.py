"""Reports that are owed upwards, on the phone: what time is left, the draft, signing it, once."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request, Response

from emergency.incidents.reading import Incident, OwedReport, get_incident, list_facts, list_owed_next
from emergency.rules.incidents import ROLES, possible_actions
from emergency.rules.reporting import CHANNEL_NAMES, KIND_NAMES
from gis_core.errors import BadInput, CitygridError, Conflict, NotAllowed, NotFound, Refused
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.errors import status_of, wants_json
from web.faces.answers import answer
from web.faces.inspector.tasks import count_tasks
from web.incident_work import OWED_AHEAD, report_from_phone
from web.rendering import page
from web.report_drafts import Drafted, drafted, list_left, read_kind
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/m/reports")
HEARS = (*ROLES, "leader", "duty_chief")
"""Posts that report, and those that are told when nothing has gone out."""
Hearing = Annotated[Person, requires(*HEARS)]
Reporting = Annotated[Person, requires(*ROLES)]
MOST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class OwedShown:
    """A report that is owed with its incident and its draft."""

    owed: OwedReport
    incident: Incident
    drafted: Drafted
    may_send: bool


@router.get("")
def show_owed(request: Request, person: Hearing, wiring: Wired, done: str = "") -> Response:
    """Every report that is owed within a day, the most urgent first, each with its draft."""
    return _page(request, wiring, person, done=done)


@router.post("/{incident_no}/{rule_code}")
def send(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, incident_no: str, rule_code: str, form: FormSent, person: Reporting, wiring: Wired
) -> Response:
    """Sign a report as it went out, once; refused, the reason says who reported meanwhile."""
    try:
        report_from_phone(wiring, person, incident_no, rule_code, form)
    except (BadInput, Refused, Conflict, NotAllowed, NotFound) as refusal:
        if wants_json(request):
            raise
        return _page(request, wiring, person, refusal=refusal)
    return answer(request, "/m/reports?done=sent")


def _page(
    request: Request, wiring: Wiring, person: Person, *, done: str = "", refusal: CitygridError | None = None
) -> Response:
    shown = {
        "shown": _list_shown(wiring, person),
        "most_shown": MOST_SHOWN,
        "may_report": person.may_act_as(*ROLES),
        "channel_names": CHANNEL_NAMES,
        "kind_names": KIND_NAMES,
        "n_tasks": count_tasks(wiring, person),
        "done": done[:12],
        "refusal": refusal,
    }
    return page(request, "inspector/reports.html", shown, status=status_of(refusal) if refusal else 200)


def _list_shown(wiring: Wiring, person: Person) -> list[OwedShown]:
    now = wiring.clock.now()
    found = []
    with wiring.sessions() as session:
        left = list_left(list_owed_next(session, until=now + OWED_AHEAD), now)
        numbers = dict.fromkeys(one.incident_no for one in left[:MOST_SHOWN])
        incidents = {one: get_incident(session, wiring.plane, one) for one in numbers}
        facts = {one: list_facts(session, incidents[one].id) for one in numbers}
    for one in left[:MOST_SHOWN]:
        incident = incidents[one.incident_no]
        own = [other for other in left if other.incident_id == one.incident_id]
        begun = drafted(wiring, incident, facts[one.incident_no], own, chosen=one, kind=read_kind(one.kind))
        may_send = "send_report" in possible_actions(incident.state.stage, person.roles)
        found.append(OwedShown(one, incident, begun, may_send))
    return found
