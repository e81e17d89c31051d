"""The incident room: the shared picture of one incident, and everything that is done on it."""

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from typing import Annotated

from fastapi import APIRouter, Request, Response

from emergency.incidents.reading import get_incident, list_facts, list_owed_of
from emergency.response.reading import GivenTask, list_activations, list_tasks
from emergency.room.reading import Message, list_messages
from emergency.rules.incidents import OPEN_STAGES, STAGE_NAMES, TRANSITIONS
from emergency.rules.plans.document import EVIDENCE_NAMES, RESPONSE_NAMES
from emergency.rules.reporting import CHANNEL_NAMES, STANDING_NAMES
from emergency.rules.responding import TASK_STATES, TASK_STEPS
from emergency.rules.room.groups import POSTS, sent_groups
from emergency.rules.room.messages import CONFIRM_WITHIN
from emergency.rules.room.picture import QUIET_BODIES, picture_of
from emergency.rules.room.resources import KINDS, STATE_NAMES
from emergency.rules.room.shapes import KIND_NAMES
from gis_core.errors import CitygridError
from web.accounts.guards import requires
from web.accounts.people import Person
from web.camera_work import VIEWERS, list_cameras_of_incident
from web.errors import status_of
from web.faces.queues import places_of
from web.incident_forms import IncidentForm, SentForm, Work
from web.incident_work import SEES_INCIDENTS
from web.message_work import audiences_of, confirm_message, send_message, urge_message
from web.rendering import page
from web.report_drafts import list_left
from web.response_work import COMMANDS, task_step_of
from web.room_registers import list_callable, list_readings_near
from web.room_work import (
    WORKS_IN_ROOM,
    add_photos,
    draw,
    erase,
    move_resource,
    note_weather,
    photos_of_incident,
    write_log,
)
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/incidents/{incident_no}/room")
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Worker = Annotated[Person, requires(*WORKS_IN_ROOM)]
Commands = Annotated[Person, requires(*COMMANDS)]
FACTS_SHOWN = 60
MESSAGES_SHOWN = 6
CARDS_SHOWN = 40
"""Tasks of a column; a response of 200 tasks has a page of its own."""
COLUMNS = {"late": "超时", "given": "待接受", "accepted": "办理中", "done": "已完成"}


