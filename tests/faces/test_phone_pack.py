"""What lets the phone open without network: worker, shell, pack; and who may have them."""

import json
import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from tests.case_city import JINGER_ROAD

HERE = f"?lon={JINGER_ROAD.lon_deg}&lat={JINGER_ROAD.lat_deg}"


@pytest.fixture
def inspector(signed_in: Callable[[str], TestClient]) -> TestClient:
    return signed_in("inspector1")


def shell_of(client: TestClient) -> list[str]:
    found = re.search(r"start\((\{.*\})\);", client.get("/sw.js").text)
    assert found
    return [one["url"] for one in json.loads(found[1])["shell"]]


def test_every_file_of_the_shell_is_there(browser: TestClient):
    assert [url for url in shell_of(browser) if browser.get(url).status_code != 200] == []


def test_the_shell_has_every_module_that_its_modules_import(browser: TestClient):
    shell = set(shell_of(browser))
    scripts = [url for url in shell if url.endswith(".js") and "/vendor/" not in url]
    missing = set()
    for url in scripts:
        for name in re.findall(r'(?:from|import\()\s*"(\.[^"]+)"', browser.get(url).text):
            missing.add(browser.base_url.join(url).join(name).path)
    assert {
        path for path in missing - shell if "maplibre" not in path and not path.endswith(("basemaps.js",))
    } == set()


def test_every_part_that_pages_of_the_phone_start_is_in_the_shell(inspector: TestClient):
    shell = set(shell_of(inspector))
    html = "".join(inspector.get(path).text for path in ("/m", "/m/tasks", "/m/report", "/m/me", "/m/queue"))
    parts = {name for names in re.findall(r'data-part="([^"]+)"', html) for name in names.split()}
    assert {name for name in parts if f"/static/js/parts/{name}.js" not in shell} == set()


def test_the_worker_has_no_top_level_await(browser: TestClient):
    for name in ("worker", "sender", "store", "rules", "pack-rules", "shift", "shift-rules"):
        script = browser.get(f"/static/js/phone/{name}.js").text
        assert not re.search(r"^(const .*= )?await ", script, re.M)
        assert "words.js" not in script


def test_the_app_can_be_installed(browser: TestClient):
    app = browser.get("/m/manifest.webmanifest").json()
    sizes = {icon["sizes"] for icon in app["icons"] if browser.get(icon["src"]).status_code == 200}
    assert (app["display"], app["start_url"], app["scope"], sizes) == (
        "standalone",
        "/m",
        "/m",
        {"192x192", "512x512"},
    )


def test_a_pack_covers_what_is_around_who_has_no_grid(inspector: TestClient):
    pack = inspector.get(f"/m/pack.json{HERE}").json()
    urls = [entry["url"] for entry in pack["entries"]]
    assert {"/m", "/m/tasks", "/m/report", "/m/pack/area.json", "/m/map-worker.mjs"} <= set(urls)
    assert any(url.startswith("/tiles/base/16/") for url in urls)
    assert pack["bytes"] > 0


def test_everything_in_a_pack_can_be_fetched(inspector: TestClient):
    urls = [entry["url"] for entry in inspector.get(f"/m/pack.json{HERE}").json()["entries"]]
    seldom = [url for url in urls if "/16/" not in url and "/15/" not in url]
    assert [url for url in seldom if inspector.get(url).status_code != 200] == []


def test_a_pack_that_nothing_changed_has_the_same_versions(inspector: TestClient):
    first, again = (inspector.get(f"/m/pack.json{HERE}").json()["entries"] for _ in range(2))
    assert first == again


def test_a_pack_is_its_owner_s(inspector: TestClient):
    answer = inspector.get("/m/pack/area.json")
    assert (answer.headers["x-citygrid-person"], answer.headers["cache-control"]) == (
        inspector.get("/m/pack.json").json()["owner"], "no-store",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "because"),
    [("?lon=999&lat=1", "off the earth"), ("?lon=a&lat=b", "no numbers"), ("?lon=NaN&lat=1", "not a number")],
    ids=lambda value: value,
)
def test_a_pack_of_nowhere_is_refused(inspector: TestClient, query: str, because: str):
    assert inspector.get(f"/m/pack.json{query}").status_code == 400


def test_a_pack_elsewhere_has_pages_but_no_ground(inspector: TestClient):
    urls = [entry["url"] for entry in inspector.get("/m/pack.json").json()["entries"]]
    assert ("/m/tasks" in urls, any("/16/" in url for url in urls)) == (True, False)


@pytest.mark.parametrize("query", ["?lon=116.4&lat=39.9", "?lon=-179.9&lat=-89.9"])
def test_a_phone_outside_the_frame_has_a_pack_without_grids(inspector: TestClient, query: str):
    answer = inspector.get(f"/m/pack.json{query}")
    assert answer.status_code == 200
    assert "/m/tasks" in [entry["url"] for entry in answer.json()["entries"]]


def test_strangers_have_no_pack(browser: TestClient):
    assert browser.get("/m/pack.json", headers={"accept": "application/json"}).status_code == 401


@pytest.mark.parametrize(
    ("login", "because"),
    [
        ("leader", "leaders decide on the way"),
        ("drainage", "a department handles outside"),
        ("chief1", "a duty chief is not always at the desk"),
    ],
)
def test_leaders_departments_and_duty_chiefs_have_the_phone_too(
    signed_in: Callable[[str], TestClient], login: str, because: str
):
    assert signed_in(login).get("/m/tasks").status_code == 200


def test_desks_of_the_centres_do_not(signed_in: Callable[[str], TestClient]):
    assert signed_in("operator1").get("/m/tasks").status_code == 403


def test_outlines_of_the_own_grids_are_told_to_their_person_alone(inspector: TestClient):
    answer = inspector.get("/m/grids.json")
    told = answer.json()
    assert (told["owner"], answer.headers["cache-control"]) == (
        answer.headers["x-citygrid-person"],
        "no-store",
    )
    assert all(one["rings"] and len(one["rings"][0][0]) == 2 for one in told["grids"])


def test_all_sheets_of_the_phone_come_as_one_and_stay_as_long_as_they_are(inspector: TestClient):
    found = re.search(r'href="(/m/style\.css\?v=\w+)"', inspector.get("/m/queue").text)
    assert found
    sheet = inspector.get(found[1])
    assert all(name in sheet.text for name in ("--paper", ".button", ".maplibregl-map", ".sos-button"))
    assert "immutable" in sheet.headers["cache-control"]
    assert inspector.get("/m/style.css?v=other").headers["cache-control"] == "no-cache"


def test_modules_that_a_page_cannot_be_used_without_are_asked_for_at_once_and_no_others(
    inspector: TestClient,
):
    early = re.findall(r'rel="modulepreload" href="/static/([^"?]+)', inspector.get("/m/queue").text)
    assert {"js/start.js", "js/phone/store.js", "js/phone/shift.js", "vendor/idb/index.js"} <= set(early)
    assert [name for name in early if "/map/" in name or "maplibre" in name] == []


def test_one_s_own_way_is_a_page_before_one_was_ever_on_duty(inspector: TestClient):
    assert "今天还没有位置" in inspector.get("/m/track").text
