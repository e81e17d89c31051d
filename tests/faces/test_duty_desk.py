"""The duty desk as its officers use it: from the call to the report upwards and the end, pages only."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from gis_core.clock import FixedClock
from tests.face_city import report_of, token_in
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
CALL = {
    "kind_code": "hazmat",
    "words": "槽车侧翻，有刺激性气味，司机被困",
    "place_text": "经二路红旗路十字",
    "lon": "107.145",
    "lat": "34.369",
    "occurred_at": "2026-09-18T09:20",
    "dead": "1",
    "missing": "2",
    "caller_name": "路人",
    "caller_phone": "0917-0000000",
    "told_already": "09:25 已报 119",
}


def take(officer: TestClient, **changes: str) -> str:
    """Log a call as the form gives it; the number of the incident."""
    form = officer.get("/duty/new")
    sent = CALL | {"client_id": str(uuid4()), "csrf": token_in(form.text), "source": "phone"} | changes
    answer = officer.post("/duty/new", data=sent)
    assert answer.status_code == 303, answer.text
    found = re.search(r"/incidents/(\w+)", answer.headers["location"])
    assert found
    return found[1]


def step(who: TestClient, number: str, action: str, **fields: str) -> int:
    shown = who.get(f"/incidents/{number}").text
    found = re.search(r'name="revision" value="(\d+)"', shown)
    sent = {"revision": found[1] if found else "1", "csrf": who.headers["x-csrf-token"]} | fields
    return who.post(f"/incidents/{number}/{action}", data=sent).status_code


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


def test_an_officer_begins_at_the_duty_desk(officer: TestClient) -> None:
    assert "目前没有正在处置的突发事件" in officer.get("/duty").text


def test_a_call_is_on_the_desk_with_its_proposed_level_and_what_is_owed(officer: TestClient) -> None:
    number = take(officer)
    desk = officer.get("/duty").text
    assert all(words in desk for words in (number, "Ⅲ级（较大）", "建议，待确认", "市向省电话报告"))


def test_the_page_says_what_the_proposal_rests_on(officer: TestClient) -> None:
    shown = officer.get(f"/incidents/{take(officer)}").text
    assert "死亡和失踪 3 人，达到较大的 3 人" in shown
    assert "国务院令第 493 号" in shown


def test_a_person_confirms_and_the_timeline_tells_it(officer: TestClient) -> None:
    number = take(officer)
    assert step(officer, number, "confirm", kind_code="hazmat", event_level="3") == 303
    assert "确认为事故灾难·危险化学品泄漏，Ⅲ级（较大）" in officer.get(f"/incidents/{number}").text


def test_a_report_is_drafted_from_the_record_and_kept_as_it_went_out(officer: TestClient) -> None:
    number = take(officer)
    drafted = officer.get(f"/incidents/{number}/report?code=city-province-written").text
    assert "事发时间：2026年09月18日 09时20分" in drafted
    assert "信息来源：电话报告" in drafted
    sent = {"kind": "first", "channel": "written", "receiver": "省委省政府总值班室"}
    words = {"codes": "city-province-written", "title": "关于泄漏的报告", "words": "情况如下"}
    assert step(officer, number, "send_report", **sent, **words) == 303
    paper = officer.get(f"/incidents/{number}/reports/2.pdf")
    assert paper.content.startswith(b"%PDF")


def test_what_is_to_be_done_with_a_new_call_comes_before_the_incident_s_pages(officer: TestClient) -> None:
    number = take(officer)
    new = officer.get(f"/incidents/{number}").text
    assert new.index("确认为突发事件") < new.index("这起事件的页面")
    step(officer, number, "confirm", kind_code="hazmat", event_level="3")
    known = officer.get(f"/incidents/{number}").text
    assert known.index("这起事件的页面") < known.index('id="steps-title"')


def test_what_went_out_too_late_is_in_the_register_of_lateness(
    officer: TestClient, clock: FixedClock
) -> None:
    number = take(officer)
    clock.at += timedelta(minutes=90)
    assert number in officer.get("/duty/late").text


def test_the_same_place_within_a_day_is_asked_about_before_a_second_incident_is_made(
    officer: TestClient,
) -> None:
    number = take(officer)
    form = officer.get("/duty/new")
    sent = CALL | {"client_id": str(uuid4()), "csrf": token_in(form.text), "source": "phone"}
    asked = officer.post("/duty/new", data=sent)
    assert asked.status_code == 409
    assert "可能是已知的事件" in asked.text
    assert number in asked.text
    assert take(officer, anyway="true") != number


def test_a_case_becomes_an_incident_that_keeps_its_place(officer: TestClient, signed_in: SignedIn) -> None:
    case_no = signed_in("operator1").post("/api/v1/reports", json=report_of()).json()["case_no"]
    form = officer.get(f"/duty/new?case_no={case_no}").text
    assert 'name="lon" value="107.14' in form
    assert f"由案件 {case_no} 转来" in form
    number = take(officer, case_no=case_no, source="case")
    assert officer.get(f"/duty/new?case_no={case_no}").headers["location"] == f"/incidents/{number}"


def test_a_drill_is_marked_everywhere(officer: TestClient) -> None:
    number = take(officer, is_drill="true")
    pages = [
        officer.get(page).text for page in ("/duty", f"/incidents/{number}", f"/incidents/{number}/report")
    ]
    assert number.startswith("YL")
    assert all("演练" in page for page in pages)


@pytest.mark.parametrize(
    ("changes", "code", "because"),
    [
        ({"words": ""}, "incident_words_missing", "nothing was said"),
        ({"kind_code": "meteor"}, "no_such_incident_kind", "a kind that the data do not know"),
        ({"occurred_at": "2026-09-19T09:20"}, "incident_bad_moment", "tomorrow has not happened"),
        ({"dead": "999999999"}, "incident_bad_toll", "more than there are people"),
        ({"lon": "abc"}, "malformed", "no number"),
        ({"client_id": "x"}, "malformed", "no number of a form"),
        ({"is_sensitive": "true"}, "incident_words_missing", "sensitive without a reason"),
        ({"source": "rumour"}, "malformed", "no such source"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_cannot_be_is_refused_and_nothing_is_lost(
    officer: TestClient, wiring: Wiring, changes: dict[str, str], code: str, because: str
) -> None:
    form = officer.get("/duty/new")
    sent = CALL | {"client_id": str(uuid4()), "csrf": token_in(form.text), "source": "phone"} | changes
    answer = officer.post("/duty/new", data=sent)
    with wiring.sessions() as session:
        written = session.scalar(text("SELECT count(*) FROM emergency.incident"))
    assert (answer.status_code in (400, 422), code in answer.text, written) == (True, True, 0)
    assert "经二路红旗路十字" in answer.text


def test_two_officers_at_once_are_told_of_each_other(officer: TestClient) -> None:
    number = take(officer)
    assert step(officer, number, "confirm", kind_code="hazmat", event_level="3") == 303
    assert step(officer, number, "note", revision="1", words="晚了一步") == 409


def test_a_leader_reads_and_notes_but_does_not_confirm(officer: TestClient, signed_in: SignedIn) -> None:
    number, leader = take(officer), signed_in("leader")
    assert step(leader, number, "note", words="全力救人") == 303
    assert step(leader, number, "confirm", kind_code="hazmat", event_level="3") == 403


def test_callers_are_for_the_posts_that_take_calls(officer: TestClient, signed_in: SignedIn) -> None:
    number = take(officer)
    assert "0917-0000000" in officer.get(f"/incidents/{number}").text
    assert "0917-0000000" not in signed_in("leader").get(f"/incidents/{number}").text


def test_a_department_does_not_see_the_desk(signed_in: SignedIn) -> None:
    assert signed_in("water").get("/duty").status_code == 403


def test_the_map_has_what_is_going_on(officer: TestClient) -> None:
    number = take(officer)
    (feature,) = officer.get("/api/v1/incidents").json()["features"]
    assert (feature["properties"]["incident_no"], feature["properties"]["event_level"]) == (number, 3)


def test_an_incident_that_is_not_there_is_said_so(officer: TestClient) -> None:
    assert officer.get("/incidents/TF20260918999").status_code == 404


def test_the_wall_shows_incidents_and_what_is_owed_without_what_people_wrote(
    officer: TestClient, signed_in: SignedIn
) -> None:
    number = take(officer)
    wall = signed_in("wall")
    (row,) = wall.get("/wall/incidents").json()["incidents"]
    told = wall.get(f"/wall/incidents/{number}")
    assert (row["incident_no"], row["level"], row["owed"][0]["name"]) == (number, 3, "区向市电话报告")
    assert [one["words"] for one in told.json()["steps"]] == ["接报登记"]
    assert "司机被困" not in told.text


def test_an_incident_is_called_to_the_wall(officer: TestClient) -> None:
    number, headers = take(officer), {"accept": "application/json"}
    called = officer.post("/wall/scene", data={"scene": "incident", "incident_no": number}, headers=headers)
    other = officer.post("/wall/scene", data={"scene": "incident", "incident_no": "TF1"}, headers=headers)
    none = officer.post("/wall/scene", data={"scene": "incident"}, headers=headers)
    assert (called.json()["scene"], other.status_code, none.json()["code"]) == ("incident", 404, "bad_scene")
