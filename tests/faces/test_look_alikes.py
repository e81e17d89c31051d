"""Reports of one problem on the pages: offered while one is written, joined, merged at the desk."""

from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.face_city import report_of, token_in

NEAR = {"type": "component:01002", "lon": "107.14501", "lat": "34.36901", "description": "井盖缺失"}


@pytest.fixture
def told(signed_in) -> dict[str, object]:
    """A report that an operator has taken down."""
    answer: dict[str, object] = signed_in("operator1").post("/api/v1/reports", json=report_of()).json()
    return answer


def form_of(client: TestClient, page: str, **fields: object) -> dict[str, object]:
    return {"csrf": token_in(client.get(page).text), "client_id": str(uuid4()), **NEAR, **fields}


def test_a_stranger_is_told_what_how_far_and_since_when_but_no_words(browser, told):
    part = browser.get("/report/similar", params=NEAR).text
    assert (f'value="{told["case_no"]}"' in part, "米外" in part) == (True, True)
    assert report_of()["description"] not in part


def test_an_inspector_sees_words_and_stage(signed_in, told):
    part = signed_in("inspector1").get("/report/similar", params=NEAR).text
    assert (report_of()["description"] in part, "待受理" in part) == (True, True)


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"lon": "107.1560"}, "a kilometre away"),
        ({"type": "matter:02001"}, "another kind of problem"),
        ({"lon": "0", "lat": "0"}, "the other side of the world"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_look_alike_is_not_offered(browser, told, changes, because):
    assert "look-alike" not in browser.get("/report/similar", params=NEAR | changes).text


@pytest.mark.parametrize(
    "query",
    [
        {},
        NEAR | {"lon": "NaN"},
        NEAR | {"type": "component:x"},
        NEAR | {"accuracy_m": "-1"},
        NEAR | {"lat": "91"},
    ],
    ids=["nothing", "no number", "no type", "less than exact", "beyond the pole"],
)
def test_nonsense_is_refused_in_words(browser, query):
    assert browser.get("/report/similar", params=query).status_code == 400


def test_me_too_gives_a_code_to_follow_the_case_by(browser, told):
    sent = form_of(browser, "/report", join=told["case_no"], contact_phone="13900000000")
    receipt = browser.post("/report", data=sent).headers["location"]
    assert (f"no={told['case_no']}" in receipt, "joined=1" in receipt) == (True, True)
    assert "已收到" in browser.get(receipt.replace("/report/done", "/track")).text


def test_me_too_twice_is_once(browser, told):
    sent = form_of(browser, "/report", join=told["case_no"])
    receipts = {browser.post("/report", data=sent).headers["location"] for _ in range(2)}
    assert len(receipts) == 1


def test_me_too_of_what_is_over_comes_back_with_the_form(browser, told, signed_in):
    wish = {"revision": 1, "reason_code": "out_of_scope"}
    signed_in("operator1").post(f"/api/v1/cases/{told['case_no']}/decline", json=wish)
    answer = browser.post("/report", data=form_of(browser, "/report", join=told["case_no"]))
    assert (answer.status_code, "井盖缺失" in answer.text, "不能再并入" in answer.text) == (422, True, True)


def test_a_desk_is_shown_look_alikes_and_merges_with_one_press(signed_in, told):
    desk = signed_in("operator1")
    repeat = desk.post("/api/v1/reports", json=report_of(client_id=str(uuid4()))).json()["case_no"]
    sheet = desk.get(f"/desk/operator?case={repeat}").text
    assert f'name="into" value="{told["case_no"]}"' in sheet
    sent = {"revision": 1, "reason_code": "duplicate", "into": told["case_no"], "next": "/desk/operator"}
    assert desk.post(f"/cases/{repeat}/decline", data=sent).status_code == 303
    kept = desk.get(f"/cases/{told['case_no']}").text
    assert ("已并入本案" in kept, "共 2 次反映" in kept) == (True, True)


def look_up(browser, phone):
    sent = {"csrf": browser.headers["x-csrf-token"], "phone": phone}
    return browser.post("/desk/operator/caller", data=sent)


def test_a_caller_is_known_by_the_number(signed_in):
    desk = signed_in("operator1")
    desk.post("/api/v1/reports", json=report_of(contact_phone="13800000000"))
    known = look_up(desk, "13800000000").text
    assert ("一年内反映过 1 件" in known, "look-alike" in known) == (True, True)
    assert "没有反映过" in look_up(desk, "13811111111").text


@pytest.mark.parametrize("login", ["drainage", "inspector1", "leader"])
def test_only_operators_ask_by_a_number(signed_in, login):
    assert look_up(signed_in(login), "13800000000").status_code == 403


def test_look_alikes_come_over_the_api_without_words_for_strangers(browser, told):
    (one,) = browser.get("/api/v1/reports/similar", params=NEAR).json()["similar"]
    assert (one["case_no"], one["public_stage"], "case" in one) == (told["case_no"], "received", False)


def test_me_too_over_the_api(signed_in, told):
    sent = {"client_id": str(uuid4()), "description": "我也看见了"}
    answer = signed_in("inspector1").post(f"/api/v1/cases/{told['case_no']}/join", json=sent)
    assert (answer.json().get("case_no"), answer.status_code) == (told["case_no"], 201), answer.text
