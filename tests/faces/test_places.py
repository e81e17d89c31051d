"""What lies where, over HTTP: one place, many at once, as of a day, and what stands near."""

from fastapi.testclient import TestClient

from tests.case_city import JINGER_ROAD

PLACE = {"lon": JINGER_ROAD.lon_deg, "lat": JINGER_ROAD.lat_deg}
OUTSIDE = (108.0, 34.0)


def test_everything_here_is_told(browser: TestClient) -> None:
    here = browser.get("/api/v1/locate", params=PLACE | {"kind": "component", "type": "01002", "near": True})
    assert {"unit_grid_code", "community", "district", "department", "components"} <= {*here.json()}


def test_many_places_are_located_in_their_order(browser: TestClient) -> None:
    one = browser.get("/api/v1/locate", params=PLACE).json()["unit_grid_code"]
    sent = {"places": [[JINGER_ROAD.lon_deg, JINGER_ROAD.lat_deg], OUTSIDE]}
    assert browser.post("/api/v1/locate/batch", json=sent).json()["unit_grid_codes"] == [one, None]


def test_places_are_told_with_the_grids_of_those_who_answer_for_them(browser: TestClient) -> None:
    one = browser.get("/api/v1/locate", params=PLACE).json()["responsibility_code"]
    sent = {"places": [[PLACE["lon"], PLACE["lat"]], OUTSIDE], "responsibility": True}
    told = browser.post("/api/v1/locate/batch", json=sent).json()
    assert told["responsibility_grid_codes"] == [one, None]


def test_before_there_was_a_frame_a_place_lay_nowhere(browser: TestClient) -> None:
    answer = browser.get("/api/v1/locate", params=PLACE | {"on": "1999-01-01"})
    assert (answer.status_code, answer.json()["code"]) == (422, "outside_frame")


def test_the_future_has_no_frame(browser: TestClient) -> None:
    answer = browser.get("/api/v1/locate", params=PLACE | {"on": "2999-01-01"})
    assert (answer.status_code, answer.json()["code"]) == (400, "day_out_of_range")


def test_too_many_places_at_once_are_refused(browser: TestClient) -> None:
    answer = browser.post("/api/v1/locate/batch", json={"places": [OUTSIDE] * 10_001})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_a_system_that_does_not_exist_is_refused(browser: TestClient) -> None:
    answer = browser.post("/api/v1/locate/batch", json={"places": [OUTSIDE], "system": "MARS"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_system")


def test_a_division_is_known_by_every_code_it_has_had(browser: TestClient) -> None:
    now = browser.get("/api/v1/divisions/610322").json()
    then = browser.get("/api/v1/divisions/610305", params={"on": "2019-06-01"}).json()
    assert (now["name"], then["name"]) == ("凤翔区", "凤翔县")


def test_a_division_that_never_was_is_not_found(browser: TestClient) -> None:
    answer = browser.get("/api/v1/divisions/999999")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_division")
