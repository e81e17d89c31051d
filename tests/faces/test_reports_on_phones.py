"""Reports that are owed, on the phone: what time is left, the draft, signed once, refused when too late."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from gis_core.clock import FixedClock
from tests.faces.test_duty_desk import step, take
from tests.faces.test_hostile_words import ESCAPED, SCRIPT, is_harmless

SignedIn = Callable[[str], TestClient]
CODE = "city-province-phone"
AS_QUEUE = {"accept": "application/json"}


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


@pytest.fixture
def number(officer: TestClient) -> str:
    return take(officer)


def queue(who: TestClient, number: str, key: str, **changes: str) -> Response:
    """What the phone's queue sends, maybe hours later."""
    sent = {"client_id": key, "kind": "first", "channel": "phone", "receiver": "省委省政府总值班室"}
    sent |= {"title": "关于泄漏的报告", "words": "情况如下", "codes": CODE} | changes
    return who.post(f"/m/reports/{number}/{CODE}", data=sent, headers=AS_QUEUE)


def shown(who: TestClient, name: str = "市向省电话报告") -> str:
    """What the page tells of a report."""
    found = re.search(
        rf'<section [^>]*aria-label="{name}.*?</section>', who.get("/m/reports").text, re.DOTALL
    )
    return found[0] if found else ""


def test_what_is_owed_is_shown_with_its_clock_and_draft(officer: TestClient, number: str) -> None:
    told = shown(officer)
    assert 'class="clock clock-normal"' in told
    assert "时限为系统默认" in told
    assert "事发时间：2026年09月18日 09时20分" in told
    assert f'action="/m/reports/{number}/{CODE}"' in told


def test_what_is_late_is_in_the_colour_of_the_desk(
    officer: TestClient, number: str, clock: FixedClock
) -> None:
    clock.at += timedelta(hours=1)
    assert 'class="clock clock-overdue"' in shown(officer)
    assert "owed-overdue" in shown(officer)


def test_a_report_signed_on_the_phone_is_in_the_record_and_owed_no_more(
    officer: TestClient, number: str
) -> None:
    done = queue(officer, number, str(uuid4()))
    assert (done.status_code, done.json()["page"]) == (200, "/m/reports?done=sent")
    assert shown(officer) == ""
    told = officer.get(f"/incidents/{number}").text
    assert "首报（电话）报省委省政府总值班室" in told
    assert "应急值班员甲" in told


def test_what_is_sent_twice_is_reported_once(officer: TestClient, number: str) -> None:
    key = str(uuid4())
    assert [queue(officer, number, key).status_code for _ in range(2)] == [200, 200]
    assert officer.get(f"/incidents/{number}").text.count("首报（电话）报省委") == 1


def test_what_somebody_reported_meanwhile_is_refused_with_who_and_when(
    officer: TestClient, signed_in: SignedIn, number: str
) -> None:
    assert queue(officer, number, str(uuid4())).status_code == 200
    refused = queue(signed_in("duty2"), number, str(uuid4()))
    assert (refused.status_code, refused.json()["code"]) == (409, "reported_already")
    assert "已由应急值班员甲在 09月18日 09:30 报送" in refused.json()["message"]


def test_notes_since_the_page_was_kept_refuse_no_report(officer: TestClient, number: str) -> None:
    officer.get("/m/reports")
    assert step(officer, number, "mark", mark="first_arrival", words="消防到场") == 303
    assert queue(officer, number, str(uuid4())).status_code == 200


@pytest.mark.parametrize(("login", "may"), [("commander", True), ("leader", False), ("chief1", False)])
def test_who_is_told_reads_and_who_reports_signs(
    signed_in: SignedIn, number: str, login: str, may: bool
) -> None:
    who = signed_in(login)
    assert ("签发报送" in shown(who)) is may
    assert "基本情况" in shown(who)
    assert queue(who, number, str(uuid4())).status_code == (200 if may else 403)


def test_who_neither_reports_nor_is_told_has_no_such_page(signed_in: SignedIn, number: str) -> None:
    assert signed_in("inspector1").get("/m/reports").status_code == 403


def test_without_script_a_refusal_is_on_the_page(officer: TestClient, number: str) -> None:
    sent = {
        "client_id": str(uuid4()),
        "kind": "first",
        "channel": "phone",
        "csrf": officer.headers["x-csrf-token"],
    }
    refused = officer.post(f"/m/reports/{number}/{CODE}", data=sent)
    assert (refused.status_code, "请填写" in refused.text) == (400, True)


def test_words_of_an_incident_run_nowhere(officer: TestClient) -> None:
    take(officer, words=SCRIPT, title=SCRIPT[:80])
    page = officer.get("/m/reports").text
    assert (ESCAPED in page, is_harmless(page)) == (True, True)
