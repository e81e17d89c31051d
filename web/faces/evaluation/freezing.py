"""Frozen periods: freeze, sign, and see what has changed in the cases since."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from cases.evaluation.freezing import (
    MAY_FREEZE,
    MAY_SIGN,
    Difference,
    NotYourSignature,
    differences,
    frozen_sheet,
)
from cases.evaluation.reading import EvaluationFact, list_evaluation_facts
from cases.evaluation.sheets import Sheet, SheetIndicator, SheetRow, sheet_of
from cases.rules.counting import COUNTER_TITLES
from cases.rules.periods import Period
from gis_core.errors import CitygridError, Conflict, Refused
from web.accounts.guards import FormSent, asking, requires
from web.accounts.people import Person
from web.evaluation_work import (
    ROWS,
    SEES_ALL,
    freezing_of,
    read_evaluating,
    read_question,
    today_of,
    told_value,
)
from web.faces.evaluation.pages import shared
from web.forms import parse
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/evaluation")
Office = Annotated[Person, requires(*SEES_ALL)]


class StepSent(BaseModel):
    """The form that freezes or signs a period."""

    model_config = ConfigDict(extra="ignore")

    period: str = Field(max_length=12, title="时段")
    kind: str = Field(default="department", max_length=20, title="对象")
    note: str = Field(default="", max_length=500, title="说明")


@router.get("/frozen")
def show_frozen(request: Request, person: Office, wiring: Wired) -> Response:
    """What was frozen of a period, who signed it, and where running figures say something else now."""
    return _page(request, wiring, person)


@router.post("/frozen/freeze")
def freeze_period(request: Request, form: FormSent, person: Office, wiring: Wired) -> Response:
    """Freeze a period that is over."""
    return _take_step(request, form, person, wiring, action="freeze")


@router.post("/frozen/sign")
def sign_period(request: Request, form: FormSent, person: Office, wiring: Wired) -> Response:
    """Sign a frozen period."""
    return _take_step(request, form, person, wiring, action="sign")


def _take_step(request: Request, form: FormSent, person: Person, wiring: Wiring, *, action: str) -> Response:
    sent = parse(StepSent, form)
    freezing, period = freezing_of(wiring), Period.parse(sent.period)
    by = _asking(person, MAY_FREEZE if action == "freeze" else MAY_SIGN, wiring.clock.now())
    step = freezing.freeze if action == "freeze" else freezing.sign
    try:
        step(period, by, sent.note)
    except (Refused, Conflict) as refusal:
        return _page(request, wiring, person, sent=sent, refusal=refusal)
    return see_other(f"/evaluation/frozen?{urlencode({'kind': sent.kind, 'period': period.key})}")


def _asking(person: Person, roles: tuple[str, ...], at: datetime) -> Any:
    """The person in the post that may; NotYourSignature when there is none."""
    if not person.may_act_as(*roles):
        raise NotYourSignature("冻结由值班长或领导办理，签发由领导办理。")
    return asking(person, person.acting_as(*roles), at=at)


def _page(
    request: Request,
    wiring: Wiring,
    person: Person,
    *,
    sent: StepSent | None = None,
    refusal: CitygridError | None = None,
) -> Response:
    words = {"period": sent.period, "kind": sent.kind} if sent else {}
    query = request.query_params if sent is None else type(request.query_params)(words)
    asked = read_question(query, person, today_of(wiring))
    with wiring.sessions() as session:
        shown = shared(session, wiring, person, asked)
        frozen = next((one for one in shown["frozen"] if one.action == "freeze"), None)
        signed = next((one for one in shown["frozen"] if one.action == "sign"), None)
        sheet, changed = _sheets(session, wiring, frozen, shown) if frozen else (None, {})
        every = list_evaluation_facts(session)
    rows = list(sheet.rows[asked.skip : asked.skip + ROWS]) if sheet else []
    told: dict[str, Any] = {
        "refusal": refusal,
        "frozen_fact": frozen,
        "signed_fact": signed,
        "sheet": sheet,
        "parts": _parts(sheet, rows),
        "changed": changed,
        "every": _periods(every),
        "note": sent.note if sent else "",
        "is_over": asked.period.last < today_of(wiring),
        "may_freeze": person.may_act_as(*MAY_FREEZE),
        "may_sign": person.may_act_as(*MAY_SIGN),
        "titles": COUNTER_TITLES,
        "told_value": told_value,
        "count": len(sheet.rows) if sheet else 0,
        "first_row": asked.skip + 1,
        "last_row": asked.skip + len(rows),
        "rows_a_page": ROWS,
    }
    return page(request, "evaluation/frozen.html", shown | told, status=422 if refusal else 200)


def _sheets(
    session: Session, wiring: Wiring, fact: EvaluationFact, shown: dict[str, Any]
) -> tuple[Sheet, dict[str, Difference]]:
    asked = shown["asked"]
    frozen = frozen_sheet(session, fact, asked.kind)
    table = read_evaluating(session, wiring).table(session, asked.kind, asked.period, today=today_of(wiring))
    return frozen, {one.code: one for one in differences(frozen, sheet_of(table))}


def _parts(
    sheet: Sheet | None, rows: list[SheetRow]
) -> list[tuple[str, tuple[SheetIndicator, ...], list[SheetRow]]]:
    """The rows of the page by family, with the indicators of each."""
    if sheet is None:
        return []
    part = Sheet(sheet.kind, sheet.method, tuple(rows))
    return part.families()


def _periods(facts: list[EvaluationFact]) -> list[tuple[Period, EvaluationFact, EvaluationFact | None]]:
    """Every frozen period with its signature, the latest first."""
    signed = {one.period: one for one in facts if one.action == "sign"}
    frozen = [one for one in facts if one.action == "freeze"]
    return [(Period.parse(one.period), one, signed.get(one.period)) for one in reversed(frozen)]
