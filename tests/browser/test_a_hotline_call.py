"""A hotline call from the first ring to the number read out: history, place, look-alikes, filed or joined."""

import re
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from cases.rules.commands import Asking, Decline, Report
from gis_core.places import LonLat
from tests.browser.conftest import DESK, Open, see_map, show, take
from web.accounts.keys import issue_key
from web.accounts.reading import list_people
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages"), pytest.mark.timeout(180)]
CALLER = "13800000000"
CROSSING = "经二路和红旗路十字往东五十米"
HERE = LonLat(107.1450, 34.3687)


def asking(wiring: Wiring, role: str) -> Asking:
    with wiring.sessions() as session:
        person = list_people(session, role)[0]
    return Asking(wiring.clock.now(), person.id, person.name, role, person.organisation_code)


def report(wiring: Wiring, type_code: str, words: str, phone: str = "") -> str:
    """What somebody called about before, with a photo."""
    photos = (take(wiring, "#303236"),)
    sent = Report(
        uuid4(), "matter", type_code, HERE, words, photos, place_text="经二路与红旗路路口东",
        contact_name="来电人", contact_phone=phone, is_synthetic=True,
    )  # fmt: skip
    return wiring.cases.report(sent, asking(wiring, "operator")).case_no


@pytest.fixture(scope="module")
def told_before(wiring: Wiring) -> str:
    """Three earlier reports of the crossing: one of this caller, one that ended, one of refuse."""
    report(wiring, "09006", "摊贩占道", CALLER)
    ended = report(wiring, "06013", "路面积水")
    wiring.cases.perform(ended, Decline("", "resolved"), asking(wiring, "operator"), 1)
    return report(wiring, "06010", "路口垃圾堆了两天")


@pytest.fixture
def desk(sign_in: Open, told_before: str) -> Page:
    desk = sign_in("operator1", DESK)
    expect(desk.locator(".data-age")).to_have_text("实时")
    return desk


def ring(wiring: Wiring, address: str) -> None:
    """The telephone system says that somebody calls."""
    key = issue_key(wiring.sessions, f"话务 {uuid4().hex[:8]}", scopes=["call"], at=wiring.clock.now())
    httpx.post(f"{address}/api/v1/calls", data={"api_key": key, "phone": CALLER}).raise_for_status()


def take_down(desk: Page) -> None:
    """Answer, and write down what the caller says and where."""
    desk.get_by_role("alert").get_by_role("link", name="登记这个来电").click()
    desk.get_by_label("怎么说的").fill("路口垃圾堆成山，没人管")
    desk.get_by_label("在哪里").fill(CROSSING)
    expect(desk.get_by_text("回车选第 1 处").first).to_be_visible()
    desk.get_by_label("在哪里").press("Enter")
    desk.get_by_label("暴露垃圾").first.check()


def test_a_call_is_answered_with_all_that_is_known_and_its_number_read_out(
    desk: Page, wiring: Wiring, address: str
) -> None:
    addresses: list[str] = []
    desk.on("request", lambda request: addresses.append(request.url))
    ring(wiring, address)
    take_down(desk)
    expect(desk.get_by_text("这个号码一年内反映过 1 件")).to_be_visible()
    assert [one for one in addresses if CALLER in one] == []
    history = desk.locator(".place-history")
    expect(history).to_contain_text("反映过 3 件")
    expect(history).to_contain_text("问题已消失")
    see_map(desk)
    desk.get_by_role("link", name=re.compile("反映过 3 件")).click()
    show(desk, "call-history")
    desk.get_by_label("进展怎么告诉来电人").select_option("sms")
    desk.get_by_label("来电人同意").check()
    desk.get_by_role("button", name="登记", exact=True).click()
    read_out = desk.locator(".read-out")
    expect(read_out).to_contain_text(re.compile(r"查询码\s*[2-9A-Z]{8}"))
    show(desk, "call-read-out")


def test_a_caller_who_says_the_same_is_added_to_the_case(
    desk: Page, wiring: Wiring, address: str, told_before: str
) -> None:
    ring(wiring, address)
    take_down(desk)
    alike = desk.locator(".look-alike").filter(has=desk.locator(f'[value="{told_before}"]'))
    alike.get_by_role("button", name="是同一个，记一次反映").click()
    expect(desk.locator(".read-out")).to_be_visible()
    expect(desk).to_have_url(re.compile(told_before))


NEAREST = text("""
    SELECT code FROM grid.component WHERE type_code LIKE '01%' AND state <> '移除'
    ORDER BY geom <-> ST_Transform(ST_SetSRID(ST_MakePoint(:lon, :lat), 4490), ST_SRID(geom)) LIMIT 1
""")


def test_the_component_that_a_caller_means_is_chosen_by_keyboard(desk: Page, wiring: Wiring) -> None:
    with wiring.sessions() as session:
        code = session.execute(NEAREST, {"lon": HERE.lon_deg, "lat": HERE.lat_deg}).scalar_one()
    desk.goto(f"/desk/operator/register?component_code={code}")
    choices = desk.get_by_role("group", name=re.compile("说的是哪一个部件"))
    meant = choices.locator(f'[value="{code}"]')
    expect(meant).to_be_checked()
    meant.press("ArrowUp")
    expect(meant).not_to_be_checked()
    desk.keyboard.press("ArrowDown")
    expect(meant).to_be_checked()
    choices.scroll_into_view_if_needed()
    show(desk, "call-component")
    desk.get_by_label("称呼").fill("来电人")
    desk.get_by_label("怎么说的").fill("响得厉害")
    desk.get_by_role("button", name="登记", exact=True).click()
    expect(desk.locator(".sheet")).to_contain_text(code)
