"""Situation reports of an incident: drafted from the record, edited in versions, published, printed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from emergency.incidents.reading import Incident, IncidentFact, get_incident, list_facts
from emergency.response.reading import list_activations, list_tasks
from emergency.room.reading import SituationDraft, list_drafts
from emergency.room.reports import NoSuchSituation
from emergency.rules.forms import Draft
from emergency.rules.incidents import OPEN_STAGES
from emergency.rules.responding import TASK_STATES
from emergency.rules.room.picture import picture_of
from emergency.rules.room.situation import draft_situation
from gis_core.errors import BadInput, CitygridError, Conflict, NotAllowed, NotFound, Refused
from web.accounts.guards import FormSent, asking, requires
from web.accounts.people import Person
from web.errors import status_of
from web.faces.queues import places_of
from web.forms import parse
from web.incident_work import SEES_INCIDENTS
from web.paper import as_pdf
from web.rendering import page, render, see_other
from web.room_work import WORKS_IN_ROOM, lines_of
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/incidents/{incident_no}/situation")
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Writer = Annotated[Person, requires(*WORKS_IN_ROOM)]


class SituationSent(BaseModel):
    """A version as its form gives it; `seen` is the version that the form began with."""

    model_config = ConfigDict(extra="ignore")

    n: int = Field(ge=1, le=999, title="期号")
    seen: int = Field(0, ge=0, le=9_999, title="页面版本")
    title: str = Field("", max_length=400, title="标题")
    text: str = Field("", max_length=40_000, title="内容")


class VersionAsked(BaseModel):
    """Which version is looked at; none for the last one."""

    model_config = ConfigDict(extra="ignore")

    version: int | None = Field(None, ge=1, le=9_999, title="版本")


@router.get("")
def show_reports(request: Request, incident_no: str, person: Reader, wiring: Wired) -> Response:
    """The situation reports of an incident, and a fresh one drafted from the record."""
    return _list_page(request, wiring, person, incident_no)


@router.post("")
def save_version(
    request: Request, incident_no: str, form: FormSent, person: Writer, wiring: Wired
) -> Response:
    """Keep one more version."""
    typed = {key: value for key, value in form.items() if isinstance(value, str)}
    try:
        sent = parse(SituationSent, form)
        who = asking(person, person.acting_as(*WORKS_IN_ROOM), at=wiring.clock.now())
        wiring.situation_reports.save(incident_no, sent.n, sent.seen, sent.title, sent.text, who)
    except (BadInput, Refused, Conflict, NotAllowed, NotFound) as refusal:
        return _list_page(request, wiring, person, incident_no, typed=typed, refusal=refusal)
    return see_other(f"/incidents/{incident_no}/situation/{sent.n}?done=1")


@router.get("/{n}.pdf")
def print_situation(request: Request, incident_no: str, n: int, person: Reader, wiring: Wired) -> Response:
    """A report on paper: as it was published, else its last version, marked as a draft."""
    with wiring.sessions() as session:
        incident, facts = _incident(session, wiring, incident_no)
        drafts = _drafts(session, incident, n)
    told = {"incident": incident, "draft": drafts[0], "published": _published(facts).get(n)}
    html = render(request, "duty/situation_paper.html", told)
    headers = {
        "Content-Disposition": f'inline; filename="{incident.incident_no}-situation-{n}.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(as_pdf(html), media_type="application/pdf", headers=headers)


@router.get("/{n}")
def show_report(request: Request, incident_no: str, n: int, person: Reader, wiring: Wired) -> Response:
    """A report with its versions; until it is published it is edited here."""
    return _report_page(request, wiring, person, incident_no, n)


@router.post("/{n}/publish")
def publish_report(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, incident_no: str, n: int, form: FormSent, person: Writer, wiring: Wired
) -> Response:
    """Put the last version into the record."""
    try:
        sent = parse(SituationSent, form)
        who = asking(person, person.acting_as(*WORKS_IN_ROOM), at=wiring.clock.now())
        wiring.situation_reports.publish(incident_no, n, sent.seen, who)
    except (BadInput, Refused, Conflict, NotAllowed) as refusal:
        return _report_page(request, wiring, person, incident_no, n, refusal=refusal)
    return see_other(f"/incidents/{incident_no}/situation/{n}?done=1")


def _list_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    incident_no: str,
    *,
    typed: Mapping[str, str] | None = None,
    refusal: CitygridError | None = None,
) -> Response:
    now = wiring.clock.now()
    with wiring.sessions() as session:
        incident, facts = _incident(session, wiring, incident_no)
        drafts = list_drafts(session, incident.id)
        n = max((one.n for one in drafts), default=0) + 1
        fresh = _draft(session, incident, facts, n, now)
    last = {one.n: one for one in reversed(drafts)}
    values = {"n": str(n), "seen": "0", "title": fresh.title, "text": fresh.text} | dict(typed or {})
    shown = _around(request, person, incident, facts) | {
        "reports": list(last.values())[::-1],
        "values": values,
        "refusal": refusal,
    }
    return page(request, "duty/situations.html", shown, status=status_of(refusal) if refusal else 200)


def _report_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    incident_no: str,
    n: int,
    *,
    refusal: CitygridError | None = None,
) -> Response:
    asked = parse(VersionAsked, request.query_params)
    with wiring.sessions() as session:
        incident, facts = _incident(session, wiring, incident_no)
        drafts = _drafts(session, incident, n)
    draft = next((one for one in drafts if asked.version in (None, one.version)), None)
    if draft is None:
        raise NoSuchSituation("没有这一版。请从列表重新打开。")
    shown = _around(request, person, incident, facts) | {
        "draft": draft,
        "versions": drafts,
        "is_last": draft.version == drafts[0].version,
        "refusal": refusal,
    }
    return page(request, "duty/situation.html", shown, status=status_of(refusal) if refusal else 200)


def _around(
    request: Request, person: Person, incident: Incident, facts: list[IncidentFact]
) -> dict[str, Any]:
    return {
        "places": places_of(person),
        "incident": incident,
        "published": _published(facts),
        "may_write": incident.state.stage in OPEN_STAGES and person.may_act_as(*WORKS_IN_ROOM),
        "done": request.query_params.get("done"),
    }


def _incident(session: Session, wiring: Wiring, incident_no: str) -> tuple[Incident, list[IncidentFact]]:
    incident = get_incident(session, wiring.plane, incident_no)
    return incident, list_facts(session, incident.id)


def _drafts(session: Session, incident: Incident, n: int) -> list[SituationDraft]:
    drafts = list_drafts(session, incident.id, min(max(n, 0), 999))
    if not drafts:
        raise NoSuchSituation("没有这一期快报。请从列表重新打开。")
    return drafts


def _published(facts: list[IncidentFact]) -> dict[int, IncidentFact]:
    return {one.body["situation_report"]["n"]: one for one in facts if "situation_report" in one.body}


def _draft(session: Session, incident: Incident, facts: list[IncidentFact], n: int, at: datetime) -> Draft:
    """What the record knows now; of what happened, what came after the last report."""
    activations = list_activations(session, incident.id)
    tasks = list_tasks(session, activations[0].id) if activations else []
    before = max((one.at for one in _published(facts).values()), default=None)
    lines = lines_of(one for one in facts if before is None or one.at > before)
    counts = {name: sum(one.state == state for one in tasks) for state, name in TASK_STATES.items()}
    return draft_situation(
        incident.state, picture_of(facts), lines, counts, n=n, at=at, is_drill=incident.is_drill
    )
