"""Every error as a person meets it."""

import pytest
from sqlalchemy.exc import OperationalError

from gis_core.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from web.accounts.people import NotSignedIn
from web.app import create_app
from web.errors import TITLES, status_of
from web.throttle import TooOften
from web.uploads import TooLarge


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (BadInput, 400),
        (NotSignedIn, 401),
        (NotAllowed, 403),
        (NotFound, 404),
        (Conflict, 409),
        (TooLarge, 413),
        (Refused, 422),
        (TooOften, 429),
    ],
)
def test_a_kind_of_error_has_its_status_and_its_heading(kind, status):
    assert status_of(kind("…")) == status
    assert status in TITLES


@pytest.fixture
def broken(wiring):
    """The application with a page that fails as it is told."""
    from fastapi.testclient import TestClient

    app = create_app(wiring)
    errors = {
        "bug": ZeroDivisionError("secret detail"),
        "away": OperationalError("SELECT 1", {}, ConnectionError("gone")),
        "moved": Conflict("案件已由他人办理。"),
    }

    @app.get("/broken/{how}")
    def fail(how: str) -> None:
        raise errors[how]

    @app.post("/broken/{how}")
    def fail_to_write(how: str) -> None:
        raise errors[how]

    return TestClient(app, raise_server_exceptions=False)


def test_a_bug_tells_its_number_and_nothing_of_the_inside(broken):
    page = broken.get("/broken/bug", headers={"accept": "text/html"})
    assert page.status_code == 500
    assert page.headers["x-request-id"] in page.text
    assert "secret detail" not in page.text


def test_while_the_database_is_away_people_are_asked_to_come_back(broken):
    page = broken.get("/broken/away", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")


def test_a_refused_form_says_what_became_of_what_was_typed(broken):
    page = broken.post("/broken/moved", headers={"accept": "text/html"})
    assert "案件已由他人办理。" in page.text
    assert "没有写入" in page.text
    assert "(conflict" in page.text


def test_a_program_is_answered_in_json(broken):
    answer = broken.get("/broken/moved", headers={"accept": "application/json"})
    assert answer.json()["code"] == "conflict"


def test_a_page_for_others_leads_to_signing_in_and_back(browser):
    answer = browser.get("/desk/operator?stage=reported", headers={"accept": "text/html"})
    assert answer.headers["location"] == "/sign-in?next=/desk/operator%3Fstage%3Dreported"


def test_every_page_is_closed_to_scripts_and_frames_of_others(browser):
    headers = browser.get("/sign-in").headers
    assert "script-src 'self';" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "cookie", "accepted", "heading"),
    [
        ("", "", "zh-CN,zh;q=0.9", "登录"),
        ("", "", "en-GB,en;q=0.8", "Sign in"),
        ("?lang=en", "", "zh-CN", "Sign in"),
        ("", "citygrid_lang=en", "zh-CN", "Sign in"),
        ("", "", "fr-FR", "登录"),
        ("?lang=xx", "", "", "登录"),
    ],
    ids=["a Chinese browser", "an English browser", "asked for", "chosen before",
         "neither", "no language of ours"],
)  # fmt: skip
def test_the_page_speaks_the_language_asked_for(browser, asked, cookie, accepted, heading):
    page = browser.get("/sign-in" + asked, headers={"accept-language": accepted, "cookie": cookie})
    assert heading in page.text


def test_a_language_once_chosen_is_kept(browser):
    browser.get("/sign-in?lang=en")
    assert "Sign in" in browser.get("/sign-in").text
