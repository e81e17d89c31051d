"""TileJSON: what a layer holds, told to whoever may have it, and kept by the tiles."""

import pytest
from sqlalchemy import text

from tests.face_city import report_of
from tests.faces.mvt import read_tile
from tests.faces.tile_city import SPREAD_COMPONENTS, address
from web.api.tile_layers import TILE_LAYERS


def document(client, layer):
    return client.get(f"/tiles/{layer}.json").json()


def fields(told):
    return {name for sheet in told["vector_layers"] for name in sheet["fields"]}


@pytest.mark.parametrize("layer", ["base", "grids", "components", "public-cases"])
def test_a_document_says_where_the_tiles_are_and_what_is_in_them(browser, layer):
    told = document(browser, layer)
    assert (told["tilejson"], told["name"], told["maxzoom"]) == ("3.0.0", layer, 16)
    assert told["tiles"][0].startswith(f"http://testserver/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt")
    assert told["bounds"][0] < told["center"][0] < told["bounds"][2]
    assert all(words for sheet in told["vector_layers"] for words in sheet["fields"].values())
    assert told["attribution"]


def test_strangers_are_told_of_no_owner_and_no_case(browser):
    assert fields(document(browser, "components")) & {"owner", "maintainer", "case_no", "code"} == set()


def test_staff_are_led_to_tiles_that_tell_more(signed_in):
    told = document(signed_in("operator1"), "components")
    assert "/tiles/staff-components/" in told["tiles"][0]
    assert {"owner", "maintainer", "case_no"} <= fields(told)


@pytest.mark.parametrize("layer", ["cases", "staff-components"])
def test_documents_for_staff_are_not_for_strangers(browser, layer):
    assert browser.get(f"/tiles/{layer}.json").status_code == 401


def test_a_filter_of_the_document_is_in_the_addresses_of_its_tiles(browser):
    [tiles] = browser.get("/tiles/components.json?type=01002&state=faulty&state=retired&x=1").json()["tiles"]
    assert "type=01002&state=faulty&state=retired&v=4-" in tiles


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("components.json?type=x", 400, "bad_component_filter"),
        ("components.json?owner=BJ-DX", 403, "not_for_public"),
        ("components.json?q=6103", 403, "not_for_public"),
        ("secrets.json", 404, "no_such_layer"),
    ],
)
def test_a_document_that_cannot_be_is_refused_with_a_code(browser, path, status, code):
    answer = browser.get(f"/tiles/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_document_that_is_known_is_not_sent_again(browser):
    first = browser.get("/tiles/base.json")
    again = browser.get("/tiles/base.json", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.fixture
def full_city(signed_in, wiring):
    """A case and components; the signed-in browser sees them all."""
    desk = signed_in("operator1")
    desk.post("/api/v1/reports", json=report_of())
    with wiring.sessions.begin() as session:
        session.execute(SPREAD_COMPONENTS)
    yield desk
    with wiring.sessions.begin() as session:
        session.execute(text("TRUNCATE grid.component"))


@pytest.mark.parametrize("layer", list(TILE_LAYERS))
@pytest.mark.parametrize("zoom", [8, 10, 12, 13, 14, 15, 16])
def test_tiles_hold_nothing_that_their_document_does_not_tell(full_city, layer, zoom):
    told = {sheet.id: sheet for sheet in TILE_LAYERS[layer].sheets}
    for name, found in read_tile(full_city.get(address(layer, zoom)).content).items():
        assert {field for one in found for field in one.properties} <= set(told[name].fields)
        assert told[name].least_zoom <= zoom <= told[name].most_zoom
