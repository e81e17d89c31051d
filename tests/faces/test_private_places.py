"""Where the public sees a neighbour's noise: in a square of 100 m that stands still, whatever is asked."""

import pytest

from gis_core.places import LonLat
from tests.case_city import JINGER_ROAD
from tests.face_city import report_of
from tests.faces.tile_city import features

NOISE, COVER = ("matter", "06028"), ("component", "01002")
NEAR = LonLat(JINGER_ROAD.lon_deg + 0.00012, JINGER_ROAD.lat_deg + 0.00007)  # 13 m off
"""Another flat of the same square."""
FARTHEST_DEG = 0.0008


@pytest.fixture
def report(signed_in):
    """Reports a type at a place as the operator; answers the number."""
    desk = signed_in("operator1")

    def send(type_of, place=JINGER_ROAD):
        sent = report_of(kind=type_of[0], type_code=type_of[1], lon=place.lon_deg, lat=place.lat_deg)
        return desk.post("/api/v1/reports", json=sent).json()["case_no"]

    return send


def open311(browser, case_no):
    return browser.get(f"/open311/v2/requests/{case_no}.json?extensions=true").json()[0]


def place_311(browser, case_no):
    told = open311(browser, case_no)
    return told["long"], told["lat"]


def test_two_neighbours_are_shown_at_one_place_which_is_neither(browser, report):
    shown = [place_311(browser, report(NOISE, place)) for place in (JINGER_ROAD, NEAR)]
    assert shown[0] == shown[1]
    assert shown[0] not in {(round(p.lon_deg, 6), round(p.lat_deg, 6)) for p in (JINGER_ROAD, NEAR)}
    assert abs(shown[0][0] - JINGER_ROAD.lon_deg) < FARTHEST_DEG


def test_a_cover_is_shown_where_it_lies(browser, report):
    assert place_311(browser, report(COVER)) == pytest.approx(
        (JINGER_ROAD.lon_deg, JINGER_ROAD.lat_deg), abs=1e-6
    )


def test_staff_see_the_place_itself(signed_in, report):
    told = signed_in("operator1").get(f"/api/v1/cases/{report(NOISE)}").json()
    assert (told["lon"], told["lat"]) == pytest.approx((JINGER_ROAD.lon_deg, JINGER_ROAD.lat_deg), abs=1e-7)


def test_other_systems_learn_the_community_and_not_the_grid(browser, report):
    told = open311(browser, report(NOISE))
    assert (len(told["address_id"]), len(told["extended_attributes"]["unit_grid_code"])) == (12, 12)
    assert len(open311(browser, report(COVER))["address_id"]) == 15


@pytest.mark.parametrize(("zoom", "sheet"), [(16, "cases"), (14, "cases"), (12, "clusters"), (9, "clusters")])
def test_the_public_map_shows_neighbours_at_one_spot_at_every_zoom(browser, report, zoom, sheet):
    report(NOISE)
    [first] = features(browser, "public-cases", zoom, sheet)
    report(NOISE, NEAR)
    others = [*features(browser, "public-cases", zoom, sheet)]
    assert {one.point for one in others} == {first.point}


def test_the_map_of_staff_tells_them_apart(signed_in, report):
    report(NOISE), report(NOISE, NEAR)
    assert len({one.point for one in features(signed_in("operator1"), "cases", 16, "cases")}) == 2


def test_open_data_leave_out_the_grid_of_a_private_type(browser, report):
    report(NOISE), report(COVER)
    told = browser.get("/ogc/collections/cases_public/items?f=json").json()["features"]
    grids = {one["properties"]["type_code"]: one["properties"]["unit_grid_code"] for one in told}
    assert (grids["06028"], len(grids["01002"])) == (None, 15)


def asked_from(browser, place):
    query = {"type": "matter:06028", "lon": place.lon_deg, "lat": place.lat_deg}
    return browser.get("/api/v1/reports/similar", params=query).json()["similar"]


def test_strangers_measure_to_the_square_and_staff_to_the_door(browser, signed_in, report):
    report(NOISE)
    [seen], [known] = asked_from(browser, JINGER_ROAD), asked_from(signed_in("operator1"), JINGER_ROAD)
    assert (known["distance_m"], seen["distance_m"] > 1) == (0, True)


def test_what_strangers_measure_is_the_same_for_neighbours(browser, report):
    report(NOISE), report(NOISE, NEAR)
    first, second = asked_from(browser, JINGER_ROAD)
    assert first["distance_m"] == second["distance_m"]
