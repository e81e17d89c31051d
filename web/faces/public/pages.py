"""Public pages: the map, a report without an account, following it by number and code."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from cases.filtering import CaseFilter
from cases.following import find_public_case
from cases.reading import CaseSummary, list_cases
from cases.rules.stages import PUBLIC_STAGES
from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from web import throttle
from web.accounts.guards import CurrentVisitor, FormSent, open_to_all
from web.accounts.pages import home_of
from web.accounts.people import Visitor
from web.faces.reporting import new_form, send_form
from web.faces.sheets import place_names
from web.filters import DESKS
from web.rendering import page, see_other
from web.wiring import Wired

router = APIRouter()
Anyone = Annotated[Visitor, open_to_all]
RECENT = 12


@router.get("/")
def show_home(request: Request, visitor: Anyone, wiring: Wired) -> Response:
    """The city's map with what is being handled, and the two things most people come for."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        rows = list_cases(session, CaseFilter(), limit=RECENT, at=at, types=wiring.cases.types).rows
        recent = [_shown(row, place_names(session, wiring, row.unit_grid_code)) for row in rows]
    return page(request, "public/home.html", {"recent": recent, "home": home_of(visitor.person), "now": at})


@router.get("/map")
def show_map(request: Request, visitor: Anyone, theme: str = "") -> Response:
    """The map as a page of its own; `?theme=night` is for the wall: dark, large, without tools."""
    is_desk = visitor.person is not None and visitor.person.may_act_as(*DESKS)
    shown = {
        "is_night": theme == "night",
        "cases": "cases" if is_desk else "public-cases",
        "home": home_of(visitor.person),
    }
    return page(request, "public/map.html", shown)


@router.get("/report", dependencies=[open_to_all])
def show_report_form(request: Request, wiring: Wired) -> Response:
    """Four questions: where, what, a picture, anything else."""
    return page(request, "public/report.html", {"form": new_form(wiring.catalogue)})


@router.post("/report")
def send_report(request: Request, form: FormSent, visitor: Anyone, wiring: Wired) -> Response:
    """Take the report in; a refused form comes back with what was in it and what to do."""
    try:
        receipt = send_form(wiring, visitor, form)
    except (BadInput, Refused, Conflict) as refusal:
        return _refused(request, wiring, form, refusal)
    return see_other(f"/report/done?no={receipt.case_no}&code={receipt.track_code}")


@router.get("/report/done", dependencies=[open_to_all])
def show_receipt(request: Request, no: str = "", code: str = "") -> Response:
    """Number and code to keep; prints."""
    return page(request, "public/done.html", {"case_no": no[:20], "code": code[:12]})


@router.get("/track", dependencies=[open_to_all])
def track_report(
    *, request: Request, visitor: CurrentVisitor, wiring: Wired, no: str = "", code: str = ""
) -> Response:
    """How far a report has come, in plain words, for who knows its number and code."""
    found = None
    case_no = "".join(no.split())[:20]
    if case_no and code:
        with wiring.sessions() as session:
            found = find_public_case(session, case_no, code[:12], types=wiring.cases.types)
        if found is None:
            at = wiring.clock.now()
            throttle.spend(wiring.sessions, throttle.WRONG_CODES_BY_ADDRESS, visitor.address, at=at)
    is_unknown = bool(case_no and code) and found is None
    shown = {"found": found, "case_no": case_no, "code": code[:12], "is_unknown": is_unknown}
    return page(request, "public/track.html", shown, status=404 if is_unknown else 200)


def _refused(request: Request, wiring: Wired, form: FormSent, refusal: CitygridError) -> Response:
    status = 400 if isinstance(refusal, BadInput) else 422
    shown = {"form": new_form(wiring.catalogue, form, refusal)}
    return page(request, "public/report.html", shown, status=status)


def _shown(row: CaseSummary, names: tuple[str, ...]) -> dict[str, object]:
    """A case as the public may see it: what and roughly where, nobody's words."""
    return {
        "type": row,
        "type_code": row.type_code,
        "where": " ".join(names[-2:]),
        "stage": PUBLIC_STAGES[row.stage],
        "reported_at": row.reported_at,
    }
