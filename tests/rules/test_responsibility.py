"""Who answers: place × type × owner, on rules made for the test and on Baoji's own."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from grid.catalogue import Catalogue
from grid.city import BadCityData, City
from grid.organisations import load_responsibilities, read_organisations
from grid.rules.responsibility import (
    Keeper,
    NoOneAnswers,
    Responsibilities,
    ResponsibilityRule,
    find_department,
)

DATA = Path(__file__).parents[2] / "data"
BAOJI = City.load(DATA / "baoji")
TODAY = date(2026, 9, 18)
RULES = load_responsibilities(BAOJI, TODAY)
CATALOGUE = Catalogue.load(BAOJI, TODAY)
AREAS = [
    pytest.param("610302002", None, id="Weibin"),
    pytest.param("610303001", None, id="Jintai"),
    pytest.param("610302100", "GX01", id="the zone in Weibin"),
    pytest.param("610303008", "GX01", id="the zone in Jintai"),
]


@dataclass(frozen=True)
class At:
    """A place, as far as responsibility asks."""

    subdistrict_code: str
    zone_code: str | None = None

    @property
    def district_code(self) -> str:
        return self.subdistrict_code[:6]


def rule(
    name: str, *, types: str = "", majors: str = "", bodies: str = "", owner: bool = False
) -> ResponsibilityRule:
    """A rule in short hand: `bodies` is "zone=Z district=D"."""
    return ResponsibilityRule(
        id=name,
        name=name,
        kind="component",
        type_codes=frozenset(types.split()),
        major_codes=frozenset(majors.split()),
        bodies=dict(pair.split("=") for pair in bodies.split()),
        is_owner_first=owner,
    )


SMALL = Responsibilities(
    version="test",
    city_code="6100",
    rules=(
        rule("lamps", types="01037", bodies="6100=LAMPS"),
        rule("bins", types="03005", bodies="GX01=ZONE 610302=WEIBIN 6100=CITY"),
        rule("trees", types="04002", bodies="610302=WEIBIN"),
        rule("telecom", types="01007", owner=True),
        rule("kiosks", types="01044", bodies="610302=WEIBIN", owner=True),
        rule("the rest", majors="01", bodies="GX01=ZONE 610302=WEIBIN"),
        rule("a later rule on lamps", types="01037", bodies="6100=CITY"),
    ),
    territory={"610302001": "OFFICE"},
    organisation_names={code: code for code in ("LAMPS", "ZONE", "WEIBIN", "CITY", "OFFICE", "TELECOM")},
    zone_names={"GX01": "高新区"},
)


@pytest.mark.parametrize(
    ("type_code", "zone", "owner", "answers"),
    [
        pytest.param("03005", None, None, "WEIBIN", id="the district before the city"),
        pytest.param("03005", "GX01", None, "ZONE", id="the zone before the district"),
        pytest.param("01037", None, None, "LAMPS", id="a rule on the type before one on its major class"),
        pytest.param("01037", "GX01", None, "LAMPS", id="even where the broader rule names the zone"),
        pytest.param("01099", None, None, "WEIBIN", id="the major class answers for what no rule names"),
        pytest.param("01099", "GX01", None, "ZONE", id="and so in the zone"),
        pytest.param("04002", "GX01", None, "OFFICE", id="bodies of the district do not act in the zone"),
        pytest.param("01007", None, "TELECOM", "TELECOM", id="a known owner answers"),
        pytest.param("01007", None, None, "OFFICE", id="an unknown owner falls to the territory"),
        pytest.param("01007", None, "NOBODY", "OFFICE", id="so does an owner that is not on record"),
        pytest.param("01044", None, "TELECOM", "TELECOM", id="the owner before the body of the rule"),
        pytest.param("01044", None, None, "WEIBIN", id="the body of the rule without an owner"),
        pytest.param("03005", None, "TELECOM", "WEIBIN", id="an owner counts only where the rule says so"),
        pytest.param("05001", None, None, "OFFICE", id="without any rule the territory answers"),
        pytest.param("05001", None, "TELECOM", "TELECOM", id="a known owner goes before the territory"),
        pytest.param("04002", "GX01", "TELECOM", "TELECOM", id="also where the rule has nobody here"),
    ],
)
def test_the_organisation_that_answers(
    type_code: str, zone: str | None, owner: str | None, answers: str
) -> None:
    found = find_department(SMALL, At("610302001", zone), "component", type_code, Keeper(owner))
    assert found.organisation_code == answers


@pytest.mark.parametrize(
    ("owner", "maintainer", "answers", "word"),
    [
        pytest.param("TELECOM", "CITY", "TELECOM", "权属单位", id="the owner before the maintainer"),
        pytest.param(None, "CITY", "CITY", "养护单位", id="the maintainer where no owner is on record"),
        pytest.param("NOBODY", "CITY", "CITY", "养护单位", id="or one that the city does not know"),
        pytest.param(None, None, "OFFICE", "权属不明", id="nobody is on record"),
    ],
)
def test_the_register_says_who_keeps_a_component(
    owner: str | None, maintainer: str | None, answers: str, word: str
) -> None:
    keeper = Keeper(owner, maintainer, "登记册第 3 版，")
    found = find_department(SMALL, At("610302001"), "component", "01007", keeper)
    assert (found.organisation_code, word in found.reason) == (answers, True)
    assert ("登记册第 3 版" in found.reason) == (answers != "OFFICE")


def test_a_rule_on_components_says_nothing_of_matters() -> None:
    assert find_department(SMALL, At("610302001"), "matter", "01037").rule_id == "TERRITORY"


def test_where_the_territory_has_no_office_the_dispatcher_is_asked() -> None:
    with pytest.raises(NoOneAnswers, match="派遣员"):
        find_department(SMALL, At("610304001"), "component", "05001")


@pytest.mark.parametrize(
    ("zone", "owner", "words"),
    [
        pytest.param(None, None, ["C-TELECOM", "权属不明", "经二路街道办事处"], id="why the subdistrict"),
        pytest.param(None, "BJ-DX", ["C-TELECOM", "权属单位", "中国电信宝鸡分公司"], id="why the owner"),
    ],
)
def test_the_reason_names_rule_and_organisation(
    zone: str | None, owner: str | None, words: list[str]
) -> None:
    reason = find_department(RULES, At("610302002", zone), "component", "01007", Keeper(owner)).reason
    assert [word for word in (*words, RULES.version) if word not in reason] == []


def test_a_missing_water_cover_in_jinger_road_goes_to_the_water_company() -> None:
    found = find_department(RULES, At("610302002"), "component", "01001")
    assert (found.organisation_code, found.rule_id) == ("BJ-GS", "C-WATER")


def test_refuse_in_the_zone_goes_to_the_zone_and_says_so() -> None:
    found = find_department(RULES, At("610302100", "GX01"), "matter", "06010")
    assert found.organisation_code == "GX-SZ"
    assert "宝鸡高新技术产业开发区" in found.reason


@pytest.mark.parametrize(("subdistrict", "zone"), AREAS)
def test_every_type_has_somebody_who_answers_everywhere(subdistrict: str, zone: str | None) -> None:
    known = {organisation.code for organisation in read_organisations(BAOJI)}
    place = At(subdistrict, zone)
    found = {find_department(RULES, place, one.kind, one.code).organisation_code for one in CATALOGUE.types}
    assert found <= known


@pytest.mark.parametrize(("subdistrict", "zone"), AREAS)
def test_no_body_acts_outside_its_area(subdistrict: str, zone: str | None) -> None:
    areas = {organisation.code: set(organisation.areas) for organisation in read_organisations(BAOJI)}
    here = {"610300", subdistrict, zone or subdistrict[:6]}
    place = At(subdistrict, zone)
    found = {find_department(RULES, place, one.kind, one.code).organisation_code for one in CATALOGUE.types}
    assert [code for code in found if not areas[code] & here] == []


def test_every_type_and_major_class_that_a_rule_names_exists() -> None:
    types = {(one.kind, one.code) for one in CATALOGUE.types} | {
        (one.kind, one.major_code) for one in CATALOGUE.types
    }
    named = {(rule.kind, code) for rule in RULES.rules for code in rule.type_codes | rule.major_codes}
    assert named - types == set()


def test_no_two_rules_name_one_type() -> None:
    named = [(rule.kind, code) for rule in RULES.rules for code in (*rule.type_codes, *rule.major_codes)]
    assert len(named) == len(set(named))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the city's folder that a test may spoil."""
    copytree(DATA, tmp_path / "data", ignore=lambda *_: ["migrations"])
    return tmp_path / "data" / "baoji"


