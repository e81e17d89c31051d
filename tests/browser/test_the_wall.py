"""The wall in a browser: at three sizes by night and day, live without a touch, red when nothing is heard."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from cases.rules.commands import Asking, Report
from gis_core.clock import FixedClock
from gis_core.places import LonLat
from tests.browser.conftest import DESK, OTHER_REPORTS, PHONE, Open, show, take
from web.accounts.reading import list_demo_logins
from web.wall_scenes import HOLDS
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(240)]

HD = {"width": 1920, "height": 1080}
UHD = {"width": 3840, "height": 2160}
THREE_TO_ONE = {"width": 5760, "height": 1920}
LEAST_PX = 24
"""The smallest text on a wall of 1080 lines; larger ones have it in proportion."""
PERSON, AWAY_S = "p1", 60


@pytest.fixture(scope="module")
def busy_city(address: str, wiring: Wiring, clock: FixedClock) -> str:
    """A morning after a week: cases of some days, a few of them late."""
    wiring.wall_figures.kept_s = 0.0
    with wiring.sessions() as session:
        inspector = next(one for one in list_demo_logins(session) if one.login == "inspector1")
        degrees = "SELECT ST_Transform(geom, 4490) AS place FROM grid.component ORDER BY id"
        places = session.execute(text(f"SELECT ST_X(place), ST_Y(place) FROM ({degrees}) AS c")).all()
    for n in range(60):
        file_one(wiring, clock, inspector, places[(n * 83 + n // 5) % len(places)], n)
        clock.at += timedelta(minutes=37 if n < 55 else 2)
    return address


@pytest.fixture(autouse=True)
def called_scenes_are_over(clock: FixedClock) -> None:
    """What another test called holds no longer."""
    clock.at += HOLDS + timedelta(seconds=1)


def file_one(wiring: Wiring, clock: FixedClock, inspector, place, n: int) -> str:
    """A report by an inspector; answers its number."""
    kind, type_code, where, words = OTHER_REPORTS[n % len(OTHER_REPORTS)]
    photo = take(wiring, "#2b2b2d")
    asking = Asking(clock.now(), inspector.id, inspector.name, "inspector", inspector.organisation_code)
    report = Report(
        uuid4(), kind, type_code, LonLat(*place), words, (photo,), place_text=where, is_synthetic=True
    )
    return wiring.cases.report(report, asking).case_no


def open_wall(sign_in: Open, size: dict[str, int], query: str = "") -> Page:
    page = sign_in("wall", size)
    page.goto(f"/wall?rotate=off{query}")
    expect(page.locator('.wall-page[data-ready="yes"]')).to_be_visible(timeout=60_000)
    expect(page.locator('.wall-map > .map[data-drawn="yes"]')).to_be_visible(timeout=60_000)
    return page


@pytest.mark.parametrize(
    ("name", "size", "query"),
    [
        ("wall-1080", HD, ""),
        ("wall-1080-day", HD, "&style=day"),
        ("wall-4k", UHD, "&scene=overdue"),
        ("wall-4k-night", UHD, ""),
        ("wall-3to1", THREE_TO_ONE, ""),
        ("wall-hot", HD, "&scene=hot"),
        ("wall-walked", HD, "&scene=walked"),
    ],
)
def test_the_wall_is_read_from_five_metres(busy_city, sign_in: Open, name, size, query) -> None:
    page = open_wall(sign_in, size, query)
    expect(page.locator("[data-n=open]")).to_have_text("60")
    smallest = page.evaluate(SMALLEST_TEXT)
    assert smallest >= LEAST_PX * min(size["width"] / 1920, size["height"] / 1080) - 0.1
    assert page.evaluate(CUT_OFF) == []
    show(page, name)


SMALLEST_TEXT = """() => {
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  let least = Infinity;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const isSeen = element.checkVisibility() && !element.closest("script, noscript, .unseen");
    if (!walker.currentNode.data.trim() || !isSeen) continue;
    least = Math.min(least, parseFloat(getComputedStyle(element).fontSize));
  }
  return least;
}"""


CUT_OFF = """() => [...document.querySelectorAll(".wall-page, .side")]
  .filter((box) => box.scrollHeight > box.clientHeight + 1).map((box) => box.className)"""


def test_a_case_appears_without_a_touch(busy_city, sign_in: Open, wiring: Wiring, clock: FixedClock) -> None:
    page = open_wall(sign_in, HD)
    before = int(page.locator("[data-n=open]").inner_text())
    with wiring.sessions() as session:
        inspector = next(one for one in list_demo_logins(session) if one.login == "inspector1")
    file_one(wiring, clock, inspector, (107.1445, 34.3690), 1)
    expect(page.locator("[data-n=open]")).to_have_text(str(before + 1))


def test_a_clock_that_hears_nothing_turns_red(busy_city, sign_in: Open) -> None:
    page = open_wall(sign_in, HD)
    expect(page.locator("[data-age]")).to_have_text("数据实时")
    page.evaluate(f"document.querySelector('main').wall.stream.heardAt -= {AWAY_S} * 1000")
    expect(page.locator("[data-age].is-stale")).to_contain_text("未更新", timeout=5_000)


def test_a_wall_that_slept_asks_for_everything_again(busy_city, sign_in: Open) -> None:
    page = open_wall(sign_in, HD)
    page.evaluate(f"document.querySelector('main').wall.stream.heardAt -= {AWAY_S} * 1000")
    with page.expect_request(lambda request: "/wall/figures" in request.url, timeout=30_000):
        pass
    expect(page.locator("[data-age]")).to_have_text("数据实时")


def test_a_desk_shows_its_case_on_the_wall(busy_city, sign_in: Open) -> None:
    wall, desk = open_wall(sign_in, HD), sign_in("chief1", DESK)
    desk.goto("/desk/duty-chief?tab=all")
    desk.locator(".case-row a").first.click()
    desk.get_by_role("button", name="上墙").click()
    expect(desk.get_by_role("button", name="已上墙")).to_be_visible()
    expect(wall.locator(".panel-case .case-title")).to_be_visible()
    expect(wall).to_have_url(re.compile("scene=case"))
    expect(wall.locator("[data-called]")).to_contain_text("值班长甲")
    expect(wall.locator('.wall-map > .map[data-drawn="yes"]')).to_be_visible()
    show(wall, "wall-case")
    desk.get_by_role("button", name="撤下").click()
    expect(desk.get_by_role("button", name="已撤下")).to_be_visible()
    expect(wall.locator("[data-called]")).not_to_contain_text("值班长甲")


def test_keys_choose_scenes_and_a_reload_keeps_them(busy_city, sign_in: Open) -> None:
    page = open_wall(sign_in, HD)
    page.keyboard.press("3")
    expect(page.locator('.wall-page[data-scene="hot"]')).to_be_visible()
    page.reload()
    expect(page.locator('.wall-page[data-scene="hot"]')).to_be_visible()


MOVE = """() => {
  const { wall } = document.querySelector("main");
  const at = Date.parse(document.querySelector("main").dataset.figuresAt) / 1000;
  wall.hear("movers", { rows: [["p1", 107.14, 34.37, 90, at, 1], ["v1", 107.15, 34.365, 200, at, 0],
    ["p2", 107.13, 34.36, 10, at - 300, 1]], gone: [] });
}"""
IS_RED = """([x, y]) => {
  const { wall } = document.querySelector("main");
  const { canvas, map, scale, pen } = wall.overlay;
  const at = map.project([x, y]);
  const [red, green, blue] = pen.getImageData(Math.round(at.x * scale), Math.round(at.y * scale), 1, 1).data;
  return canvas.width > 0 && red > 180 && green < 130 && blue < 130;
}"""
CALL = """async ([lon, lat]) => {
  const token = document.querySelector('meta[name="csrf"]').content;
  const headers = { "content-type": "application/json", accept: "application/json", "x-csrf-token": token };
  const body = JSON.stringify({ client_id: crypto.randomUUID(), lon, lat, accuracy_m: 8 });
  return (await (await fetch("/api/v1/sos", { method: "POST", headers, body })).json()).id;
}"""
ANSWER = """async (id) => {
  const token = document.querySelector('meta[name="csrf"]').content;
  const headers = { "content-type": "application/json", accept: "application/json", "x-csrf-token": token };
  return (await fetch(`/api/v1/sos/${id}/answer`, { method: "POST", headers, body: "{}" })).status;
}"""
PLACE = [107.1445, 34.3690]


def test_who_goes_off_duty_leaves_the_wall(busy_city, sign_in: Open) -> None:
    page = open_wall(sign_in, HD, "&scene=people")
    page.evaluate(MOVE)
    expect(page.locator("[data-people] dd").first).to_have_text("2")
    page.evaluate("document.querySelector('main').wall.hear('movers', {rows: [], gone: ['p1']})")
    expect(page.locator("[data-people] dd").first).to_have_text("1")


@pytest.fixture
def caller(busy_city, sign_in: Open) -> Page:
    """An inspector's phone."""
    return sign_in("inspector1", PHONE)


