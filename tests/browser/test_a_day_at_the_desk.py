"""A day at a desk: filters as chips, list and map alike, a kept view, many cases at once, a still list."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from cases.rules.commands import Asking, Report
from gis_core.places import LonLat
from tests.browser.conftest import DESK, see_map, show
from tests.case_city import JINGER_ROAD
from web.bulk_jobs import BulkJobs
from web.faces.workbench.bulk import acts_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
WIDE = {"width": 1920, "height": 1080}
SHOWN = """() => {
    const layers = ["other-cases-dot", "other-cases-cluster"];
    const seen = document.querySelector(".map").cityMap.map.queryRenderedFeatures({layers});
    const nameOf = ({properties, geometry}) => properties.case_no ?? String(geometry.coordinates);
    const counts = new Map(seen.map((one) => [nameOf(one), one.properties.n ?? 1]));
    return [...counts.values()].reduce((sum, n) => sum + n, 0);
}"""


@pytest.fixture
def desk(sign_in, other_reports) -> Page:
    page = sign_in("operator1", DESK)
    see_map(page)
    return page


def rows(page):
    return page.locator(".case-row")


def hold(page: Page, script: str) -> list[Route]:
    """The requests for a script, kept until one of them is let go on."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(f"**/js/{script}*", keep)
    return held


def new_report(wiring, clock, words="刚刚上报的井盖"):
    asking = Asking(clock.now(), None, "公众", "public", None)
    place = LonLat(JINGER_ROAD.lon_deg, JINGER_ROAD.lat_deg)
    wiring.cases.report(Report(uuid4(), "component", "01002", place, words, (), place_text=words), asking)


def test_all_filters_are_a_panel_and_each_is_a_chip(desk):
    desk.keyboard.press("n")
    panel = desk.get_by_role("dialog", name="筛选案件")
    panel.get_by_label("大类").select_option("06")
    panel.get_by_label("有照片").select_option("true")
    panel.get_by_role("button", name="筛选").click()
    expect(panel).to_be_hidden()
    expect(rows(desk)).to_have_count(2)
    expect(desk.get_by_role("listitem").filter(has_text="大类 市容环境类")).to_be_visible()
    desk.get_by_role("link", name="大类 市容环境类").click()
    expect(rows(desk)).to_have_count(8)


def test_the_map_shows_exactly_the_cases_of_the_list(desk):
    desk.goto("/desk/operator?tab=all&major=06")
    see_map(desk)
    assert desk.evaluate(SHOWN) == 2
    desk.get_by_role("link", name="清除").click()
    expect(rows(desk)).to_have_count(8)
    see_map(desk)
    assert desk.evaluate(SHOWN) == 8
    tab = desk.get_by_role("navigation", name="队列").get_by_role("link", name="待核查")
    tab.click()
    expect(rows(desk)).to_have_count(0)
    see_map(desk)
    assert desk.evaluate(SHOWN) == 0


def test_a_filter_is_kept_and_a_removed_view_comes_back(desk):
    desk.goto("/desk/operator?tab=all&source=inspector")
    desk.get_by_role("link", name="保存现在的筛选").click()
    desk.get_by_role("dialog").get_by_role("textbox").fill("监督员的")
    desk.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(desk.get_by_role("link", name="监督员的")).to_have_attribute("aria-current", "true")
    desk.get_by_role("link", name="保存、管理").click()
    desk.get_by_role("dialog").get_by_role("button", name="删除").click()
    desk.get_by_role("button", name="撤销").click()
    expect(desk.get_by_role("link", name="监督员的")).to_be_visible()


def test_a_click_before_the_scripts_have_come_is_done_once_they_have(desk):
    held = hold(desk, "parts/desk.js")
    desk.goto("/desk/operator?tab=all", wait_until="commit")
    with desk.expect_event("request", lambda request: "parts/desk.js" in request.url):
        pass
    desk.get_by_role("link", name="保存、管理").or_(desk.get_by_role("link", name="保存现在的筛选")).click()
    held[0].continue_()
    expect(desk.get_by_role("dialog").get_by_role("textbox")).to_be_visible()


def test_a_form_sent_before_its_part_has_come_is_sent_by_it_once_it_has(sign_in, other_reports):
    chief = sign_in("chief1", DESK)
    held = hold(chief, "parts/to-wall.js")
    chief.goto("/desk/duty-chief?tab=all")
    with chief.expect_event("request", lambda request: "parts/to-wall.js" in request.url):
        rows(chief).first.locator("> a").click()
    chief.get_by_role("button", name="上墙").click()
    held[0].continue_()
    expect(chief.get_by_role("button", name="已上墙")).to_be_visible()


def test_the_list_does_not_move_under_the_hand_when_something_comes_in(desk, wiring, clock):
    desk.goto("/desk/operator?tab=all")
    see_map(desk)
    expect(desk.locator(".data-age")).to_have_text("实时")
    held = rows(desk).nth(6)
    held.locator("> a").focus()
    chosen, before = held.get_attribute("data-case"), held.bounding_box()
    view = desk.evaluate("() => document.querySelector('.map').cityMap.middle()")
    new_report(wiring, clock)
    expect(rows(desk)).to_have_count(9)
    assert desk.locator(f'[data-case="{chosen}"].case-row').bounding_box() == before
    assert desk.evaluate("() => document.activeElement.parentElement.dataset.case") == chosen
    assert desk.evaluate("() => document.querySelector('.map').cityMap.middle()") == view


def test_rows_are_chosen_by_keys_tried_and_done(desk, wiring, clock):
    before = rows(desk).count()
    for key in ("j", "x", "j"):
        desk.keyboard.press(key)
    rows(desk).nth(2).locator("> a").click(modifiers=["Shift"])
    expect(desk.get_by_text("已选 3 件")).to_be_visible()
    desk.set_viewport_size(WIDE)
    show(desk, "desk-choosing")
    desk.get_by_role("button", name="批量办理").click()
    desk.get_by_role("link", name="不予受理").click()
    desk.get_by_label("理由").select_option("duplicate")
    desk.get_by_role("button", name="试办").click()
    desk.set_viewport_size(DESK)
    expect(desk.get_by_role("button", name="不予受理 3 件")).to_be_visible()
    show(desk, "desk-dry-run")
    desk.get_by_role("button", name="不予受理 3 件").click()
    BulkJobs(wiring.sessions, lambda: acts_of(wiring), clock).work()
    expect(desk.get_by_text("已办完")).to_be_visible()
    desk.get_by_role("link", name="回到列表").click()
    see_map(desk)
    expect(rows(desk)).to_have_count(before - 3)
