"""The duty desk: what is going on, first reports, one incident with its steps, what is owed upwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from emergency.cap.lifecycle import STANDING_NAMES as WARNING_STANDINGS
from emergency.incidents.reading import (
    OwedReport,
    broken_at,
    find_of_case,
    get_incident,
    list_calls,
    list_facts,
    list_near,
    list_open,
    list_owed_next,
    list_owed_of,
    list_settled,
)
from emergency.measurements.reading import list_standing
from emergency.rules.alarms import KIND_NAMES as ALARM_NAMES
from emergency.rules.incidents import (
    MARK_NAMES,
    OPEN_STAGES,
    STAGE_NAMES,
    TRANSITIONS,
    possible_actions,
)
from emergency.rules.levels import STATUS_NAMES, TOLL_NAMES, EventLevel
from emergency.rules.plans.document import RESPONSE_NAMES
from emergency.rules.reporting import CHANNEL_NAMES, KIND_NAMES, STANDING_NAMES
from emergency.warnings.reading import list_of_incident, standings
from gis_core.clock import city_time
from gis_core.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.camera_work import VIEWERS, list_cameras_of_incident
from web.faces.queues import places_of
from web.forms import parse
from web.incident_sources import SourceAsked, begin_with
from web.incident_work import (
    OWED_AHEAD,
    SEES_INCIDENTS,
    SOURCE_NAMES,
    TAKES_CALLS,
    CallSent,
    open_incident,
    take_step,
)
from web.paper import as_pdf
from web.rendering import page, render, see_other
from web.report_drafts import drafted, list_left, read_kind
from web.room_work import photos_of_incident
from web.warning_work import PUBLISHES
from web.wiring import Wired, Wiring

router = APIRouter()
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Taker = Annotated[Person, requires(*TAKES_CALLS)]
SHOWN_AS_STEPS = ("activate", "change_response", "send_report", "open")
"""Steps with a page of their own: no form on the incident's page."""