def test_a_call_for_help_is_seen_by_everybody_in_the_room(busy_city, sign_in: Open, caller: Page) -> None:
    wall, desk = open_wall(sign_in, HD, "&scene=people"), sign_in("chief1", DESK)
    wall.evaluate(MOVE)
    number = caller.evaluate(CALL, PLACE)
    expect(wall.get_by_role("alert")).to_contain_text("求助：监督员甲", timeout=1_000)
    expect(wall.get_by_role("alert")).to_contain_text("社区")
    expect(wall.locator(".has-alarm")).to_be_visible()
    assert wall.evaluate(IS_RED, PLACE)
    show(wall, "wall-sos")
    wall.reload()
    expect(wall.get_by_role("alert")).to_contain_text("求助：监督员甲")
    assert desk.evaluate(ANSWER, number) == 200
    expect(wall.get_by_role("alert")).to_be_hidden()


def test_a_call_for_help_is_not_hidden_by_a_scene_that_was_called(
    busy_city, sign_in: Open, caller: Page
) -> None:
    wall, desk = open_wall(sign_in, UHD, "&scene=hot"), sign_in("chief1", DESK)
    wall.evaluate("document.querySelector('main').wall.city.map.jumpTo({ center: [107.2, 34.39], zoom: 17 })")
    number = caller.evaluate(CALL, PLACE)
    expect(wall.get_by_role("alert")).to_contain_text("求助：监督员甲", timeout=2_000)
    assert wall.evaluate("[...document.querySelector('main').wall.overlay.rings.values()][0].angle !== null")
    show(wall, "wall-sos-4k")
    assert desk.evaluate(ANSWER, number) == 200
    expect(wall.get_by_role("alert")).to_be_hidden()
