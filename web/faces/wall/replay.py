"""Replay: a span of the past on the wall, from facts alone; where people were for a purpose, and logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from cases.as_it_was import AsItWas, find_first_report, read_as_it_was
from cases.rules.deadlines import LIGHT_NAMES
from cases.rules.stages import STAGE_NAMES, action_label
from gis_core.clock import city_time
from grid.positions.replaying import list_calls_then, read_ways
from grid.positions.tracks import PURPOSES, Look
from web.accounts.guards import requires
from web.accounts.people import Person
from web.faces.views import case_no_parts
from web.filters import SEES_WALL
from web.forms import parse
from web.list_files import Line, ListFile, file_response
from web.movers_told import SEES_FIELD
from web.rendering import page
from web.wall_replay import (
    SPEEDS,
    Naming,
    ReplayAsked,
    Span,
    as_script,
    need_kept,
    read_span,
    read_speed,
    told_facts,
    told_ways,
)
from web.wiring import Wired, Wiring
from web.words import choose_language
from web.workbooks import workbook_response

router = APIRouter(prefix="/wall/replay")
Viewer = Annotated[Person, requires(*SEES_WALL, "auditor")]
Leader = Annotated[Person, requires(*SEES_FIELD)]
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
HEADINGS = (
    "时间", "案卷号", "类型", "社区", "步骤", "由谁", "原阶段", "新阶段", "亮灯", "部门", "阶段到期",
    "示意数据",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an address asks for, read and checked."""

    said: ReplayAsked
    span: Span
    speed: int


def _read(request: Request, wiring: Wiring) -> _Asked:
    said = parse(ReplayAsked, request.query_params)
    return _Asked(said, read_span(said, wiring.clock.now()), read_speed(said))


@router.get("")
def show_replay(request: Request, person: Viewer, wiring: Wired, style: str = "night") -> Response:
    """The page of a replay, `from` a moment `to` another at a `speed`; the last whole hour without a word.

    :raises BadReplay: and its like, for a span that cannot be replayed.
    """
    asked = _read(request, wiring)
    with wiring.sessions() as session:
        need_kept(asked.span, find_first_report(session))
    sees_field = person.may_act_as(*SEES_FIELD)
    purpose = asked.said.purpose if sees_field and asked.said.purpose in PURPOSES else ""
    shown = {
        "is_night": style != "day",
        "span": asked.span,
        "speed": asked.speed,
        "speeds": SPEEDS,
        "purposes": PURPOSES if sees_field else {},
        "purpose": purpose,
        "written": [part.partition("=")[2] for part in asked.span.query.split("&")],
        "districts": [
            {"code": one.code, "name": one.name, "box": one.box} for one in wiring.wall_figures.districts()
        ],
    }
    return page(request, "wall/replay.html", shown)


@router.get("/facts.json")
def get_facts(request: Request, person: Viewer, wiring: Wired) -> Response:
    """How every case stood when the span began, and what happened in it; no name or place of a call for help.

    :raises TooMuchHappened: for more than one replay holds, and what the page raises.
    """
    asked = _read(request, wiring)
    with wiring.sessions() as session:
        was = _read_cases(wiring, session, asked.span)
        calls = list_calls_then(session, wiring.plane, since=asked.span.since, until=asked.span.until)
    stale_after_s = wiring.movers.limits_at(asked.span.since).stale_after_s
    told = told_facts(was, calls, asked.span, _naming(request, wiring), stale_after_s=stale_after_s)
    return Response(as_script(told), media_type="application/json", headers=HEADERS)


@router.get("/ways.json")
def get_ways(request: Request, person: Leader, wiring: Wired) -> Response:
    """Where everybody was in the span, and who called for help where; a look at each is logged first.

    :raises TrackPurposeMissing: without a purpose of the list.
    """
    asked = _read(request, wiring)
    look = Look(person.id, person.name, person.acting_as(*SEES_FIELD), asked.said.purpose)
    stale_after_s = wiring.movers.limits_at(asked.span.since).stale_after_s
    with wiring.sessions.begin() as session:
        ways = read_ways(
            session, wiring.plane, look, since=asked.span.since, until=asked.span.until,
            at=wiring.clock.now(), stale_after_s=stale_after_s,
        )  # fmt: skip
    kept_days = wiring.movers.rules.days_on(city_time(asked.span.since).date())["thinned"]
    told = told_ways(ways, asked.span, at=wiring.clock.now(), kept_days=kept_days)
    return Response(as_script(told), media_type="application/json", headers=HEADERS)


@router.get("/steps.csv")
def export_steps(request: Request, person: Viewer, wiring: Wired) -> Response:
    """Everything that happened in the span, each step with the light after it; no place of anybody."""
    asked = _read(request, wiring)
    naming = _naming(request, wiring)
    return file_response("csv", _file(wiring, asked.span, naming), say=naming.say, at=asked.span.since)


@router.get("/steps.xlsx")
def export_workbook(request: Request, person: Viewer, wiring: Wired) -> Response:
    """The same as a workbook."""
    asked = _read(request, wiring)
    naming = _naming(request, wiring)
    return workbook_response(_file(wiring, asked.span, naming), say=naming.say, at=asked.span.since)


def _file(wiring: Wiring, span: Span, naming: Naming) -> ListFile:
    with wiring.sessions() as session:
        was = _read_cases(wiring, session, span)
    headings = [naming.say(one) for one in HEADINGS]
    return ListFile("replay", naming.say("回放"), headings, [_lines(was, naming)])


def _read_cases(wiring: Wiring, session: Session, span: Span) -> AsItWas:
    need_kept(span, find_first_report(session))
    return read_as_it_was(session, wiring.plane, since=span.since, until=span.until, types=wiring.type_names)


def _naming(request: Request, wiring: Wiring) -> Naming:
    language = choose_language(request)
    names = wiring.wall_figures.names()
    return Naming(
        say=wiring.words.translator(language),
        types_en={(one.kind, one.code): one.name_en for one in wiring.catalogue.types if one.name_en},
        types=wiring.type_names,
        communities=names.divisions,
        organisations=names.organisations,
        is_english=language == "en",
    )


def _lines(was: AsItWas, naming: Naming) -> Sequence[Line]:
    found = []
    for step in was.steps:
        one, stood = was.cases[step.case], step.stood
        cells = [
            _moment(step.at), case_no_parts(one.case_no), naming.type_name(one),
            naming.communities.get(one.community_code, ""), naming.say(action_label(step.action)),
            naming.post(step), naming.say(STAGE_NAMES[step.from_stage]) if step.from_stage else "",
            naming.say(STAGE_NAMES[stood.stage]), naming.say(LIGHT_NAMES[stood.light(step.at)]),
            naming.department(stood.department_code),
            _moment(stood.due_at) if stood.due_at else "",
            naming.say("是") if one.is_synthetic else "",
        ]  # fmt: skip
        found.append(Line(cells, {}, "null", one.is_synthetic))
    return found


def _moment(at: datetime) -> str:
    return f"{city_time(at):%Y-%m-%d %H:%M:%S}"
