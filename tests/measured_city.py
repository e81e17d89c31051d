"""A city with a rain gauge, a river gauge and detectors: readings, and the sweep that looks at them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from cases.notices.wording import NoticeBook
from emergency.measurements.operations import Measurements, Taken
from emergency.measurements.situations import Situations
from emergency.measurements.store import Brought
from emergency.measurements.watching import Watching
from emergency.rules.readings import AlertLine, Instrument
from emergency.warnings.concerning import Concerns
from gis_core.db import Sessions
from tests.case_city import FRIDAY_MORNING, baoji
from tests.incident_city import PLANE

NOW = FRIDAY_MORNING
WARNING_FLOW = AlertLine("flow_m3_s", 300, "警戒流量")
RIVER = Instrument("G-YM", "益门镇站", "水文站", ("610302",), ("flow_m3_s", "stage_m"), (WARNING_FLOW,))
RAIN = Instrument("G-QJ", "清姜雨量站", "雨量站", ("610302",), ("rain_mm",))
DETECTORS = tuple(
    Instrument(f"S-{n}", f"{n}号氯气探测器", "有毒气体探测器", ("610303",), ("standing",)) for n in (1, 2, 3)
)
ALL = (RIVER, RAIN, *DETECTORS)


def instruments(_: Session) -> tuple[Instrument, ...]:
    """What is registered."""
    return ALL


def situations() -> Situations:
    """Where what is known comes from."""
    return Situations(instruments, Concerns.of(baoji(), PLANE))


def watching(sessions: Sessions) -> Watching:
    """The sweep."""
    return Watching(sessions, PLANE, situations(), NoticeBook.load(baoji()))


def ago(minutes: float) -> datetime:
    """So many minutes before Friday morning."""
    return NOW - timedelta(minutes=minutes)


def flow(value: object, minutes: float = 0, **said: object) -> dict[str, object]:
    """A reading of the river gauge as it is sent."""
    sent = {"instrument": "G-YM", "measure": "flow_m3_s", "at": ago(minutes).isoformat(), "value": value}
    return sent | said


def rain(mm: float, minutes: float = 0, *, lasted_min: float = 60) -> dict[str, object]:
    """Rain of an interval that ended so many minutes ago."""
    at = ago(minutes).isoformat()
    return {"instrument": "G-QJ", "measure": "rain_mm", "at": at, "value": mm, "minutes": lasted_min}


def stands(value: str, *codes: str, minutes: float = 0) -> list[dict[str, object]]:
    """How detectors say that they stand."""
    at = ago(minutes).isoformat()
    return [{"instrument": code, "measure": "standing", "at": at, "value": value} for code in codes]


def all_is_well(minutes: float = 0) -> list[dict[str, object]]:
    """A quiet moment: every instrument speaks, nothing happens."""
    return [flow(20, minutes), rain(0, minutes), *stands("normal", "S-1", "S-2", "S-3", minutes=minutes)]


def take(
    sessions: Sessions, *sent: object, minutes: float = 0, is_drill: bool = False, channel: str = "水文系统"
) -> Taken:
    """Bring readings, so many minutes before Friday morning."""
    brought = Brought(ago(minutes), channel, is_drill=is_drill)
    return Measurements(sessions, instruments).take(sent, brought)


def rows(sessions: Sessions, question: str, **asked: object) -> list[Mapping[str, object]]:
    """What the database answers."""
    with sessions() as session:
        return [dict(row) for row in session.execute(text(question), asked).mappings()]
