"""Figures of a period: every object of a kind with its counts, scores, grade and place; and what-if."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from cases.evaluation.formulas import Formulas, family_of
from cases.evaluation.reading import (
    PlaceFacts,
    count_persons,
    list_person_names,
    read_places,
    sum_days,
    sum_periods,
)
from cases.rules.counting import POSTS
from cases.rules.periods import Period, months_of
from cases.rules.scoring import FormulaSet, Result, Size, evaluate, rank
from cases.rules.stages import ROLE_NAMES
from grid.organisations import list_organisations
from grid.reading import list_division_names

TREND_PERIODS = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """One object of a table: who it is, what was counted, what that comes to, its place among its kind.

    `family` names the formulas that hold for it; places are counted within a family.
    """

    kind: str
    code: str
    name: str
    family: str
    counts: Mapping[str, int]
    result: Result
    place: int | None = None

    @property
    def total(self) -> float | None:
        """The total of 100; None where nothing can be said."""
        return self.result.total


@dataclass(frozen=True, slots=True)
class FigureTable:
    """All objects of a kind in a period, best first; those without a total last.

    `shown` is the part of the period that is over: obligations of today are counted when today is.
    """

    kind: str
    period: Period
    shown: Period
    formulas: FormulaSet
    rows: tuple[Figure, ...]

    def find(self, code: str) -> Figure | None:
        """The row of an object."""
        return next((one for one in self.rows if one.code == code), None)

    @property
    def families(self) -> tuple[str, ...]:
        """The families of formulas in the table, in order."""
        return tuple(
            dict.fromkeys(one.family for one in sorted(self.rows, key=lambda one: _order(one.family)))
        )


def _order(family: str) -> int:
    return POSTS.index(family) if family in POSTS else 0


@dataclass(frozen=True, slots=True)
class Evaluating:
    """What evaluation asks beside counts, read once for a page: names, sizes of places, people of posts."""

    names: Mapping[str, Mapping[str, str]]
    places: PlaceFacts
    formulas: Formulas

    @classmethod
    def read(cls, session: Session, formulas: Formulas, districts: Sequence[str]) -> "Evaluating":
        """Read it; of places those of the city's districts."""
        places = read_places(session)
        divisions = {
            code: name for code, name in list_division_names(session).items() if code[:6] in set(districts)
        }
        names: dict[str, dict[str, str]] = {
            level: {code: name for code, name in divisions.items() if len(code) == digits}
            for level, digits in (("district", 6), ("subdistrict", 9), ("community", 12))
        }
        with_grids = {
            level: {code[:digits] for code in places.land_uses} for level, digits in _DIGITS.items()
        }
        names = {
            level: {c: n for c, n in found.items() if c in with_grids[level]}
            for level, found in names.items()
        }
        names["unit_grid"] = {
            code: f"{divisions.get(code[:12], code[:12])} {code[12:]}" for code in places.land_uses
        }
        names["responsibility_grid"] = {
            duty: f"{divisions.get(duty[:9], duty[:9])} {duty[9:]}"
            for duty in sorted(filter(None, places.duties.values()))
        }
        names["department"] = {one.code: one.short_name or one.name for one in list_organisations(session)}
        names["post"] = {post: ROLE_NAMES[post] for post in POSTS}
        names["person"] = {number: name for number, (name, _) in list_person_names(session).items()}
        return cls(names, places, formulas)

    def name_of(self, kind: str, code: str) -> str:
        """What an object is called; its code when nobody knows."""
        return self.names[kind].get(code.rpartition(":")[2], code)

    def table(
        self, session: Session, kind: str, period: Period, *, today: date, formulas: FormulaSet | None = None
    ) -> FigureTable:
        """Every object of a kind in a period; places though nothing happened there, others with counts."""
        shown = shown_part(period, today)
        sums = sum_days(session, kind, shown)
        chosen = formulas or self.formulas.in_force(shown.last)
        codes = {*sums, *(self.names[kind] if kind in _EVERY_ONE else ())}
        sizes = self._sizes(session, kind, shown)
        rows = [
            self._figure(
                kind,
                code,
                sums.get(code, {}),
                chosen,
                replace(sizes.get(code, Size()), months=months_of(shown)),
            )
            for code in sorted(codes)
        ]
        return FigureTable(kind, period, shown, chosen, ranked(rows))

    def empty(self, table: FigureTable, code: str) -> Figure:
        """The figure of an object that nothing was counted for; its place is none."""
        return self._figure(table.kind, code, {}, table.formulas, Size(months=months_of(table.shown)))

    def again(self, table: FigureTable, formulas: FormulaSet, session: Session) -> FigureTable:
        """The same counts by other formulas."""
        sizes = self._sizes(session, table.kind, table.shown)
        rows = [
            self._figure(
                table.kind,
                one.code,
                one.counts,
                formulas,
                replace(sizes.get(one.code, Size()), months=months_of(table.shown)),
            )
            for one in table.rows
        ]
        return replace(table, formulas=formulas, rows=ranked(rows))

    def trends(
        self, session: Session, table: FigureTable, codes: Sequence[str], *, today: date
    ) -> dict[str, list[tuple[Period, float | None]]]:
        """The totals of some objects over time, the oldest first: see `trend_periods`.

        Each by the formulas of the table, so that a line shows work and not formulas.
        """
        periods = trend_periods(table.shown if table.period.kind == "year" else table.period)
        shown = [shown_part(one, today) for one in periods]
        sums = sum_periods(session, table.kind, codes, shown)
        sizes = self._sizes(session, table.kind, table.shown)
        found: dict[str, list[tuple[Period, float | None]]] = {}
        for code in codes:
            found[code] = [
                (
                    one,
                    _total_of(table, code, counts, replace(sizes.get(code, Size()), months=months_of(part))),
                )
                for one, part, counts in zip(periods, shown, sums[code], strict=True)
            ]
        return found

    def _figure(
        self, kind: str, code: str, counts: Mapping[str, int], formulas: FormulaSet, size: Size
    ) -> Figure:
        family = family_of(kind, code)
        return Figure(
            kind, code, self.name_of(kind, code), family, counts, evaluate(formulas, family, counts, size)
        )

    def _sizes(self, session: Session, kind: str, shown: Period) -> dict[str, Size]:
        """What each object's counts are set against, but for months."""
        match kind:
            case "unit_grid":
                first = self.formulas.first_land_uses
                return {
                    code: Size(grid_class="first" if use in first else "second")
                    for code, use in self.places.land_uses.items()
                }
            case "responsibility_grid":
                return {code: Size(grids=n) for code, n in self.places.count_duties().items()}
            case "community" | "subdistrict" | "district":
                return {code: Size(grids=n) for code, n in self.places.count_below(_DIGITS[kind]).items()}
            case "post":
                return {post: Size(people=n) for post, n in count_persons(session, shown).items()}
            case _:
                return {}


