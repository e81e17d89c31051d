"""Reports, cases and steps over the JSON API."""

from collections.abc import Callable
from io import BytesIO
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.case_city import MISSING_COVER, picture
from tests.face_city import report_of


def test_a_caller_s_report_finds_its_grid_and_its_department(signed_in):
    receipt = signed_in("operator1").post("/api/v1/reports", json=report_of()).json()
    assert receipt["unit_grid_code"] == "610303008007005"
    assert receipt["department_name"] == "宝鸡市排水管理处"


def test_sending_twice_files_once(signed_in):
    desk, report = signed_in("operator1"), report_of()
    first, second = (desk.post("/api/v1/reports", json=report).json() for _ in range(2))
    assert (second["case_no"], second["is_repeat"]) == (first["case_no"], True)


def test_anyone_may_report_without_an_account(browser):
    assert browser.post("/api/v1/reports", json=report_of()).status_code == 201


def test_an_address_without_an_account_cannot_flood_the_desk(browser):
    statuses = [browser.post("/api/v1/reports", json=report_of()).status_code for _ in range(61)]
    assert statuses[-2:] == [201, 429]


def test_an_inspector_s_report_carries_its_photo(signed_in):
    street, desk = signed_in("inspector1"), signed_in("operator1")
    sent = {"files": [("photos", ("1.jpg", picture(), "image/jpeg"))], "data": report_of(source="")}
    case_no = street.post("/api/v1/reports/with-photos", **sent).json()["case_no"]
    photo = desk.get(f"/api/v1/cases/{case_no}").json()["photos"][0]
    assert desk.get(f"/photos/{photo['sha256']}").headers["content-type"] == "image/jpeg"


