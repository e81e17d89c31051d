"""Places from words and words for places, over HTTP, in the city the faces are tested in."""

from fastapi.testclient import TestClient

from tests.case_city import JINGER_ROAD
from web.api.geocoding import PUBLIC_QUESTIONS

HERE = {"lon": JINGER_ROAD.lon_deg, "lat": JINGER_ROAD.lat_deg}


def test_coordinates_are_a_place_with_its_grid(browser: TestClient) -> None:
    said = f"{JINGER_ROAD.lon_deg},{JINGER_ROAD.lat_deg}"
    answer = browser.get("/api/v1/geocode", params={"q": said}).json()
    grid = browser.get("/api/v1/locate", params=HERE).json()["unit_grid_code"]
    assert (answer["outcome"], answer["candidates"][0]["unit_grid_code"]) == ("found", grid)


def test_a_division_is_found_by_its_name(browser: TestClient) -> None:
    answer = browser.get("/api/v1/geocode", params={"q": "渭滨区"}).json()
    assert answer["candidates"][0]["level"] == "district"


def test_what_is_not_there_is_said_so(browser: TestClient) -> None:
    answer = browser.get("/api/v1/geocode", params={"q": "没有的地方"}).json()
    assert (answer["outcome"], answer["candidates"]) == ("not_found", [])
    assert answer["message"]


def test_an_empty_question_is_answered_with_an_example(browser: TestClient) -> None:
    assert "如：" in browser.get("/api/v1/geocode", params={"q": " "}).json()["message"]


def test_a_question_that_is_a_book_is_refused(browser: TestClient) -> None:
    answer = browser.get("/api/v1/geocode", params={"q": "a" * 10_001})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_half_a_place_of_the_asker_is_refused(browser: TestClient) -> None:
    answer = browser.get("/api/v1/geocode", params={"q": "渭滨区", "lon": 107.1})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_suggestions_come_by_initials(browser: TestClient) -> None:
    found = browser.get("/api/v1/suggest", params={"q": "wbq"}).json()["suggestions"]
    assert found[0]["name"] == "渭滨区"


def test_a_suggestion_names_its_grid_so_that_namesakes_are_told_apart(browser: TestClient) -> None:
    said = f"{JINGER_ROAD.lon_deg},{JINGER_ROAD.lat_deg}"
    suggestion = browser.get("/api/v1/suggest", params={"q": said}).json()["suggestions"][0]
    assert suggestion["unit_grid_code"] == browser.get("/api/v1/locate", params=HERE).json()["unit_grid_code"]


def test_a_place_is_told_in_words_with_its_grids(browser: TestClient) -> None:
    told = browser.get("/api/v1/reverse", params=HERE).json()
    located = browser.get("/api/v1/locate", params=HERE).json()
    assert told["address"].startswith(located["district"]["name"])
    assert told["unit_grid_code"] == located["unit_grid_code"]


def test_an_address_of_any_city_is_taken_apart(browser: TestClient) -> None:
    told = browser.get("/api/v1/parse", params={"q": "浙江省杭州市余杭区文一西路969号3楼"}).json()
    assert [part["label"] for part in told["reading"]] == [
        "province", "city", "district", "road", "road_number", "floor",
    ]  # fmt: skip


def test_many_texts_are_answered_in_their_order(browser: TestClient) -> None:
    sent = {"texts": ["渭滨区", "没有的地方"]}
    answers = browser.post("/api/v1/batch", json=sent).json()["answers"]
    assert [one["outcome"] for one in answers] == ["found", "not_found"]


def test_too_many_texts_at_once_are_refused(browser: TestClient) -> None:
    answer = browser.post("/api/v1/batch", json={"texts": ["渭滨区"] * 1_001})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_a_stranger_who_asks_without_end_is_asked_to_wait(browser: TestClient) -> None:
    questions = range(PUBLIC_QUESTIONS.attempts + 1)
    asked = [browser.get("/api/v1/geocode", params={"q": "渭滨区"}) for _ in questions]
    assert (asked[-2].status_code, asked[-1].status_code) == (200, 429)
    assert asked[-1].json()["code"] == "too_often"
