"""Resources of an incident on their way: called, on the way, arrived, released; one table."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from emergency.rules.facts import Fact
from gis_core.errors import BadInput, Conflict

ResourceState = Literal["called", "on_way", "arrived", "released"]
STATE_NAMES: dict[ResourceState, str] = {
    "called": "已调派",
    "on_way": "途中",
    "arrived": "到场",
    "released": "已撤离",
}
NEXT: dict[ResourceState | None, tuple[ResourceState, ...]] = {
    None: ("called", "on_way", "arrived"),
    "called": ("on_way", "arrived", "released"),
    "on_way": ("arrived", "released"),
    "arrived": ("released",),
    "released": ("called",),
}
"""What may follow what; somebody may write down late, so that steps are left out."""
KINDS: dict[str, str] = {
    "team": "队伍",
    "vehicle": "车辆",
    "warehouse": "物资",
    "expert": "专家",
    "helipad": "直升机",
    "other": "其他",
}


class BadResource(BadInput):
    """A resource without name, of no kind, or in no state."""

    code = "room_bad_resource"


class ResourceStepNotNow(Conflict):
    """The resource has moved on."""

    code = "room_resource_step_not_now"


@dataclass(frozen=True, slots=True)
class OnTheMove:
    """A resource as it stands, with the moment of each state it went through since it was called last."""

    code: str
    name: str
    kind: str
    state: ResourceState
    place: str
    times: tuple[tuple[ResourceState, datetime], ...]

    @property
    def steps(self) -> tuple[ResourceState, ...]:
        """What may follow."""
        return NEXT[self.state]

    @property
    def at(self) -> datetime:
        """Since when it stands so."""
        return self.times[-1][1]


def read_state(word: str) -> ResourceState:
    """A state by its word.

    :raises BadResource: when there is none.
    """
    for state in get_args(ResourceState):
        if state == word:
            known: ResourceState = state
            return known
    raise BadResource("请选择已调派、途中、到场或已撤离。", field="state")


def list_resources_of(facts: Iterable[Fact]) -> tuple[OnTheMove, ...]:
    """The resources of an incident after its facts, in the order in which they were called first."""
    found: dict[str, OnTheMove] = {}
    for fact in facts:
        told = fact.body.get("resource")
        if told is None:
            continue
        state: ResourceState = told["state"]
        before = found.get(told["code"])
        is_anew = before is None or before.state == "released"
        times = () if before is None or is_anew else before.times
        now = OnTheMove(
            told["code"],
            told["name"],
            told["kind"],
            state,
            told.get("place") or "",
            (*times, (state, fact.happened_at)),
        )
        found[now.code] = now if before is None else replace(now, place=now.place or before.place)
    return tuple(found.values())


def need_step(before: OnTheMove | None, to: ResourceState) -> None:
    """Refuse a step that cannot follow.

    :raises ResourceStepNotNow: saying where the resource stands.
    """
    if to not in NEXT[before.state if before else None]:
        now = STATE_NAMES[before.state] if before else "未调派"
        told = f"这支力量现在是“{now}”，不能记为“{STATE_NAMES[to]}”。请刷新后查看。"
        raise ResourceStepNotNow(told)
