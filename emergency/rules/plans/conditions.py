"""Trigger conditions as data: comparisons of named measurements, put together by all, any and not.

A condition is a small tree read from YAML. Nothing in it is ever run as a program: there are nine
measurements, four comparisons and three ways to put them together. Units are part of the names.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from emergency.rules.plans.ranges import Range

Status = Literal["sourced", "recalled", "assumed"]
"""How sure a value is: read in a named source, from memory and to be checked, or our assumption."""

STATUS_NAMES: dict[str, str] = {"sourced": "有出处", "recalled": "据记忆，待核", "assumed": "本项目假定"}

Colour = Literal["blue", "yellow", "orange", "red"]
COLOURS: tuple[Colour, ...] = get_args(Colour)
COLOUR_NAMES: dict[str, str] = {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"}
"""Warning levels (law Art. 63), the mildest first; neither event levels nor response levels."""

EVENT_LEVEL_NAMES: dict[int, str] = {
    1: "特别重大（Ⅰ级）",
    2: "重大（Ⅱ级）",
    3: "较大（Ⅲ级）",
    4: "一般（Ⅳ级）",
}
"""Event levels (law Art. 3); social-security events have none."""

SensorStanding = Literal["normal", "alarm", "fault"]
STANDING_NAMES: dict[str, str] = {"normal": "工作正常", "alarm": "报警", "fault": "故障"}

FIGURES: dict[str, tuple[str, str]] = {
    "deaths": ("死亡（含失踪）人数", "人"),
    "injured": ("重伤（含急性中毒）人数", "人"),
    "trapped": ("被困人数", "人"),
    "affected": ("受影响人数", "人"),
    "moved": ("需转移安置人数", "人"),
    "patients": ("病例数", "例"),
    "loss_yuan": ("直接经济损失", "元"),
    "magnitude": ("震级", "级"),
    "intensity": ("最大烈度", "度"),
    "burnt_ha": ("过火面积", "公顷"),
    "burning_h": ("明火持续时间", "小时"),
    "leaked_kg": ("泄漏量", "千克"),
    "cut_households": ("停供户数", "户"),
}
"""What is known of the incident itself, by name: words and unit."""

WHOLE = ("deaths", "injured", "trapped", "affected", "moved", "patients", "cut_households")
Code = Annotated[str, Field(min_length=1, max_length=60)]
Area = Annotated[str, Field(pattern=r"^(\d{6}|\d{9}|\d{12}|[A-Z]{2}\d{2})$")]
Quantity = tuple[str, ...]
"""What is measured, told apart from everything else: measurement, subject, window."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class _Leaf(_Data):
    """One measurement and where a number comes from."""

    status: Status | None = None
    source: str | None = None


