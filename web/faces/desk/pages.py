"""Desks: a queue, the map of exactly that queue, and the sheet of the case that is open."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from cases.conditions import plain
from gis_core.errors import BadInput, Conflict, Refused
from grid.components import get_component
from web.accounts.guards import FormSent, open_to_all, requires
from web.accounts.people import Person, Visitor
from web.contacts import look_up_caller
from web.faces.case_files import export_queue
from web.faces.queues import (
    DISPATCHER,
    DUTY_CHIEF,
    LEADER,
    OPERATOR,
    Post,
    find_opening,
    get_queue,
    light_choices,
    places_of,
)
from web.faces.reporting import ReportForm, joined_no, new_form, send_form, send_join
from web.forms import parse
from web.list_files import Form
from web.near_components import WITHIN_M, NearAsked, find_choices
from web.rendering import page, see_other
from web.reporters import keep_follow, read_caller_follow, reporter_channels
from web.reports import PlaceAsked, find_place_history
from web.wiring import Wired, Wiring

router = APIRouter()
COMPONENT_DIGITS = 17


@router.get("/desk/operator")
def show_operator_desk(
    request: Request, person: Annotated[Person, requires("operator")], wiring: Wired
) -> Response:
    """受理: reports to accept, decline or verify; finished cases to send to recheck."""
    return _desk(request, OPERATOR, person, wiring)


@router.get("/desk/duty-chief")
def show_duty_chief_desk(
    request: Request, person: Annotated[Person, requires("duty_chief")], wiring: Wired
) -> Response:
    """立案结案: accepted reports to file, rechecked cases to close."""
    return _desk(request, DUTY_CHIEF, person, wiring)


@router.get("/desk/dispatcher")
def show_dispatcher_desk(
    request: Request, person: Annotated[Person, requires("dispatcher")], wiring: Wired
) -> Response:
    """派遣: filed cases to dispatch to a department with a limit."""
    return _desk(request, DISPATCHER, person, wiring)


@router.get("/desk/leader")
def show_leader_desk(
    request: Request, person: Annotated[Person, requires("leader")], wiring: Wired
) -> Response:
    """督办: what is late, what waits for a leader's word, what the leader waits for."""
    return _desk(request, LEADER, person, wiring)


@router.get("/desk/leader/cases.{form}")
def export_leader_cases(
    request: Request, form: Form, person: Annotated[Person, requires("leader")], wiring: Wired
) -> Response:
    """督办: the list as a file."""
    return export_queue(request, LEADER, person, wiring, form)


@router.get("/desk/operator/cases.{form}")
def export_operator_cases(
    request: Request, form: Form, person: Annotated[Person, requires("operator")], wiring: Wired
) -> Response:
    """受理: the list as a file."""
    return export_queue(request, OPERATOR, person, wiring, form)


@router.get("/desk/duty-chief/cases.{form}")
def export_duty_chief_cases(
    request: Request, form: Form, person: Annotated[Person, requires("duty_chief")], wiring: Wired
) -> Response:
    """立案结案: the list as a file."""
    return export_queue(request, DUTY_CHIEF, person, wiring, form)


@router.get("/desk/dispatcher/cases.{form}")
def export_dispatcher_cases(
    request: Request, form: Form, person: Annotated[Person, requires("dispatcher")], wiring: Wired
) -> Response:
    """派遣: the list as a file."""
    return export_queue(request, DISPATCHER, person, wiring, form)


@router.get("/desk/operator/register")
def show_register_form(
    request: Request, person: Annotated[Person, requires("operator")], wiring: Wired
) -> Response:
    """登记: somebody calls, and the operator writes down what, where and who.

    A telephone system opens the page with what it knows behind the `#`, which no server is sent and no log
    keeps: `#contact_phone=…&contact_name=…&source=…`, read by `call-address.js`. The sheet of a component
    opens it with `?component_code=`, whose place and type are filled in then.
    """
    form = new_form(wiring.catalogue)
    if source := request.query_params.get("source", ""):
        form.values["source"] = source[:50]
    if code := request.query_params.get("component_code", "").strip():
        form.values.update(_of_component(wiring, code))
    return _register_page(request, person, wiring, form)


