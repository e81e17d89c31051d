"""What people may ask of a case: whose it is, what must be shown, what the city answers."""
# ruff: noqa: E501 - the table of refusals is read by the row

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from cases.limits import load_calendar, load_stage_limits
from cases.rules.commands import (
    Accept,
    AddHelper,
    Asking,
    Assign,
    Close,
    Command,
    Decline,
    Dispatch,
    DropHelper,
    FileCase,
    Finish,
    ReplyRecheck,
    ReplyVerification,
    Rework,
    SelfHandle,
    SendRecheck,
    SendVerification,
)
from cases.rules.deadlines import start_clock
from cases.rules.deciding import Assignee, CaseState, Known
from cases.rules.evidence import StoredPhoto, clean_text
from gis_core.errors import CitygridError
from grid.rules.criteria import Limit
from grid.rules.responsibility import Assignment
from tests.case_city import DEPARTMENT, MISSING_COVER, OTHER_DEPARTMENT, PEOPLE, at, baoji, catalogue

NOW = at("2026-09-18 09:30")
PHOTO = StoredPhoto("a" * 64, 64, 48, 1000)
NEAR, FAR = replace(PHOTO, distance_m=99.0), replace(PHOTO, distance_m=101.0)
INSPECTOR = Assignee(1, "监督员甲", ("inspector",), "BJ-JD")
CREW = Assignee(8, "处置员甲", ("crew",), DEPARTMENT)
KNOWN = Known(
    calendar=load_calendar(baoji()),
    stage_limits=load_stage_limits(baoji(), date(2026, 9, 18)),
    types={(t.kind, t.code): t.name for t in catalogue().types},
    criteria={c.code: c for c in catalogue().criteria_of("component", "01002")},
    departments={DEPARTMENT: "宝鸡市排水管理处", OTHER_DEPARTMENT: "宝鸡市金台区市政工程管理所"},
)


def asking(who: str) -> Asking:
    return Asking(NOW, *PEOPLE.get(who, (None, who, who, None)))


def case(stage: str, **changes: object) -> CaseState:
    state = CaseState(
        stage=stage, kind="component", type_code="01002", reported_at=NOW, stage_since=NOW, reporter_id=1,
        inspector_id=1, criterion_code=MISSING_COVER, department_code=DEPARTMENT, crew_id=8,
        limit=Limit(2, "clock_hour"), clocks={"handling": start_clock(Limit(2, "clock_hour"), NOW, KNOWN.calendar)},
    )  # fmt: skip
    return replace(state, **changes)  # type: ignore[arg-type]


def refusal(command: Command, state: CaseState, who: str, known: Known = KNOWN) -> str:
    with pytest.raises(CitygridError) as caught:
        command.decide(state, asking(who), known)
    return caught.value.code


