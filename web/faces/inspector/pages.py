"""The phone of inspectors and crews: map, tasks, a report, oneself."""

import json
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from cases.filtering import CaseFilter
from cases.listing import list_cases
from cases.reading import CaseDetail, CaseNotFound, get_case
from cases.rules.field_rules import FieldRules
from gis_core.clock import city_time
from gis_core.errors import BadInput, Conflict, NotFound, Refused
from grid.positions.tracks import OWN, Look, Track, hours_of, read_track
from web.accounts.guards import FormSent, open_to_all, requires
from web.accounts.people import Person, Visitor
from web.accounts.senders import mover_key
from web.api.movers import track_as_json
from web.errors import wants_json
from web.faces.answers import answer
from web.faces.inspector.tasks import OUTSIDE, count_tasks, list_tasks
from web.faces.reporting import ReportForm, joined_no, new_form, send_form, send_join
from web.faces.sheets import get_sheet, place_names
from web.phone_sentences import load_sentences
from web.rendering import page
from web.wiring import Wired, Wiring

router = APIRouter()
OnTheStreet = Annotated[Person, requires(*OUTSIDE)]
Inspector = Annotated[Person, requires("inspector")]
DAY = timedelta(days=1)


@router.get("/m")
def show_map(request: Request, person: OnTheStreet, wiring: Wired) -> Response:
    """The map with the person's tasks, and one large action."""
    with wiring.sessions() as session:
        tasks = list_tasks(session, wiring, person)
    return page(request, "inspector/map.html", {"tasks": tasks, "n_tasks": len(tasks)})


@router.get("/m/tasks")
def show_tasks(
    request: Request, person: OnTheStreet, wiring: Wired, answered: str = "", *, drill: bool = False
) -> Response:
    """Tasks with distance and deadline; above them what became of the one just answered.

    With `drill` those of drills, and no others.
    """
    with wiring.sessions() as session:
        tasks = list_tasks(session, wiring, person, is_drill=drill)
        places = {row.case_no: place_names(session, wiring, row.unit_grid_code) for row in tasks}
        n_tasks = count_tasks(wiring, person) if drill else len(tasks)
        shown = {"tasks": tasks, "places": places, "n_tasks": n_tasks, "is_drill": drill}
        shown["answered"] = _find_answered(session, wiring, person, answered)
    return page(request, "inspector/tasks.html", shown)


def _find_answered(session: Session, wiring: Wiring, person: Person, case_no: str) -> CaseDetail | None:
    """The case whose last step is this person's own; None when the address says otherwise."""
    if not case_no:
        return None
    try:
        detail = get_case(session, case_no, wiring.clock.now(), types=wiring.cases.types)
    except CaseNotFound:
        return None
    return detail if detail.facts[-1].by_person_id == person.id else None


@router.get("/m/tasks/{case_no}")
def show_task(request: Request, case_no: str, person: OnTheStreet, wiring: Wired) -> Response:
    """One task: what was reported, where it is, and the answer to give."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        sheet = get_sheet(session, wiring, case_no, person, at)
        n_tasks = len(list_tasks(session, wiring, person))
    back = f"/m/tasks?answered={sheet.detail.summary.case_no}"
    shown = {"sheet": sheet, "now": at, "n_tasks": n_tasks, "back": back}
    return page(request, "inspector/task.html", shown)


@router.get("/m/report")
def show_report_form(request: Request, person: Inspector, wiring: Wired) -> Response:
    """Photo first, then place and type."""
    return _report_page(request, wiring, person, new_form(wiring.catalogue, rules=_rules(wiring)))


@router.post("/m/report")
def send_report(
    request: Request,
    form: FormSent,
    person: Inspector,
    visitor: Annotated[Visitor, open_to_all],
    wiring: Wired,
) -> Response:
    """Take the report in; sent twice it files once and answers the same."""
    try:
        if joined_no(form):
            joined = send_join(wiring, visitor, form)
            address = f"/m/report/done?joined={joined.case_no}"
            return answer(request, address, case_no=joined.case_no, is_repeat=joined.is_repeat)
        receipt = send_form(wiring, visitor, form)
    except (BadInput, Refused, Conflict) as refusal:
        if wants_json(request):
            raise
        status = 400 if isinstance(refusal, BadInput) else 422
        refused = new_form(wiring.catalogue, form, refusal, rules=_rules(wiring))
        return _report_page(request, wiring, person, refused, status=status)
    address = f"/m/report/done?no={receipt.case_no}"
    return answer(request, address, case_no=receipt.case_no, is_repeat=receipt.is_repeat)


def _report_page(
    request: Request, wiring: Wiring, person: Person, form: ReportForm, *, status: int = 200
) -> Response:
    shown = {
        "form": form,
        "sentences": load_sentences(wiring.city),
        "n_tasks": count_tasks(wiring, person),
    }
    return page(request, "inspector/report.html", shown, status=status)


@router.get("/m/report/done")
def show_receipt(
    request: Request, person: Inspector, wiring: Wired, no: str = "", joined: str = ""
) -> Response:
    """What became of the report: number, grid, department proposed; or the case that had it already."""
    at = wiring.clock.now()
    if joined:
        with wiring.sessions() as session:
            case = get_case(session, joined, at, types=wiring.cases.types).summary
        shown = {"case": case, "now": at, "n_tasks": count_tasks(wiring, person)}
        return page(request, "inspector/joined.html", shown)
    with wiring.sessions() as session:
        sheet = get_sheet(session, wiring, no, person, at)
    shown = {"sheet": sheet, "now": at, "n_tasks": count_tasks(wiring, person)}
    return page(request, "inspector/done.html", shown)


@router.get("/m/me")
def show_me(request: Request, person: OnTheStreet, wiring: Wired) -> Response:
    """The person, and what he or she reported last."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        wanted = CaseFilter(reporter_id=person.id)
        own = list_cases(session, wanted, limit=20, at=at, types=wiring.cases.types).rows
    return page(request, "inspector/me.html", {"own": own, "now": at, "n_tasks": count_tasks(wiring, person)})


@router.get("/m/track")
def show_own_track(request: Request, person: OnTheStreet, wiring: Wired) -> Response:
    """The person's own way of the day; the look is written down as one's own."""
    at = wiring.clock.now()
    track = _own_track(wiring, person, at)
    points = json.dumps(track_as_json(track)["points"] if track else [])
    hours = hours_of(track) if track else ()
    shown = {"hours": hours, "points": points, "n_tasks": count_tasks(wiring, person)}
    return page(request, "inspector/track.html", shown)


def _own_track(wiring: Wiring, person: Person, at: datetime) -> Track | None:
    """Since midnight of the city; None for somebody who was never on duty."""
    since = city_time(at).replace(hour=0, minute=0, second=0, microsecond=0)
    look = Look(person.id, person.name, "own", OWN)
    try:
        with wiring.sessions.begin() as session:
            key = mover_key(person)
            return read_track(session, wiring.plane, key, look, since=since, until=since + DAY, at=at)
    except NotFound:
        return None


def _rules(wiring: Wiring) -> FieldRules:
    return wiring.cases.field_rules_on(wiring.clock.now())
