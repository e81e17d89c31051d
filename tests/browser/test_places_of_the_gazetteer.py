"""The data officer names a place on the map, draws a street, ends what is gone; with scripts and without."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, Open, see_map, show

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages"), pytest.mark.timeout(180)]


def click_map(page: Page, *spots: tuple[float, float]) -> None:
    """Click places of the map, as shares of its width and height."""
    box = page.locator(".map.is-open").bounding_box()
    assert box is not None
    for across, down in spots:
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])


def test_a_place_is_named_where_the_map_is_clicked_and_found_by_its_former_name(sign_in: Open) -> None:
    desk = sign_in("data", DESK)
    desk.goto("/gazetteer/new")
    see_map(desk)
    click_map(desk, (0.5, 0.5))
    expect(desk.locator(".found")).to_contain_text("网格")
    desk.get_by_label("标准名称").fill("人民街心花园")
    desk.get_by_label("曾用名").fill("东关菜园（—1986）")
    desk.get_by_label("类别").select_option("park")
    desk.get_by_label("理由").fill("命名公告")
    show(desk, "gazetteer-new")
    desk.get_by_role("button", name="新增地名").click()
    expect(desk.get_by_text("已写入地名库和履历")).to_be_visible()
    desk.goto("/gazetteer?q=东关菜园")
    see_map(desk)
    desk.locator(".case-row > a").first.click()
    expect(desk.locator(".sheet[data-case]").get_by_text("到 1986-12-31 为止")).to_be_visible()
    show(desk, "gazetteer")


def test_a_street_is_drawn_corner_by_corner_and_a_corner_taken_back(sign_in: Open) -> None:
    desk = sign_in("data", DESK)
    desk.goto("/gazetteer/new?kind=street&name=望渭巷")
    see_map(desk)
    desk.get_by_label("线", exact=True).check()
    click_map(desk, (0.4, 0.5), (0.5, 0.55), (0.6, 0.2))
    expect(desk.locator(".found")).to_have_text("已有 3 个折点。")
    desk.get_by_role("button", name="退一点").click()
    expect(desk.locator(".found")).to_have_text("已有 2 个折点。")
    desk.get_by_label("理由").fill("新建")
    desk.get_by_role("button", name="新增地名").click()
    expect(desk.get_by_role("heading", name="望渭巷")).to_be_visible()
    see_map(desk)
    show(desk, "gazetteer-place")
    desk.get_by_text("移动或重画").click()
    expect(desk.locator(".place-picker .map.is-open")).to_be_visible()
    expect(desk.locator(".found")).to_have_text("已有 2 个折点。")


def test_a_place_is_moved_ended_and_taken_back_without_scripts(sign_in: Open) -> None:
    page = sign_in("data", DESK, has_scripts=False)
    page.goto("/gazetteer?kind=poi")
    page.locator(".case-row > a").first.click()
    page.get_by_role("link", name="变更").click()
    page.get_by_label("别名").fill("老地方")
    page.locator("#change").get_by_label("理由").fill("居民都这么叫")
    page.locator("#change").get_by_role("button", name="变更").click()
    expect(page.locator(".timeline").first).to_contain_text("→ 老地方")
    page.get_by_text("撤回上一步").click()
    page.get_by_role("button", name="撤回").click()
    expect(page.locator(".timeline").first).to_contain_text("老地方 →")
    expect(page).to_have_url(re.compile(r"/gazetteer/places/\d+\?done=1$"))
