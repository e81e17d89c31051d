"""The department's page: its own queue, map and sheet."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from emergency.response.reading import list_tasks_of_department
from web.accounts.guards import requires
from web.accounts.people import Person
from web.faces.case_files import export_queue
from web.faces.queues import DEPARTMENT, find_opening, get_queue, light_choices, places_of
from web.list_files import Form
from web.rendering import page, see_other
from web.wiring import Wired

router = APIRouter()


@router.get("/department")
def show_department(
    request: Request, person: Annotated[Person, requires("department")], wiring: Wired
) -> Response:
    """Cases dispatched to the person's department: take in hand, assign to a crew, answer."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        opening = find_opening(session, DEPARTMENT, person, request.query_params)
        if opening is not None:
            return see_other(opening)
        queue = get_queue(session, wiring, DEPARTMENT, person=person, query=request.query_params, at=at)
        tasks = list_tasks_of_department(session, wiring.plane, person.organisation_code or "", is_open=True)
    shown = {
        "queue": queue,
        "places": places_of(person),
        "lights": light_choices(),
        "token": uuid4(),
        "n_emergency_tasks": len(tasks),
        "now": at,
    }
    return page(request, "desk/desk.html", shown)


@router.get("/department/cases.{form}")
def export_department_cases(
    request: Request, form: Form, person: Annotated[Person, requires("department")], wiring: Wired
) -> Response:
    """The department's list as a file."""
    return export_queue(request, DEPARTMENT, person, wiring, form)
