"""Who hears of a step: whose turn it is, whom the table names, each once."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cases.rules.deciding import CaseState
from cases.rules.stages import FINAL_STAGES, STAGES, TRANSITIONS, moves
from cases.rules.telling import HOLDERS, Hearer, hearers, holders

SINCE = datetime(2026, 9, 18, 1, 30, tzinfo=UTC)
CASE = CaseState(
    "in_progress", "component", "01002", SINCE, SINCE, reporter_id=1, inspector_id=2, department_code="BJ-PS",
    crew_id=8,
)  # fmt: skip
EDGES = {(edge.action, edge.no): edge for edge in TRANSITIONS}


def told_of(action: str, *, before: CaseState, after: CaseState) -> set[tuple[str, ...]]:
    edge = next(edge for edge in TRANSITIONS if edge.action == action and before.stage in edge.starts)
    return {named(one) for one in hearers(edge, before, after)}


def named(one: Hearer) -> tuple[str, ...]:
    return (one.topic, str(one.post or one.organisation_code or one.person_id or one.audience))


def at(stage: str, **changes: object) -> CaseState:
    return replace(CASE, stage=stage, **changes)


TOLD = [
    ("accept", at("reported"), at("accepted"), {("turn", "duty_chief"), ("public", "public")},
     "the duty chief is next and the reporter hears that it goes on"),
    ("dispatch", at("filed", department_code=None), at("dispatched"),
     {("turn", "BJ-PS"), ("public", "public")}, "the department is told once, that it is its turn"),
    ("dispatch", at("filed"), at("dispatched", helping_codes=("JT-SZ",)),
     {("turn", "BJ-PS"), ("turn", "JT-SZ"), ("public", "public")}, "who helps is called as well"),
    ("assign", at("dispatched"), at("in_progress"), {("turn", "8")}, "the crew has it now"),
    ("assign", at("dispatched", crew_id=None), at("in_progress", crew_id=None), {("turn", "BJ-PS")},
     "the department does it"),
    ("revoke", at("in_progress"), at("dispatched", crew_id=None), {("turn", "BJ-PS"), ("told", "8")},
     "a crew that loses a case hears of it"),
    ("approve_return", at("return_pending"), at("filed", department_code=None),
     {("turn", "dispatcher"), ("told", "BJ-PS")}, "a department that is rid of a case hears of it"),
    ("ask_extension", at("in_progress"), at("extension_pending", is_ask_endorsed=False),
     {("turn", "BJ-PS"), ("told", "dispatcher")}, "a crew's wish goes to its department first"),
    ("ask_extension", at("in_progress"), at("extension_pending", is_ask_endorsed=True),
     {("told", "BJ-PS"), ("turn", "dispatcher")}, "a department's wish goes to the dispatcher"),
    ("urge", at("in_progress"), at("in_progress"),
     {("urged", "2"), ("urged", "1"), ("urged", "dispatcher"), ("urged", "BJ-PS"), ("urged", "8")},
     "urging changes nobody's turn"),
    ("approve_suspension", at("suspension_pending"), at("suspended"),
     {("told", "BJ-PS"), ("told", "8"), ("public", "public")}, "nobody's turn while it rests"),
    ("close", at("rechecked"), at("closed"),
     {("told", "BJ-PS"), ("told", "8"), ("told", "2"), ("told", "1"), ("public", "public")},
     "everybody who had to do with it hears that it is done"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("action", "before", "after", "told", "because"), TOLD, ids=[row[-1] for row in TOLD]
)
def test_of_a_step_hear(
    action: str, before: CaseState, after: CaseState, told: set[tuple[str, ...]], because: str
) -> None:
    assert told_of(action, before=before, after=after) == told


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in FINAL_STAGES])
def test_whose_turn_it_is_can_do_something(stage: str) -> None:
    holder = HOLDERS.get(stage)
    assert stage == "suspended" or holder in {role for role in HOLDERS.values() if moves(stage, role)}
    assert stage == "suspended" or moves(stage, holder or "")


@pytest.mark.parametrize("stage", FINAL_STAGES)
def test_nobody_s_turn_it_is_when_a_case_has_ended(stage: str) -> None:
    assert holders(at(stage)) == ()


@pytest.mark.parametrize("edge", EDGES.values(), ids=lambda edge: f"{edge.no} {edge.action}")
def test_whoever_the_table_names_hears_and_hears_once(edge: object) -> None:
    after = at(edge.ends_at(edge.starts[0] if edge.starts else None, "in_progress"))  # type: ignore[attr-defined]
    found = hearers(edge, CASE, after)  # type: ignore[arg-type]
    assert len({one.who for one in found}) == len(found)
    assert ("public" in edge.told) == ("public" in {one.audience for one in found})  # type: ignore[attr-defined]
