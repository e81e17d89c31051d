"""What is made of a record: report versions, findings of plans, personal data destroyed or held."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cases.privacy_rules import load_retention
from emergency.incidents.operations import Incidents
from emergency.incidents.reading import get_incident, list_calls
from emergency.record.operations import FindingSettled, HoldStands, Records, StaleAfterAction
from emergency.record.reading import (
    count_callers,
    list_destroyed,
    list_findings,
    list_holds,
    list_report_versions,
)
from emergency.response.operations import Responses
from emergency.response.reading import PlanNotFound
from emergency.response.store import add_version
from emergency.rules.commands import AddCall, Call, Step
from emergency.rules.incidents import IncidentWordsMissing
from emergency.rules.record.findings import BadFinding, Finding
from gis_core.db import Sessions
from tests.case_city import RULES_ON, baoji
from tests.destroying_city import DAY, destroy_all
from tests.incident_city import PLANE, after, by, opened, step
from tests.response_city import BOOK, PLANS, flooded, responses_in

FOUND = Finding("BJ-FX", "fault_found", "石坝河段堤防低矮", "列入年度加固", "BJ-SL", date(2026, 12, 31))


@pytest.fixture
def responses(sessions: Sessions) -> Responses:
    return responses_in(sessions)


@pytest.fixture
def incidents(responses: Responses) -> Incidents:
    return responses.incidents


@pytest.fixture
def records(sessions: Sessions) -> Records:
    return Records(sessions, BOOK.rules)


@pytest.fixture
def number(incidents: Incidents) -> str:
    return flooded(incidents)


def id_of(sessions: Sessions, number: str) -> int:
    with sessions() as session:
        return get_incident(session, PLANE, number).id


# the report


def test_a_report_is_kept_in_versions(records: Records, number: str) -> None:
    records.write_report(number, "总结评估报告", "初稿", by(), seen=0)
    assert records.write_report(number, "总结评估报告", "二稿", by(minutes=5), seen=1) == 2
    with records.sessions() as session:
        versions = list_report_versions(session, id_of(records.sessions, number))
    assert [(one.version, one.words) for one in versions] == [(2, "二稿"), (1, "初稿")]


def test_of_two_who_write_at_once_the_second_is_told(records: Records, number: str) -> None:
    records.write_report(number, "总结评估报告", "初稿", by(), seen=0)
    with pytest.raises(StaleAfterAction, match="已有第 1 版"):
        records.write_report(number, "总结评估报告", "另一份", by(), seen=0)


def test_a_version_cannot_be_changed(records: Records, number: str) -> None:
    records.write_report(number, "总结评估报告", "初稿", by(), seen=0)
    with pytest.raises(DBAPIError, match="append-only"), records.sessions.begin() as session:
        session.execute(text("UPDATE emergency.after_action SET words = '改过'"))


# findings


def stated(records: Records, number: str) -> int:
    return records.state_finding(number, FOUND, by(minutes=60))


def test_a_finding_is_a_task_of_its_plan(records: Records, number: str) -> None:
    stated(records, number)
    with records.sessions() as session:
        [found] = list_findings(session, plan_code="BJ-FX")
    assert (found.incident_no, found.state, found.due_on) == (number, "open", FOUND.due_on)


@pytest.mark.parametrize(
    ("changed", "because"),
    [
        ({"trigger": "bored"}, "no reason of the rules"),
        ({"due_on": date(2026, 9, 17)}, "yesterday"),
        ({"due_on": date(2036, 9, 17)}, "too far off"),
        ({"owner_code": ""}, "nobody answers for it"),
    ],
)
def test_a_finding_that_cannot_be_is_refused(
    records: Records, number: str, changed: dict[str, object], because: str
) -> None:
    values = {name: getattr(FOUND, name) for name in Finding.__dataclass_fields__} | changed
    with pytest.raises(BadFinding):
        records.state_finding(number, Finding(**values), by())  # type: ignore[arg-type]  # from a table
    assert because


def test_a_finding_of_no_plan_is_refused(records: Records, number: str) -> None:
    with pytest.raises(PlanNotFound):
        records.state_finding(number, Finding(**{**values_of(FOUND), "plan_code": "XX"}), by())


def values_of(finding: Finding) -> dict[str, object]:
    return {name: getattr(finding, name) for name in Finding.__dataclass_fields__}


def test_it_is_done_by_a_version_that_came_after_it(records: Records, number: str) -> None:
    finding = stated(records, number)
    with pytest.raises(BadFinding, match="之前就有了"):
        records.settle_finding(finding, PLANS_FX.version, "", by("commander", minutes=90))
    newer = PLANS_FX.model_copy(update={"version": "9.0", "state": "draft"})
    with records.sessions.begin() as session:
        add_version(session, newer, by="指挥长甲", at=after(80))
    records.settle_finding(finding, "9.0", "", by("commander", minutes=90))
    with records.sessions() as session:
        [found] = list_findings(session, plan_code="BJ-FX")
    assert (found.state, found.settled_version, found.settled_by) == ("done", "9.0", "指挥长甲")


PLANS_FX = next(plan for plan in PLANS if plan.code == "BJ-FX")


def test_it_is_dropped_with_a_reason_only(records: Records, number: str) -> None:
    finding = stated(records, number)
    with pytest.raises(IncidentWordsMissing):
        records.settle_finding(finding, "", " ", by("commander"))
    records.settle_finding(finding, "", "属水利部门年度计划", by("commander", minutes=70))
    with pytest.raises(FindingSettled):
        records.settle_finding(finding, "", "再来一次", by("commander", minutes=71))


# personal data


@pytest.fixture
def settled(incidents: Incidents) -> str:
    """An incident that was dismissed, with a caller's name in it."""
    number = opened(incidents)
    step(incidents, number, AddCall(Call("群众", caller_phone="0917-0000000", words="气味很浓")), minutes=2)
    step(incidents, number, Step("dismiss", "误报"), minutes=5)
    return number