class _Number(_Leaf):
    """A measurement compared with one or two numbers."""

    at_least: float | None = Field(default=None, allow_inf_nan=False)
    more_than: float | None = Field(default=None, allow_inf_nan=False)
    at_most: float | None = Field(default=None, allow_inf_nan=False)
    less_than: float | None = Field(default=None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _is_compared(self) -> "_Number":
        low = [value for value in (self.at_least, self.more_than) if value is not None]
        high = [value for value in (self.at_most, self.less_than) if value is not None]
        if len(low) > 1 or len(high) > 1 or not (low or high):
            raise ValueError("写下限 at_least 或 more_than，或上限 at_most 或 less_than，或上下限各一")
        return self

    @property
    def asked(self) -> Range:
        """The values at which it holds."""
        asked = Range()
        if (low := self.at_least if self.at_least is not None else self.more_than) is not None:
            asked = asked.meet(Range(low=low, is_low_open=self.at_least is None))
        if (high := self.at_most if self.at_most is not None else self.less_than) is not None:
            asked = asked.meet(Range(high=high, is_high_open=self.at_most is None))
        return asked

    def _compared(self, unit: str) -> str:
        words = (
            ("≥", self.at_least),
            (">", self.more_than),
            ("≤", self.at_most),
            ("<", self.less_than),
        )
        return "且".join(f"{sign} {value:g} {unit}" for sign, value in words if value is not None)


class Rain(_Number):
    """Rain of the worst gauge of an area, mm in so many hours up to now."""

    measure: Literal["rain_mm"]
    area: Area
    hours: float = Field(gt=0, le=24 * 30)

    @property
    def quantity(self) -> Quantity:
        """Area and window."""
        return (self.measure, self.area, f"{self.hours:g}")

    @property
    def words(self) -> str:
        """The comparison in Chinese."""
        return f"{self.area} 任一雨量站 {self.hours:g} 小时雨量 {self._compared('毫米')}"


class Flow(_Number):
    """Flow of a river at a gauge, cubic metres a second."""

    measure: Literal["flow_m3_s"]
    gauge: Code

    @property
    def quantity(self) -> Quantity:
        """The gauge."""
        return (self.measure, self.gauge)

    @property
    def words(self) -> str:
        """The comparison in Chinese."""
        return f"{self.gauge}流量 {self._compared('立方米每秒')}"


class Stage(_Number):
    """Water level at a gauge in metres, in the datum of the gauge."""

    measure: Literal["stage_m"]
    gauge: Code

    @property
    def quantity(self) -> Quantity:
        """The gauge."""
        return (self.measure, self.gauge)

    @property
    def words(self) -> str:
        """The comparison in Chinese."""
        return f"{self.gauge}水位 {self._compared('米')}"


class Silence(_Leaf):
    """A gauge has said nothing sensible for so many minutes or more."""

    measure: Literal["silence_min"]
    gauge: Code
    at_least: float = Field(gt=0, allow_inf_nan=False)

    @property
    def quantity(self) -> Quantity:
        """The gauge."""
        return (self.measure, self.gauge)

    @property
    def asked(self) -> Range:
        """Minutes without a sensible reading."""
        return Range(low=self.at_least)

    @property
    def words(self) -> str:
        """The comparison in Chinese."""
        return f"{self.gauge}中断报数 ≥ {self.at_least:g} 分钟"


class WarningColour(_Leaf):
    """The highest warning of a kind in force that concerns an area."""

    measure: Literal["warning"]
    kind: Code
    area: Area
    at_least: Colour

    @property
    def quantity(self) -> Quantity:
        """Kind and area."""
        return (self.measure, self.kind, self.area)

    @property
    def asked(self) -> Range:
        """Ranks: none 0, blue 1 to red 4."""
        return Range(low=COLOURS.index(self.at_least) + 1)

    @property
    def words(self) -> str:
        """The comparison in Chinese."""
        above = "" if self.at_least == "red" else "及以上"
        return f"{self.area} {self.kind}{COLOUR_NAMES[self.at_least]}{above}预警生效"


class Sensors(_Number):
    """How many sensors of a kind in an area stand so."""

    measure: Literal["sensors"]
    kind: Code
    area: Area
    standing: SensorStanding = "alarm"

    @property
    def quantity(self) -> Quantity:
        """Kind, area and standing."""
        return (self.measure, self.kind, self.area, self.standing)

    @property
    def asked(self) -> Range:
        """A count."""
        return _whole(super().asked)

    @property
    def words(self) -> str:
        """The comparison in Chinese."""
        return f"{self.area} {self.kind}{STANDING_NAMES[self.standing]}数 {self._compared('个')}"


class CaseCount(_Number):
    """Cases of a type (whole code or its beginning) reported in an area in the last hours."""

    measure: Literal["case_count"]
    type_code: str = Field(pattern=r"^\d{2,8}$")
    type_name: str
    area: Area
    hours: float = Field(gt=0, le=24 * 30)

    @property
    def quantity(self) -> Quantity:
        """Type, area and window."""
        return (self.measure, f"{self.type_code}/{self.area}", f"{self.hours:g}")

    @property
    def asked(self) -> Range:
        """A count."""
        return _whole(super().asked)

    @property
    def words(self) -> str:
        """The comparison in Chinese."""
        return f"{self.area} {self.hours:g} 小时内“{self.type_name}”案件 {self._compared('件')}"


class EventLevel(_Leaf):
    """The incident is of this event level (事件级别) or a graver one."""

    measure: Literal["event_level"]
    at_least: Literal[1, 2, 3, 4]

    @property
    def quantity(self) -> Quantity:
        """There is one."""
        return (self.measure,)

    @property
    def asked(self) -> Range:
        """Gravity: 一般 1 to 特别重大 4."""
        return Range(low=5 - self.at_least)

    @property
    def words(self) -> str:
        """The comparison in Chinese."""
        above = "" if self.at_least == 1 else "及以上"
        return f"事件级别为{EVENT_LEVEL_NAMES[self.at_least]}{above}"


class Figure(_Number):
    """A number known of the incident itself."""

    measure: Literal["figure"]
    name: Literal[
        "deaths", "injured", "trapped", "affected", "moved", "patients", "loss_yuan", "magnitude",
        "intensity", "burnt_ha", "burning_h", "leaked_kg", "cut_households",
    ]  # fmt: skip

    @property
    def quantity(self) -> Quantity:
        """The name."""
        return (self.measure, self.name)

    @property
    def asked(self) -> Range:
        """Whole numbers for people and households."""
        return _whole(super().asked) if self.name in WHOLE else super().asked

    @property
    def words(self) -> str:
        """The comparison in Chinese."""
        name, unit = FIGURES[self.name]
        return f"{name} {self._compared(unit)}"


def _whole(asked: Range) -> Range:
    """The same for a number that can only be whole: more than 3 is at least 4."""
    low, high = asked.low, asked.high
    if low != -float("inf"):
        low = low // 1 + 1 if asked.is_low_open or low % 1 else low
    if high != float("inf"):
        high = -(-high // 1) - 1 if asked.is_high_open or high % 1 else high
    return Range(low, high)


class AllOf(_Data):
    """Holds when every member holds."""

    members: tuple["Condition", ...] = Field(alias="all", min_length=1)

    @property
    def words(self) -> str:
        """The condition in Chinese."""
        return "同时满足：" + "；".join(_in_brackets(member) for member in self.members)


class AnyOf(_Data):
    """Holds when at least one member holds."""

    members: tuple["Condition", ...] = Field(alias="any", min_length=1)

    @property
    def words(self) -> str:
        """The condition in Chinese."""
        return "满足其一：" + "；".join(_in_brackets(member) for member in self.members)


class Not(_Data):
    """Holds when its member does not hold."""

    member: "Condition" = Field(alias="not")

    @property
    def words(self) -> str:
        """The condition in Chinese."""
        return f"不满足：{_in_brackets(self.member)}"


Leaf = Rain | Flow | Stage | Silence | WarningColour | Sensors | CaseCount | EventLevel | Figure
JOINS = {"all": AllOf, "any": AnyOf, "not": Not}


def _which(value: object) -> str | None:
    """The tag by which pydantic knows what a mapping or a model of a condition is."""
    for tag, join in JOINS.items():
        if isinstance(value, join) or (isinstance(value, dict) and tag in value):
            return tag
    measure = value.get("measure") if isinstance(value, dict) else getattr(value, "measure", None)
    return measure if isinstance(measure, str) else None


Condition = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Rain, Tag("rain_mm")]
    | Annotated[Flow, Tag("flow_m3_s")]
    | Annotated[Stage, Tag("stage_m")]
    | Annotated[Silence, Tag("silence_min")]
    | Annotated[WarningColour, Tag("warning")]
    | Annotated[Sensors, Tag("sensors")]
    | Annotated[CaseCount, Tag("case_count")]
    | Annotated[EventLevel, Tag("event_level")]
    | Annotated[Figure, Tag("figure")],
    Discriminator(_which),
]
for _join in (AllOf, AnyOf, Not):
    _join.model_rebuild()


