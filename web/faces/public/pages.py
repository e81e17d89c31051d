"""Public pages: the map, a report without an account, following it by number and code."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from cases.following import PublicCase, find_public_case
from cases.publishing import PublishedCase, PublishedFilter, list_published
from cases.rules.commands import Reopen
from cases.rules.joining import MOST_REOPENINGS, REOPENED_WITHIN
from cases.rules.reasons import REASONS
from cases.rules.stages import OPEN_STAGES
from emergency.warnings.reading import list_in_force
from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from web import throttle
from web.accounts.guards import CurrentVisitor, FormSent, open_to_all, visitor_asking
from web.accounts.pages import home_of
from web.accounts.people import Visitor
from web.errors import status_of
from web.faces.public.following import followed
from web.faces.reporting import joined_no, new_form, send_form, send_join
from web.faces.sheets import place_names
from web.filters import DESKS
from web.forms import parse
from web.rendering import page, see_other
from web.reporters import keep_follow, read_reporter_follow, reporter_channels
from web.reports import LookAlikesAsked, find_look_alikes
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter()
Anyone = Annotated[Visitor, open_to_all]
RECENT = 12


@router.get("/")
def show_home(request: Request, visitor: Anyone, wiring: Wired) -> Response:
    """The city's map with what is being handled, and the two things most people come for."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        rows = list_published(session, PublishedFilter(), limit=RECENT, types=wiring.cases.types)
        recent = [_shown(row, place_names(session, wiring, row.grid_code)) for row in rows]
        warnings = list_in_force(session, at)
    shown = {"recent": recent, "home": home_of(visitor.person), "now": at, "warnings": warnings}
    return page(request, "public/home.html", shown)


@router.get("/map")
def show_map(request: Request, visitor: Anyone, theme: str = "") -> Response:
    """The map as a page of its own; `?theme=night` is for the wall: dark, large, without tools."""
    is_desk = visitor.person is not None and visitor.person.may_act_as(*DESKS)
    shown = {
        "is_night": theme == "night",
        "cases": "cases" if is_desk else "public-cases",
        "home": home_of(visitor.person),
    }
    return page(request, "public/map.html", shown)


@router.get("/report", dependencies=[open_to_all])
def show_report_form(request: Request, wiring: Wired) -> Response:
    """Four questions: where, what, a picture, anything else."""
    shown = {"form": new_form(wiring.catalogue), "reporter_channels": reporter_channels(wiring)}
    return page(request, "public/report.html", shown)


@router.post("/report")
def send_report(request: Request, form: FormSent, visitor: Anyone, wiring: Wired) -> Response:
    """Take the report in; a refused form comes back with what was in it and what to do."""
    at = wiring.clock.now()
    try:
        follow = read_reporter_follow(form, choose_language(request))
        if joined_no(form):
            joined = send_join(wiring, visitor, form)
            keep_follow(wiring, joined.case_no, joined.track_code, follow, at)
            return see_other(f"/report/done?no={joined.case_no}&code={joined.track_code}&joined=1")
        receipt = send_form(wiring, visitor, form)
    except (BadInput, Refused, Conflict) as refusal:
        return _refused(request, wiring, form, refusal)
    keep_follow(wiring, receipt.case_no, receipt.track_code, follow, at)
    return see_other(f"/report/done?no={receipt.case_no}&code={receipt.track_code}")


@router.get("/report/done", dependencies=[open_to_all])
def show_receipt(request: Request, no: str = "", code: str = "", joined: str = "") -> Response:
    """Number and code to keep; prints."""
    return page(request, "public/done.html", {"case_no": no[:20], "code": code[:12], "is_joined": joined})


@router.get("/report/similar")
def show_look_alikes(request: Request, visitor: Anyone, wiring: Wired) -> Response:
    """Cases that may be the problem of a report under way: a part of a page, empty when there is none.

    Strangers learn what, how far and since when; words and pictures are for posts that see every case.
    """
    throttle.spend(wiring.sessions, throttle.LOOK_ALIKES_BY_ADDRESS, visitor.address, at=wiring.clock.now())
    person = visitor.person
    is_staff = person is not None and person.may_act_as("inspector", *DESKS)
    asked = parse(LookAlikesAsked, request.query_params)
    alikes = find_look_alikes(wiring, asked, is_public=not is_staff)
    open_ones = [one for one in alikes if one.case.stage in OPEN_STAGES]
    return page(request, "parts/look_alikes.html", {"alikes": open_ones, "is_staff": is_staff})


