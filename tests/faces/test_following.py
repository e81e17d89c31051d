"""A reporter without an account: is told what was done, stops it, rates the result, and nobody else may."""

import re
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.case_city import JINGER_ROAD, MISSING_COVER
from tests.face_city import token_in

MOBILE = "139 1234 5678"


def report_form(browser, **changes):
    """The public form, filled in by somebody who wants to hear by SMS."""
    form = {
        "csrf": token_in(browser.get("/report").text), "client_id": str(uuid4()), "type": "component:01002",
        "lon": str(JINGER_ROAD.lon_deg), "lat": str(JINGER_ROAD.lat_deg), "description": "井盖缺失",
        "contact_phone": MOBILE, "tell_by": "sms",
    }  # fmt: skip
    return browser.post("/report", data=form | changes)


def receipt_of(answer):
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    return {"no": asked["no"][0], "code": asked["code"][0]}


@pytest.fixture
def reported(browser):
    return receipt_of(report_form(browser))


def send(browser, path, **form):
    return browser.post(path, data={"csrf": token_in(browser.get("/report").text), **form})


def rows(wiring, words):
    with wiring.sessions() as session:
        return [tuple(row) for row in session.execute(text(words))]


def accept(signed_in, case_no):
    operator = signed_in("operator1")
    operator.post(f"/api/v1/cases/{case_no}/accept", json={"revision": 1, "criterion_code": MISSING_COVER})


def close(wiring):
    """The case is done, however it came about."""
    with wiring.sessions.begin() as session:
        session.execute(text("""UPDATE cases."case" SET stage = 'closed', closed_at = now()"""))


def test_a_reporter_chooses_sms_and_is_told_at_once_that_it_works(reported, wiring):
    assert rows(wiring, "SELECT channel, address FROM cases.follower") == [("sms", "+8613912345678")]
    assert rows(wiring, "SELECT channel, status FROM cases.delivery") == [("sms", "waiting")]


def test_a_reporter_who_chooses_nothing_is_left_alone(browser, wiring):
    report_form(browser, tell_by="none")
    assert rows(wiring, "SELECT 1 FROM cases.follower") == []


WRONG = [
    ({"contact_phone": "0917-3800000"}, "a telephone at home takes no SMS"),
    ({"contact_phone": ""}, "there is no number to write to"),
    ({"tell_by": "email", "contact_email": "nobody"}, "this is no address"),
    ({"tell_by": "pigeon"}, "there are no pigeons"),
]


@pytest.mark.parametrize(("changes", "because"), WRONG, ids=[row[-1] for row in WRONG])
def test_a_report_with_an_address_that_cannot_be_is_not_taken_and_keeps_what_was_typed(
    browser, wiring, changes, because
):
    answer = report_form(browser, **changes)
    assert (answer.status_code, "井盖缺失" in answer.text) == (400, True)
    assert rows(wiring, 'SELECT 1 FROM cases."case"') == []


def test_the_page_of_a_case_says_what_was_done_in_plain_words(browser, reported, signed_in):
    accept(signed_in, reported["no"])
    page = browser.get("/track", params=reported).text
    assert "您反映的“污水井盖”已受理" in page
    assert "受理员" not in page


def test_the_page_says_it_in_english(browser, reported, signed_in):
    accept(signed_in, reported["no"])
    assert "Your report was accepted" in browser.get("/track", params=reported | {"lang": "en"}).text


def test_the_page_hides_the_middle_of_the_number(browser, reported):
    page = browser.get("/track", params=reported).text
    assert ("+861****678" in page, "13912345678" in page) == (True, False)


def test_another_address_takes_the_place_of_the_first(browser, reported, wiring):
    send(browser, "/track/follow", **reported, tell_by="email", address="Someone@Example.org")
    assert rows(wiring, "SELECT channel, address FROM cases.follower") == [("email", "Someone@example.org")]


def test_the_same_choice_twice_sends_one_confirmation(browser, reported, wiring):
    send(browser, "/track/follow", **reported, tell_by="sms", address=MOBILE)
    assert len(rows(wiring, "SELECT 1 FROM cases.delivery")) == 1


def test_who_does_not_know_the_code_can_neither_follow_nor_rate(browser, reported, wiring):
    stranger = {"no": reported["no"], "code": "WRONG234"}
    wish = stranger | {"tell_by": "sms", "address": MOBILE, "score": "1"}
    answers = [send(browser, path, **wish) for path in ("/track/follow", "/track/rate")]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_link_that_is_opened_stops_nothing_until_its_button_is_pressed(browser, reported, wiring):
    ((token,),) = rows(wiring, "SELECT stop_token FROM cases.follower")
    page = browser.get(f"/stop?t={token}").text
    assert rows(wiring, "SELECT 1 FROM cases.follower WHERE stopped_at IS NOT NULL") == []
    browser.post("/stop", data={"csrf": token_in(page), "t": token})
    assert rows(wiring, "SELECT 1 FROM cases.follower WHERE stopped_at IS NOT NULL") == [(1,)]


def test_a_link_that_nobody_was_sent_looks_the_same(browser):
    page = browser.get("/stop?t=guessed").text
    assert browser.post("/stop", data={"csrf": token_in(page), "t": "guessed"}).status_code == 200


def test_a_reporter_rates_the_result_once(browser, reported, wiring):
    close(wiring)
    first = send(browser, "/track/rate", **reported, score="5", words="很快 <b>")
    second = send(browser, "/track/rate", **reported, score="1")
    assert (first.status_code, second.status_code) == (303, 422)
    assert rows(wiring, "SELECT score, words FROM cases.rating") == [(5, "很快 <b>")]
    told = "SELECT reason, body ->> 'score', answer FROM cases.fact WHERE action = 'rate'"
    assert rows(wiring, told) == [("满意度评价：5 分", "5", 1)]
    assert "您给这次办理打了 5 分" in browser.get("/track", params=reported).text


def test_the_centre_reads_what_reporters_say_of_the_result(browser, reported, wiring, signed_in):
    close(wiring)
    send(browser, "/track/rate", **reported, score="2", words="还有味道<b>")
    page = signed_in("operator1").get(f"/cases/{reported['no']}").text
    assert ("2 分" in page, "还有味道&lt;b&gt;" in page) == (True, True)


def test_nothing_is_rated_before_it_is_done(browser, reported):
    assert send(browser, "/track/rate", **reported, score="5").status_code == 422
    assert "办理结果怎么样" not in browser.get("/track", params=reported).text


@pytest.mark.parametrize("score", ["0", "6", "", "x", "٣", "-1", "55"])
def test_a_score_that_is_none_of_the_five_is_refused(browser, reported, wiring, score):
    close(wiring)
    assert send(browser, "/track/rate", **reported, score=score).status_code == 400


def test_nobody_makes_the_city_write_to_strangers_without_end(browser, reported):
    numbers = [f"1391234{n:04d}" for n in range(21)]
    sent = [send(browser, "/track/follow", **reported, tell_by="sms", address=one) for one in numbers]
    assert sent[-1].status_code != 303


def test_every_form_of_the_page_says_what_it_does(browser, reported, wiring):
    close(wiring)
    page = browser.get("/track", params=reported).text
    assert {"/track/rate", "/track/follow", "/track/reopen"} <= set(re.findall(r'action="([^"]+)"', page))
