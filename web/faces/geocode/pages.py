"""Files of addresses: bring one, choose its columns by what comes of them, watch it, take the answers."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from grid.answer_rows import COLUMNS
from grid.geocode_batches.answering import preview
from grid.geocode_batches.reading import Batch, get_batch, list_batches
from grid.geocode_batches.report import MOST_UNKNOWN_TOLD, share
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.faces.queues import places_of
from web.geocode_work import ROLES, STATUS_NAMES, batch_asking, batches_of, receive, result_response
from web.geocoding import read_near
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/geocode")
Clerk = Annotated[Person, requires(*ROLES)]
SHOWN = ("地点", "结果", "标准地址", "级别", "置信度", "依据")
"""Columns of the answers that the preview shows."""


@router.get("")
def show_batches(request: Request, person: Clerk, wiring: Wired) -> Response:
    """The form for a file, and the files before."""
    with wiring.sessions() as session:
        return _batches_page(request, session, person)


@router.post("")
def bring_file(request: Request, form: FormSent, person: Clerk, wiring: Wired) -> Response:
    """Keep a file and ask which columns hold the address."""
    try:
        number = receive(batches_of(wiring), form, batch_asking(wiring, person))
    except (BadInput, Refused, Conflict) as refusal:
        with wiring.sessions() as session:
            return _batches_page(request, session, person, refusal=refusal)
    return see_other(f"/geocode/{number}")


@router.get("/{batch_id}")
def show_batch(
    *,
    request: Request,
    batch_id: int,
    person: Clerk,
    wiring: Wired,
    column: Annotated[list[str] | None, Query()] = None,
    near: str = "",
) -> Response:
    """A file: which columns, with what comes of its first rows; how far it is; its report."""
    with wiring.sessions() as session:
        batch = get_batch(session, batch_id, person.id)
    return _batch_page(request, wiring, person, batch, told=column or (), near=near)


@router.post("/{batch_id}/start")
def start_batch(request: Request, batch_id: int, form: FormSent, person: Clerk, wiring: Wired) -> Response:
    """Have the worker answer all rows."""
    told, near = [str(one) for one in form.getlist("column")], str(form.get("near") or "")
    try:
        asking = batch_asking(wiring, person)
        number = batches_of(wiring).start(batch_id, told, read_near(near), asking)
    except (BadInput, Refused) as refusal:
        with wiring.sessions() as session:
            batch = get_batch(session, batch_id, person.id)
        return _batch_page(request, wiring, person, batch, told=told, near=near, refusal=refusal)
    return see_other(f"/geocode/{number}")


@router.post("/{batch_id}/cancel")
def cancel_batch(batch_id: int, form: FormSent, person: Clerk, wiring: Wired) -> Response:
    """Stop answering; what was answered is kept."""
    batches_of(wiring).cancel(batch_id, batch_asking(wiring, person))
    return see_other(f"/geocode/{batch_id}")


@router.post("/{batch_id}/take-up")
def take_up_batch(batch_id: int, form: FormSent, person: Clerk, wiring: Wired) -> Response:
    """Go on where it was stopped."""
    batches_of(wiring).take_up(batch_id, batch_asking(wiring, person))
    return see_other(f"/geocode/{batch_id}")


@router.post("/{batch_id}/remove")
def remove_batch(batch_id: int, form: FormSent, person: Clerk, wiring: Wired) -> Response:
    """Remove a file and its answers at once."""
    batches_of(wiring).remove(batch_id, batch_asking(wiring, person))
    return see_other("/geocode")


@router.get("/{batch_id}/result.csv")
def get_result(batch_id: int, person: Clerk, wiring: Wired) -> Response:
    """The rows with their answers."""
    with wiring.sessions() as session:
        batch = get_batch(session, batch_id, person.id)
    return result_response(wiring, batch)


def _batches_page(
    request: Request, session: Session, person: Person, *, refusal: CitygridError | None = None
) -> Response:
    shown = {
        "batches": list_batches(session, person.id),
        "status_names": STATUS_NAMES,
        "refusal": refusal,
        "places": places_of(person),
    }
    return page(request, "geocode/batches.html", shown, status=422 if refusal else 200)


def _batch_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    batch: Batch,
    *,
    told: Sequence[str],
    near: str,
    refusal: CitygridError | None = None,
) -> Response:
    shown: dict[str, Any] = {
        "batch": batch,
        "status_names": STATUS_NAMES,
        "places": places_of(person),
        "share": share,
        "most_unknown": MOST_UNKNOWN_TOLD,
        "near": near,
        "refusal": refusal,
        "columns": batch.columns,
        "column_names": [batch.heading[n] or str(n + 1) for n in batch.columns],
        "rows": (),
        "headings": SHOWN,
    }
    if batch.status == "draft" and batch.has_files:
        shown |= _preview(wiring, batch, told, near)
        shown["refusal"] = refusal or shown["problem"]
    return page(request, "geocode/batch.html", shown, status=422 if refusal else 200)


def _preview(wiring: Wiring, batch: Batch, told: Sequence[str], near: str) -> dict[str, Any]:
    """The columns told or recognised, the first rows answered by them, or why they cannot be."""
    try:
        order = batches_of(wiring).draft_order(batch, told, read_near(near))
    except BadInput as problem:
        return {"columns": (), "rows": (), "problem": problem}
    places = [COLUMNS.index(name) for name in SHOWN]
    rows = [[row[n] for n in places] for row in preview(wiring.geocoder, order)]
    return {"columns": order.columns, "rows": rows, "problem": None}
