"""How a case stood at a moment comes out of its facts, whatever its row says today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from cases.rules.as_it_stood import Stood, said_then, stood_after, stood_at
from cases.rules.deadlines import light
from cases.rules.deciding import Decision
from tests.rules.test_commands import NOW
from tests.rules.test_walks import STEPS, lived

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Fact:
    at: datetime
    action: str
    to_stage: str
    department: str | None
    clocks: Mapping[str, Mapping[str, Any]]


def fact_of(decision: Decision, at: datetime) -> Fact:
    given_to = decision.body.get("department") if decision.edge.action == "dispatch" else None
    return Fact(at, decision.edge.action, decision.stage, given_to, decision.body["clocks"])


def facts_of(steps: list[tuple[int, int]]) -> list[Fact]:
    return [fact_of(decision, at) for decision, at in lived(steps)]


def light_by_the_state(decision: Decision, at: datetime) -> str:
    running = decision.state.stage_running
    due, risk = (running.due_at, running.at_risk_at) if running else (None, None)
    return "normal" if decision.state.closed_at else light(decision.stage, due, risk, at)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_at_its_last_fact_a_case_stands_as_its_row_says(steps: list[tuple[int, int]]) -> None:
    last, at = lived(steps)[-1]
    stood, running = stood_at(facts_of(steps), at), last.state.stage_running
    assert stood is not None
    assert (stood.stage, stood.department_code) == (last.stage, last.state.department_code)
    assert (stood.due_at, stood.at_risk_at) == (
        (running.due_at, running.at_risk_at) if running else (None, None)
    )


@given(STEPS)
@settings(max_examples=40, deadline=None)
def test_at_every_moment_it_shows_the_light_it_showed_then(steps: list[tuple[int, int]]) -> None:
    life, facts = lived(steps), facts_of(steps)
    then = [stood_at(facts, at + MINUTE / 2) for _, at in life]
    shown = [one and one.light(at + MINUTE / 2) for one, (_, at) in zip(then, life, strict=True)]
    latest = {at: decision for decision, at in life}  # of several steps at one moment the last
    told = [light_by_the_state(latest[at], at + MINUTE / 2) for _, at in life]
    assert shown == told


@given(STEPS)
@settings(max_examples=20, deadline=None)
def test_what_came_later_changes_nothing_of_what_was_before(steps: list[tuple[int, int]]) -> None:
    facts = facts_of(steps)
    half = facts[: len(facts) // 2 + 1]
    until = half[-1].at
    same_moment = [one for one in facts if one.at <= until]
    assert stood_at(facts, until) == stood_at(same_moment, until)


def test_before_its_report_there_is_no_case() -> None:
    assert stood_at(facts_of([]), NOW - MINUTE) is None


def test_the_moment_of_a_fact_belongs_to_it() -> None:
    stood = stood_at(facts_of([]), NOW)
    assert stood is not None
    assert stood.stage == "reported"


REPORTED = Fact(NOW, "report", "reported", None, {"accept": {"due_at": None, "at_risk_at": None}})
GIVEN = Fact(NOW, "dispatch", "dispatched", "BJ-PS", {})
RETURNED = Fact(NOW, "approve_return", "filed", None, {})
URGED = Fact(NOW, "urge", "dispatched", None, {})
LIVES = [
    ([REPORTED], None, "nobody has it yet"),
    ([REPORTED, GIVEN], "BJ-PS", "it was given to them"),
    ([REPORTED, GIVEN, URGED], "BJ-PS", "being urged takes it from nobody"),
    ([REPORTED, GIVEN, RETURNED], None, "they gave it back"),
]


@pytest.mark.parametrize(("facts", "department", "because"), LIVES, ids=[row[2] for row in LIVES])
def test_whose_a_case_was(facts: list[Fact], department: str | None, because: str) -> None:
    stood = stood_at(facts, NOW)
    assert stood is not None
    assert stood.department_code == department


@pytest.mark.parametrize("stage", ["closed", "declined", "voided"])
def test_what_is_over_has_no_deadline_and_is_never_late(stage: str) -> None:
    clocks = {"closing": {"due_at": NOW.isoformat(), "at_risk_at": NOW.isoformat()}}
    stood = Stood(stage, None, clocks)
    assert (stood.due_at, stood.light(NOW + timedelta(days=9))) == (None, "normal")


def test_a_clock_that_a_step_does_not_touch_keeps_its_deadline() -> None:
    clocks = {"handling": {"due_at": NOW.isoformat(), "at_risk_at": None}}
    before = stood_after(None, Fact(NOW, "dispatch", "dispatched", "BJ-PS", clocks))
    after = stood_after(before, Fact(NOW, "assign", "in_progress", None, {}))
    assert (after.due_at, after.light(NOW)) == (NOW, "overdue")


CORRECTIONS = [{"地点": ["甲路", "乙路"]}, {"类别": ["路灯", "井盖"]}, {"类别": ["井盖", "树木"]}]
CORRECTED = [
    ("类别", "树木", "路灯", "the first correction that follows says what was there"),
    ("地点", "乙路", "甲路", "each name has corrections of its own"),
    ("说明", "歪了", "歪了", "what nobody corrected was as it is"),
]


@pytest.mark.parametrize(("name", "today", "then", "because"), CORRECTED, ids=[row[3] for row in CORRECTED])
def test_what_was_corrected_later_stands_as_it_was(name: str, today: str, then: str, because: str) -> None:
    assert said_then(today, CORRECTIONS, name) == then
