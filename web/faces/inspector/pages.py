"""The phone of inspectors and crews: map, tasks, a report, oneself."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from cases.filtering import CaseFilter
from cases.reading import CaseDetail, CaseNotFound, CaseSummary, get_case, list_cases
from cases.rules.field_rules import FieldRules
from gis_core.errors import BadInput, Conflict, Refused
from web.accounts.guards import FormSent, open_to_all, requires
from web.accounts.people import Person, Visitor
from web.faces.reporting import joined_no, new_form, send_form, send_join
from web.faces.sheets import get_sheet, place_names
from web.filters import visible_to
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter()
OnTheStreet = Annotated[Person, requires("inspector", "crew")]
Inspector = Annotated[Person, requires("inspector")]
MOST_TASKS = 100
TASK_STAGES = ("verifying", "rechecking")


def list_tasks(session: Session, wiring: Wiring, person: Person) -> list[CaseSummary]:
    """What the person has to do outside, the most urgent first: to verify, to recheck, to handle."""
    at = wiring.clock.now()
    wanted = []
    if person.may_act_as("inspector"):
        wanted.append(CaseFilter(stages=TASK_STAGES, inspector_id=person.id))
    if person.may_act_as("crew"):
        wanted.append(visible_to(person, CaseFilter(stages=("in_progress",))))
    found = [
        row
        for one in wanted
        for row in list_cases(
            session, one, limit=MOST_TASKS, at=at, types=wiring.cases.types, order="urgent"
        ).rows
    ]
    return sorted(found, key=lambda row: (row.stage_due_at is None, row.stage_due_at or row.reported_at))


@router.get("/m")
def show_map(request: Request, person: OnTheStreet, wiring: Wired) -> Response:
    """The map with the person's tasks, and one large action."""
    with wiring.sessions() as session:
        tasks = list_tasks(session, wiring, person)
    return page(request, "inspector/map.html", {"tasks": tasks, "n_tasks": len(tasks)})


@router.get("/m/tasks")
def show_tasks(request: Request, person: OnTheStreet, wiring: Wired, answered: str = "") -> Response:
    """Tasks with distance and deadline; above them what became of the one just answered."""
    with wiring.sessions() as session:
        tasks = list_tasks(session, wiring, person)
        places = {row.case_no: place_names(session, wiring, row.unit_grid_code) for row in tasks}
        shown = {"tasks": tasks, "places": places, "n_tasks": len(tasks)}
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
    shown = {"form": new_form(wiring.catalogue, rules=_rules(wiring)), "n_tasks": _count(wiring, person)}
    return page(request, "inspector/report.html", shown)


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
            return see_other(f"/m/report/done?joined={send_join(wiring, visitor, form).case_no}")
        receipt = send_form(wiring, visitor, form)
    except (BadInput, Refused, Conflict) as refusal:
        status = 400 if isinstance(refusal, BadInput) else 422
        refused = new_form(wiring.catalogue, form, refusal, rules=_rules(wiring))
        shown = {"form": refused, "n_tasks": _count(wiring, person)}
        return page(request, "inspector/report.html", shown, status=status)
    return see_other(f"/m/report/done?no={receipt.case_no}")


@router.get("/m/report/done")
def show_receipt(
    request: Request, person: Inspector, wiring: Wired, no: str = "", joined: str = ""
) -> Response:
    """What became of the report: number, grid, department proposed; or the case that had it already."""
    at = wiring.clock.now()
    if joined:
        with wiring.sessions() as session:
            case = get_case(session, joined, at, types=wiring.cases.types).summary
        shown = {"case": case, "now": at, "n_tasks": _count(wiring, person)}
        return page(request, "inspector/joined.html", shown)
    with wiring.sessions() as session:
        sheet = get_sheet(session, wiring, no, person, at)
    shown = {"sheet": sheet, "now": at, "n_tasks": _count(wiring, person)}
    return page(request, "inspector/done.html", shown)


@router.get("/m/me")
def show_me(request: Request, person: OnTheStreet, wiring: Wired) -> Response:
    """The person, and what he or she reported last."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        wanted = CaseFilter(reporter_id=person.id)
        own = list_cases(session, wanted, limit=20, at=at, types=wiring.cases.types).rows
    return page(request, "inspector/me.html", {"own": own, "now": at, "n_tasks": _count(wiring, person)})


def _rules(wiring: Wiring) -> FieldRules:
    return wiring.cases.field_rules_on(wiring.clock.now())


def _count(wiring: Wiring, person: Person) -> int:
    with wiring.sessions() as session:
        return len(list_tasks(session, wiring, person))
