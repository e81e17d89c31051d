"""Desks and cameras: the list with its map, video with snapshots, what a camera sees of the open cases."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from cases.reading import get_case
from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from gis_core.places import LonLat
from grid.cameras.reading import CameraShown, Seeing, get_camera, list_cameras, list_seeing
from grid.organisations import list_organisations
from grid.rules.camera_views import find_sight, middle_of
from grid.rules.cameras import PROTOCOL_NAMES
from web.accounts.guards import FormSent, open_to_all, requires
from web.accounts.people import Person, Visitor
from web.camera_work import (
    VIEWERS,
    WITH_CASES,
    get_camera_in_force,
    is_in_force,
    list_cases_seen,
    read_camera_filter,
    today,
)
from web.faces.queues import places_of
from web.faces.reporting import new_form, send_form
from web.possible import moves_of
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/desk/cameras")
Viewer = Annotated[Person, requires(*VIEWERS)]
KEPT = ("q", "owner", "protocol", "case")


@router.get("")
def show_cameras(request: Request, person: Viewer, wiring: Wired, after: str = "") -> Response:
    """Cameras as filtered, or those that see a case; the sheet plays the one that is open."""
    return _cameras_page(request, wiring, person, after=after[:32])


@router.post("/{code}/report")
def report_what_is_seen(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request,
    code: str,
    form: FormSent,
    person: Annotated[Person, requires("operator")],
    visitor: Annotated[Visitor, open_to_all],
    wiring: Wired,
) -> Response:
    """Begin a report from a snapshot, with source video; opens its case on the desk."""
    with wiring.sessions() as session:
        get_camera_in_force(session, wiring, code)
    try:
        receipt = send_form(wiring, visitor, form)
    except (BadInput, Refused, Conflict) as refusal:
        values = {key: value for key, value in form.items() if isinstance(value, str)}
        return _cameras_page(request, wiring, person, code=code, refusal=refusal, typed=values)
    return see_other(f"/desk/operator?tab=all&case={receipt.case_no}")


def _cameras_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    *,
    after: str = "",
    code: str = "",
    refusal: CitygridError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    query, at = request.query_params, wiring.clock.now()
    wanted, case_no = read_camera_filter(query), query.get("case", "")[:40]
    sees_cases = person.may_act_as(*WITH_CASES)
    with wiring.sessions() as session:
        case = get_case(session, case_no, at, types=wiring.cases.types) if case_no and sees_cases else None
        found = None if case else list_cameras(session, wiring.plane, wanted, today(wiring), after=after)
        seeing: tuple[Seeing, ...] = ()
        if case:
            place = wiring.plane.to_plane(LonLat(case.summary.lon, case.summary.lat))
            seeing = list_seeing(session, wiring.plane, place, today(wiring))
        opened = code or query.get("camera", "")[:40]
        sheet = _sheet(session, wiring, person, opened, case) if opened else None
        owners = [(one.code, one.name) for one in list_organisations(session)]
    form = new_form(wiring.catalogue)
    if sheet:
        form.values.update(_begun(wiring, sheet["one"]) | {k: v for k, v in (typed or {}).items() if v})
    shown = {
        "tab": "cameras",
        "wanted": wanted,
        "case": case,
        "rows": [one.shown for one in seeing] if case else found.rows if found else (),
        "sights": {one.shown.code: one.sight for one in seeing},
        "next_code": found.next_code if found else None,
        "sheet": sheet,
        "form": form,
        "refusal": refusal,
        "owners": owners,
        "protocol_names": PROTOCOL_NAMES,
        "address": _addresses(request),
        "views_address": _views_address(request),
        "places": places_of(person),
        "now": at,
    }
    return page(request, "cameras/watch.html", shown, status=422 if refusal else 200)


def _sheet(session: Session, wiring: Wiring, person: Person, code: str, case: Any) -> dict[str, Any]:
    """What the sheet of a camera says: its view, the case it is looked at for, the open cases before it."""
    one = get_camera(session, wiring.plane, code)
    sight = None
    if case:
        place = wiring.plane.to_plane(LonLat(case.summary.lon, case.summary.lat))
        sight = find_sight(one.camera.view, place)
    actions = {edge.action for edge in moves_of(person, case, wiring.clock.now())} if case else set()
    return {
        "one": one,
        "is_in_force": is_in_force(one, today(wiring)),
        "sight": sight,
        "may_add": "add_evidence" in actions,
        "may_report": "operator" in person.roles,
        "seen": () if case or not person.may_act_as(*WITH_CASES) else list_cases_seen(session, wiring, one),
    }


def _begun(wiring: Wiring, one: CameraShown) -> dict[str, str]:
    """What the form of a report says before anybody has typed: the place that the camera looks at."""
    place = wiring.plane.to_lonlat(middle_of(one.camera.view))
    return {
        "source": "video",
        "lon": f"{place.lon_deg:.6f}",
        "lat": f"{place.lat_deg:.6f}",
        "place_text": f"摄像机 {one.code} {one.camera.name}",
    }


def _addresses(request: Request) -> Any:
    """This page's address with some of its parts changed; None leaves one out."""
    known = [(name, value) for name in KEPT if (value := request.query_params.get(name))]

    def address(**changes: str | None) -> str:
        said = [(name, value) for name, value in known if name not in changes]
        said += [(name, value) for name, value in changes.items() if value]
        return f"/desk/cameras?{urlencode(said)}" if said else "/desk/cameras"

    return address


def _views_address(request: Request) -> str:
    known = [(name, value) for name in KEPT if (value := request.query_params.get(name))]
    return f"/api/v1/cameras?{urlencode(known)}" if known else "/api/v1/cameras"
