"""What is asked about roads and said of closures, as forms and addresses carry it."""

from typing import Annotated, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from emergency.rules.resources import ResourceKind
from web.incident_work import Moment
from web.way_shapes import MOST_TYPED, Drawn

ProfileName = Literal["public", "responder"]
Direction = Literal["from", "towards"]
DIRECTION_NAMES = {"towards": "到这里", "from": "从这里"}
MINUTES = (5.0, 10.0, 15.0)
MOST_NEAREST = 50
MOST_MATRIX = 100
PlaceText = Annotated[str, Field(max_length=60)]


def _listed(value: object) -> object:
    """Values that an address gives once or several times, or parted by commas."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list | tuple):
        return [part for one in value for part in str(one).split(",") if part.strip()]
    return value


Minutes = Annotated[tuple[float, ...], BeforeValidator(_listed)]
Kinds = Annotated[tuple[ResourceKind, ...], BeforeValidator(_listed)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="ignore")


class RoadsAsked(_Asked):
    """Who drives, when, and in whose incident: that of a drill obeys its own closures too."""

    profile: ProfileName = Field("public", title="通行对象")
    at: Moment = Field(None, title="出发时刻")
    incident_no: str = Field("", max_length=24, title="突发事件编号")


class RouteAsked(RoadsAsked):
    """A way from one place to another; `wait` obeys closures as they begin and end under way."""

    start: PlaceText = Field(title="起点")
    end: PlaceText = Field(title="终点")
    wait: bool = Field(False, title="等候封控解除")


class AreasAsked(RoadsAsked):
    """Where one gets to, or from where one is here, within some minutes."""

    place: PlaceText = Field(title="地点")
    minutes: Annotated[tuple[float, ...], BeforeValidator(_listed)] = Field(
        MINUTES, max_length=8, title="分钟"
    )
    direction: Direction = Field("towards", title="方向")


class NearestAsked(RoadsAsked):
    """Which resources are soonest at a place; all of the kinds, or only those that are available."""

    place: PlaceText = Field(title="地点")
    kinds: Kinds = Field(("team",), max_length=11, title="资源类别")
    count: int = Field(5, ge=1, le=MOST_NEAREST, title="数量")
    every: bool = Field(False, title="包括不可用的")


class MatrixAsked(RoadsAsked):
    """All times from some places to others, each list parted by semicolons."""

    origins: str = Field(max_length=MOST_MATRIX * 40, title="起点")
    places: str = Field(max_length=MOST_MATRIX * 40, title="终点")


class CoverAsked(RoadsAsked):
    """Who still covers what when units leave: codes of those that leave, among all of some kinds."""

    kinds: Kinds = Field(("team",), max_length=11, title="资源类别")
    leaving: Annotated[tuple[str, ...], BeforeValidator(_listed)] = Field(
        (), max_length=50, title="调离的资源"
    )
    minutes: Annotated[tuple[float, ...], BeforeValidator(_listed)] = Field(
        MINUTES, max_length=8, title="分钟"
    )


class ClosuresAsked(_Asked):
    """Which closures: of one incident or all, with those that are over when asked."""

    incident_no: str = Field("", max_length=24, title="突发事件编号")
    past: bool = Field(False, title="包括已解除的")


class ClosureSent(_Asked):
    """The form of a closure; `effect` is a kept area of effect that becomes one."""

    client_id: UUID = Field(default_factory=uuid4, title="提交编号")
    name: str = Field("", max_length=60, title="名称")
    why: str = Field("", max_length=500, title="原因")
    drawn: Drawn = Field("area", title="画法")
    vertices: str = Field("", max_length=MOST_TYPED, title="图形")
    begins_at: Moment = Field(None, title="开始时间")
    ends_at: Moment = Field(None, title="结束时间")
    may_enter: tuple[str, ...] = Field((), max_length=4, title="可进入")
    is_drill: bool = Field(False, title="演练")
    effect: int | None = Field(None, ge=1, lt=2**31, title="影响范围")


class ChangeSent(ClosureSent):
    """The form of a closure that is changed."""

    closure_id: int = Field(ge=1, lt=2**63, title="封控")
    revision: int = Field(ge=1, lt=2**31, title="页面版本")


class LiftSent(_Asked):
    """The form that lifts a closure."""

    closure_id: int = Field(ge=1, lt=2**63, title="封控")
    revision: int = Field(ge=1, lt=2**31, title="页面版本")
    words: str = Field("", max_length=500, title="解除的理由")
