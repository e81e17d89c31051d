"""The sheet of a case as PDF: facts, clocks with their working, photos, a small map, every step."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from cases.rules.stages import CLOCK_NAMES
from grid.sketch import sketch_around
from web.accounts.guards import requires_person
from web.accounts.people import Person
from web.case_paper import CSS, MOST_PHOTOS, map_on_paper, photo_on_paper, story_on_paper
from web.faces.sheets import ClockShown, Sheet, get_sheet, told_working
from web.paper import as_pdf
from web.rendering import render
from web.wiring import Wired, Wiring

router = APIRouter()
REACH_M = 250.0


@router.get("/cases/{case_no}/sheet.pdf")
def print_case(
    request: Request, case_no: str, person: Annotated[Person, requires_person()], wiring: Wired
) -> Response:
    """The case on paper (A4), for who may see it."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        sheet = get_sheet(session, wiring, case_no, person, at)
        summary = sheet.detail.summary
        place = wiring.plane.to_plane(sheet.place)
        around = sketch_around(
            session, place, summary.unit_grid_code, reach_m=REACH_M, srid=wiring.plane.srid
        )
    photos = [
        (photo, address)
        for photo in sheet.detail.photos[:MOST_PHOTOS]
        if (address := photo_on_paper(wiring.photos, photo))
    ]
    shown = {
        "sheet": sheet,
        "clocks": _clocks(wiring, sheet),
        "photos": photos,
        "more_photos": len(sheet.detail.photos) - len(photos),
        "map": map_on_paper(around),
        "reach_m": int(REACH_M),
        "story": story_on_paper(sheet.detail.facts),
        "css": CSS.read_text(encoding="utf-8"),
        "now": at,
        "reader": person.name,
    }
    headers = {
        "Content-Disposition": f'inline; filename="case-{summary.case_no}.pdf"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(
        as_pdf(render(request, "case_sheet.html", shown)), media_type="application/pdf", headers=headers
    )


def _clocks(wiring: Wiring, sheet: Sheet) -> tuple[ClockShown, ...]:
    """Every clock that was ever started, in the order of the table."""
    clocks = sheet.detail.clocks
    return tuple(
        ClockShown(name, clocks[key], told_working(wiring, clocks[key]))
        for key, name in CLOCK_NAMES.items()
        if key in clocks
    )
