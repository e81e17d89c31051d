"""The city's folder: what it says of Baoji, and what it answers when it is wrong."""

from datetime import date, time
from math import pi
from pathlib import Path
from shutil import copytree

import pytest
from shapely import Point

from gis_core.crs import UnsettledSystem
from gis_core.places import LonLat
from grid.city import BadCityData, City, Xian80Shift
from grid.divisions import Division, read_boundaries, read_divisions, read_places, read_street_names
from grid.gazetteer.categories import load_categories
from grid.organisations import read_demo_people, read_organisations, read_roles

DATA = Path(__file__).parents[2] / "data"
BAOJI = City.load(DATA / "baoji")
DIVISIONS = {division.code: division for division in read_divisions(BAOJI)}
BOUNDARIES = read_boundaries(BAOJI)
DRAWN_DISTRICTS = ("610302", "610303")
ROLES = {
    "inspector", "operator", "duty_chief", "dispatcher", "department",
    "crew", "leader", "data_officer", "admin", "auditor", "wall", "duty_officer", "commander",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the city's folder that a test may spoil."""
    copytree(DATA, tmp_path / "data", ignore=lambda *_: ["migrations"])
    return tmp_path / "data" / "baoji"


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("level", "prefix", "count"),
    [
        pytest.param("district", "6103", 12, id="Baoji has 12 districts and counties"),
        pytest.param("subdistrict", "610302", 10, id="Weibin has 5 subdistricts and 5 towns"),
        pytest.param("subdistrict", "610303", 11, id="Jintai has 7 subdistricts and 4 towns"),
        pytest.param("community", "610302", 128, id="Weibin has 128 communities and villages"),
        pytest.param("community", "610303", 127, id="Jintai has 127 communities and villages"),
    ],
)
def test_the_register_of_divisions_is_whole(level: str, prefix: str, count: int) -> None:
    found = [code for code, one in DIVISIONS.items() if one.level == level and code.startswith(prefix)]
    assert len(found) == count


def test_a_community_is_shown_with_an_even_ending_and_kept_as_published() -> None:
    assert DIVISIONS["610302001001"] == Division(
        code="610302001001",
        name="新建路东段社区",
        published_name="新建路东段社区居委会",
        level="community",
        kind="residents_committee",
        parent_code="610302001",
    )


def test_every_community_ends_in_community_or_village() -> None:
    names = [division.name for division in DIVISIONS.values() if division.level == "community"]
    assert [name for name in names if not name.endswith(("社区", "村"))] == []


def test_the_city_government_lies_in_jintai() -> None:
    government = Point(107.2378, 34.3633)
    holders = {code for code, one in BOUNDARIES.items() if one.shape.contains(government)}
    assert holders == {"610300", "610303"}


def test_districts_share_a_border_without_overlap() -> None:
    weibin, jintai = BOUNDARIES["610302"].shape, BOUNDARIES["610303"].shape
    assert weibin.touches(jintai)


def test_the_map_opens_on_a_view_that_holds_both_districts() -> None:
    west, south, east, north = (
        BOUNDARIES["610302"].shape.union(BOUNDARIES["610303"].shape).bounds
    )  # fmt: skip
    assert BAOJI.bounds.contains(LonLat(west, south))
    assert BAOJI.bounds.contains(LonLat(east, north))


def test_places_lie_inside_the_county_they_are_listed_under() -> None:
    strays = [
        one.name
        for one in read_places(BAOJI)
        if not BOUNDARIES[one.county_code].shape.contains(Point(one.place.lon_deg, one.place.lat_deg))
    ]
    assert strays == []


def test_every_street_name_says_how_it_is_known() -> None:
    streets = read_street_names(BAOJI)
    assert len(streets) == 77
    assert {street.status for street in streets} == {"sourced", "recalled"}
    assert all(street.evidence for street in streets)


def test_the_zone_has_a_code_space_of_its_own() -> None:
    assert BAOJI.zone is not None
    assert BAOJI.zone.code not in DIVISIONS
    assert DIVISIONS.keys() >= set(BAOJI.zone.touches)


def test_every_subdistrict_and_town_of_both_districts_has_its_office() -> None:
    wanted = {
        code for code, one in DIVISIONS.items() if one.level == "subdistrict" and code[:6] in DRAWN_DISTRICTS
    }
    kinds = ("subdistrict_office", "town_government")
    offices = {area for one in read_organisations(BAOJI) if one.kind in kinds for area in one.areas}
    assert offices == wanted


def test_every_seat_lies_in_the_two_districts() -> None:
    city = BOUNDARIES["610302"].shape.union(BOUNDARIES["610303"].shape)
    outside = [one.code for one in read_organisations(BAOJI) if not city.contains(Point(one.seat))]
    assert outside == []


def test_the_demonstration_has_somebody_at_every_post() -> None:
    people = read_demo_people(BAOJI).people
    assert {role.code for role in read_roles(BAOJI)} == ROLES
    assert {role for person in people for role in person.roles} == ROLES
    assert len({person.login for person in people}) == len(people)


