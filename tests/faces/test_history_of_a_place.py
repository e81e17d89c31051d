"""The operator is told what the place of a call was heard of before; others are not."""

import pytest

from tests.face_city import report_of

HERE = {"lon": "107.14501", "lat": "34.36901"}
PLACE, API = "/desk/operator/place", "/api/v1/cases/at-place"


def test_a_place_is_known_by_every_type_and_by_its_ends(signed_in):
    desk = signed_in("operator1")
    desk.post("/api/v1/reports", json=report_of())
    ended = desk.post("/api/v1/reports", json=report_of(kind="matter", type_code="06013")).json()["case_no"]
    wish = {"revision": 1, "reason_code": "out_of_scope"}
    desk.post(f"/api/v1/cases/{ended}/decline", json=wish)
    part = desk.get(PLACE, params=HERE).text
    assert [words in part for words in ("反映过 2 件", "1 件还没有结束", "不在管理范围", ended)] == [True] * 4


def test_a_place_never_heard_of_says_so(signed_in):
    part = signed_in("operator1").get(PLACE, params=HERE).text
    assert "60 米内 6 个月来没有人反映过问题" in part


def test_the_history_costs_one_statement_beside_the_session(signed_in, statements):
    desk = signed_in("operator1")
    desk.post("/api/v1/reports", json=report_of())
    statements.clear()
    desk.get(PLACE, params=HERE)
    assert len(statements) == 2


def test_other_systems_ask_by_metres_and_months(signed_in):
    desk = signed_in("operator1")
    told = desk.post("/api/v1/reports", json=report_of()).json()["case_no"]
    (one,) = desk.get(API, params=HERE | {"within_m": "100", "months": "12"}).json()["cases"]
    assert (one["case_no"], one["distance_m"] < 5, one["outcome"], one["is_on_component"]) == (
        told,
        True,
        "",
        False,
    )
    assert not {"contact_phone", "contact_name", "reporter_id"} & one.keys()


@pytest.mark.parametrize(
    "query",
    [{}, {"lon": "107"}, HERE | {"lat": "NaN"}, HERE | {"within_m": "5000"}, HERE | {"months": "0"}],
    ids=["nowhere", "half a place", "no number", "too far", "no time"],
)
def test_what_is_no_place_is_refused(signed_in, query):
    assert signed_in("operator1").get(API, params=query).status_code == 400


@pytest.mark.parametrize(
    ("login", "address", "status"),
    [
        (None, PLACE, 303),
        ("leader", PLACE, 403),
        ("drainage", API, 403),
        ("leader", API, 200),
        ("inspector1", API, 200),
    ],
)
def test_who_sees_every_case_may_ask_for_a_place(browser, signed_in, login, address, status):
    asking = signed_in(login) if login else browser
    assert asking.get(address, params=HERE).status_code == status


def test_outside_the_plane_there_is_no_history(signed_in):
    assert signed_in("operator1").get(API, params={"lon": "0", "lat": "0"}).json()["cases"] == []


def test_a_component_that_does_not_exist_opens_no_form(signed_in):
    page = signed_in("operator1").get("/desk/operator/register?component_code=61030301002999999")
    assert page.status_code == 404
