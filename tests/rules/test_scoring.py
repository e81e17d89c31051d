"""Scores, totals, grades and places by the city's formulas, as the evaluation office would work them out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.evaluation.formulas import BadFormulas, load_formulas
from cases.rules.counting import COUNTERS
from cases.rules.scoring import (
    BadWeights,
    FormulaSet,
    Size,
    UnknownFormulas,
    evaluate,
    get_set,
    grade_of,
    in_force,
    rank,
)
from gis_core.errors import BadInput
from tests.case_city import BAOJI, at, baoji

EXAMPLES = yaml.safe_load((Path(__file__).parent / "评价得分.yaml").read_text(encoding="utf-8"))
FORMULAS = load_formulas(baoji())
NOW = FORMULAS.sets[0]
FAMILIES = tuple(NOW.families)
SIZES = {"月数": "months", "网格数": "grids", "人数": "people"}
NONE = "–"


def size_of(example: dict[str, Any]) -> Size:
    told = {SIZES[name]: float(n) for name, n in example.get("折合", {}).items()}
    return Size(**told, grid_class=example.get("网格", "second"))


@pytest.mark.parametrize("example", EXAMPLES, ids=[one["因为"] for one in EXAMPLES])
def test_an_object_scores(example: dict[str, Any]) -> None:
    result = evaluate(NOW, example["对象"], example["统计数"], size_of(example))
    scores = {one.indicator.code: NONE if one.score is None else round(one.score, 3) for one in result.scores}
    total = NONE if result.total is None else round(result.total, 3)
    assert example["得分"].items() <= scores.items()
    assert (total, result.grade and result.grade.code) == (example["总分"], example.get("等级"))


@pytest.mark.parametrize(
    ("total", "grade", "because"),
    [
        (100.0, "A", "the best there is"),
        (90.0, "A", "the lower bound belongs to the grade"),
        (89.95, "A", "shown as 90.0, so it is an A"),
        (89.94, "B", "shown as 89.9"),
        (75.0, "B", "the lower bound of B"),
        (60.0, "C", "the lower bound of C"),
        (40.0, "D", "the lower bound of D"),
        (39.9, "E", "below every bound"),
        (0.0, "E", "nothing at all"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_total_has_its_grade(total: float, grade: str, because: str) -> None:
    assert grade_of(NOW.grades, total).code == grade


COUNTS = st.dictionaries(st.sampled_from(sorted(COUNTERS)), st.integers(0, 5000))


@given(st.sampled_from(FAMILIES), COUNTS, st.sampled_from(FORMULAS.sets), st.floats(0.03, 12))
@settings(deadline=None)
def test_no_score_leaves_nought_to_a_hundred(
    family: str, counts: dict[str, int], formulas: FormulaSet, months: float
) -> None:
    result = evaluate(formulas, family, counts, Size(months=months))
    told = [one.score for one in result.scores if one.score is not None] + [result.total or 0.0]
    assert min(told) >= 0
    assert max(told) <= 100 + 1e-9


@given(st.sampled_from(FAMILIES), COUNTS)
@settings(deadline=None)
def test_a_total_is_what_its_indicators_add(family: str, counts: dict[str, int]) -> None:
    result = evaluate(NOW, family, counts, Size())
    added = sum(one.points or 0.0 for one in result.scores)
    assert result.total is None or added == pytest.approx(result.total)
    assert result.total is None or sum(one.share_pct for one in result.scores) == pytest.approx(100)


@pytest.mark.parametrize(
    ("counts", "is_small", "because"),
    [
        ({"closed": 9, "disposed": 12}, True, "nine cases are few"),
        ({"closed": 10, "disposed": 10}, False, "ten are enough"),
        ({"closed": 10, "disposed": 10, "late_exempt": 1}, True, "what is exempt does not make it larger"),
        ({}, True, "none is the smallest sample"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_small_sample_is_marked(counts: dict[str, int], is_small: bool, because: str) -> None:
    assert evaluate(NOW, "department", counts, Size()).is_small is is_small


def test_equal_totals_share_a_place_and_none_has_none() -> None:
    assert rank({"a": 91.04, "b": 91.01, "c": 90.9, "d": None}) == {"a": 1, "b": 1, "c": 3}


@pytest.mark.parametrize(
    ("day", "code", "because"),
    [
        ("2026-11-20", "baoji-2025", "in force since 2025"),
        ("2024-01-01", "baoji-2025", "days before the first set go by the first"),
        ("2027-06-01", "baoji-2025", "drafts do not come into force by themselves"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_day_is_judged_by_the_set_in_force(day: str, code: str, because: str) -> None:
    assert FORMULAS.in_force(at(f"{day} 12:00").date()).code == code


def test_a_set_that_is_decided_comes_into_force_on_its_day() -> None:
    decided = [replace(one, is_draft=False) for one in FORMULAS.sets]
    day = decided[1].in_force_from
    assert in_force(decided, day).in_force_from == day
    assert in_force(decided, day.replace(year=day.year - 1)) is decided[0]


def test_next_year_s_weights_change_the_total_and_not_the_counts() -> None:
    counts = {"dispatched": 900, "closed": 40, "disposed": 40, "disposed_on_time": 40}
    now = evaluate(NOW, "department", counts, Size())
    tried = evaluate(get_set(FORMULAS.sets, "baoji-2027-draft"), "department", counts, Size())
    assert (now.total, tried.total) == (pytest.approx(94), pytest.approx(100))
    assert [one.numerator for one in now.scores] == [one.numerator for one in tried.scores]


def test_weights_that_do_not_add_up_are_taken_as_shares() -> None:
    twice = {one.code: 2 * one.weight_pct for one in NOW.families["department"]}
    counts = {"dispatched": 60, "closed": 9, "case_overdue": 1, "disposed": 10, "disposed_on_time": 7}
    tried = evaluate(NOW.with_weights("department", twice), "department", counts, Size())
    assert tried.total == pytest.approx(evaluate(NOW, "department", counts, Size()).total)


@pytest.mark.parametrize(
    ("weights", "because"),
    [
        ({"closed": -1.0}, "nothing weighs less than nothing"),
        ({"closed": float("nan")}, "no number"),
        ({"closed": 1e9}, "beyond all measure"),
        (dict.fromkeys(("dispatched", "closed", "disposed_on_time", "reworked"), 0.0), "nothing would count"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_weights_that_cannot_be_are_refused(weights: dict[str, float], because: str) -> None:
    with pytest.raises(BadWeights):
        NOW.with_weights("department", weights)


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(UnknownFormulas):
        get_set(FORMULAS.sets, "chengdu")


# the file


@pytest.mark.parametrize("formulas", FORMULAS.sets, ids=[one.code for one in FORMULAS.sets])
def test_weights_of_every_set_add_up_to_a_hundred(formulas: FormulaSet) -> None:
    sums = {family: sum(one.weight_pct for one in found) for family, found in formulas.families.items()}
    assert set(sums.values()) == {100}


def test_every_indicator_names_its_clause_and_what_is_ours_is_not_called_sourced() -> None:
    every = [one for formulas in FORMULAS.sets for found in formulas.families.values() for one in found]
    assert [one.name for one in every if not one.source] == []
    assert [one.name for one in every if "本项目假定" in one.source and one.status == "sourced"] == []


@pytest.mark.parametrize(
    ("old", "new", "because"),
    [
        ("numerator: [closed_on_time]", "numerator: [closed_in_time]", "a counter that nothing counts"),
        ("weight_pct: 30", "weight_pct: 31", "weights that do not add up"),
        ("[null, 0]]", "[2000, 0]]", "bands that end somewhere"),
        ("lower: 0,", "lower: 10,", "grades that do not reach nought"),
        ("is_draft: false", "is_draft: yes please", "a word that is no yes or no"),
        ("version: evaluation-1", "versions: evaluation-1", "a key that nobody knows"),
    ],
    ids=lambda value: value if isinstance(value, str) and "[" not in value and ":" not in value else "",
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path, old: str, new: str, because: str) -> None:
    whole = (
        (BAOJI / "evaluation.yaml")
        .read_text(encoding="utf-8")
        .replace("in_force_from: 2025-01-01\n", "in_force_from: 2025-01-01\n    is_draft: false\n")
    )
    assert old in whole
    (tmp_path / "evaluation.yaml").write_text(whole.replace(old, new), encoding="utf-8")
    city = baoji().model_copy()
    city._folder = tmp_path
    with pytest.raises((BadFormulas, BadInput)):
        load_formulas(city)


@pytest.mark.parametrize(
    ("family", "counts", "value", "because"),
    [
        ("dispatcher", {"dispatched": 40, "misdispatched": 3}, 0.075, "three went to a wrong department"),
        ("duty_chief", {"filed": 20, "voided": 1}, 0.05, "one was filed by mistake"),
        ("duty_chief", {}, None, "who filed nothing made no error and has no rate"),
    ],
)
def test_errors_of_a_post_are_a_figure_without_weight(
    family: str, counts: dict[str, int], value: float | None, because: str
) -> None:
    result = evaluate(NOW, family, counts, Size())
    (errors,) = [one for one in result.scores if one.indicator.code == "errors"]
    assert (errors.value, errors.score, errors.share_pct) == (value, None, 0)
    assert (errors.indicator.name, errors.indicator.status) == ("差错率", "assumed")
