"""Pages of evaluation: the ranking with its map, one object explained, the cases behind a count."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from cases.evaluation.figures import Evaluating, Figure, FigureTable
from cases.evaluation.reading import MOST_CASES, find_counted, list_counted, list_evaluation_facts
from cases.rules.counting import COUNTER_TITLES, COUNTERS, DEEDS
from cases.rules.periods import Period, months_of
from cases.rules.scoring import Score, get_set
from web.accounts.guards import requires
from web.accounts.people import Person
from web.evaluation_work import (
    MAPPED,
    ROWS,
    VIEWERS,
    NoSuchEvaluated,
    Question,
    formulas_of,
    grade_counts,
    is_hours,
    kinds_of,
    need_counter,
    need_kind,
    need_sees,
    periods_around,
    read_evaluating,
    read_question,
    sees,
    sees_all,
    today_of,
    value_text,
)
from web.faces.evaluation.charts import Line, floor_of, line_of
from web.faces.queues import places_of
from web.rendering import page
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/evaluation")
Viewer = Annotated[Person, requires(*VIEWERS)]
Trend = Sequence[tuple[Period, float | None]]


@router.get("")
def show_evaluation(request: Request, person: Viewer, wiring: Wired) -> Response:
    """The ranking of a kind of object in a period, with trends and, for places, their map."""
    asked = read_question(request.query_params, person, today_of(wiring))
    with wiring.sessions() as session:
        shown = shared(session, wiring, person, asked)
        evaluating = read_evaluating(session, wiring)
        table = evaluating.table(session, asked.kind, asked.period, today=today_of(wiring))
        rows = list(table.rows)
        if asked.is_worst_first:
            rows.sort(key=lambda one: (one.total is None, one.total))
        part = rows[asked.skip : asked.skip + ROWS]
        trends = evaluating.trends(session, table, [one.code for one in part], today=today_of(wiring))
        shown |= _rows(table, part, person, trends) | _span(asked, len(part), len(rows))
    return page(
        request, "evaluation/table.html", shown | {"table": table, "grade_counts": grade_counts(table)}
    )


@router.get("/values.json")
def get_values(request: Request, person: Viewer, wiring: Wired) -> Response:
    """Grade, total and name of every place of a kind, for its map."""
    asked = read_question(request.query_params, person, today_of(wiring))
    with wiring.sessions() as session:
        evaluating = read_evaluating(session, wiring)
        table = evaluating.table(session, asked.kind, asked.period, today=today_of(wiring))
    grades = [{"code": one.code, "name": one.name, "colour": one.colour} for one in table.formulas.grades]
    places = {one.code: [grade_code(one), one.total and round(one.total, 1), one.name] for one in table.rows}
    told = {"kind": asked.kind, "period": asked.period.key, "grades": grades, "places": places}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


@router.get("/formulas")
def show_formulas(request: Request, person: Viewer, wiring: Wired) -> Response:
    """A set of formulas: indicators, weights, bands and grades, each with its clause."""
    formulas = formulas_of(wiring.city)
    wanted = request.query_params.get("set")
    chosen = get_set(formulas.sets, wanted) if wanted else formulas.in_force(today_of(wiring))
    told = {"places": places_of(person), "sets": formulas.sets, "chosen": chosen, "notes": formulas.notes}
    return page(request, "evaluation/formulas.html", told)


@router.get("/{kind}/{code}")
def show_object(request: Request, kind: str, code: str, person: Viewer, wiring: Wired) -> Response:
    """One object: every figure with its formula, clause, counts and weights; its trend."""
    need_sees(person, need_kind(kind), code)
    asked = read_question(_with_kind(request, kind), person, today_of(wiring))
    with wiring.sessions() as session:
        shown = shared(session, wiring, person, asked)
        evaluating = read_evaluating(session, wiring)
        table = evaluating.table(session, kind, asked.period, today=today_of(wiring))
        row = table.find(code) or _empty_row(evaluating, table, kind, code)
        trend = evaluating.trends(session, table, [code], today=today_of(wiring))[code]
    peers = sum(1 for one in table.rows if one.family == row.family and one.place)
    return page(
        request,
        "evaluation/object.html",
        shown
        | {
            "table": table,
            "row": row,
            "peers": peers,
            "trend": line_of(trend, floor_of([trend]), is_wide=True),
            "points": trend,
            "months": months_of(table.shown),
            "counters": [name for name in COUNTERS if row.counts.get(name)],
            "titles": COUNTER_TITLES,
        },
    )


@router.get("/{kind}/{code}/cases")
def show_counted_cases(
    *, request: Request, kind: str, code: str, person: Viewer, wiring: Wired, counter: str = "filed"
) -> Response:
    """The cases behind a count of an object, with the day on which each counted."""
    need_sees(person, need_kind(kind), code)
    asked = read_question(_with_kind(request, kind), person, today_of(wiring))
    shown_days = asked.period.until(_yesterday(wiring))
    with wiring.sessions() as session:
        shown = shared(session, wiring, person, asked)
        evaluating = read_evaluating(session, wiring)
        found = list_counted(
            session, kind, code, need_counter(counter), shown_days, skip=asked.skip, most=MOST_CASES + 1
        )
        name = evaluating.name_of(kind, code)
    deed = DEEDS[COUNTERS[counter] // 2]
    return page(
        request,
        "evaluation/cases.html",
        shown
        | {
            "code": code,
            "name": name,
            "counter": counter,
            "title": COUNTER_TITLES[counter],
            "cases": found[:MOST_CASES],
            "has_more": len(found) > MOST_CASES,
            "most": MOST_CASES,
            "deed": deed,
            "types": wiring.cases.types,
        },
    )


def shared(session: Session, wiring: Wiring, person: Person, asked: Question) -> dict[str, Any]:
    """What every page of evaluation shows: rail, kinds, periods, what is counted and what frozen."""
    return {
        "places": places_of(person),
        "asked": asked,
        "kinds": kinds_of(person),
        "periods": periods_around(asked.period),
        "counted": find_counted(session),
        "frozen": list_evaluation_facts(session, asked.period.key),
        "sees_all": sees_all(person),
        "is_mapped": asked.kind in MAPPED,
        "yesterday": _yesterday(wiring),
        "value_text": value_text,
        "is_hours": is_hours,
        "drill_parts": drill_parts,
    }


def drill_parts(score: Score) -> Sequence[tuple[str, int, str]]:
    """The counters of a figure, each with its sign, numerator first, denominator after it."""
    indicator = score.indicator
    return [
        *((term.counter, term.sign, "numerator") for term in indicator.numerator),
        *((term.counter, term.sign, "denominator") for term in indicator.denominator),
    ]


def _rows(
    table: FigureTable, part: Sequence[Figure], person: Person, trends: Mapping[str, Trend]
) -> dict[str, Any]:
    """The rows of the page that is asked for, by family, with their lines."""
    floor = floor_of(trends.values())
    lines: dict[str, Line] = {code: line_of(points, floor) for code, points in trends.items()}
    families = [(family, [one for one in part if one.family == family]) for family in table.families]
    return {
        "families": [(family, mine) for family, mine in families if mine],
        "lines": lines,
        "seen": {one.code for one in part if sees(person, table.kind, one.code)},
    }


def _span(asked: Question, shown: int, count: int) -> dict[str, int]:
    """Which rows of how many a page shows."""
    return {
        "count": count,
        "first_row": asked.skip + 1,
        "last_row": asked.skip + shown,
        "rows_a_page": ROWS,
    }


def _empty_row(evaluating: Evaluating, table: FigureTable, kind: str, code: str) -> Figure:
    """The row of an object that has no counts in the period.

    :raises NoSuchEvaluated: when nobody knows it.
    """
    if evaluating.name_of(kind, code) == code or (kind == "person" and ":" not in code):
        raise NoSuchEvaluated("没有这个评价对象，请从排名中选择。")
    return evaluating.empty(table, code)


def _with_kind(request: Request, kind: str) -> QueryParams:
    """The query with the kind of object that the path names."""
    kept = [pair for pair in request.query_params.multi_items() if pair[0] != "kind"]
    return QueryParams([*kept, ("kind", kind)])


def _yesterday(wiring: Wiring) -> date:
    return today_of(wiring) - timedelta(days=1)


def grade_code(one: Figure) -> str:
    """The grade of an object, or nothing."""
    return one.result.grade.code if one.result.grade else ""
