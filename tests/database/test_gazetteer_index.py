"""What the geocoding index is built from: every register with places, each place once, with all its names."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.geocoding.gazetteer import GazetteerPlace, NameSort, PlaceKind, PlaceName
from grid.gazetteer.reading import get_version, list_index_areas, list_index_places
from grid.reading import WrongPlane
from tests.case_city import baoji

PLANE = PlaneSystem(4545)
FILL = """
    INSERT INTO grid.division (code, name, level, kind, parent_code, geom, valid_from, source, is_synthetic)
    SELECT code, name, level, kind, parent, ST_Multi(ST_MakeEnvelope(0, 0, size, size, 4545)),
           '2026-01-01', '', true
    FROM (VALUES ('610300', '宝鸡市', 'prefecture', 'prefecture_city', '610000', 900),
                 ('610303', '金台区', 'district', 'district', '610300', 800),
                 ('610303008', '卧龙寺街道', 'subdistrict', 'street_office', '610303', 500),
                 ('610303008007', '龙丰村', 'community', 'villagers_committee', '610303008', 300))
         AS d (code, name, level, kind, parent, size);
    INSERT INTO grid.division (code, name, level, kind, parent_code, valid_from, source, is_synthetic)
    VALUES ('610303009001', '没有界线社区', 'community', 'residents_committee', '610303', '2026-01-01',
            '', true);
    INSERT INTO grid.zone (code, name, organisation_code, geom, valid_from, source, is_synthetic)
    VALUES ('GX01', '宝鸡高新技术产业开发区', 'GX-GW', ST_Multi(ST_MakeEnvelope(0, 0, 50, 50, 4545)),
            '2026-01-01', '', true);
    INSERT INTO grid.street (name, rank, width_m, geom, is_synthetic)
    SELECT name, rank, 12, ST_GeomFromText(line, 4545), true
    FROM (VALUES ('经二路', 'arterial', 'LINESTRING(10 10, 60 10)'),
                 ('经二路', 'local', 'LINESTRING(80 10, 290 10)'),
                 ('新建路', 'local', 'LINESTRING(10 50, 90 50)'),
                 ('新建路', 'local', 'LINESTRING(10 400, 700 400)'),
                 (NULL, 'lane', 'LINESTRING(0 0, 1 1)')) AS s (name, rank, line);
    INSERT INTO grid.ground (id, kind, name, rank, geom, is_synthetic)
    VALUES (1, 'estate', '阳光小区', 0, ST_MakeEnvelope(100, 100, 200, 200, 4545), true),
           (2, 'estate', NULL, 0, ST_MakeEnvelope(200, 100, 290, 200, 4545), true),
           (3, 'river', '渭河', 2, ST_MakeEnvelope(0, 350, 800, 450, 4545), true);
    INSERT INTO grid.unit_grid (code, name, community_code, geom, area_m2, land_use, valid_from, source,
        is_synthetic, responsibility_code)
    VALUES ('610303008007001', '龙丰村第1网格', '610303008007', ST_MakeEnvelope(0, 0, 300, 300, 4545), 90000,
            'street', '2026-01-01', '', true, '610303008R001');
    INSERT INTO grid.component (code, type_code, name, geom, unit_grid_code, authority_code, state,
        first_surveyed_on, source, is_synthetic)
    SELECT '6103030100200000' || n, '01002', '污水井盖', ST_MakePoint(n, n), '610303008007001', '-', state,
           '2026-01-01', '', true
    FROM (VALUES (1, '破损'), (2, '移除')) AS c (n, state);
    INSERT INTO grid.place (id, kind, name, category, geom, division_code, street, number, weight, source,
        is_synthetic, valid_to)
    SELECT id, kind, name, category, ST_GeomFromText(dot, 4545), '610303008007', street, number, 0.5, '普查',
           false, ended::date
    FROM (VALUES (1, 'poi', '市第一小学', 'school', 'POINT(20 30)', NULL, NULL, NULL),
                 (2, 'door_plate', '经二路155号', '', 'POINT(40 15)', '经二路', '155', NULL),
                 (3, 'poi', '旧戏院', '', 'POINT(40 15)', NULL, NULL, '2026-02-01'))
         AS p (id, kind, name, category, dot, street, number, ended);
    INSERT INTO grid.place_name (place_id, name, sort, valid_to)
    VALUES (1, '一小', 'short', NULL), (1, '育才小学', 'former', '1998-05-01')
