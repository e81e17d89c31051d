"""Steps for many cases as pages and the worker know them: which there are, what each asks for."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any

from cases.bulk.operations import BulkActs
from cases.bulk.reading import Standing
from cases.operations import Cases
from cases.rules.commands import COMMANDS, Command, Dispatch
from cases.rules.reasons import REASONS
from cases.rules.stages import TRANSITIONS
from gis_core.db import Sessions
from gis_core.errors import Refused
from web.accounts.people import Person
from web.actions import ActionSent, build_command

PROPOSED = "*"
"""As a department: each case's own, as the rule of responsibility proposed it."""
ASKED_FOR = (
    "criterion_code", "inspector_id", "department_code", "helping_codes", "limit", "crew_id", "until",
    "reason_code", "reason", "text", "answer_date", "note",
)  # fmt: skip
"""What a form can ask for once for all cases, in its order; photos and answers are given case by case."""
STATUS_NAMES = {
    "draft": "选择步骤", "checking": "正在试办", "checked": "待确认", "running": "正在办理",
    "done": "已办完", "cancelled": "已停止",
}  # fmt: skip
OUTCOME_NAMES = {
    "chosen": "未试办", "able": "可以办理", "unable": "不能办理", "done": "已办理",
    "moved": "期间有变化，未办", "refused": "未办成", "left": "未办（已停止）",
}  # fmt: skip


class NothingProposed(Refused):
    """No department was proposed for a case."""

    code = "nothing_proposed"


@dataclass(frozen=True, slots=True)
class StepOffered:
    """A step that some of the chosen cases may take: how many stand where it begins, what it asks for."""

    action: str
    n: int
    asks: tuple[str, ...]


def bulk_acts_of(sessions: Sessions, cases: Cases) -> BulkActs:
    """The operations on many cases."""
    return BulkActs(sessions, cases, command_for)


def asks_of(action: str) -> tuple[str, ...] | None:
    """What the form of a step asks for; None when it needs something of each case, as photos and answers."""
    kind = COMMANDS.get(action)
    if kind is None or action == "report":
        return None
    wanted: Any = kind
    names = {one.name for one in fields(wanted)}
    needed = {one.name for one in fields(wanted) if one.default is MISSING and one.default_factory is MISSING}
    if needed - {*ASKED_FOR} or "photos" in needed:
        return None
    names -= set() if action in REASONS else {"reason_code"}
    return tuple(name for name in ASKED_FOR if name in names)


def steps_offered(standing: Standing, person: Person) -> tuple[StepOffered, ...]:
    """The steps of the published table that some of the cases may take where they stand."""
    counted: dict[str, int] = {}
    for edge in TRANSITIONS:
        if edge.starts and person.may_act_as(*edge.roles):
            n = sum(standing.stages.get(stage, 0) for stage in edge.starts)
            counted[edge.action] = max(counted.get(edge.action, 0), n)
    found = [
        StepOffered(action, n, asks)
        for action, n in counted.items()
        if n and (asks := asks_of(action)) is not None
        and ("criterion_code" not in asks or len(standing.types) == 1)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: -one.n))


def command_for(action: str, sent: Mapping[str, Any], case: Mapping[str, Any]) -> Command:
    """The command of one of many cases.

    :raises NothingProposed: when the department is to be the proposed one and there is none.
    """
    told = dict(sent)
    if told.get("department_code") == PROPOSED:
        told["department_code"] = case["proposed_department_code"]
        if told["department_code"] is None:
            raise NothingProposed("没有建议的部门，请单独派遣。")
    command = build_command(action, ActionSent.model_validate(told), ())
    if sent.get("department_code") == PROPOSED and isinstance(command, Dispatch):
        return replace(command, as_proposed=True)  # as rules and register are when its turn comes
    return command
