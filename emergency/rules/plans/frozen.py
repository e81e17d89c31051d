"""A version of a plan as it was when it was activated: its whole content and a hash over it."""

import hashlib
from dataclasses import dataclass

from emergency.rules.plans.document import Plan
from gis_core.errors import Conflict
from gis_core.journal import canonical


class FrozenPlanChanged(Conflict):
    """The kept copy of a plan is no longer what was activated."""

    code = "frozen_plan_changed"


@dataclass(frozen=True, slots=True)
class FrozenPlan:
    """The content as canonical JSON and its SHA-256 in hexadecimal."""

    code: str
    name: str
    version: str
    content: str
    sha256: str


def freeze(plan: Plan) -> FrozenPlan:
    """The copy of a version that an activation keeps; equal plans have equal hashes."""
    content = canonical(plan.model_dump(mode="json", by_alias=True)).decode()
    return FrozenPlan(plan.code, plan.name, plan.version, content, hash_of(content))


def thaw(frozen: FrozenPlan) -> Plan:
    """The plan of a kept copy.

    :raises FrozenPlanChanged: when content and hash do not belong together.
    """
    if hash_of(frozen.content) != frozen.sha256:
        raise FrozenPlanChanged(
            f"{frozen.name} {frozen.version} 的存档与启动时不一致，请联系管理员核查记录。"
        )
    return Plan.model_validate_json(frozen.content)


def hash_of(content: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(content.encode()).hexdigest()
