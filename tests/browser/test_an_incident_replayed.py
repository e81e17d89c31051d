"""An incident played again: keys go from fact to fact, the board follows, the address keeps the moment."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from cases.rules.deciding import Asking
from emergency.rules.commands import Confirm, NoteToll, Open
from emergency.rules.levels import EventLevel, Toll
from gis_core.clock import FixedClock
from gis_core.places import LonLat
from tests.browser.conftest import Open as SignIn
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages"), pytest.mark.timeout(240)]
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def number(address: str, wiring: Wiring, clock: FixedClock) -> str:
    """An incident of a minute: a call, its level after twenty seconds, a toll after forty."""
    since = clock.now()

    def by(seconds: float) -> Asking:
        return Asking(since + timedelta(seconds=seconds), 31, "应急值班员甲", "duty_officer", "BJ-ZH")

    told = Open("flood", "石坝河漫堤", place_text="石坝河")
    number = wiring.incidents.open(told, by(0), client_id=uuid4(), place=LonLat(107.1445, 34.369)).incident_no
    wiring.incidents.perform(number, Confirm("flood", EventLevel(3), words="水位上涨快"), by(20))
    wiring.incidents.perform(number, NoteToll(Toll(moved=1289)), by(40))
    clock.at = since + timedelta(minutes=2)
    return number


@pytest.fixture
def replay(number: str, sign_in: SignIn) -> Page:
    page = sign_in("duty1", DESK)
    page.goto(f"/incidents/{number}/replay")
    expect(page.locator('[data-part~="incident-replay"][data-ready="yes"]')).to_be_visible()
    return page


def test_keys_go_from_fact_to_fact_and_the_address_follows(replay: Page) -> None:
    board = replay.locator("[data-board]")
    replay.keyboard.press("Home")
    expect(board).to_contain_text("第 1 条，共 3 条")
    replay.keyboard.press(".")
    expect(board).to_contain_text("第 2 条，共 3 条")
    expect(board).not_to_contain_text("1289")
    expect(replay).to_have_url(re.compile(r"at="))
    replay.reload()
    expect(board).to_contain_text("第 2 条，共 3 条")


def test_played_the_board_follows_the_clock_to_the_end(replay: Page) -> None:
    replay.get_by_role("link", name="最早").click()
    expect(replay.locator("[data-board]")).to_contain_text("第 1 条")
    replay.get_by_role("button", name="×10", exact=True).click()
    replay.get_by_role("button", name="播放").click()
    expect(replay.locator("[data-board]")).to_contain_text("转移安置 1289 人")
    expect(replay.get_by_role("button", name="播放")).to_be_visible()


def test_the_slider_goes_anywhere(replay: Page) -> None:
    replay.locator("input[data-at]").fill("25")
    expect(replay.locator("[data-board]")).to_contain_text("第 2 条，共 3 条")


def test_called_to_the_wall_it_plays_to_its_end_and_gives_the_wall_back(
    replay: Page, sign_in: SignIn, number: str
) -> None:
    wall = sign_in("wall", {"width": 1920, "height": 1080})
    wall.goto("/wall?show=hot")
    expect(wall.locator('.wall-page[data-ready="yes"]')).to_be_visible()
    replay.get_by_role("button", name="×10", exact=True).click()
    replay.get_by_role("button", name="上墙").click()
    expect(replay.get_by_role("button", name="已上墙")).to_be_visible()
    expect(wall).to_have_url(re.compile(rf"/wall/incidents/{number}/replay"))
    expect(wall.get_by_text("回放，不是实时")).to_be_visible()
    expect(wall.locator('.wall-page:not(.replay-page)[data-ready="yes"]')).to_be_visible(timeout=60_000)
    expect(wall).to_have_url(re.compile(r"/wall\?.*show=hot"))
