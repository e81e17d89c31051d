"""What departments apply for and what is marked on a case: who may, how often, until when, and to what end."""
# ruff: noqa: E501 - the tables are read by the row

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from cases.rules.commands import (
    Answer,
    Appeal,
    ApproveExtension,
    ApproveReturn,
    ApproveSuspension,
    AskExtension,
    AskReturn,
    AskSuspension,
    AskVoid,
    Command,
    Dispatch,
    EndorseExtension,
    FileCase,
    GrantAppeal,
    RefuseAppeal,
    RefuseExtension,
    RefuseReturn,
    RefuseSuspension,
    ReportHelp,
    Resume,
    Revoke,
    Supervise,
    Urge,
    Withdraw,
)
from cases.rules.deadlines import start_clock
from cases.rules.deciding import CaseState, Decision
from gis_core.errors import CitygridError
from grid.rules.criteria import Limit
from tests.case_city import DEPARTMENT, OTHER_DEPARTMENT, at
from tests.rules.test_commands import KNOWN, NOW, PHOTO, asking, case

LATER = NOW + timedelta(hours=1)
TOO_LATE = NOW + timedelta(hours=3)  # the limit of the sample case is two clock hours
NEXT_WEEK, NEXT_YEAR = date(2026, 9, 25), date(2027, 9, 18)
ASKED = {"asked_from": "in_progress", "is_ask_endorsed": True}


def decide(command: Command, state: CaseState, who: str, moment: datetime = LATER) -> Decision:
    return command.decide(state, replace(asking(who), at=moment), KNOWN)


