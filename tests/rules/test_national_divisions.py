"""The country's divisions and communities by name."""

from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_core.geocoding.community_names import CommunityNames
from gis_core.geocoding.divisions import NationalDivisions, is_within

NATION = Path(__file__).parents[2] / "data" / "nation"


@cache
def nation() -> NationalDivisions:
    return NationalDivisions.load(NATION)


@cache
def communities() -> CommunityNames:
    return CommunityNames.load(NATION / "community_names.bin")


# fmt: off
NAMED = [
    ("陕西省西安市雁塔区", [61, 6101, 610113], "full names"),
    ("西安雁塔", [6101, 610113], "short names, each in the one before"),
    ("宝鸡金台中山东路街道", [6103, 610303, 610303001], "a short district before a street of 中山"),
    ("西安市新城区", [6101, 610102], "one of several 新城区, by its city"),
    ("上海浦东新区陆家嘴街道", [31, 310115, 310115005], "a municipality"),
    ("杭州下城区", [3301, 330105], "a district that was merged"),
    ("凤翔县", [610305], "a county that became a district"),
    ("旬阳市城关镇", [610981, 610981100], "one of two hundred 城关镇"),
    ("台湾省", [71], "a province that the list of towns does not have"),
    ("經二路和紅旗路十字", [], "streets"),
    ("西安路5号", [], "a street called by a city"),
    ("西安大厦", [], "a house called by a city"),
    ("金台区西安饭庄", [610303], "an inn called by a city"),
    ("雁塔区小寨路", [610113], "a street that a town is called by"),
    ("高新区", [], "it is a district in many places, and a town in three"),
]
# fmt: on


@pytest.mark.parametrize(("text", "codes", "because"), NAMED, ids=[because for *_, because in NAMED])
def test_divisions_are_found_by_name(text: str, codes: list[int], because: str) -> None:
    assert [found.codes[0] for found in nation().find_divisions(text)] == codes, because


def test_an_older_name_leads_to_the_name_of_today() -> None:
    (found,) = nation().find_divisions("宝鸡县")
    assert nation().name_of(found.codes[0]) == "陈仓区"


def test_a_level_is_told_by_the_code() -> None:
    levels = [found.level for found in nation().find_divisions("陕西省宝鸡市金台区陈仓镇")]
    assert levels == ["province", "city", "district", "town"]


def test_a_namesake_without_a_city_may_mean_several() -> None:
    (found,) = nation().find_divisions("新城区")
    assert {150102, 610102} <= set(found.codes)


def test_parts_of_a_division_begin_with_its_code() -> None:
    assert (is_within(610303001, 6103), is_within(610303, 610302)) == (True, False)


def test_the_country_is_all_there() -> None:
    assert sum(code > 10**8 for code in nation().codes()) == 41352


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("陕西省宝鸡市金台区新城镇 东1"), max_size=30) | st.text(max_size=30))
def test_names_found_stand_in_order_in_the_text(text: str) -> None:
    found = nation().find_divisions(text)
    assert all(one.text == text[one.start : one.end] for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_a_village_is_known_with_its_district() -> None:
    assert 610303 in communities().districts(communities().names_at("东岭村", 0)[-1])


def test_names_of_communities_survive_their_file(tmp_path: Path) -> None:
    listed = tmp_path / "villages.csv"
    listed.write_text("code,name,areaCode\n1,东岭村村委会,610303\n2,西关社区居委会,610303\n3,东岭村,610304\n")
    CommunityNames.read_list(listed).save(tmp_path / "names.bin")
    names = dict(CommunityNames.load(tmp_path / "names.bin").items())
    assert names == {"东岭": (610303, 610304), "西关": (610303,)}
