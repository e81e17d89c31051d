"""Emergency tasks on the phone: accept, give back, finish with photo and words; the queue sends each once."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from emergency.response.reading import list_tasks_of_department
from emergency.rules.plans.document import EVIDENCE_NAMES
from emergency.rules.responding import TASK_STATES, TASK_STEPS, WORKS_OUTSIDE, TaskStep
from gis_core.errors import BadInput, CitygridError, Conflict, NotAllowed, NotFound, Refused
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.errors import status_of, wants_json
from web.faces.answers import answer
from web.faces.inspector.tasks import count_tasks
from web.photos_ahead import photos_ahead_of
from web.rendering import page
from web.response_work import take_outside_step
from web.sent_photos import sent_photos
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/m/emergency")
Outside = Annotated[Person, requires(*WORKS_OUTSIDE)]
SETTLED_SHOWN = 10


@router.get("")
def show_tasks(request: Request, person: Outside, wiring: Wired, done: str = "") -> Response:
    """What the own department has to do in emergencies, the most urgent first, each with its forms."""
    return _page(request, wiring, person, done=done)


@router.post("/{task_id}/{action}")
def act(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, task_id: int, action: str, form: FormSent, person: Outside, wiring: Wired
) -> Response:
    """Take a step of a task, once; refused, the reason says what happened meanwhile."""
    ahead = photos_ahead_of(wiring.settings.home, person.id, wiring.photos)
    try:
        take_outside_step(wiring, person, task_id, action, form, sent_photos(form, ahead=ahead))
    except (BadInput, Refused, Conflict, NotAllowed, NotFound) as refusal:
        if wants_json(request):
            raise
        return _page(request, wiring, person, refusal=refusal)
    return answer(request, f"/m/emergency?done={action}")


def _by_thumb(step: TaskStep) -> int:
    """Accepting and finishing come first; giving back is the exception."""
    return ("accept", "finish", "decline").index(step.action)


def _page(
    request: Request, wiring: Wiring, person: Person, *, done: str = "", refusal: CitygridError | None = None
) -> Response:
    code = person.organisation_code or ""
    with wiring.sessions() as session:
        todo = list_tasks_of_department(session, wiring.plane, code, is_open=True)
        settled = list_tasks_of_department(session, wiring.plane, code, is_open=False)
    shown = {
        "todo": todo,
        "settled": settled[:SETTLED_SHOWN],
        "task_states": TASK_STATES,
        "task_steps": sorted((one for one in TASK_STEPS if "crew" in one.roles), key=_by_thumb),
        "evidence_names": EVIDENCE_NAMES,
        "n_tasks": count_tasks(wiring, person),
        "done": done[:12],
        "refusal": refusal,
    }
    status = 200 if refusal is None else status_of(refusal)
    return page(request, "inspector/emergency.html", shown, status=status)
