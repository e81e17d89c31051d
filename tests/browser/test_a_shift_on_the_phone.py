"""An inspector's shift: consent, positions, help, two people on one phone; with network and without."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import text

from gis_core.clock import FixedClock
from tests.browser.conftest import DESK, JINGER_ROAD, PHONE, Open, show
from tests.browser.test_a_phone_without_network import READY, count, sign_in_here
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(240)]
MOMENTS = "SELECT at FROM grid.position WHERE mover_key = :key ORDER BY at"
KEPT = """async () => {
  const { listRows } = await import("/static/js/phone/store.js");
  const owner = document.querySelector('meta[name="person"]').content;
  return (await listRows("positions", owner)).length + (await listRows("duty", owner)).length;
}"""

LAST = """async () => {
  const { recall } = await import("/static/js/phone/store.js");
  return (await recall(`last:${document.querySelector('meta[name="person"]').content}`))?.lat ?? 0;
}"""


@pytest.fixture
def phone(open_browser: Open) -> Page:
    """A phone whose pages have been seen once; its own page is open. No map is drawn at first: it is slow."""
    page = open_browser(PHONE)
    page.route("**/maplibre-gl.mjs", lambda route: route.abort())
    sign_in_here(page, "inspector1")
    page.unroute_all()
    page.evaluate(READY)
    page.goto("/m/tasks")
    return own_page(page)


@pytest.fixture(autouse=True)
def nobody_on_duty(wiring: Wiring) -> None:
    with wiring.sessions.begin() as session:
        for table in ("grid.position", "grid.duty", "grid.sos"):
            session.execute(text(f"DELETE FROM {table}"))


def own_page(page: Page) -> Page:
    page.goto("/m/me")
    expect(page.locator("[data-part=duty][data-asked]")).to_be_visible()
    return page


def until(page: Page, check: str) -> None:
    """Wait until a script answers yes, also when it has to look into the store first."""
    page.evaluate(
        f"async () => {{ while (!(await ({check})())) await new Promise((r) => setTimeout(r, 100)); }}"
    )


def all_sent(page: Page) -> None:
    """Nothing of the shift waits on this phone any more."""
    until(page, f"async () => (await ({KEPT})()) === 0")


def said(page: Page) -> Locator:
    return page.locator("[data-duty=said]")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def go_on_duty(page: Page) -> None:
    button(page, "上班签到").click()
    button(page, "我已阅读并同意，上班签到").click()
    expect(said(page)).to_contain_text("在岗，自")


def a_day_ahead(page: Page) -> None:
    """The phone's clock is wrong by a day from here on, and may be moved."""
    page.context.clock.install(time=datetime.now().astimezone() + timedelta(days=1))  # noqa: TID251
    own_page(page)


def walk(page: Page, steps: int) -> None:
    """Go 20 m north, ten seconds later 20 m more, and so on; each place is kept."""
    for n in range(1, steps + 1):
        before = page.evaluate(LAST)
        page.context.clock.fast_forward(10_000)
        page.context.set_geolocation(JINGER_ROAD | {"latitude": JINGER_ROAD["latitude"] + n * 18e-5})
        until(page, f"async () => (await ({LAST})()) !== {before}")


def moments(wiring: Wiring, key: str) -> list[datetime]:
    with wiring.sessions() as session:
        return list(session.scalars(text(MOMENTS), {"key": key}))


def key_of(page: Page) -> str:
    return page.locator('meta[name="person"]').get_attribute("content") or ""


def on_duty(wiring: Wiring) -> int:
    return count(wiring, "SELECT count(*) FROM grid.duty WHERE ended_at IS NULL")


def test_nothing_begins_before_the_text_was_read_and_agreed_to(phone: Page, wiring: Wiring) -> None:
    button(phone, "上班签到").click()
    expect(phone.get_by_role("group", name="上班前请阅读：位置告知书")).to_contain_text("下岗后不再记录")
    show(phone, "phone-consent")
    assert on_duty(wiring) == 0
    button(phone, "我已阅读并同意，上班签到").click()
    expect(said(phone)).to_contain_text("在岗，自")
    all_sent(phone)
    assert count(wiring, "SELECT count(*) FROM grid.duty WHERE consent_version = 'consent-1'") == 1


