"""A version of a plan is drafted, looked through, approved and at last retired, in that order."""

from datetime import date

import pytest

from emergency.rules.plans.approving import PlanHasFaults, PlanMayNotMove, move
from emergency.rules.plans.document import PlanState
from emergency.rules.plans.linting import lint
from tests.plan_maker import AROUND, make_plan

MOVES: list[tuple[PlanState, PlanState, str]] = [
    ("draft", "review", "a draft is handed in"),
    ("review", "draft", "and may come back"),
    ("review", "approved", "or be approved"),
    ("approved", "retired", "until a new one takes its place"),
]
REFUSED: list[tuple[PlanState, PlanState, str]] = [
    ("draft", "approved", "nobody approves what nobody has looked through"),
    ("approved", "draft", "an approved version is never written on again"),
    ("retired", "approved", "what is retired stays so"),
    ("draft", "draft", "standing still is no move"),
]


@pytest.mark.parametrize(("state", "to", "because"), MOVES, ids=[row[2] for row in MOVES])
def test_a_version_moves_on(state: PlanState, to: PlanState, because: str) -> None:
    assert move(make_plan(state=state), to).state == to


@pytest.mark.parametrize(("state", "to", "because"), REFUSED, ids=[row[2] for row in REFUSED])
def test_no_other_move_is_allowed(state: PlanState, to: PlanState, because: str) -> None:
    with pytest.raises(PlanMayNotMove, match="下一步只能是"):
        move(make_plan(state=state), to)


def test_a_plan_with_errors_is_not_approved() -> None:
    plan = make_plan(state="review", owner=None)
    with pytest.raises(PlanHasFaults, match="1 处错误"):
        move(plan, "approved", findings=lint(plan, AROUND))


def test_warnings_do_not_hinder_an_approval() -> None:
    plan = make_plan(state="review", effective_from=None, review_due=None)
    approved = move(plan, "approved", findings=lint(plan, AROUND), effective_from=date(2026, 12, 1))
    assert (approved.state, approved.effective_from) == ("approved", date(2026, 12, 1))