@pytest.mark.parametrize(
    ("command", "state", "who", "code", "because"),
    [
        (Decline("  "), case("reported"), "operator", "no_reason", "declining needs a reason, blanks are none"),
        (Rework(""), case("rechecked"), "chief", "no_reason", "sending back to work needs a reason"),
        (Decline("x" * 2001), case("reported"), "operator", "text_too_long", "a reason has its room"),
        (Decline("a\x00b"), case("reported"), "operator", "bad_text", "no keyboard writes a zero byte"),
        (Accept("C09999-X-1"), case("reported"), "operator", "unknown_criterion", "the criterion is the type's own"),
        (Accept(""), case("reported"), "operator", "evidence_missing", "acceptance chooses a criterion"),
        (Accept(MISSING_COVER), case("reported", is_verified_true=False), "operator", "not_true", "the inspector says no"),
        (FileCase(), case("accepted", criterion_code=None), "chief", "unknown_criterion", "nothing is filed without one"),
        (Dispatch("NOBODY"), case("filed"), "dispatcher", "unknown_department", "there is no such department"),
        (Dispatch(DEPARTMENT, helping_codes=("X",)), case("filed"), "dispatcher", "unknown_department", "helpers exist too"),
        (Dispatch(""), case("filed"), "dispatcher", "evidence_missing", "somebody must handle it"),
        (Dispatch(DEPARTMENT), case("filed"), "department", "wrong_role", "departments do not dispatch themselves"),
        (Assign(), case("dispatched"), "other department", "not_yours", "it went to another department"),
        (Finish("", (PHOTO,)), case("in_progress"), "department", "evidence_missing", "finished work is described"),
        (Finish("修好", ()), case("in_progress"), "department", "no_photo", "finished work is shown"),
        (Finish("修好", (PHOTO,)), case("in_progress"), "other crew", "not_yours", "another department's crew"),
        (Finish("修好", (PHOTO,)), case("in_progress", crew_id=77), "crew", "not_yours", "another crew has it"),
        (Finish("修好", tuple(replace(PHOTO, sha256=f"{n:064d}") for n in range(6))), case("in_progress"), "crew",
         "too_many_photos", "five photos are enough"),
        (ReplyVerification(True, ()), case("verifying"), "inspector", "no_photo", "an answer from the street is shown"),
        (ReplyVerification(True, (PHOTO,)), case("verifying"), "other inspector", "not_yours", "a colleague has the task"),
        (ReplyVerification(True, (FAR,)), case("verifying"), "inspector", "photo_elsewhere", "taken 101 m away"),
        (ReplyRecheck(True, (FAR,)), case("rechecking"), "inspector", "photo_elsewhere", "taken 101 m from the case"),
        (Close(), case("rechecked", is_recheck_passed=False), "chief", "recheck_failed", "the recheck did not pass"),
        (Close(), case("rechecked", is_recheck_passed=None), "chief", "recheck_failed", "nobody says it passed"),
        (Close(), case("finished"), "chief", "no_such_move", "nobody has looked yet"),
        (SelfHandle(), case("reported"), "operator", "not_handled_at_once", "nobody set it right at once"),
        (SendRecheck(99), case("finished"), "operator", "wrong_assignee", "nobody has that number"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value.strip() else "",
)  # fmt: skip
def test_the_city_refuses(command: Command, state: CaseState, who: str, code: str, because: str) -> None:
    assert refusal(command, state, who) == code


@pytest.mark.parametrize(
    ("command", "stage", "assignee", "because"),
    [
        (SendVerification(8), "reported", CREW, "a crew does not verify"),
        (SendRecheck(8), "finished", CREW, "who fixes does not recheck"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_field_checks_go_to_inspectors_only(
    command: Command, stage: str, assignee: Assignee, because: str
) -> None:
    assert refusal(command, case(stage), "operator", replace(KNOWN, assignee=assignee)) == "wrong_assignee"


def test_a_department_assigns_its_own_crew_only() -> None:
    stranger = replace(CREW, organisation_code=OTHER_DEPARTMENT)
    assert (
        refusal(Assign(8), case("dispatched"), "department", replace(KNOWN, assignee=stranger)) == "not_yours"
    )


def test_a_recheck_photo_from_the_place_itself_counts() -> None:
    decision = ReplyRecheck(True, (NEAR,)).decide(case("rechecking"), asking("inspector"), KNOWN)
    assert (decision.stage, decision.photos) == ("rechecked", (("recheck", NEAR),))


def test_the_same_photo_twice_counts_once() -> None:
    decision = Finish("修好", (PHOTO, PHOTO)).decide(case("in_progress"), asking("crew"), KNOWN)
    assert len(decision.photos) == 1


def test_dispatch_without_a_limit_takes_the_criterions() -> None:
    decision = Dispatch(DEPARTMENT).decide(case("filed", limit=None), asking("dispatcher"), KNOWN)
    assert decision.state.limit == Limit(2, "clock_hour")


def test_the_dispatcher_may_set_another_limit() -> None:
    decision = Dispatch(DEPARTMENT, Limit(1, "working_day")).decide(
        case("filed", clocks={}), asking("dispatcher"), KNOWN
    )
    assert decision.state.clocks["handling"].due_at == at("2026-09-20 09:30")  # the Sunday is a make-up day


def test_the_whole_case_may_take_eight_hours_more_than_the_handling() -> None:
    decision = FileCase().decide(case("accepted"), asking("chief"), KNOWN)
    assert decision.state.clocks["case"].due_at == at("2026-09-18 19:30")


def test_the_clock_of_acceptance_waits_for_the_inspector() -> None:
    known = replace(KNOWN, assignee=INSPECTOR)
    waiting = case("reported", clocks={"accept": start_clock(Limit(30, "clock_minute"), NOW, KNOWN.calendar)})
    decision = SendVerification(1).decide(waiting, asking("operator"), known)
    assert (decision.state.clocks["accept"].is_paused, decision.state.clocks["verify"].is_running) == (
        True,
        True,
    )


def test_a_new_verification_forgets_the_old_answer() -> None:
    known = replace(KNOWN, assignee=INSPECTOR)
    decision = SendVerification(1).decide(case("reported", is_verified_true=False), asking("operator"), known)
    assert decision.state.is_verified_true is None


def test_a_rework_is_counted_and_keeps_department_and_crew() -> None:
    decision = Rework("仍松动").decide(case("rechecked"), asking("chief"), KNOWN)
    kept = (decision.state.rework_count, decision.state.department_code, decision.state.crew_id)
    assert kept == (1, DEPARTMENT, 8)


def test_late_work_stays_late_after_a_rework() -> None:
    late = case("in_progress", is_overdue_handled=True)
    assert Finish("修好", (PHOTO,)).decide(late, asking("crew"), KNOWN).state.is_overdue_handled


@pytest.mark.parametrize(
    ("decide", "words"),
    [
        (lambda: Accept(MISSING_COVER).decide(case("reported"), asking("operator"), KNOWN), "盖板缺失、移位"),
        (
            lambda: Accept(MISSING_COVER).decide(case("reported"), asking("operator"), KNOWN),
            "运城市部件立案标准",
        ),
        (lambda: FileCase().decide(case("accepted"), asking("chief"), KNOWN), "全案时限"),
        (
            lambda: Dispatch(DEPARTMENT).decide(case("filed"), asking("dispatcher"), KNOWN),
            "派给宝鸡市排水管理处",
        ),
    ],
)
def test_a_decision_gives_its_reason_in_chinese(decide: Callable[[], object], words: str) -> None:
    assert words in decide().reason  # type: ignore[attr-defined]


def test_a_decision_names_the_calendar_and_the_limits_it_used() -> None:
    body = FileCase().decide(case("accepted"), asking("chief"), KNOWN).body
    assert body["rules"] == {"calendar": "cn-2025-1 cn-2026-1", "stage_limits": "stage-limits-1"}


def test_text_is_kept_in_one_form_without_outer_blanks() -> None:
    assert clean_text("  e\u0301 \n", "说明") == "é"


# helping departments after the dispatch

HELPED = {"helping_codes": (OTHER_DEPARTMENT,)}


@pytest.mark.parametrize(
    ("command", "state", "who", "code", "because"),
    [
        (AddHelper(DEPARTMENT, "围挡"), case("dispatched"), "dispatcher", "helps_already", "it has the case itself"),
        (AddHelper(OTHER_DEPARTMENT, "围挡"), case("dispatched", **HELPED), "dispatcher", "helps_already", "it helps already"),
        (AddHelper(OTHER_DEPARTMENT, "围挡"), case("dispatched", helping_codes=tuple("ABCDEFGHIJ")), "dispatcher", "helps_already", "ten are enough"),
        (AddHelper("NOBODY", "围挡"), case("dispatched"), "dispatcher", "unknown_department", "there is no such department"),
        (AddHelper(OTHER_DEPARTMENT, " "), case("dispatched"), "dispatcher", "evidence_missing", "it is told what to do"),
        (AddHelper(OTHER_DEPARTMENT, "围挡"), case("dispatched"), "department", "wrong_role", "departments do not dispatch"),
        (AddHelper(OTHER_DEPARTMENT, "围挡"), case("finished"), "dispatcher", "no_such_move", "the work is done"),
        (DropHelper(department_code=OTHER_DEPARTMENT, reason_code="not_needed"), case("dispatched"), "dispatcher", "does_not_help", "it does not help"),
        (DropHelper(department_code=OTHER_DEPARTMENT), case("dispatched", **HELPED), "dispatcher", "no_reason", "it is told why"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value.strip() else "",
)  # fmt: skip
def test_helpers_are_not_added_or_dropped_at_will(
    command: Command, state: CaseState, who: str, code: str, because: str
) -> None:
    assert refusal(command, state, who) == code


def test_a_helper_comes_and_goes_and_the_department_s_clock_runs_on() -> None:
    before = case("in_progress")
    added = AddHelper(OTHER_DEPARTMENT, "配合围挡").decide(before, asking("dispatcher"), KNOWN)
    wish = DropHelper(department_code=OTHER_DEPARTMENT, reason_code="helped")
    dropped = wish.decide(added.state, asking("dispatcher"), KNOWN)
    assert (added.state.helping_codes, dropped.state) == ((OTHER_DEPARTMENT,), before)
    assert (
        "请宝鸡市金台区市政工程管理所协办，配合围挡" in added.reason,
        "协办部分已完成" in dropped.reason,
    ) == (True, True)


OWNER_NOW = Assignment(OTHER_DEPARTMENT, "C-DRAIN", "责任规则：登记册第 2 版，权属单位明确。")


@pytest.mark.parametrize(
    ("is_proposed", "to", "because"),
    [
        (True, OTHER_DEPARTMENT, "one of many, which goes to whoever answers now"),
        (False, DEPARTMENT, "the dispatcher has chosen"),
    ],
)
def test_a_dispatch_as_proposed_goes_by_the_register_of_the_moment(
    is_proposed: bool, to: str, because: str
) -> None:
    command = Dispatch(DEPARTMENT, as_proposed=is_proposed, whose=OWNER_NOW, was_proposed=DEPARTMENT)
    decision = command.decide(case("filed"), asking("dispatcher"), KNOWN)
    assert decision.state.department_code == decision.body["department"] == to
    assert decision.corrected == {"proposed_department_code": OTHER_DEPARTMENT}
    assert "原建议：宝鸡市排水管理处，现按责任规则：登记册第 2 版" in decision.reason


def test_a_proposal_that_stands_changes_nothing() -> None:
    command = Dispatch(DEPARTMENT, whose=OWNER_NOW, was_proposed=OTHER_DEPARTMENT)
    decision = command.decide(case("filed"), asking("dispatcher"), KNOWN)
    assert (decision.corrected, "原建议" in decision.reason) == ({}, False)
