"""What the triggers of plans ask about, so that no more is read than they need."""

from collections.abc import Iterable
from dataclasses import dataclass

from emergency.rules.plans.conditions import CaseCount, Rain, leaves
from emergency.rules.plans.document import Plan


@dataclass(frozen=True, slots=True)
class Asked:
    """How far back rain and cases are counted, and which types of cases (whole codes or their beginnings)."""

    rain_hours: float = 0.0
    case_hours: float = 0.0
    case_types: tuple[str, ...] = ()


def asked_by(plans: Iterable[Plan]) -> Asked:
    """What these plans ask about."""
    found = [
        leaf
        for plan in plans
        for level in plan.levels
        if level.trigger is not None
        for leaf in leaves(level.trigger)
    ]
    cases = [one for one in found if isinstance(one, CaseCount)]
    return Asked(
        rain_hours=max((one.hours for one in found if isinstance(one, Rain)), default=0.0),
        case_hours=max((one.hours for one in cases), default=0.0),
        case_types=tuple(sorted({one.type_code for one in cases})),
    )
