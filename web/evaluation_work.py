"""What pages, files and maps of evaluation share: who may see what, which object and period is asked for."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from cases.evaluation.counting import KINDS
from cases.evaluation.figures import Evaluating, FigureTable
from cases.evaluation.formulas import KIND_NAMES, PLACE_KINDS, Formulas, load_formulas
from cases.evaluation.freezing import Freezing
from cases.evaluation.sheets import unit_of
from cases.rules.counting import COUNTERS
from cases.rules.periods import PERIOD_NAMES, Period, PeriodKind
from cases.rules.scoring import Indicator, Score
from gis_core.clock import city_time
from gis_core.errors import NotAllowed, NotFound
from grid.city import City
from web.accounts.people import Person
from web.wiring import Wiring

SEES_ALL = ("leader", "duty_chief", "auditor")
SEES_OWN = ("department",)
VIEWERS = (*SEES_ALL, *SEES_OWN)
MAPPED = ("unit_grid", "responsibility_grid", "community", "subdistrict", "district")
ROWS = 100


class NoSuchEvaluated(NotFound):
    """There is no such kind of object, object or count in the evaluation."""

    code = "no_such_evaluated"


class NotYourEvaluation(NotAllowed):
    """The figures behind a ranking belong to another department."""

    code = "not_your_evaluation"


@lru_cache(maxsize=4)
def _formulas(folder: Path, changed_ns: int) -> Formulas:
    return load_formulas(City.load(folder))


def formulas_of(city: City) -> Formulas:
    """The city's formulas, read again when the file has changed."""
    return _formulas(city.folder, (city.folder / "evaluation.yaml").stat().st_mtime_ns)


def freezing_of(wiring: Wiring) -> Freezing:
    """Freezing and signing, on this process's database."""
    return Freezing(wiring.sessions, wiring.city, formulas_of(wiring.city))


@dataclass(frozen=True, slots=True)
class Question:
    """What an address asks: a kind of object, a period, from which row and in which order."""

    kind: str
    period: Period
    skip: int
    is_worst_first: bool

    def query(self, **changes: str | int | None) -> str:
        """The question as an address carries it, with some parts changed."""
        told: dict[str, str | int | None] = {
            "kind": self.kind,
            "period": self.period.key,
            "order": "worst" if self.is_worst_first else None,
        }
        return urlencode({key: value for key, value in (told | changes).items() if value})


def read_question(query: QueryParams, person: Person, today: date) -> Question:
    """What is asked; without a word the departments of the month that ended last, or of this one from its
    fifth day.

    :raises NoSuchEvaluated, BadPeriod: when the address names nothing.
    """
    kind = query.get("kind") or "department"
    if kind not in KINDS:
        raise NoSuchEvaluated("没有这一类评价对象，请从列表中选择。")
    if not sees_all(person) and kind != "department":
        raise NotYourEvaluation("部门账号只能查看部门评价。其他对象由监督中心和领导查看。")
    skip = query.get("skip") or "0"
    return Question(
        kind=kind,
        period=Period.parse(query["period"]) if query.get("period") else default_period(today),
        skip=min(int(skip), 1_000_000) if skip.isascii() and skip.isdigit() and len(skip) < 8 else 0,
        is_worst_first=query.get("order") == "worst",
    )


def default_period(today: date) -> Period:
    """This month, or in its first days, when it says little yet, the one before.

    >>> default_period(date(2026, 11, 4)).key, default_period(date(2026, 11, 5)).key
    ('2026-10', '2026-11')
    """
    month = Period.holding("month", today)
    return month if today.day >= 5 else month.before()


def periods_around(period: Period) -> tuple[tuple[PeriodKind, str, str, bool], ...]:
    """The kinds of period, each with the key of the one that holds the end of `period`."""
    return tuple(
        (
            kind,
            name,
            period.key if kind == period.kind else Period.holding(kind, period.last).key,
            kind == period.kind,
        )
        for kind, name in PERIOD_NAMES.items()
    )


def sees_all(person: Person) -> bool:
    """Whether the person sees every figure; a department sees the ranking and its own figures."""
    return person.may_act_as(*SEES_ALL)


def sees(person: Person, kind: str, code: str) -> bool:
    """Whether the person sees the figures of an object, and the cases behind them."""
    return sees_all(person) or (kind == "department" and code == person.organisation_code)


def need_sees(person: Person, kind: str, code: str) -> None:
    """Refuse who may not see an object's figures.

    :raises NotYourEvaluation: for a department that asks for another's.
    """
    if not sees(person, kind, code):
        raise NotYourEvaluation("只能查看本部门的评价明细。其他部门的明细由监督中心和领导查看。")


def need_kind(kind: str) -> str:
    """The kind, when there is one of that name; NoSuchEvaluated else."""
    if kind not in KINDS:
        raise NoSuchEvaluated("没有这一类评价对象，请从列表中选择。")
    return kind


def need_counter(counter: str) -> str:
    """The counter, when there is one of that name; NoSuchEvaluated else."""
    if counter not in COUNTERS:
        raise NoSuchEvaluated("没有这一项统计数，请从列表中选择。")
    return counter


def kinds_of(person: Person) -> tuple[tuple[str, str], ...]:
    """The kinds of object a person may ask for, with their names."""
    return tuple(
        (kind, name) for kind, name in KIND_NAMES.items() if sees_all(person) or kind == "department"
    )


def read_evaluating(session: Session, wiring: Wiring) -> Evaluating:
    """Names, sizes and formulas for one page."""
    return Evaluating.read(session, formulas_of(wiring.city), wiring.city.districts)


def today_of(wiring: Wiring) -> date:
    """The day in the city."""
    return city_time(wiring.clock.now()).date()


def is_place(kind: str) -> bool:
    """Whether objects of the kind are on the ground."""
    return kind in PLACE_KINDS


def value_text(score: Score) -> str:
    """An indicator's value as tables show it: per cent, a count, hours; "–" without a denominator."""
    return told_value(unit_of(score.indicator), score.value, score.numerator)


def told_value(unit: str, value: float | None, numerator: int) -> str:
    """A value in its unit.

    >>> told_value("pct", 0.5, 3), told_value("hours", 90.0, 180), told_value("pct", None, 0)
    ('50.0%', '1.5', '–')
    """
    if value is None:
        return "–"
    match unit:
        case "hours":
            return f"{value / 60:.1f}"
        case "pct":
            return f"{100 * value:.1f}%"
        case _:
            return f"{numerator:,}"


def is_hours(indicator: Indicator) -> bool:
    """Whether an indicator is a mean of minutes, shown in hours."""
    return unit_of(indicator) == "hours"


def grade_counts(table: FigureTable) -> list[tuple[str, str, str, int]]:
    """Of each grade its code, names and how many objects have it."""
    return [
        (grade.code, grade.name, grade.name_en, sum(1 for one in table.rows if one.result.grade == grade))
        for grade in table.formulas.grades
    ]
