"""Closed roads at the duty desk and of an incident; ways, areas and who is soonest past them."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from emergency.incidents.reading import Incident, get_incident, list_facts
from emergency.rules.closing import CLOSES_ROADS, ENTRY_NAMES, STANDING_NAMES
from emergency.ways.following import PROFILE_NAMES
from emergency.ways.reading import get_closure, list_history, list_shown
from gis_core.errors import BadInput, CitygridError, Conflict, NotAllowed, NotFound, Refused
from gis_core.roads.wording import say_seconds
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.closure_work import (
    change_closure,
    close_roads,
    closed_stretches,
    empty_values,
    lift_closure,
    values_of,
)
from web.errors import status_of
from web.faces.queues import places_of
from web.forms import parse
from web.incident_work import SEES_INCIDENTS
from web.rendering import page, see_other
from web.way_answers import ASKED, Answer, answer
from web.way_forms import DIRECTION_NAMES, ChangeSent, ClosureSent, LiftSent
from web.way_shapes import DRAWN_WAYS, say_place
from web.wiring import Wired, Wiring

router = APIRouter()
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Closer = Annotated[Person, requires(*CLOSES_ROADS)]
MANY = ("may_enter",)
REFUSALS = (BadInput, Refused, Conflict, NotAllowed, NotFound)


@router.get("/duty/roads")
def show_roads(request: Request, person: Reader, wiring: Wired) -> Response:
    """The city's closures now and planned, on the map and as a list; a form for another."""
    return _roads_page(request, wiring, person)


@router.post("/duty/roads/{action}")
def act_on_city(request: Request, action: str, form: FormSent, person: Closer, wiring: Wired) -> Response:
    """Close, change or lift; refused, the page has the form as it was."""
    return _act(request, wiring, person, action, form)


@router.get("/incidents/{incident_no}/roads")
def show_incident_roads(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """Closures of an incident; and the way, areas in time, who is soonest and who covers what."""
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
    return _roads_page(request, wiring, person, incident=incident)


@router.post("/incidents/{incident_no}/roads/{action}")
def act_on_incident(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, incident_no: str, action: str, form: FormSent, person: Closer, wiring: Wired
) -> Response:
    """Close, change or lift closures of an incident, each a fact of it."""
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
    return _act(request, wiring, person, action, form, incident=incident)


def _act(
    request: Request,
    wiring: Wiring,
    person: Person,
    action: str,
    form: FormData,
    *,
    incident: Incident | None = None,
) -> Response:
    try:
        if action == "close":
            close_roads(wiring, person, parse(ClosureSent, form), incident)
        elif action == "change":
            change_closure(wiring, person, parse(ChangeSent, form))
        elif action == "lift":
            lift_closure(wiring, person, parse(LiftSent, form))
        else:
            raise NotFound("没有这个步骤。请从页面上的按钮办理。")
    except REFUSALS as refusal:
        typed: dict[str, Any] = {name: str(value) for name, value in form.items() if name != "csrf"}
        typed |= {name: tuple(map(str, form.getlist(name))) for name in MANY}
        return _roads_page(
            request, wiring, person, incident=incident, refused=action, typed=typed, refusal=refusal
        )
    return see_other(f"{_home(incident)}?done={action}")


def _home(incident: Incident | None) -> str:
    return "/duty/roads" if incident is None else f"/incidents/{incident.incident_no}/roads"


def _roads_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    *,
    incident: Incident | None = None,
    refused: str = "",
    typed: Mapping[str, Any] | None = None,
    refusal: CitygridError | None = None,
) -> Response:
    at, query = wiring.clock.now(), request.query_params
    number = query.get("change", "")
    changed = typed.get("closure_id", "") if typed and refused == "change" else number
    with wiring.sessions() as session:
        shown = list_shown(session, at=at, with_past=bool(query.get("past")))
        drills = incident is not None and incident.is_drill
        shown = [
            one for one in shown
            if incident is None or not one.is_drill or (drills and one.incident_no == incident.incident_no)
        ]  # fmt: skip
        history = list_history(session, [one.id for one in shown])
        closure = get_closure(session, int(changed)) if changed.isdecimal() and len(changed) < 19 else None
        facts = [] if incident is None else list_facts(session, incident.id)
    values = dict(empty_values(at) if closure is None else values_of(wiring, closure)) | dict(typed or {})
    found = Answer() if incident is None or refused else answer(wiring, incident, query)
    mine = incident and incident.incident_no
    context = {
        "places": places_of(person),
        "incident": incident,
        "home": _home(incident),
        "closures": sorted(shown, key=lambda one: (one.incident_no != mine, one.standing(at) != "in_force")),
        "stretches": closed_stretches(wiring, shown),
        "history": history,
        "effects": [one for one in facts if "effect" in one.body][::-1],
        "values": values,
        "closure": closure,
        "refused": refused,
        "refusal": refusal or found.refusal,
        "found": found,
        "asked": found.typed,
        "asks": ASKED,
        "here": say_place(incident.place) if incident and incident.place else "",
        "may_close": person.may_act_as(*CLOSES_ROADS),
        "done": query.get("done", "")[:12],
        "past": bool(query.get("past")),
        "query": request.url.query,
        "standings": STANDING_NAMES,
        "entries": ENTRY_NAMES,
        "drawn_ways": DRAWN_WAYS,
        "profiles": PROFILE_NAMES,
        "directions": DIRECTION_NAMES,
        "say_seconds": say_seconds,
    }
    problem = refusal or found.refusal
    status = 200 if problem is None else status_of(problem)
    return page(request, "duty/roads.html", context, status=status)
