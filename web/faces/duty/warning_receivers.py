"""Receivers of warnings at the duty desk: the list, changes with undo, files in and out."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from cases.rules.deciding import Asking
from emergency.cap.receipts import CLAUSES, KIND_NAMES, missing_kinds
from emergency.receivers.listed import CHANNEL_NAMES, COLUMNS
from emergency.receivers.operations import Receivers
from emergency.receivers.reading import list_receivers
from gis_core.clock import city_time
from gis_core.errors import BadInput, CitygridError, Conflict, NotFound, Refused
from web.accounts.guards import FormSent, asking, requires
from web.accounts.people import Person
from web.errors import status_of
from web.faces.queues import places_of
from web.forms import parse
from web.list_files import table_response
from web.receiver_work import ReceiverSent, read_file, rows_of
from web.rendering import page, see_other
from web.warning_work import PUBLISHES
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/duty/warnings")
Keeper = Annotated[Person, requires(*PUBLISHES)]
"""Numbers of people stand here: posts on duty alone."""
REFUSALS = (BadInput, Conflict, NotFound, Refused)


@router.get("/receivers")
def show_receivers(request: Request, person: Keeper, wiring: Wired) -> Response:
    """Who is told of warnings, whom the law names and nobody listed, and what was removed."""
    return _page(request, wiring, person)


@router.get("/receivers.csv")
def export_receivers(person: Keeper, wiring: Wired) -> Response:
    """The list as a file; an import reads it."""
    with wiring.sessions() as session:
        receivers = list_receivers(session)
    return table_response("warning-receivers", rows_of(receivers))


@router.post("/receivers")
def add_receiver(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Put a receiver on the list."""
    try:
        _receivers(wiring).add(parse(ReceiverSent, form).listed(), _who(wiring, person))
    except REFUSALS as refusal:
        return _page(request, wiring, person, refusal=refusal, typed=_typed(form))
    return see_other("/duty/warnings/receivers?done=add")


@router.post("/receivers/import")
def import_receivers(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Write the receivers of a file: all of them, or none."""
    try:
        added, changed = _receivers(wiring).bring_in(read_file(form), _who(wiring, person))
    except REFUSALS as refusal:
        return _page(request, wiring, person, refusal=refusal)
    return _page(request, wiring, person, brought_in=(added, changed))


@router.post("/receivers/{receiver_id}")
def change_receiver(
    request: Request, receiver_id: int, form: FormSent, person: Keeper, wiring: Wired
) -> Response:
    """Let a receiver be what the form says."""
    try:
        _receivers(wiring).change(receiver_id, parse(ReceiverSent, form).listed(), _who(wiring, person))
    except REFUSALS as refusal:
        return _page(request, wiring, person, refusal=refusal, typed=_typed(form), changing=receiver_id)
    return see_other("/duty/warnings/receivers?done=change")


@router.post("/receivers/{receiver_id}/remove")
def remove_receiver(receiver_id: int, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Take a receiver off the list."""
    _receivers(wiring).remove(receiver_id, _who(wiring, person))
    return see_other(f"/duty/warnings/receivers?done=remove&one={receiver_id}")


@router.post("/receivers/{receiver_id}/restore")
def restore_receiver(
    request: Request, receiver_id: int, form: FormSent, person: Keeper, wiring: Wired
) -> Response:
    """Put a receiver back that was removed."""
    try:
        _receivers(wiring).restore(receiver_id, _who(wiring, person))
    except REFUSALS as refusal:
        return _page(request, wiring, person, refusal=refusal)
    return see_other("/duty/warnings/receivers?done=restore")


def _receivers(wiring: Wiring) -> Receivers:
    return Receivers(wiring.sessions)


def _who(wiring: Wiring, person: Person) -> Asking:
    return asking(person, person.acting_as(*PUBLISHES), at=wiring.clock.now())


def _typed(form: FormSent) -> dict[str, str]:
    return {key: str(form.get(key) or "") for key in COLUMNS}


def _page(
    request: Request,
    wiring: Wiring,
    person: Person,
    *,
    refusal: CitygridError | None = None,
    typed: Mapping[str, str] | None = None,
    changing: int | None = None,
    brought_in: tuple[int, int] | None = None,
) -> Response:
    with wiring.sessions() as session:
        listed, removed = list_receivers(session), list_receivers(session, removed=True)
    today = city_time(wiring.clock.now()).date()
    active = [one for one in listed if one.is_active_on(today)]
    shown: dict[str, Any] = {
        "places": places_of(person),
        "listed": listed,
        "removed": removed,
        "active": {one.id for one in active},
        "missing": missing_kinds([one.listed.receiver for one in active]),
        "kind_names": KIND_NAMES,
        "clauses": CLAUSES,
        "channel_names": CHANNEL_NAMES,
        "columns": COLUMNS,
        "typed": typed or dict.fromkeys(COLUMNS, ""),
        "blank": dict.fromkeys(COLUMNS, ""),
        "changing": changing,
        "refusal": refusal,
        "brought_in": brought_in,
        "done": request.query_params.get("done", "")[:12],
        "undo": request.query_params.get("one", "")[:18],
        "has_sms": wiring.channels.sms is not None,
        "has_site": bool(wiring.settings.site_url),
    }
    status = 200 if refusal is None else status_of(refusal)
    return page(request, "duty/warning_receivers.html", shown, status=status)
