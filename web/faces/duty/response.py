"""The response to an incident: what plans propose, activation, the board of tasks, its end."""

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from emergency.incidents.reading import Incident, get_incident
from emergency.response.operations import Choice, fitting_first, levels_of
from emergency.response.reading import (
    Activation,
    GivenTask,
    PlanVersion,
    get_versions,
    list_activations,
    list_tasks,
    list_to_activate,
)
from emergency.rules.incidents import STAGE_NAMES, possible_actions
from emergency.rules.plans.asking import asked_by
from emergency.rules.plans.document import EVIDENCE_NAMES, RESPONSE_NAMES
from emergency.rules.plans.merging import MergedTask
from emergency.rules.plans.proposing import ACTION_NAMES, propose
from emergency.rules.plans.situation import Situation
from emergency.rules.plans.supplies import REACH_S
from emergency.rules.responding import TASK_STATES, TASK_STEPS
from gis_core.clock import city_time
from gis_core.errors import BadInput, CitygridError, NotFound, Refused
from web.accounts.guards import requires
from web.accounts.people import Person
from web.errors import status_of
from web.faces.queues import places_of
from web.incident_forms import IncidentForm, SentForm, Work
from web.incident_work import SEES_INCIDENTS
from web.rendering import page
from web.response_work import (
    COMMANDS,
    LEVEL_FIELD,
    activate,
    change,
    choice_of,
    stand_down,
    task_step_of,
)
from web.room_work import photos_of_incident
from web.supply_work import list_supplies
from web.wiring import Wired, Wiring

router = APIRouter()
ENDS_EVERYTHING = "没有选择任何预案的级别，相当于终止响应。请在下面“终止响应”里写明理由后终止。"


class EndsEverything(Refused):
    """A change of a response in which no plan is left: that is standing down."""

    code = "response_ends_everything"


Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Commands = Annotated[Person, requires(*COMMANDS)]


