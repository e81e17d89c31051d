"""Vector tiles: what the map draws, and that its counts are those of the list."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import text

from tests.face_city import report_of
from tests.faces.mvt import read_tile
from tests.faces.tile_city import ADD_COMPONENTS, address, features


@pytest.fixture
def components(wiring):
    with wiring.sessions.begin() as session:
        session.execute(ADD_COMPONENTS)
    yield
    with wiring.sessions.begin() as session:
        session.execute(text("TRUNCATE grid.component"))


def test_unit_grids_are_drawn_from_zoom_13(browser):
    assert browser.get(address("grids", 12)).content == b""
    assert len(read_tile(browser.get(address("grids", 13)).content)["unit_grids"]) == 9


def test_the_base_map_names_districts(browser, wiring):
    with wiring.sessions.begin() as session:
        session.execute(text("UPDATE grid.division SET geom = (SELECT ST_Multi(ST_Union(geom)) FROM "
                             "grid.unit_grid) WHERE code = '610303'"))  # fmt: skip
    layers = read_tile(browser.get(address("base", 15)).content)
    assert [f.properties["name"] for f in layers["division_labels"]] == ["金台区"]


NAMED = text("""
    INSERT INTO grid.ground (kind, name, rank, geom, is_synthetic)
    SELECT kind, n.name, 0, ST_Buffer(ST_Centroid(ST_Union(geom)), radius_m), true
    FROM grid.unit_grid, (VALUES ('park', '人民公园', 300), ('river', '渭河', 300), ('river', '小沟', 5))
        AS n (kind, name, radius_m) GROUP BY kind, n.name, radius_m
""")
ADD_ZONE = text("""
    INSERT INTO grid.zone (code, name, organisation_code, geom, valid_from, source, is_synthetic)
    SELECT 'GX01', '宝鸡高新技术产业开发区', 'GX-GW', ST_Multi(ST_Union(geom)), '2026-01-01', 'test', true
    FROM grid.unit_grid
