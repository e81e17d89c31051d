"""Places from words, in the town of six streets of tests/geocoding_town.py (metres from its middle)."""

import csv
from dataclasses import replace
from math import dist
from pathlib import Path

import marisa_trie
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.geocoding.answers import Level
from gis_core.geocoding.geocoder import Geocoder
from gis_core.geocoding.index_building import build_index
from gis_core.geocoding.shorthand import list_elided
from gis_core.places import PlanePoint
from tests.geocoding_town import AREAS, NORTH, SOUTH, divisions, geocoder, plates, streets, town

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


DISTRICTS = [
    ("渭滨区经二路73号", True, "a number between two plates lies where they do, whatever its street's pin"),
    ("金台区经二路73号", False, "and not in the other district"),
    ("渭滨区经二路与红旗路口", True, "a crossing lies where the doors around it do"),
    ("金台区经二路与红旗路口", False, "and not in the other district"),
    ("渭滨区红旗路", True, "a street leads through the district"),
    ("金台区红旗路", True, "and through the next one"),
    ("金台区新民路", False, "but not this one"),
]


@pytest.mark.parametrize(("said", "fits", "because"), DISTRICTS, ids=[row[-1] for row in DISTRICTS])
def test_a_district_that_was_said_must_hold_the_place(said: str, fits: bool, because: str) -> None:
    best = geocoder().geocode(said).best
    assert best is not None
    assert (best.confidence > 0.7, "不在所说的金台区" not in best.why) == (fits, fits)


def test_a_number_lies_where_its_neighbours_do_and_not_where_the_pin_of_its_street_stands() -> None:
    pinned_north = [replace(street, area_code=NORTH) for street in streets()]
    best = (
        Geocoder(build_index([*divisions(), *pinned_north, *plates()], AREAS, version="1"))
        .geocode("渭滨区经二路73号")
        .best
    )
    assert best is not None
    assert (best.confidence > 0.7, best.area_code) == (True, SOUTH)


def test_what_was_taken_back_is_told() -> None:
    best = geocoder().geocode("经二路153号，不对，是155号").best
    assert best is not None
    assert "说话人已改口，“153号”不计" in best.why


def test_a_crossing_of_one_street_is_each_of_its_crossings_and_says_what_is_missing() -> None:
    answer = geocoder().geocode("红旗路十字")
    assert (answer.outcome, {one.name for one in answer.candidates}) == (
        "ambiguous",
        {"红旗路与经二路路口", "红旗路与人民路路口", "红旗路与新民路路口"},
    )
    assert "红旗路上有3个路口，没有说与哪条路相交" in answer.message


def test_streets_that_do_not_meet_are_both_shown_and_it_is_said() -> None:
    answer = geocoder().geocode("人民路新民路口")
    assert (answer.outcome, {one.name for one in answer.candidates}) == ("ambiguous", {"人民路", "新民路"})
    assert "并不相交，最近处相距800米" in answer.message


def test_a_walk_past_the_end_of_a_street_tells_the_metres_that_were_walked() -> None:
    best = geocoder().geocode("经二路文化路口往东5000米").best
    assert best is not None
    assert (best.name, best.confidence < 0.5) == ("经二路与文化路路口以东约600米", True)


@pytest.mark.parametrize(
    "said", ["经二路红旗路口邮局", "人民路新民路口", "阳光小区3号楼", "东仁堡社区阳光小区"]
)
def test_no_candidate_is_surer_than_the_one_before_all(said: str) -> None:
    candidates = geocoder().geocode(said).candidates
    assert len(candidates) > 1
    assert max(one.confidence for one in candidates) == candidates[0].confidence


def test_the_second_of_two_schools_may_be_told_by_its_number_alone() -> None:
    key = "机厂街4小与3小之间"
    known = marisa_trie.Trie(["机厂街4小", "机厂街3小"])
    assert list(list_elided(key, [(0, 5)], known)) == [(6, 8, "机厂街3小")]
    assert list(list_elided("机厂街4小和3小", [(0, 5)], known)) == []


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
