"""A past hour on the wall: played at ×600, dragged back, the same picture; never to be taken for live."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from cases.rules.commands import Asking, Decline, Report
from gis_core.clock import FixedClock, city_time
from gis_core.places import LonLat
from grid.positions.operations import Batch, Walker
from tests.browser.conftest import OTHER_REPORTS, Open, show, take
from web.accounts.people import Person
from web.accounts.reading import list_demo_logins, list_people
from web.wall_scenes import LONGEST
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(240)]

HD = {"width": 1920, "height": 1080}
UHD = {"width": 3840, "height": 2160}
LEAST_PX = 24


@pytest.fixture(scope="module")
def hour(address: str, wiring: Wiring, clock: FixedClock) -> str:
    """An hour of reports, a third of them declined, with an inspector walking; answers it as a query."""
    since = clock.now()
    with wiring.sessions() as session:
        logins = {one.login: one for one in list_demo_logins(session)}
        person = list_people(session, "inspector")[0]
        degrees = "SELECT ST_Transform(geom, 4490) AS place FROM grid.component ORDER BY id"
        places = session.execute(text(f"SELECT ST_X(place), ST_Y(place) FROM ({degrees}) AS c")).all()
    wiring.movers.start_duty(Walker(f"p{person.id}", person.name, None), "consent-1", at=since, said_at=since)
    for n in range(40):
        live_one(wiring, clock, logins, places[(n * 83) % len(places)], n)
        clock.at += timedelta(seconds=90)
    walk(wiring, person, clock)
    clock.at = since + timedelta(minutes=61)
    return f"from={city_time(since):%Y-%m-%dT%H:%M}&to={city_time(since + timedelta(hours=1)):%Y-%m-%dT%H:%M}"


def live_one(wiring: Wiring, clock: FixedClock, logins: dict[str, Person], place, n: int) -> None:
    """A report, and for every third one what became of it."""
    inspector, operator = logins["inspector1"], logins["operator1"]
    kind, type_code, where, words = OTHER_REPORTS[n % len(OTHER_REPORTS)]
    photo = take(wiring, "#2b2b2d")
    asking = Asking(clock.now(), inspector.id, inspector.name, "inspector", inspector.organisation_code)
    report = Report(
        uuid4(), kind, type_code, LonLat(*place), words, (photo,), place_text=where, is_synthetic=True
    )
    number = wiring.cases.report(report, asking).case_no
    desk = Asking(clock.now() + timedelta(seconds=40), operator.id, operator.name, "operator")
    if n % 3 == 0:
        wiring.cases.perform(number, Decline("重复"), desk, 1)


def walk(wiring: Wiring, person: Person, clock: FixedClock) -> None:
    start = clock.now() - timedelta(minutes=59)
    rows = [
        {"at": (start + timedelta(seconds=10 * n)).isoformat(), "lon": 107.140 + n * 4e-5, "lat": 34.369}
        for n in range(350)
    ]
    wiring.movers.take(Batch(f"p{person.id}", uuid4(), rows, own=f"p{person.id}"), at=clock.now())


def open_replay(sign_in: Open, query: str, login: str = "leader", size: dict[str, int] = HD) -> Page:
    page = sign_in(login, size)
    page.goto(f"/wall/replay?{query}")
    expect(page.locator('.replay-page[data-ready="yes"]')).to_be_visible(timeout=60_000)
    expect(page.locator('.wall-map > .map[data-drawn="yes"]')).to_be_visible(timeout=60_000)
    return page


PICTURE = """() => {
  const root = document.querySelector("main");
  const { timeline, overlay, player } = root.replay;
  return JSON.stringify([Math.round(player.at), timeline.features(), overlay.shown.rings.length,
    root.querySelector(".side-left").textContent, root.querySelector("[data-rows=steps]").textContent,
    root.querySelector("[data-now]").textContent]);
}"""


def drag_to(page: Page, second: int) -> None:
    page.locator("[data-at].replay-slider").fill(str(second))


def test_an_hour_is_played_dragged_back_and_is_the_same_picture(hour: str, sign_in: Open) -> None:
    page = open_replay(sign_in, f"{hour}&purpose=evaluation&speed=600")
    drag_to(page, 1800)
    before = page.evaluate(PICTURE)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="播放")).to_be_visible(timeout=60_000)  # it has come to the end
    expect(page.locator("[data-n=reported]")).to_have_text("40")
    drag_to(page, 1800)
    assert page.evaluate(PICTURE) == before
    show(page, "wall-replay")


def test_a_reload_shows_the_moment_it_stood_at(hour: str, sign_in: Open) -> None:
    page = open_replay(sign_in, hour)
    drag_to(page, 900)
    expect(page).to_have_url(re.compile("at=900"))
    before = page.evaluate(PICTURE)
    page.reload()
    expect(page.locator('.replay-page[data-ready="yes"]')).to_be_visible(timeout=60_000)
    assert page.evaluate(PICTURE) == before


def test_keys_step_from_one_thing_to_the_next(hour: str, sign_in: Open) -> None:
    page = open_replay(sign_in, hour)
    page.keyboard.press(".")
    page.keyboard.press(".")
    page.keyboard.press("ArrowUp")
    expect(page.locator("main")).to_have_attribute("data-at", "90")
    expect(page.locator("[data-speed-said]")).to_have_text("×300")
    expect(page.locator("[data-rows=steps] li").first).to_contain_text("上报")


@pytest.mark.parametrize(("size", "style"), [(HD, ""), (UHD, "&style=day")])
def test_it_is_read_from_five_metres_and_never_taken_for_live(hour, sign_in: Open, size, style) -> None:
    page = open_replay(sign_in, f"{hour}&at=1800{style}", size=size)
    expect(page.locator(".replay-word")).to_contain_text("回放")
    expect(page.locator("[data-age]")).to_have_count(0)
    assert page.evaluate(SMALLEST_TEXT) >= LEAST_PX * size["height"] / 1080 - 0.1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


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


def test_who_may_look_at_tracks_sees_who_walked(hour: str, sign_in: Open) -> None:
    page = open_replay(sign_in, f"{hour}&purpose=attendance&at=1800")
    assert page.evaluate("document.querySelector('main').replay.overlay.shown.ways.length") == 1
    expect(page.locator("[data-notes] li")).to_have_count(0)


def test_the_wall_itself_is_told_that_nobody_is_shown(hour: str, sign_in: Open) -> None:
    page = open_replay(sign_in, f"{hour}&purpose=attendance&at=1800", login="wall")
    expect(page.locator("[data-notes]")).to_contain_text("只有值班长和领导能看")


def test_from_the_wall_to_its_past_and_back(hour: str, sign_in: Open) -> None:
    page = sign_in("wall", HD)
    page.goto("/wall?rotate=off")
    page.get_by_role("link", name="回放").click()
    expect(page.locator('.replay-page[data-ready="yes"]')).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="回到实时").click()
    expect(page).to_have_url(re.compile("/wall$"))


# called to the wall


@pytest.fixture
def wall(hour: str, sign_in: Open, clock: FixedClock) -> Page:
    """The wall of the command centre, with nothing called to it."""
    clock.at += LONGEST
    page = sign_in("wall", HD)
    page.goto("/wall?rotate=off&show=hot:60")
    expect(page.locator('.wall-page[data-ready="yes"]')).to_be_visible(timeout=60_000)
    return page


def test_a_replay_is_called_to_the_wall_plays_to_its_end_and_gives_it_back(
    hour: str, sign_in: Open, wall: Page
) -> None:
    desk = open_replay(sign_in, f"{hour}&speed=300", "chief1")
    drag_to(desk, 1200)
    desk.get_by_role("button", name="上墙").click()
    expect(desk.get_by_role("button", name="已上墙")).to_be_visible()
    expect(wall.locator('.replay-page.is-called[data-playing="yes"]')).to_be_visible(timeout=60_000)
    assert int(wall.locator(".replay-page").get_attribute("data-at") or 0) >= 1200
    expect(wall.locator("[data-called]")).to_have_text("值班长甲 投放")
    show(wall, "wall-replay-called")
    expect(wall.locator('.wall-page:not(.replay-page)[data-ready="yes"]')).to_be_visible(timeout=60_000)
    expect(wall).to_have_url(re.compile(r"/wall\?.*show=hot"))
    expect(wall.locator("[data-called]")).not_to_contain_text("值班长甲")


def test_a_replay_on_the_wall_is_called_off(hour: str, sign_in: Open, wall: Page) -> None:
    desk = open_replay(sign_in, f"{hour}&speed=10", "leader")
    desk.get_by_role("button", name="上墙").click()
    expect(wall.locator(".replay-page.is-called")).to_be_visible(timeout=60_000)
    desk.get_by_role("button", name="撤下").click()
    expect(wall.locator('.wall-page:not(.replay-page)[data-ready="yes"]')).to_be_visible(timeout=60_000)


CALL = """async () => {
  const token = document.querySelector('meta[name="csrf"]').content;
  const headers = { "content-type": "application/json", accept: "application/json", "x-csrf-token": token };
  const body = JSON.stringify({ client_id: crypto.randomUUID(), lon: 107.1445, lat: 34.369, accuracy_m: 8 });
  return (await fetch("/api/v1/sos", { method: "POST", headers, body })).status;
}"""


def test_a_call_for_help_ends_a_replay_on_the_wall(hour: str, sign_in: Open, wall: Page) -> None:
    desk, caller = open_replay(sign_in, f"{hour}&speed=10", "leader"), sign_in("inspector1", HD)
    desk.get_by_role("button", name="上墙").click()
    expect(wall.locator(".replay-page.is-called")).to_be_visible(timeout=60_000)
    assert caller.evaluate(CALL) == 201
    expect(wall.get_by_role("alert")).to_contain_text("求助：监督员甲", timeout=60_000)
    expect(wall.locator(".wall-page:not(.replay-page).has-alarm")).to_be_visible()
