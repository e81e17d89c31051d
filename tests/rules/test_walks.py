"""Random lives of cases with real commands: always a deadline, and facts that replay to the same clocks."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.rules.commands import (
    Accept,
    AddEvidence,
    AddHelper,
    Answer,
    Appeal,
    ApproveExtension,
    ApproveReturn,
    ApproveSuspension,
    AskExtension,
    Asking,
    AskReturn,
    AskSuspension,
    AskVoid,
    Assign,
    Close,
    Command,
    Correct,
    Decline,
    Dispatch,
    DropHelper,
    EndorseExtension,
    FileCase,
    Finish,
    GrantAppeal,
    Join,
    MakeSafe,
    NotFile,
    Part,
    Publish,
    RefuseAppeal,
    RefuseExtension,
    RefuseReturn,
    RefuseSuspension,
    Reopen,
    ReplyRecheck,
    ReplyVerification,
    ReportHelp,
    Resume,
    Revoke,
    Rework,
    SelfHandle,
    SendBack,
    SendRecheck,
    SendVerification,
    Split,
    Supervise,
    Unmerge,
    Urge,
    Void,
    Withdraw,
)
from cases.rules.deadlines import clocks_from_data
from cases.rules.deciding import CaseState, Decision, advance
from cases.rules.stages import FINAL_STAGES, STAGE_CLOCK, TRANSITIONS, Transition
from gis_core.errors import CitygridError
from tests.case_city import DEPARTMENT, MISSING_COVER, OTHER_DEPARTMENT
from tests.rules.test_commands import INSPECTOR, KNOWN, NOW, PHOTO

WISHES: dict[str, Command] = {
    "send_verification": SendVerification(1), "reply_verification": ReplyVerification(True, (PHOTO,)),
    "decline": Decline("重复"), "accept": Accept(MISSING_COVER), "file_case": FileCase(),
    "send_back": SendBack("再核"), "not_file": NotFile("不符合"), "void": Void("误立"),
    "dispatch": Dispatch(DEPARTMENT, helping_codes=(OTHER_DEPARTMENT,)), "assign": Assign(),
    "finish": Finish("修好", (PHOTO,)), "make_safe": MakeSafe("已围挡", (PHOTO,)),
    "send_recheck": SendRecheck(1), "reply_recheck": ReplyRecheck(True, (PHOTO,)), "close": Close(),
    "rework": Rework("松动"), "self_handle": SelfHandle(), "revoke": Revoke("另派"),
    "ask_return": AskReturn("权属另有单位"), "approve_return": ApproveReturn(),
    "refuse_return": RefuseReturn("属该部门"),
    "ask_extension": AskExtension("", "weather"), "endorse_extension": EndorseExtension(),
    "approve_extension": ApproveExtension(), "refuse_extension": RefuseExtension("可以完成"),
    "ask_suspension": AskSuspension("", "season"),
    "approve_suspension": ApproveSuspension(date(2026, 12, 31)),
    "refuse_suspension": RefuseSuspension("可以处置"), "withdraw": Withdraw(), "resume": Resume(),
    "supervise": Supervise("抓紧", date(2026, 11, 30)), "urge": Urge("快"), "answer": Answer("在办"),
    "report_help": ReportHelp("已围挡"), "ask_void": AskVoid("误立"), "appeal": Appeal("暴雨"),
    "correct": Correct("", "unclear_words", description="井盖移位"),
    "join": Join(), "part": Part("61030320260918000002"), "unmerge": Unmerge("", "not_the_same"),
    "split": Split("component", "01002", MISSING_COVER, "另一处也缺失"), "reopen": Reopen("", "back_again"),
    "publish": Publish("井盖正在更换"), "add_evidence": AddEvidence("球机截图", (PHOTO,)),
    "add_helper": AddHelper(OTHER_DEPARTMENT, "请配合围挡"),
    "drop_helper": DropHelper(department_code=OTHER_DEPARTMENT, reason_code="not_needed"),
    "grant_appeal": GrantAppeal("属实"), "refuse_appeal": RefuseAppeal("可以避免"),
}  # fmt: skip
STEPS = st.lists(st.tuples(st.integers(0, 59), st.integers(0, 300)), max_size=40)
HELPER = OTHER_DEPARTMENT


def begin() -> Decision:
    asking = Asking(NOW, 1, "监督员甲", "inspector")
    state = CaseState("reported", "component", "01002", NOW, NOW, is_handled_at_once=True)
    return advance(state, TRANSITIONS[0], asking=asking, known=KNOWN, reason="上报")


def lived(steps: list[tuple[int, int]]) -> list[tuple[Decision, datetime]]:
    """A life with its moments: each step picks a row that the stage allows, some minutes after the last one;
    rules may say no."""
    decisions, at = [(begin(), NOW)], NOW
    for pick, minutes in steps:
        state, at = decisions[-1][0].state, at + timedelta(minutes=minutes)
        edges = [t for t in TRANSITIONS if state.stage in t.starts and t.action in WISHES]
        with suppress(CitygridError):
            decisions += [(act(state, edges[pick % len(edges)], at), at)] if edges else []
    return decisions


def live(steps: list[tuple[int, int]]) -> list[Decision]:
    return [decision for decision, _ in lived(steps)]


def act(state: CaseState, edge: Transition, at: datetime) -> Decision:
    """The first post of the row asks, and it is the one to whom the case or the task was given."""
    role = edge.roles[0]
    own = HELPER if edge.action == "report_help" else state.department_code
    asking = Asking(at, 1, "某岗位", role, own if role in ("department", "crew") else None)
    return WISHES[edge.action].decide(state, asking, replace(KNOWN, assignee=INSPECTOR))


@given(STEPS)
@settings(max_examples=60)
def test_an_open_case_always_has_a_clock_that_runs_and_a_deadline(steps: list[tuple[int, int]]) -> None:
    state = live(steps)[-1].state
    running = state.stage_running
    assert (state.stage in FINAL_STAGES) == (running is None)
    waits = state.stage == "suspended"
    assert running is None or waits == (not running.is_running) == (running.due_at is None)


@given(STEPS)
@settings(max_examples=60)
def test_a_case_that_is_over_uses_no_time(steps: list[tuple[int, int]]) -> None:
    state = live([*steps, (2, 5)])[-1].state
    assert state.stage not in FINAL_STAGES or not [c for c in state.clocks.values() if c.is_running]


@given(STEPS)
@settings(max_examples=60)
def test_the_clocks_of_a_case_replay_from_its_facts(steps: list[tuple[int, int]]) -> None:
    decisions = live(steps)
    replayed: dict[str, object] = {}
    for decision in decisions:
        replayed |= decision.body["clocks"]
    assert clocks_from_data(replayed) == dict(decisions[-1].state.clocks)  # type: ignore[arg-type]


@given(STEPS)
@settings(max_examples=60)
def test_only_filed_cases_use_the_time_of_the_whole_case(steps: list[tuple[int, int]]) -> None:
    state = live(steps)[-1].state
    case = state.clocks.get("case")
    is_filed = state.stage in (
        "filed",
        *(
            s
            for s in STAGE_CLOCK
            if STAGE_CLOCK[s] in ("handling", "recheck", "closing") and s != "suspended"
        ),
    )
    assert is_filed == (case is not None and case.is_running)


@given(STEPS)
@settings(max_examples=60)
def test_every_decision_says_why(steps: list[tuple[int, int]]) -> None:
    assert not [d.edge.no for d in live(steps)[1:] if d.edge.label not in d.reason]


@given(STEPS)
@settings(max_examples=60)
def test_a_mark_moves_neither_stage_nor_clocks(steps: list[tuple[int, int]]) -> None:
    lives = live(steps)
    marks = [(a.state, b.state) for a, b in pairwise(lives) if b.edge.is_mark]
    assert not [
        a.stage for a, b in marks if (a.stage, a.clocks, a.closed_at) != (b.stage, b.clocks, b.closed_at)
    ]


@given(STEPS)
@settings(max_examples=60)
def test_no_case_is_extended_three_times_or_suspended_twice(steps: list[tuple[int, int]]) -> None:
    actions = Counter(d.edge.action for d in live(steps))
    assert (actions["approve_extension"] <= 2, actions["approve_suspension"] <= 1) == (True, True)


@given(STEPS)
@settings(max_examples=60)
def test_every_open_case_can_still_be_brought_to_an_end(steps: list[tuple[int, int]]) -> None:
    decisions, at = live(steps), NOW + timedelta(days=40)
    for _ in range(12):
        state, at = decisions[-1].state, at + timedelta(minutes=1)
        decisions += [act(state, next_to_end(state), at)] if state.stage not in FINAL_STAGES else []
    assert decisions[-1].stage in FINAL_STAGES


def next_to_end(state: CaseState) -> Transition:
    """A row that leads towards an end, whatever has happened before."""
    ways = {
        "reported": "decline", "verifying": "reply_verification", "accepted": "not_file", "filed": "void",
        "dispatched": "assign", "return_pending": "refuse_return", "in_progress": "finish",
        "extension_pending": "refuse_extension", "suspension_pending": "refuse_suspension",
        "suspended": "resume", "finished": "send_recheck", "rechecking": "reply_recheck",
        "rechecked": "close",
    }  # fmt: skip
    action = ways[state.stage]
    edges = [t for t in TRANSITIONS if state.stage in t.starts and t.action == action]
    return next(replace(t, roles=t.roles[-1:]) if action == "resume" else t for t in edges)