def test_whoever_does_not_agree_is_not_on_duty(phone: Page, wiring: Wiring) -> None:
    button(phone, "上班签到").click()
    button(phone, "不同意").click()
    expect(said(phone)).to_have_text("不在岗，不记录位置。")
    assert on_duty(wiring) == 0


def test_consent_that_is_taken_back_ends_the_shift(phone: Page, wiring: Wiring) -> None:
    go_on_duty(phone)
    phone.get_by_text("位置告知书（已同意）").click()
    button(phone, "撤回同意（同时下班）").click()
    expect(said(phone)).to_have_text("不在岗，不记录位置。")
    all_sent(phone)
    assert on_duty(wiring) == 0
    button(phone, "上班签到").click()
    expect(button(phone, "我已阅读并同意，上班签到")).to_be_visible()


def test_positions_are_kept_on_every_page_and_sent_by_themselves(phone: Page, wiring: Wiring) -> None:
    a_day_ahead(phone)
    go_on_duty(phone)
    phone.goto("/m/tasks")
    expect(phone.locator("[data-shift-line][data-on-duty]")).to_be_attached()
    walk(phone, 2)
    phone.context.clock.fast_forward(20_000)
    all_sent(phone)
    assert len(moments(wiring, key_of(phone))) >= 2


def test_a_whole_shift_without_network_is_sent_with_its_own_times(
    phone: Page, wiring: Wiring, clock: FixedClock
) -> None:
    button(phone, "上班签到").click()
    button(phone, "不同意").click()
    a_day_ahead(phone)
    began = clock.now()
    phone.context.set_offline(True)
    phone.goto("/m/me")
    go_on_duty(phone)
    walk(phone, 4)
    expect(phone.locator("[data-duty=waits]")).to_contain_text("签到签退已存在本机")
    button(phone, "下班签退").click()
    clock.at = began + timedelta(minutes=30)
    phone.context.set_offline(False)
    phone.goto("/m/tasks")
    all_sent(phone)
    taken = moments(wiring, key_of(phone))
    assert len(taken) >= 4
    assert (began - timedelta(seconds=5) <= taken[0], taken[-1] <= began + timedelta(minutes=3)) == (
        True,
        True,
    )
    assert on_duty(wiring) == 0


def hold(page: Page) -> None:
    page.locator("[data-sos=call]").scroll_into_view_if_needed()
    page.locator("[data-sos=call]").hover()
    page.mouse.down()
    expect(page.locator(".sos-panel")).to_be_visible(timeout=3_000)
    page.mouse.up()


def calls(wiring: Wiring, more: str = "") -> int:
    return count(wiring, f"SELECT count(*) FROM grid.sos WHERE true {more}")


def test_a_held_button_calls_for_help_within_two_seconds(phone: Page, wiring: Wiring, sign_in: Open) -> None:
    hold(phone)
    expect(phone.get_by_role("alert")).to_contain_text("指挥中心已收到求助")
    show(phone, "phone-sos-heard")
    assert calls(wiring, "AND easting_m IS NOT NULL") == 1


def test_a_short_press_calls_nobody(phone: Page, wiring: Wiring) -> None:
    sos = phone.locator("[data-sos=call]")
    sos.click()
    expect(sos).to_contain_text("再按一次，立即求助")
    assert (phone.locator(".sos-panel").is_visible(), calls(wiring)) == (False, 0)


def test_two_presses_of_the_keyboard_call(phone: Page, wiring: Wiring) -> None:
    sos = phone.locator("[data-sos=call]")
    sos.press("Enter")
    expect(sos).to_contain_text("再按一次，立即求助")
    phone.wait_for_timeout(400)  # two presses, not a key that was held
    sos.press("Enter")
    expect(phone.get_by_role("alert")).to_contain_text("指挥中心已收到求助")
    assert calls(wiring) == 1


def test_a_call_without_network_says_that_nobody_heard_it_and_goes_out_first(
    phone: Page, wiring: Wiring, clock: FixedClock
) -> None:
    phone.context.clear_permissions()
    phone.context.set_offline(True)
    hold(phone)
    alarm = phone.get_by_role("alert")
    expect(alarm).to_contain_text("求助还没有人听到")
    expect(alarm.get_by_role("link", name="打 110 报警")).to_have_attribute("href", "tel:110")
    show(phone, "phone-sos-unheard")
    phone.goto("/m/tasks")
    expect(phone.get_by_role("alert")).to_contain_text("求助还没有人听到")
    phone.context.set_offline(False)
    expect(phone.get_by_role("alert")).to_contain_text("指挥中心已收到求助")
    assert calls(wiring) == 1


