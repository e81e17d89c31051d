"""A reporter's contact: with stars until somebody says what for, written down, so often a day."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cases.privacy_rules import PrivacyRules
from tests.face_city import report_of, token_in

PHONE = "13800000000"


@pytest.fixture
def case_no(signed_in):
    """A case of a caller."""
    report = report_of(contact_name="来电人甲", contact_phone=PHONE)
    return signed_in("operator1").post("/api/v1/reports", json=report).json()["case_no"]


@pytest.fixture
def log(signed_in):
    """Reads the log as the auditor does, with a query."""
    return lambda query="": signed_in("auditor").get(f"/privacy/access.csv{query}").text.splitlines()[1:]


@pytest.fixture
def allow_one(wiring, monkeypatch):
    """A city in which everybody may look once a day."""
    monkeypatch.setattr(PrivacyRules, "reveals_on", lambda *_: 1)
    monkeypatch.setattr(PrivacyRules, "lookups_on", lambda *_: 1)


def reveal(browser, case_no, purpose="call_back"):
    return browser.post(f"/api/v1/cases/{case_no}/contact", json={"purpose": purpose})


def look_up(browser, phone):
    return browser.post("/desk/operator/caller", data={"phone": phone})


@pytest.mark.parametrize("login", ["operator1", "chief1", "dispatcher1"])
@pytest.mark.parametrize("address", ["/cases/{}", "/api/v1/cases/{}"])
def test_a_case_shows_its_contact_with_stars(signed_in, case_no, login, address):
    page = signed_in(login).get(address.format(case_no)).text
    assert "138****0000" in page
    assert PHONE not in page
    assert "来电人甲" not in page


def test_a_contact_is_shown_for_a_purpose_and_written_down(signed_in, case_no, log):
    told = reveal(signed_in("operator1"), case_no).json()["contacts"]
    assert [(one["name"], one["phone"]) for one in told] == [("来电人甲", PHONE)]
    [line] = log()
    assert all(words in line for words in ("受理员", "查看联系方式", "回访反映人", case_no[-6:]))
    assert PHONE not in line


def test_the_button_of_the_page_shows_it(signed_in, case_no, log):
    desk = signed_in("operator1")
    sent = {"csrf": token_in(desk.get(f"/cases/{case_no}").text), "purpose": "tell_result"}
    answer = desk.post(f"/contacts/{case_no}", data=sent)
    assert (PHONE in answer.text, answer.headers["cache-control"]) == (True, "no-store")
    assert "告知办理结果" in log()[0]


@pytest.mark.parametrize(
    ("login", "purpose", "status", "code"),
    [
        ("operator1", "curiosity", 400, "no_purpose"),
        ("inspector1", "call_back", 403, "wrong_role"),
        ("leader", "call_back", 403, "wrong_role"),
        ("auditor", "call_back", 403, "wrong_role"),
    ],
)
def test_who_has_no_need_is_refused_and_nothing_is_told(
    signed_in, case_no, log, login, purpose, status, code
):
    answer = reveal(signed_in(login), case_no, purpose)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (PHONE in answer.text, log()) == (False, [])


def test_a_person_looks_so_often_a_day(signed_in, case_no, allow_one, clock):
    desk = signed_in("operator1")
    assert [reveal(desk, case_no).status_code for _ in range(2)] == [200, 403]
    clock.at += timedelta(days=1)
    assert reveal(signed_in("operator1"), case_no).status_code == 200


def test_everybody_who_said_me_too_is_among_the_contacts(signed_in, browser, case_no):
    sent = {"client_id": report_of()["client_id"], "contact_phone": "13900000000"}
    browser.post(f"/api/v1/cases/{case_no}/join", json=sent)
    told = reveal(signed_in("operator1"), case_no).json()["contacts"]
    assert [one["phone"] for one in told] == [PHONE, "13900000000"]


def test_looking_a_caller_up_is_written_down_without_the_number(signed_in, case_no, log, wiring):
    assert "还是这件事" in look_up(signed_in("operator1"), PHONE).text
    assert "查来电历史" in log()[0]
    with wiring.sessions() as session:
        kept = session.execute(text("SELECT contact_access::text FROM cases.contact_access")).scalar_one()
    assert PHONE not in kept


def test_a_number_in_an_address_is_not_read(signed_in, case_no, log):
    desk = signed_in("operator1")
    assert desk.get(f"/desk/operator/caller?phone={PHONE}").status_code == 405
    assert desk.post(f"/desk/operator/caller?phone={PHONE}").status_code == 200
    assert log() == []


def test_half_a_number_is_not_looked_up(signed_in, case_no, log):
    assert look_up(signed_in("operator1"), "138").status_code == 200
    assert log() == []


def test_callers_are_looked_up_so_often_a_day(signed_in, case_no, allow_one):
    desk = signed_in("operator1")
    asked = [look_up(desk, PHONE).status_code for _ in range(2)]
    assert asked == [200, 403]


@pytest.mark.parametrize(
    "deed", ["DELETE FROM cases.contact_access", "UPDATE cases.contact_access SET at = at"]
)
def test_the_log_cannot_be_changed(wiring, deed):
    with pytest.raises(DBAPIError, match="append-only"), wiring.sessions.begin() as session:
        session.execute(text(deed))


@pytest.mark.parametrize(
    ("query", "n", "because"),
    [("", 1, "all"), ("?case_no={}", 1, "of the case"), ("?case_no=1", 0, "of another case"),
     ("?since=2026-09-18&until=2026-09-18", 1, "of the day"), ("?until=2026-09-17", 0, "before it")],
)  # fmt: skip
def test_the_log_is_filtered(signed_in, case_no, log, query, n, because):
    reveal(signed_in("operator1"), case_no)
    assert len(log(query.format(case_no))) == n
    assert signed_in("auditor").get(f"/privacy/access{query.format(case_no)}").status_code == 200


@pytest.mark.parametrize("login", ["operator1", "admin", "leader"])
def test_the_log_is_for_auditors(signed_in, login):
    assert signed_in(login).get("/privacy/access").status_code == 403


def test_a_detail_with_its_contact_costs_no_query_more(signed_in, case_no, statements):
    desk = signed_in("operator1")
    statements.clear()
    desk.get(f"/api/v1/cases/{case_no}")
    assert len([one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]) <= 8


def test_a_number_in_the_words_is_shown_with_the_contact_alone(signed_in):
    desk = signed_in("operator1")
    sent = report_of(description=f"打 {PHONE} 找我")
    case_no = desk.post("/api/v1/reports", json=sent).json()["case_no"]
    assert PHONE not in desk.get(f"/cases/{case_no}").text
    assert [one["words"] for one in reveal(desk, case_no).json()["contacts"]] == ["", f"打 {PHONE} 找我"]
