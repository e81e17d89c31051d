"""A table of figures as it is frozen, printed and taken away: everything it says stands in it.

A sheet names its indicators, formulas, weights and grades itself, so that what was frozen can be read when
the city's file of formulas says something else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cases.evaluation.figures import Figure, FigureTable
from cases.rules.scoring import FormulaSet, Grade, Indicator

MINUTES = "disposed_minutes"


@dataclass(frozen=True, slots=True)
class SheetIndicator:
    """An indicator in words: its formula, weight, clause, and whether the clause is sourced or assumed.

    `unit` is pct for shares, hours for mean times, count for counts.
    """

    code: str
    name: str
    name_en: str
    formula: str
    weight_pct: float
    source: str
    status: str
    unit: str


@dataclass(frozen=True, slots=True)
class SheetScore:
    """A figure: counts, value, score of 100; None without a denominator."""

    numerator: int
    denominator: int | None
    value: float | None
    score: float | None
    is_small: bool


@dataclass(frozen=True, slots=True)
class SheetRow:
    """An object: its place among its family, total, grade and scores by indicator."""

    kind: str
    code: str
    name: str
    family: str
    place: int | None
    total: float | None
    grade: str | None
    is_small: bool
    scores: Mapping[str, SheetScore]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Method:
    """By what a sheet was made: name, version and source of the formulas, indicators by family, grades."""

    code: str
    name: str
    name_en: str
    source: str
    version: str
    in_force_from: str
    small_sample: int
    least_weight_pct: float
    families: Mapping[str, tuple[SheetIndicator, ...]]
    grades: tuple[Grade, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All objects of a kind, best first within each family."""

    kind: str
    method: Method
    rows: tuple[SheetRow, ...]

    def families(self) -> list[tuple[str, tuple[SheetIndicator, ...], list[SheetRow]]]:
        """The rows of each family with its indicators."""
        return [
            (family, indicators, mine)
            for family, indicators in self.method.families.items()
            if (mine := [row for row in self.rows if row.family == family])
        ]

    def grade_counts(self) -> list[tuple[Grade, int]]:
        """How many objects have each grade."""
        return [(one, sum(1 for row in self.rows if row.grade == one.code)) for one in self.method.grades]


def unit_of(indicator: Indicator) -> str:
    """In what an indicator's value is told."""
    if any(term.counter == MINUTES for term in indicator.numerator):
        return "hours"
    return "pct" if indicator.denominator else "count"


def method_of(formulas: FormulaSet) -> Method:
    """A set of formulas in words."""
    return Method(
        code=formulas.code,
        name=formulas.name,
        name_en=formulas.name_en,
        source=formulas.source,
        version=formulas.version,
        in_force_from=formulas.in_force_from.isoformat(),
        small_sample=formulas.small_sample,
        least_weight_pct=formulas.least_weight_pct,
        families={
            family: tuple(_indicator(one) for one in found) for family, found in formulas.families.items()
        },
        grades=formulas.grades,
    )


def _indicator(one: Indicator) -> SheetIndicator:
    return SheetIndicator(
        one.code, one.name, one.name_en, one.formula, one.weight_pct, one.source, one.status, unit_of(one)
    )


def sheet_of(table: FigureTable) -> Sheet:
    """A table of running figures as a sheet."""
    return Sheet(table.kind, method_of(table.formulas), tuple(row_of(one) for one in table.rows))


def row_of(one: Figure) -> SheetRow:
    """A figure as a row of a sheet; numbers are rounded here, once."""
    scores = {
        each.indicator.code: SheetScore(
            each.numerator, each.denominator, _rounded(each.value, 6), _rounded(each.score), each.is_small
        )
        for each in one.result.scores
    }
    grade = one.result.grade.code if one.result.grade else None
    return SheetRow(
        kind=one.kind,
        code=one.code,
        name=one.name,
        family=one.family,
        place=one.place,
        total=_rounded(one.total),
        grade=grade,
        is_small=one.result.is_small,
        scores=scores,
        counts=dict(sorted(one.counts.items())),
    )


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)


# -- as data ---------------------------------------------------------------------------------------------


def row_body(row: SheetRow) -> dict[str, Any]:
    """A row as it is kept."""
    told = asdict(row)
    return {name: value for name, value in told.items() if name not in ("kind", "code")}


def row_from(kind: str, code: str, body: Mapping[str, Any]) -> SheetRow:
    """A row that was kept."""
    scores = {name: SheetScore(**told) for name, told in body["scores"].items()}
    return SheetRow(**{**body, "kind": kind, "code": code, "scores": scores})


def method_body(method: Method) -> dict[str, Any]:
    """A method as it is kept."""
    told = asdict(method)
    families = {family: list(found) for family, found in told["families"].items()}
    return {**told, "families": families, "grades": list(told["grades"])}


def method_from(body: Mapping[str, Any]) -> Method:
    """A method that was kept."""
    families = {
        family: tuple(SheetIndicator(**one) for one in found) for family, found in body["families"].items()
    }
    return Method(**{**body, "families": families, "grades": tuple(Grade(**one) for one in body["grades"])})


def sheet_from(kind: str, method: Mapping[str, Any], bodies: Mapping[str, Mapping[str, Any]]) -> Sheet:
    """A sheet that was frozen; `bodies` by the objects' codes."""
    return Sheet(
        kind, method_from(method), _ordered(row_from(kind, code, body) for code, body in bodies.items())
    )


def _ordered(rows: Iterable[SheetRow]) -> tuple[SheetRow, ...]:
    found: Sequence[SheetRow] = list(rows)
    last = len(found) + 1
    return tuple(sorted(found, key=lambda row: (row.family, row.place or last, row.code)))
