"""The report on an incident, its findings, and how they come back to the plan until somebody settles them."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from emergency.response.operations import seed_plans
from gis_core.clock import FixedClock
from tests.faces.test_duty_desk import step, take
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
FINDING = {
    "plan_code": "BJ-FX",
    "trigger": "fault_found",
    "found": "石坝河段堤防低矮",
    "improvement": "列入年度加固",
    "owner_code": "BJ-SL",
    "due_on": "2026-12-31",
}


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


@pytest.fixture
def number(officer: TestClient, clock: FixedClock, wiring: Wiring) -> str:
    """An incident that was handled and filed away, in a city with plans."""
    seed_plans(wiring.sessions, wiring.city, clock.now())
    number = take(officer)
    for action, fields in (
        ("confirm", {"kind_code": "hazmat", "event_level": "3"}),
        ("end", {"words": "泄漏已堵住"}),
        ("close", {"words": "夜间联系不上业主"}),
    ):
        clock.at += timedelta(minutes=10)
        assert step(officer, number, action, **fields) == 303
    return number


def send(who: TestClient, address: str, **fields: str) -> int:
    return who.post(address, data=fields | {"csrf": who.headers["x-csrf-token"]}).status_code


def words_of(who: TestClient, number: str) -> str:
    html = who.get(f"/incidents/{number}/after-action").text
    found = re.search(r'<textarea id="report-words"[^>]*>(.*?)</textarea>', html, re.S)
    assert found
    return found[1]


def test_the_draft_has_the_sections_of_the_law(officer: TestClient, number: str) -> None:
    words = words_of(officer, number)
    assert all(f"第{article}条" in words for article in ("八十七", "九十二", "九十三"))
    assert "经验教训：夜间联系不上业主" in words
    assert "启动响应：没有记录" in words


def test_what_the_record_does_not_know_is_left_as_a_blank(officer: TestClient, number: str) -> None:
    assert "原因：（待填）" in words_of(officer, number)


def test_a_drill_is_marked_in_title_and_first_line(officer: TestClient) -> None:
    number = take(officer, is_drill="true")
    html = officer.get(f"/incidents/{number}/after-action").text
    assert "【演练】" in html
    assert "不反映真实事件" in html


def test_people_write_it_to_its_end_in_versions(officer: TestClient, number: str) -> None:
    address = f"/incidents/{number}/after-action"
    assert send(officer, address, seen="0", title="总结评估报告", words="原因：阀门老化") == 303
    assert words_of(officer, number) == "原因：阀门老化"
    assert send(officer, address, seen="0", title="总结评估报告", words="另一份") == 409


def test_a_refused_version_gives_back_what_was_typed(officer: TestClient, number: str) -> None:
    sent = {"csrf": officer.headers["x-csrf-token"], "seen": "0", "title": "", "words": "写了很久"}
    answer = officer.post(f"/incidents/{number}/after-action", data=sent)
    assert (answer.status_code, "写了很久" in answer.text) == (400, True)


def test_on_paper_it_has_its_plots(officer: TestClient, number: str) -> None:
    answer = officer.get(f"/incidents/{number}/after-action.pdf")
    assert (answer.headers["content-type"], answer.content[:4]) == ("application/pdf", b"%PDF")


def test_a_version_there_is_none_of_is_not_found(officer: TestClient, number: str) -> None:
    assert officer.get(f"/incidents/{number}/after-action?version=9").status_code == 404
    assert officer.get(f"/incidents/{number}/after-action.pdf?version=9").status_code == 404


def test_a_finding_stands_at_its_plan_and_among_its_reminders(
    officer: TestClient, number: str, clock: FixedClock
) -> None:
    assert send(officer, f"/incidents/{number}/findings", **FINDING) == 303
    shown = officer.get("/duty/plans/BJ-FX").text
    assert "石坝河段堤防低矮" in shown
    assert "国令708号第6条" in shown
    assert "待落实" in shown


def test_it_is_in_the_draft_of_the_report(officer: TestClient, number: str) -> None:
    send(officer, f"/incidents/{number}/findings", **FINDING)
    assert "问题1：石坝河段堤防低矮。改进：列入年度加固" in words_of(officer, number)


def test_a_finding_without_its_day_is_refused_with_what_was_typed(officer: TestClient, number: str) -> None:
    sent = FINDING | {"due_on": "2020-01-01", "csrf": officer.headers["x-csrf-token"]}
    answer = officer.post(f"/incidents/{number}/findings", data=sent)
    assert (answer.status_code, "石坝河段堤防低矮" in answer.text) == (400, True)


def test_a_commander_settles_it_with_a_reason(officer: TestClient, signed_in: SignedIn, number: str) -> None:
    send(officer, f"/incidents/{number}/findings", **FINDING)
    commander = signed_in("commander")
    found = re.search(r"/duty/findings/(\d+)", commander.get("/duty/plans/BJ-FX").text)
    assert found
    assert send(commander, found[0], version="", words="属水利部门年度计划") == 303
    assert "不采纳" in commander.get("/duty/plans/BJ-FX").text
    assert send(commander, found[0], version="", words="再来一次") == 409


def test_an_officer_states_but_does_not_settle(officer: TestClient, number: str) -> None:
    send(officer, f"/incidents/{number}/findings", **FINDING)
    assert send(officer, "/duty/findings/1", words="不办") == 403


def test_an_auditor_reads_but_does_not_write(signed_in: SignedIn, number: str) -> None:
    auditor = signed_in("auditor")
    assert auditor.get(f"/incidents/{number}/after-action").status_code == 200
    assert send(auditor, f"/incidents/{number}/after-action", seen="0", title="甲", words="乙") == 403
