"""Public pages in a browser: the map, a report without an account, following it."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from cases.rules.commands import Asking, Publish, Report
from gis_core.places import LonLat
from tests.browser.conftest import DESK, PHONE, Open, picture, see_map, show, take
from web.accounts.reading import list_people
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(120)]
PUBLIC_TEXT = "已围挡，周五前修补路面，请绕行"


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


@pytest.fixture
def told_publicly(wiring: Wiring) -> LonLat:
    """Where a case lies for which the desk wrote words for the public."""
    with wiring.sessions() as session:
        operator = list_people(session, "operator")[0]
    asking = Asking(wiring.clock.now(), operator.id, operator.name, "operator", operator.organisation_code)
    here = LonLat(107.1448, 34.3689)
    report = Report(
        uuid4(), "matter", "06013", here, "路面塌了一块", (take(wiring, "#5a4a3a"),), contact_name="来电人",
        source="hotline", is_synthetic=True,
    )  # fmt: skip
    wiring.cases.perform(wiring.cases.report(report, asking).case_no, Publish(PUBLIC_TEXT), asking, 1)
    return here


def test_a_press_on_a_case_of_the_public_map_tells_its_public_words(
    open_browser: Open, told_publicly: LonLat
) -> None:
    page = open_browser(DESK)
    page.goto(f"/map#map=17/{told_publicly.lat_deg}/{told_publicly.lon_deg}")
    see_map(page)
    page.mouse.click(DESK["width"] / 2, DESK["height"] / 2 - 12)
    card = page.get_by_role("region", name="这里的问题")
    expect(card).to_contain_text("道路破损")
    expect(card).to_contain_text(PUBLIC_TEXT)
    show(page, "public-map-card")
    page.goto("/")
    expect(page.get_by_role("listitem").filter(has_text=PUBLIC_TEXT)).to_be_visible()


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
