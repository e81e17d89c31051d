"""Replay of an incident for the desk: how board and map stood at any moment, from facts alone."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from emergency.rules.incidents import STAGE_NAMES
from emergency.rules.plans.document import RESPONSE_NAMES
from emergency.rules.reporting import CHANNEL_NAMES, STANDING_NAMES
from web.accounts.guards import requires
from web.accounts.people import Person
from web.faces.queues import places_of
from web.forms import parse
from web.incident_replay import MomentAsked, Replayed, read_replay, shown_of
from web.incident_work import SEES_INCIDENTS
from web.rendering import page
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/incidents/{incident_no}/replay")
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]


@router.get("")
def show_replay(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """An incident as it stood `at` a moment, with links to the facts before and after; the last one first."""
    asked = parse(MomentAsked, request.query_params)
    found = read_replay(wiring, incident_no, asked)
    shown = _around(wiring, found) | {"places": places_of(person), "speed": asked.speed}
    return page(request, "duty/replay.html", shown)


@router.get("/board")
def show_board(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """The board of a moment alone, as the player puts it in."""
    found = read_replay(wiring, incident_no, parse(MomentAsked, request.query_params), is_page=False)
    return page(request, "duty/replay_board.html", _around(wiring, found))


def _around(wiring: Wiring, found: Replayed) -> dict[str, Any]:
    return shown_of(wiring, found) | {
        "incident_stages": STAGE_NAMES,
        "response_names": RESPONSE_NAMES,
        "channel_names": CHANNEL_NAMES,
        "standing_names": STANDING_NAMES,
    }
