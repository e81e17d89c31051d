"""The main job in a browser: a report from an inspector's phone to closing, five people signed in."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from gis_core.clock import FixedClock
from tests.browser.conftest import DESK, PHONE, Open, picture, see_map, show

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages"), pytest.mark.timeout(240)]


def jpeg(colour: str) -> dict[str, object]:
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture(colour)}


def report_a_missing_cover(phone: Page) -> str:
    see_map(phone)
    show(phone, "phone-map")
    phone.get_by_role("link", name="上报问题").click()
    phone.get_by_label("近景").set_input_files(jpeg("#1a1a1c"))
    phone.get_by_label("远景").set_input_files(jpeg("#2a2a2c"))
    expect(phone.get_by_role("status")).to_contain_text("网格 6103")
    majors = phone.locator("details", has_text="市政公用设施")
    majors.locator("summary").click()
    majors.get_by_label("污水井盖", exact=True).check()
    see_map(phone)
    phone.get_by_role("group", name="选位置").scroll_into_view_if_needed()
    show(phone, "phone-report")
    phone.get_by_label("说明", exact=True).fill("经二路路口污水井盖缺失，已放警示桩")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("heading", name="已上报")).to_be_visible()
    show(phone, "phone-done")
    found = re.search(r"(\d{6}) (\d{8}) (\d{6})", phone.get_by_role("status").first.inner_text())
    assert found
    return "".join(found.groups())


def row_of(desk: Page, case_no: str) -> Locator:
    return desk.get_by_role("listitem").and_(desk.locator(f'[data-case="{case_no}"]'))


def open_case(desk: Page, case_no: str, tab: str | None = None) -> None:
    queues = desk.get_by_role("navigation", name="队列")
    queues.get_by_role("link", name=tab or "待").first.click()
    row_of(desk, case_no).get_by_role("link").click()
    expect(desk.get_by_role("complementary", name="案件")).to_contain_text(case_no[14:])


def take_step(desk: Page, action: str, stage: str) -> None:
    sheet = desk.get_by_role("complementary", name="案件")
    expect(sheet.get_by_role("button", name=action, exact=True)).to_be_visible()
    sheet.get_by_role("button", name=action, exact=True).click()
    expect(sheet.locator("header")).to_contain_text(stage)


def press(desk: Page, key: str) -> None:
    desk.get_by_role("main").focus()
    desk.keyboard.press(key)


def step_by_key(desk: Page, action: str, stage: str, *, key: str = "a") -> None:
    press(desk, key)
    take_step(desk, action, stage)


def finish_with_photo(department: Page) -> None:
    press(department, "a")
    department.get_by_label("处置后照片").set_input_files(jpeg("#77797c"))
    department.get_by_label("处置情况").fill("已更换井盖并压实周边路面")
    take_step(department, "处置反馈", "已处置")


def answer_recheck(phone: Page, case_no: str) -> None:
    phone.get_by_role("link", name="任务").click()
    expect(phone.locator(f'a[href="/m/tasks/{case_no}"]')).to_contain_text("去核查")
    show(phone, "phone-tasks")
    phone.locator(f'a[href="/m/tasks/{case_no}"]').click()
    phone.get_by_label("已办好").check()
    phone.get_by_label("近景").set_input_files(jpeg("#77797c"))
    phone.get_by_role("button", name="核查回复").click()
    expect(phone.get_by_text("没有待办任务")).to_be_visible()


@pytest.fixture
def people(sign_in: Open, other_reports: None) -> dict[str, Page]:
    desks = {login: sign_in(login, DESK) for login in ("operator1", "chief1", "dispatcher1", "drainage")}
    return desks | {"inspector1": sign_in("inspector1", PHONE)}


def until_handled(people: dict[str, Page], clock: FixedClock) -> str:
    case_no = report_a_missing_cover(people["inspector1"])
    operator, chief, dispatcher, department = (
        people[login] for login in ("operator1", "chief1", "dispatcher1", "drainage")
    )
    expect(row_of(operator, case_no)).to_be_visible()  # came by itself
    open_case(operator, case_no)
    see_map(operator)
    show(operator, "desk-operator")
    step_by_key(operator, "受理批转", "待立案")
    open_case(chief, case_no)
    step_by_key(chief, "立案", "待派遣")
    open_case(dispatcher, case_no)
    press(dispatcher, "a")
    expect(dispatcher.get_by_label("主办部门")).to_contain_text("宝鸡市排水管理处（建议）")
    see_map(dispatcher)
    show(dispatcher, "desk-dispatcher")
    take_step(dispatcher, "派遣", "待处置")
    open_case(department, case_no)
    step_by_key(department, "指派", "处置中")
    see_map(department)
    show(department, "department")
    finish_with_photo(department)
    return case_no


def test_a_missing_cover_travels_from_the_phone_to_closing(
    people: dict[str, Page], clock: FixedClock
) -> None:
    case_no = until_handled(people, clock)
    operator, chief = people["operator1"], people["chief1"]
    open_case(operator, case_no, "待核查")
    step_by_key(operator, "发核查", "核查中")
    answer_recheck(people["inspector1"], case_no)
    open_case(chief, case_no, "待结案")
    see_map(chief)
    show(chief, "desk-duty-chief")
    step_by_key(chief, "结案", "已结案")
    chief.goto(f"/cases/{case_no}")
    expect(chief.get_by_role("heading", name="污水井盖")).to_be_visible()
    see_map(chief)
    show(chief, "case")
