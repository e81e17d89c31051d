"""The JSON API, version 1: reports, cases and their steps, what is here, the catalogue and the workflow.

Signed-in browsers send `x-csrf-token`; whoever has no cookie of ours reports as the public.
"""

from dataclasses import asdict
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel, Field

from cases.arriving import Receipt
from cases.filtering import Cursor, Order
from cases.listing import list_cases
from cases.notices.follows import Follow
from cases.reading import CaseDetail, get_case
from cases.rules.deciding import Decision
from cases.rules.on_site import FIELD_ROLES
from cases.rules.reasons import REASONS
from cases.rules.stages import PUBLIC_STAGES, STAGE_NAMES, TRANSITIONS
from cases.similar import Alike
from cases.summaries import CaseSummary
from web import throttle
from web.accounts.guards import (
    Checked,
    CurrentVisitor,
    FormSent,
    open_to_all,
    open_without_visitor,
    requires,
    requires_person,
)
from web.accounts.people import Person, Visitor
from web.actions import ActionSent, perform
from web.api.form_docs import form_with_photos
from web.assignees import list_crews, list_inspectors
from web.contacts import masked_contact, reveal
from web.filters import DESKS, need_sight, read_filter, visible_to
from web.forms import parse
from web.possible import moves_of
from web.rendering import keep_visit
from web.reporters import keep_follow, read_sent_follow
from web.reports import (
    JoinSent,
    LookAlikesAsked,
    PlaceAsked,
    ReportSent,
    find_look_alikes,
    find_place_history,
    take_join,
    take_report,
)
from web.sent_photos import sent_photos
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter(prefix="/api/v1", tags=["v1"])

Signed = Annotated[Person, requires_person()]


@router.get("/me", dependencies=[open_to_all])
def get_me(request: Request, response: Response, visitor: CurrentVisitor, wiring: Wired) -> dict[str, Any]:
    """Who is signed in, the token that changes must carry, and what time it is here."""
    keep_visit(request, response)
    person = visitor.person
    shown = person and {
        "key": f"p{person.id}",
        "login": person.login,
        "name": person.name,
        "roles": sorted(person.roles),
        "organisation_code": person.organisation_code,
    }
    return {"person": shown, "csrf_token": visitor.csrf_token, "now": wiring.clock.now().isoformat()}


@router.post("/reports", status_code=201, dependencies=[Checked])
def create_report(
    request: Request,
    visitor: Annotated[Visitor, open_to_all],
    wiring: Wired,
    sent: Annotated[ReportSent, Body()],
) -> dict[str, Any]:
    """Report a problem without photos; the same answer again for the same `client_id`.

    `tell_by` (`sms`, `email`) has the reporter told of what becomes of it, at `contact_phone` or
    `contact_email`. Staff who file for somebody send `consent: "oral"` with it, else `consent_missing`; the
    first fact keeps channel and consent.
    """
    follow, consent = _follow_of(request, wiring, visitor, sent)
    receipt = take_report(wiring, visitor, sent, consent=consent)
    keep_follow(wiring, receipt.case_no, receipt.track_code, follow, wiring.clock.now())
    return receipt_as_json(receipt)


@router.post(
    "/reports/with-photos",
    status_code=201,
    openapi_extra=form_with_photos(ReportSent, "photos", "after_photos"),
)
def create_report_with_photos(
    request: Request, visitor: Annotated[Visitor, open_to_all], wiring: Wired, form: FormSent
) -> dict[str, Any]:
    """The same as a multipart form with up to five photos: `photos_near`, `photos_far` and `photos`; what was
    set right at once is shown by `after_photos` in the same way."""
    sent = parse(ReportSent, form)
    follow, consent = _follow_of(request, wiring, visitor, sent)
    receipt = take_report(
        wiring,
        visitor,
        sent,
        photos=sent_photos(form),
        after_photos=sent_photos(form, "after_photos"),
        consent=consent,
    )
    keep_follow(wiring, receipt.case_no, receipt.track_code, follow, wiring.clock.now())
    return receipt_as_json(receipt)


