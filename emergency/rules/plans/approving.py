"""How a version moves from draft over review to approved, and at last to retired."""

from collections.abc import Iterable
from datetime import date

from emergency.rules.plans.document import NEXT_STATES, STATE_NAMES, Plan, PlanState
from emergency.rules.plans.linting import Finding
from gis_core.errors import Refused


class PlanMayNotMove(Refused):
    """A version does not go from this state to that one."""

    code = "plan_may_not_move"


class PlanHasFaults(Refused):
    """A plan with errors of the linter cannot be approved."""

    code = "plan_has_faults"


def move(
    plan: Plan, to: PlanState, *, findings: Iterable[Finding] = (), effective_from: date | None = None
) -> Plan:
    """The same version in its next state; `effective_from` is set on approval.

    :raises PlanMayNotMove: when the table of states has no such step.
    :raises PlanHasFaults: on approval, when the linter found errors; warnings do not hinder it.
    """
    if to not in NEXT_STATES[plan.state]:
        ways = "、".join(STATE_NAMES[state] for state in NEXT_STATES[plan.state]) or "没有了"
        now, wanted = STATE_NAMES[plan.state], STATE_NAMES[to]
        told = f"{plan.name} {plan.version} 是“{now}”，不能改为“{wanted}”，下一步只能是：{ways}。"
        raise PlanMayNotMove(f"{told}要修改已批准的预案，请起草新版本。")
    faults = [finding.sentence for finding in findings if finding.severity == "error"]
    if to == "approved" and faults:
        few = "".join(faults[:3])
        told = f"{plan.name} {plan.version} 还有 {len(faults)} 处错误，不能批准：{few}"
        raise PlanHasFaults(f"{told}请改正后再批准。")
    begins = effective_from or plan.effective_from if to == "approved" else plan.effective_from
    return plan.model_copy(update={"state": to, "effective_from": begins})
