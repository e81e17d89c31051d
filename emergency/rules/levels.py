"""Classes and levels of incidents: the worst criterion decides, a person confirms.

Three scales that are three types and never mixed: the event level (事件级别), the warning level (预警级别), a
colour, and the response level (响应级别).
Source: 突发事件应对法 (2024), articles 2, 3, 63 and 71; order 493, articles 3 and 12.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from typing import Literal

ClassCode = Literal["natural", "accident", "health", "security"]
Status = Literal["sourced", "recalled", "assumed", "default"]
STATUS_NAMES: dict[Status, str] = {
    "sourced": "有出处",
    "recalled": "据记忆，待核",
    "assumed": "本项目假定",
    "default": "默认值，待本市确定",
}


class EventLevel(IntEnum):
    """The level of an event (事件级别); 1 is the gravest."""

    ESPECIALLY_MAJOR = 1
    MAJOR = 2
    LARGER = 3
    ORDINARY = 4

    @property
    def words(self) -> str:
        """The level as it is written, with its numeral.

        >>> EventLevel.LARGER.words
        'Ⅲ级（较大）'
        """
        return f"{LEVEL_NUMERALS[self]}级（{LEVEL_NAMES[self]}）"


class WarningLevel(StrEnum):
    """The level of a warning (预警级别): its colour, written as warnings write it (law, article 63)."""

    RED = "Red"
    ORANGE = "Orange"
    YELLOW = "Yellow"
    BLUE = "Blue"


class ResponseLevel(IntEnum):
    """How much is set in motion (响应级别, law, article 71); one is the highest."""

    ONE = 1
    TWO = 2
    THREE = 3
    FOUR = 4


LEVEL_NAMES: dict[EventLevel, str] = {
    EventLevel.ESPECIALLY_MAJOR: "特别重大",
    EventLevel.MAJOR: "重大",
    EventLevel.LARGER: "较大",
    EventLevel.ORDINARY: "一般",
}
LEVEL_NUMERALS: dict[EventLevel, str] = {
    EventLevel.ESPECIALLY_MAJOR: "Ⅰ",
    EventLevel.MAJOR: "Ⅱ",
    EventLevel.LARGER: "Ⅲ",
    EventLevel.ORDINARY: "Ⅳ",
}


@dataclass(frozen=True, slots=True)
class Toll:
    """What an incident has cost so far; None is not known, 0 is none."""

    dead: int | None = None
    missing: int | None = None
    seriously_injured: int | None = None
    injured: int | None = None
    trapped: int | None = None
    moved: int | None = None
    loss_yuan: int | None = None

    def words(self) -> str:
        """The toll in words; what is not known is left out.

        >>> Toll(dead=2, injured=5).words()
        '死亡 2 人，受伤 5 人'
        >>> Toll().words()
        '伤亡和损失尚不清楚'
        """
        said = [
            f"{TOLL_NAMES[one.name]} {value} {TOLL_UNITS.get(one.name, '人')}"
            for one in fields(self)
            if (value := getattr(self, one.name)) is not None
        ]
        return "，".join(said) or "伤亡和损失尚不清楚"

    def as_data(self) -> dict[str, int | None]:
        """The numbers by name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


TOLL_NAMES: dict[str, str] = {
    "dead": "死亡",
    "missing": "失踪",
    "seriously_injured": "重伤（含急性中毒）",
    "injured": "受伤",
    "trapped": "被困",
    "moved": "转移安置",
    "loss_yuan": "直接经济损失",
}
TOLL_UNITS: dict[str, str] = {"loss_yuan": "元"}


@dataclass(frozen=True, slots=True)
class Criterion:
    """From which numbers on an incident of some classes is of which level; the number itself counts."""

    name: str
    classes: tuple[str, ...]
    source: str
    status: Status
    dead: Mapping[int, int]
    seriously_injured: Mapping[int, int]
    loss_yuan: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The level a rule proposes, with what it rests on; None where levels are not set."""

    level: EventLevel | None
    reasons: tuple[str, ...]
    source: str
    status: Status


def propose_level(toll: Toll, class_code: str, criteria: Sequence[Criterion]) -> Proposal:
    """The level by the worst of deaths, serious injuries and loss. The missing count with the dead, as in the
    casualties of a first report (order 493, article 12). Social-security events have none (law, article 3).
    """
    rule = next((one for one in criteria if class_code in one.classes), None)
    if rule is None:
        return Proposal(None, ("社会安全事件不分级",), "突发事件应对法第三条", "sourced")
    lost = None if toll.dead is None and toll.missing is None else (toll.dead or 0) + (toll.missing or 0)
    words = "死亡" if not toll.missing else "死亡和失踪"
    judged = [
        _judged(words, lost, "人", rule.dead),
        _judged("重伤", toll.seriously_injured, "人", rule.seriously_injured),
        _judged("直接经济损失", toll.loss_yuan, "元", rule.loss_yuan),
    ]
    known = [one for one in judged if one is not None]
    if not known:
        return Proposal(EventLevel.ORDINARY, ("伤亡和损失尚不清楚，暂按一般",), rule.source, rule.status)
    worst = min(level for level, _ in known)
    said = tuple(words for level, words in known if level == worst)
    return Proposal(worst, said, rule.source, rule.status)


def _judged(
    name: str, value: int | None, unit: str, limits: Mapping[int, int]
) -> tuple[EventLevel, str] | None:
    if value is None:
        return None
    reached = [level for level in sorted(limits) if value >= limits[level]]
    if not reached:
        return EventLevel.ORDINARY, f"{name} {value} {unit}，未达到较大的 {limits[max(limits)]} {unit}"
    level = EventLevel(reached[0])
    return level, f"{name} {value} {unit}，达到{LEVEL_NAMES[level]}的 {limits[reached[0]]} {unit}"