""")


@pytest.fixture
def named_ground(wiring):
    with wiring.sessions.begin() as session:
        session.execute(NAMED)
    yield
    with wiring.sessions.begin() as session:
        session.execute(text("TRUNCATE grid.ground"))


def names_around(browser, zoom, layer):
    around = product((-1, 0, 1), repeat=2)
    tiles = [read_tile(browser.get(address("base", zoom, column=c, row=r)).content) for c, r in around]
    return [f.properties["name"] for tile in tiles for f in tile.get(layer, [])]


def test_a_park_across_tiles_is_named_once(browser, named_ground):
    assert names_around(browser, 17, "ground_labels").count("人民公园") == 1


def test_a_river_is_named_again_in_each_tile_but_not_a_brook_too_short_to_read(browser, named_ground):
    names = names_around(browser, 16, "ground_labels")
    assert names.count("渭河") > 1
    assert "小沟" not in names


def test_a_zone_is_named_once_by_its_short_name(browser, wiring):
    with wiring.sessions.begin() as session:
        session.execute(ADD_ZONE)
    assert names_around(browser, 15, "division_labels").count("高新区") == 1


def test_the_code_of_a_unit_grid_is_written_once(browser):
    drawn = read_tile(browser.get(address("grids", 16)).content)["unit_grid_labels"]
    assert len({f.properties["code"] for f in drawn}) == len(drawn) > 0


def test_every_component_is_drawn_from_zoom_15(browser, components):
    drawn = read_tile(browser.get(address("components", 15)).content)["components"]
    assert len(drawn) == 400
    assert drawn[0].properties["major"] == "01"


@pytest.mark.parametrize("zoom", [8, 10, 12, 13])
def test_squares_count_every_component_once(browser, components, zoom):
    assert sum(f.properties["n"] for f in features(browser, "components", zoom, "component_density")) == 400


def test_where_dots_would_touch_some_stand_for_all(browser, components, monkeypatch):
    monkeypatch.setattr("grid.mapping.MOST_DOTS", 60)
    assert len(read_tile(browser.get(address("components", 14)).content)["components"]) == 50


CASE_FILTERS = [
    "", "?stage=reported", "?light=overdue", "?light=at_risk&light=normal", "?type=06010", "?kind=component",
    "?since=2026-09-18", "?until=2026-09-17", "?open=true", "?q=垃圾", "?area=610303", "?department=BJ-PS",
]  # fmt: skip
CLUSTERED, PINNED = (6, 8, 9, 10, 11, 12), (13, 14, 16, 17)


@pytest.fixture
def desk_of_two_days(signed_in, clock):
    """A desk with reports of two types from yesterday, this morning and just now."""
    desk = signed_in("operator1")
    clock.at -= timedelta(days=1)
    for hours, x in ((0, -0.0012), (23, 0.0), (1, 0.0012)):
        clock.at += timedelta(hours=hours)
        desk.post("/api/v1/reports", json=report_of(lon=107.145 + x, lat=34.3685))
        desk.post("/api/v1/reports", json=report_of(lon=107.145, lat=34.369 + x, **REFUSE))
    return signed_in("operator1")


REFUSE = {"kind": "matter", "type_code": "06010", "description": "路边有垃圾"}


@pytest.mark.parametrize("query", CASE_FILTERS)
def test_clusters_and_pins_count_what_the_list_counts(desk_of_two_days, query):
    desk = desk_of_two_days
    clusters = {z: [*features(desk, "cases", z, "clusters", query)] for z in CLUSTERED}
    counts = {z: sum(one.properties["n"] for one in found) for z, found in clusters.items()}
    counts |= {z: len([*features(desk, "cases", z, "cases", query)]) for z in PINNED}
    listed = len(desk.get(f"/api/v1/cases{query}").json()["cases"])
    assert counts == dict.fromkeys((*CLUSTERED, *PINNED), listed)


def test_a_pin_carries_the_light_of_its_case(signed_in, clock):
    desk = signed_in("operator1")
    desk.post("/api/v1/reports", json=report_of())
    pins = read_tile(desk.get(address("cases", 16)).content)["cases"]
    assert [(p.properties["stage"], p.properties["light"]) for p in pins] == [("reported", "normal")]


def test_a_cluster_shows_its_worst_light(signed_in, clock):
    desk = signed_in("operator1")
    desk.post("/api/v1/reports", json=report_of())
    clock.at = clock.at.replace(hour=9)
    desk.post("/api/v1/reports", json=report_of())
    clusters = read_tile(desk.get(address("cases", 10)).content)["clusters"]
    assert [(c.properties["n"], c.properties["light"]) for c in clusters] == [(2, "overdue")]


def test_the_public_map_says_nothing_personal(signed_in, browser):
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    pin = read_tile(browser.get(address("public-cases", 16)).content)["cases"][0]
    assert pin.properties == {
        "stage_public": "received", "kind": "component", "type_code": "01002", "major": "01",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("days", "shown"),
    [(6.9, ["done"]), (7.1, [])],
    ids=["within the week the legend speaks of", "longer ago"],
)
def test_the_public_map_shows_for_a_week_what_was_put_right(signed_in, browser, wiring, clock, days, shown):
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    closed = text("UPDATE cases.\"case\" SET stage = 'closed', closed_at = :closed_at")
    with wiring.sessions.begin() as session:
        session.execute(closed, {"closed_at": clock.at - timedelta(days=days)})
    pins = read_tile(browser.get(address("public-cases", 16)).content).get("cases", [])
    assert [pin.properties["stage_public"] for pin in pins] == shown


def test_from_afar_the_public_map_counts_open_cases_only(signed_in, browser, wiring, clock):
    desk = signed_in("operator1")
    first, _ = [desk.post("/api/v1/reports", json=report_of()).json() for _ in range(2)]
    closed = text('UPDATE cases."case" SET closed_at = :at WHERE case_no = :case_no')
    with wiring.sessions.begin() as session:
        session.execute(closed, {"at": clock.at, "case_no": first["case_no"]})
    clusters = read_tile(browser.get(address("public-cases", 10)).content)["clusters"]
    assert [cluster.properties["n"] for cluster in clusters] == [1]


@pytest.mark.parametrize(
    ("query", "n"), [("?type=01002", 1), ("?type=01003", 0), ("?since=2026-09-19", 0), ("?kind=component", 1)]
)
def test_the_public_map_is_filtered_by_type_and_day(signed_in, browser, query, n):
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    assert len([*features(browser, "public-cases", 16, "cases", query)]) == n


def test_a_department_s_map_shows_only_its_own_cases(signed_in):
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    assert read_tile(signed_in("water").get(address("cases", 16)).content).get("cases", []) == []


def test_the_desk_s_map_is_not_for_strangers(browser):
    assert browser.get(address("cases", 12)).status_code == 401


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("base/23/0/0", 404, "no_such_tile"),
        ("base/3/8/0", 404, "no_such_tile"),
        ("base/3/-1/0", 400, "bad_tile"),
        ("base/a/b/c", 400, "bad_tile"),
        ("base/" + "9" * 5000 + "/0/0", 400, "bad_tile"),
        ("public-cases/1e3/0/0", 400, "bad_tile"),
        ("components/٣/0/0", 400, "bad_tile"),
        ("secrets/3/1/1", 404, "no_such_layer"),
        ("components/14/0/0.mvt?type=abc&x=", 400, "bad_component_filter"),
        ("components/14/0/0.mvt?type=" + "1" * 4000 + "&x=", 400, "malformed"),
        ("components/14/0/0.mvt?state=%00&x=", 400, "bad_component_filter"),
        ("components/14/0/0.mvt?grid=1&x=", 400, "bad_component_filter"),
        ("components/14/0/0.mvt?major=x1&x=", 400, "bad_component_filter"),
        ("components/14/0/0.mvt?area=61&x=", 400, "bad_component_filter"),
        ("components/14/0/0.mvt?area=610302&grid=610303008007005&x=", 400, "bad_component_filter"),
        ("components/14/0/0.mvt?owner=BJ-DX&x=", 403, "not_for_public"),
        ("components/14/0/0.mvt?q=井盖&x=", 403, "not_for_public"),
        ("components/14/0/0.mvt?state=倾斜&x=", 403, "not_for_public"),
        ("public-cases/14/0/0.mvt?since=yesterday&x=", 400, "malformed"),
        ("public-cases/14/0/0.mvt?light=overdue&x=", 403, "not_for_public"),
    ],
    ids=[
        "zoom beyond", "column beyond", "column below", "no numbers", "a zoom of 5,000 digits",
        "no whole number", "digits of another script", "no such layer", "no type", "a type of 4,000 digits",
        "no state", "no grid", "no class", "no area", "a grid of another area", "an owner, for strangers",
        "words, for strangers", "a state as registered, for strangers",
        "no day", "a light, for strangers",
    ],
)  # fmt: skip
def test_a_tile_that_is_not_there_gets_a_code(browser, path, status, code):
    answer = browser.get(f"/tiles/{path}.mvt")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("layer", ["base", "grids", "components"])
@pytest.mark.parametrize("path", ["0/0/0", "5/31/31", "14/0/0"], ids=["world", "far corner", "far west"])
def test_far_from_the_city_tiles_are_empty_and_no_error(browser, layer, path):
    assert browser.get(f"/tiles/{layer}/{path}.mvt").status_code == 200
