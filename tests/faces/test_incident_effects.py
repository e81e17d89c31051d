"""How far an incident reaches, as the duty desk asks: a form, an answer, words for what cannot be."""

import json
import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from tests.faces.test_duty_desk import take
from tests.resource_city import register, resource
from web.resource_work import resources_of
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
OUTLINE = "107.140,34.365\n107.150,34.365\n107.150,34.372\n107.140,34.372"


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


def ask(number: str, **fields: str) -> str:
    return f"/incidents/{number}/effects?" + urlencode({"run": "1"} | fields)


def keep(officer: TestClient, number: str, **fields: str) -> int:
    shown = officer.get(ask(number, **fields)).text
    found = re.search(r'name="revision" value="(\d+)"', shown)
    sent = {"csrf": officer.headers["x-csrf-token"], "revision": found[1] if found else "1"} | fields
    return officer.post(f"/incidents/{number}/effects", data=sent).status_code


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"model": "plume", "substance": "chlorine"}, "氯气比空气重"),
        ({"model": "plume", "substance": "ammonia"}, "氨气液化储存"),
        ({"model": "first_minutes", "substance": "chlorine"}, "初期处置区只管泄漏后约 30 分钟"),
        ({"model": "circle", "radius_m": "120"}, "范围由人给定"),
        ({"model": "sector", "radius_m": "120"}, "张角 60 度"),
        ({"model": "blast", "mass_kg": "500"}, "萨多夫斯基公式适用于"),
        ({"model": "fire"}, "起火后 30 分钟"),
        ({"model": "drawn", "shape": OUTLINE}, "手绘范围"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_model_answers_with_zones_and_its_limits(
    officer: TestClient, fields: dict[str, str], shown: str
) -> None:
    number = take(officer)
    page = officer.get(ask(number, **fields))
    assert (page.status_code, shown in page.text, "模型与局限" in page.text) == (200, True, True)
    answer = officer.get(f"/api/v1/incidents/{number}/effects?" + urlencode(fields)).json()
    assert {one["properties"]["role"] for one in answer["features"]} <= {"zone", "zone-wide", "zone-label"}
    assert all(one["properties"]["colour"].startswith("#") for one in answer["features"])
    assert answer["features"]


@pytest.mark.parametrize(
    ("fields", "code", "because"),
    [
        ({"model": "plume", "wind_mps": "0"}, "calm_wind", "no wind carries a plume"),
        ({"model": "circle", "radius_m": "0.01"}, "effect_number_out_of_range", "a centimetre"),
        ({"model": "circle", "radius_m": "nan"}, "effect_number_out_of_range", "no number at all"),
        ({"model": "circle", "radius_m": "wide"}, "malformed", "a word for a number"),
        ({"model": "circle", "lon": "999", "lat": "34"}, "not_on_earth", "no place of the Earth"),
        ({"model": "plume", "substance": "phlogiston"}, "unknown_substance", "not in the table"),
        ({"model": "fire", "after_min": "soon"}, "bad_effect_times", "no minutes"),
        ({"model": "drawn"}, "bad_effect_outline", "nothing drawn"),
        ({"model": "drawn", "shape": '{"type": "Point"}'}, "bad_effect_outline", "a point"),
        ({"model": "drawn", "shape": "107.14,34.36 107.15,34.36"}, "broken_shape", "two corners"),
        ({"model": "flood"}, "no_terrain", "nobody gave heights of these nine grids"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_no_model_can_do_comes_back_on_the_form_in_its_words(
    officer: TestClient, fields: dict[str, str], code: str, because: str
) -> None:
    number = take(officer)
    page = officer.get(ask(number, **fields))
    api = officer.get(f"/api/v1/incidents/{number}/effects?" + urlencode(fields))
    assert 400 <= page.status_code < 500
    assert ('name="run"' in page.text, code in page.text, code in api.text) == (True, True, True)


def test_an_incident_without_a_place_is_asked_for_one(officer: TestClient) -> None:
    number = take(officer, lon="", lat="")
    assert "no_effect_place" in officer.get(ask(number, model="circle")).text
    placed = officer.get(ask(number, model="circle", lon="107.145", lat="34.369"))
    assert placed.status_code == 200


def test_the_caution_of_a_heavy_gas_is_shown_before_anything_is_worked_out(officer: TestClient) -> None:
    shown = officer.get(f"/incidents/{take(officer)}/effects?model=plume").text
    assert "氯气比空气重" in shown


def test_what_has_no_data_is_said_to_be_missing(officer: TestClient) -> None:
    shown = officer.get(ask(take(officer), model="circle")).text
    assert "没有“避难场所”数据，未统计" in shown


def test_a_kept_evaluation_is_seen_again_on_page_and_map_and_the_chain_holds(officer: TestClient) -> None:
    number = take(officer)
    assert keep(officer, number, model="plume", substance="chlorine", rate_g_per_s="500") == 303
    shown = officer.get(f"/incidents/{number}").text
    assert "记录链在第" not in shown
    found = re.search(rf"/incidents/{number}/effects/(\d+)", shown)
    assert found
    kept = officer.get(found[0]).text
    assert ("高斯烟羽" in kept, "泄漏速率 500 克/秒 (填报)" in kept) == (True, True)
    zones = officer.get(f"/api/v1{found[0]}").json()
    assert zones["type"] == "FeatureCollection"
    assert {one["properties"]["role"] for one in zones["features"]} == {"zone", "zone-wide", "zone-label"}


@pytest.mark.parametrize("model", ["circle", "fire", "blast", "first_minutes"])
def test_whatever_is_kept_leaves_the_chain_of_facts_whole(officer: TestClient, model: str) -> None:
    number = take(officer)
    assert keep(officer, number, model=model) == 303
    assert "记录链在第" not in officer.get(f"/incidents/{number}").text


def test_keeping_what_cannot_be_writes_nothing(officer: TestClient) -> None:
    number = take(officer)
    assert keep(officer, number, model="circle", radius_m="0.01") == 400
    assert "在地图上看影响范围" not in officer.get(f"/incidents/{number}").text


def test_an_evaluation_of_an_incident_that_moved_on_is_not_kept(officer: TestClient) -> None:
    number = take(officer)
    assert keep(officer, number, model="circle", radius_m="200") == 303
    sent = {"csrf": officer.headers["x-csrf-token"], "revision": "1", "model": "circle"}
    assert officer.post(f"/incidents/{number}/effects", data=sent).status_code == 409


def test_an_evaluation_that_was_never_kept_is_said_so(officer: TestClient) -> None:
    assert officer.get(f"/incidents/{take(officer)}/effects/1").status_code == 404


def test_only_those_who_may_note_keep_one(officer: TestClient, signed_in: SignedIn) -> None:
    number, operator = take(officer), signed_in("operator1")
    assert "记入事件" not in operator.get(ask(number, model="circle")).text
    sent = {"csrf": operator.headers["x-csrf-token"], "revision": "1", "model": "circle"}
    assert operator.post(f"/incidents/{number}/effects", data=sent).status_code == 403


def test_the_sheet_and_the_paper_say_the_same(officer: TestClient) -> None:
    number = take(officer)
    query = urlencode({"model": "circle", "radius_m": "150"})
    sheet = officer.get(f"/incidents/{number}/effects.csv?{query}").text
    assert all(words in sheet for words in ("半径,150,米", "面积,合计,", "局限,范围由人给定"))
    assert officer.get(f"/incidents/{number}/effects.pdf?{query}").content.startswith(b"%PDF")


def test_a_long_outline_goes_to_the_api_as_json(officer: TestClient) -> None:
    number = take(officer)
    ring = [[107.14, 34.365], [107.15, 34.365], [107.15, 34.372], [107.14, 34.365]]
    shape = json.dumps({"type": "Polygon", "coordinates": [ring]})
    answer = officer.post(f"/api/v1/incidents/{number}/effects", json={"model": "drawn", "shape": shape})
    assert answer.json()["features"][0]["geometry"]["type"] == "MultiPolygon"


def test_a_department_does_not_see_it(officer: TestClient, signed_in: SignedIn) -> None:
    number = take(officer)
    assert signed_in("water").get(f"/incidents/{number}/effects").status_code == 403


def test_the_area_that_was_noted_stands_in_the_first_report(officer: TestClient) -> None:
    number = take(officer)
    report = f"/incidents/{number}/report?code=city-province-written"
    assert "影响范围：（待填）" in officer.get(report).text
    keep(officer, number, model="circle", radius_m="120")
    assert "影响范围：圆形范围，" in officer.get(report).text


MARKED = [
    ({"model": "plume", "substance": "chlorine"}, "AEGL-3、AEGL-2的限值为回忆数据", "AEGL"),
    ({"model": "first_minutes", "substance": "chlorine"}, "隔离距离为回忆数据", "ERG"),
    ({"model": "blast"}, "的限值为回忆数据", "pressures"),
]


@pytest.mark.parametrize(("fields", "words", "because"), MARKED, ids=[row[-1] for row in MARKED])
def test_a_recalled_figure_is_marked_beside_it_on_page_sheet_and_map(
    officer: TestClient, fields: dict[str, str], words: str, because: str
) -> None:
    number = take(officer)
    query = urlencode({"run": "1"} | fields)
    shown = officer.get(f"/incidents/{number}/effects?{query}").text
    sheet = officer.get(f"/incidents/{number}/effects.csv?{query}").text
    labels = officer.get(f"/api/v1/incidents/{number}/effects?{query}").text
    assert re.search(r'<th scope="row">.*?<span class="badge">待核对</span>', shown)
    assert re.search(r"^限值,.*,待核对\r?$", sheet, re.MULTILINE)
    assert [words in one for one in (shown, sheet)] == [True, True]
    assert "（待核对）" in labels


def test_the_places_of_lost_shelters_are_told_on_page_and_sheet(officer: TestClient, wiring: Wiring) -> None:
    register(resources_of(wiring), resource())
    number = take(officer)
    query = urlencode({"run": "1", "model": "circle", "radius_m": "20000"})
    shown, sheet = (officer.get(f"/incidents/{number}/effects{end}?{query}").text for end in ("", ".csv"))
    lost = re.search(r"避难场所,合计少,(\d+),个位置", sheet)
    assert lost
    assert int(lost[1]) > 0
    told = f"合计少 {int(lost[1]):,} 个位置"
    assert told in shown
