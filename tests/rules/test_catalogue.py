"""The catalogue of components and matters: types, filing criteria, and what older records are called now."""

from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from grid.catalogue import Catalogue, UnknownCriterion, UnknownType, read_successors
from grid.city import BadCityData, City
from grid.rules.criteria import Kind, Limit

DATA = Path(__file__).parents[2] / "data"
BAOJI = City.load(DATA / "baoji")
TODAY = date(2026, 9, 18)
CATALOGUE = Catalogue.load(BAOJI, TODAY)
SUCCESSORS = read_successors(BAOJI, TODAY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the city's folder that a test may spoil."""
    copytree(DATA, tmp_path / "data", ignore=lambda *_: ["migrations"])
    return tmp_path / "data" / "baoji"


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        pytest.param("component", 153, id="the standard's 153 component types"),
        pytest.param("matter", 97, id="97 of its 250 matter types are known to us"),
    ],
)
def test_the_edition_of_2026_is_as_whole_as_its_sources(kind: Kind, count: int) -> None:
    assert len([one for one in CATALOGUE.types if one.kind == kind and not one.is_local]) == count


def test_no_two_types_share_a_code() -> None:
    assert len({(one.kind, one.code) for one in CATALOGUE.types}) == len(CATALOGUE.types)


def test_every_type_lies_in_its_major_class() -> None:
    assert [one.code for one in CATALOGUE.types if one.code[:2] != one.major_code] == []


def test_every_type_can_be_filed() -> None:
    assert [one.code for one in CATALOGUE.types if not CATALOGUE.criteria_of(one.kind, one.code)] == []


def test_every_criterion_has_a_chinese_condition_a_source_and_a_status() -> None:
    criteria = [found for one in CATALOGUE.types for found in CATALOGUE.criteria_of(one.kind, one.code)]
    assert [
        found.code for found in criteria if not (found.condition and found.condition_en and found.source)
    ] == []
    assert {found.status for found in criteria} == {"mapped", "assumed"}


def test_no_type_offers_one_condition_twice() -> None:
    offered = [
        (one.kind, one.code, found.condition)
        for one in CATALOGUE.types
        for found in CATALOGUE.criteria_of(one.kind, one.code)
    ]
    assert len(offered) == len(set(offered))


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        pytest.param("C01001-COVER_MISSING_OR_SHIFTED-1", Limit(2, "clock_hour"), id="a cover missing"),
        pytest.param("C01001-COVER_BROKEN-1", Limit(4, "working_hour"), id="a cover broken"),
        pytest.param("C01001-SURROUND_SUBSIDENCE-1", Limit(5, "working_day"), id="the road around it sunk"),
        pytest.param("C04002-MISSING-1", Limit(15, "working_day"), id="a street tree missing"),
        pytest.param("M06010-1", Limit(4, "working_hour"), id="exposed refuse"),
        pytest.param("M06001-1", Limit(2, "clock_day"), id="building without leave"),
        pytest.param("M06042-1", Limit(4, "working_hour"), id="a local code mapped by name"),
        pytest.param("M10998-1", Limit(2, "clock_hour"), id="a flooded road, local type"),
    ],
)
def test_limits_are_those_of_the_table_they_come_from(code: str, limit: Limit) -> None:
    assert CATALOGUE.get_criterion(code).limit == limit
    assert CATALOGUE.get_criterion(code).status == "mapped"


def test_a_cover_without_a_row_is_handled_like_a_water_cover() -> None:
    power = CATALOGUE.criteria_of("component", "01005")
    water = CATALOGUE.criteria_of("component", "01001")
    assert [(one.condition, one.limit) for one in power] == [(one.condition, one.limit) for one in water]
    assert {one.status for one in power} == {"assumed"}


