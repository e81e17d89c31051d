"""The scenes of the wall, and calling one: from a desk or a phone to every wall of that name, at once.

A call travels as NOTIFY to the live stream of every process. It is kept in memory as long as it holds, so
that a wall that was away for a moment still shows it; nothing of it is written down.
"""

import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.errors import BadInput
from web.live import SCENE_CHANNEL, Hub

SceneName = Literal[
    "overview",
    "overdue",
    "hot",
    "district",
    "case",
    "people",
    "walked",
    "camera",
    "tour",
    "replay",
    "incident",
]
SCENES: dict[SceneName, str] = {
    "overview": "全市概览",
    "overdue": "超期案件",
    "hot": "热点网格",
    "district": "区县",
    "case": "案件",
    "people": "人员与车辆",
    "walked": "巡查覆盖",
    "camera": "视频",
    "tour": "视频巡查",
    "replay": "回放",
    "incident": "突发事件",
}
RESUME = "rotate"
"""Instead of a scene: the wall goes on by itself."""
CALLERS = ("leader", "duty_chief", "dispatcher", "duty_officer", "commander")
"""Posts that may call a scene."""
MAIN_WALL = "main"
HOLDS = timedelta(minutes=3)
"""How long a called scene stays before the wall goes on by itself."""
LONGEST = timedelta(minutes=30)
"""How long a tour or a replay stays at most."""
_NAME = re.compile(r"[a-z0-9-]{1,24}", re.ASCII)


class BadScene(BadInput):
    """There is no such scene, or it lacks what it is to show."""

    code = "bad_scene"


class SceneSent(BaseModel):
    """A scene as somebody calls it."""

    model_config = ConfigDict(extra="ignore")

    scene: str = Field(max_length=12, title="场景")
    case_no: str = Field("", max_length=40, title="案卷号")
    incident_no: str = Field("", max_length=24, title="突发事件编号")
    district: str = Field("", max_length=6, title="区县代码")
    camera: str = Field("", max_length=40, title="摄像机编号")
    tour: str = Field("", max_length=18, title="巡查路线编号")
    since: str = Field("", alias="from", max_length=40, title="开始时刻")
    until: str = Field("", alias="to", max_length=40, title="结束时刻")
    speed: str = Field("60", max_length=6, title="倍速")
    at: str = Field("0", max_length=12, title="时刻")
    wall: str = Field(MAIN_WALL, max_length=24, title="大屏名称")


@dataclass(frozen=True, slots=True)
class Called:
    """A scene that was called, as walls are told: for which wall, what, by whom, when and until when.

    `stops` are cameras with the seconds of each, `title` the tour's name; `replay` is what the address of a
    replay asks for: of a span of the city, or with `incident_no` of an incident.
    """

    wall: str
    scene: str
    case_no: str
    district: str
    by: str
    by_id: int
    at: str
    until: str
    title: str = ""
    stops: tuple[tuple[str, int], ...] = ()
    replay: str = ""
    incident_no: str = ""

    @property
    def holds_s(self) -> float:
        """How long it holds, unless something else is called."""
        return (datetime.fromisoformat(self.until) - datetime.fromisoformat(self.at)).total_seconds()

    def lasting(self, how_long: timedelta) -> "Called":
        """The same until so long after it was called, at most half an hour."""
        until = datetime.fromisoformat(self.at) + min(how_long, LONGEST)
        return replace(self, until=until.isoformat())


def read_wall_name(words: str) -> str:
    """The name of a wall; BadScene for one that no address could carry.

    >>> read_wall_name("east-2")
    'east-2'
    """
    if not _NAME.fullmatch(words):
        raise BadScene("大屏名称只能用小写字母、数字和连字符，最多 24 个字符。", fields=["wall"])
    return words


def read_call(
    sent: SceneSent, districts: tuple[str, ...], *, by: str, at: datetime, by_id: int = 0
) -> Called:
    """What somebody calls, checked; what is looked up for it is told by `wall_calling.look_up`.

    :raises BadScene: for a scene there is none of, a case, incident or district that is missing.
    """
    if sent.scene not in (*SCENES, RESUME):
        raise BadScene("没有这个场景，请从列表中选择。", fields=["scene"])
    if sent.scene == "case" and not sent.case_no.strip():
        raise BadScene("请写明要投到大屏的案卷号。", fields=["case_no"])
    if sent.scene == "incident" and not sent.incident_no.strip():
        raise BadScene("请写明要投到大屏的突发事件编号。", fields=["incident_no"])
    if sent.scene == "district" and sent.district not in districts:
        raise BadScene("没有这个区县，请从列表中选择。", fields=["district"])
    return Called(
        wall=read_wall_name(sent.wall),
        scene=sent.scene,
        case_no=sent.case_no if sent.scene == "case" else "",
        district=sent.district if sent.scene == "district" else "",
        by=by,
        by_id=by_id,
        at=at.isoformat(),
        until=(at + HOLDS).isoformat(),
        incident_no=sent.incident_no.strip() if sent.scene in ("incident", "replay") else "",
    )


def tell(session: Session, called: Called) -> None:
    """Tell every process, when the transaction is committed."""
    payload = json.dumps(asdict(called), ensure_ascii=False)
    session.execute(_NOTIFY, {"channel": SCENE_CHANNEL, "payload": payload})


def list_held(hub: Hub, at: datetime) -> list[Called]:
    """What was called for each wall and still holds; the newest first."""
    return [_read(payload) for payload in reversed(hub.held_calls(at))]


def _read(payload: str) -> Called:
    told = json.loads(payload)
    stops = tuple((code, seconds) for code, seconds in told.pop("stops", ()))
    return Called(**told, stops=stops)


_NOTIFY = text("SELECT pg_notify(:channel, :payload)")
