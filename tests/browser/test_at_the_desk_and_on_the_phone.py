"""Courtesies of the pages: what is open stays in view, what was written stays, what lacks is asked for."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from cases.rules.commands import Asking, Report, SendVerification
from gis_core.clock import FixedClock
from gis_core.places import LonLat
from tests.browser.conftest import DESK, PHONE, Open, picture, see_map, take
from web.accounts.people import Person
from web.accounts.reading import list_people
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages"), pytest.mark.timeout(180)]

SIXTY = 60
MIDDLE_JINTAI, FAR_IN_THE_ZONE = LonLat(107.1445, 34.3690), LonLat(107.1945, 34.3445)


def asking(wiring: Wiring, role: str) -> Asking:
    person = person_of(wiring, role)
    return Asking(wiring.clock.now(), person.id, person.name, role, person.organisation_code)


def person_of(wiring: Wiring, role: str) -> Person:
    with wiring.sessions() as session:
        return list_people(session, role)[0]


def report(wiring: Wiring, place: LonLat, words: str) -> str:
    photo = take(wiring, "#303236")
    sent = Report(uuid4(), "matter", "06010", place, words, (photo,), place_text=words, is_synthetic=True)
    return wiring.cases.report(sent, asking(wiring, "inspector")).case_no


@pytest.fixture(scope="module")
def sixty_reports(wiring: Wiring, clock: FixedClock) -> list[str]:
    """More reports than a page of the queue has rows."""
    return [report(wiring, MIDDLE_JINTAI, f"经二路第{n}处垃圾") for n in range(SIXTY)]


@pytest.fixture(scope="module")
def far_case(wiring: Wiring, clock: FixedClock) -> str:
    return report(wiring, FAR_IN_THE_ZONE, "高新大道有垃圾")


def open_rows(desk: Page) -> int:
    return desk.get_by_role("list").locator("li.case-row").count()


def test_a_link_to_a_case_brings_its_place_into_view(
    sign_in: Open, far_case: str, sixty_reports: list[str]
) -> None:
    desk = sign_in("operator1", DESK)
    desk.goto(f"/desk/operator?case={sixty_reports[0]}")
    see_map(desk)
    desk.goto(f"/desk/operator?case={far_case}")
    see_map(desk)
    in_view = "([lon, lat]) => document.querySelector('.map').cityMap.map.getBounds().contains([lon, lat])"
    assert desk.evaluate(in_view, [FAR_IN_THE_ZONE.lon_deg, FAR_IN_THE_ZONE.lat_deg])


def test_a_long_list_stays_long_when_a_case_is_opened(sign_in: Open, sixty_reports: list[str]) -> None:
    desk = sign_in("operator1", DESK)
    desk.goto("/desk/operator")
    desk.get_by_role("link", name="更多", exact=True).click()
    expect(desk.get_by_role("link", name="更多")).to_have_count(0)
    n = open_rows(desk)
    desk.locator("li.case-row").last.get_by_role("link").click()
    expect(desk.get_by_role("complementary", name="案件")).to_be_visible()
    assert open_rows(desk) == n > SIXTY - 1


def test_a_row_pressed_while_the_list_changes_still_opens(sign_in: Open, sixty_reports: list[str]) -> None:
    desk = sign_in("operator1", DESK)
    desk.goto("/desk/operator")
    see_map(desk)  # scripts are there
    desk.locator("li.case-row").nth(2).hover()
    pressed = desk.locator("li.case-row").nth(2).get_attribute("data-case")
    desk.mouse.down()
    with desk.expect_response("**/desk/operator*"):
        desk.evaluate("document.dispatchEvent(new CustomEvent('live:changed'))")
    desk.wait_for_timeout(300)  # the list that came waits for the finger
    desk.mouse.up()
    expect(desk.get_by_role("complementary", name="案件")).to_have_attribute("data-case", pressed or "")


def test_the_queue_is_searched_by_what_was_said(sign_in: Open, sixty_reports: list[str]) -> None:
    desk = sign_in("operator1", DESK)
    desk.goto("/desk/operator")
    see_map(desk)  # scripts are there
    desk.keyboard.press("f")
    desk.keyboard.type("第7处")
    desk.keyboard.press("Enter")
    expect(desk.locator("li.case-row")).to_have_count(1)
    expect(desk.locator("li.case-row")).to_contain_text("经二路第7处垃圾")


def test_the_open_case_keeps_its_pin_when_it_leaves_the_queue(
    sign_in: Open, wiring: Wiring, far_case: str
) -> None:
    desk = sign_in("operator1", DESK)
    desk.goto(f"/desk/operator?tab=finished&case={far_case}")
    see_map(desk)
    marked = "() => document.querySelector('.map').cityMap.map.getSource('marked').serialize().data.features"
    assert [one["properties"]["case_no"] for one in desk.evaluate(marked)] == [far_case]


def test_an_empty_report_is_asked_for_its_place_first(open_browser: Open) -> None:
    page = open_browser(PHONE)
    page.goto("/report")
    see_map(page)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_contain_text("还没有选位置")
    expect(page.get_by_role("button", name="使用我的位置")).to_be_focused()


def test_a_type_that_does_not_exist_is_said_to_be_missing(open_browser: Open) -> None:
    page = open_browser(PHONE)
    page.goto("/report")
    page.get_by_label("按名称查找").fill("飞碟")
    expect(page.get_by_text("没有叫“飞碟”的类型")).to_be_visible()


def test_what_was_written_survives_a_switch_of_language(sign_in: Open) -> None:
    desk = sign_in("operator1", DESK)
    desk.goto("/desk/operator/register")
    see_map(desk)
    desk.get_by_label("怎么说的").fill("井盖没了，很危险")
    desk.get_by_label("污水井盖", exact=True).first.check()
    desk.get_by_role("link", name="English").click()
    expect(desk.get_by_role("heading", name="Register a call")).to_be_visible()
    expect(desk.get_by_label("What was said")).to_have_value("井盖没了，很危险")
    expect(desk.get_by_label("sewage manhole cover", exact=True).first).to_be_checked()


def test_the_call_desk_registers_beside_the_map(sign_in: Open) -> None:
    desk = sign_in("operator1", DESK)
    desk.goto("/desk/operator/register")
    see_map(desk)
    desk.get_by_label("怎么说的").fill("垃圾堆了三天")
    desk.get_by_label("暴露垃圾").first.check()
    desk.get_by_label("电话", exact=True).fill("0917-0000000")
    desk.get_by_role("group", name="选位置").click()
    expect(desk.locator(".found")).to_contain_text("网格 6103")
    desk.get_by_role("button", name="登记").click()
    expect(desk.get_by_role("complementary", name="案件")).to_contain_text("垃圾堆了三天")


def test_an_answer_from_the_street_is_confirmed(sign_in: Open, wiring: Wiring, far_case: str) -> None:
    inspector = person_of(wiring, "inspector")
    command = SendVerification(inspector_id=inspector.id)
    wiring.cases.perform(far_case, command, asking(wiring, "operator"), seen_revision=1)
    phone = sign_in("inspector1", PHONE)
    here = {"longitude": FAR_IN_THE_ZONE.lon_deg, "latitude": FAR_IN_THE_ZONE.lat_deg, "accuracy": 9}
    phone.context.set_geolocation(here)
    phone.goto(f"/m/tasks/{far_case}")
    expect(phone.get_by_text("就在您身边（定位精度 ±9 米）", exact=True)).to_be_visible()
    expect(phone.get_by_text("就在您身边（定位精度 ±9 米），在 100 米以内。")).to_be_visible()
    phone.get_by_label("属实", exact=True).check()
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture("#333333")}
    phone.get_by_label("近景").set_input_files(photo)
    phone.get_by_role("button", name="核实回复").click()
    expect(phone.get_by_role("status").filter(has_text="核实回复已提交")).to_be_visible()
