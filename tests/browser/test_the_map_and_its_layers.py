"""The map in a browser: layers and their filter by keyboard and by touch, and the night of the wall."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import DESK, PHONE, Open, see_map, show

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(120)]

WALL = {"width": 1920, "height": 1080}
TARGET_PX = 48
"""Drawing the map in software keeps the page from answering while other tests draw theirs."""


def open_map(page: Page, address: str = "/map") -> Page:
    page.goto(address)
    see_map(page)
    return page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def open_panel_by_keyboard(page: Page) -> None:
    page.get_by_role("button", name="图层与图例").focus()
    press(page, "Enter")


def test_the_panel_opens_switches_and_closes_by_keyboard_alone(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    open_panel_by_keyboard(page)
    expect(page.get_by_label("案件", exact=True)).to_be_focused()
    press(page, "Tab", "Space")
    expect(page.get_by_label("部件", exact=True)).not_to_be_checked()
    press(page, "Escape")
    expect(page.get_by_role("region", name="图层与图例")).to_be_hidden()
    expect(page.get_by_role("button", name="图层与图例")).to_be_focused()


def test_components_are_filtered_by_keyboard_alone(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    open_panel_by_keyboard(page)
    page.get_by_label("部件状态").focus()

    def is_filtered_tile(request: Request) -> bool:
        return "/tiles/components/" in request.url and "state=faulty" in request.url

    with page.expect_request(is_filtered_tile):
        press(page, "ArrowDown", "ArrowDown")
    expect(page.get_by_label("部件状态")).to_have_value("faulty")
    see_map(page)
    show(page, "map-layers")


def test_the_types_to_choose_from_are_those_of_the_catalogue(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    open_panel_by_keyboard(page)
    page.get_by_label("部件类型").focus()
    expect(page.get_by_label("部件类型").get_by_role("option", name="消防设施", exact=True)).to_have_count(1)


def test_on_a_touch_screen_everything_in_the_panel_is_large_enough(open_browser: Open) -> None:
    page = open_map(open_browser(PHONE))
    page.get_by_role("button", name="图层与图例").tap()
    panel = page.get_by_role("region", name="图层与图例")
    places = (panel.locator("label"), panel.locator("select"), page.locator(".map-tools button"))
    targets = [target for place in places for target in place.all()]
    heights = [box["height"] for target in targets if (box := target.bounding_box())]
    assert len(heights) > 8
    assert min(heights) >= TARGET_PX


def test_a_tap_switches_a_layer_off(open_browser: Open) -> None:
    page = open_map(open_browser(PHONE))
    page.get_by_role("button", name="图层与图例").tap()
    page.get_by_text("行政区划与高新区").tap()
    expect(page.get_by_label("行政区划与高新区")).not_to_be_checked()


def test_staff_are_shown_tiles_that_tell_more(sign_in: Open) -> None:
    page = sign_in("operator1", DESK)
    with page.expect_request(lambda request: "/tiles/staff-components/" in request.url):
        open_map(page)


def test_the_wall_is_dark_and_written_large(sign_in: Open, other_reports: None) -> None:
    page = open_map(sign_in("operator1", WALL), "/map?theme=night")
    expect(page.get_by_role("heading", name="城市地图")).to_have_css("font-size", "40px")
    expect(page.get_by_role("region", name="图例").get_by_text("超期")).to_have_css("font-size", "24px")
    expect(page.get_by_role("search")).to_have_count(0)  # nobody types on a wall
    show(page, "map-wall")


def test_the_address_of_the_map_is_a_view_that_can_be_sent(open_browser: Open) -> None:
    page = open_map(open_browser(DESK), "/map#map=15/34.37/107.15")
    zoom = "document.querySelector('.map').cityMap.map.getZoom()"
    assert page.evaluate(zoom) == 15
    page.get_by_role("button", name="放大").click()
    expect(page).to_have_url(re.compile(r"#map=16/34\.37\d*/107\.15"))
