"""Situation reports: drafted from the record, edited by two people, published once, printed."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from tests.faces.test_duty_desk import take
from tests.faces.test_incident_room import act, draw

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


@pytest.fixture
def number(officer: TestClient) -> str:
    return take(officer)


def save(who: TestClient, number: str, seen: int, text: str, n: int = 1) -> Response:
    fields = {"n": str(n), "seen": str(seen), "title": "情况快报（第一期）", "text": text}
    token = {"csrf": who.headers["x-csrf-token"]}
    return who.post(f"/incidents/{number}/situation", data=token | fields)


def publish(who: TestClient, number: str, seen: int, n: int = 1) -> Response:
    sent = {"csrf": who.headers["x-csrf-token"], "n": str(n), "seen": str(seen)}
    return who.post(f"/incidents/{number}/situation/{n}/publish", data=sent)


def test_a_report_is_drafted_from_the_record_and_invents_nothing(officer: TestClient, number: str) -> None:
    act(officer, number, "weather", words="东风 3 级", source="市气象局电话")
    draw(officer, number, label="警戒线")
    shown = officer.get(f"/incidents/{number}/situation").text
    drafted = re.search(r'class="report-words"[^>]*>(.*?)</textarea>', shown, re.DOTALL)
    assert drafted
    assert "东风 3 级（市气象局电话" in drafted[1]
    assert "死亡 1 人" in drafted[1]
    assert "影响范围\n（待填）" in drafted[1]
    assert "警戒线" not in drafted[1]


def test_every_version_is_kept_and_the_last_one_published(officer: TestClient, number: str) -> None:
    assert save(officer, number, 0, "第一稿").status_code == 303
    assert save(officer, number, 1, "第二稿").status_code == 303
    address = f"/incidents/{number}/situation/1"
    assert "第一稿" in officer.get(f"{address}?version=1").text
    assert publish(officer, number, 2).status_code == 303
    assert "发布情况快报第一期" in officer.get(f"/incidents/{number}").text
    assert "第二稿" in officer.get(address).text


def test_of_two_who_edit_one_version_the_second_is_told_and_keeps_the_words(
    officer: TestClient, signed_in: SignedIn, number: str
) -> None:
    save(officer, number, 0, "第一稿")
    assert save(officer, number, 1, "甲的改动").status_code == 303
    refused = save(signed_in("commander"), number, 1, "乙的改动")
    assert (refused.status_code, "乙的改动" in refused.text) == (409, True)


def test_what_is_published_is_not_changed_any_more(officer: TestClient, number: str) -> None:
    save(officer, number, 0, "第一稿")
    assert publish(officer, number, 1).status_code == 303
    assert save(officer, number, 1, "再改").status_code == 409
    assert publish(officer, number, 1).status_code == 409


def test_a_version_that_nobody_has_seen_is_not_published(officer: TestClient, number: str) -> None:
    save(officer, number, 0, "第一稿")
    save(officer, number, 1, "第二稿")
    assert publish(officer, number, 1).status_code == 409


def test_an_empty_report_and_one_out_of_turn_are_refused(officer: TestClient, number: str) -> None:
    assert save(officer, number, 0, "  ").status_code == 400
    assert save(officer, number, 0, "跳号", n=7).status_code == 404
    assert officer.get(f"/incidents/{number}/situation/7").status_code == 404
    assert officer.get(f"/incidents/{number}/situation/999999999999").status_code == 404


def test_the_next_report_tells_what_came_after_the_one_before(officer: TestClient, number: str) -> None:
    act(officer, number, "log", words="消防已接警")
    save(officer, number, 0, "第一稿")
    publish(officer, number, 1)
    shown = officer.get(f"/incidents/{number}/situation").text
    assert "（第二期）" in shown
    assert "消防已接警" not in shown


def test_a_report_is_printed_and_others_only_read(
    officer: TestClient, signed_in: SignedIn, number: str
) -> None:
    save(officer, number, 0, "第一稿")
    auditor = signed_in("auditor")
    assert auditor.get(f"/incidents/{number}/situation/1.pdf").content.startswith(b"%PDF")
    assert save(auditor, number, 1, "改").status_code == 403
