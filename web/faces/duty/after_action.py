"""The report on how an incident was handled: its text in versions, on paper, and what was found."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from emergency.rules.record.findings import SETTLES_FINDINGS, STATE_NAMES, STATES_FINDINGS
from emergency.rules.record.report import PLOT, PLOTS
from gis_core.errors import BadInput, CitygridError, Conflict, NotFound, Refused
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.after_action_work import (
    WRITES_REPORTS,
    AfterAction,
    read_after_action,
    settle_finding,
    state_finding,
    write_report,
)
from web.errors import status_of
from web.faces.queues import places_of
from web.incident_measures import plots_of
from web.incident_work import SEES_INCIDENTS
from web.paper import as_pdf
from web.rendering import page, render, see_other
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter()
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Writer = Annotated[Person, requires(*WRITES_REPORTS)]
States = Annotated[Person, requires(*STATES_FINDINGS)]
Settles = Annotated[Person, requires(*SETTLES_FINDINGS)]
REFUSALS = (BadInput, Refused, Conflict)


class NoSuchReportVersion(NotFound):
    """The report has no such version."""

    code = "no_such_report_version"


@router.get("/incidents/{incident_no}/after-action")
def show_report(
    request: Request, incident_no: str, person: Reader, wiring: Wired, version: int | None = None
) -> Response:
    """The newest version of the report, an older one, or the draft of the record, with the findings."""
    return _page(request, wiring, person, incident_no, version=version)


@router.get("/incidents/{incident_no}/after-action.pdf")
def print_report(
    request: Request, incident_no: str, person: Reader, wiring: Wired, version: int | None = None
) -> Response:
    """A version on paper, with the plots of the record; without one, the draft."""
    found = read_after_action(wiring, incident_no)
    kept = found.version(version)
    if version is not None and kept is None:
        raise NoSuchReportVersion("这份报告没有这一版。请从报告页面重新打开。")
    title, words = (kept.title, kept.words) if kept else (found.drafted.title, found.drafted.words)
    say = wiring.words.translator(choose_language(request))
    shown = {
        "incident": found.measured.incident,
        "title": title,
        "lines": _lines(words, plots_of(found.measured, say)),
        "kept": kept,
        "last": found.measured.facts[-1],
    }
    html = render(request, "duty/after_action_paper.html", shown)
    name = f"{incident_no}-{kept.version if kept else 0}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return Response(as_pdf(html), media_type="application/pdf", headers=headers)


@router.post("/incidents/{incident_no}/after-action")
def write(request: Request, incident_no: str, form: FormSent, person: Writer, wiring: Wired) -> Response:
    """Keep a new version; refused, the page has what was typed."""
    try:
        write_report(wiring, person, incident_no, form)
    except REFUSALS as refusal:
        return _page(request, wiring, person, incident_no, typed=_typed(form), refusal=refusal)
    return see_other(f"/incidents/{incident_no}/after-action?done=1")


@router.post("/incidents/{incident_no}/findings")
def state(request: Request, incident_no: str, form: FormSent, person: States, wiring: Wired) -> Response:
    """State a finding; refused, the page has what was typed."""
    try:
        state_finding(wiring, person, incident_no, form)
    except (*REFUSALS, NotFound) as refusal:
        return _page(request, wiring, person, incident_no, typed=_typed(form), refusal=refusal)
    return see_other(f"/incidents/{incident_no}/after-action?done=1#findings")


@router.post("/duty/findings/{finding_id}")
def settle(request: Request, finding_id: int, form: FormSent, person: Settles, wiring: Wired) -> Response:
    """Settle a finding by a version of its plan, or with a reason."""
    found = settle_finding(wiring, person, finding_id, form)
    return see_other(f"/duty/plans/{found.plan_code}?done=1#reviews")


def _page(
    request: Request,
    wiring: Wiring,
    person: Person,
    incident_no: str,
    *,
    version: int | None = None,
    typed: Mapping[str, str] | None = None,
    refusal: CitygridError | None = None,
) -> Response:
    found = read_after_action(wiring, incident_no)
    kept = found.version(version)
    if version is not None and kept is None:
        raise NoSuchReportVersion("这份报告没有这一版。请从报告页面重新打开。")
    shown = {
        "places": places_of(person),
        "incident": found.measured.incident,
        "found": found,
        "kept": kept,
        "values": _values(found, version) | dict(typed or {}),
        "may_write": person.may_act_as(*WRITES_REPORTS),
        "may_state": person.may_act_as(*STATES_FINDINGS),
        "triggers": wiring.responses.book.rules.review_triggers,
        "departments": wiring.responses.book.staff.organisations,
        "state_names": STATE_NAMES,
        "refusal": refusal,
        "done": request.query_params.get("done"),
    }
    status = 200 if refusal is None else status_of(refusal)
    return page(request, "duty/after_action.html", shown, status=status)


def _values(found: AfterAction, version: int | None) -> dict[str, str]:
    kept = found.version(version)
    title, words = (kept.title, kept.words) if kept else (found.drafted.title, found.drafted.words)
    newest = found.versions[0].version if found.versions else 0
    return {"title": title, "words": words, "seen": str(newest)}


def _typed(form: FormSent) -> dict[str, str]:
    return {key: value for key, value in form.items() if isinstance(value, str) and key != "csrf"}


def _lines(words: str, plots: Mapping[str, Markup]) -> list[tuple[str, str, Markup | None]]:
    """The lines of a report as paper has them: headings, paragraphs, and a plot where its mark stands."""
    marks = {PLOT.format(name=name): code for code, name in PLOTS.items()}
    lines: list[tuple[str, str, Markup | None]] = []
    for line in words.splitlines():
        said = line.strip()
        if said in marks:
            plot = plots.get(marks[said])
            lines.append(("plot", PLOTS[marks[said]], plot))
        elif said:
            is_heading = said[0] in "一二三四五六七八九十" and said[1:2] == "、"
            lines.append(("heading" if is_heading else "words", said, None))
    return lines
