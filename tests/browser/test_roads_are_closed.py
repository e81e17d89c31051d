"""A duty officer draws a closure with the mouse, mends it by hand and key, and the map shows it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, Open, see_map

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages"), pytest.mark.timeout(180)]


@pytest.fixture
def officer(sign_in: Open) -> Page:
    """The officer's page of closed roads, the map drawn."""
    page = sign_in("duty1", DESK)
    page.goto("/duty/roads")
    see_map(page)
    return page


def tap(page: Page, *places: tuple[int, int]) -> Locator:
    """Tap the map so many pixels from its corner, each corner seen in the form; the field of corners."""
    field = page.get_by_label("折点")
    for n, (x, y) in enumerate(places, start=1):
        page.get_by_role("main").click(position={"x": x, "y": y})
        expect(page.get_by_text("还需" if n < 3 else f"已有 {n} 个折点")).to_be_visible()
    return field


def rows(field: Locator) -> int:
    return len(field.input_value().strip().splitlines())


def test_a_closure_is_drawn_by_mouse_and_key_and_shown(officer: Page) -> None:
    officer.get_by_role("button", name="在地图上画").click()
    field = tap(officer, (250, 200), (420, 210), (400, 380))
    before = field.input_value()
    main = officer.get_by_role("main")
    box = main.bounding_box()
    assert box
    officer.mouse.move(box["x"] + 400, box["y"] + 380)
    officer.mouse.down()
    officer.mouse.move(box["x"] + 450, box["y"] + 420, steps=5)
    officer.mouse.up()
    expect(field).not_to_have_value(before)
    main.press("Enter")
    expect(officer.get_by_text("已有 4 个折点")).to_be_visible()
    main.press("Backspace")
    expect(officer.get_by_text("已有 3 个折点")).to_be_visible()
    assert rows(field) == 3
    officer.get_by_label("名称").fill("引渭路漫水")
    officer.get_by_label("原因").fill("涵洞积水")
    officer.get_by_role("button", name="封控", exact=True).click()
    expect(officer.get_by_text("已写入，下一次查询即按此执行。")).to_be_visible()
    expect(officer.get_by_text("引渭路漫水", exact=True)).to_be_visible()


def test_a_closure_of_the_city_reaches_an_open_page_and_its_map_by_itself(
    officer: Page, sign_in: Open
) -> None:
    commander = sign_in("commander", DESK)
    commander.goto("/duty/roads")
    see_map(commander)
    expect(commander.locator(".data-age")).to_have_text("实时")
    commander.get_by_text("封控道路", exact=True).click()
    typing = commander.get_by_label("名称")
    typing.fill("正在写的封控")
    officer.get_by_text("封控道路", exact=True).click()
    officer.get_by_label("折点").fill("107.140, 34.366\n107.146, 34.366\n107.146, 34.370")
    officer.get_by_label("名称").fill("经二路抢修")
    officer.get_by_label("原因").fill("管线抢修")
    with commander.expect_response(lambda answer: "/api/v1/closures" in answer.url) as drawn:
        officer.get_by_role("button", name="封控", exact=True).click()
    assert "经二路抢修" in drawn.value.text()
    typing.blur()
    expect(commander.get_by_text("经二路抢修", exact=True)).to_be_visible()
    expect(typing).to_have_value("正在写的封控")
