"""Warnings at the duty desk: what went out and came in, a new one, updating and cancelling."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData

from emergency.cap.lifecycle import STANDING_NAMES, Standing
from emergency.cap.messages import Area, MsgType
from emergency.cap.receipts import KIND_NAMES, to_call
from emergency.cap.scales import COLOURS
from emergency.cap.signing import STATE_NAMES
from emergency.incidents.reading import IncidentNotFound, get_incident, list_open
from emergency.receivers.operations import Receivers
from emergency.receivers.reading import count_confirmed, list_deliveries
from emergency.rules.levels import WarningLevel
from emergency.warning_data import load_warning_rules
from emergency.warnings.operations import Drafted, Sending
from emergency.warnings.reading import get_warning, list_chain, list_warnings, standings, told
from gis_core.clock import city_time
from gis_core.errors import BadInput, CitygridError, Conflict, NotFound, Refused
from web.accounts.guards import FormSent, asking, requires
from web.accounts.people import Person
from web.errors import status_of
from web.faces.queues import places_of
from web.forms import parse
from web.incident_work import SEES_INCIDENTS, TAKES_CALLS
from web.receiver_work import STATE_NAMES as DELIVERY_NAMES
from web.receiver_work import NotedSent
from web.rendering import page, see_other
from web.warning_work import (
    AREA_NAMES,
    CATEGORY_NAMES,
    CERTAINTY_NAMES,
    LAWS_MEASURE,
    LIFE_PROPOSED,
    PUBLISHES,
    RESPONSE_NAMES,
    URGENCY_NAMES,
    WarningSent,
    division_names,
    info_of,
    known_measures,
    values_of,
)
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/duty/warnings")
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Publisher = Annotated[Person, requires(*PUBLISHES)]
Values = Mapping[str, str | list[str]]
TYPE_NAMES: Mapping[MsgType, str] = {
    MsgType.ALERT: "首次发布",
    MsgType.UPDATE: "更新",
    MsgType.CANCEL: "解除",
    MsgType.ACK: "确认收到",
    MsgType.ERROR: "拒收",
}
MANY = ("responses", "divisions", "measures")
ENDED = frozenset({Standing.UPDATED, Standing.CANCELLED, Standing.EXPIRED, Standing.NO_WARNING})


class CancelSent(BaseModel):
    """The form that cancels a warning."""

    model_config = ConfigDict(extra="ignore")

    why: str = Field("", max_length=600, title="原因")


@router.get("")
def show_warnings(request: Request, person: Reader, wiring: Wired) -> Response:
    """What went out and what came in, the newest first, with how each stands."""
    with wiring.sessions() as session:
        out, came = list_warnings(session, direction="out"), list_warnings(session, direction="in")
    stand = standings([*out, *came], wiring.clock.now())
    shown = _around(wiring, person) | {"out": out, "came": came, "stand": stand}
    return page(request, "duty/warnings.html", shown)


@router.get("/new")
def show_new(request: Request, person: Publisher, wiring: Wired) -> Response:
    """The form of a warning; `incident_no` makes it one about an incident."""
    values = _empty(wiring)
    number = request.query_params.get("incident_no", "")[:24]
    if number:
        values |= {"incident_no": number, "area": "circle", "event": _kind_of(wiring, number)}
    return _form_page(request, wiring, person, values)


@router.post("/new")
def publish(request: Request, form: FormSent, person: Publisher, wiring: Wired) -> Response:
    """Look at a warning as it would go out, or publish it."""
    typed = _empty(wiring) | _typed(form)
    try:
        sent = parse(WarningSent, form)
        sending = Sending((info_of(wiring, sent),), sent.incident_no.strip(), sent.drill)
        if form.get("do") != "publish":
            return _form_page(
                request, wiring, person, typed, drafted=wiring.warnings.draft(sending, wiring.clock.now())
            )
        who = asking(person, person.acting_as(*PUBLISHES), at=wiring.clock.now())
        warning_id = wiring.warnings.publish(sending, who, client_id=sent.client_id)
    except (BadInput, Refused, Conflict, NotFound) as refusal:
        return _form_page(request, wiring, person, typed, refusal=refusal)
    return see_other(f"/duty/warnings/{warning_id}?done=publish")


@router.get("/{warning_id}")
def show_warning(request: Request, warning_id: int, person: Reader, wiring: Wired) -> Response:
    """A message as it is: what it says, what was found, how its signature stands, its chain."""
    return _warning_page(request, wiring, person, warning_id)


@router.get("/{warning_id}/document")
def show_document(warning_id: int, person: Reader, wiring: Wired) -> Response:
    """The message byte by byte, to be saved: a browser does not open what strangers wrote."""
    with wiring.sessions() as session:
        kept = get_warning(session, warning_id)
    headers = {
        "Content-Disposition": f'attachment; filename="warning-{kept.id}.xml"',
        "Cache-Control": "no-store",
    }
    return Response(kept.document, media_type="application/octet-stream", headers=headers)


@router.get("/{warning_id}/update")
def show_update(request: Request, warning_id: int, person: Publisher, wiring: Wired) -> Response:
    """The form of an update, filled in with what was said last."""
    with wiring.sessions() as session:
        kept = get_warning(session, warning_id)
    said = values_of(kept.info, wiring.warnings.kinds) if kept.info else {}
    values = _empty(wiring) | said | {"incident_no": kept.incident_no or ""}
    return _form_page(request, wiring, person, values, warning_id=warning_id, before=_areas(kept.info))


@router.post("/{warning_id}/update")
def update(request: Request, warning_id: int, form: FormSent, person: Publisher, wiring: Wired) -> Response:
    """Look at an update as it would go out, or publish it."""
    with wiring.sessions() as session:
        kept = get_warning(session, warning_id)
    before = _areas(kept.info)
    typed = _empty(wiring) | _typed(form) | {"incident_no": kept.incident_no or ""}
    try:
        sent = parse(WarningSent, form).model_copy(update={"incident_no": kept.incident_no or ""})
        infos = (info_of(wiring, sent, before),)
        now = wiring.clock.now()
        if form.get("do") != "publish":
            drafted = wiring.warnings.draft_update(warning_id, infos, now)
            return _form_page(
                request, wiring, person, typed, warning_id=warning_id, before=before, drafted=drafted
            )
        who = asking(person, person.acting_as(*PUBLISHES), at=now)
        new_id = wiring.warnings.update(warning_id, infos, who, client_id=sent.client_id)
    except (BadInput, Refused, Conflict, NotFound) as refusal:
        return _form_page(
            request, wiring, person, typed, warning_id=warning_id, before=before, refusal=refusal
        )
    return see_other(f"/duty/warnings/{new_id}?done=update")


@router.post("/{warning_id}/cancel")
def cancel(request: Request, warning_id: int, form: FormSent, person: Publisher, wiring: Wired) -> Response:
    """Withdraw a warning, with the reason for all to read."""
    try:
        who = asking(person, person.acting_as(*PUBLISHES), at=wiring.clock.now())
        new_id = wiring.warnings.cancel(warning_id, parse(CancelSent, form).why, who)
    except (BadInput, Refused, Conflict) as refusal:
        return _warning_page(
            request, wiring, person, warning_id, refusal=refusal, typed=str(form.get("why", ""))
        )
    return see_other(f"/duty/warnings/{new_id}?done=cancel")


@router.post("/{warning_id}/receipts/{delivery_id}")
def note_receipt(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, warning_id: int, delivery_id: int, form: FormSent, person: Publisher, wiring: Wired
) -> Response:
    """Note what came of a call to a receiver: told, confirmed by whom, or not reached because."""
    try:
        sent = parse(NotedSent, form)
        who = asking(person, person.acting_as(*PUBLISHES), at=wiring.clock.now())
        Receivers(wiring.sessions).note(warning_id, delivery_id, sent.do, sent.words, who)
    except (BadInput, Refused, Conflict) as refusal:
        return _warning_page(request, wiring, person, warning_id, refusal=refusal)
    return see_other(f"/duty/warnings/{warning_id}#receipts")


def _warning_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    warning_id: int,
    *,
    refusal: CitygridError | None = None,
    typed: str = "",
) -> Response:
    with wiring.sessions() as session:
        kept = get_warning(session, warning_id)
        chain = list_chain(session, kept)
        deliveries = list_deliveries(session, kept.id) if kept.direction == "out" else []
    now = wiring.clock.now()
    stand = standings(chain, now)
    followed = [one.delivery for one in deliveries if not one.is_replaced]
    late = to_call(followed, now, within=load_warning_rules(wiring.city).within_on(city_time(now).date()))
    is_open = kept.direction == "out" and stand[kept.id] not in ENDED
    shown = _around(wiring, person) | {
        "one": kept,
        "chain": chain,
        "stand": stand,
        "may_change": is_open and person.may_act_as(*PUBLISHES),
        "refusal": refusal,
        "typed": typed,
        "done": request.query_params.get("done", "")[:12],
        "deliveries": sorted(deliveries, key=lambda one: one.delivery not in late),
        "confirmed": count_confirmed(deliveries),
        "late": late,
        "delivery_names": DELIVERY_NAMES,
        "now": now,
    }
    status = 200 if refusal is None else status_of(refusal)
    return page(request, "duty/warning.html", shown, status=status)


def _form_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    values: Values,
    *,
    warning_id: int | None = None,
    before: tuple[Area, ...] = (),
    drafted: Drafted | None = None,
    refusal: CitygridError | None = None,
) -> Response:
    with wiring.sessions() as session:
        incidents = list_open(session, wiring.plane)
    shown = _around(wiring, person) | {
        "v": values,
        "warning_id": warning_id,
        "before": before,
        "drafted": drafted,
        "findings": [told(one) for one in drafted.findings] if drafted else [],
        "is_blocked": drafted is None or any(one.is_error for one in drafted.findings),
        "refusal": refusal,
        "incidents": incidents,
        "divisions": division_names(wiring.city),
        "events": wiring.warnings.kinds.events,
        "articles": known_measures().articles,
        "colours": list(WarningLevel),
        "urgencies": URGENCY_NAMES,
        "certainties": CERTAINTY_NAMES,
        "response_names": RESPONSE_NAMES,
        "categories": CATEGORY_NAMES,
        "area_names": AREA_NAMES,
    }
    return page(
        request, "duty/warning_form.html", shown, status=200 if refusal is None else status_of(refusal)
    )


def _kind_of(wiring: Wiring, incident_no: str) -> str:
    """What kind of incident it is, as the event of a warning; empty when there is no such incident."""
    try:
        with wiring.sessions() as session:
            incident = get_incident(session, wiring.plane, incident_no)
    except IncidentNotFound:
        return ""
    return wiring.incidents.book.get_kind(incident.state.kind_code).name[:35]


def _areas(info: Any) -> tuple[Area, ...]:
    return info.areas if info else ()


def _typed(form: FormData) -> dict[str, str | list[str]]:
    typed: dict[str, str | list[str]] = {key: str(value) for key, value in form.items()}
    return typed | {name: [str(one) for one in form.getlist(name)] for name in MANY}


def _empty(wiring: Wiring) -> dict[str, str | list[str]]:
    values: dict[str, str | list[str]] = dict.fromkeys(WarningSent.model_fields, "")
    number: UUID = uuid4()
    ends = city_time(wiring.clock.now()) + LIFE_PROPOSED
    return values | {
        "client_id": str(number),
        "responses": [],
        "divisions": [],
        "measures": [],
        "urgency": "Expected",
        "certainty": "Likely",
        "category": "Other",
        "area": "division",
        "radius_m": "1000",
        "sender_name": f"{wiring.city.name}人民政府",
        "expires": f"{ends:%Y-%m-%dT%H:%M}",
    }


def _around(wiring: Wiring, person: Person) -> dict[str, Any]:
    return {
        "places": places_of(person),
        "may_publish": person.may_act_as(*PUBLISHES),
        "may_take": person.may_act_as(*TAKES_CALLS),
        "colour_names": COLOURS,
        "standing_names": STANDING_NAMES,
        "signature_names": STATE_NAMES,
        "type_names": TYPE_NAMES,
        "kind_names": KIND_NAMES,
        "laws_measure": LAWS_MEASURE,
    }
