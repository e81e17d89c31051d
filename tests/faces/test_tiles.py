"""Vector tiles: what the map draws, and that its counts are those of the list."""

from datetime import timedelta
from itertools import product
from math import asinh, pi, radians, tan

import pytest
from sqlalchemy import text

from tests.case_city import JINGER_ROAD
from tests.face_city import report_of
from tests.faces.mvt import read_tile

ADD_COMPONENTS = text("""
    INSERT INTO grid.component (code, type_code, name, geom, unit_grid_code, authority_code,
        first_surveyed_on, source, is_synthetic)
    SELECT '610303008007' || lpad(n::text, 5, '0'), '01002', '污水井盖',
        ST_Translate(ST_PointOnSurface(g.geom), n % 20, n / 20), g.code, 'BJ-PS', '2026-01-01', 'test', true
    FROM grid.unit_grid AS g, generate_series(1, 400) AS n WHERE g.code = '610303008007005'
""")


def tile_of(zoom, place=JINGER_ROAD):
    """Column and row of the tile that holds a place."""
    wide = 2**zoom
    column = int((place.lon_deg + 180) / 360 * wide)
    return column, int((1 - asinh(tan(radians(place.lat_deg))) / pi) / 2 * wide)


def address(layer, zoom, *, column=0, row=0):
    x, y = tile_of(zoom)
    return f"/tiles/{layer}/{zoom}/{x + column}/{y + row}.mvt"


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


def test_at_zoom_13_one_component_in_eight_stands_for_all(browser, components):
    assert len(read_tile(browser.get(address("components", 13)).content)["components"]) == 50


@pytest.mark.parametrize("zoom", [8, 10, 12])
def test_density_counts_every_component_once(browser, components, zoom):
    tiles = [
        read_tile(browser.get(address("components", zoom, column=c, row=r)).content)
        for c, r in product((-1, 0, 1), repeat=2)
    ]
    counts = [f.properties["n"] for tile in tiles for f in tile.get("component_density", [])]
    assert sum(counts) == 400


@pytest.mark.parametrize("zoom", [6, 9, 12])
@pytest.mark.parametrize("query", ["", "?stage=reported", "?light=overdue"])
def test_clusters_count_what_the_list_counts(signed_in, zoom, query):
    desk = signed_in("operator1")
    places = product((-0.0012, 0.0, 0.0012), repeat=2)
    [desk.post("/api/v1/reports", json=report_of(lon=107.145 + x, lat=34.369 + y)) for x, y in places]
    around = product((-1, 0, 1), repeat=2)
    tiles = [desk.get(address("cases", zoom, column=c, row=r) + query) for c, r in around]
    counts = [f.properties["n"] for t in tiles for f in read_tile(t.content).get("clusters", [])]
    assert sum(counts) == len(desk.get(f"/api/v1/cases{query}").json()["cases"])


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
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    far = address("public-cases", 10)
    assert [c.properties["n"] for c in read_tile(browser.get(far).content)["clusters"]] == [1]
    with wiring.sessions.begin() as session:
        session.execute(text('UPDATE cases."case" SET closed_at = :at'), {"at": clock.at})
    clock.at += timedelta(minutes=1)
    assert "clusters" not in read_tile(browser.get(far).content)


def test_a_department_s_map_shows_only_its_own_cases(signed_in):
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    assert read_tile(signed_in("water").get(address("cases", 16)).content).get("cases", []) == []


def test_the_desk_s_map_is_not_for_strangers(browser):
    assert browser.get(address("cases", 12)).status_code == 401


def test_a_tile_that_is_known_is_not_sent_again(browser):
    first = browser.get(address("grids", 14))
    again = browser.get(address("grids", 14), headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_new_case_changes_the_tile(signed_in):
    desk = signed_in("operator1")
    known = {"if-none-match": desk.get(address("cases", 14)).headers["etag"]}
    assert desk.get(address("cases", 14), headers=known).status_code == 304
    desk.post("/api/v1/reports", json=report_of())
    assert desk.get(address("cases", 14), headers=known).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("base/23/0/0", 404, "no_such_tile"),
        ("base/3/8/0", 404, "no_such_tile"),
        ("base/3/-1/0", 400, "bad_tile"),
        ("base/a/b/c", 400, "bad_tile"),
        ("secrets/3/1/1", 404, "no_such_layer"),
    ],
    ids=["zoom beyond", "column beyond", "column below", "no numbers", "no such layer"],
)
def test_a_tile_that_is_not_there_gets_a_code(browser, path, status, code):
    answer = browser.get(f"/tiles/{path}.mvt")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("layer", ["base", "grids", "components"])
@pytest.mark.parametrize("path", ["0/0/0", "5/31/31", "14/0/0"], ids=["world", "far corner", "far west"])
def test_far_from_the_city_tiles_are_empty_and_no_error(browser, layer, path):
    assert browser.get(f"/tiles/{layer}/{path}.mvt").status_code == 200
