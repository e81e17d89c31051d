"""Components on the map: counts equal to the list's whatever the filter, and attributes by who looks."""

import pytest
from sqlalchemy import text

from tests.face_city import report_of
from tests.faces.mvt import read_tile
from tests.faces.tile_city import ADD_COMPONENTS, AROUND, SPREAD_COMPONENTS, address, box_of, features

PUBLIC_FIELDS = {"type_code", "major", "state_class", "name"}
STAFF_FIELDS = PUBLIC_FIELDS | {"state", "code", "unit_grid", "authority", "owner", "maintainer"}
COUNTED = (5, 8, 9, 10, 11, 12, 13)
FILTERS = [
    "?", "?type=01002", "?major=01", "?state=sound", "?state=faulty", "?state=faulty&state=retired&major=02",
    "?grid=610303008007005", "?type=03005&grid=610303008007004",
    "?area=610303008&state=faulty",
]  # fmt: skip
STAFF_FILTERS = [
    "?owner=BJ-DX",
    "?owner=BJ-YD&type=01007",
    "?owner=BJ-YD&major=02",
    "?state=倾斜",
    "?state=破损&type=01002",
    "?q=井盖&owner=BJ-DX",
    "?q=a-1&area=610303008",
]


@pytest.fixture
def spread(wiring):
    with wiring.sessions.begin() as session:
        session.execute(SPREAD_COMPONENTS)
    yield
    with wiring.sessions.begin() as session:
        session.execute(text("TRUNCATE grid.component"))


@pytest.fixture
def covers(wiring):
    with wiring.sessions.begin() as session:
        session.execute(ADD_COMPONENTS)
    yield
    with wiring.sessions.begin() as session:
        session.execute(text("TRUNCATE grid.component"))


def count_in_tile(client, layer, zoom, query, column, row):
    answer = client.get(address(layer, zoom, column=column, row=row) + query)
    return sum(square.properties["n"] for square in read_tile(answer.content).get("component_density", []))


def count_in_list(desk, query, zoom, column, row):
    box = box_of(zoom, column=column, row=row)
    return desk.get(f"/api/v1/components{query}&bbox={box}&counted=true&limit=1").json()["count"]


@pytest.mark.parametrize("zoom", COUNTED)
@pytest.mark.parametrize("query", FILTERS)
def test_the_squares_of_a_tile_count_what_the_list_counts_in_its_box(signed_in, browser, spread, query, zoom):
    desk = signed_in("operator1")
    on_map = {at: count_in_tile(browser, "components", zoom, query, *at) for at in AROUND}
    assert on_map == {at: count_in_list(desk, query, zoom, *at) for at in AROUND}
    assert sum(on_map.values()) > 0


@pytest.mark.parametrize("zoom", COUNTED)
@pytest.mark.parametrize("query", STAFF_FILTERS)
def test_squares_by_owner_and_registered_state_count_what_the_list_counts(signed_in, spread, query, zoom):
    desk = signed_in("operator1")
    on_map = {at: count_in_tile(desk, "staff-components", zoom, query, *at) for at in AROUND}
    assert on_map == {at: count_in_list(desk, query, zoom, *at) for at in AROUND}


@pytest.mark.parametrize("query", [*FILTERS, *STAFF_FILTERS])
def test_close_by_there_is_a_dot_for_every_row_of_the_list(signed_in, spread, query):
    desk = signed_in("operator1")
    dots = [features(desk, "staff-components", zoom, "components", query) for zoom in (15, 16)]
    listed = [sum(count_in_list(desk, query, zoom, *at) for at in AROUND) for zoom in (15, 16)]
    assert [len([*found]) for found in dots] == listed


def test_strangers_learn_type_and_class_of_state_only(browser, spread):
    told = {name for dot in features(browser, "components", 16, "components") for name in dot.properties}
    assert told == PUBLIC_FIELDS


def test_staff_learn_who_answers_for_a_component(signed_in, spread):
    dots = [*features(signed_in("operator1"), "staff-components", 16, "components")]
    assert {name for dot in dots for name in dot.properties} == STAFF_FIELDS


def test_who_has_lately_looked_as_staff_leaves_nothing_for_strangers(signed_in, browser, spread):
    [*features(signed_in("operator1"), "staff-components", 16, "components")]
    told = {name for dot in features(browser, "components", 16, "components") for name in dot.properties}
    assert told == PUBLIC_FIELDS
    assert browser.get(address("staff-components", 16)).status_code == 401


def test_tiles_for_staff_stay_out_of_shared_caches(signed_in, browser, covers):
    staff = signed_in("operator1").get(address("staff-components", 16))
    assert "private" in staff.headers["cache-control"]
    assert "public" in browser.get(address("components", 16)).headers["cache-control"]


@pytest.fixture
def covered_case(signed_in, covers, wiring):
    """A case about the 42nd cover."""
    case_no = signed_in("operator1").post("/api/v1/reports", json=report_of()).json()["case_no"]
    with wiring.sessions.begin() as session:
        session.execute(text("UPDATE cases.\"case\" SET component_code = '61030300800700042'"))
    return case_no


def told_cases(client):
    dots = features(client, "staff-components", 17, "components")
    return {dot.properties["code"]: dot.properties["case_no"] for dot in dots if "case_no" in dot.properties}


def test_a_component_tells_the_desk_its_open_case(signed_in, covered_case):
    assert told_cases(signed_in("operator1")) == {"61030300800700042": covered_case}


def test_a_component_tells_a_department_only_of_its_own_cases(signed_in, covered_case):
    assert told_cases(signed_in("water")) == {}


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "108,34,107,35", "0,0,0,99", "nan,0,1,1"])
def test_a_box_that_is_none_is_refused(signed_in, bbox):
    answer = signed_in("operator1").get(f"/api/v1/components?bbox={bbox}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_component_filter")


def test_the_list_of_components_goes_on_where_it_ended(signed_in, covers):
    desk = signed_in("operator1")
    first = desk.get("/api/v1/components?limit=200").json()
    second = desk.get(f"/api/v1/components?limit=200&after={first['next']}").json()
    codes = [row["code"] for part in (first, second) for row in part["components"]]
    assert (codes, second["next"]) == (sorted(set(codes)), None)
    assert len(codes) == 400