_DIGITS = {"district": 6, "subdistrict": 9, "community": 12}
_EVERY_ONE = ("district", "subdistrict", "community", "responsibility_grid", "unit_grid")


def trend_periods(period: Period) -> list[Period]:
    """The twelve periods that end with this one; of a year, its months.

    >>> [one.key for one in trend_periods(Period.parse("2026"))][::11]
    ['2026-01', '2026-12']
    """
    if period.kind == "year":
        months = range(1, period.last.month + 1)
        return [Period.holding("month", period.first.replace(month=n)) for n in months]
    periods = [period]
    while len(periods) < TREND_PERIODS:
        periods.insert(0, periods[0].before())
    return periods


def shown_part(period: Period, today: date) -> Period:
    """The days of a period that are over; of one that begins today or later, its first day."""
    return period.until(today - timedelta(days=1))


def ranked(rows: Sequence[Figure]) -> tuple[Figure, ...]:
    """Rows with their places, best first within each family."""
    placed: list[Figure] = []
    for family in dict.fromkeys(sorted({one.family for one in rows}, key=_order)):
        mine = [one for one in rows if one.family == family]
        places = rank({one.code: one.total for one in mine})
        with_places = [replace(one, place=places.get(one.code)) for one in mine]
        placed += sorted(with_places, key=lambda one: (one.place or len(mine) + 1, one.code))
    return tuple(placed)


def _total_of(table: FigureTable, code: str, counts: Mapping[str, int], size: Size) -> float | None:
    if not counts:
        return None
    return evaluate(table.formulas, family_of(table.kind, code), counts, size).total
