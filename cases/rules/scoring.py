"""Indicators, scores and grades from counts, by formulas that are dated data.

An indicator is a fraction of counts, or a count set against bands. Without a denominator there is no figure
("–"): the indicator is left out and the weights of the others are taken as shares of what is left.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from cases.rules.counting import COUNTER_TITLES
from gis_core.errors import BadInput, NotFound

Kind = Literal["rate", "inverse", "bands", "figure"]
Per = Literal["period", "month", "grid_month", "person_month"]
Counts = Mapping[str, int]
NO_FIGURE = "–"


class UnknownFormulas(NotFound):
    """There is no set of formulas of that name."""

    code = "unknown_formulas"


class BadWeights(BadInput):
    """Weights that no set can have: below nothing, or all nothing."""

    code = "bad_weights"


@dataclass(frozen=True, slots=True)
class Term:
    """A counter in a fraction; `sign` is -1 where it is taken off."""

    counter: str
    sign: int = 1

    @property
    def title(self) -> str:
        """The counter in Chinese."""
        return COUNTER_TITLES[self.counter]


@dataclass(frozen=True, slots=True)
class Band:
    """A score for values up to `most`; None is for all above the band before."""

    most: float | None
    score: float


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator of a kind of object: what it counts, how it scores, with what weight and by what source.

    `rate` scores a fraction as it is, `inverse` what it lacks to one, `bands` a count by bands; `figure` is
    shown and has no weight. `weight_pct` is its share of 100.
    """

    code: str
    name: str
    name_en: str
    kind: Kind
    numerator: tuple[Term, ...]
    denominator: tuple[Term, ...]
    weight_pct: float
    source: str
    status: str
    per: Per = "period"
    bands: Mapping[str, tuple[Band, ...]] | None = None

    @property
    def formula(self) -> str:
        """The formula in Chinese, as pages show it."""
        if not self.denominator:
            return _words(self.numerator)
        fraction = f"({_words(self.numerator)}) ÷ ({_words(self.denominator)})"
        return f"1 − {fraction}" if self.kind == "inverse" else fraction


def _words(terms: Sequence[Term]) -> str:
    words = [f"{' − ' if term.sign < 0 else ' + '}{term.title}" for term in terms]
    return "".join(words).removeprefix(" + ")


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade for totals from `lower` (included) up to the next; its colour is that of the map."""

    code: str
    lower: float
    name: str
    name_en: str
    colour: str


@dataclass(frozen=True, slots=True)
class FormulaSet:
    """Formulas in force from a day; `families` has the indicators of each kind of object.

    `is_draft` sets are for trying out and never come into force by themselves. Whose indicators with a figure
    carry less than `least_weight_pct` of the weight gets no total: a tenth says nothing of the whole.
    """

    code: str
    name: str
    name_en: str
    in_force_from: date
    source: str
    status: str
    is_draft: bool
    families: Mapping[str, tuple[Indicator, ...]]
    grades: tuple[Grade, ...]
    small_sample: int
    least_weight_pct: float
    version: str

    def with_weights(self, family: str, weights: Mapping[str, float]) -> "FormulaSet":
        """The same set with other weights in one family, for trying out.

        :raises BadWeights: when one is below zero or above 1000, or all are zero.
        """
        if any(not 0 <= weight <= 1000 for weight in weights.values()):
            raise BadWeights("权重应在 0 到 1000 之间，请改正。")
        changed = tuple(
            replace(one, weight_pct=weights.get(one.code, one.weight_pct)) for one in self.families[family]
        )
        if not any(one.weight_pct for one in changed):
            raise BadWeights("至少要有一项指标的权重大于零，请改正。")
        return replace(self, families={**self.families, family: changed}, is_draft=True)


def in_force(sets: Iterable[FormulaSet], on: date) -> FormulaSet:
    """The set in force on a day; the first one for days before it."""
    dated = sorted((one for one in sets if not one.is_draft), key=lambda one: one.in_force_from)
    return next((one for one in reversed(dated) if one.in_force_from <= on), dated[0])


def get_set(sets: Iterable[FormulaSet], code: str) -> FormulaSet:
    """The set of a name; UnknownFormulas when there is none."""
    for one in sets:
        if one.code == code:
            return one
    raise UnknownFormulas("没有这一套评价办法，请从列表中选择。")


@dataclass(frozen=True, slots=True)
class Size:
    """What counts are set against: months of the span, unit grids or people of the object, its class."""

    months: float = 1.0
    grids: float = 1.0
    people: float = 1.0
    grid_class: str = "second"

    def share(self, per: Per) -> float:
        """By how much a count is divided before bands are asked."""
        match per:
            case "period":
                return 1.0
            case "month":
                return self.months
            case "grid_month":
                return self.months * max(1.0, self.grids)
            case "person_month":
                return self.months * max(1.0, self.people)


@dataclass(frozen=True, slots=True)
class Score:
    """An indicator of an object: its counts, its value, its score, and what that adds to the total.

    `value` and `score` are None without a denominator. `share_pct` is the weight among those that have a
    score. `is_small` marks a denominator below the least sample.
    """

    indicator: Indicator
    numerator: int
    denominator: int | None
    value: float | None
    score: float | None
    share_pct: float
    is_small: bool

    @property
    def points(self) -> float | None:
        """What the indicator adds to the total."""
        return None if self.score is None else self.score * self.share_pct / 100


@dataclass(frozen=True, slots=True)
class Result:
    """An object's evaluation: every indicator, the total of 100, its grade; None where there are none."""

    scores: tuple[Score, ...]
    total: float | None
    grade: Grade | None
    is_small: bool
    left_out_pct: float

    def score_of(self, code: str) -> Score | None:
        """One indicator's score by its code."""
        return next((one for one in self.scores if one.indicator.code == code), None)


