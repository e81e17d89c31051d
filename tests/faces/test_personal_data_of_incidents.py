"""Who called is destroyed by rule; a commander keeps it by name and with a reason; auditors read the log."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from emergency.rules.record.destroying import ALL, OF_INCIDENT
from gis_core.clock import FixedClock
from tests.faces.test_duty_desk import step, take
from web.incident_jobs import destroy_old_personal_data
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def number(signed_in: SignedIn) -> str:
    """An incident that was dismissed; the caller left a name."""
    officer = signed_in("duty1")
    number = take(officer)
    assert step(officer, number, "dismiss", words="误报") == 303
    return number


def decide(who: TestClient, number: str, what: str, words: str = "移交公安机关作为证据") -> int:
    sent = {"words": words, "csrf": who.headers["x-csrf-token"]}
    return who.post(f"/incidents/{number}/personal-data/{what}", data=sent).status_code


def sweep(wiring: Wiring, clock: FixedClock, *, days: int) -> None:
    destroy_old_personal_data(wiring.sessions, wiring.city, clock.at + timedelta(days=days))


def test_the_page_says_until_when_callers_are_named(signed_in: SignedIn, number: str) -> None:
    shown = signed_in("duty1").get(f"/incidents/{number}/personal-data").text
    assert "1 个来电中有来电人的姓名" in shown
    assert "10月18日" in shown


def test_after_its_time_the_sweep_destroys_and_the_log_tells(
    signed_in: SignedIn, number: str, wiring: Wiring, clock: FixedClock
) -> None:
    sweep(wiring, clock, days=31)
    assert "已没有来电人" in signed_in("duty1").get(f"/incidents/{number}/personal-data").text
    auditor = signed_in("auditor")
    assert number in auditor.get("/privacy/incidents").text
    told = auditor.get("/privacy/incidents.csv").content.decode("utf-8-sig")
    assert f"{number},来电人的姓名、单位、职务、电话,1," in told
    assert ",30,retention-4" in told


def test_the_sweep_twice_is_one_line_of_the_log(
    signed_in: SignedIn, number: str, wiring: Wiring, clock: FixedClock
) -> None:
    sweep(wiring, clock, days=31)
    sweep(wiring, clock, days=32)
    assert signed_in("auditor").get("/privacy/incidents.csv").text.count(number) == 1


def test_a_commander_keeps_them_and_the_auditor_reads_why(
    signed_in: SignedIn, number: str, wiring: Wiring, clock: FixedClock
) -> None:
    assert decide(signed_in("commander"), number, "hold") == 303
    sweep(wiring, clock, days=400)
    assert "已决定保留" in signed_in("commander").get(f"/incidents/{number}/personal-data").text
    assert "移交公安机关作为证据" in signed_in("auditor").get("/privacy/incidents").text


def test_a_second_decision_and_one_without_reason_are_refused(signed_in: SignedIn, number: str) -> None:
    commander = signed_in("commander")
    assert decide(commander, number, "hold", " ") == 400
    assert (decide(commander, number, "hold"), decide(commander, number, "hold")) == (303, 409)
    assert (decide(commander, number, "lift"), decide(commander, number, "lift")) == (303, 409)


def test_an_officer_decides_nothing_of_it(signed_in: SignedIn, number: str) -> None:
    assert decide(signed_in("duty1"), number, "hold") == 403


def test_only_auditors_read_the_log(signed_in: SignedIn) -> None:
    assert signed_in("duty1").get("/privacy/incidents").status_code == 403


def test_the_page_of_an_incident_says_when_each_kind_goes(signed_in: SignedIn, number: str) -> None:
    shown = signed_in("duty1").get(f"/incidents/{number}/personal-data").text
    assert [kind.name for kind in OF_INCIDENT.values() if kind.name not in shown] == []
    assert (shown.count("10月18日"), shown.count("第八十五条") >= len(OF_INCIDENT)) == (3, True)


def test_after_the_sweep_it_says_that_each_kind_is_gone(
    signed_in: SignedIn, number: str, wiring: Wiring, clock: FixedClock
) -> None:
    sweep(wiring, clock, days=400)
    assert signed_in("duty1").get(f"/incidents/{number}/personal-data").text.count("已销毁</span>") == 5


def test_the_auditor_reads_every_rule_with_its_days_and_source(signed_in: SignedIn) -> None:
    shown = signed_in("auditor").get("/privacy/incidents").text
    assert [kind.name for kind in ALL.values() if kind.name not in shown] == []
    assert ("retention-4" in shown, shown.count("假定</td>")) == (True, len(ALL))
