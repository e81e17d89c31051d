"""How a case stood at a moment of the past, folded from its facts: what it shows today plays no part.

Each fact keeps the stage it led to and the clocks it changed as they were after it, so that the stage of the
last fact and the newest state of its clock are how the case stood. What a correction changed later is taken
back by what the correction says was there before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cases.rules.deadlines import light
from cases.rules.stages import FINAL_STAGES, STAGE_CLOCK

TYPE, PLACE = "类别", "位置"
"""Under these names a correction keeps what it changed; see `cases.rules.correcting`."""


class Told(Protocol):
    """A fact as far as it says how a case stands; facts of a case come in the order of its chain."""

    @property
    def at(self) -> datetime:
        """When, UTC."""

    @property
    def action(self) -> str:
        """What was done."""

    @property
    def to_stage(self) -> str:
        """The stage after it."""

    @property
    def department(self) -> str | None:
        """To which department it gave the case, when it was a dispatch."""

    @property
    def clocks(self) -> Mapping[str, Mapping[str, Any]]:
        """The clocks it changed, as `clocks_as_data` writes them."""


@dataclass(frozen=True, slots=True)
class Stood:
    """How a case stood: its stage, its department, and every clock as last changed."""

    stage: str
    department_code: str | None
    clocks: Mapping[str, Mapping[str, Any]]

    @property
    def is_over(self) -> bool:
        """Whether it was closed, declined or voided."""
        return self.stage in FINAL_STAGES

    @property
    def due_at(self) -> datetime | None:
        """When the stage was due; None when it was over or its clock stood still."""
        return self._moment("due_at")

    @property
    def at_risk_at(self) -> datetime | None:
        """When the light of the stage was to turn to 临期."""
        return self._moment("at_risk_at")

    def light(self, at: datetime) -> str:
        """The light it showed at a moment before anything else happened to it."""
        return "normal" if self.is_over else light(self.stage, self.due_at, self.at_risk_at, at)

    def _moment(self, name: str) -> datetime | None:
        clock = None if self.is_over else self.clocks.get(STAGE_CLOCK[self.stage])
        said = clock and clock[name]
        return datetime.fromisoformat(said) if said else None


def stood_after(before: Stood | None, fact: Told) -> Stood:
    """How a case stands after one more fact."""
    clocks = {**(before.clocks if before else {}), **fact.clocks}
    return Stood(fact.to_stage, _department_after(before, fact), clocks)


def _department_after(before: Stood | None, fact: Told) -> str | None:
    if fact.action == "dispatch":
        return fact.department
    return None if before is None or fact.action == "approve_return" else before.department_code


def stood_at(facts: Iterable[Told], at: datetime) -> Stood | None:
    """How a case stood at a moment, that of a fact included; None before it was reported."""
    stood = None
    for fact in facts:
        if fact.at > at:
            break
        stood = stood_after(stood, fact)
    return stood


def said_then(today: str, later: Sequence[Mapping[str, Sequence[str]]], name: str) -> str:
    """What stood under a name before some corrections, the earliest first; else today's words.

    >>> said_then("道路", [{"地点": ["甲", "乙"]}, {"类别": ["路灯", "道路"]}], "类别")
    '路灯'
    """
    return next((changes[name][0] for changes in later if name in changes), today)
