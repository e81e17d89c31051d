"""What commanders and departments do to a response: activate, change, end; the life of a task.

A task's life is one table, too. Everything here is told by the incident's own facts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from cases.rules.deciding import Asking
from emergency.rules.commands import Decision, KnownKinds
from emergency.rules.incidents import State, changes_between, move, need_words
from emergency.rules.levels import Toll
from emergency.rules.plans.situation import Situation
from gis_core.errors import BadInput, Conflict, NotAllowed

TASK_STATES: dict[str, str] = {
    "given": "待接受",
    "accepted": "办理中",
    "declined": "已退回",
    "done": "已完成",
    "withdrawn": "已撤回",
}
OPEN_TASKS: tuple[str, ...] = ("given", "accepted", "declined")
COMMANDS_TASKS: tuple[str, ...] = ("commander", "duty_officer")
WORKS_OUTSIDE: tuple[str, ...] = ("department", "crew")
DOES_TASKS: tuple[str, ...] = (*WORKS_OUTSIDE, *COMMANDS_TASKS)


@dataclass(frozen=True, slots=True)
class TaskStep:
    """A row of the table of tasks."""

    action: str
    label: str
    starts: tuple[str, ...]
    end: str
    roles: tuple[str, ...]


TASK_STEPS: tuple[TaskStep, ...] = (
    TaskStep("accept", "接受", ("given", "declined"), "accepted", DOES_TASKS),
    TaskStep("decline", "退回", ("given", "accepted"), "declined", DOES_TASKS),
    TaskStep("finish", "完成", ("given", "accepted"), "done", DOES_TASKS),
    TaskStep("reassign", "改派", OPEN_TASKS, "given", COMMANDS_TASKS),
)


class TaskStepNotNow(Conflict):
    """The task has moved on, or was called off."""

    code = "task_step_not_now"


class NotYourTask(NotAllowed):
    """The task is another department's."""

    code = "not_your_task"


class BadResponse(BadInput):
    """What law Art. 72 wants stated on activation is missing or cannot be."""

    code = "bad_response"


@dataclass(frozen=True, slots=True)
class Stated:
    """What must be stated on activation (law Art. 72), and on what evidence it was confirmed."""

    matter: str
    expected_hours: float
    measures: str
    evidence: str

    def checked(self) -> "Stated":
        """The same, when all of it is there. Raises IncidentWordsMissing, BadResponse."""
        if not 0 < self.expected_hours <= 24 * 365:
            raise BadResponse("预计持续时间应在 0 到 8760 小时之间，请检查。", field="expected_hours")
        return Stated(
            need_words(self.matter, "响应事项"),
            self.expected_hours,
            need_words(self.measures, "采取的措施"),
            need_words(self.evidence, "启动的依据（谁核实了什么）"),
        )


@dataclass(frozen=True, slots=True)
class Activate:
    """A commander activates plans: the first level, what is stated, and what the composition said."""

    action: ClassVar[str] = "activate"
    level: int
    told: str
    body: Mapping[str, Any]

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises NoSuchStep, NotYourIncidentStep."""
        return _moved(self.action, state, asking, self.told, self.body, response_level=self.level)


@dataclass(frozen=True, slots=True)
class ChangeResponse:
    """A commander raises, lowers, adds or ends plans of a response."""

    action: ClassVar[str] = "change_response"
    level: int
    told: str
    body: Mapping[str, Any]

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises NoSuchStep, NotYourIncidentStep."""
        return _moved(self.action, state, asking, self.told, self.body, response_level=self.level)


@dataclass(frozen=True, slots=True)
class EndResponse:
    """The response is stood down, and with it the handling ends."""

    action: ClassVar[str] = "end"
    told: str
    body: Mapping[str, Any]

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises NoSuchStep, NotYourIncidentStep."""
        after = {"response_level": None, "ended_at": asking.at}
        return _moved(self.action, state, asking, self.told, self.body, **after)


@dataclass(frozen=True, slots=True)
class TellTask:
    """What became of a task, as the incident's timeline tells it."""

    action: ClassVar[str] = "note"
    told: str
    body: Mapping[str, Any]

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises NoSuchStep, NotYourIncidentStep."""
        return _moved(self.action, state, asking, self.told, self.body)


def _moved(
    action: str, state: State, asking: Asking, told: str, body: Mapping[str, Any], **changes: Any
) -> Decision:
    edge = move(action, stage=state.stage, role=asking.role)
    after = replace(state, stage=edge.end or state.stage, **changes)
    return Decision(after, edge, told, {"changes": changes_between(state, after)} | dict(body), asking.at)


def task_step(action: str, *, state: str, role: str, is_own: bool) -> TaskStep:
    """The row of the table for a step of a task.

    :raises NotYourTask: when the post does not take it, or the task is another department's.
    :raises TaskStepNotNow: when the task does not stand so.
    """
    step = next((one for one in TASK_STEPS if one.action == action), None)
    if step is None:
        raise BadResponse(f"任务没有“{action[:24]}”这一步。请刷新页面后重试。")
    if role not in step.roles or (role in WORKS_OUTSIDE and not is_own):
        raise NotYourTask("这项任务由被派的单位办理，改派由指挥长或值班员办理。")
    if state not in step.starts:
        raise TaskStepNotNow(f"任务现在是“{TASK_STATES[state]}”，不能{step.label}。请刷新后查看。")
    return step


def about(state: State, now: Situation) -> Situation:
    """What is known now with what the desk knows of an incident: its level and its numbers.

    Deaths count the missing: while one of the two numbers is not known, their sum is not either.
    """
    level = state.event_level and int(state.event_level)
    return replace(now, figures=_figures(state.toll), event_level=level, has_incident=True)


def _figures(toll: Toll) -> dict[str, float]:
    deaths = None if toll.dead is None or toll.missing is None else toll.dead + toll.missing
    found = {
        "deaths": deaths,
        "injured": toll.seriously_injured,
        "trapped": toll.trapped,
        "moved": toll.moved,
        "loss_yuan": toll.loss_yuan,
    }
    return {name: float(value) for name, value in found.items() if value is not None}
