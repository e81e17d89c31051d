"""The table of an evaluation to take away: workbook, paper, and a map that is one file."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from cases.evaluation.formulas import KIND_NAMES
from cases.evaluation.freezing import frozen_sheet
from cases.evaluation.reading import EvaluationFact, find_counted, list_evaluation_facts, list_shapes
from cases.evaluation.sheets import Sheet, sheet_of
from web.accounts.guards import requires
from web.accounts.people import Person
from web.evaluation_files import Taken, as_paper, as_workbook, told_state
from web.evaluation_map import BLANK, Shapes, draw_evaluation
from web.evaluation_work import (
    MAPPED,
    SEES_ALL,
    NoSuchEvaluated,
    Question,
    read_evaluating,
    read_question,
    today_of,
    told_value,
)
from web.faces.evaluation.charts import Drawing, draw_outlines
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter(prefix="/evaluation")
Office = Annotated[Person, requires(*SEES_ALL)]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a file is made of: the question, its sheet, and what froze and signed it."""

    asked: Question
    sheet: Sheet
    facts: tuple[EvaluationFact, ...]


@router.get("/table.xlsx")
def get_workbook(request: Request, person: Office, wiring: Wired) -> Response:
    """The table as a workbook; running figures, or with `?frozen=1` the frozen ones."""
    with wiring.sessions() as session:
        wanted = _wanted(request, person, wiring, session)
        taken = _taken(request, wiring, session, wanted)
    return _file(as_workbook(taken), XLSX, wanted, "xlsx")


@router.get("/table.pdf")
def get_paper(request: Request, person: Office, wiring: Wired) -> Response:
    """The table on paper, with the method behind it and, for places, the map before it."""
    with wiring.sessions() as session:
        wanted = _wanted(request, person, wiring, session)
        taken = _taken(request, wiring, session, wanted)
        is_mapped = wanted.asked.kind in MAPPED
        shapes = list_shapes(session, wanted.asked.kind) if is_mapped else {}
    told: dict[str, Any] = {
        "_": taken.say,
        "lang": choose_language(request),
        "city": wiring.city,
        "asked": wanted.asked,
        "facts": wanted.facts,
        "drawing": _drawing(wanted.sheet, shapes) if shapes else None,
        "told_value": told_value,
        "synthetic": wiring.map_facts().is_synthetic,
        "now": wiring.clock.now(),
    }
    return _file(as_paper(taken, wiring.templates, told), "application/pdf", wanted, "pdf")


@router.get("/map.html")
def get_map(request: Request, person: Office, wiring: Wired) -> Response:
    """The places by grade on one map file that opens without network."""
    with wiring.sessions() as session:
        wanted = _wanted(request, person, wiring, session)
        if wanted.asked.kind not in MAPPED:
            raise NoSuchEvaluated("部门、岗位和人员没有地图，请选区、街道、社区或网格。")
        taken = _taken(request, wiring, session, wanted)
        shapes = list_shapes(session, wanted.asked.kind)
    html = draw_evaluation(
        wanted.sheet, shapes, wanted.asked.period, city=wiring.city, on=today_of(wiring), state=taken.state
    )
    return _file(html.encode(), "text/html; charset=utf-8", wanted, "html")


def _wanted(request: Request, person: Person, wiring: Wiring, session: Session) -> Wanted:
    asked = read_question(request.query_params, person, today_of(wiring))
    facts = tuple(list_evaluation_facts(session, asked.period.key))
    frozen = next((one for one in facts if one.action == "freeze"), None)
    if request.query_params.get("frozen"):
        if frozen is None:
            raise NoSuchEvaluated("这个时段还没有冻结，请先冻结，或下载按现有案件计算的数字。")
        return Wanted(asked, frozen_sheet(session, frozen, asked.kind), facts)
    table = read_evaluating(session, wiring).table(session, asked.kind, asked.period, today=today_of(wiring))
    return Wanted(asked, sheet_of(table), ())


def _taken(request: Request, wiring: Wiring, session: Session, wanted: Wanted) -> Taken:
    language = choose_language(request)
    say = wiring.words.translator(language)
    counted = find_counted(session)
    period = wanted.asked.period
    name = period.name if language == "zh" else period.key
    title = say("{city}{kind}综合评价 · {period}", city=_city_name(wiring, language),
                kind=say(KIND_NAMES[wanted.asked.kind]), period=name)  # fmt: skip
    state = told_state(wanted.facts, counted.at if counted else None, say)
    return Taken(wanted.sheet, period, title, state, say, language == "en")


def _city_name(wiring: Wiring, language: str) -> str:
    return wiring.city.name if language == "zh" else f"{wiring.city.name_en}: "


def _file(content: bytes, media_type: str, wanted: Wanted, form: str) -> Response:
    asked = wanted.asked
    plain = f"evaluation-{asked.kind}-{asked.period.key}{'-frozen' if wanted.facts else ''}.{form}"
    name = f"{KIND_NAMES[asked.kind]}评价-{asked.period.key}{'-冻结' if wanted.facts else ''}.{form}"
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)


def _drawing(sheet: Sheet, shapes: Shapes) -> Drawing | None:
    """The places by grade, for paper."""
    colours = {one.code: one.colour for one in sheet.method.grades}
    drawn = [
        (shapes[row.code][0], colours.get(row.grade or "", BLANK)) for row in sheet.rows if row.code in shapes
    ]
    return draw_outlines(drawn) if drawn else None
