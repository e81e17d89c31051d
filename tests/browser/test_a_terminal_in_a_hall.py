"""A terminal in a hall: touched, left, and the next person finds nothing of the one before."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, see_map, show

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
HALL = {"width": 1280, "height": 800}
ADDRESS = "/kiosk?lon=107.1450&lat=34.3690&name=政务大厅"
KEPT = "JSON.stringify([{...localStorage}, {...sessionStorage}])"


def telephone(page: Page) -> str:
    return page.locator("[name=contact_phone]").input_value()


def filled(page: Page) -> Page:
    """A form with a place, a type and somebody's telephone number."""
    see_map(page)
    page.get_by_role("group", name="选位置").click()
    page.get_by_label("污水井盖", exact=True).first.check(force=True)
    page.get_by_role("textbox", name="电话").fill("13800000000")
    return page


def test_whoever_goes_away_leaves_nothing(open_browser: Open) -> None:
    page = open_browser(HALL)
    page.goto(f"{ADDRESS}&idle=5")
    filled(page)
    expect(page.get_by_role("dialog", name="还在吗？")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert telephone(page) == "13800000000"
    page.evaluate("Object.defineProperty(performance, 'now', {value: () => 1e9})")
    expect(page.locator("[name=contact_phone]")).to_have_value("")
    assert page.evaluate(KEPT) == "[{},{}]"


def test_a_receipt_is_shown_once(open_browser: Open) -> None:
    page = open_browser(HALL)
    page.goto(ADDRESS)
    filled(page).get_by_role("button", name="提交").click()
    expect(page.locator(".slip")).to_contain_text(re.compile(r"[2-9A-Z]{8}"))
    show(page, "kiosk-receipt")
    page.reload()
    expect(page.locator(".slip")).to_have_count(0)
    page.go_back()
    expect(page.locator(".slip")).to_have_count(0)
    assert (telephone(page), page.evaluate(KEPT)) == ("", "[{},{}]")