@router.post("/desk/operator/register")
def register_report(
    request: Request,
    form: FormSent,
    person: Annotated[Person, requires("operator")],
    visitor: Annotated[Visitor, open_to_all],
    wiring: Wired,
) -> Response:
    """Take the call down and open its case on the desk, with what is to be read to the caller."""
    try:
        follow = read_caller_follow(form)
        send = send_join if joined_no(form) else send_form
        receipt = send(wiring, visitor, form, consent=follow.channel if follow else "")
    except (BadInput, Refused, Conflict) as refusal:
        status = 400 if isinstance(refusal, BadInput) else 422
        refused = new_form(wiring.catalogue, form, refusal)
        return _register_page(request, person, wiring, refused, status=status)
    keep_follow(wiring, receipt.case_no, receipt.track_code, follow, wiring.clock.now())
    return see_other(f"/desk/operator?tab=all&case={receipt.case_no}&told={receipt.track_code}")


@router.post("/desk/operator/caller")
def show_caller(
    request: Request, form: FormSent, person: Annotated[Person, requires("operator")], wiring: Wired
) -> Response:
    """What a caller was heard of in the last year: a part of a page. The look is written down.

    The number comes in the body: addresses stand in the logs of servers and proxies.
    """
    number = str(form.get("phone", "")).strip()[:40]
    known = look_up_caller(wiring, person, number)
    shown = {"known": known, "phone": number, "now": wiring.clock.now()}
    return page(request, "desk/caller.html", shown)


@router.get("/desk/operator/components")
def show_near_components(
    request: Request, person: Annotated[Person, requires("operator")], wiring: Wired
) -> Response:
    """The components that a call may be about, the nearest of its type first: a part of a page."""
    asked = parse(NearAsked, request.query_params)
    shown = {
        "choices": find_choices(wiring, asked),
        "is_component": asked.type.startswith("component:"),
        "within_m": WITHIN_M,
    }
    return page(request, "desk/components.html", shown)


@router.get("/desk/operator/place")
def show_place_history(
    request: Request, person: Annotated[Person, requires("operator")], wiring: Wired
) -> Response:
    """What was reported at the place of a call in the last half year: a part of a page."""
    asked = parse(PlaceAsked, request.query_params)
    shown = {"history": find_place_history(wiring, asked), "asked": asked, "now": wiring.clock.now()}
    return page(request, "desk/place_history.html", shown)


def _of_component(wiring: Wiring, code: str) -> dict[str, str]:
    """What the form of a report says when a component is named.

    :raises NoSuchComponent: when the register does not hold it.
    """
    with wiring.sessions() as session:
        component = get_component(session, plain(code)[:COMPONENT_DIGITS])
    place = wiring.plane.to_lonlat(component.point)
    return {
        "component_code": component.code,
        "type": f"component:{component.type_code}",
        "lon": f"{place.lon_deg:.7f}",
        "lat": f"{place.lat_deg:.7f}",
        "position_source": "component",
    }


def _register_page(
    request: Request, person: Person, wiring: Wiring, form: ReportForm, *, status: int = 200
) -> Response:
    shown = {"form": form, "places": places_of(person), "reporter_channels": reporter_channels(wiring)}
    return page(request, "desk/register.html", shown, status=status)


def _desk(request: Request, post: Post, person: Person, wiring: Wiring) -> Response:
    at = wiring.clock.now()
    with wiring.sessions() as session:
        opening = find_opening(session, post, person, request.query_params)
        if opening is not None:
            return see_other(opening)
        queue = get_queue(session, wiring, post, person=person, query=request.query_params, at=at)
    shown = {
        "queue": queue,
        "places": places_of(person),
        "lights": light_choices(),
        "token": uuid4(),
        "told_code": request.query_params.get("told", "")[:12],
        "now": at,
    }
    return page(request, "desk/desk.html", shown)
