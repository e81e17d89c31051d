"""A department's tasks of emergencies: accept, give back, finish."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from emergency.response.reading import list_tasks_of_department
from emergency.rules.plans.document import EVIDENCE_NAMES
from emergency.rules.responding import TASK_STATES, TASK_STEPS
from gis_core.errors import BadInput, CitygridError, Conflict, NotAllowed, NotFound, Refused
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.errors import status_of
from web.faces.queues import places_of
from web.message_work import confirm_message, messages_for
from web.rendering import page, see_other
from web.response_work import take_task_step
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/department/tasks")
Department = Annotated[Person, requires("department")]


@router.get("")
def show_tasks(request: Request, person: Department, wiring: Wired) -> Response:
    """What the department has to do, the most urgent first, and what it did."""
    return _page(request, wiring, person)


@router.post("/messages/{message_id}/confirm")
def confirm(request: Request, message_id: int, form: FormSent, person: Department, wiring: Wired) -> Response:
    """Confirm a message from an incident room."""
    try:
        confirm_message(wiring, person, message_id)
    except (BadInput, Refused, Conflict, NotAllowed, NotFound) as refusal:
        return _page(request, wiring, person, refusal=refusal)
    return see_other("/department/tasks?done=1")


@router.post("/{task_id}/{action}")
def act(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, task_id: int, action: str, form: FormSent, person: Department, wiring: Wired
) -> Response:
    """Accept a task, give it back, or report it done."""
    try:
        take_task_step(wiring, person, task_id, action, form)
    except (BadInput, Refused, Conflict, NotAllowed, NotFound) as refusal:
        typed = {key: value for key, value in form.items() if isinstance(value, str)}
        return _page(request, wiring, person, refused=(task_id, action), typed=typed, refusal=refusal)
    return see_other("/department/tasks?done=1")


def _page(
    request: Request,
    wiring: Wiring,
    person: Person,
    *,
    refused: tuple[int, str] | None = None,
    typed: dict[str, str] | None = None,
    refusal: CitygridError | None = None,
) -> Response:
    code = person.organisation_code or ""
    with wiring.sessions() as session:
        todo = list_tasks_of_department(session, wiring.plane, code, is_open=True)
        messages = messages_for(session, wiring, person)
        settled = list_tasks_of_department(session, wiring.plane, code, is_open=False)
    shown = {
        "places": places_of(person),
        "todo": todo,
        "messages": messages,
        "settled": settled,
        "task_states": TASK_STATES,
        "task_steps": [one for one in TASK_STEPS if "department" in one.roles],
        "evidence_names": EVIDENCE_NAMES,
        "refused": refused,
        "typed": typed or {},
        "refusal": refusal,
        "done": request.query_params.get("done"),
    }
    return page(request, "duty/tasks.html", shown, status=200 if refusal is None else status_of(refusal))
