"""What the record of an incident measures by itself: a page with plots, a table beside each, and files."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from emergency.rules.reporting import STANDING_NAMES
from web.accounts.guards import requires
from web.accounts.people import Person
from web.faces.queues import places_of
from web.incident_measures import file_of, plots_of, read_measured, span
from web.incident_work import SEES_INCIDENTS
from web.list_files import file_response
from web.rendering import page
from web.wiring import Wired
from web.words import choose_language
from web.workbooks import workbook_response

router = APIRouter(prefix="/incidents/{incident_no}/measures")
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]


@router.get("")
def show_measures(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """From the event to closing: how long each step took, who was in time, and the facts that say so."""
    found = read_measured(wiring, incident_no)
    say = wiring.words.translator(choose_language(request))
    shown = {
        "places": places_of(person),
        "incident": found.incident,
        "found": found,
        "plots": plots_of(found, say),
        "span": lambda seconds: span(seconds, say),
        "standing_names": STANDING_NAMES,
    }
    return page(request, "duty/measures.html", shown)


@router.get(".csv")
def export_csv(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """The same as a table."""
    say = wiring.words.translator(choose_language(request))
    found = read_measured(wiring, incident_no)
    return file_response("csv", file_of(found, say), say=say, at=found.at)


@router.get(".xlsx")
def export_workbook(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """The same as a workbook."""
    say = wiring.words.translator(choose_language(request))
    found = read_measured(wiring, incident_no)
    return workbook_response(file_of(found, say), say=say, at=found.at)
