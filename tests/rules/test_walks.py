"""Random lives of cases with real commands: always a deadline, and facts that replay to the same clocks."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.rules.commands import (
    Accept,
    Asking,
    Assign,
    Close,
    Command,
    Decline,
    Dispatch,
    FileCase,
    Finish,
    NotFile,
    ReplyRecheck,
    ReplyVerification,
    Rework,
    SelfHandle,
    SendBack,
    SendRecheck,
    SendVerification,
    Void,
)
from cases.rules.deadlines import clocks_from_data
from cases.rules.deciding import CaseState, Decision, advance
from cases.rules.stages import FINAL_STAGES, STAGE_CLOCK, TRANSITIONS, Transition
from tests.case_city import DEPARTMENT, MISSING_COVER
from tests.rules.test_commands import INSPECTOR, KNOWN, NOW, PHOTO

WISHES: dict[str, Command] = {
    "send_verification": SendVerification(1), "reply_verification": ReplyVerification(True, (PHOTO,)),
    "decline": Decline("重复"), "accept": Accept(MISSING_COVER), "file_case": FileCase(),
    "send_back": SendBack("再核"), "not_file": NotFile("不符合"), "void": Void("误立"),
    "dispatch": Dispatch(DEPARTMENT), "assign": Assign(), "finish": Finish("修好", (PHOTO,)),
    "send_recheck": SendRecheck(1), "reply_recheck": ReplyRecheck(True, (PHOTO,)), "close": Close(),
    "rework": Rework("松动"), "self_handle": SelfHandle(),
}  # fmt: skip
STEPS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 300)), max_size=30)


def begin() -> Decision:
    asking = Asking(NOW, 1, "监督员甲", "inspector")
    state = CaseState("reported", "component", "01002", NOW, NOW, is_handled_at_once=True)
    return advance(state, TRANSITIONS[0], asking=asking, known=KNOWN, reason="上报")


def live(steps: list[tuple[int, int]]) -> list[Decision]:
    """A life: each step picks one of the rows that the stage allows, some minutes after the last."""
    decisions, at = [begin()], NOW
    for pick, minutes in steps:
        state, at = decisions[-1].state, at + timedelta(minutes=minutes)
        edges = [t for t in TRANSITIONS if t.is_performable and state.stage in t.starts]
        decisions += [act(state, edges[pick % len(edges)], at)] if edges else []
    return decisions


def act(state: CaseState, edge: Transition, at: datetime) -> Decision:
    """The first post of the row asks, and it is the one to whom the case or the task was given."""
    role = edge.roles[0]
    code = state.department_code if role in ("department", "crew") else None
    asking = Asking(at, 1, "某岗位", role, code)
    return WISHES[edge.action].decide(state, asking, replace(KNOWN, assignee=INSPECTOR))


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_an_open_case_always_has_a_clock_that_runs_and_a_deadline(steps: list[tuple[int, int]]) -> None:
    state = live(steps)[-1].state
    running = state.stage_running
    assert (state.stage in FINAL_STAGES) == (running is None)
    assert running is None or (running.is_running and running.due_at is not None)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_a_case_that_is_over_uses_no_time(steps: list[tuple[int, int]]) -> None:
    state = live([*steps, (2, 5)])[-1].state
    assert state.stage not in FINAL_STAGES or not [c for c in state.clocks.values() if c.is_running]


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_the_clocks_of_a_case_replay_from_its_facts(steps: list[tuple[int, int]]) -> None:
    decisions = live(steps)
    replayed: dict[str, object] = {}
    for decision in decisions:
        replayed |= decision.body["clocks"]
    assert clocks_from_data(replayed) == dict(decisions[-1].state.clocks)  # type: ignore[arg-type]


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_only_filed_cases_use_the_time_of_the_whole_case(steps: list[tuple[int, int]]) -> None:
    state = live(steps)[-1].state
    case = state.clocks.get("case")
    is_filed = state.stage in (
        "filed",
        *(s for s in STAGE_CLOCK if STAGE_CLOCK[s] in ("handling", "recheck", "closing")),
    )
    assert is_filed == (case is not None and case.is_running)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_every_decision_says_why(steps: list[tuple[int, int]]) -> None:
    assert not [d.edge.no for d in live(steps)[1:] if d.edge.label not in d.reason]