def _follow_of(
    request: Request, wiring: Wiring, visitor: Visitor, sent: ReportSent | JoinSent
) -> tuple[Follow | None, str]:
    """How the reporter is to be told, and the channel to which a caller agreed when staff file."""
    person = visitor.person
    is_for_caller = person is not None and person.may_act_as("inspector", "operator")
    language = choose_language(request)
    follow = read_sent_follow(wiring, sent, is_for_caller=is_for_caller, language=language)
    return follow, follow.channel if follow and is_for_caller else ""


@router.get("/reports/similar")
def get_look_alikes(
    request: Request, visitor: Annotated[Visitor, open_to_all], wiring: Wired
) -> dict[str, Any]:
    """Cases that may be the same problem as a report under way, the most alike first.

    Without an account: number, type, public stage, distance and age; posts that see every case get all of it.
    """
    throttle.spend(wiring.sessions, throttle.LOOK_ALIKES_BY_ADDRESS, visitor.address, at=wiring.clock.now())
    is_staff = visitor.person is not None and visitor.person.may_act_as("inspector", *DESKS)
    asked = parse(LookAlikesAsked, request.query_params)
    found = find_look_alikes(wiring, asked, is_public=not is_staff)
    return {"similar": [alike_as_json(one, is_staff=is_staff) for one in found]}


@router.post("/cases/{case_no}/join", status_code=201, dependencies=[Checked])
def join_case(
    case_no: str,
    request: Request,
    visitor: Annotated[Visitor, open_to_all],
    wiring: Wired,
    sent: Annotated[JoinSent, Body()],
) -> dict[str, Any]:
    """ "Me too": the case counts one more report; the same answer again for the same `client_id`.

    `tell_by`, `contact_email` and `consent` as of a report.
    """
    follow, consent = _follow_of(request, wiring, visitor, sent)
    joined = take_join(wiring, visitor, case_no, sent, consent=consent)
    keep_follow(wiring, joined.case_no, joined.track_code, follow, wiring.clock.now())
    return {"case_no": joined.case_no, "track_code": joined.track_code, "is_repeat": joined.is_repeat}


@router.get("/cases")
def get_cases(
    *,
    request: Request,
    person: Signed,
    wiring: Wired,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    order: Order = "newest",
) -> dict[str, Any]:
    """The cases the person may see, filtered as pages are, the newest or the most urgent first.

    `next` is the cursor of the next page in the same order.
    """
    wanted = visible_to(person, read_filter(request.query_params))
    at = wiring.clock.now()
    with wiring.sessions() as session:
        shown = list_cases(
            session,
            wanted,
            Cursor.decode(after) if after else None,
            limit,
            at=at,
            types=wiring.type_names,
            order=order,
        )
    cursor = shown.next_cursor
    return {
        "at": at,
        "cases": [summary_as_json(row) for row in shown.rows],
        "next": cursor.encode() if cursor else None,
    }


@router.get("/cases/at-place")
def get_cases_at_place(
    request: Request, person: Annotated[Person, requires("inspector", *DESKS)], wiring: Wired
) -> dict[str, Any]:
    """What was reported at a place or on a component in the last months, open and ended, of every type.

    `lon` and `lat` (degrees EPSG:4490), `component_code` or both; `within_m` metres (60, at most 500),
    `months` (6, at most 24). Those of the component first, then open ones, then the newest; at most 20.
    """
    found = find_place_history(wiring, parse(PlaceAsked, request.query_params))
    return {
        "is_cut": found.is_cut,
        "cases": [
            summary_as_json(one.case)
            | {
                "distance_m": None if one.distance_m is None else round(one.distance_m, 1),
                "is_on_component": one.is_on_component,
                "ended_at": one.ended_at,
                "outcome": one.outcome,
            }
            for one in found.rows
        ],
    }


