"""Tiles that browsers keep: an ETag holds as long as nothing it shows has changed, and no longer."""

from datetime import timedelta

import pytest
from sqlalchemy import func, text

import web.api.drawing
import web.api.tiles
from tests.face_city import report_of
from tests.faces.mvt import read_tile
from tests.faces.tile_city import ADD_COMPONENTS, address

FIXED = "public, max-age=604800, immutable"
PUBLIC_LAYERS = ["base", "grids", "components", "public-cases"]
STAFF_LAYERS = ["cases", "staff-components"]
ADD_ONE = text("""
    INSERT INTO grid.component (code, type_code, name, geom, unit_grid_code, authority_code,
        first_surveyed_on, source, is_synthetic)
    SELECT '6103030080079' || lpad(:n, 4, '0'), '01002', '污水井盖', ST_PointOnSurface(geom), code, 'BJ-PS',
        '2026-01-01', 'test', true FROM grid.unit_grid WHERE code = '610303008007005'
""")


@pytest.fixture
def covers(wiring):
    with wiring.sessions.begin() as session:
        session.execute(ADD_COMPONENTS)
    yield
    with wiring.sessions.begin() as session:
        session.execute(text("TRUNCATE grid.component"))


def add_one(wiring, n="1"):
    with wiring.sessions.begin() as session:
        session.execute(ADD_ONE, {"n": n})


def known(answer):
    return {"if-none-match": answer.headers["etag"]}


def version_of(client, layer):
    """The address of a layer's tiles as its document gives it, from the query on."""
    return "?" + client.get(f"/tiles/{layer}.json").json()["tiles"][0].partition("?")[2]


@pytest.mark.parametrize("layer", PUBLIC_LAYERS)
def test_a_tile_that_is_known_costs_one_small_query(browser, covers, statements, layer):
    first = browser.get(address(layer, 14))
    statements.clear()
    again = browser.get(address(layer, 14), headers=known(first))
    assert (again.status_code, again.content, len(statements)) == (304, b"", 1)


@pytest.mark.parametrize("layer", ["base", "grids", "components"])
def test_a_tile_known_under_its_version_costs_no_query(browser, covers, statements, layer):
    fixed = address(layer, 14) + version_of(browser, layer)
    first = browser.get(fixed)
    statements.clear()
    again = browser.get(fixed, headers=known(first))
    assert (first.headers["cache-control"], again.status_code, len(statements)) == (FIXED, 304, 0)


@pytest.mark.parametrize("layer", STAFF_LAYERS)
def test_a_tile_known_to_staff_costs_one_query_signing_in_included(signed_in, covers, statements, layer):
    desk = signed_in("operator1")
    first = desk.get(address(layer, 16))
    statements.clear()
    assert desk.get(address(layer, 16), headers=known(first)).status_code == 304
    assert len(statements) == 1


def test_a_tile_that_the_server_keeps_costs_one_small_query(browser, covers, statements):
    first = browser.get(address("components", 15))
    statements.clear()
    assert browser.get(address("components", 15)).content == first.content
    assert len(statements) == 1


CHANGES = {
    "components": "UPDATE grid.component SET state = '破损' WHERE code = '61030300800700001'",
    "grids": "UPDATE grid.unit_grid SET name = name",
    "base": "UPDATE grid.street SET name = name",
}


@pytest.mark.parametrize("changed", list(CHANGES))
def test_a_change_of_one_layer_leaves_the_others_known(browser, wiring, covers, changed):
    before = {layer: browser.get(address(layer, 14)) for layer in CHANGES}
    with wiring.sessions.begin() as session:
        session.execute(text(CHANGES[changed]))
    again = {one: browser.get(address(one, 14), headers=known(tile)) for one, tile in before.items()}
    # the base map shows divisions, which are of the frame as grids are
    shows_it = {changed, "base"} if changed == "grids" else {changed}
    assert {one for one, answer in again.items() if answer.status_code == 200} == shows_it


def test_a_new_case_changes_the_tile(signed_in):
    desk = signed_in("operator1")
    first = known(desk.get(address("cases", 14)))
    assert desk.get(address("cases", 14), headers=first).status_code == 304
    desk.post("/api/v1/reports", json=report_of())
    assert desk.get(address("cases", 14), headers=first).status_code == 200


def test_a_light_that_turns_changes_the_tile_and_waiting_alone_does_not(signed_in, clock):
    desk = signed_in("operator1")
    desk.post("/api/v1/reports", json=report_of())
    first = known(desk.get(address("cases", 14)))
    clock.at += timedelta(minutes=1)
    assert desk.get(address("cases", 14), headers=first).status_code == 304
    clock.at += timedelta(hours=8)
    assert desk.get(address("cases", 14), headers=first).status_code == 200


def test_a_tile_asked_for_under_an_old_version_is_the_new_one_and_not_for_keeps(browser, wiring, covers):
    old = address("components", 15) + version_of(browser, "components")
    add_one(wiring)
    answer = browser.get(old)
    assert len(read_tile(answer.content)["components"]) == 401
    assert "must-revalidate" in answer.headers["cache-control"]


def test_a_version_that_is_yet_to_come_is_not_for_keeps(browser, covers):
    answer = browser.get(address("components", 15) + "?v=4-99999999")
    assert "must-revalidate" in answer.headers["cache-control"]


def test_filters_keep_tiles_apart(browser, covers):
    etags = {
        browser.get(address("components", 12) + f"?{query}").headers["etag"]
        for query in ("", "type=01002", "major=01")
    }
    assert len(etags) == 3


def test_what_is_committed_while_a_tile_is_drawn_is_not_kept_under_its_version(
    browser, wiring, covers, monkeypatch
):
    draw = web.api.tiles.draw_components

    def draw_slowly(*asked, **how):
        monkeypatch.setattr(web.api.tiles, "draw_components", draw)
        add_one(wiring)  # somebody else commits between the reading of the version and of the rows
        return draw(*asked, **how)

    monkeypatch.setattr(web.api.tiles, "draw_components", draw_slowly)
    first, second = browser.get(address("components", 15)), browser.get(address("components", 15))
    counts = [len(read_tile(answer.content)["components"]) for answer in (first, second)]
    assert counts == [400, 401]
    assert first.headers["etag"] != second.headers["etag"]


def test_a_change_begun_first_and_committed_last_changes_the_version(browser, wiring, covers):
    with wiring.sessions() as slow:
        slow.execute(ADD_ONE, {"n": "1"})
        add_one(wiring, "2")
        before = browser.get(address("components", 15))
        slow.commit()
    after = browser.get(address("components", 15), headers=known(before))
    assert len(read_tile(before.content)["components"]) == 401
    assert len(read_tile(after.content)["components"]) == 402


def test_a_change_that_was_taken_back_changes_nothing(browser, wiring, covers):
    before = browser.get(address("components", 15))
    with wiring.sessions() as session:
        session.execute(ADD_ONE, {"n": "1"})
        session.rollback()
    assert browser.get(address("components", 15), headers=known(before)).status_code == 304


def test_a_tile_that_takes_too_long_is_given_up_with_a_word(browser, covers, monkeypatch):
    at_once = (
        func.set_config("statement_timeout", "50", True),
        func.set_config("application_name", "", True),
    )
    monkeypatch.setattr(web.api.drawing, "LIMITS", at_once)
    sleep = text("SELECT pg_sleep(5)")
    monkeypatch.setattr(web.api.tiles, "draw_components", lambda session, *_, **__: session.execute(sleep))
    answer = browser.get(address("components", 15))
    assert (answer.status_code, answer.json()["code"]) == (422, "tile_too_slow")
