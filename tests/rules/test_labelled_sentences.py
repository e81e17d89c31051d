"""The labelled sentences and their notation, in the town of geocoding_town (metres from its middle)."""

from collections import Counter

import pytest
from shapely import Point

from gis_core.crs import PlaneSystem
from gis_core.geocoding.answers import Answer, Candidate, Level, Outcome
from gis_core.places import PlanePoint
from tests.geocoding_town import divisions, landmarks, plates, streets
from tests.quality.labelled import Ground, NoSuchGoal, Row, Sentence, read_sentences, score, tally

SENTENCES = read_sentences()
TOWN = Ground([*divisions(), *landmarks(), *streets(), *plates()], PlaneSystem(4545))

GOALS = [
    ("经二路155号", 940, 14, "a plate is where its number hangs"),
    ("阳光小区3号楼@610303", -110, 600, "the division tells namesakes apart"),
    ("经二路×红旗路", 0, 0, "a crossing is where two streets meet"),
    ("人民路×渭工路", -400, 395, "a street that stops just short of another meets it"),
    ("经二路×红旗路>东50", 50, 0, "of both streets the eastward one is walked"),
    ("经二路×红旗路>北100", 0, 100, "and northward the other"),
    ("经二路×红旗路>东50^北", 50, 10, "a side lies off the middle"),
    ("经二路[文化路,红旗路]", 200, 0, "a stretch is meant from its middle"),
    ("红旗路[经二路,人民路]^西", -10, 200, "the west side of a street that runs north"),
    ("经二路155号>西40", 900, 0, "one walks in the street, not at the doors"),
    ("经二路邮政支局>东50", 102, 0, "a post office at a street is left along that street"),
    ("经二路19号…经二路27号", -380, 14, "a number that is missing lies between its neighbours"),
    ("红旗路|北", 0, 800, "a street ends where its line does"),
    ("#610302002006", 0, -450, "a code names its community"),
]


@pytest.mark.parametrize(("expected", "east_m", "north_m", "because"), GOALS, ids=[row[-1] for row in GOALS])
def test_a_label_comes_to_a_place(expected: str, east_m: float, north_m: float, because: str) -> None:
    shape = TOWN.goal_of(expected).shape
    assert shape is not None
    assert shape.centroid.distance(Point(east_m, north_m)) < 0.01


def test_degrees_are_taken_into_the_plane() -> None:
    shape = TOWN.goal_of("107.140500,34.368000").shape
    assert shape is not None
    assert shape.distance(Point(420938.24, 3804816.88)) < 0.01


NOWHERE = [
    ("经二路999号", "no such plate hangs there"),
    ("阳光小区", "two estates have the name"),
    ("人民路×新民路", "the streets do not meet"),
    ("经二路[人民路,红旗路]", "one end of the stretch is not on the street"),
    ("?锦绣家园", "only one has the name"),
    ("#610399", "nothing has the code"),
]


@pytest.mark.parametrize(("expected", "because"), NOWHERE, ids=[row[-1] for row in NOWHERE])
def test_a_label_that_is_not_one_place_is_refused(expected: str, because: str) -> None:
    with pytest.raises(NoSuchGoal):
        TOWN.goal_of(expected)


def judged(expected: str, level: str, answer: Answer) -> Row:
    levels = tuple(Level(one) for one in level.split("|") if one)
    return score([Sentence("路口", answer.text, expected, levels, 25.0)], TOWN, lambda text: answer)[0]


def answer(
    east_m: float, north_m: float, level: str, confidence: float, outcome: Outcome = "found"
) -> Answer:
    best = Candidate(
        key="",
        name="",
        address="",
        level=Level(level),
        point=PlanePoint(east_m, north_m),
        radius_m=10,
        confidence=confidence,
    )
    return Answer("", outcome, (best,), (), "", "西安市不在本市")


NOTHING = Answer("", "not_found", (), (), "")
JUDGED = [
    ("经二路155号", "door_plate", answer(950, 10, "door_plate", 0.9), (True, False), "near enough, as fine"),
    ("经二路155号", "door_plate", answer(950, 10, "street", 0.9), (False, False), "too coarse"),
    ("经二路155号", "door_plate", answer(500, 10, "door_plate", 0.9), (False, True), "far off and sure"),
    ("经二路155号", "door_plate", answer(500, 10, "door_plate", 0.7), (False, False), "far off but unsure"),
    ("经二路155号", "door_plate", NOTHING, (False, False), "not found though it is there"),
    ("锦绣家园", "estate", answer(650, 250, "estate", 0.9), (True, False), "anywhere in the estate"),
    ("~经二路", "street", answer(-800, 0, "street", 0.9), (True, False), "coarse, and on the street"),
    ("~经二路", "street", answer(0, 0, "poi", 0.9), (False, True), "finer than anybody can know"),
    ("~经二路", "street", answer(0, 700, "poi", 0.3), (True, False), "a hint, and said to be no more"),
    ("?阳光小区", "", answer(-100, 200, "estate", 0.5, "ambiguous"), (False, False), "neither of the two"),
    ("?阳光小区", "", answer(-100, -200, "estate", 0.5, "ambiguous"), (True, False), "one of several"),
    ("?阳光小区", "", answer(-100, -200, "estate", 0.9), (False, True), "guessed"),
    ("-", "", NOTHING, (True, False), "nonsense is not found"),
    ("-", "", answer(0, 0, "street", 0.9), (False, True), "nonsense is taken for a place"),
    ("!西安", "", answer(0, 0, "street", 0.1, "elsewhere"), (True, False), "the other city is named"),
    ("!咸阳", "", answer(0, 0, "street", 0.1, "elsewhere"), (False, False), "another one is named"),
]


@pytest.mark.parametrize(
    ("expected", "level", "given", "wanted", "because"), JUDGED, ids=[row[-1] for row in JUDGED]
)
def test_an_answer_is_judged_by_place_and_level(
    expected: str, level: str, given: Answer, wanted: tuple[bool, bool], because: str
) -> None:
    row = judged(expected, level, given)
    assert (row.is_right, row.is_wrong_and_confident) == wanted


def test_right_answers_are_counted_by_situation() -> None:
    rows = [judged("-", "", NOTHING), judged("经二路", "street", NOTHING)]
    assert tally(rows)[""] == (2, 1, 0)


def test_the_set_has_every_situation_often_enough() -> None:
    counts = Counter(sentence.situation for sentence in SENTENCES)
    assert len(SENTENCES) >= 450
    assert min(counts.values()) >= 20
    assert max(counts.values()) <= 60


def test_no_sentence_is_asked_twice() -> None:
    assert len({sentence.text for sentence in SENTENCES}) == len(SENTENCES)


def test_a_sentence_has_a_level_where_it_means_a_place() -> None:
    assert [one for one in SENTENCES if bool(one.levels) == (one.expected[0] in "?!-")] == []
