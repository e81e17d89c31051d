"""What people were told: the bell, the list, reading; each hears the own business and nothing else."""

import re

import pytest
from sqlalchemy import text

from tests.face_city import report_of, token_in
from tests.faces.test_live import drained, hub, listening, person, wait_until  # noqa: F401 - a fixture
from web.live import NOTICE_EVENT


@pytest.fixture
def reported(signed_in):
    """A case that an inspector has reported, and the operator who is told of it."""
    inspector = signed_in("inspector1")
    case_no = inspector.post("/api/v1/reports", json=report_of(source="inspector")).json()
    operator = signed_in("operator1")
    return case_no, operator


@pytest.fixture
def registered(signed_in):
    """A report that operator1 took by telephone: told to the others of the post."""
    return signed_in("operator1").post("/api/v1/reports", json=report_of()).json()["case_no"]


def unread(browser):
    return browser.get("/notices/count").json()["unread"]


def rows_of(browser, address="/notices"):
    return re.findall(r'action="(/notices/\d+/read)"', browser.get(address).text)


def test_whoever_s_turn_it_is_reads_of_it(registered, signed_in):
    page = signed_in("operator2").get("/notices").text
    assert "新登记 · 污水井盖" in page
    assert "受理" in page


def test_nobody_is_told_of_the_own_step(registered, signed_in):
    assert (unread(signed_in("operator1")), unread(signed_in("operator2"))) == (0, 1)


def test_other_posts_hear_nothing(registered, signed_in):
    assert [unread(signed_in(login)) for login in ("chief1", "drainage", "inspector1")] == [0, 0, 0]


def test_a_notice_that_was_opened_is_read_and_leads_to_its_case(registered, signed_in):
    operator = signed_in("operator2")
    answer = operator.post(rows_of(operator)[0])
    assert (answer.headers["location"], unread(operator)) == (f"/cases/{registered}", 0)


def test_what_one_has_read_is_unread_for_the_others_of_the_post(registered, signed_in):
    first, second = signed_in("operator2"), signed_in("operator1")
    second.post("/api/v1/reports", json=report_of())
    first.post(rows_of(first)[0])
    assert (unread(first), rows_of(second)) == (1, [])


def test_all_are_read_up_to_the_newest_that_was_shown(registered, signed_in):
    operator = signed_in("operator2")
    page = operator.get("/notices").text
    signed_in("operator1").post("/api/v1/reports", json=report_of())  # comes while the page is looked at
    until = re.search(r'name="until" value="(\d+)"', page)
    operator.post("/notices/read-all", data={"csrf": token_in(page), "until": until[1]})
    shown = [len(rows_of(operator, address)) for address in ("/notices", "/notices?unread=true")]
    assert (unread(operator), shown) == (1, [2, 1])


def test_the_list_says_what_will_come_when_there_is_nothing(signed_in):
    assert "还没有通知" in signed_in("drainage").get("/notices").text


def test_the_list_speaks_english(registered, signed_in):
    page = signed_in("operator2").get("/notices?lang=en").text
    assert "New report by a caller or the public" in page


def test_the_rail_of_a_desk_shows_how_many_are_unread(registered, signed_in):
    page = signed_in("operator2").get("/desk/operator").text
    assert re.search(r"data-count>1</span>", page)


def test_the_phone_shows_how_many_are_unread(registered, signed_in, wiring):
    with wiring.sessions.begin() as session:
        session.execute(text("UPDATE cases.notice SET audience = 'person', post = NULL, person_id ="
                             " (SELECT id FROM accounts.person WHERE login = 'inspector1')"))  # fmt: skip
    inspector = signed_in("inspector1")
    assert re.search(r"data-count title=\"未读通知\">1</span>", inspector.get("/m/tasks").text)
    assert "bottom-bar" in inspector.get("/notices").text


def test_words_of_people_are_shown_as_text(signed_in):
    signed_in("operator1").post("/api/v1/reports", json=report_of(place_text="<script>alert(1)</script>"))
    assert "<script>alert" not in signed_in("operator2").get("/notices").text


def test_a_bell_rings_for_its_own_post_alone(hub, signed_in):  # noqa: F811
    operator, chief = listening(hub, person("operator")), listening(hub, person("duty_chief"))
    operator.audiences, chief.audiences = frozenset({"post:operator"}), frozenset({"post:duty_chief"})
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    heard: list[bytes] = []
    wait_until(lambda: heard.extend(drained(operator)) or NOTICE_EVENT in heard)
    assert NOTICE_EVENT in heard
    assert NOTICE_EVENT not in drained(chief)


def test_a_page_of_notices_takes_two_statements(registered, signed_in, statements):
    operator = signed_in("operator2")
    statements.clear()
    operator.get("/notices")
    assert len(statements) == 2


@pytest.mark.parametrize("number", ["0", "999999999", "-1", "x"])
def test_a_notice_that_is_not_there_leads_back_to_the_list(signed_in, number):
    answer = signed_in("operator1").post(f"/notices/{number}/read")
    assert answer.status_code in (303, 400, 422)
