"""An emergency as the duty desk handles it, by pages alone: called in, confirmed, seen, closed off, led to
shelters, activated, done by a department, stood down, closed, replayed."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from emergency.resources.sample import draw_resources
from emergency.response import store
from gis_core.clock import FixedClock
from tests.browser.conftest import Open, see_map, show
from tests.case_city import baoji
from tests.response_city import PLANS
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages"), pytest.mark.timeout(600)]
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def prepared(wiring: Wiring, clock: FixedClock) -> None:
    """The sample plans and the sample resources."""
    with wiring.sessions.begin() as session:
        for plan in PLANS:
            store.add_version(session, plan, by="系统", at=clock.now())
    draw_resources(wiring.sessions, baoji(), at=clock.now())


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def unfold(part: Page | Locator, words: str) -> None:
    part.locator("summary").filter(has_text=re.compile(f"^{words}$")).click()


def test_a_flood_from_the_call_to_the_lessons(prepared: None, sign_in: Open) -> None:
    officer = sign_in("duty1", DESK)
    number = call_in(officer)
    room = f"/incidents/{number}"
    keep_effect(officer, room)
    close_roads(officer, room)
    lead_to_shelters(officer, room)
    commander = sign_in("commander", DESK)
    draft_a_version(commander)
    activate(commander, room)
    department = sign_in("power", DESK)
    finish_a_task(department)
    commander.goto(f"{room}/room")
    see_map(commander)
    expect(commander.get_by_text("已完成").first).to_be_visible()
    show(commander, "incident-room-working")
    end(commander, room)
    look_back(commander, room)


def call_in(page: Page) -> str:
    """The call as it comes, with its place on the map; the level confirmed."""
    page.goto("/duty")
    page.get_by_role("link", name="接报登记").first.click()
    page.get_by_label("发生了什么").fill("清姜河益门镇段水位快速上涨，沿岸道路积水，有人被困")
    page.get_by_label("类型", exact=True).select_option("flood")
    page.get_by_label("在哪里").fill("清姜河河堤路")
    page.locator(".place-picker .map.is-open").click()
    expect(page.locator('[name="lon"]')).to_have_value(re.compile(r"^107"))
    press(page, "登记")
    expect(page).to_have_url(re.compile(r"/incidents/TF\d+"))
    found = re.search(r"TF\d+", page.url)
    assert found
    unfold(page, "确认为突发事件")
    form = page.locator('form[action$="/confirm"]')
    form.get_by_label("事件级别").select_option("3")
    form.locator('[name="words"]').fill("水文站核实，水位上涨快")
    form.get_by_role("button").click()
    expect(page.get_by_text("较大").first).to_be_visible()
    return found[0]


def keep_effect(page: Page, room: str) -> None:
    """A circle around the place: who is inside, kept in the record."""
    page.goto(f"{room}/effects?model=circle&run=1&radius_m=400")
    see_map(page)
    expect(page.get_by_text("范围内有谁、有什么")).to_be_visible()
    show(page, "incident-exposure")
    press(page, "记入事件")
    expect(page).to_have_url(re.compile("done="))


def close_roads(page: Page, room: str) -> None:
    """The kept area becomes a closure; a way for the public goes round it."""
    page.goto(f"{room}/roads")
    press(page, "转为封控，救援车辆可进入")
    expect(page.locator(".closure-in_force")).to_have_count(1)
    lon, lat = (float(part) for part in place_of(page, room))
    asked = f"ask=route&run=1&profile=public&start={lon - 0.012},{lat}&end={lon + 0.012},{lat}"
    page.goto(f"{room}/roads?{asked}")
    see_map(page)
    expect(page.locator(".route-steps li").first).to_be_visible()
    show(page, "incident-roads")


def place_of(page: Page, room: str) -> tuple[str, str]:
    """Longitude and latitude as the form of effects has them."""
    page.goto(f"{room}/effects?model=circle")
    return page.locator('[name="lon"]').input_value(), page.locator('[name="lat"]').input_value()


def lead_to_shelters(page: Page, room: str) -> None:
    """People of the area are led to shelters of the register."""
    page.goto(f"{room}/sheltering")
    page.get_by_label("转移范围").select_option(index=1)
    press(page, "安排")
    expect(page.get_by_role("heading", name="避难场所", exact=True)).to_be_visible()
    see_map(page)
    show(page, "incident-sheltering")
    press(page, "记入事件")


def draft_a_version(page: Page) -> None:
    """The commander drafts a new version of the plan: one more condition, seen at once, and taken back."""
    page.goto("/duty/plans/BJ-FX")
    unfold(page, "起草新版本")
    press(page, "起草")
    page.get_by_role("link", name="三级响应").click()
    page.get_by_role("link", name="加条件").first.click()
    page.get_by_role("link", name="流量（立方米每秒）").click()
    page.get_by_label("站点").fill("益门镇站")
    page.locator('[name="at_least"]').fill("280")
    press(page, "保存条件")
    expect(page.get_by_text("益门镇站流量 ≥ 280 立方米每秒")).to_be_visible()
    show(page, "plan-editor")
    press(page, "撤销上一处改动")
    expect(page.get_by_text("益门镇站流量 ≥ 280 立方米每秒")).to_have_count(0)


def activate(page: Page, room: str) -> None:
    """The flood plan at level III, all its tasks given out at once."""
    page.goto(f"{room}/response")
    plan = page.locator(".proposed", has_text="防汛应急预案").first
    plan.get_by_role("combobox").select_option("3")
    press(page, "核对")
    page.get_by_label("总指挥").select_option("leader@BJ-ZH")
    for name, words in (
        ("matter", "清姜河洪水"),
        ("measures", "巡堤查险，转移低洼处群众"),
        ("evidence", "水文站核实"),
    ):
        page.locator(f'[name="{name}"]').fill(words)
    page.get_by_label("预计持续时间（小时）").fill("24")
    press(page, "确认启动")
    expect(page.get_by_text("响应中：三级响应")).to_be_visible()


def finish_a_task(page: Page) -> None:
    """A department takes its first task and says that it is done."""
    page.goto("/department/tasks")
    first = page.locator(".task").first
    first.get_by_role("button", name="接受").click()
    first = page.locator(".task").first
    unfold(first, "完成")
    first.locator('[name="words"]').last.fill("电源车已到位，照明恢复")
    first.get_by_role("button", name="完成").click()
    expect(page.get_by_text("电源车已到位").first).to_be_visible()


def end(page: Page, room: str) -> None:
    """The response is stood down and the incident closed."""
    page.goto(f"{room}/response")
    unfold(page, "终止响应")
    page.locator('form[action$="/stand-down"] [name="why"]').fill("水位退至警戒线以下，群众已安置")
    page.locator('form[action$="/stand-down"]').get_by_role("button").click()
    page.goto(room)
    unfold(page, "归档")
    page.locator('form[action$="/close"] [name="words"]').fill("处置结束，资料归档")
    page.locator('form[action$="/close"]').get_by_role("button").click()
    expect(page.get_by_text("已归档").first).to_be_visible()


def look_back(page: Page, room: str) -> None:
    """What happened is played again and measured."""
    page.goto(f"{room}/replay")
    see_map(page)
    show(page, "incident-replay")
    page.goto(f"{room}/measures")
    expect(page.get_by_text("接报").first).to_be_visible()
    show(page, "incident-measures")
