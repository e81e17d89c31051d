"""Every page of the phone at 360 pixels: for a thumb, in the sun, told aloud; and the app is installable."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from cases.rules.deciding import Asking
from emergency.rules.commands import Confirm
from emergency.rules.commands import Open as Opening
from emergency.rules.levels import EventLevel
from gis_core.clock import FixedClock
from tests.browser.conftest import PHONE, Open, show
from tests.browser.test_a_phone_without_network import READY, sign_in_here
from tests.browser.test_a_shift_of_three_days import survey_on
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(240)]
PAGES = (
    "/m", "/m/tasks", "/m/report", "/m/me", "/m/queue", "/m/track", "/m/components", "/m/surveys",
    "/m/offline",
)  # fmt: skip
LEAST_PX = 44
LEAST_CONTRAST = 7.0
CHECKS = (Path(__file__).parent / "phone_checks.js").read_text(encoding="utf-8")
SMALL, UNNAMED = f"() => phoneChecks.small({LEAST_PX})", "() => phoneChecks.unnamed()"
PALE = f"() => phoneChecks.pale({LEAST_CONTRAST})"


@pytest.fixture
def phone(open_browser: Open, address: str) -> Page:
    """A signed-in phone in the style for the sun; maps are not drawn."""
    return in_the_sun(open_browser, address, "inspector1")


@pytest.fixture
def survey(wiring: Wiring, clock: FixedClock) -> str:
    """The address of a unit grid in which the inspector has components to look for."""
    return survey_on(wiring, clock)


@pytest.fixture
def leader(open_browser: Open, address: str) -> Page:
    """A leader's phone in the same style."""
    return in_the_sun(open_browser, address, "leader")


def in_the_sun(open_browser: Open, address: str, login: str) -> Page:
    page = open_browser(PHONE)
    page.route("**/maplibre-gl.mjs", lambda route: route.abort())
    page.context.add_cookies([{"name": "citygrid_look", "value": "sun", "url": address}])
    sign_in_here(page, login)
    return page


def opened(phone: Page, path: str) -> Page:
    phone.goto(path)
    expect(phone.locator("html[data-parts=started]")).to_be_attached()
    expect(phone.get_by_role("heading", level=1)).to_be_attached()
    phone.evaluate(CHECKS)
    phone.evaluate("() => phoneChecks.settled()")
    return phone


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_the_phone_is_for_a_thumb_in_the_sun_and_told_aloud(phone: Page, path: str) -> None:
    page = opened(phone, path)
    assert [page.evaluate(check) for check in (SMALL, UNNAMED, PALE)] == [[], [], []]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_survey_is_for_a_thumb_in_the_sun_and_told_aloud(phone: Page, survey: str) -> None:
    for path in (survey.partition("?")[0], survey):
        page = opened(phone, path)
        assert [page.evaluate(check) for check in (SMALL, UNNAMED, PALE)] == [[], [], []]
        assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_leader_s_task_with_its_way_to_the_wall_is_for_a_thumb_too(
    leader: Page, other_reports: None, wiring: Wiring
) -> None:
    with wiring.sessions() as session:
        case_no = session.scalar(text("SELECT max(case_no) FROM cases.case"))
    page = opened(leader, f"/m/tasks/{case_no}")
    expect(page.get_by_role("button", name="上墙")).to_be_visible()
    assert page.evaluate(SMALL) == []


@pytest.mark.parametrize("login", ["leader", "duty1"])
def test_reports_that_are_owed_are_for_a_thumb_in_the_sun_and_told_aloud(
    open_browser: Open, address: str, wiring: Wiring, clock: FixedClock, login: str
) -> None:
    who = Asking(clock.now() - timedelta(minutes=25), None, "应急值班员甲", "duty_officer", None)
    taken = wiring.incidents.open(Opening("flood", "渭河水位上涨"), who, client_id=uuid4(), is_drill=True)
    wiring.incidents.perform(taken.incident_no, Confirm("flood", EventLevel(3), words="水位上涨快"), who)
    page = opened(in_the_sun(open_browser, address, login), "/m/reports")
    page.locator("details.ask summary").first.click()
    expect(page.locator(".clock-overdue").first).to_be_visible()
    expect(page.locator(".clock-normal").first).to_be_visible()
    assert [page.evaluate(check) for check in (SMALL, UNNAMED, PALE)] == [[], [], []]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    show(page, f"phone-reports-{login}")


@pytest.mark.parametrize(
    ("script", "broken", "because"),
    [
        (SMALL, "document.querySelector('.bottom-bar a').style.blockSize = '30px'", "a place of 30 pixels"),
        (UNNAMED, "document.querySelector('.bottom-bar a').replaceChildren()", "a place without a name"),
        (PALE, "document.querySelector('.bottom-bar a').style.color = '#8a939c'", "grey on white"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)
def test_what_is_wrong_would_be_found(phone: Page, script: str, broken: str, because: str) -> None:
    page = opened(phone, "/m/queue")
    page.evaluate(f"() => {{ {broken}; }}")
    assert page.evaluate(script) != [], because


def test_the_app_is_installable_and_its_worker_answers_its_pages(phone: Page) -> None:
    opened(phone, "/m/tasks").evaluate(READY)
    assert phone.evaluate("() => phoneChecks.installable()") == {
        "names": True, "display": "standalone", "icons": True, "large": True, "mask": True, "start": True,
        "shortcuts": True, "worker": "/m", "script": "/sw.js", "bar": True, "view": True,
    }  # fmt: skip
