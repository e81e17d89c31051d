"""The workflow table: nothing moves a case but its rows, and who fixes never closes."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.commands import COMMANDS
from cases.rules.reasons import REASONS
from cases.rules.stages import (
    ASKED_FROM,
    CLOCK_NAMES,
    FINAL_STAGES,
    OPEN_STAGES,
    PENDING_STAGES,
    ROLE_NAMES,
    STAGE_CLOCK,
    STAGES,
    TRANSITIONS,
    ClockDeed,
    ClockName,
    NoSuchMove,
    Transition,
    WrongRole,
    get_transition,
    move,
    moves,
    opening,
)
from cases.rules.workflow_page import workflow_page
from cases.tables import EveryCase

ROOT = Path(__file__).parents[2]
STEPS = st.lists(st.integers(min_value=0, max_value=60), max_size=40)
FIXERS = {"department", "crew"}


def walk(picks: list[int]) -> tuple[list[Transition], str]:
    """A life of a case, and the stage it ends in: at each stage the picks choose one of the rows."""
    edges, stage, asked_from = [get_transition(1)], "reported", "dispatched"
    for pick in picks:
        possible = [t for t in TRANSITIONS if stage in t.starts]
        edge = possible[pick % len(possible)] if possible else None
        edges += [edge] if edge else []
        before, stage = stage, edge.ends_at(stage, asked_from) if edge else stage
        asked_from = before if stage in PENDING_STAGES and before != stage else asked_from
    return edges, stage


def test_the_table_has_the_28_rows_of_the_published_workflow() -> None:
    assert [t.no for t in TRANSITIONS if t.no <= 100] == list(range(1, 29))


def test_rows_of_our_own_are_marked_so() -> None:
    assert {t.status for t in TRANSITIONS if t.no > 100} == {"assumed (ours)"}


def test_every_row_but_evaluation_is_performed_by_a_command() -> None:
    assert {t.action for t in TRANSITIONS} - {*COMMANDS} == {"report", "register", "open_part", "evaluate"}


def test_every_reason_has_codes_to_count_it_by() -> None:
    assert {t.action for t in TRANSITIONS if "reason" in t.evidence} == {*REASONS}


def test_whoever_is_told_is_a_post_or_the_reporter() -> None:
    assert {who for t in TRANSITIONS for who in t.told} <= {*ROLE_NAMES}


def test_every_row_names_known_stages_posts_and_clocks() -> None:
    assert {s for t in TRANSITIONS for s in (*t.starts, t.end) if s} - {ASKED_FROM} == {*STAGES}
    assert {r for t in TRANSITIONS for r in t.roles} <= {*ROLE_NAMES}
    assert {e.clock for t in TRANSITIONS for e in t.clocks} == {*CLOCK_NAMES} == {*get_args(ClockName)}
    assert {e.do for t in TRANSITIONS for e in t.clocks} <= {*get_args(ClockDeed)}


def test_an_action_means_one_row_at_each_stage() -> None:
    pairs = [(start, t.action) for t in TRANSITIONS for start in t.starts]
    assert len(pairs) == len(set(pairs))


def test_who_fixes_never_closes() -> None:
    assert not [t.no for t in TRANSITIONS if t.end in FINAL_STAGES and FIXERS & {*t.roles}]


def test_the_inspector_who_looks_never_closes() -> None:
    assert not [t.no for t in TRANSITIONS if t.end in FINAL_STAGES and "inspector" in t.roles]


@given(STEPS)
def test_no_case_is_closed_without_a_recheck_unless_handled_at_once(picks: list[int]) -> None:
    edges, stage = walk(picks)
    actions = [edge.action for edge in edges if not edge.is_mark and edge.action != "evaluate"]
    assert stage != "closed" or "self_handle" in actions or actions[-2:] == ["reply_recheck", "close"]


@given(STEPS)
def test_nobody_works_on_a_case_that_was_not_filed(picks: list[int]) -> None:
    actions = [edge.action for edge in walk(picks)[0]]
    assert "dispatch" not in actions or "file_case" in actions[: actions.index("dispatch")]


@given(STEPS)
def test_every_open_stage_has_somebody_who_can_go_on(picks: list[int]) -> None:
    stage = walk(picks)[1]
    assert stage in FINAL_STAGES or [role for role in ROLE_NAMES if moves(stage, role)]


@given(STEPS)
def test_the_clock_of_the_stage_is_the_one_that_runs(picks: list[int]) -> None:
    running: set[str] = set()
    edges, stage = walk(picks)
    for effect in (effect for edge in edges for effect in edge.clocks if effect.do != "extend"):
        running = (
            running | {effect.clock}
            if effect.do in ("start", "resume", "restart")
            else running - {effect.clock}
        )
    expected = {STAGE_CLOCK[stage]} if stage in OPEN_STAGES and stage != "suspended" else set()
    assert running - {"case"} == expected


def test_an_action_is_allowed_exactly_where_a_button_is_drawn() -> None:
    actions = sorted({t.action for t in TRANSITIONS})
    asked = [(stage, role, action) for stage in STAGES for role in ROLE_NAMES for action in actions]
    drawn = {(stage, role, t.action) for stage in STAGES for role in ROLE_NAMES for t in moves(stage, role)}
    assert {one for one in asked if refusal_of(one[2], one[0], one[1]) is None} == drawn


def test_every_refusal_over_the_whole_table_says_what_is_possible_instead() -> None:
    actions = sorted({t.action for t in TRANSITIONS})
    said = [refusal_of(action, stage, role) for stage in STAGES for role in ROLE_NAMES for action in actions]
    assert not [
        words for words in said if words and "现在可以：" not in words and "没有您可办的" not in words
    ]


def refusal_of(action: str, stage: str, role: str) -> str | None:
    try:
        move(action, start=stage, by=role)
    except (NoSuchMove, WrongRole) as refusal:
        return refusal.message
    return None


@pytest.mark.parametrize(
    ("action", "start", "by", "error", "words", "because"),
    [
        ("close", "finished", "duty_chief", NoSuchMove, "不能结案", "nobody has rechecked yet"),
        ("close", "rechecked", "department", WrongRole, "结案由值班长办理", "who fixes never closes"),
        ("accept", "reported", "inspector", WrongRole, "受理批转由受理员办理", "the operator accepts"),
        ("dispatch", "closed", "dispatcher", NoSuchMove, "案件已结案", "a closed case stays closed"),
        ("send_back", "dispatched", "dispatcher", NoSuchMove, "不能回退", "the department has it now"),
        ("ask_return", "in_progress", "department", NoSuchMove, "不能申请回退", "revoke first"),
        ("dispatch", "accepted", "dispatcher", NoSuchMove, "不能派遣", "the chief files it again"),
        ("file_case", "reported", "duty_chief", NoSuchMove, "不能立案", "the operator accepts again"),
        ("rework", "closed", "operator", NoSuchMove, "现在可以：重新打开", "it may be opened again"),
        ("rework", "closed", "crew", NoSuchMove, "现在没有您可办的事项", "nothing is left to do"),
        ("accept", "accepted", "duty_chief", NoSuchMove, "现在可以：立案、回退", "it says what can be done"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)  # fmt: skip
def test_a_refusal_says_why_and_what_is_possible(
    action: str, start: str, by: str, error: type[Exception], words: str, because: str
) -> None:
    with pytest.raises(error, match=words):
        move(action, start=start, by=by)


@pytest.mark.parametrize(
    ("role", "no", "because"),
    [
        ("inspector", 1, "an inspector reports"),
        ("operator", 2, "an operator registers a call"),
        ("public", 2, "a member of the public is registered by the page"),
        ("system", 2, "an import is registered by the system"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_report_begins_by_the_row_of_who_brings_it(role: str, no: int, because: str) -> None:
    assert opening(role).no == no


def test_a_department_cannot_report_on_the_supervision_line() -> None:
    with pytest.raises(WrongRole, match="不上报也不登记"):
        opening("department")


def test_the_database_knows_the_same_stages() -> None:
    checks = [
        str(c.sqltext)
        for c in EveryCase.__table__.constraints
        if "stage IN" in str(getattr(c, "sqltext", ""))
    ]
    assert checks == [f"stage IN ({', '.join(repr(s) for s in STAGES)})"]


def test_the_page_of_the_workflow_is_the_table() -> None:
    assert (ROOT / "docs" / "workflow.md").read_text(encoding="utf-8") == workflow_page()