@router.get("/incidents/{incident_no}/response")
def show_response(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """What the plans propose, or the response as it stands with all its tasks."""
    return _page(request, wiring, person, incident_no)


@router.post("/incidents/{incident_no}/response/activate")
def activate_plans(sent: SentForm, person: Commands) -> Response:
    """Activate one plan or several, each at its level."""
    return _done(sent, person, activate)


@router.post("/incidents/{incident_no}/response/change")
def change_levels(sent: SentForm, person: Commands) -> Response:
    """Raise, lower, add or end plans."""
    return _done(sent, person, change)


@router.post("/incidents/{incident_no}/response/stand-down")
def end_response(sent: SentForm, person: Commands) -> Response:
    """Stand the response down, and end the handling."""
    return _done(sent, person, stand_down)


@router.post("/incidents/{incident_no}/response/tasks/{task_id}/{action}")
def act_on_task(sent: SentForm, task_id: int, action: str, person: Commands) -> Response:
    """Give a task to another department, or write down what a department said by telephone."""
    return _done(sent, person, task_step_of(task_id, action))


def _done(sent: IncidentForm, person: Person, work: Work) -> Response:
    def refused(refusal: CitygridError) -> Response:
        typed = sent.typed
        return _page(sent.request, sent.wiring, person, sent.incident_no, typed=typed, refusal=refusal)

    return sent.answer(person, work, refused, to="/response?done=1")


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
    fields = dict(typed) if typed is not None else dict(request.query_params)
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
        past = list_activations(session, incident.id)
        active = next((one for one in past if one.stood_down_at is None), None)
        latest = past[0] if past else None
        tasks = list_tasks(session, latest.id) if latest else []
        photos = photos_of_incident(session, incident)
        versions = _versions(session, incident, active)
        asked = asked_by(one.plan for one in versions)
        known = wiring.situations.situation_of(session, incident, now, asked)
        preview, refusal = _preview(wiring, session, incident, active, fields, refusal)
        wanted = preview["composition"].tasks if preview else _tasks_in_force(wiring, session, active, now)
        supplied = list_supplies(wiring, session, incident, wanted, now)
    may = possible_actions(incident.state.stage, person.roles)
    kind = wiring.incidents.book.get_kind(incident.state.kind_code)
    called = (kind.name, *kind.hazards)
    fitting, others = fitting_first(versions, incident.state.class_code, called)
    shown = {
        "places": places_of(person),
        "incident": incident,
        "incident_stages": STAGE_NAMES,
        "active": active,
        "latest": latest,
        "photos": photos,
        "by_department": _by_department(wiring, tasks),
        "n_states": {state: sum(one.state == state for one in tasks) for state in TASK_STATES},
        "n_overdue": sum(one.is_overdue(now) for one in tasks),
        "unfinished": {one.code: one.text for one in tasks if one.is_open},
        "proposals": [_proposed(one, known, active) for one in fitting],
        "others": [_proposed(one, known, active) for one in others],
        "preview": preview,
        "supplied": supplied,
        "reach_min": round(REACH_S / 60),
        "typed": fields,
        "chosen": {key: value for key, value in fields.items() if key.startswith("level_") and value},
        "may_activate": "activate" in may,
        "may_change": active is not None and "change_response" in may,
        "may_end": active is not None and "end" in may,
        "may_command": person.may_act_as(*COMMANDS) and active is not None,
        "staff": wiring.responses.book.staff,
        "response_names": RESPONSE_NAMES,
        "action_names": ACTION_NAMES,
        "task_states": TASK_STATES,
        "task_steps": TASK_STEPS,
        "evidence_names": EVIDENCE_NAMES,
        "refusal": refusal,
        "done": request.query_params.get("done"),
    }
    return page(request, "duty/response.html", shown, status=200 if refusal is None else status_of(refusal))


def _tasks_in_force(
    wiring: Wiring, session: Session, active: Activation | None, at: datetime
) -> tuple[MergedTask, ...]:
    """The tasks of the response as its plans have them, with what they ask for."""
    if active is None:
        return ()
    choice = Choice(levels_of(active), active.commander)
    return wiring.responses.compose(session, choice, city_time(at).date(), is_drill=True).tasks


def _versions(session: Session, incident: Incident, active: Activation | None) -> list[PlanVersion]:
    """What can be activated, those in force first and in their order."""
    in_force = get_versions(session, levels_of(active)) if active else {}
    first = [in_force[key] for key in levels_of(active)] if active else []
    rest = list_to_activate(session, is_drill=incident.is_drill)
    codes = {one.head.code for one in first}
    return [*first, *(one for one in rest if one.head.code not in codes)]


def _preview(  # noqa: PLR0917  # what is known, and what was asked for
    wiring: Wiring,
    session: Session,
    incident: Incident,
    active: Activation | None,
    fields: Mapping[str, str],
    refusal: CitygridError | None,
) -> tuple[dict[str, Any] | None, CitygridError | None]:
    """What the chosen levels would come to; a choice that cannot be is told as a refusal is."""
    try:
        asked = choice_of(fields, fields.get("commander", ""))
        if not asked.levels:
            is_asked = active is not None and any(name.startswith(LEVEL_FIELD) for name in fields)
            return None, refusal or (EndsEverything(ENDS_EVERYTHING) if is_asked else None)
        kept = levels_of(active) if active else {}
        ordered = {key: asked.levels[key] for key in kept if key in asked.levels} | dict(asked.levels)
        choice = Choice(ordered, asked.commander)
        on = city_time(wiring.clock.now()).date()
        is_drill = incident.is_drill or active is not None
        shown: dict[str, Any] = {
            "composition": wiring.responses.compose(session, choice, on, is_drill=is_drill),
            "choice": choice,
            "difference": None,
        }
        if active is not None:
            if ordered == kept:
                return None, refusal
            shown["difference"] = wiring.responses.difference(session, active, choice, on)
    except (BadInput, Refused, NotFound) as problem:
        return None, refusal or problem
    return shown, refusal


def _proposed(version: PlanVersion, known: Situation, active: Activation | None) -> dict[str, Any]:
    current = levels_of(active).get(version.head.id) if active else None
    proposal = propose(version.plan, known, current)
    return {"version": version, "proposal": proposal, "current": current}


def _by_department(wiring: Wiring, tasks: list[GivenTask]) -> list[tuple[str, list[GivenTask]]]:
    names = wiring.responses.book.staff.organisations
    return [
        (names.get(code, code), list(those)) for code, those in groupby(tasks, key=lambda one: one.department)
    ]