def destroyed(sessions: Sessions, days_after: float, *, is_dry: bool = False) -> int:
    return destroy_all(sessions, days_after, is_dry=is_dry)["callers"]


def test_the_city_says_for_how_long_callers_are_kept() -> None:
    assert load_retention(baoji()).days_on(RULES_ON)["incident_callers"] == 30


def test_callers_are_destroyed_when_their_time_is_over_and_what_they_said_stays(
    sessions: Sessions, settled: str
) -> None:
    assert (destroyed(sessions, 29), destroyed(sessions, 31)) == (0, 1)
    with sessions() as session:
        [call] = list_calls(session, id_of(sessions, settled))
    assert (call.caller_name, call.caller_phone, call.words) == ("", "", "气味很浓")


def test_the_log_says_what_was_destroyed_by_which_rule(sessions: Sessions, settled: str) -> None:
    destroyed(sessions, 31)
    with sessions() as session:
        [line] = list_destroyed(session)
    assert (line.incident_no, line.what, line.n, line.days) == (settled, "callers", 1, 30)
    assert (line.rule_version, line.settled_at) == ("retention-4", after(5))


def test_twice_is_as_good_as_once(sessions: Sessions, settled: str) -> None:
    assert [destroyed(sessions, 31), destroyed(sessions, 32)] == [1, 0]
    with sessions() as session:
        assert len(list_destroyed(session)) == 1


def test_counting_beforehand_destroys_nothing(sessions: Sessions, settled: str) -> None:
    assert destroyed(sessions, 31, is_dry=True) == 1
    with sessions() as session:
        assert count_callers(session, id_of(sessions, settled)) == 1


def test_what_goes_on_keeps_its_callers(sessions: Sessions, incidents: Incidents) -> None:
    number = opened(incidents, client_id=uuid4())
    step(incidents, number, AddCall(Call("群众", words="气味很浓")), minutes=2)
    assert destroyed(sessions, 400) == 0


def test_evidence_is_kept_by_a_named_decision_until_it_is_lifted(
    records: Records, sessions: Sessions, settled: str
) -> None:
    records.hold(settled, "移交公安机关作为证据", by("commander", minutes=10))
    assert destroyed(sessions, 400) == 0
    with sessions() as session:
        [held] = list_holds(session, incident_id=id_of(sessions, settled))
    assert (held.by_name, held.why) == ("指挥长甲", "移交公安机关作为证据")
    records.lift(settled, "案件已结", by("commander", minutes=20))
    assert destroyed(sessions, 400) == 1


def test_a_hold_stands_once(records: Records, settled: str) -> None:
    records.hold(settled, "证据", by("commander"))
    with pytest.raises(HoldStands):
        records.hold(settled, "证据", by("commander"))
    records.lift(settled, "不再需要", by("commander"))
    with pytest.raises(HoldStands):
        records.lift(settled, "不再需要", by("commander"))


def test_a_hold_needs_a_reason(records: Records, settled: str) -> None:
    with pytest.raises(IncidentWordsMissing):
        records.hold(settled, " ", by("commander"))


def test_an_incident_that_is_taken_up_again_is_not_over(
    sessions: Sessions, incidents: Incidents, settled: str
) -> None:
    step(incidents, settled, Step("reconsider", "又有来电"), minutes=9)
    assert destroyed(sessions, 400) == 0
    step(incidents, settled, Step("dismiss", "仍是误报"), minutes=9 + 400 * DAY)
    assert [destroyed(sessions, 401), destroyed(sessions, 431)] == [0, 1]
