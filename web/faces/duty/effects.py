"""How far an incident reaches and who is inside: the form of a model, its answer, what was kept of it."""

import csv
import io
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData

from emergency.incidents.reading import Incident, get_incident, list_facts
from emergency.rules.incidents import possible_actions
from gis_core.csv_cells import harmless
from gis_core.errors import BadInput, CitygridError, NotFound, Refused
from web.accounts.guards import requires
from web.accounts.people import Person
from web.effect_forms import (
    MODEL_NAMES,
    MOMENT_WORDS,
    EffectSent,
    cautions_of,
    entries_of,
    model_named,
)
from web.effect_work import (
    KEEPS_EFFECTS,
    Evaluated,
    colour_of,
    counts_of,
    evaluate,
    keep,
    kept_effect,
    moment_name,
    parameters_of,
    roads_by_name,
    sheet_rows,
)
from web.errors import status_of
from web.faces.queues import places_of
from web.forms import parse
from web.incident_forms import SentForm
from web.incident_work import SEES_INCIDENTS
from web.list_files import BYTE_ORDER_MARK
from web.paper import as_pdf
from web.rendering import page, render
from web.wiring import Wired, Wiring

router = APIRouter()
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Keeper = Annotated[Person, requires(*KEEPS_EFFECTS)]
OUTLINES = {"wide": "按放宽的外轮廓", "plain": "按内轮廓"}


class RevisionSent(BaseModel):
    """The revision of the incident that the page was drawn from."""

    model_config = ConfigDict(extra="ignore")

    revision: int = Field(ge=1, lt=2**31, title="页面版本")


@router.get("/incidents/{incident_no}/effects")
def show_effects(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """The form of a model and, once it is sent, its zones on the map with what lies inside."""
    return _effects_page(request, wiring, person, incident_no, dict(request.query_params))


@router.get("/incidents/{incident_no}/effects.csv")
def take_sheet(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """The answer as a sheet."""
    incident, found = _evaluated(request, wiring, incident_no)
    out = io.StringIO()
    rows = sheet_rows(found, _type_names(wiring))
    csv.writer(out).writerows([[harmless(cell, keeps_numbers=True) for cell in row] for row in rows])
    name = f"{incident.incident_no}-effects.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(BYTE_ORDER_MARK + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/incidents/{incident_no}/effects.pdf")
def print_effects(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """The answer on paper."""
    incident, found = _evaluated(request, wiring, incident_no)
    html = render(request, "duty/effects_paper.html", {"incident": incident} | _told(wiring, found))
    headers = {
        "Content-Disposition": f'inline; filename="{incident.incident_no}-effects.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(as_pdf(html), media_type="application/pdf", headers=headers)


@router.get("/incidents/{incident_no}/effects/{seq}")
def show_kept(request: Request, incident_no: str, seq: int, person: Reader, wiring: Wired) -> Response:
    """An evaluation as it was kept."""
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
        fact = kept_effect(list_facts(session, incident.id), seq)
    effect = fact.body["effect"]
    again = urlencode({name: str(value) for name, value in effect["sent"].items()} | {"run": "1"})
    shown = {
        "places": places_of(person),
        "incident": incident,
        "fact": fact,
        "effect": effect,
        "again": again,
    }
    return page(request, "duty/effects_kept.html", shown)


@router.post("/incidents/{incident_no}/effects")
def keep_effect(sent: SentForm, person: Keeper) -> Response:
    """Work it out once more and write it into the incident's record."""

    def refused(refusal: CitygridError) -> Response:
        wiring, incident_no = sent.wiring, sent.incident_no
        return _effects_page(sent.request, wiring, person, incident_no, sent.typed, refusal=refusal)

    def work(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> None:
        with wiring.sessions() as session:
            incident = get_incident(session, wiring.plane, incident_no)
        keep(wiring, person, incident, parse(EffectSent, form), parse(RevisionSent, form).revision)

    return sent.answer(person, work, refused, to="?done=note")


def _evaluated(request: Request, wiring: Wiring, incident_no: str) -> tuple[Incident, Evaluated]:
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
    return incident, evaluate(wiring, incident, parse(EffectSent, request.query_params))


def _effects_page(
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
        kept = [one for one in list_facts(session, incident.id) if "effect" in one.body]
    model = model_named(typed.get("model", ""))
    data = wiring.city_layers.data
    entries = entries_of(data, model)
    found: Evaluated | None = None
    cautions: tuple[str, ...] = ()
    try:
        sent = parse(EffectSent, request.query_params) if request.method == "GET" else None
        if refusal is None and sent is not None and typed.get("run"):
            found = evaluate(wiring, incident, sent)
        if sent is not None:
            cautions = cautions_of(sent, data)
    except (BadInput, Refused, NotFound) as problem:
        refusal = problem
    names = {"model", "lon", "lat", "moment", "outline", *(one.name for one in entries)}
    query = urlencode({name: value for name, value in typed.items() if name in names and value})
    shown: dict[str, Any] = {
        "places": places_of(person),
        "incident": incident,
        "model": model,
        "models": MODEL_NAMES,
        "moments": MOMENT_WORDS,
        "outlines": OUTLINES,
        "entries": entries,
        "typed": typed,
        "query": query,
        "names": sorted(names),
        "cautions": cautions,
        "refusal": refusal,
        "kept": kept[::-1],
        "found": None,
        "may_keep": person.may_act_as(*KEEPS_EFFECTS)
        and "note" in possible_actions(incident.state.stage, person.roles),
    }
    status = 200 if refusal is None else status_of(refusal)
    return page(request, "duty/effects.html", shown | _told(wiring, found), status=status)


def _told(wiring: Wiring, found: Evaluated | None) -> dict[str, Any]:
    if found is None:
        return {}
    exposure, effect = found.exposure, found.effect
    return {
        "found": found,
        "effect": effect,
        "exposure": exposure,
        "parameters": parameters_of(effect),
        "counts": [row | {"colour": colour_of(found, row["code"])} for row in counts_of(exposure)],
        "roads": roads_by_name(exposure) if exposure else [],
        "counted_for": moment_name(exposure) if exposure else "",
        "types": {one.code: one for one in wiring.catalogue.types if one.kind == "component"},
        "zone_names": {zone.code: zone.name for zone in effect.zones},
        "warnings": exposure.warnings if exposure else effect.warnings,
        "limits": exposure.limits if exposure else effect.limits,
    }


def _type_names(wiring: Wiring) -> dict[str, str]:
    return {code: name for (_, code), name in wiring.type_names.items()}
