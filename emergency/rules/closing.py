"""What is done to a closure of roads: close, change, lift. Each decides on how it stands and touches nothing.

A closure that was lifted stays as it was; closing the same roads again is another one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

import shapely
from shapely.geometry.base import BaseGeometry

from cases.rules.deciding import Asking
from emergency.rules.commands import Decision, KnownKinds
from emergency.rules.incidents import State, move, need_words
from gis_core.clock import city_time
from gis_core.errors import BadInput, Conflict
from gis_core.roads.closures import BadClosure, Closure

CLOSES_ROADS = ("duty_officer", "commander")
"""Posts that close roads and open them again."""
Standing = Literal["planned", "in_force", "over", "lifted"]
STANDING_NAMES: Mapping[Standing, str] = {
    "in_force": "封控中",
    "planned": "计划中",
    "over": "已到期",
    "lifted": "已解除",
}
ENTRY_NAMES: Mapping[str, str] = {"responder": "救援车辆"}
"""Who may be let in; everybody else is kept out."""
ACTION_NAMES: Mapping[str, str] = {"close": "封控道路", "change": "调整封控", "lift": "解除封控"}
MOST_CORNERS = 2_000
LONGEST = timedelta(days=366)
LONGEST_NAME = 60


class ClosureLifted(Conflict):
    """The closure was lifted already."""

    code = "closure_lifted"


class UnchangedClosure(BadInput):
    """A change that changes nothing."""

    code = "closure_unchanged"


@dataclass(frozen=True, slots=True)
class Closing:
    """What a closure says: where (plane metres), why, from when until when, and who may enter."""

    name: str
    why: str
    shape: BaseGeometry
    begins_at: datetime
    ends_at: datetime | None = None
    may_enter: tuple[str, ...] = ()

    def checked(self) -> "Closing":
        """The same, tidied.

        :raises IncidentWordsMissing, BadClosure: when it says too little, or what cannot be.
        """
        name = need_words(self.name, "封控名称")[:LONGEST_NAME]
        why = need_words(self.why, "封控原因")
        if shapely.get_num_coordinates(self.shape) > MOST_CORNERS:
            raise BadClosure(f"封控“{name}”的折点超过 {MOST_CORNERS} 个。请画得简单一些。")
        if self.ends_at is not None and self.ends_at - self.begins_at > LONGEST:
            raise BadClosure(f"封控“{name}”超过一年。请更正时间。")
        unknown = sorted(set(self.may_enter) - ENTRY_NAMES.keys())
        if unknown:
            raise BadClosure("没有这类可进入的车辆。请从选项中选择。", may_enter=unknown)
        found = replace(self, name=name, why=why)
        found.as_closure("")
        return found

    def as_closure(self, key: str) -> Closure:
        """The value that roads obey.

        :raises BadClosure: when it is none.
        """
        return Closure(key, self.name, self.shape, begins_at=self.begins_at, ends_at=self.ends_at)

    def said(self) -> str:
        """Name, times and who may enter, in one line."""
        until = f"至 {city_time(self.ends_at):%m-%d %H:%M}" if self.ends_at else "至另行通知"
        enter = "、".join(ENTRY_NAMES[one] for one in self.may_enter)
        let_in = f"，{enter}可进入" if enter else ""
        return f"“{self.name}”，{city_time(self.begins_at):%m-%d %H:%M} {until}{let_in}。原因：{self.why}"


@dataclass(frozen=True, slots=True)
class ClosureStep:
    """A step of a closure: how it stands afterwards, and the words of its history."""

    action: Literal["close", "change", "lift"]
    after: Closing
    words: str
    lifted_at: datetime | None = None


def close(closing: Closing) -> ClosureStep:
    """Close roads. Raises what `Closing.checked` raises."""
    after = closing.checked()
    return ClosureStep("close", after, f"封控道路{after.said()}")


def change(before: Closing, wanted: Closing, *, lifted_at: datetime | None) -> ClosureStep:
    """Say it anew, as a whole.

    :raises ClosureLifted, UnchangedClosure: beside what `Closing.checked` raises.
    """
    _require_standing(before, lifted_at)
    after = wanted.checked()
    if after == before:
        raise UnchangedClosure("封控没有变化，没有写入。")
    return ClosureStep("change", after, f"调整封控{after.said()}")


def lift(before: Closing, why: str, *, at: datetime, lifted_at: datetime | None) -> ClosureStep:
    """Open the roads again.

    :raises ClosureLifted, IncidentWordsMissing: when it is open already, or nobody says why.
    """
    _require_standing(before, lifted_at)
    words = need_words(why, "解除的理由")
    return ClosureStep("lift", before, f"解除封控“{before.name}”：{words}", at)


def standing_of(closing: Closing, lifted_at: datetime | None, at: datetime) -> Standing:
    """How a closure stands at a moment: from its first moment on in force, at its last no longer."""
    return (
        "lifted"
        if lifted_at is not None and lifted_at <= at
        else stood(closing.begins_at, closing.ends_at, at)
    )


def stood(since: datetime | None, until: datetime | None, at: datetime) -> Standing:
    """How a closure that nobody lifted stands at a moment; without a beginning it has begun."""
    if since is not None and at < since:
        return "planned"
    return "over" if until is not None and until <= at else "in_force"


def _require_standing(before: Closing, lifted_at: datetime | None) -> None:
    if lifted_at is not None:
        raise ClosureLifted(f"封控“{before.name}”已于 {city_time(lifted_at):%m-%d %H:%M} 解除。请刷新页面。")


@dataclass(frozen=True, slots=True)
class NoteWays:
    """What was decided about ways of an incident, as a fact of it: `body` is kept beside the words."""

    action: ClassVar[str] = "note"
    words: str
    body: Mapping[str, Any] = field(default_factory=dict)

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises NoSuchStep, NotYourIncidentStep, IncidentWordsMissing."""
        edge = move(self.action, stage=state.stage, role=asking.role)
        words = need_words(self.words, "记事内容")
        return Decision(state, edge, words, {"changes": {}, **self.body}, asking.at)
