"""The phone without network: components, surveys, work done on the spot, and three days without any."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from gis_core.clock import FixedClock
from grid.register.operations import SurveyPlan
from tests.browser.conftest import PHONE, Open
from tests.browser.test_a_phone_without_network import (
    READY,
    count,
    item,
    jpeg,
    send,
    sign_in_here,
    write_report,
)
from tests.browser.test_a_shift_on_the_phone import (
    a_day_ahead,
    all_sent,
    button,
    go_on_duty,
    key_of,
    moments,
    own_page,
    walk,
)
from web.accounts.people import Person
from web.accounts.reading import list_demo_logins
from web.register_work import asking_of, register_of
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(240)]
COVERS = text("""
    SELECT code, unit_grid_code FROM grid.component WHERE type_code = '01002' AND state = '完好'
    AND unit_grid_code = (SELECT unit_grid_code FROM grid.component
        WHERE type_code = '01002' AND state = '完好'
        GROUP BY unit_grid_code HAVING count(*) > 1 ORDER BY 1 LIMIT 1)
    ORDER BY code
""")


def covers_of_one_grid(wiring: Wiring) -> list[tuple[str, str]]:
    """Codes of the sewer covers of one unit grid, each with the code of the grid."""
    with wiring.sessions() as session:
        return [(row.code, row.unit_grid_code) for row in session.execute(COVERS)]


def person_called(wiring: Wiring, login: str) -> Person:
    with wiring.sessions() as session:
        return next(one for one in list_demo_logins(session) if one.login == login)


def survey_on(wiring: Wiring, clock: FixedClock) -> str:
    """Begin a survey of sewer covers; the address of a unit grid where the inspector looks for some."""
    grid = covers_of_one_grid(wiring)[0][1]
    on, inspector = clock.now().date(), person_called(wiring, "inspector1")
    plan = SurveyPlan(
        theme="井盖普查",
        area_code=grid[:9],
        type_codes=("01002",),
        inspector_ids=(inspector.id,),
        from_on=on,
        until_on=on + timedelta(days=30),
    )
    officer = person_called(wiring, "data")
    number = register_of(wiring).begin_survey(plan, asking_of(officer, "data_officer", clock.now()))
    return f"/m/surveys/{number}?grid={grid}"


@pytest.fixture
def phone(sign_in: Open) -> Page:
    """A phone whose worker keeps its pages."""
    page = sign_in("inspector1", PHONE)
    page.evaluate(READY)
    for place in ("/m/tasks", "/m/queue"):
        page.goto(place)
    return page


def proposals(wiring: Wiring, note: str) -> int:
    return count(wiring, f"SELECT count(*) FROM grid.component_proposal WHERE note = '{note}'")


def back_online(phone: Page) -> None:
    phone.context.set_offline(False)
    phone.goto("/m/queue")


def test_a_component_that_is_otherwise_is_told_without_network_and_kept_once(
    phone: Page, wiring: Wiring
) -> None:
    code = covers_of_one_grid(wiring)[0][0]
    phone.goto(f"/m/components/{code}")
    phone.get_by_text("上报变化").click()
    expect(phone.locator("form[data-queued]")).to_be_visible()
    phone.context.set_offline(True)
    phone.get_by_label("破损", exact=True).check()
    phone.get_by_label("说明").fill("井圈碎了，没有网络时写的")
    phone.get_by_label("拍照或选照片").or_(phone.get_by_label("拍照")).first.set_input_files(jpeg("#222224"))
    phone.get_by_role("button", name="提交审核").click()
    expect(item(phone, "waiting")).to_contain_text("井圈碎了")
    back_online(phone)
    expect(item(phone, "sent").filter(has_text="井圈碎了")).to_have_count(1)
    assert proposals(wiring, "井圈碎了，没有网络时写的") == 1


def results(wiring: Wiring) -> list[str]:
    with wiring.sessions() as session:
        return list(session.scalars(text("SELECT result FROM grid.survey_finding ORDER BY result")))


def test_a_survey_goes_on_without_network(phone: Page, wiring: Wiring, clock: FixedClock) -> None:
    address = survey_on(wiring, clock)
    phone.goto(address)
    expect(phone.locator("form[data-queued]").first).to_be_visible()
    phone.context.set_offline(True)
    phone.get_by_role("button", name="找到了").first.click()
    expect(item(phone, "waiting")).to_have_count(1)
    phone.goto(address)
    phone.get_by_role("button", name="不见了").nth(1).click()
    expect(item(phone, "waiting")).to_have_count(2)
    back_online(phone)
    expect(item(phone, "sent").filter(has_text="找到了")).to_have_count(1)
    expect(item(phone, "sent").filter(has_text="不见了")).to_have_count(1)
    assert results(wiring) == ["found", "missing"]


def test_what_was_put_right_on_the_spot_is_told_without_network_with_before_and_after(
    phone: Page, wiring: Wiring
) -> None:
    words = "路面散落砖块，已清走"
    phone.goto("/m/report")
    expect(phone.locator("form[data-queued]")).to_be_visible()
    phone.context.set_offline(True)
    write_report(phone, words)
    phone.get_by_label("我已当场处置好（小问题）").check()
    phone.locator(".only-if-handled").get_by_label("处置后的照片").set_input_files(jpeg("#c8c8c0"))
    send(phone)
    expect(item(phone, "waiting").filter(has_text=words)).to_contain_text("2 张照片")
    back_online(phone)
    expect(item(phone, "sent").filter(has_text=words)).to_have_count(1)
    joined = "cases.photo p JOIN cases.case c ON c.id = p.case_id"
    assert count(wiring, f"SELECT count(*) FROM {joined} WHERE c.description = '{words}'") == 2
    assert count(wiring, f"SELECT count(DISTINCT role) FROM {joined} WHERE c.description = '{words}'") == 2


def test_me_too_is_kept_as_me_too_and_files_no_second_case(phone: Page, wiring: Wiring) -> None:
    words = "井盖缺失，先报的一件"
    phone.goto("/m/report")
    write_report(phone, words)
    send(phone)
    expect(phone.get_by_role("heading", name="已上报")).to_be_visible()
    before = count(wiring, "SELECT count(*) FROM cases.case")
    phone.goto("/m/report")
    write_report(phone, words)
    phone.get_by_role("button", name="是同一个，记一次反映").first.click()
    expect(phone).not_to_have_url(re.compile("/m/report$"))
    assert count(wiring, "SELECT count(*) FROM cases.case") == before
    assert count(wiring, "SELECT max(join_count) FROM cases.case") == 1


def test_after_three_days_without_network_everything_is_taken_with_its_own_times(
    phone: Page, wiring: Wiring, clock: FixedClock
) -> None:
    own_page(phone)
    a_day_ahead(phone)
    began, three_days = clock.now(), timedelta(hours=73)
    phone.goto("/m/report")
    phone.context.set_offline(True)
    write_report(phone, "三天前写的上报")
    send(phone)
    expect(item(phone, "waiting")).to_have_count(1)
    phone.goto("/m/me")
    go_on_duty(phone)
    walk(phone, 3)
    button(phone, "下班签退").click()
    phone.context.clock.fast_forward(int(three_days.total_seconds() * 1000))
    clock.at = began + three_days
    phone.context.set_offline(False)
    sign_in_here(phone, "inspector1")  # a sign-in of three days ago is over, what was written is not
    phone.goto("/m/queue")
    expect(item(phone, "sent").filter(has_text="三天前写的上报")).to_have_count(1)
    all_sent(phone)
    taken = moments(wiring, key_of(phone))
    assert len(taken) >= 3
    assert taken[-1] < began + timedelta(minutes=5)
