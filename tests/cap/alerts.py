"""Warnings for tests: one that is right in every way, and what to compare documents with."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from lxml import etree

from emergency.cap.messages import (
    Alert,
    Area,
    Category,
    Certainty,
    Info,
    MsgType,
    Named,
    Response,
    Severity,
    Status,
    Urgency,
)
from emergency.cap.scales import Scales, headline
from emergency.rules.levels import ResponseLevel, WarningLevel
from gis_core.clock import CITY_ZONE
from gis_core.places import LonLat

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "cap12.xsd"))
SENT = datetime(2025, 7, 17, 0, 45, tzinfo=CITY_ZONE)
SENDER = "yjj.baoji.example"
SQUARE = tuple(
    LonLat(lon, lat)
    for lat, lon in [(34.34, 107.12), (34.34, 107.13), (34.32, 107.13), (34.32, 107.12), (34.34, 107.12)]
)
RIVERSIDE = Area("渭滨区清姜河两岸", polygons=(SQUARE,), geocodes=(Named("GB/T 2260", "610302"),))
FLOOD = Info(
    (Category.MET,),
    "洪水",
    Urgency.IMMEDIATE,
    Severity.SEVERE,
    Certainty.OBSERVED,
    responses=(Response.EVACUATE,),
    expires=SENT + timedelta(hours=6),
    sender_name="宝鸡市防汛抗旱指挥部",
    headline=headline("宝鸡市防汛抗旱指挥部", "洪水", WarningLevel.ORANGE),
    description="清姜河益门镇站水位快速上涨。",
    instruction="按网格员指引前往避难场所。",
    parameters=Scales(WarningLevel.ORANGE, response=ResponseLevel.THREE).as_parameters(),
    areas=(RIVERSIDE,),
)


def number(n: int) -> str:
    return f"urn:oid:2.49.0.1.156.0.610300.2025.7.17.0.45.0.{n}"


WARNING = Alert(number(1), SENDER, SENT, Status.ACTUAL, MsgType.ALERT, infos=(FLOOD,))


def flood(**changes: object) -> Alert:
    """The warning with something else in its block."""
    return replace(WARNING, infos=(replace(FLOOD, **changes),))


def area(**changes: object) -> Alert:
    """The warning with something else in its area."""
    return flood(areas=(replace(RIVERSIDE, **changes),))
