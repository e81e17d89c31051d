"""Every page of the phone at 360 pixels: for a thumb, in the sun, told aloud; and the app is installable."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open
from tests.browser.test_a_phone_without_network import READY, sign_in_here

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
    page = open_browser(PHONE)
    page.route("**/maplibre-gl.mjs", lambda route: route.abort())
    page.context.add_cookies([{"name": "citygrid_look", "value": "sun", "url": address}])
    sign_in_here(page, "inspector1")
    return page


def opened(phone: Page, path: str) -> Page:
    phone.goto(path)
    expect(phone.locator("html[data-parts=started]")).to_be_attached()
    expect(phone.get_by_role("heading", level=1)).to_be_attached()
    phone.evaluate(CHECKS)
    return phone


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_the_phone_is_for_a_thumb_in_the_sun_and_told_aloud(phone: Page, path: str) -> None:
    page = opened(phone, path)
    assert [page.evaluate(check) for check in (SMALL, UNNAMED, PALE)] == [[], [], []]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


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