def test_a_call_that_was_taken_back_before_anybody_heard_is_not_sent(phone: Page, wiring: Wiring) -> None:
    phone.context.set_offline(True)
    hold(phone)
    button(phone, "我没事了，取消求助").click()
    expect(phone.locator(".sos-panel")).to_be_hidden()
    phone.context.set_offline(False)
    own_page(phone)
    assert calls(wiring) == 0


def test_a_call_that_was_taken_back_on_its_way_is_not_sent_again(phone: Page, wiring: Wiring) -> None:
    on_the_way: list[Route] = []

    def hold_back(route: Route) -> None:
        on_the_way.append(route)

    phone.context.route("**/api/v1/sos", hold_back)
    with phone.expect_request("**/api/v1/sos"):
        hold(phone)
    button(phone, "我没事了，取消求助").click()
    expect(phone.locator(".sos-panel")).to_be_hidden()
    on_the_way[0].abort("connectionreset")
    phone.context.unroute("**/api/v1/sos")
    own_page(phone)
    assert calls(wiring) == 0


def test_two_inspectors_share_a_phone_and_nothing_goes_out_in_the_other_s_name(
    phone: Page, wiring: Wiring
) -> None:
    first = key_of(phone)
    phone.context.set_offline(True)
    go_on_duty(phone)
    phone.context.clear_cookies()
    phone.context.set_offline(False)
    sign_in_here(phone, "inspector2")
    own_page(phone)
    expect(phone.locator(".queue-line")).to_contain_text("本机另有他人的考勤记录待发")
    expect(said(phone)).to_have_text("不在岗，不记录位置。")
    assert on_duty(wiring) == 0
    phone.context.clear_cookies()
    sign_in_here(phone, "inspector1")
    own_page(phone)
    expect(said(phone)).to_contain_text("在岗，自")
    all_sent(phone)
    assert count(wiring, f"SELECT count(*) FROM grid.duty WHERE mover_key = '{first}'") == 1


GIVE_GRID = """([owner, rings]) => import("/static/js/phone/store.js").then(({ remember }) =>
  remember(`grids:${owner}`, { at: Date.now(), grids: [{ code: "G", name: "经二路片区", rings }] }))"""
OUTSIDE = """async () => {
  const { recall } = await import("/static/js/phone/store.js");
  return recall(`outside:${document.querySelector('meta[name="person"]').content}`);
}"""
AROUND = [
    [[107.144, 34.3685], [107.145, 34.3685], [107.145, 34.3695], [107.144, 34.3695], [107.144, 34.3685]]
]


def test_leaving_the_responsibility_grid_is_told_on_the_phone(phone: Page) -> None:
    a_day_ahead(phone)
    phone.evaluate(GIVE_GRID, [key_of(phone), AROUND])
    go_on_duty(phone)
    until(phone, f"async () => (await ({LAST})()) > 0")
    away = JINGER_ROAD | {"latitude": 34.3720}
    phone.context.set_geolocation(away)
    line = phone.locator("[data-shift-line]")
    expect(line).to_be_attached()
    until(phone, OUTSIDE)
    phone.context.clock.fast_forward(70_000)
    phone.context.set_geolocation(away | {"longitude": 107.1447})
    expect(line).to_contain_text("您已离开责任网格 经二路片区")
    show(phone, "phone-astray")
    phone.context.set_geolocation(JINGER_ROAD)
    expect(line).to_be_hidden()


def test_the_day_s_own_way_is_on_a_map(phone: Page, wiring: Wiring) -> None:
    a_day_ahead(phone)
    go_on_duty(phone)
    phone.context.set_offline(True)
    walk(phone, 2)
    phone.context.set_offline(False)
    phone.goto("/m/track")
    expect(phone.locator("[data-part=own-track][data-points]")).to_be_visible()
    show(phone, "phone-track")


def test_the_wall_hears_a_call_at_once(phone: Page, sign_in: Open) -> None:
    leader = sign_in("leader", DESK)
    leader.goto("/desk/field")
    hold(phone)
    expect(leader.get_by_text(re.compile("求助：监督员甲")).first).to_be_visible()
