"""What if: other weights, or the draft of next year, on the cases of a period. Keeps nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.datastructures import QueryParams

from cases.evaluation.figures import Figure, FigureTable
from cases.rules.scoring import BadWeights, FormulaSet, get_set
from gis_core.errors import CitygridError
from web.accounts.guards import requires
from web.accounts.people import Person
from web.evaluation_work import ROWS, SEES_ALL, formulas_of, read_evaluating, read_question, today_of
from web.faces.evaluation.pages import shared
from web.rendering import page
from web.wiring import Wired

router = APIRouter(prefix="/evaluation")
Office = Annotated[Person, requires(*SEES_ALL)]
WEIGHT = "w."
"""What fields of weights begin with; the indicator's code follows."""


@dataclass(frozen=True, slots=True)
class Compared:
    """An object by the formulas in force and by those that are tried."""

    now: Figure
    tried: Figure

    @property
    def change(self) -> float | None:
        """By how much the total would change."""
        return (
            None if self.now.total is None or self.tried.total is None else self.tried.total - self.now.total
        )

    @property
    def climb(self) -> int | None:
        """How many places it would go up; below zero down."""
        return (
            None if self.now.place is None or self.tried.place is None else self.now.place - self.tried.place
        )


@router.get("/what-if")
def try_formulas(request: Request, person: Office, wiring: Wired) -> Response:
    """The ranking by the formulas in force beside the same counts by others."""
    today = today_of(wiring)
    asked = read_question(request.query_params, person, today)
    sets = formulas_of(wiring.city).sets
    refusal: CitygridError | None = None
    with wiring.sessions() as session:
        shown = shared(session, wiring, person, asked)
        evaluating = read_evaluating(session, wiring)
        table = evaluating.table(session, asked.kind, asked.period, today=today)
        family = _family(request.query_params, table)
        chosen = _chosen(request.query_params, sets, table.formulas)
        try:
            tried = chosen.with_weights(family, _weights(request.query_params, chosen, family))
        except BadWeights as problem:
            refusal, tried = problem, chosen
        again = evaluating.again(table, tried, session)
    compared = _compare(table, again, family)
    part = compared[asked.skip : asked.skip + ROWS]
    told: dict[str, Any] = {
        "table": table,
        "family": family,
        "families": table.families,
        "sets": sets,
        "chosen": chosen,
        "tried": tried,
        "weight_field": WEIGHT,
        "refusal": refusal,
        "rows": part,
        "count": len(compared),
        "first_row": asked.skip + 1,
        "last_row": asked.skip + len(part),
        "rows_a_page": ROWS,
        "kept_query": _kept(request.query_params),
        "moved": sum(1 for one in compared if one.climb),
        "regraded": sum(1 for one in compared if one.now.result.grade != one.tried.result.grade),
    }
    return page(request, "evaluation/what_if.html", shown | told, status=422 if refusal else 200)


def _family(query: QueryParams, table: FigureTable) -> str:
    """The family whose weights are tried: one of the table's, the first without a word."""
    wanted = query.get("family")
    there = table.families or ("place",)
    return wanted if wanted in there else there[0]


def _chosen(query: QueryParams, sets: Sequence[FormulaSet], in_force: FormulaSet) -> FormulaSet:
    """The set asked for; without a word the first draft, so that the page has something to say."""
    if query.get("set"):
        return get_set(sets, query["set"])
    return next((one for one in sets if one.is_draft), in_force)


def _weights(query: QueryParams, chosen: FormulaSet, family: str) -> dict[str, float]:
    """The weights sent for the set that is shown; those of another set are forgotten.

    :raises BadWeights: when one is no number.
    """
    if query.get("of") not in (None, chosen.code + ":" + family):
        return {}
    sent = {
        one.code: query[WEIGHT + one.code] for one in chosen.families[family] if query.get(WEIGHT + one.code)
    }
    try:
        return {code: float(words) for code, words in sent.items()}
    except ValueError:
        raise BadWeights("权重应是 0 到 1000 之间的数字，请改正。") from None


def _compare(table: FigureTable, again: FigureTable, family: str) -> list[Compared]:
    now = {one.code: one for one in table.rows if one.family == family}
    return [Compared(now[one.code], one) for one in again.rows if one.family == family]


def _kept(query: QueryParams) -> str:
    """The trial as an address carries it, for the next page of rows."""
    kept = [(name, value) for name, value in query.multi_items() if name not in ("skip", "lang")]
    return urlencode(kept)