def evaluate(formulas: FormulaSet, family: str, counts: Counts, size: Size) -> Result:
    """The evaluation of one object from its counts; counters that are not named count zero."""
    found = [_score(one, counts, size, formulas.small_sample) for one in formulas.families[family]]
    weighed = sum(one.indicator.weight_pct for one in found if one.score is not None)
    all_weights = sum(one.indicator.weight_pct for one in found)
    scores = tuple(
        replace(
            one,
            share_pct=100 * one.indicator.weight_pct / weighed if one.score is not None and weighed else 0.0,
        )
        for one in found
    )
    is_enough = weighed > 0 and 100 * weighed >= formulas.least_weight_pct * all_weights
    total = sum(one.points or 0.0 for one in scores) if is_enough else None
    return Result(
        scores=scores,
        total=total,
        grade=None if total is None else grade_of(formulas.grades, total),
        is_small=any(one.is_small for one in scores if one.indicator.weight_pct),
        left_out_pct=100 * (1 - weighed / all_weights) if all_weights else 0.0,
    )


def _score(indicator: Indicator, counts: Counts, size: Size, least: int) -> Score:
    numerator = _sum(indicator.numerator, counts)
    if not indicator.denominator:
        value = numerator / size.share(indicator.per)
        score = _banded(indicator, value, size) if indicator.kind == "bands" else None
        return Score(indicator, numerator, None, value, score, 0.0, is_small=False)
    denominator = _sum(indicator.denominator, counts)
    if denominator <= 0:
        return Score(indicator, numerator, denominator, None, None, 0.0, is_small=True)
    value = numerator / denominator
    return Score(
        indicator, numerator, denominator, value, _rated(indicator, value), 0.0, is_small=denominator < least
    )


def _sum(terms: Sequence[Term], counts: Counts) -> int:
    return sum(term.sign * counts.get(term.counter, 0) for term in terms)


def _rated(indicator: Indicator, value: float) -> float | None:
    if indicator.kind == "figure":
        return None
    share = 1 - value if indicator.kind == "inverse" else value
    return 100 * min(1.0, max(0.0, share))


def _banded(indicator: Indicator, value: float, size: Size) -> float:
    bands = indicator.bands or {}
    chosen = bands.get(size.grid_class) or next(iter(bands.values()))
    return next(band.score for band in chosen if band.most is None or value <= band.most)


def grade_of(grades: Sequence[Grade], total: float) -> Grade:
    """The grade of a total; a total is rounded to a tenth first, as it is shown."""
    shown = round(total, 1)
    return max((one for one in grades if shown >= one.lower), key=lambda one: one.lower)


def rank(totals: Mapping[str, float | None]) -> dict[str, int]:
    """Places by total, best first; equal totals (as shown, to a tenth) share a place. Without a total: none.

    >>> rank({"a": 80.0, "b": 91.0, "c": 80.04, "d": None})
    {'b': 1, 'c': 2, 'a': 2}
    """
    order = sorted(((round(t, 1), t, key) for key, t in totals.items() if t is not None), reverse=True)
    places: dict[str, int] = {}
    last, place = None, 0
    for n, (shown, _, key) in enumerate(order, start=1):
        place = place if shown == last else n
        places[key], last = place, shown
    return places
