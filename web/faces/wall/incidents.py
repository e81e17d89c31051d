"""Incidents on the wall: what is going on, and one as a scene. Visitors see it: nothing that people wrote."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from emergency.incidents.reading import (
    Incident,
    IncidentFact,
    OwedReport,
    get_incident,
    list_facts,
    list_open,
    list_owed_next,
    list_owed_of,
)
from emergency.measurements.reading import AlarmShown, list_standing
from emergency.response.reading import GivenTask, list_activations, list_tasks
from emergency.rules.alarms import KIND_NAMES
from emergency.rules.incidents import MARK_NAMES, STAGE_NAMES, TRANSITIONS
from emergency.rules.levels import LEVEL_NUMERALS
from emergency.rules.room.picture import Picture, features_of, picture_of
from emergency.rules.room.resources import STATE_NAMES
from web.accounts.guards import requires
from web.accounts.people import Person
from web.filters import SEES_WALL
from web.incident_work import OWED_AHEAD
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter(prefix="/wall/incidents")
Viewer = Annotated[Person, requires(*SEES_WALL)]
NO_STORE = {"Cache-Control": "no-store"}
MOST_SHOWN = 6
STEPS_SHOWN = 6
ALARMS_SHOWN = 3
TASKS_SHOWN = 5
EXPOSED = ("people", "components", "roads", "targets", "hazards")
LABELS = {edge.action: edge.label for edge in TRANSITIONS}


@router.get("")
def get_incidents(request: Request, person: Viewer, wiring: Wired) -> Response:
    """Incidents that are going on, the gravest first, each with the report that is owed next."""
    now = wiring.clock.now()
    with wiring.sessions() as session:
        known = list_open(session, wiring.plane)
        owed = list_owed_next(session, until=now + OWED_AHEAD)
        alarms = list_standing(session)
    say, tell = _say(request, wiring)
    rows = [_row(one, [o for o in owed if o.incident_no == one.incident_no], say, tell) for one in known]
    told = {
        "incidents": rows[:MOST_SHOWN],
        "more": max(0, len(rows) - MOST_SHOWN),
        "alarms": [_alarm(one, say, tell) for one in alarms[:ALARMS_SHOWN]],
        "n_alarms": len(alarms),
    }
    return JSONResponse(told, headers=NO_STORE)


@router.get("/{incident_no}")
def get_shown_incident(request: Request, incident_no: str, person: Viewer, wiring: Wired) -> Response:
    """An incident as a scene: where it stands, what is owed, tasks, resources, exposure, its last steps.

    Shapes that people drew come without their words; tasks have the words of the plan.

    :raises IncidentNotFound: when there is none of that number.
    """
    now = wiring.clock.now()
    with wiring.sessions() as session:
        known = get_incident(session, wiring.plane, incident_no)
        owed = [one for one in list_owed_of(session, known.id) if one.standing(now) in ("open", "overdue")]
        facts = list_facts(session, known.id)
        alarms = list_standing(session, is_drill=known.is_drill)
        activations = list_activations(session, known.id)
        tasks = list_tasks(session, activations[0].id) if activations else []
    say, tell = _say(request, wiring)
    picture = picture_of(facts)
    shown = _row(known, owed, say, tell) | {
        "steps": [_step(fact, say) for fact in _milestones(facts)],
        "alarms": [_alarm(one, say, tell) for one in alarms[:ALARMS_SHOWN]],
        "tasks": _tasks(wiring, tasks, now) if tasks else None,
        "resources": _resources(picture, say),
        "exposure": picture.effect and {name: picture.effect.total.get(name) for name in EXPOSED},
        "shapes": features_of(picture, now, has_words=False, is_drill=known.is_drill),
    }
    return JSONResponse(shown, headers=NO_STORE)


def _row(one: Incident, owed: list[OwedReport], say: Any, tell: Any) -> dict[str, Any]:
    level = one.state.event_level
    return {
        "incident_no": one.incident_no,
        "title": one.state.title,
        "level": level and int(level),
        "numeral": LEVEL_NUMERALS[level] if level else "",
        "level_words": say(level.words) if level else say("不分级"),
        "is_level_confirmed": one.state.is_level_confirmed,
        "stage": say(STAGE_NAMES[one.state.stage]),
        "place": one.state.place_text,
        "toll": tell(one.state.toll.words()),
        "lon": one.place and one.place.lon_deg,
        "lat": one.place and one.place.lat_deg,
        "received_at": one.state.received_at.isoformat(),
        "is_drill": one.is_drill,
        "is_synthetic": one.is_synthetic,
        "owed": [{"name": say(report.name), "due_at": report.due_at.isoformat()} for report in owed[:3]],
    }


def _alarm(one: AlarmShown, say: Any, tell: Any) -> dict[str, Any]:
    """An alarm in the words of the machine, which name instruments and plans and nobody."""
    return {
        "kind": say(KIND_NAMES[one.kind]),
        "words": tell(one.words),
        "since": one.since.isoformat(),
        "is_seen": one.acknowledged_at is not None,
    }


def _tasks(wiring: Wiring, tasks: list[GivenTask], at: datetime) -> dict[str, Any]:
    """How many stand how, and those that are due first, with the department."""
    late = [one for one in tasks if one.is_overdue(at)]
    left = sorted((one for one in tasks if one.is_open), key=lambda one: one.due_at)
    names = wiring.responses.book.staff.organisations
    return {
        "late": len(late),
        "given": sum(one.state in ("given", "declined") for one in tasks if one not in late),
        "accepted": sum(one.state == "accepted" for one in tasks if one not in late),
        "done": sum(one.state == "done" for one in tasks),
        "next": [
            {
                "text": one.text,
                "department": names.get(one.department, one.department),
                "due_at": one.due_at.isoformat(),
            }
            for one in left[:TASKS_SHOWN]
        ],
    }


def _resources(picture: Picture, say: Any) -> list[dict[str, Any]]:
    """How many are called, on the way, on the scene; names are people's words and stay on the desk."""
    return [
        {"name": say(name), "n": sum(one.state == state for one in picture.resources)}
        for state, name in STATE_NAMES.items()
        if state != "released" and picture.resources
    ]


def _milestones(facts: list[IncidentFact]) -> list[IncidentFact]:
    """The last steps; notes say nothing on a wall, where their words are not shown."""
    return [one for one in facts if one.action != "note"][-STEPS_SHOWN:]


def _step(fact: IncidentFact, say: Any) -> dict[str, str]:
    mark = fact.body.get("mark")
    words = MARK_NAMES[mark] if mark in MARK_NAMES else LABELS.get(fact.action, fact.action)
    return {"at": fact.happened_at.isoformat(), "words": say(words)}


def _say(request: Request, wiring: Wiring) -> tuple[Any, Any]:
    language = choose_language(request)
    return wiring.words.translator(language), wiring.words.teller(language)
