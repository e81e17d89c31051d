"""The watch page as duty officers use it: readings by key and by hand, alarms, incidents begun from them."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import text

from cases.notices.wording import NoticeBook
from emergency.cap.scales import Scales
from emergency.cap.writing import write
from emergency.measurements.watching import Watching
from emergency.plan_files import load_plans
from emergency.resources.operations import Resources
from emergency.response.store import add_version
from emergency.rules.levels import WarningLevel
from emergency.rules.resources import read_details
from gis_core.clock import FixedClock
from tests.cap.alerts import WARNING
from tests.case_city import JINGER_ROAD, baoji
from tests.faces.test_duty_desk import take
from tests.resource_city import register, resource
from web.accounts.keys import issue_key
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
RIVER = {"measures": "流量、水位", "alerts": "流量 | 300 | 警戒流量 | 假定 | 本项目假定"}
DETECTOR = {"what": "有毒气体探测器", "unit": "ppm", "alarm_at": "1", "areas": "610303"}


@pytest.fixture
def gauges(wiring: Wiring) -> Wiring:
    """A city with plans, a river gauge, a rain gauge and a detector in its registers."""
    resources = Resources(wiring.sessions, wiring.plane)
    river = resource("SW-2", "gauge", name="益门镇站", details=read_details("gauge", RIVER))
    rain = read_details("gauge", {"measures": "雨量", "areas": "610302"})
    gas = read_details("sensor", DETECTOR)
    detector = replace(resource("CG-1", "gauge", name="加氯间探测器"), kind="sensor", details=gas)
    register(resources, river, resource("YL-1", "gauge", name="清姜雨量站", details=rain), detector)
    with wiring.sessions.begin() as session:
        for plan in load_plans(baoji()):
            add_version(session, plan, by="系统", at=wiring.clock.now())
    return wiring


@pytest.fixture
def officer(gauges: Wiring, signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


def said(wiring: Wiring, value: object, code: str = "SW-2", **more: object) -> dict[str, object]:
    at = wiring.clock.now().isoformat()
    return {"instrument": code, "measure": "flow_m3_s", "at": at, "value": value} | more


def send(client: TestClient, key: str, readings: object, **more: object) -> Response:
    body = readings if isinstance(readings, str) else json.dumps(readings)
    return client.post("/api/v1/readings", data={"api_key": key, "readings": body} | more)


def key_of(wiring: Wiring, scope: str = "reading") -> str:
    return issue_key(wiring.sessions, f"水文系统 {scope}", scopes=[scope], at=wiring.clock.now())


def sweep(wiring: Wiring) -> None:
    """What the worker does every four seconds."""
    book = NoticeBook.load(baoji())
    Watching(wiring.sessions, wiring.plane, wiring.situations, book).sweep(wiring.clock.now())


def bring(officer: TestClient, code: str, **fields: object) -> Response:
    return officer.post(f"/duty/gauges/{code}", data={"csrf": officer.headers["x-csrf-token"]} | fields)


def test_a_system_sends_a_batch_with_nonsense_in_it(gauges: Wiring, browser: TestClient) -> None:
    batch = [
        said(gauges, 20),
        said(gauges, float("nan")),
        said(gauges, 1e9),
        "流量",
        said(gauges, 1, "GHOST"),
    ]
    answer = send(browser, key_of(gauges), batch)
    told = answer.json()
    assert (answer.status_code, told["new"], told["repeated"]) == (201, 1, 0)
    assert [(one["index"], one["reason"]) for one in told["refused"]] == [
        (1, "not_a_number"), (2, "out_of_range"), (3, "not_a_reading"), (4, "unknown_instrument"),
    ]  # fmt: skip


def test_a_batch_sent_again_writes_nothing(gauges: Wiring, browser: TestClient) -> None:
    key, batch = key_of(gauges), [said(gauges, 20)]
    send(browser, key, batch)
    again = send(browser, key, batch)
    assert (again.status_code, again.json()["new"], again.json()["repeated"]) == (200, 0, 1)


@pytest.mark.parametrize("body", ["", "{", "5", '{"a":1}', "[" * 50_000, "null"])
def test_what_is_no_list_is_refused_whole(gauges: Wiring, browser: TestClient, body: str) -> None:
    answer = send(browser, key_of(gauges), body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_a_key_for_something_else_brings_no_readings(gauges: Wiring, browser: TestClient) -> None:
    assert send(browser, key_of(gauges, "warning"), [said(gauges, 20)]).status_code == 403
    assert send(browser, "nobody", [said(gauges, 20)]).status_code == 403


def test_a_reading_wakes_the_look_for_alarms(gauges: Wiring, browser: TestClient) -> None:
    send(browser, key_of(gauges), [said(gauges, 320)])
    with gauges.sessions() as session:
        names = session.scalars(text("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo'")).all()
    assert "emergency.watch" in names


def test_a_silent_gauge_is_red_and_one_that_reached_its_line_says_so(
    gauges: Wiring, browser: TestClient, officer: TestClient
) -> None:
    send(browser, key_of(gauges), [said(gauges, 320)])
    sweep(gauges)
    shown = officer.get("/duty/watch").text
    assert "standing-silent" in shown
    assert "达到警戒流量 300 立方米每秒" in shown
    assert "告警 4 条" in officer.get("/duty").text


def test_the_plan_proposes_and_an_incident_is_begun_with_its_reasons(
    gauges: Wiring, browser: TestClient, officer: TestClient
) -> None:
    send(browser, key_of(gauges), [said(gauges, 320)])
    shown = officer.get("/duty/watch").text
    assert "拟启动" in shown
    assert "/duty/new?plan=BJ-FX" in shown
    form = officer.get("/duty/new?plan=BJ-FX").text
    assert "益门镇站流量 320 立方米每秒" in form
    assert re.search(r'<option value="flood" selected', form)
    assert re.search(r'<option value="sensor" selected', form)


def test_the_incident_s_own_proposals_see_the_gauges(
    gauges: Wiring, browser: TestClient, officer: TestClient
) -> None:
    send(browser, key_of(gauges), [said(gauges, 320)])
    number = take(officer, kind_code="flood")
    shown = officer.get(f"/incidents/{number}/response").text
    assert "建议启动三级响应：益门镇站流量 320 立方米每秒" in shown


def test_an_alarm_of_a_detector_begins_an_incident_where_it_stands(
    gauges: Wiring, browser: TestClient, officer: TestClient
) -> None:
    alarm = said(gauges, "alarm", "CG-1", measure="standing")
    send(browser, key_of(gauges), [alarm])
    sweep(gauges)
    link = re.search(r"/duty/new\?alarm=\d+", officer.get("/duty/watch").text)
    assert link
    form = officer.get(link[0]).text
    assert re.search(r'<option value="hazmat" selected', form)
    assert 'name="lon" value="107.' in form


def test_an_alarm_is_acknowledged_once_and_says_by_whom(
    gauges: Wiring, browser: TestClient, officer: TestClient, signed_in: SignedIn
) -> None:
    send(browser, key_of(gauges), [said(gauges, 320)])
    sweep(gauges)
    address = re.search(r"/duty/alarms/\d+/acknowledge", officer.get("/duty/watch").text)[0]
    token = {"csrf": officer.headers["x-csrf-token"]}
    assert officer.post(address, data=token).headers["location"] == "/duty/watch?done=done"
    second = signed_in("duty2")
    again = second.post(address, data={"csrf": second.headers["x-csrf-token"]})
    assert again.headers["location"] == "/duty/watch?done=seen"
    assert "已确认" in second.get("/duty/watch").text


def test_a_value_heard_by_telephone_is_written_down_as_by_hand(gauges: Wiring, officer: TestClient) -> None:
    answer = bring(officer, "SW-2", measure="flow_m3_s", value="215", at="2026-09-18T08:50")
    assert answer.status_code == 303
    shown = officer.get(answer.headers["location"]).text
    assert ("已记入 1 条读数" in shown, "215 立方米每秒" in shown, "人工" in shown) == (True, True, True)


def test_a_pasted_table_is_taken_row_by_row(gauges: Wiring, officer: TestClient) -> None:
    table = "时间,要素,数值\n2026/9/18 8:00,流量,120\n2026/9/18 8:30,流量,很大\n2026/9/18 8:50,流量,160\n"
    answer = bring(officer, "SW-2", table=table)
    assert answer.status_code == 422
    assert "记入 2 条，1 条没有采用" in answer.text
    assert "第 2 条：数值不是数" in answer.text


@pytest.mark.parametrize("fields", [{}, {"table": "甲,乙\n1,2"}, {"table": ","}])
def test_what_is_no_reading_by_hand_is_refused_with_words(
    gauges: Wiring, officer: TestClient, fields: dict[str, str]
) -> None:
    assert bring(officer, "SW-2", **fields).status_code == 400


def test_a_file_of_readings_may_be_in_the_encoding_of_a_spreadsheet(
    gauges: Wiring, officer: TestClient
) -> None:
    data = "时间,要素,数值,时段分钟\n2026-09-18 08:00,雨量,4.5,60\n".encode("gb18030")
    sent = {"csrf": officer.headers["x-csrf-token"]}
    answer = officer.post("/duty/gauges/YL-1", data=sent, files={"file": ("雨量.csv", data, "text/csv")})
    assert answer.status_code == 303


def test_a_gauge_is_found_by_its_name_and_strangers_are_not(officer: TestClient) -> None:
    assert officer.get("/duty/gauges/益门镇站").status_code == 200
    assert officer.get("/duty/gauges/X").status_code == 404


def test_who_only_reads_brings_no_readings(gauges: Wiring, signed_in: SignedIn) -> None:
    leader = signed_in("leader")
    assert leader.get("/duty/watch").status_code == 200
    assert bring(leader, "SW-2", value="1").status_code == 403


def test_a_received_warning_becomes_an_incident_and_raises_the_proposal(
    gauges: Wiring, browser: TestClient, officer: TestClient, clock: FixedClock
) -> None:
    now = clock.now()
    info = replace(
        WARNING.infos[0],
        event="暴雨",
        parameters=Scales(WarningLevel.RED).as_parameters(),
        effective=None,
        onset=None,
        expires=now + timedelta(hours=6),
    )
    alert = replace(WARNING, sent=now, infos=(info,))
    sent = {"api_key": key_of(gauges, "warning"), "document": write(alert).decode()}
    taken = browser.post("/api/v1/warnings", data=sent)
    assert taken.status_code == 201, taken.text
    number = taken.json()["warning_id"]
    assert "建议启动一级响应" in officer.get("/duty/watch").text
    assert f"/duty/new?warning={number}" in officer.get(f"/duty/warnings/{number}").text
    form = officer.get(f"/duty/new?warning={number}").text
    assert re.search(r'<option value="flood" selected', form)
    assert re.search(r'<option value="warning" selected', form)


def test_readings_of_a_drill_stay_on_the_page_of_drills(
    gauges: Wiring, browser: TestClient, officer: TestClient
) -> None:
    send(browser, key_of(gauges), [said(gauges, 320)], drill="true")
    assert "拟启动" not in officer.get("/duty/watch").text
    assert "拟启动" in officer.get("/duty/watch?drill=true").text


def test_a_case_of_a_device_becomes_an_incident_that_says_so(
    gauges: Wiring, browser: TestClient, officer: TestClient
) -> None:
    where = {"lat": f"{JINGER_ROAD.lat_deg}", "long": f"{JINGER_ROAD.lon_deg}"}
    alarm = {"device_id": "SW-07", "alarm": "water_level", "alarm_id": "1", "value": "水位 0.35 m"}
    taken = browser.post("/api/v1/feeds/sensors", data={"api_key": key_of(gauges, "sensor")} | alarm | where)
    form = officer.get(f"/duty/new?case_no={taken.json()['case_no']}").text
    assert re.search(r'<option value="sensor" selected', form)
