"""Places from words, in the town of six streets of tests/geocoding_town.py (metres from its middle)."""

import csv
from math import dist
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.geocoding.answers import Level
from gis_core.places import PlanePoint
from tests.geocoding_town import geocoder, town

with Path(__file__).with_name("地名.csv").open(encoding="utf-8", newline="") as file:
    SAID = [(row, row["because"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("row", [row for row, _ in SAID], ids=[because for _, because in SAID])
def test_what_people_say_is_found(row: dict[str, str]) -> None:
    best = geocoder().geocode(row["said"]).best
    wanted = float(row["easting_m"]), float(row["northing_m"])
    assert best is not None
    assert (best.level, dist(_xy(best.point), wanted) < 21) == (Level(row["level"]), True), best


def test_namesakes_are_told_and_not_guessed() -> None:
    answer = geocoder().geocode("阳光小区3号楼")
    assert (answer.outcome, len(answer.candidates)) == ("ambiguous", 2)
    assert answer.candidates[0].confidence < 0.6


def test_the_place_of_the_caller_decides_between_namesakes() -> None:
    answer = geocoder().geocode("阳光小区3号楼", near=PlanePoint(-100, 640))
    assert answer.best is not None
    assert answer.best.point.northing_m == 600


def test_the_other_namesake_says_why_it_lost() -> None:
    answer = geocoder().geocode("东仁堡社区阳光小区")
    assert "不在所说的东仁堡社区" in answer.candidates[1].lost


UNSURE = [
    ("经二路999号", "a number far beyond all plates"),
    ("红旗路幸福里小区", "an estate nobody knows, on a street that is known"),
    ("人民路新民路口", "streets that do not meet"),
]


@pytest.mark.parametrize(("said", "because"), UNSURE, ids=[row[-1] for row in UNSURE])
def test_a_doubtful_answer_is_not_confident(said: str, because: str) -> None:
    best = geocoder().geocode(said).best
    assert best is not None
    assert best.confidence < 0.8


NOWHERE = [
    "",
    "   ",
    "😀😀😀",
    "'; DROP TABLE grid.place;--",
    "12345",
    "没有的地方",
    "。，、",
    "a" * 10_000,
    "经" * 10_000,
]


@pytest.mark.parametrize("said", NOWHERE, ids=[said[:12] or "nothing" for said in NOWHERE])
def test_nonsense_is_not_found(said: str) -> None:
    answer = geocoder().geocode(said)
    assert (answer.outcome, answer.candidates) == ("not_found", ())
    assert answer.message


@given(st.text(max_size=120))
def test_any_text_is_answered_with_spans_that_lie_in_it(said: str) -> None:
    answer = geocoder().geocode(said)
    assert all(said[span.start : span.end] == span.text for span in answer.readings[0].spans)


WORDS = [
    "经二路",
    "红旗路",
    "阳光小区",
    "3号楼",
    "155号",
    "和",
    "十字",
    "往东50米",
    "邮局",
    "门口",
    "渭滨区",
    "，",
    "至",
    "段",
]


@given(st.lists(st.sampled_from(WORDS), max_size=9))
def test_any_order_of_words_is_answered_with_confidence_between_none_and_full(words: list[str]) -> None:
    answer = geocoder().geocode("".join(words))
    assert all(0 <= one.confidence <= 1 for one in answer.candidates)


def test_the_index_is_the_same_from_its_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("index")
    town().save(folder)
    loaded = type(town()).load(folder)
    assert loaded.tries["name"].keys() == town().tries["name"].keys()
    assert (loaded.version, len(loaded)) == (town().version, len(town()))


def _xy(point: PlanePoint) -> tuple[float, float]:
    return point.easting_m, point.northing_m
