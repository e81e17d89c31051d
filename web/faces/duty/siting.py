"""Where stations and stores should stand: the form, the answer on the map with its figures, a sheet."""

import csv
import io
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from emergency.rules.resources import KIND_NAMES
from emergency.ways.following import PROFILE_NAMES
from gis_core.csv_cells import harmless
from gis_core.errors import BadInput, CitygridError, Conflict, NotFound, Refused
from web.accounts.guards import requires
from web.accounts.people import Person
from web.errors import status_of
from web.faces.queues import places_of
from web.forms import parse
from web.incident_work import SEES_INCIDENTS
from web.list_files import BYTE_ORDER_MARK
from web.rendering import page
from web.siting_forms import MODEL_NAMES, SITED_KINDS, SitingAsked
from web.siting_work import SitingFound, sheet_rows, site
from web.way_work import notes_of
from web.wiring import Wired

router = APIRouter()
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
FIELDS = tuple(SitingAsked.model_fields)


@router.get("/duty/siting")
def show_siting(request: Request, person: Reader, wiring: Wired) -> Response:
    """The form and, once it is sent, the sites with whom they reach; the search is bounded in time."""
    typed = dict(request.query_params)
    found: SitingFound | None = None
    refusal: CitygridError | None = None
    if typed.get("run"):
        try:
            found = site(wiring, parse(SitingAsked, request.query_params))
        except (BadInput, Refused, Conflict, NotFound) as problem:
            refusal = problem
    sent = {name: typed[name] for name in FIELDS if typed.get(name)}
    shown: dict[str, Any] = {
        "places": places_of(person),
        "values": _defaults() | ({"keep": ""} if typed.get("run") else {}) | typed,
        "query": urlencode(sent),
        "models": MODEL_NAMES,
        "kinds": {one: KIND_NAMES[one] for one in SITED_KINDS},
        "profiles": PROFILE_NAMES,
        "found": found,
        "refusal": refusal,
        "notes": notes_of(wiring.roads.network) if found else (),
    }
    status = 200 if refusal is None else status_of(refusal)
    return page(request, "duty/siting.html", shown, status=status)


@router.get("/duty/siting.csv")
def take_sheet(request: Request, person: Reader, wiring: Wired) -> Response:
    """Sites and demand as a sheet."""
    found = site(wiring, parse(SitingAsked, request.query_params))
    out = io.StringIO()
    rows = [[harmless(cell, keeps_numbers=True) for cell in row] for row in sheet_rows(found, wiring)]
    csv.writer(out).writerows(rows)
    headers = {"Content-Disposition": 'attachment; filename="siting.csv"', "Cache-Control": "no-store"}
    return Response(BYTE_ORDER_MARK + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _defaults() -> dict[str, str]:
    return {
        "model": "cover_most", "kind": "team", "keep": "true", "more": "3", "minutes": "8",
        "candidates": "40", "places": "", "profile": "responder", "search_s": "10",
    }  # fmt: skip
