"""What is asked when people are led to shelters: the zone, how long they stay, how they go."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from emergency.rules.sheltering.shelters import Stay
from web.way_shapes import MOST_TYPED, Drawn

WAYS_NAMES = {"on_foot": "步行", "bus": "乘车", "both": "步行或乘车"}
WaysAsked = Literal["on_foot", "bus", "both"]
HAZARD_OF_KIND = {
    "hazmat": "toxic_release", "flood": "flood", "earthquake": "earthquake", "forest_fire": "forest_fire",
    "gas": "explosion", "storm": "storm",
}  # fmt: skip


class ShelteringAsked(BaseModel):
    """A zone (a kept area of effect, that of a kept plan, or drawn), and how its people are led out of it."""

    model_config = ConfigDict(extra="ignore")

    effect: int | None = Field(None, ge=1, lt=2**31, title="影响范围")
    kept: int | None = Field(None, ge=1, lt=2**31, title="已记入的方案")
    drawn: Drawn = Field("area", title="画法")
    vertices: str = Field("", max_length=MOST_TYPED, title="图形")
    stay: Stay = Field("temporary", title="避难时长")
    hazard: str = Field("", max_length=40, title="灾害")
    go: WaysAsked = Field("both", title="交通方式")
    seats: int = Field(45, ge=1, le=300, title="每车座位")
    whole: bool = Field(False, title="整体转移")
    moment: Literal["now", "day", "night", "weekend", "resident"] = Field("resident", title="人数时段")
    exits_per_min: float | None = Field(None, gt=0, le=100_000, title="出口每分钟通过人数")
    days: float = Field(3.0, gt=0, le=365, title="物资天数")