def _in_brackets(condition: "AllOf | AnyOf | Not | Leaf") -> str:
    return condition.words if not isinstance(condition, AllOf | AnyOf) else f"（{condition.words}）"


AREA_CODE = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{12}|\d{9}|\d{6}|[A-Z]{2}\d{2})(?![0-9A-Za-z])( (?=[\u4e00-\u9fff\d]))?"
)


def with_names(text: str, names: Mapping[str, str]) -> str:
    """A sentence of conditions with names of areas in place of their codes, in Chinese or in English.

    >>> with_names("610302 暴雨红色预警生效", {"610302": "渭滨区"})
    '渭滨区暴雨红色预警生效'
    >>> with_names("red rainstorm warning in force for 610302", {"610302": "渭滨区"})
    'red rainstorm warning in force for 渭滨区'
    """

    def name(found: re.Match[str]) -> str:
        return names.get(found[0].rstrip(), found[0])

    return AREA_CODE.sub(name, text)


def leaves(condition: "AllOf | AnyOf | Not | Leaf") -> Iterator[Leaf]:
    """Every comparison of a condition, from left to right."""
    if isinstance(condition, AllOf | AnyOf):
        for member in condition.members:
            yield from leaves(member)
    elif isinstance(condition, Not):
        yield from leaves(condition.member)
    else:
        yield condition