"""


@pytest.fixture
def filled(session: Session) -> Session:
    """A corner with a division of each level, streets, ground, a grid, components and places."""
    session.execute(text(FILL))
    return session


def places(session: Session) -> dict[str, GazetteerPlace]:
    return {place.key: place for place in list_index_places(session, PLANE, baoji())}


def test_a_component_of_an_older_edition_keeps_its_former_code_as_a_key(filled: Session) -> None:
    filled.execute(text("UPDATE grid.component SET alias_code = '6103030102000001' WHERE state <> '移除'"))
    assert places(filled)["c:61030301002000001"].other_keys == ("c:6103030102000001",)


def test_the_index_hears_of_every_register_once(filled: Session) -> None:
    assert list(places(filled)) == [
        "d:610300", "d:610303", "d:610303008", "d:610303008007", "z:GX01", "s:新建路", "s:新建路#2",
        "s:经二路", "k:1", "k:3", "p:1", "p:2", "g:610303008007001", "r:610303008R001", "c:61030301002000001",
    ]  # fmt: skip


def test_stretches_that_hang_together_are_one_street_of_its_highest_rank(filled: Session) -> None:
    street = places(filled)["s:经二路"]
    assert (street.kind, street.category, street.area_code) == (PlaceKind.STREET, "arterial", "610303008007")
    assert street.shape is not None
    assert street.shape.length == 260


def test_of_two_streets_with_one_name_the_longer_has_the_plain_key(filled: Session) -> None:
    found = places(filled)
    lengths = [found[key].shape.length for key in ("s:新建路", "s:新建路#2")]  # type: ignore[union-attr]
    assert lengths == [690, 80]
    assert [found[key].area_code for key in ("s:新建路", "s:新建路#2")] == ["610303", "610303008007"]


def test_a_village_is_known_by_every_ending_and_without_one(filled: Session) -> None:
    names = [one.text for one in places(filled)["d:610303008007"].names]
    assert {"龙丰村委会", "龙丰村民委员会", "龙丰村村委会", "龙丰"} <= set(names)


def test_the_high_tech_zone_is_known_by_its_short_name(filled: Session) -> None:
    assert places(filled)["z:GX01"].names == (PlaceName("高新区", NameSort.SHORT),)


def test_a_place_of_the_gazetteer_has_its_names_and_a_former_one_its_day(filled: Session) -> None:
    school = places(filled)["p:1"]
    assert school.names == (
        PlaceName("一小", NameSort.SHORT),
        PlaceName("育才小学", NameSort.FORMER, "1998-05-01"),
    )
    assert (school.easting_m, school.northing_m, school.shape) == (20, 30, None)


def test_a_door_plate_names_its_street_and_number(filled: Session) -> None:
    plate = places(filled)["p:2"]
    assert (plate.kind, plate.street, plate.number) == (PlaceKind.DOOR_PLATE, "经二路", "155")


def test_an_estate_lies_in_its_community_and_is_a_block(filled: Session) -> None:
    estate = places(filled)["k:1"]
    assert (estate.kind, estate.category, estate.area_code) == (PlaceKind.BLOCK, "estate", "610303008007")


def test_areas_know_those_above_them_finest_first(filled: Session) -> None:
    areas = {area.code: area for area in list_index_areas(filled)}
    assert areas["610303008007"].above == ("610303008", "610303", "610300")
    assert (areas["GX01"].level, areas["GX01"].above, areas["610300"].level) == ("zone", ("610300",), "city")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE grid.street SET name = '经三路' WHERE name = '经二路'",
        "UPDATE grid.component SET name = '雨水井盖'",
        "UPDATE grid.division SET name = '龙凤村' WHERE name = '龙丰村'",
        "INSERT INTO grid.gazetteer_version (version) VALUES (1)",
    ],
    ids=["a street", "a component", "a division", "the gazetteer"],
)
def test_a_changed_register_changes_the_version(sessions: Sessions, change: str) -> None:
    with sessions.begin() as session:
        session.execute(text(FILL))
    with sessions.begin() as session:
        before = get_version(session)
        session.execute(text(change))
    with sessions() as session:
        assert get_version(session) != before


def test_an_index_is_not_built_in_another_plane(filled: Session) -> None:
    with pytest.raises(WrongPlane):
        list(list_index_places(filled, PlaneSystem(4524)))
