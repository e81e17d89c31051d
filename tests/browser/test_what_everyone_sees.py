"""Public pages in a browser: the map, a report without an account, following it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Open, picture, see_map, show

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(120)]


def jpeg() -> dict[str, object]:
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture("#5a4a3a")}


def fill_refuse(page: Page) -> None:
    page.goto("/report")
    page.get_by_role("button", name="使用我的位置").click()
    expect(page.get_by_role("status")).to_contain_text("网格 6103")
    page.get_by_label("暴露垃圾").first.check()
    page.get_by_label("拍照或选照片").set_input_files(jpeg())


def test_the_public_map_opens_on_the_city(open_browser: Open, other_reports: None) -> None:
    page = open_browser(DESK)
    page.goto("/")
    see_map(page)
    expect(page.get_by_text("示意数据")).to_be_visible()
    show(page, "public-map")


def test_somebody_without_an_account_reports_and_follows_it(open_browser: Open) -> None:
    page = open_browser(PHONE)
    fill_refuse(page)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", name="已收到，谢谢您")).to_be_visible()
    show(page, "public-done")
    page.get_by_role("main").get_by_role("link", name="查进度").click()
    expect(page.get_by_role("listitem").filter(has_text="已收到")).to_be_visible()


def test_an_impatient_second_tap_sends_nothing_more(open_browser: Open) -> None:
    page = open_browser(PHONE)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    fill_refuse(page)
    page.get_by_role("button", name="提交").dblclick()
    expect(page.get_by_role("heading", name="已收到，谢谢您")).to_be_visible()
    assert sent.count("POST") == 1


def test_a_report_can_be_sent_without_scripts(open_browser: Open) -> None:
    page = open_browser(PHONE, has_scripts=False)
    page.goto("/report")
    page.get_by_label("经度").fill("107.1445")
    page.get_by_label("纬度").fill("34.3690")
    page.get_by_label("暴露垃圾").first.check()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", name="已收到，谢谢您")).to_be_visible()


def test_a_place_outside_the_city_is_refused_and_what_was_written_is_kept(open_browser: Open) -> None:
    page = open_browser(DESK, has_scripts=False)
    page.goto("/report")
    page.get_by_label("经度").fill("0")
    page.get_by_label("纬度").fill("0")
    page.get_by_label("暴露垃圾").first.check()
    page.get_by_label("说明").fill("路边有垃圾")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_contain_text("没有提交成功")
    expect(page.get_by_label("说明")).to_have_value("路边有垃圾")


def test_the_city_speaks_english_to_who_asks_for_it(open_browser: Open) -> None:
    page = open_browser(DESK, language="en-GB")
    page.goto("/report")
    expect(page.get_by_role("heading", name="Where is it?")).to_be_visible()


def test_without_base_maps_of_others_there_is_nothing_to_choose(open_browser: Open) -> None:
    page = open_browser(DESK)
    page.goto("/")
    see_map(page)
    page.get_by_role("button", name="图层与图例").click()
    expect(page.get_by_role("heading", name="图例")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)
