"""Who gets in, how long they stay, and what a stranger learns."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.face_city import token_in, try_sign_in

WRONG = "not the password"


@pytest.mark.parametrize(
    ("login", "home", "because"),
    [
        ("operator1", "/desk/operator", "the operator accepts"),
        ("chief1", "/desk/duty-chief", "the duty chief files"),
        ("dispatcher1", "/desk/dispatcher", "the dispatcher dispatches"),
        ("water", "/department", "the department handles"),
        ("inspector1", "/m", "the inspector walks with a phone"),
        ("crew1", "/m/tasks", "the crew looks for its tasks"),
        ("leader", "/desk/leader", "a leader looks after what is late"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_signing_in_leads_to_ones_work(browser, login, home, because):
    assert try_sign_in(browser, login).headers["location"] == home


def test_a_wrong_password_opens_nothing(browser):
    answer = try_sign_in(browser, "operator1", WRONG)
    assert answer.status_code == 403
    assert "citygrid_session" not in browser.cookies


def test_an_unknown_login_is_told_the_same_as_a_wrong_password(browser):
    known, unknown = try_sign_in(browser, "operator1", WRONG), try_sign_in(browser, "nobody", WRONG)
    assert unknown.text.replace("nobody", "operator1").split("<form")[0] == known.text.split("<form")[0]


def test_five_wrong_passwords_lock_the_login_even_for_the_right_one(browser):
    answers = [try_sign_in(browser, "operator1", WRONG) for _ in range(5)]
    assert answers[-1].status_code == 403
    assert try_sign_in(browser, "operator1").status_code == 403


def test_a_locked_login_opens_again_after_a_quarter_of_an_hour(browser, clock):
    [try_sign_in(browser, "operator1", WRONG) for _ in range(5)]
    clock.at += timedelta(minutes=15)
    assert try_sign_in(browser, "operator1").status_code == 303


def test_the_right_password_forgets_earlier_wrong_ones(browser):
    [try_sign_in(browser, "operator1", WRONG) for _ in range(4)]
    try_sign_in(browser, "operator1")
    browser.cookies.delete("citygrid_session")
    assert try_sign_in(browser, "operator1", WRONG).status_code == 403
    assert try_sign_in(browser, "operator1").status_code == 303


def test_an_address_that_tries_many_logins_has_to_wait(browser):
    [try_sign_in(browser, f"guess{n}", WRONG) for n in range(20)]
    answer = try_sign_in(browser, "operator1")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 300


def test_a_whole_shift_may_sign_in_from_one_address(visit):
    answers = [try_sign_in(visit(), "operator1").status_code for _ in range(25)]
    assert set(answers) == {303}


def test_a_dismissed_person_is_out_at_once(signed_in, wiring):
    desk = signed_in("operator1")
    with wiring.sessions.begin() as session:
        session.execute(text("UPDATE accounts.person SET is_active = false WHERE login = 'operator1'"))
    assert desk.get("/api/v1/cases").status_code == 401


def test_signing_out_ends_the_session_on_the_server_too(signed_in):
    desk = signed_in("operator1")
    kept = desk.cookies["citygrid_session"]
    desk.post("/sign-out", data={"csrf": desk.headers["x-csrf-token"]})
    assert desk.get("/api/v1/cases", headers={"cookie": f"citygrid_session={kept}"}).status_code == 401


@pytest.mark.parametrize(
    ("away", "status", "because"),
    [
        (timedelta(hours=11, minutes=59), 200, "a shift with its break"),
        (timedelta(hours=12), 401, "nobody used it for twelve hours"),
    ],
    ids=["a shift with its break", "unused for twelve hours"],
)
def test_a_session_lasts_a_shift(signed_in, clock, away, status, because):
    desk = signed_in("operator1")
    clock.at += away
    assert desk.get("/api/v1/cases").status_code == status


def test_a_session_ends_after_a_week_however_busy(signed_in, clock):
    desk = signed_in("operator1")
    for _ in range(14):
        clock.at += timedelta(hours=11, minutes=59)
        desk.get("/api/v1/cases")
    clock.at += timedelta(minutes=15)
    assert desk.get("/api/v1/cases").status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser):
    cookie = try_sign_in(browser, "operator1").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_the_database_holds_no_secret_that_opens_a_session(signed_in, wiring):
    secret = signed_in("operator1").cookies["citygrid_session"]
    with wiring.sessions() as session:
        kept = session.execute(text("SELECT token_hash FROM accounts.session")).scalars().all()
    assert all(len(value) == 32 and secret.encode() not in value for value in kept)


def test_a_form_from_elsewhere_signs_nobody_in(browser):
    token_in(browser.get("/sign-in").text)
    answer = browser.post("/sign-in", data={"login": "operator1", "password": "x", "csrf": "made-up"})
    assert (answer.status_code, "form_expired" in answer.text) == (403, True)


def test_a_form_that_another_site_sends_is_refused_even_with_its_token(browser):
    sent = {"login": "operator1", "password": "x", "csrf": token_in(browser.get("/sign-in").text)}
    answer = browser.post("/sign-in", data=sent, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/cases/61030320260918000001", "/cases/61030320260918000001"),
        ("//evil.example/", "/desk/operator"),
        ("https://evil.example/", "/desk/operator"),
    ],
    ids=["back to the page asked for", "not to a host in disguise", "not to another host"],
)
def test_after_signing_in_one_stays_in_the_house(browser, wanted, reached):
    assert try_sign_in(browser, "operator1", next_page=wanted).headers["location"] == reached
