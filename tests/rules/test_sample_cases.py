"""What sample reports say, and the criterion they are filed under, belong together."""

from datetime import date
from pathlib import Path

import pytest

from cases.sample_cases.habits import HABITS, Habit, choose_criterion, find_criterion
from grid.catalogue import Catalogue
from grid.city import City

CATALOGUE = Catalogue.load(City.load(Path(__file__).parents[2] / "data" / "baoji"), date(2026, 11, 1))
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
