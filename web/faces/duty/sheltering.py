"""People of a zone led to shelters: the form, the plan on map and in tables, orders on paper, and kept."""

import csv
import io
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from emergency.incidents.reading import Incident, IncidentFact, get_incident, list_facts
from emergency.rules.incidents import possible_actions
from emergency.rules.sheltering.sentences import STAY_NAMES, UNSERVED
from emergency.rules.sheltering.streets import StreetRules, most_per_m_s
from gis_core.csv_cells import harmless
from gis_core.errors import CitygridError
from web.accounts.guards import requires
from web.accounts.people import Person
from web.effect_forms import MOMENT_WORDS
from web.errors import status_of
from web.faces.duty.effects import RevisionSent
from web.faces.queues import places_of
from web.forms import parse
from web.incident_forms import REFUSALS, SentForm
from web.incident_work import SEES_INCIDENTS
from web.list_files import BYTE_ORDER_MARK
from web.paper import as_pdf
from web.rendering import page, render
from web.sheltering_forms import HAZARD_OF_KIND, WAYS_NAMES, ShelteringAsked
from web.sheltering_shown import (
    block_rows,
    lacking,
    minutes_of,
    moves_told,
    sheet_rows,
    shelter_rows,
    street_rows,
)
from web.sheltering_work import LEADS_PEOPLE, Sheltering, keep_sheltering, solve
from web.way_shapes import DRAWN_WAYS
from web.way_work import notes_of
from web.wiring import Wired, Wiring

router = APIRouter()
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Leader = Annotated[Person, requires(*LEADS_PEOPLE)]
FIELDS = (
    "effect",
    "kept",
    "drawn",
    "vertices",
    "stay",
    "hazard",
    "go",
    "seats",
    "whole",
    "moment",
    "exits_per_min",
    "days",
)


@router.get("/incidents/{incident_no}/sheltering")
def show_sheltering(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """The form and, once it is sent, who goes where, how full shelters get, and how long it takes."""
    return _page(request, wiring, person, incident_no, dict(request.query_params))


@router.get("/incidents/{incident_no}/sheltering.csv")
def take_sheet(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """The plan as a sheet."""
    incident, found = _solved(request, wiring, incident_no)
    out = io.StringIO()
    csv.writer(out).writerows([
        [harmless(cell, keeps_numbers=True) for cell in row] for row in sheet_rows(found)
    ])  # fmt: skip
    name = f"{incident.incident_no}-sheltering.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(BYTE_ORDER_MARK + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/incidents/{incident_no}/sheltering.pdf")
def print_orders(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """The order of each block on a sheet of its own, after a summary."""
    incident, found = _solved(request, wiring, incident_no)
    html = render(
        request,
        "duty/sheltering_paper.html",
        {"incident": incident} | _told(found, wiring.shelter_rules.streets),
    )
    headers = {
        "Content-Disposition": f'inline; filename="{incident.incident_no}-sheltering.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(as_pdf(html), media_type="application/pdf", headers=headers)


@router.post("/incidents/{incident_no}/sheltering")
def keep(sent: SentForm, person: Leader) -> Response:
    """Solve it once more and write it into the incident's record."""

    def refused(refusal: CitygridError) -> Response:
        return _page(sent.request, sent.wiring, person, sent.incident_no, sent.typed, refusal=refusal)

    def work(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> None:
        with wiring.sessions() as session:
            incident = get_incident(session, wiring.plane, incident_no)
        asked = parse(ShelteringAsked, form)
        keep_sheltering(wiring, person, incident, asked, parse(RevisionSent, form).revision)

    return sent.answer(person, work, refused, to="?done=note")


def _solved(request: Request, wiring: Wiring, incident_no: str) -> tuple[Incident, Sheltering]:
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
    return incident, solve(wiring, incident, parse(ShelteringAsked, request.query_params))


def _page(
    request: Request,
    wiring: Wiring,
    person: Person,
    incident_no: str,
    typed: Mapping[str, str],
    *,
    refusal: CitygridError | None = None,
) -> Response:
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
        facts = list_facts(session, incident.id)
    found: Sheltering | None = None
    if refusal is None and typed.get("run"):
        try:
            found = solve(wiring, incident, parse(ShelteringAsked, request.query_params))
        except REFUSALS as problem:
            refusal = problem
    effects = [one for one in facts if "effect" in one.body][::-1]
    kept = [one for one in facts if "sheltering" in one.body][::-1]
    values = _defaults(incident) | {"effect": str(effects[0].seq) if effects else ""} | dict(typed)
    if (typed.get("vertices", "").strip() or typed.get("kept")) and "effect" not in typed:
        values["effect"] = ""
    sent = {name: typed[name] for name in FIELDS if typed.get(name)}
    shown: dict[str, Any] = {
        "places": places_of(person),
        "incident": incident,
        "values": values,
        "sent": sent,
        "query": urlencode(sent),
        "effects": effects,
        "kept": kept,
        "again": {one.seq: _again(one) for one in kept},
        "stays": STAY_NAMES,
        "standards": wiring.shelter_rules.standards,
        "hazards": wiring.shelter_rules.hazards,
        "ways": WAYS_NAMES,
        "moments": MOMENT_WORDS,
        "drawn_ways": DRAWN_WAYS,
        "refusal": refusal,
        "found": found,
        "may_keep": person.may_act_as(*LEADS_PEOPLE)
        and "note" in possible_actions(incident.state.stage, person.roles),
    }
    if found is not None:
        shown |= _told(found, wiring.shelter_rules.streets) | {"notes": notes_of(wiring.roads.network)}
    return page(request, "duty/sheltering.html", shown, status=200 if refusal is None else status_of(refusal))


def _defaults(incident: Incident) -> dict[str, str]:
    return {
        "drawn": "area", "vertices": "", "stay": "temporary", "go": "both", "seats": "45", "whole": "",
        "hazard": HAZARD_OF_KIND.get(incident.state.kind_code, ""), "moment": "resident",
        "exits_per_min": "", "days": "3",
    }  # fmt: skip


def _told(found: Sheltering, rules: StreetRules) -> dict[str, Any]:
    return {
        "found": found,
        "allocation": found.allocation,
        "block_rows": block_rows(found),
        "shelter_rows": shelter_rows(found),
        "lacking": lacking(found),
        "moves": moves_told(found),
        "why_names": UNSERVED,
        "clearance_min": minutes_of(found.clearance_s),
        "streets": street_rows(found),
        "most_per_m_s": most_per_m_s(),
        "street_rules": rules,
    }


def _again(one: IncidentFact) -> str:
    """The address that asks for a kept plan once more, over its own zone."""
    sent = one.body["sheltering"]["sent"]
    values = {
        name: str(value) for name, value in sent.items() if name in FIELDS and value not in (None, False)
    }
    return urlencode(values | {"effect": "", "kept": str(one.seq), "run": "1"})
