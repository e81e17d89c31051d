"""A cover breaks: the inspector says so on the phone, the data officer looks and accepts at the desk."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, Open, see_map, show

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(180)]


def test_what_an_inspector_says_of_a_component_holds_once_it_is_accepted(sign_in: Open) -> None:
    desk = sign_in("data", DESK)
    desk.goto("/register")
    see_map(desk)
    desk.locator(".case-row > a").first.click()
    sheet = desk.locator(".sheet[data-case]")
    expect(sheet).to_be_visible()
    code = sheet.get_attribute("data-case") or ""

    phone = sign_in("inspector1", PHONE)
    phone.goto(f"/m/components/{code}")
    phone.get_by_text("上报变化").click()
    phone.get_by_label("丢失").check()
    phone.get_by_label("说明").fill("只剩井座")
    phone.get_by_role("button", name="提交审核").click()
    expect(phone.get_by_text("已提交审核")).to_be_visible()
    show(phone, "register-phone")

    desk.goto("/register/reviews")
    desk.locator(".case-row > a").first.click()
    expect(sheet.get_by_text("只剩井座")).to_be_visible()
    see_map(desk)
    show(desk, "register-review")
    desk.get_by_text("采纳", exact=True).first.click()
    desk.get_by_role("button", name="采纳").last.click()
    expect(desk.get_by_text("这里都办完了")).to_be_visible()
    desk.goto(f"/register/components/{code}")
    expect(desk.get_by_text("采纳监督员甲的上报", exact=False)).to_be_visible()


def test_the_map_shows_the_components_that_the_list_is_filtered_to(sign_in: Open) -> None:
    desk = sign_in("data", DESK)
    with desk.expect_request(
        lambda request: "state=%E7%A0%B4%E6%8D%9F" in request.url and ".mvt" in request.url
    ):
        desk.goto("/register?state=破损")
    see_map(desk)
    with desk.expect_request(lambda request: "area=610303" in request.url and ".mvt" in request.url):
        desk.get_by_label("区域").select_option("610303")
    desk.get_by_role("button", name="图层与图例").click()
    expect(desk.get_by_text("图例", exact=True)).to_be_visible()
    expect(desk.get_by_label("部件状态")).to_have_count(0)


def test_the_register_reads_without_scripts(sign_in: Open) -> None:
    page = sign_in("data", DESK, has_scripts=False)
    page.goto("/register?state=破损")
    expect(page.locator(".case-row").first).to_be_visible()
    page.locator(".case-row > a").first.click()
    expect(page.get_by_role("heading", name="属性")).to_be_visible()
