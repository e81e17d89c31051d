"""Places from words and words for places, over HTTP, in the city the faces are tested in."""

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from gis_core.crs import PlaneSystem
from tests.case_city import JINGER_ROAD
from web.api.geocoding import PUBLIC_QUESTIONS
from web.api.geocoding_answers import (
    AnswersTold,
    AnswerTold,
    ParsedTold,
    PlaceTold,
    SuggestionsTold,
)

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
    assert "没有写入" not in answer.json()["message"]  # nobody wanted to write


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


@pytest.mark.parametrize("srid", [4545, 4524])
def test_a_point_of_a_plane_is_told_in_words_as_its_degrees_are(browser: TestClient, srid: int) -> None:
    point = PlaneSystem(srid).to_plane(JINGER_ROAD)
    asked = {"lon": point.easting_m, "lat": point.northing_m, "system": f"EPSG:{srid}"}
    told = browser.get("/api/v1/reverse", params=asked).json()
    assert told["address"] == browser.get("/api/v1/reverse", params=HERE).json()["address"]
    assert (round(told["lon"], 6), round(told["lat"], 6)) == (HERE["lon"], HERE["lat"])
    located = browser.get("/api/v1/locate", params=asked).json()
    assert located["unit_grid_code"] == told["unit_grid_code"]


@pytest.mark.parametrize("system", ["EPSG:999999", "MARS", "EPSG:"])
def test_a_point_of_a_system_that_is_none_is_refused_by_the_system(browser: TestClient, system: str) -> None:
    answer = browser.get("/api/v1/reverse", params={"lon": 429885, "lat": 3804224, "system": system})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_system")


def test_a_text_that_was_read_in_part_says_so(browser: TestClient) -> None:
    answer = browser.get("/api/v1/geocode", params={"q": "渭滨区" + "很" * 300}).json()
    assert "只读了开头的 200 字" in answer["note"]
    assert browser.get("/api/v1/geocode", params={"q": "渭滨区"}).json()["note"] == ""


ANSWERS = [
    ("/geocode", "q=渭滨区", AnswerTold, "an answer"),
    ("/geocode", "q=没有的地方", AnswerTold, "none"),
    ("/geocode", "q=西安市雁塔区", AnswerTold, "another city"),
    ("/suggest", "q=wbq", SuggestionsTold, "completions"),
    ("/reverse", f"lon={HERE['lon']}&lat={HERE['lat']}", PlaceTold, "a place in words"),
    ("/parse", "q=西安市雁塔区", ParsedTold, "parts"),
]


@pytest.mark.parametrize(("path", "query", "model", "because"), ANSWERS, ids=[row[3] for row in ANSWERS])
def test_the_description_of_the_api_says_what_is_answered(
    browser: TestClient, path: str, query: str, model: type[BaseModel], because: str
) -> None:
    model.model_validate(browser.get(f"/api/v1{path}?{query}").json())
    described = browser.get("/api/v1/openapi.json").json()
    answer = described["paths"][f"/api/v1{path}"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"]["$ref"].endswith(model.__name__)


def test_the_description_of_many_answers_is_true(browser: TestClient) -> None:
    AnswersTold.model_validate(browser.post("/api/v1/batch", json={"texts": ["渭滨区", "没有的地方"]}).json())


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


IN_ENGLISH = [
    ("/geocode?q=没有的地方", "message", "Not among the city’s places", "nothing found"),
    ("/geocode?q=西安市雁塔区", "message", "Pass it on to that place", "another city"),
    ("/geocode?q=渭滨区&lon=107.1", "message", "longitude and latitude together", "half a place"),
    ("/reverse?lon=1&lat=2&system=MARS", "message", "coordinate system is not known", "an unknown system"),
]


@pytest.mark.parametrize(("path", "key", "told", "because"), IN_ENGLISH, ids=[row[3] for row in IN_ENGLISH])
def test_who_reads_english_is_answered_in_english(
    browser: TestClient, path: str, key: str, told: str, because: str
) -> None:
    answer = browser.get(f"/api/v1{path}", headers={"accept-language": "en"}).json()
    assert told in answer[key]
