"""What people and inspectors say on the street, in the town of tests/talkative_town.py."""

import csv
from math import dist
from pathlib import Path

import pytest

from gis_core.geocoding.answers import Level
from gis_core.geocoding.geocoder import Geocoder
from grid.geocoding import CityGeocoder
from tests.address_town import town_geocoder
from tests.talkative_town import talkative_town

with Path(__file__).with_name("口语.csv").open(encoding="utf-8", newline="") as file:
    SAID = [(row, row["because"]) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def city() -> CityGeocoder:
    return town_geocoder(index=talkative_town())


@pytest.mark.parametrize("row", [row for row, _ in SAID], ids=[because for _, because in SAID])
def test_talk_of_the_street_is_found(row: dict[str, str]) -> None:
    best = Geocoder(talkative_town()).geocode(row["said"]).best
    assert best is not None
    off_m = dist(
        (best.point.easting_m, best.point.northing_m), (float(row["easting_m"]), float(row["northing_m"]))
    )
    assert (best.level, off_m < 21) == (Level(row["level"]), True), best


UNSURE = [
    ("红旗路经二路十字往东第三个路口", "there are not so many"),
    ("经二路红旗路口往前第一个路口", "ahead may be anywhere"),
    ("610303|东仁堡社区|经二路155号", "a code of another district"),
    ("610302|没有的小区|经二路邮局", "words beside a code that are not all known"),
]


@pytest.mark.parametrize(("said", "because"), UNSURE, ids=[row[-1] for row in UNSURE])
def test_what_cannot_be_told_is_not_confident(city: CityGeocoder, said: str, because: str) -> None:
    best = city.geocode(said).best
    assert best is not None
    assert best.confidence < 0.8


ELSEWHERE = [
    ("岐山县蔡家坡镇渭河大桥", "岐山", "a county of the prefecture that is not served"),
    ("宝鸡市扶风县法门寺景区停车场", "扶风", "with the prefecture before it"),
    ("太白县咀头镇东大街", "太白", "a county, although a street is called so"),
    ("陇县东大街农贸市场", "陇县", "a county of one character"),
    ("凤县双石铺镇", "凤县", "and another"),
    ("杨凌示范区邰城路", "杨凌", "a zone that has a district's code"),
    ("我老家在扶风，想问下合疗咋交", "扶风", "words before it"),
    ("我人在上海浦东世纪大道", "上海", "a city amid a sentence"),
    ("陕西汉中略阳县城关镇", "汉中", "a town of a name that many counties have"),
]


@pytest.mark.parametrize(("said", "named", "because"), ELSEWHERE, ids=[row[-1] for row in ELSEWHERE])
def test_a_place_beyond_the_served_districts_is_named(
    city: CityGeocoder, said: str, named: str, because: str
) -> None:
    answer = city.geocode(said)
    assert (answer.outcome, named in answer.message) == ("elsewhere", True), answer


OURS = [
    ("大庆路105号", "a street that is called like a city"),
    ("大庆路太白路十字", "two of them"),
    ("大庆105#", "one without its ending"),
    ("太白路公交站", "a stop at a street"),
    ("经二路155号旁边的岐山擀面皮", "a dish from a county"),
    ("扶风的亲戚来，停在经二路155号", "somebody from a county"),
]


@pytest.mark.parametrize(("said", "because"), OURS, ids=[row[-1] for row in OURS])
def test_names_of_elsewhere_stay_with_what_is_called_by_them(
    city: CityGeocoder, said: str, because: str
) -> None:
    assert city.geocode(said).outcome == "found"


NOWHERE = [
    ("开展党的群众路线教育", "路线 is no street"),
    ("星期二的会几点", "a day"),
    ("四处都是垃圾", "everywhere"),
]


@pytest.mark.parametrize(("said", "because"), NOWHERE, ids=[row[-1] for row in NOWHERE])
def test_words_with_numerals_and_streets_in_them_are_no_places(
    city: CityGeocoder, said: str, because: str
) -> None:
    assert city.geocode(said).outcome == "not_found"


STATED = [
    ("610302|经二路街道|经二路155号|无", "经二路155号", "the words are finer than the code"),
    ("行政区划:610302;地址:经二路155号", "经二路155号", "with names of fields"),
    ("6103 0200 2006", "新民路社区", "a code in groups of four"),
    ("社区 610302-002-006", "新民路社区", "a code with hyphens"),
    ("责任网格 610302002R001 内", "责任网格610302002R001", "the code of an inspector's ground"),
    ("井盖6103020102000001坏了", "污水井盖", "the code a component had in an older edition"),
    ("人民路1公里桩", "人民路K1+000", "a post in words"),
    ("人民路一公里处", "人民路K1+000", "a place at a post"),
]


@pytest.mark.parametrize(("said", "name", "because"), STATED, ids=[row[-1] for row in STATED])
def test_forms_codes_and_posts_lead_to_what_they_name(
    city: CityGeocoder, said: str, name: str, because: str
) -> None:
    best = city.geocode(said).best
    assert best is not None
    assert best.name == name


ROUGH = [
    ("39.9,116.4", "elsewhere", 0.0, "坐标不在宝鸡市范围内", "a pair of numbers in the capital"),
    ("107.1,34.4", "found", 0.4, "坐标只准到约7.2公里", "too few digits to send anybody there"),
    ("107.1405,34.3680", "found", 0.99, "", "digits enough"),
]


@pytest.mark.parametrize(("said", "outcome", "sure", "message", "because"), ROUGH, ids=[r[-1] for r in ROUGH])
def test_coordinates_are_trusted_by_their_digits(
    city: CityGeocoder, said: str, outcome: str, sure: float, message: str, because: str
) -> None:
    answer = city.geocode(said)
    assert (answer.outcome, max([0.0, *(one.confidence for one in answer.candidates)])) == (outcome, sure)
    assert message in answer.message


def test_steps_are_walked_from_a_kilometre_post(city: CityGeocoder) -> None:
    best = city.geocode("人民路K1+000往东100米").best
    assert best is not None
    assert dist((best.point.easting_m, best.point.northing_m), (100, 400)) < 5