@pytest.mark.parametrize(
    ("on", "answers"),
    [
        pytest.param(date(2026, 12, 31), "BJ-GS", id="the last day of the old rule"),
        pytest.param(date(2027, 1, 1), "BJ-PS", id="the first day of the new one"),
    ],
)
def test_a_rule_holds_on_its_days_only(folder: Path, on: date, answers: str) -> None:
    path = folder / "responsibility.yaml"
    old = "to: water_supply, owner_first: true, from: 2025-01-01}"
    new = f"""{old[:-1]}, until: 2027-01-01}}
  - {{id: C-NEW, name: 新规则, kind: component, types: ["01001"], to: drainage, from: 2027-01-01}}"""
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    rules = load_responsibilities(City.load(folder), on)
    assert find_department(rules, At("610302002"), "component", "01001").organisation_code == answers


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('water_supply: {"610300": BJ-GS}', 'water_supply: {"610300": BJ-XX}', id="no such body"),
        pytest.param("to: water_supply", "to: water_suply", id="a misspelt body"),
    ],
)
def test_a_rule_that_sends_to_nobody_is_refused(folder: Path, old: str, new: str) -> None:
    path = folder / "responsibility.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadCityData, match=r"responsibility\.yaml"):
        load_responsibilities(City.load(folder), TODAY)