@pytest.mark.parametrize(
    ("command", "state", "who", "end", "because"),
    [
        (Revoke("另派"), case("in_progress"), "department", "dispatched", "the department takes its assignment back"),
        (AskReturn("", "not_our_duty"), case("dispatched"), "department", "return_pending", "before the work"),
        (ApproveReturn(), case("return_pending"), "dispatcher", "filed", "it is dispatched again"),
        (RefuseReturn("是其职责"), case("return_pending", asked_from="dispatched"), "dispatcher", "dispatched", "the department keeps it"),
        (AskExtension("", "weather"), case("in_progress"), "crew", "extension_pending", "the crew asks"),
        (EndorseExtension(), case("extension_pending", is_ask_endorsed=False), "department", "extension_pending", "the department agrees; the dispatcher decides"),
        (ApproveExtension(), case("extension_pending", **ASKED), "dispatcher", "in_progress", "one limit more"),
        (RefuseExtension("可完成"), case("extension_pending", asked_from="dispatched", is_ask_endorsed=True), "dispatcher", "dispatched", "back to where it was asked"),
        (RefuseExtension("可完成"), case("extension_pending", asked_from="in_progress", is_ask_endorsed=False), "department", "in_progress", "the department refuses its crew"),
        (AskSuspension("", "season"), case("in_progress"), "department", "suspension_pending", "the ground is frozen"),
        (ApproveSuspension(NEXT_WEEK), case("suspension_pending"), "dispatcher", "suspended", "until a day"),
        (RefuseSuspension("可以办"), case("suspension_pending", asked_from="in_progress"), "dispatcher", "in_progress", "it can be done"),
        (Withdraw(), case("suspension_pending", asked_from="in_progress"), "department", "in_progress", "who asked takes it back"),
        (Withdraw(), case("extension_pending", asked_from="in_progress", is_ask_endorsed=False), "crew", "in_progress", "so does the crew"),
        (Resume(), case("suspended"), "dispatcher", "in_progress", "earlier than the day"),
        (Urge("快"), case("in_progress"), "operator", "in_progress", "urging moves nothing"),
        (Supervise("抓紧", NEXT_WEEK), case("filed"), "leader", "filed", "supervising moves nothing"),
        (Answer("在办"), case("in_progress", has_open_urge=True), "crew", "in_progress", "an answer moves nothing"),
        (ReportHelp("已围挡"), case("in_progress", helping_codes=(OTHER_DEPARTMENT,)), "other department", "in_progress", "help is told"),
        (AskVoid("误立"), case("filed"), "dispatcher", "filed", "the chief decides"),
        (Appeal("暴雨"), case("closed", is_overdue_handled=True), "department", "closed", "after it was closed, too"),
        (GrantAppeal("", "force_majeure"), case("closed", appeal="asked"), "leader", "closed", "granted"),
        (RefuseAppeal("", "avoidable"), case("rechecked", appeal="asked"), "leader", "rechecked", "refused"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value.strip() else "",
)  # fmt: skip
def test_an_application_or_a_mark_leads_where_the_table_says(
    command: Command, state: CaseState, who: str, end: str, because: str
) -> None:
    assert decide(command, state, who).stage == end


@pytest.mark.parametrize(
    ("command", "state", "who", "moment", "code", "because"),
    [
        (AskReturn("不是我们的"), case("in_progress"), "department", LATER, "no_such_move", "revoke the assignment first"),
        (AskReturn(""), case("dispatched"), "department", LATER, "no_reason", "'other' needs words"),
        (AskReturn("", "season"), case("dispatched"), "department", LATER, "unknown_reason", "that is a reason of suspending"),
        (AskReturn("不是"), case("dispatched"), "other department", LATER, "not_yours", "another department's case"),
        (AskExtension("", "weather"), case("in_progress"), "department", TOO_LATE, "too_late_to_extend", "the deadline is over"),
        (AskExtension("", "weather"), case("in_progress", extension_count=2), "department", LATER, "no_more_extensions", "two at most"),
        (AskExtension("", "weather"), case("extension_pending"), "department", LATER, "no_such_move", "one application at a time"),
        (ApproveExtension(), case("extension_pending", is_ask_endorsed=False), "dispatcher", LATER, "not_endorsed", "a crew's application passes its department"),
        (EndorseExtension(), case("extension_pending", is_ask_endorsed=True), "department", LATER, "not_yours", "it is with the dispatcher already"),
        (RefuseExtension("不"), case("extension_pending", is_ask_endorsed=True), "department", LATER, "not_yours", "nobody refuses oneself"),
        (AskSuspension("", "season"), case("in_progress", suspension_count=1), "department", LATER, "no_more_suspensions", "once in a life"),
        (AskSuspension("", "season"), case("in_progress"), "crew", LATER, "wrong_role", "the department asks, not its crew"),
        (ApproveSuspension(date(2026, 9, 17)), case("suspension_pending"), "dispatcher", LATER, "bad_day", "yesterday is over"),
        (ApproveSuspension(date(2027, 9, 21)), case("suspension_pending"), "leader", LATER, "bad_day", "more than a year"),
        (Withdraw(), case("suspension_pending", asked_from="in_progress"), "crew", LATER, "not_yours", "the department asked"),
        (Resume(), case("suspended"), "department", LATER, "wrong_role", "the centre resumes, or the day"),
        (Supervise("抓紧"), case("filed"), "leader", LATER, "evidence_missing", "supervising names a day"),
        (Supervise("", NEXT_WEEK), case("filed"), "leader", LATER, "evidence_missing", "supervising says what"),
        (Supervise("抓紧", NEXT_YEAR), case("filed"), "leader", LATER, "bad_day", "an answer in a year is none"),
        (Answer("在办"), case("in_progress"), "crew", LATER, "nothing_to_answer", "nobody asked"),
        (ReportHelp("已围挡"), case("in_progress"), "other department", LATER, "not_yours", "it does not help"),
        (ReportHelp(""), case("in_progress", helping_codes=(OTHER_DEPARTMENT,)), "other department", LATER, "evidence_missing", "help is described"),
        (AskVoid("误立"), case("filed", is_void_asked=True), "dispatcher", LATER, "asked_already", "one application at a time"),
        (Appeal("暴雨"), case("closed", is_overdue_handled=False), "department", LATER, "not_late", "nothing was late"),
        (Appeal("暴雨"), case("closed", is_overdue_handled=True, appeal="refused"), "department", LATER, "asked_already", "one appeal a case"),
        (Appeal("暴雨"), case("in_progress", is_overdue_handled=True), "department", LATER, "no_such_move", "after the work"),
        (GrantAppeal("是"), case("closed"), "leader", LATER, "nothing_asked", "nobody appealed"),
        (RefuseAppeal("否"), case("closed", appeal="granted"), "leader", LATER, "nothing_asked", "it was answered"),
        (GrantAppeal("是"), case("closed", appeal="asked"), "department", LATER, "wrong_role", "nobody judges in his own matter"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value.strip() else "",
)  # fmt: skip
def test_the_city_refuses(
    command: Command, state: CaseState, who: str, moment: datetime, code: str, because: str
) -> None:
    with pytest.raises(CitygridError) as caught:
        decide(command, state, who, moment)
    assert caught.value.code == code


def test_an_extension_adds_one_original_limit_each_time() -> None:
    asked = case("extension_pending", **ASKED)
    once = decide(ApproveExtension(), asked, "dispatcher").state
    twice = decide(ApproveExtension(), replace(once, stage="extension_pending", **ASKED), "dispatcher").state
    due = [state.clocks["handling"].due_at for state in (once, twice)]
    assert due == [at("2026-09-18 13:30"), at("2026-09-18 15:30")]


def test_a_return_frees_the_case_from_department_crew_and_limit() -> None:
    state = decide(
        ApproveReturn(), case("return_pending", helping_codes=(OTHER_DEPARTMENT,)), "dispatcher"
    ).state
    assert (state.department_code, state.crew_id, state.limit, state.helping_codes) == (None, None, None, ())


def test_the_clock_of_handling_goes_on_while_a_return_waits() -> None:
    state = decide(AskReturn("不是"), case("dispatched"), "department").state
    assert state.clocks["handling"].is_running


def test_a_case_dispatched_again_has_its_whole_limit() -> None:
    returned = decide(ApproveReturn(), case("return_pending"), "dispatcher").state
    again = decide(Dispatch(DEPARTMENT, Limit(2, "clock_hour")), returned, "dispatcher", TOO_LATE).state
    assert again.clocks["handling"].due_at == TOO_LATE + timedelta(hours=2)


def test_a_suspended_case_uses_no_time_and_goes_on_with_what_was_left() -> None:
    suspended = decide(ApproveSuspension(NEXT_WEEK), case("suspension_pending"), "dispatcher").state
    back = decide(Resume(), suspended, "dispatcher", at("2026-09-26 00:00")).state
    assert (suspended.clocks["handling"].due_at, back.clocks["handling"].due_at) == (
        None,
        at("2026-09-26 01:00"),
    )


def test_a_suspension_ends_with_its_last_day() -> None:
    state = decide(ApproveSuspension(NEXT_WEEK), case("suspension_pending"), "dispatcher").state
    assert state.suspended_until == at("2026-09-26 00:00")


def test_an_answer_after_its_day_is_told_as_late() -> None:
    asked = case("in_progress", is_supervised=True, answer_due_at=LATER)
    assert "逾期答复" in decide(Answer("在办"), asked, "department", TOO_LATE).reason


def test_a_case_stays_supervised_after_the_answer() -> None:
    asked = case("in_progress", is_supervised=True, answer_due_at=TOO_LATE)
    state = decide(Answer("在办"), asked, "department").state
    assert (state.is_supervised, state.answer_due_at) == (True, None)


def test_a_granted_appeal_leaves_the_lateness_itself_as_it_was() -> None:
    state = decide(
        GrantAppeal("属实"), case("closed", appeal="asked", is_overdue_handled=True), "leader"
    ).state
    assert (state.is_overdue_handled, state.is_lateness_exempt) == (True, True)


def test_a_mark_on_a_closed_case_leaves_it_closed_when_it_was() -> None:
    closed = case("closed", is_overdue_handled=True, closed_at=NOW)
    assert decide(Appeal("暴雨"), closed, "department", TOO_LATE).state.closed_at == NOW


def test_whoever_files_a_case_has_decided_on_its_voiding() -> None:
    asked = case("accepted", is_void_asked=True)
    assert not decide(FileCase(), asked, "chief").state.is_void_asked


def test_a_department_does_not_help_itself() -> None:
    state = decide(
        Dispatch(DEPARTMENT, helping_codes=(DEPARTMENT, OTHER_DEPARTMENT)), case("filed"), "dispatcher"
    ).state
    assert state.helping_codes == (OTHER_DEPARTMENT,)


def test_help_is_shown_with_its_pictures() -> None:
    helped = case("in_progress", helping_codes=(OTHER_DEPARTMENT,))
    assert decide(ReportHelp("已围挡", (PHOTO,)), helped, "other department").photos == (("help", PHOTO),)


def test_a_reason_is_kept_as_code_and_words() -> None:
    decision = decide(AskSuspension("冻土", "season"), case("in_progress"), "department")
    kept = (decision.body["reason_code"], decision.body["reason"], "受季节限制：冻土" in decision.reason)
    assert kept == ("season", "冻土", True)


def test_a_clock_that_stood_still_before_the_deadline_is_not_late() -> None:
    clock = start_clock(Limit(2, "clock_hour"), NOW, KNOWN.calendar)
    suspended = decide(
        ApproveSuspension(NEXT_WEEK), case("suspension_pending", clocks={"handling": clock}), "dispatcher"
    )
    assert not suspended.state.clocks["handling"].is_late(at("2026-09-20 09:30"), KNOWN.calendar)
