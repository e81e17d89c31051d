"""A step that is refused on a page, without scripts: why, and nothing that was typed is lost."""

import pytest

from tests.face_city import report_of

TYPED = "井盖 <已> 复位"


@pytest.fixture
def desk(signed_in):
    """An operator's browser without scripts, and the case that is open in it."""
    browser = signed_in("operator1")
    case_no = browser.post("/api/v1/reports", json=report_of()).json()["case_no"]
    return browser, case_no


def send(desk, action, **sent):
    browser, case_no = desk
    form = {"csrf": browser.headers["x-csrf-token"], "revision": "1", **sent}
    return browser.post(f"/cases/{case_no}/{action}", data=form, headers={"accept": "text/html"})


def test_a_missing_reason_is_asked_for_on_the_page_of_the_case(desk):
    answer = send(desk, "decline", reason=" ")
    assert answer.status_code == 422
    assert "data-refusal" in answer.text
    assert 'data-key="d" open' in answer.text


def test_what_was_typed_is_in_the_form_again(desk):
    answer = send(desk, "decline", reason=TYPED * 400)
    assert (answer.status_code, "data-refusal" in answer.text) == (400, True)
    assert ">井盖 &lt;已&gt; 复位" in answer.text


def test_a_stale_page_comes_back_fresh_with_the_typed_reason_and_sends(desk):
    answer = send(desk, "decline", revision="9", reason=TYPED, next="/desk/operator?tab=all")
    assert answer.status_code == 409
    assert "井盖 &lt;已&gt; 复位</textarea>" in answer.text
    assert 'name="revision" value="1"' in answer.text
    assert 'name="next" value="/desk/operator?tab=all"' in answer.text


def test_what_was_typed_for_a_step_that_is_gone_can_be_copied(desk):
    send(desk, "decline", reason="不属城市管理范围")
    answer = send(desk, "decline", reason=TYPED)
    assert answer.status_code == 409
    assert "<p>井盖 &lt;已&gt; 复位</p>" in answer.text


def test_a_program_is_told_by_code(desk):
    browser, case_no = desk
    form = {"csrf": browser.headers["x-csrf-token"], "revision": "9", "reason": "重复"}
    answer = browser.post(f"/cases/{case_no}/decline", data=form, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_page")


def test_a_step_that_is_taken_leads_back(desk):
    answer = send(desk, "decline", reason=TYPED, next="/desk/operator?tab=all")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/operator?tab=all")