@router.get("")
def show_room(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """Map, tasks, resources, clocks, exposure, weather, messages and log of an incident on one page."""
    return _page(request, wiring, person, incident_no)


@router.post("/log")
def add_to_log(sent: SentForm, person: Worker) -> Response:
    """Write an entry into the log."""
    return _done(sent, person, write_log)


@router.post("/draw")
def draw_shape(sent: SentForm, person: Worker) -> Response:
    """Draw a point, a line, an area or words on everybody's map."""
    return _done(sent, person, draw)


@router.post("/erase")
def erase_shape(sent: SentForm, person: Worker) -> Response:
    """Take one's own last shape off, or a named one."""
    return _done(sent, person, erase)


@router.post("/resources")
def send_resource(sent: SentForm, person: Worker) -> Response:
    """Call a team, a vehicle or a store, or write down how far it has come."""
    return _done(sent, person, move_resource)


@router.post("/weather")
def write_weather(sent: SentForm, person: Worker) -> Response:
    """Write down the weather at the place."""
    return _done(sent, person, note_weather)


@router.post("/messages")
def send_to_others(sent: SentForm, person: Worker) -> Response:
    """Send a message to posts and departments, who confirm it."""
    return _done(sent, person, send_message)


@router.post("/messages/{message_id}/urge")
def urge_others(sent: SentForm, message_id: int, person: Worker) -> Response:
    """Tell those once more who have not confirmed, or the one that is named."""
    to = sent.typed.get("to", "")
    return _done(sent, person, lambda wiring, person, *_: urge_message(wiring, person, message_id, to))


@router.post("/messages/{message_id}/confirm")
def confirm_here(sent: SentForm, message_id: int, person: Worker) -> Response:
    """Confirm a message to the own post."""
    return _done(sent, person, lambda wiring, person, *_: confirm_message(wiring, person, message_id))


@router.post("/photos")
def take_photos(sent: SentForm, person: Worker) -> Response:
    """Keep photos of the place."""
    return _done(sent, person, add_photos)


@router.post("/tasks/{task_id}/{action}")
def act_on_task(sent: SentForm, task_id: int, action: str, person: Commands) -> Response:
    """Act on a task of the board."""
    return _done(sent, person, task_step_of(task_id, action))


def _done(sent: IncidentForm, person: Person, work: Work) -> Response:
    def refused(refusal: CitygridError) -> Response:
        typed = sent.typed
        return _page(sent.request, sent.wiring, person, sent.incident_no, typed=typed, refusal=refusal)

    return sent.answer(person, work, refused, to="/room")


def _page(
    request: Request,
    wiring: Wiring,
    person: Person,
    incident_no: str,
    *,
    typed: Mapping[str, str] | None = None,
    refusal: CitygridError | None = None,
) -> Response:
    now = wiring.clock.now()
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
        facts = list_facts(session, incident.id)
        owed = list_owed_of(session, incident.id)
        activations = list_activations(session, incident.id)
        tasks = list_tasks(session, activations[0].id) if activations else []
        photos = photos_of_incident(session, incident)
        messages = list_messages(session, incident.id, wiring.messages.names)
        groups = wiring.messages.groups(session, incident.id, now)
        callable_now = list_callable(session)
        readings = list_readings_near(session, wiring.plane, incident, now)
        cameras = list_cameras_of_incident(session, wiring, incident.place)
    is_open = incident.state.stage in OPEN_STAGES
    shown = {
        "places": places_of(person),
        "incident": incident,
        "picture": picture_of(facts),
        "facts": [one for one in facts[::-1] if not set(QUIET_BODIES) & set(one.body)][:FACTS_SHOWN],
        "n_facts": len(facts),
        "owed": list_left(owed, now),
        "activation": activations[0] if activations else None,
        "columns": _columns(tasks, now),
        "column_names": COLUMNS,
        "cards_shown": CARDS_SHOWN,
        "photos": photos,
        "readings": readings,
        "callable_now": callable_now,
        "messages": _most_urgent(messages, now)[:MESSAGES_SHOWN],
        "lapsed": [one for one in messages if is_open and one.has_lapsed(now)],
        "next_lapse_s": _next_lapse_s(messages, now) if is_open else None,
        "confirm_within_min": round(CONFIRM_WITHIN.total_seconds() / 60),
        "sent_groups": sent_groups(facts),
        "groups_now": groups,
        "own_audiences": audiences_of(person),
        "posts": POSTS,
        "tasked": dict.fromkeys(one.department for one in tasks),
        "cameras": cameras,
        "may_watch": person.may_act_as(*VIEWERS),
        "may_work": is_open and person.may_act_as(*WORKS_IN_ROOM),
        "may_command": person.may_act_as(*COMMANDS),
        "staff": wiring.responses.book.staff,
        "incident_stages": STAGE_NAMES,
        "action_names": {edge.action: edge.label for edge in TRANSITIONS},
        "channel_names": CHANNEL_NAMES,
        "standing_names": STANDING_NAMES,
        "response_names": RESPONSE_NAMES,
        "task_states": TASK_STATES,
        "task_steps": TASK_STEPS,
        "evidence_names": EVIDENCE_NAMES,
        "resource_states": STATE_NAMES,
        "resource_kinds": KINDS,
        "shape_kinds": KIND_NAMES,
        "typed": typed or {},
        "refusal": refusal,
    }
    return page(request, "duty/room.html", shown, status=200 if refusal is None else status_of(refusal))


def _most_urgent(messages: list[Message], at: datetime) -> list[Message]:
    """Those whose receipts have lapsed first, then the newest."""
    return sorted(messages, key=lambda one: not one.has_lapsed(at))


def _next_lapse_s(messages: list[Message], at: datetime) -> int | None:
    """In how many seconds the next receipt lapses; None when none will."""
    coming = [one.due_at for one in messages if one.missing and one.due_at > at]
    return ceil((min(coming) - at).total_seconds()) if coming else None


def _columns(tasks: list[GivenTask], at: datetime) -> dict[str, list[GivenTask]]:
    """Tasks by column, the most urgent first; what is late stands in the first one alone."""
    columns: dict[str, list[GivenTask]] = {name: [] for name in COLUMNS}
    for task in sorted(tasks, key=lambda one: (one.due_at, one.id)):
        name = "late" if task.is_overdue(at) else {"declined": "given"}.get(task.state, task.state)
        if name in columns:
            columns[name].append(task)
    columns["done"].reverse()
    return columns
