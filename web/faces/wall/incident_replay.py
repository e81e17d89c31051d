"""Replay of an incident on the wall. Visitors see it: nothing that people wrote is on it."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from emergency.rules.incidents import STAGE_NAMES
from emergency.rules.plans.document import RESPONSE_NAMES
from emergency.rules.reporting import STANDING_NAMES
from web.accounts.guards import requires
from web.accounts.people import Person
from web.filters import SEES_WALL
from web.forms import parse
from web.incident_replay import MomentAsked, Replayed, read_replay, shown_of
from web.rendering import page
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/wall/incidents/{incident_no}/replay")
Viewer = Annotated[Person, requires(*SEES_WALL, "auditor")]


@router.get("")
def show_replay(
    request: Request, incident_no: str, person: Viewer, wiring: Wired, style: str = "night"
) -> Response:
    """An incident as it stood `at` a moment, the last one without a word; `play=yes` lets it play."""
    asked = parse(MomentAsked, request.query_params)
    found = read_replay(wiring, incident_no, asked)
    shown = _around(wiring, found) | {
        "speed": asked.speed,
        "is_night": style != "day",
        "told_at": wiring.clock.now(),
    }
    return page(request, "wall/incident_replay.html", shown)


@router.get("/board")
def show_board(request: Request, incident_no: str, person: Viewer, wiring: Wired) -> Response:
    """The figures of a moment alone, as the player puts them in."""
    found = read_replay(wiring, incident_no, parse(MomentAsked, request.query_params), is_page=False)
    return page(request, "wall/incident_board.html", _around(wiring, found))


def _around(wiring: Wiring, found: Replayed) -> dict[str, Any]:
    return shown_of(wiring, found, is_on_wall=True) | {
        "incident_stages": STAGE_NAMES,
        "response_names": RESPONSE_NAMES,
        "standing_names": STANDING_NAMES,
    }