class NoSuchReport(NotFound):
    """The incident has no such report."""

    code = "no_such_incident_report"


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it is filled in."""

    values: Mapping[str, str]
    refusal: Exception | None = None


class DraftAsked(BaseModel):
    """Which report is to be drafted."""

    model_config = ConfigDict(extra="ignore")

    code: str = Field("", max_length=40, title="报送任务")
    kind: str = Field("follow_up", max_length=12, title="报告类别")


@router.get("/duty")
def show_desk(request: Request, person: Reader, wiring: Wired) -> Response:
    """What is going on, the gravest first, beside the map; above it what is owed next."""
    now = wiring.clock.now()
    with wiring.sessions() as session:
        incidents = list_open(session, wiring.plane)
        owed = list_owed_next(session, until=now + OWED_AHEAD)
        alarms = list_standing(session)
    shown = _around(wiring, person) | {
        "incidents": incidents,
        "owed": owed,
        "first_owed": _first_owed(owed),
        "alarms": alarms,
        "alarm_names": ALARM_NAMES,
    }
    return page(request, "duty/desk.html", shown)


@router.get("/duty/settled")
def show_settled(request: Request, person: Reader, wiring: Wired, before: int | None = None) -> Response:
    """Incidents that are over, the newest first."""
    with wiring.sessions() as session:
        rows = list_settled(session, wiring.plane, before_id=before)
    return page(request, "duty/settled.html", _around(wiring, person) | {"incidents": rows})


@router.get("/duty/new")
def show_new(request: Request, person: Taker, wiring: Wired) -> Response:
    """The form of a first report, empty or begun with what a case, a warning, an alarm or a plan says."""
    asked = parse(SourceAsked, request.query_params)
    with wiring.sessions() as session:
        known = find_of_case(session, asked.case_no) if asked.case_no else None
        values = _empty(wiring) | begin_with(wiring, session, asked)
    if known is not None:
        return see_other(f"/incidents/{known}")
    return _new_page(request, wiring, person, values)


@router.post("/duty/new")
def take_call(request: Request, form: FormSent, person: Taker, wiring: Wired) -> Response:
    """Take a first report; where something like it is known already, that is shown before it is written."""
    typed = _empty(wiring) | {key: str(value) for key, value in form.items()}
    try:
        sent = parse(CallSent, form)
        wiring.incidents.book.get_kind(sent.kind_code)
        if not sent.anyway:
            place = sent.place()
            point = wiring.plane.to_plane(place) if place else None
            with wiring.sessions() as session:
                near = list_near(session, wiring.plane, point, sent.kind_code, wiring.clock.now())
            near = [one for one in near if one[0].is_drill == sent.is_drill]
            if near:
                return _new_page(request, wiring, person, typed, near=near)
        opened = open_incident(wiring, person, sent)
    except (BadInput, Refused, Conflict, NotFound) as refusal:
        return _new_page(request, wiring, person, typed, refusal=refusal)
    return see_other(f"/incidents/{opened.incident_no}?done=open")


@router.get("/incidents/{incident_no}")
def show_incident(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """Everything about an incident on one page, with the steps that this person may take now."""
    return _incident_page(request, wiring, person, incident_no)


@router.get("/incidents/{incident_no}/report")
def show_draft(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """A report drafted from the record, to be read, corrected and sent."""
    return _draft_page(request, wiring, person, incident_no)


@router.get("/incidents/{incident_no}/reports/{seq}.pdf")
def print_report(request: Request, incident_no: str, seq: int, person: Reader, wiring: Wired) -> Response:
    """A report that went out, as it went, on paper."""
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
        facts = list_facts(session, incident.id)
    sent = next((one for one in facts if one.seq == seq and "report" in one.body), None)
    if sent is None:
        raise NoSuchReport("这起事件没有这份报告。请从事件页面重新打开。")
    html = render(
        request,
        "duty/report_paper.html",
        {"incident": incident, "fact": sent, "kind_names": KIND_NAMES, "channel_names": CHANNEL_NAMES},
    )
    name = f"{incident.incident_no}-{seq}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return Response(as_pdf(html), media_type="application/pdf", headers=headers)


@router.post("/incidents/{incident_no}/{action}")
def act(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, incident_no: str, action: str, form: FormSent, person: Reader, wiring: Wired
) -> Response:
    """Take a step of an incident; refused, its page has the form as it was."""
    try:
        take_step(wiring, person, incident_no, action, form)
    except (BadInput, Refused, Conflict, NotAllowed) as refusal:
        typed = {key: str(value) for key, value in form.items()}
        if action == "send_report":
            return _draft_page(request, wiring, person, incident_no, typed=typed, refusal=refusal)
        return _incident_page(
            request, wiring, person, incident_no, refused=action, typed=typed, refusal=refusal
        )
    return see_other(f"/incidents/{incident_no}?done={action}")


def _incident_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    incident_no: str,
    *,
    refused: str = "",
    typed: Mapping[str, str] | None = None,
    refusal: Exception | None = None,
) -> Response:
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
        facts = list_facts(session, incident.id)
        owed = list_owed_of(session, incident.id)
        calls = list_calls(session, incident.id)
        broken = broken_at(session, incident)
        warnings = list_of_incident(session, incident.incident_no)
        photos = photos_of_incident(session, incident)
        cameras = list_cameras_of_incident(session, wiring, incident.place)
    may = possible_actions(incident.state.stage, person.roles)
    shown = _around(wiring, person) | {
        "incident": incident,
        "facts": facts[::-1],
        "owed": owed,
        "calls": calls if person.may_act_as(*TAKES_CALLS) else [],
        "broken": broken,
        "warnings": warnings,
        "stand": standings(warnings, wiring.clock.now()),
        "warning_standings": WARNING_STANDINGS,
        "may_warn": incident.state.stage in OPEN_STAGES and person.may_act_as(*PUBLISHES),
        "photos": photos,
        "cameras": cameras,
        "may_watch": person.may_act_as(*VIEWERS),
        "proposal": wiring.incidents.known.propose(incident.state.toll, incident.state.kind_code),
        "steps": [one for one in TRANSITIONS if one.action in may and one.action not in SHOWN_AS_STEPS],
        "may_report": "send_report" in may,
        "refused": refused,
        "typed": typed or {},
        "refusal": refusal,
        "done": request.query_params.get("done", "")[:24],
    }
    status = 200 if refusal is None else _status(refusal)
    return page(request, "duty/incident.html", shown, status=status)


def _draft_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    incident_no: str,
    *,
    typed: Mapping[str, str] | None = None,
    refusal: Exception | None = None,
) -> Response:
    asked = parse(DraftAsked, request.query_params)
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
        facts = list_facts(session, incident.id)
        owed = list_owed_of(session, incident.id)
    now = wiring.clock.now()
    left = list_left(owed, now)
    chosen = next((one for one in left if one.rule_code == asked.code), None)
    kind = read_kind(chosen.kind if chosen else asked.kind)
    begun = drafted(wiring, incident, facts, left, chosen=chosen, kind=kind)
    values = {
        "kind": begun.kind,
        "channel": begun.channel,
        "receiver": begun.receiver,
        "codes": " ".join(begun.codes),
        "title": begun.draft.title,
        "words": begun.draft.text,
    } | dict(typed or {})
    shown = _around(wiring, person) | {
        "incident": incident,
        "owed": left,
        "chosen": chosen,
        "values": values,
        "refusal": refusal,
        "may_report": "send_report" in possible_actions(incident.state.stage, person.roles),
    }
    return page(request, "duty/report.html", shown, status=200 if refusal is None else _status(refusal))


def _new_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    values: Mapping[str, str],
    *,
    near: Any = (),
    refusal: Exception | None = None,
) -> Response:
    shown = _around(wiring, person) | {
        "form": Filled(values, refusal),
        "near": near,
        "toll_names": TOLL_NAMES,
        "sources": {code: name for code, name in SOURCE_NAMES.items() if code != "drill"},
    }
    status = 200 if refusal is None and not near else _status(refusal)
    return page(request, "duty/new.html", shown, status=status)


def _status(refusal: Exception | None) -> int:
    kinds = ((BadInput, 400), (NotAllowed, 403), (NotFound, 404), (Conflict, 409), (Refused, 422))
    return next((status for kind, status in kinds if isinstance(refusal, kind)), 409)


def _empty(wiring: Wiring) -> dict[str, str]:
    names = (*CallSent.model_fields, "position_source", "accuracy_m")
    local = city_time(wiring.clock.now())
    return dict.fromkeys(names, "") | {
        "client_id": str(uuid4()),
        "source": "phone",
        "received_at": f"{local:%Y-%m-%dT%H:%M}",
        "kind_code": "",
    }


def _around(wiring: Wiring, person: Person) -> dict[str, Any]:
    book = wiring.incidents.book
    return {
        "places": places_of(person),
        "book": book,
        "kinds_by_class": [
            (one, [kind for kind in book.kinds.values() if kind.class_code == one.code])
            for one in book.classes.values()
        ],
        "levels": list(EventLevel),
        "marks": MARK_NAMES,
        "kind_names": KIND_NAMES,
        "channel_names": CHANNEL_NAMES,
        "source_names": SOURCE_NAMES,
        "toll_names": TOLL_NAMES,
        "incident_stages": STAGE_NAMES,
        "response_names": RESPONSE_NAMES,
        "standing_names": STANDING_NAMES,
        "status_names": STATUS_NAMES,
        "action_names": {edge.action: edge.label for edge in TRANSITIONS},
        "may_take": person.may_act_as(*TAKES_CALLS),
    }


def _first_owed(owed: list[OwedReport]) -> dict[str, OwedReport]:
    """The most urgent report of each incident, by its number."""
    first: dict[str, OwedReport] = {}
    for one in owed:
        first.setdefault(one.incident_no, one)
    return first
