"""The scenes of the wall, and calling one: from a desk or a phone to every wall of that name, at once.

A call travels as NOTIFY to the live stream of every process. It is kept in memory as long as it holds, so
that a wall that was away for a moment still shows it; nothing of it is written down.
"""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.errors import BadInput
from web.live import SCENE_CHANNEL

SceneName = Literal["overview", "overdue", "hot", "district", "case", "people", "walked"]
SCENES: dict[SceneName, str] = {
    "overview": "全市概览",
    "overdue": "超期案件",
    "hot": "热点网格",
    "district": "区县",
    "case": "案件",
    "people": "人员与车辆",
    "walked": "巡查覆盖",
}
RESUME = "rotate"
"""Instead of a scene: the wall goes on by itself."""
CALLERS = ("leader", "duty_chief", "dispatcher")
"""Posts that may call a scene."""
MAIN_WALL = "main"
HOLDS = timedelta(minutes=3)
"""How long a called scene stays before the wall goes on by itself."""
_NAME = re.compile(r"[a-z0-9-]{1,24}", re.ASCII)


class BadScene(BadInput):
    """There is no such scene, or it lacks what it is to show."""

    code = "bad_scene"


class SceneSent(BaseModel):
    """A scene as somebody calls it."""

    model_config = ConfigDict(extra="ignore")

    scene: str = Field(max_length=12, title="场景")
    case_no: str = Field("", max_length=40, title="案卷号")
    district: str = Field("", max_length=6, title="区县代码")
    wall: str = Field(MAIN_WALL, max_length=24, title="大屏名称")


@dataclass(frozen=True, slots=True)
class Called:
    """A scene that was called, as walls are told: for which wall, what, by whom, when and until when."""

    wall: str
    scene: str
    case_no: str
    district: str
    by: str
    at: str
    until: str


def read_wall_name(words: str) -> str:
    """The name of a wall; BadScene for one that no address could carry.

    >>> read_wall_name("east-2")
    'east-2'
    """
    if not _NAME.fullmatch(words):
        raise BadScene("大屏名称只能用小写字母、数字和连字符，最多 24 个字符。", fields=["wall"])
    return words


def read_call(sent: SceneSent, districts: tuple[str, ...], *, by: str, at: datetime) -> Called:
    """What somebody calls, checked; whether the case exists is for the caller to look up.

    :raises BadScene: for a scene there is none of, a case or district that is missing.
    """
    if sent.scene not in (*SCENES, RESUME):
        raise BadScene("没有这个场景，请从列表中选择。", fields=["scene"])
    if sent.scene == "case" and not sent.case_no.strip():
        raise BadScene("请写明要投到大屏的案卷号。", fields=["case_no"])
    if sent.scene == "district" and sent.district not in districts:
        raise BadScene("没有这个区县，请从列表中选择。", fields=["district"])
    return Called(
        wall=read_wall_name(sent.wall),
        scene=sent.scene,
        case_no=sent.case_no if sent.scene == "case" else "",
        district=sent.district if sent.scene == "district" else "",
        by=by,
        at=at.isoformat(),
        until=(at + HOLDS).isoformat(),
    )


def tell(session: Session, called: Called) -> None:
    """Tell every process, when the transaction is committed."""
    payload = json.dumps(asdict(called), ensure_ascii=False)
    session.execute(_NOTIFY, {"channel": SCENE_CHANNEL, "payload": payload})


_NOTIFY = text("SELECT pg_notify(:channel, :payload)")