def test_the_public_may_send_photos_too(browser):
    browser.headers["x-csrf-token"] = browser.get("/api/v1/me").json()["csrf_token"]
    sent = {"files": [("photos", ("1.jpg", picture(), "image/jpeg"))], "data": report_of(source="")}
    assert browser.post("/api/v1/reports/with-photos", **sent).status_code == 201


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"lon": 34.369, "lat": 107.145}, 400, "not_on_earth"),
        ({"lon": 0, "lat": 0}, 422, "outside_frame"),
        ({"lon": 107.2, "lat": 34.5}, 422, "outside_frame"),
        ({"system": "EPSG:9999"}, 400, "unknown_system"),
        ({"type_code": "99999"}, 400, "unknown_type"),
        ({"client_id": "one"}, 400, "malformed"),
        ({"description": "坏\x00了"}, 400, "bad_text"),
        ({"contact_name": "", "contact_phone": ""}, 422, "evidence_missing"),
    ],
    ids=["swapped axes", "zero zero", "outside every grid", "no such system", "no such type",
         "no client id", "a character that cannot be kept", "a caller who is nobody"],
)  # fmt: skip
def test_a_bad_report_is_refused_with_a_code(signed_in, changes, status, code):
    answer = signed_in("operator1").post("/api/v1/reports", json=report_of(**changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        ([b"no picture"], 400, "photo_unreadable"),
        ([b"\xff\xd8" + bytes(40 * 1024 * 1024)], 400, "photo_too_large"),
        ([bytes(65 * 1024 * 1024)], 413, "too_large"),
        ([b"x"] * 6, 400, "too_many_photos"),
    ],
    ids=["no picture", "forty megabytes", "a form beyond all measure", "six photos"],
)
def test_a_bad_photo_is_refused_with_a_code(signed_in, files, status, code):
    sent = [("photos", (f"{n}.jpg", BytesIO(data), "image/jpeg")) for n, data in enumerate(files)]
    answer = signed_in("inspector1").post("/api/v1/reports/with-photos", data=report_of(), files=sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("refused", [{"lon": 0, "lat": 0}, {"type_code": "99999"}], ids=["place", "type"])
def test_a_refused_report_leaves_nothing_behind(signed_in, refused):
    desk = signed_in("operator1")
    desk.post("/api/v1/reports", json=report_of(**refused))
    assert desk.get("/api/v1/cases").json()["cases"] == []


def test_json_beyond_measure_is_refused_before_it_is_read(signed_in):
    answer = signed_in("operator1").post("/api/v1/reports", json=report_of(description="长" * 300_000))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_call_without_the_token_changes_nothing(signed_in):
    answer = signed_in("operator1").post("/api/v1/reports", json=report_of(), headers={"x-csrf-token": ""})
    assert (answer.status_code, answer.json()["code"]) == (403, "form_expired")


def test_a_step_moves_the_case_and_says_why(signed_in):
    desk = signed_in("operator1")
    case_no = desk.post("/api/v1/reports", json=report_of()).json()["case_no"]
    sent = {"revision": 1, "criterion_code": MISSING_COVER}
    answer = desk.post(f"/api/v1/cases/{case_no}/accept", json=sent).json()
    assert answer["stage"] == "accepted"
    assert "立案条件" in answer["reason"]


@pytest.mark.parametrize(
    ("login", "action", "sent", "status", "code"),
    [
        ("operator1", "accept", {"revision": 9, "criterion_code": MISSING_COVER}, 409, "stale_page"),
        ("operator1", "accept", {"revision": 1}, 400, "malformed"),
        ("water", "accept", {"revision": 1, "criterion_code": MISSING_COVER}, 403, "wrong_role"),
        ("operator1", "close", {"revision": 1}, 422, "no_such_move"),
        ("operator1", "paint", {"revision": 1}, 404, "no_such_action"),
    ],
    ids=["a page that is stale", "a field is missing", "another's post", "another stage", "no such step"],
)
def test_a_step_that_cannot_be_taken_is_refused_with_a_code(signed_in, login, action, sent, status, code):
    case_no = signed_in("operator1").post("/api/v1/reports", json=report_of()).json()["case_no"]
    answer = signed_in(login).post(f"/api/v1/cases/{case_no}/{action}", json=sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_department_does_not_see_cases_it_was_not_given(signed_in):
    case_no = signed_in("operator1").post("/api/v1/reports", json=report_of()).json()["case_no"]
    department = signed_in("water")
    assert department.get("/api/v1/cases").json()["cases"] == []
    assert department.get(f"/api/v1/cases/{case_no}").json()["code"] == "not_yours"


def test_only_the_centres_see_who_called(signed_in):
    case_no = signed_in("operator1").post("/api/v1/reports", json=report_of()).json()["case_no"]
    address = f"/api/v1/cases/{case_no}"
    assert "091****0000" in signed_in("operator1").get(address).text
    assert "0000" not in signed_in("inspector1").get(address).json().get("contact_phone", "")


def test_pages_of_a_list_join_without_gap_or_repeat(signed_in):
    desk = signed_in("operator1")
    sent = [desk.post("/api/v1/reports", json=report_of()).json()["case_no"] for _ in range(5)]
    first = desk.get("/api/v1/cases?limit=3").json()
    second = desk.get("/api/v1/cases", params={"limit": 3, "after": first["next"]}).json()
    assert [row["case_no"] for row in first["cases"] + second["cases"]] == sent[::-1]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/api/v1/cases?stage=nowhere", "bad_filter"),
        ("/api/v1/cases?after=xyz", "bad_cursor"),
        ("/api/v1/cases?limit=1000", "malformed"),
        ("/api/v1/cases?since=someday", "malformed"),
        ("/api/v1/locate?lon=north&lat=1", "malformed"),
        ("/api/v1/cases/12345", "case_not_found"),
        ("/api/v1/nothing", "not_found"),
    ],
    ids=["stage", "cursor", "size", "day", "place", "number", "address"],
)
def test_a_question_that_makes_no_sense_gets_a_code(signed_in, address, code):
    assert signed_in("operator1").get(address).json()["code"] == code


def test_what_is_here_is_told_with_its_department(browser):
    report = report_of()
    asked = {"lon": report["lon"], "lat": report["lat"], "kind": "component", "type": "01002"}
    here = browser.get("/api/v1/locate", params=asked).json()
    assert here["district"]["name"] == "金台区"
    assert here["department"]["organisation_code"] == "BJ-PS"


def test_a_report_takes_at_most_twelve_statements(signed_in, statements):
    desk = signed_in("operator1")
    desk.post("/api/v1/reports", json=report_of())
    statements.clear()
    desk.post("/api/v1/reports", json=report_of(client_id=str(uuid4())))
    assert len(statements) <= 12


def test_a_list_takes_at_most_six_statements_however_long(signed_in, statements):
    desk = signed_in("operator1")
    [desk.post("/api/v1/reports", json=report_of()) for _ in range(12)]
    statements.clear()
    desk.get("/api/v1/cases")
    assert len(statements) <= 6


def test_what_the_phone_asks_for_by_itself_takes_no_form_s_token_away(
    visit: Callable[[], TestClient],
) -> None:
    by_itself = {"sec-fetch-mode": "cors", "referer": "http://testserver/m/queue"}
    for path in ("/api/v1/me", "/m/tasks", "/sign-in"):
        assert "citygrid_visit" not in visit().get(path, headers=by_itself).headers.get("set-cookie", "")
    opened = visit().get("/sign-in", headers=by_itself | {"sec-fetch-mode": "navigate"})
    assert "citygrid_visit" in opened.headers["set-cookie"]
    assert "citygrid_visit" in visit().get("/api/v1/me").headers["set-cookie"]
