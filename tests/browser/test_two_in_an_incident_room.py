"""Two people work in one incident room: what one draws or writes the other sees, without reloading."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from cases.rules.deciding import Asking
from emergency.rules.commands import Open as Opening
from gis_core.clock import FixedClock
from gis_core.places import LonLat
from tests.browser.conftest import Open, show
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-room")]
ROOM = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def number(address: str, wiring: Wiring, clock: FixedClock) -> str:
    """An incident that was just reported."""
    told = Opening("flood", "渭河水位上涨，滩面过水", place_text="滨河路", title="滨河路段水位上涨")
    who = Asking(clock.now(), None, "应急值班员甲", "duty_officer", None)
    opened = wiring.incidents.open(told, who, client_id=uuid4(), place=LonLat(107.1445, 34.369))
    return opened.incident_no


def test_a_stroke_and_an_entry_of_one_reach_the_other(sign_in: Open, address: str, number: str):
    room = f"{address}/incidents/{number}/room"
    officer: Page = sign_in("duty1", ROOM)
    officer.goto(room)
    commander: Page = sign_in("commander", ROOM)
    commander.goto(room)
    expect(commander.locator(".data-age")).to_have_text("实时")
    expect(officer.locator('main[data-drawn="yes"]')).to_be_visible()

    officer.get_by_text("线", exact=True).click()
    for x, y in ((200, 200), (320, 180)):
        officer.locator("main.map").click(position={"x": x, "y": y})
    officer.get_by_label("图上的文字").fill("警戒线")
    officer.get_by_role("button", name="画上").click()
    expect(commander.get_by_text("标绘 1 处")).to_be_visible()

    typing = commander.get_by_label("记什么")
    typing.fill("正在劝离")
    officer.get_by_label("记什么").fill("已通知沿线社区")
    officer.locator(".log-form").get_by_role("button", name="记入").click()
    expect(commander.locator(".timeline")).to_contain_text("已通知沿线社区")
    expect(typing).to_have_value("正在劝离")
    show(commander, "incident-room")

    officer.get_by_role("button", name="撤除我的上一笔").click()
    expect(commander.get_by_text("标绘 0 处")).to_be_visible()
