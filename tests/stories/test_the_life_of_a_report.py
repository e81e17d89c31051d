"""One report from the street to closing, told at the operations: every post acts once, the clocks run."""

from pathlib import Path

import pytest

from cases.filtering import CaseFilter
from cases.listing import list_cases
from cases.rules.commands import (
    Accept,
    Assign,
    Close,
    Dispatch,
    FileCase,
    Finish,
    ReplyRecheck,
    ReplyVerification,
    Rework,
    SelfHandle,
    SendBack,
    SendRecheck,
    SendVerification,
)
from gis_core.clock import FixedClock
from gis_core.db import Sessions
from tests.case_city import DEPARTMENT, MISSING_COVER, CaseCity


@pytest.fixture
def city(sessions: Sessions, tmp_path: Path, clock: FixedClock) -> CaseCity:
    return CaseCity(sessions, tmp_path, clock)


def until_finished(city: CaseCity) -> str:
    case_no = city.report().case_no
    city.perform(case_no, Accept(MISSING_COVER), "operator")
    city.perform(case_no, FileCase(), "chief")
    city.perform(case_no, Dispatch(DEPARTMENT), "dispatcher")
    city.perform(case_no, Assign(8), "department")
    city.wait(minutes=40)
    city.perform(case_no, Finish("已更换井盖", (city.photo("green"),)), "crew")
    return case_no


def until_rechecked(city: CaseCity, *, passed: bool = True) -> str:
    case_no = until_finished(city)
    city.perform(case_no, SendRecheck(1), "operator")
    city.perform(case_no, ReplyRecheck(passed, (city.photo("blue"),)), "inspector")
    return case_no


def test_a_manhole_report_travels_from_the_street_to_closing(city: CaseCity) -> None:
    case_no = until_rechecked(city)
    city.perform(case_no, Close(), "chief")
    story = [(fact.by_role, fact.to_stage) for fact in city.case(case_no).facts]
    assert story == [
        ("inspector", "reported"), ("operator", "accepted"), ("duty_chief", "filed"),
        ("dispatcher", "dispatched"), ("department", "in_progress"), ("crew", "finished"),
        ("operator", "rechecking"), ("inspector", "rechecked"), ("duty_chief", "closed"),
    ]  # fmt: skip


def test_a_report_finds_its_grid_and_its_department_by_itself(city: CaseCity) -> None:
    receipt = city.report()
    assert receipt.unit_grid_code == "610303008007005"
    assert receipt.department_name == "宝鸡市排水管理处"
    assert "单元网格 610303008007005" in receipt.explanation


def test_the_first_case_of_a_district_on_a_day_has_number_one_and_the_second_two(city: CaseCity) -> None:
    assert [city.report().case_no, city.report().case_no] == ["61030320260918000001", "61030320260918000002"]


def test_a_missing_cover_must_be_put_back_two_clock_hours_after_dispatch(city: CaseCity) -> None:
    case_no = city.report().case_no
    city.perform(case_no, Accept(MISSING_COVER), "operator")
    city.perform(case_no, FileCase(), "chief")
    decision = city.perform(case_no, Dispatch(DEPARTMENT), "dispatcher")
    assert (
        "处置时限 2 紧急工作时，自 9月18日 周五 09:30 起连续计时，9月18日 周五 11:30 到期" in decision.reason
    )


def test_a_cover_put_back_after_two_hours_is_late(city: CaseCity) -> None:
    case_no = city.report().case_no
    city.perform(case_no, Accept(MISSING_COVER), "operator")
    city.perform(case_no, FileCase(), "chief")
    city.perform(case_no, Dispatch(DEPARTMENT), "dispatcher")
    city.perform(case_no, Assign(), "department")
    city.wait(hours=2)
    city.perform(case_no, Finish("已更换", (city.photo(),)), "department")
    assert city.case(case_no).is_overdue_handled


def test_a_report_of_the_public_is_verified_before_it_is_accepted(city: CaseCity) -> None:
    case_no = city.report("public", source="public").case_no
    city.perform(case_no, SendVerification(1), "operator")
    city.perform(case_no, ReplyVerification(True, (city.photo("red"),)), "inspector")
    assert city.perform(case_no, Accept(MISSING_COVER), "operator").stage == "accepted"


def test_work_that_fails_the_recheck_goes_back_to_its_department_with_a_new_clock(
    city: CaseCity,
) -> None:
    case_no = until_rechecked(city, passed=False)
    city.perform(case_no, Rework("井盖仍松动"), "chief")
    detail = city.case(case_no)
    assert (detail.summary.stage, detail.summary.department_code) == ("dispatched", DEPARTMENT)
    assert (detail.summary.rework_count, detail.clocks["handling"].started_at) == (1, city.clock.at)


def test_a_case_sent_back_twice_comes_to_the_operator_again(city: CaseCity) -> None:
    case_no = city.report().case_no
    city.perform(case_no, Accept(MISSING_COVER), "operator")
    city.perform(case_no, FileCase(), "chief")
    city.perform(case_no, SendBack("条件选错"), "dispatcher")
    assert city.perform(case_no, SendBack("条件选错"), "chief").stage == "reported"


def test_what_the_inspector_sets_right_at_once_is_closed_without_dispatch(city: CaseCity) -> None:
    case_no = city.report(is_handled_at_once=True, after_photos=(city.photo("green"),)).case_no
    assert city.perform(case_no, SelfHandle(), "operator").stage == "closed"


def test_the_desk_sees_the_light_change_while_nobody_acts(city: CaseCity) -> None:
    city.report()
    city.wait(minutes=24)
    with city.sessions() as session:
        rows = list_cases(session, CaseFilter(lights=("at_risk",)), at=city.clock.at).rows
    assert [row.light for row in rows] == ["at_risk"]
