"""What sample reports say, and the criterion they are filed under, belong together."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cases.evidence_rules import load_field_rules
from cases.photos import PhotoStore
from cases.rules.angles import between_deg
from cases.rules.on_site import stand
from cases.sample_cases.habits import HABITS, Habit, choose_criterion, find_criterion
from cases.sample_cases.pictures import Eyes, draw_pictures
from grid.catalogue import Catalogue
from grid.city import City
from tests.case_city import JINGER_ROAD

CITY = City.load(Path(__file__).parents[2] / "data" / "baoji")
CATALOGUE = Catalogue.load(CITY, date(2026, 11, 1))
SAID = [(habit, words) for habit in HABITS for words in habit.words]
OPEN = [(h, w) for h, w in SAID if len(CATALOGUE.criteria_of(h.kind, h.type_code)) > 1]


@pytest.mark.parametrize(("habit", "words"), OPEN, ids=lambda value: value if isinstance(value, str) else "")
def test_where_a_type_has_several_criteria_the_words_choose_one(habit: Habit, words: str) -> None:
    assert find_criterion(words, CATALOGUE.criteria_of(habit.kind, habit.type_code)) is not None


@pytest.mark.parametrize(
    ("type_code", "words", "part"),
    [
        pytest.param("02014", "信号灯倒计时故障", "破损", id="a fault is no dirt"),
        pytest.param("01002", "污水井盖松动，车辆经过有异响", "松动", id="what rattles is loose"),
        pytest.param("01004", "雨水箅子堵塞", "堵塞", id="what is blocked is not missing"),
        pytest.param("04002", "行道树枯死", "枯死", id="a dead tree has not fallen"),
    ],
)
def test_a_report_is_filed_under_what_it_says(type_code: str, words: str, part: str) -> None:
    assert part in choose_criterion(words, CATALOGUE.criteria_of("component", type_code)).condition


RULES = load_field_rules(CITY, date(2026, 9, 18))


@pytest.fixture
def eyes(tmp_path: Path) -> Eyes:
    return Eyes(draw_pictures(PhotoStore(tmp_path)), RULES, np.random.default_rng(1))


@pytest.mark.parametrize("verdict", ["on_site", "unknown", "vague"])
def test_positions_of_samples_are_of_every_sort_and_none_is_refused(eyes: Eyes, verdict: str) -> None:
    fence = RULES.fences.steps["reply_recheck"]
    stood = [stand(eyes.position(JINGER_ROAD), fence, RULES.fences.most_accuracy_m) for _ in range(200)]
    assert verdict in {one.verdict for one in stood} <= {"on_site", "unknown", "vague"}


@pytest.mark.parametrize(("role", "n"), [("inspector", 2), ("public", 1), ("operator", 0)])
def test_who_reports_shows_what_the_post_shows(eyes: Eyes, role: str, n: int) -> None:
    assert len(eyes.problem(role)) == n


def test_a_result_mostly_looks_the_way_of_the_problem(eyes: Eyes) -> None:
    pairs = [
        (before, eyes.result(before, "result")) for before in (eyes.problem("inspector") for _ in range(200))
    ]
    angles = [
        between_deg(a[0].direction, b[0].direction) for a, b in pairs if a[0].direction and b[0].direction
    ]
    assert 0.75 < sum(angle < 45 for angle in angles) / len(angles) < 1