@router.get("/cases/{case_no}")
def get_one_case(case_no: str, person: Signed, wiring: Wired) -> dict[str, Any]:
    """A case with its facts, its photos and the steps the person may take now."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        detail = get_case(session, case_no, at, types=wiring.type_names)
        need_sight(person, detail)
        proposal = wiring.cases.answering.propose(session, detail)
    return detail_as_json(detail, person, at) | {"proposal": proposal and asdict(proposal)}


@router.get("/cases/{case_no}/assignees")
def get_assignees(case_no: str, person: Signed, wiring: Wired) -> dict[str, Any]:
    """To whom the steps that are possible now may give the case: inspectors, the one to propose first, and
    crews. A list is empty where no step of the person asks for one.
    """
    at = wiring.clock.now()
    with wiring.sessions() as session:
        detail = get_case(session, case_no, at, types=wiring.type_names)
        need_sight(person, detail)
        actions = {edge.action for edge in moves_of(person, detail, at)}
        needs_inspector = bool(actions & {"send_verification", "send_recheck"})
        inspectors = list_inspectors(session, wiring, detail, at) if needs_inspector else ()
        crews = list_crews(session, person) if "assign" in actions else ()
    return {
        "inspectors": [
            {
                "id": one.id,
                "name": one.name,
                "is_own_grid": one.is_own_grid,
                "tasks": one.load.tasks,
                "seen_at": one.load.seen_at,
                "away_m": None if one.load.away_m is None else round(one.load.away_m),
            }
            for one in inspectors
        ],
        "crews": [{"id": one.id, "name": one.name} for one in crews],
    }


class PurposeSent(BaseModel):
    """What a contact is looked at for."""

    purpose: str = Field(max_length=24, title="目的")


@router.post("/cases/{case_no}/contact", dependencies=[Checked])
def reveal_contact(
    case_no: str, person: Signed, wiring: Wired, sent: Annotated[PurposeSent, Body()], response: Response
) -> dict[str, Any]:
    """The contacts of a case in full, for one of the purposes; the look is written down."""
    response.headers["Cache-Control"] = "no-store"
    found = reveal(wiring, person, case_no, sent.purpose)
    return {"contacts": [asdict(one) for one in found]}


@router.post("/cases/{case_no}/{action}", dependencies=[Checked])
def take_step(
    case_no: str, action: str, person: Signed, wiring: Wired, sent: Annotated[ActionSent, Body()]
) -> dict[str, Any]:
    """Take a step that needs no photo; refused with `stale_page` when the case has moved on."""
    return decision_as_json(perform(wiring, person, case_no, action, sent))


@router.post("/cases/{case_no}/{action}/with-photos", openapi_extra=form_with_photos(ActionSent, "photos"))
def take_step_with_photos(
    case_no: str, action: str, person: Signed, wiring: Wired, form: FormSent
) -> dict[str, Any]:
    """The same as a multipart form with up to five photos: `photos_near`, `photos_far` and `photos`."""
    sent = parse(ActionSent, form)
    return decision_as_json(perform(wiring, person, case_no, action, sent, photos=sent_photos(form)))


@router.get("/catalogue", dependencies=[open_without_visitor])
def get_catalogue(wiring: Wired) -> dict[str, Any]:
    """Types of components and matters in force, with their filing criteria."""
    catalogue = wiring.catalogue
    return {
        "edition": catalogue.edition,
        "types": [
            {
                "kind": one.kind,
                "code": one.code,
                "major_code": one.major_code,
                "major_name": one.major_name,
                "name": one.name,
                "name_en": one.name_en,
                "criteria": [
                    {
                        "code": criterion.code,
                        "condition": criterion.condition,
                        "limit": {"value": criterion.limit.value, "unit": criterion.limit.unit},
                        "source": criterion.source,
                    }
                    for criterion in catalogue.criteria_of(one.kind, one.code)
                ],
            }
            for one in catalogue.types
        ],
    }


@router.get("/evidence-rules", dependencies=[open_without_visitor])
def get_evidence_rules(wiring: Wired) -> dict[str, Any]:
    """What photos and positions from the street must show today: near and far, same angle, fences by step.

    `level` is ask (told when missing) or need (refused with `shot_missing`, inspectors only).
    """
    rules = wiring.cases.field_rules_on(wiring.clock.now())
    return {
        "version": rules.version,
        "near_and_far": [asdict(rule) for rule in rules.shots],
        "same_angle": rules.angle and asdict(rules.angle),
        "on_site": {
            "roles": FIELD_ROLES,
            "most_accuracy_m": rules.fences.most_accuracy_m,
            "steps": {step: asdict(fence) for step, fence in rules.fences.steps.items()},
        },
    }


@router.get("/transitions", dependencies=[open_without_visitor])
def get_transitions() -> dict[str, Any]:
    """The workflow: every row of the table, from `cases/rules/stages.py`."""
    return {
        "stages": STAGE_NAMES,
        "transitions": [
            {
                "no": edge.no,
                "action": edge.action,
                "label": edge.label,
                "from": list(edge.starts),
                "to": edge.end,
                "roles": list(edge.roles),
                "evidence": list(edge.evidence),
                "guard": edge.guard,
                "told": list(edge.told),
                "clocks": [{"clock": one.clock, "do": one.do} for one in edge.clocks],
                "reasons": REASONS.get(edge.action, {}) if "reason" in edge.evidence else {},
            }
            for edge in TRANSITIONS
        ],
    }


def alike_as_json(one: Alike, *, is_staff: bool) -> dict[str, Any]:
    """A case that may be the same problem; strangers learn neither words nor pictures."""
    case = one.case
    told = {
        "case_no": case.case_no,
        "kind": case.kind,
        "type_code": case.type_code,
        "type_name": case.type_name,
        "public_stage": PUBLIC_STAGES[case.stage],
        "reported_at": case.reported_at,
        "distance_m": round(one.distance_m, 1),
        "score": one.likeness.score,
        "reasons": one.likeness.reasons,
    }
    return told | {"case": summary_as_json(case)} if is_staff else told


def receipt_as_json(receipt: Receipt) -> dict[str, Any]:
    """What a reporter gets back."""
    return {
        "case_no": receipt.case_no,
        "track_code": receipt.track_code,
        "stage": receipt.stage,
        "unit_grid_code": receipt.unit_grid_code,
        "department_name": receipt.department_name,
        "is_repeat": receipt.is_repeat,
        "lon": receipt.place.lon_deg,
        "lat": receipt.place.lat_deg,
        "explanation": receipt.explanation,
    }


_TOLD = tuple(
    name for name in CaseSummary.__slots__ if name not in ("id", "reporter_id", "inspector_id", "crew_id")
)
_tell = attrgetter(*_TOLD)


def summary_as_json(row: CaseSummary) -> dict[str, Any]:
    """A row of a list: every field of it but internal numbers."""
    return dict(zip(_TOLD, _tell(row), strict=True))


def detail_as_json(detail: CaseDetail, person: Person, at: datetime) -> dict[str, Any]:
    """A case; the reporter's name and telephone only for the two centres, and with stars."""
    answer = summary_as_json(detail.summary) | {
        "criterion_code": detail.criterion_code,
        "component_code": detail.component_code,
        "public_text": detail.public_text,
        "limit": detail.limit and {"value": detail.limit.value, "unit": detail.limit.unit},
        "pulled_m": detail.pulled_m,
        "frame_version": detail.frame_version,
        "dispatched_at": detail.dispatched_at,
        "finished_at": detail.finished_at,
        "closed_at": detail.closed_at,
        "helping_codes": detail.helping_codes,
        "asked_from": detail.asked_from,
        "extension_count": detail.extension_count,
        "is_overdue_handled": detail.is_overdue_handled,
        "is_lateness_exempt": detail.is_lateness_exempt,
        "facts": [
            {
                "seq": fact.seq,
                "at": fact.at,
                "by": fact.by_name,
                "role": fact.by_role,
                "action": fact.action,
                "label": fact.label,
                "to_stage": fact.to_stage,
                "reason": fact.reason,
                "evidence": fact.body.get("evidence"),
            }
            for fact in detail.facts
        ],
        "photos": [
            {
                "sha256": photo.sha256,
                "role": photo.role,
                "shot": photo.shot,
                "taken_at": photo.taken_at,
                "distance_m": photo.distance_m,
                "direction_deg": photo.direction_deg,
                "is_direction_magnetic": photo.is_direction_magnetic,
            }
            for photo in detail.photos
        ],
        "steps": [
            {"action": edge.action, "label": edge.label, "evidence": list(edge.evidence)}
            for edge in moves_of(person, detail, at)
        ],
    }
    if (masked := masked_contact(person, detail)) is not None:
        answer |= {"contact_name": masked.name, "contact_phone": masked.phone}
    return answer


def decision_as_json(decision: Decision) -> dict[str, Any]:
    """Where a step has led, and why."""
    return {"stage": decision.stage, "reason": decision.reason}
