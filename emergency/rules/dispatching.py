"""Whom to send to one incident: by travel time, then skills, then rest, then the coverage left behind.

Times within one band count as equal: a unit twenty seconds nearer is no reason to send the wrong one.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emergency.rules.ids import require_unique
from gis_core.errors import BadInput

DEFAULT_BAND_S = 60.0

LEFT_OUT_WORDS: Mapping[str, str] = {
    "no_way": "没有路可到",
    "lacks_skills": "缺少必需技能：{lacking}",
    "tired": "休息不足：{rested} 小时，至少 {least} 小时",
    "crew_short": "在岗 {crew} 人，少于最低 {least} 人",
}
REASON_WORDS: Mapping[str, str] = {
    "travel": "{minutes} 分钟到达",
    "skills": "具备 {matched}/{wanted} 项所需技能",
    "no_skills_asked": "未要求技能",
    "rest": "已休息 {rested} 小时",
    "coverage": "派出后 {people} 人暂无覆盖",
}
"""What a line of the ranking says; each stands in the catalogue of translations."""


class BadDispatching(BadInput):
    """A band, a rest or a time that cannot be."""

    code = "bad_dispatching"


@dataclass(frozen=True, slots=True)
class Resource:
    """A team or vehicle: seconds to the incident (infinite: no way), what it can do, how fresh it is.

    `uncovered_people` are those who have nobody within the limit once it leaves
    (emergency.rules.siting.coverage.lost_without).
    """

    id: str
    name: str
    travel_s: float
    skills: frozenset[str] = frozenset()
    rested_h: float = math.inf
    crew: int = 1
    least_crew: int = 1
    uncovered_people: float = 0.0

    def __post_init__(self) -> None:
        if not (self.travel_s >= 0 and self.rested_h >= 0 and self.uncovered_people >= 0):
            raise BadDispatching(f"“{self.name}”的用时、休息时间或覆盖人数不能小于零。请改正。", id=self.id)


@dataclass(frozen=True, slots=True)
class Demand:
    """What the incident asks for: skills without which nobody is sent, and those that are wished for."""

    must_have: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()
    least_rest_h: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A resource at its rank, with each reason in the order in which they count."""

    rank: int
    resource: Resource
    why: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """A resource that cannot be sent, with every reason."""

    resource: Resource
    codes: tuple[str, ...]
    why: str


def rank(
    resources: Sequence[Resource], demand: Demand, *, band_s: float = DEFAULT_BAND_S
) -> tuple[tuple[Ranked, ...], tuple[NotSent, ...]]:
    """Those who can be sent, best first, and those who cannot, with reasons.

    :raises BadDispatching: when the band is below zero; zero compares to the second.
    """
    require_unique([one.id for one in resources], what="力量")
    if not 0 <= band_s < math.inf:
        raise BadDispatching("到达时间的分档不能小于零。请改正。")
    kept_back = {one.id: refused for one in resources if (refused := _refusals(one, demand))}
    able = sorted(
        (one for one in resources if one.id not in kept_back), key=lambda one: _key(one, demand, band_s)
    )
    return (
        tuple(Ranked(place, one, _reasons(one, demand)) for place, one in enumerate(able, start=1)),
        tuple(
            NotSent(one, tuple(kept_back[one.id]), "；".join(kept_back[one.id].values()))
            for one in resources
            if one.id in kept_back
        ),
    )


def _key(one: Resource, demand: Demand, band_s: float) -> tuple[float, int, float, float, float, str]:
    band = math.floor(one.travel_s / band_s) if band_s else one.travel_s
    matched = len(one.skills & demand.wanted)
    return (band, -matched, -one.rested_h, one.uncovered_people, one.travel_s, one.id)


def _refusals(one: Resource, demand: Demand) -> dict[str, str]:
    found: dict[str, str] = {}
    if math.isinf(one.travel_s):
        found["no_way"] = LEFT_OUT_WORDS["no_way"]
    if lacking := demand.must_have - one.skills:
        found["lacks_skills"] = LEFT_OUT_WORDS["lacks_skills"].format(lacking="、".join(sorted(lacking)))
    if one.rested_h < demand.least_rest_h:
        told = {"rested": f"{one.rested_h:g}", "least": f"{demand.least_rest_h:g}"}
        found["tired"] = LEFT_OUT_WORDS["tired"].format(**told)
    if one.crew < one.least_crew:
        found["crew_short"] = LEFT_OUT_WORDS["crew_short"].format(crew=one.crew, least=one.least_crew)
    return found


def _reasons(one: Resource, demand: Demand) -> str:
    asked = demand.must_have | demand.wanted
    told = [REASON_WORDS["travel"].format(minutes=math.ceil(one.travel_s / 60))]
    if asked:
        told.append(REASON_WORDS["skills"].format(matched=len(one.skills & asked), wanted=len(asked)))
    else:
        told.append(REASON_WORDS["no_skills_asked"])
    if math.isfinite(one.rested_h):
        told.append(REASON_WORDS["rest"].format(rested=f"{one.rested_h:g}"))
    told.append(REASON_WORDS["coverage"].format(people=f"{one.uncovered_people:,.0f}"))
    return "；".join(told)