@pytest.mark.parametrize(
    ("on", "afternoon"),
    [
        pytest.param(date(2026, 4, 30), time(14, 0), id="the last day of winter hours"),
        pytest.param(date(2026, 5, 1), time(14, 30), id="summer hours begin on 1 May"),
        pytest.param(date(2026, 9, 30), time(14, 30), id="the last day of summer hours"),
        pytest.param(date(2026, 10, 1), time(14, 0), id="winter hours begin on 1 October"),
        pytest.param(date(2026, 1, 1), time(14, 0), id="winter runs over the new year"),
    ],
)
def test_offices_open_in_the_afternoon_by_season(on: date, afternoon: time) -> None:
    assert BAOJI.shifts_on(on)[1][0] == afternoon


def test_no_hours_are_known_before_the_city_began_counting() -> None:
    with pytest.raises(BadCityData, match="2024-12-31"):
        BAOJI.shifts_on(date(2024, 12, 31))


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        pytest.param("city.yaml", "plane_crs: 4545", "plane_crs: metres", "plane_crs", id="no number"),
        pytest.param("city.yaml", 'code: "610300"', "code: GX", "code", id="no division code"),
        pytest.param("city.yaml", "lat_deg: 34.3690", "lat_deg: 107.1", "centre", id="swapped axes"),
        pytest.param("city.yaml", "places.csv", "plaices.csv", "plaices.csv", id="a file that is not there"),
        pytest.param("city.yaml", '"610302", "610303"]', '"110101"]', "districts", id="a Peking district"),
        pytest.param("city.yaml", "Asia/Shanghai", "Asia/Baoji", "time_zone", id="no time zone"),
        pytest.param("city.yaml", "pull_in:", "pull_out:", "pull_out", id="a misspelt key"),
        pytest.param(
            "city.yaml", '["14:00", ', "[14:00, ", "shifts", id="a time that YAML takes for minutes"
        ),
        pytest.param("city.yaml", "zone:", "zone: [", "city.yaml", id="no YAML"),
    ],
)
def test_a_wrong_folder_is_refused_with_file_and_key(
    folder: Path, file: str, old: str, new: str, named: str
) -> None:
    replace_in(folder / file, old, new)
    with pytest.raises(BadCityData, match=named):
        City.load(folder)


def test_a_folder_without_city_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCityData, match=r"city\.yaml"):
        City.load(tmp_path)


def test_a_division_without_its_parent_is_refused(folder: Path) -> None:
    replace_in(folder / "divisions.csv", "610302001,金陵街道", "610302009,金陵街道")
    with pytest.raises(BadCityData, match="610302001"):
        read_divisions(City.load(folder))


def test_a_boundary_that_crosses_itself_is_refused(folder: Path) -> None:
    bow_tie = '{"type":"Polygon","coordinates":[[[107,34],[108,35],[108,34],[107,35],[107,34]]]}'
    text = (folder / "boundaries.geojson").read_text(encoding="utf-8").replace("610302", "61030X", 1)
    spoilt = text.replace('"features":[', '"features":[{"type":"Feature","properties":{"code":"610302",'
        f'"label_lon_deg":107,"label_lat_deg":34}},"geometry":{bow_tie}}},', 1)  # fmt: skip
    (folder / "boundaries.geojson").write_text(spoilt, encoding="utf-8")
    with pytest.raises(BadCityData, match="610302"):
        read_boundaries(City.load(folder))


def test_an_account_in_an_unknown_office_is_refused(folder: Path) -> None:
    replace_in(folder / "demo_people.yaml", "organisation: BJ-JD", "organisation: XX-XX")
    with pytest.raises(BadCityData, match="inspector1"):
        read_demo_people(City.load(folder))


def test_xian_80_is_refused_until_the_survey_office_has_given_its_parameters() -> None:
    with pytest.raises(UnsettledSystem):
        BAOJI.read_place(LonLat(107.145, 34.369), "XIAN80")


def test_xian_80_is_read_with_the_parameters_of_the_city() -> None:
    shift = Xian80Shift(geocentric_x_m=100, geocentric_y_m=0, geocentric_z_m=0, source="drawn for this test")
    told = BAOJI.model_copy(update={"xian80": shift})
    moved = told.read_place(LonLat(90.0, 0.0), "XIAN80")
    assert moved.lon_deg == pytest.approx(90.0 - 100 / 6378137 * 180 / pi, abs=1e-7)


def test_an_office_of_the_post_is_asked_for_as_people_call_it() -> None:
    assert load_categories(BAOJI).by_spoken["邮局"] == "post_office"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("clinic,诊所", "hospital,诊所", id="a category that is there twice"),
        pytest.param("Clinic,0.6", "Clinic,6", id="a weight above one"),
        pytest.param("Clinic,0.6", "Clinic,often", id="a weight that is no number"),
    ],
)
def test_a_category_that_cannot_be_is_named_by_its_line(folder: Path, old: str, new: str) -> None:
    replace_in(folder.parent / "catalogue" / "place_categories.csv", old, new)
    with pytest.raises(BadCityData, match="第 3 行"):
        load_categories(City.load(folder))