@pytest.mark.parametrize(
    ("on", "limit"),
    [
        pytest.param(date(2026, 12, 31), Limit(4, "working_hour"), id="the day before"),
        pytest.param(date(2027, 1, 1), Limit(2, "working_hour"), id="the day it changes"),
    ],
)
def test_a_limit_changes_on_the_day_its_new_row_names(folder: Path, on: date, limit: Limit) -> None:
    with (folder / "criteria.csv").open("a", encoding="utf-8") as file:
        file.write(
            "M06010-1,matter,06010,暴露垃圾,exposed refuse,2,working_hour,2027-01-01,adopted,本市文件,\n"
        )
    assert Catalogue.load(City.load(folder), on).get_criterion("M06010-1").limit == limit


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        pytest.param(",2,clock_hour,", ",2,moons,", "moons", id="an unknown unit"),
        pytest.param(",2,clock_hour,", ",0,clock_hour,", "第 2 行", id="no time at all"),
        pytest.param("component,01001", "component,77001", "77001", id="a type nobody knows"),
        pytest.param(",mapped,", ",certain,", "certain", id="an unknown status"),
    ],
)
def test_a_wrong_criterion_is_refused_with_its_line(folder: Path, old: str, new: str, named: str) -> None:
    path = folder / "criteria.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadCityData, match=named):
        Catalogue.load(City.load(folder), TODAY)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        pytest.param("路灯", "路灯", id="an equal name goes first"),
        pytest.param("垃圾", "垃圾箱", id="then a name that begins so, the commonest first"),
        pytest.param("井盖", "雨水井盖", id="then a name that holds it, the commonest first"),
        pytest.param("上水井盖", "供水井盖", id="a name of an older edition is still understood"),
        pytest.param("噪音", "噪声扰民", id="商业噪音 is 噪声扰民 now"),
        pytest.param("01037", "路灯", id="a code"),
        pytest.param("Street Lamp", "路灯", id="an English name, whatever its case"),
    ],
)
def test_a_type_is_found_by_what_people_call_it(text: str, first: str) -> None:
    assert CATALOGUE.search(text)[0].name == first


def test_nothing_is_found_by_nothing() -> None:
    assert CATALOGUE.search("  ") == ()


def test_search_keeps_to_the_kind_that_is_asked_for() -> None:
    assert {one.kind for one in CATALOGUE.search("垃圾", kind="matter")} == {"matter"}


def test_the_phone_offers_what_the_inspector_used_last_and_then_the_commonest() -> None:
    offered = CATALOGUE.common("component", recent=("04007", "99999"), limit=3)
    assert [one.name for one in offered] == ["街头座椅", "雨水井盖", "污水井盖"]


def test_every_common_type_exists() -> None:
    assert len(CATALOGUE.common("component", limit=99)) == 18
    assert len(CATALOGUE.common("matter", limit=99)) == 20


def test_two_taps_reach_every_type() -> None:
    reached = [
        found.code
        for kind in ("component", "matter")
        for major in CATALOGUE.majors(kind)
        for found in CATALOGUE.types_of(kind, major.code)
    ]
    assert len(reached) == len(CATALOGUE.types)


def test_the_second_tap_shows_the_commonest_type_first() -> None:
    assert CATALOGUE.types_of("matter", "09")[0].name == "非机动车乱停放"


def test_both_kinds_say_when_a_case_may_be_closed() -> None:
    assert "照片" in CATALOGUE.closing_condition("component")
    assert "照片" in CATALOGUE.closing_condition("matter")


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownType, match="77001"):
        CATALOGUE.get_type("component", "77001")


def test_an_unknown_criterion_is_refused() -> None:
    with pytest.raises(UnknownCriterion, match="C01001-9"):
        CATALOGUE.get_criterion("C01001-9")


@pytest.mark.parametrize(
    ("edition", "kind", "code", "now"),
    [
        pytest.param("GB/T 30428.2-2013", "component", "0101", "供水井盖", id="上水井盖 of 2013"),
        pytest.param(
            "CJ/T 214-2007", "component", "0605", "港监设施", id="港监设施 of 2007 moved to traffic"
        ),
        pytest.param("CJ/T 214-2007", "matter", "0513", "空调室外机低挂", id="street order of 2007"),
        pytest.param("GB/T 30428.2-2013", "matter", "0505", "路面塌陷", id="a local type carries it on"),
    ],
)
def test_a_record_of_an_older_edition_finds_its_type(edition: str, kind: Kind, code: str, now: str) -> None:
    successor = SUCCESSORS[edition, kind, code]
    assert CATALOGUE.get_type(successor.kind, successor.code).name == successor.name == now


def test_every_successor_is_a_type_of_today() -> None:
    assert [one.code for one in SUCCESSORS.values() if CATALOGUE.find_type(one.kind, one.code) is None] == []


def test_nothing_was_renamed_before_the_new_edition_came_into_force() -> None:
    assert read_successors(BAOJI, date(2026, 6, 30)) == {}


def test_an_older_edition_can_be_read_and_has_no_criteria() -> None:
    older = Catalogue.load(BAOJI, TODAY, edition="CJ/T 214-2007")
    assert older.get_type("component", "0101").name == "上水井盖"
    assert older.criteria_of("component", "0101") == ()