@router.post("/track/reopen")
def reopen_case(request: Request, form: FormSent, visitor: Anyone, wiring: Wired) -> Response:
    """The reporter says that it is not solved, by number and code."""
    sent = {name: str(form.get(name, "")) for name in ("no", "code", "reason_code", "reason")}
    no, code, reason = sent["no"], sent["code"], sent["reason"]
    at = wiring.clock.now()
    throttle.need_left(wiring.sessions, throttle.WRONG_CODES_BY_ADDRESS, visitor.address, at=at)
    with wiring.sessions() as session:
        found = find_public_case(session, no[:40], code[:12], types=wiring.cases.types)
    if found is None:
        throttle.spend(wiring.sessions, throttle.WRONG_CODES_BY_ADDRESS, visitor.address, at=at)
        return see_other("/track")
    wish = Reopen(reason[:4000], sent["reason_code"][:24])
    try:
        wiring.cases.perform(found.merged_into or found.case_no, wish, visitor_asking(at=at), None)
    except (BadInput, Refused) as refusal:
        shown = _tracked(request, wiring, found, code) | {"refusal": refusal, "typed": reason}
        return page(request, "public/track.html", shown, status=status_of(refusal))
    return see_other(f"/track?no={found.case_no}&code={code[:12]}")


@router.get("/track", dependencies=[open_to_all])
def track_report(
    *, request: Request, visitor: CurrentVisitor, wiring: Wired, no: str = "", code: str = ""
) -> Response:
    """How far a report has come, in plain words, for who knows its number and code."""
    found = None
    case_no = "".join(no.split())[:20]
    if case_no and code:
        with wiring.sessions() as session:
            found = find_public_case(session, case_no, code[:12], types=wiring.cases.types)
        if found is None:
            at = wiring.clock.now()
            throttle.spend(wiring.sessions, throttle.WRONG_CODES_BY_ADDRESS, visitor.address, at=at)
    if found is not None:
        return page(request, "public/track.html", _tracked(request, wiring, found, code))
    is_unknown = bool(case_no and code)
    shown = {"found": None, "case_no": case_no, "code": code[:12], "is_unknown": is_unknown}
    return page(request, "public/track.html", shown, status=404 if is_unknown else 200)


def _tracked(request: Request, wiring: Wiring, found: PublicCase, code: str) -> dict[str, object]:
    """What the page of a case shows its reporter, and whether it may be opened again."""
    at, own = wiring.clock.now(), code.strip().upper()[:12]
    with wiring.sessions() as session:
        told = followed(session, wiring, found, own, language=choose_language(request))
    is_soon = found.closed_at is not None and at <= found.closed_at + REOPENED_WITHIN
    may_reopen = found.stage == "done" and is_soon and found.reopen_count < MOST_REOPENINGS
    with wiring.sessions() as session:
        names = place_names(session, wiring, found.unit_grid_code)
    return {
        "found": found,
        "where": " ".join(names[-2:]),
        "case_no": found.case_no,
        "code": code[:12],
        "may_reopen": may_reopen,
        "reasons": REASONS["reopen"],
        **told,
    }


def _refused(request: Request, wiring: Wired, form: FormSent, refusal: CitygridError) -> Response:
    status = 400 if isinstance(refusal, BadInput) else 422
    shown = {
        "form": new_form(wiring.catalogue, form, refusal),
        "reporter_channels": reporter_channels(wiring),
    }
    return page(request, "public/report.html", shown, status=status)


def _shown(row: PublishedCase, names: tuple[str, ...]) -> dict[str, object]:
    """A case as the public may see it: what and roughly where, and the words written for everybody."""
    return {
        "type": row,
        "type_code": row.type_code,
        "where": " ".join(names[-2:]),
        "stage": row.stage,
        "public_text": row.public_text,
        "reported_at": row.reported_at,
    }
