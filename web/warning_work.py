"""What pages do to warnings: from the fields of a form to the blocks of a message, and back."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Literal
from uuid import UUID

import shapely
from pydantic import BaseModel, ConfigDict, Field

from emergency.cap.event_kinds import EventKinds
from emergency.cap.messages import (
    Area,
    Category,
    Certainty,
    Circle,
    Info,
    Named,
    Response,
    Ring,
    Urgency,
)
from emergency.cap.scales import SEVERITIES, Scales, headline, scales_of
from emergency.cap.zones import publish_zone
from emergency.incidents.reading import get_incident
from emergency.rules.levels import WarningLevel
from emergency.warning_measures import Measures, load_measures
from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.errors import BadInput
from gis_core.messages.getting import Getter
from gis_core.messages.posting import Allowed
from gis_core.places import LonLat
from gis_core.shapes import PlaneMultiPolygon, PlanePolygon
from grid.city import City
from grid.divisions import read_boundaries, read_divisions
from web.incident_work import Moment
from web.settings import Settings
from web.wiring import NATION, Wiring

PUBLISHES = ("duty_officer", "commander")
"""Posts that may publish, update and cancel warnings."""
LAWS_MEASURE = "law-measure"
DIVISION_CODE = "GB/T 2260"
LIFE_PROPOSED = timedelta(hours=12)
MOST_POINTS = 200
URGENCY_NAMES: Mapping[Urgency, str] = {
    Urgency.IMMEDIATE: "立即行动",
    Urgency.EXPECTED: "一小时内行动",
    Urgency.FUTURE: "近期行动",
}
CERTAINTY_NAMES: Mapping[Certainty, str] = {
    Certainty.OBSERVED: "已经发生",
    Certainty.LIKELY: "很可能发生",
    Certainty.POSSIBLE: "可能发生",
}
RESPONSE_NAMES: Mapping[Response, str] = {
    Response.SHELTER: "就地避险",
    Response.EVACUATE: "撤离转移",
    Response.PREPARE: "做好准备",
    Response.AVOID: "避开危险区域",
    Response.MONITOR: "关注最新信息",
}
CATEGORY_NAMES: Mapping[Category, str] = {
    Category.MET: "气象水文",
    Category.GEO: "地震地质",
    Category.SAFETY: "公共安全",
    Category.FIRE: "火灾",
    Category.HEALTH: "公共卫生",
    Category.ENV: "环境污染",
    Category.TRANSPORT: "交通运输",
    Category.INFRA: "基础设施",
    Category.CBRNE: "危险化学品、核与辐射",
    Category.OTHER: "其他",
}
AREA_NAMES: Mapping[str, str] = {
    "division": "按行政区划",
    "circle": "突发事件周围",
    "drawn": "在地图上画，或写坐标",
}


class BadWarningArea(BadInput):
    """The area of a warning is not there, or cannot be read."""

    code = "bad_warning_area"


class WarningSent(BaseModel):
    """The form of a warning."""

    model_config = ConfigDict(extra="ignore")

    client_id: UUID = Field(title="编号")
    event_code: str = Field("", max_length=12, title="种类")
    event: str = Field("", max_length=35, title="事件名称")
    category: Category = Field(Category.OTHER, title="类别")
    colour: WarningLevel = Field(title="预警级别")
    urgency: Urgency = Field(Urgency.EXPECTED, title="紧急程度")
    certainty: Certainty = Field(Certainty.LIKELY, title="可能程度")
    responses: tuple[Response, ...] = Field((), max_length=8, title="行动")
    area: Literal["division", "circle", "drawn", "keep"] = Field("division", title="范围")
    divisions: tuple[str, ...] = Field((), max_length=20, title="行政区划")
    radius_m: float = Field(1_000, gt=0, le=100_000, allow_inf_nan=False, title="半径")
    coordinates: str = Field("", max_length=20_000, title="坐标")
    area_text: str = Field("", max_length=200, title="范围说明")
    incident_no: str = Field("", max_length=24, title="突发事件编号")
    sender_name: str = Field("", max_length=60, title="发布单位")
    headline: str = Field("", max_length=160, title="标题")
    description: str = Field("", max_length=4_000, title="正文")
    instruction: str = Field("", max_length=2_000, title="防御指南")
    contact: str = Field("", max_length=100, title="咨询电话")
    measures: tuple[str, ...] = Field((), max_length=20, title="措施")
    onset: Moment = Field(None, title="开始时间")
    expires: Moment = Field(None, title="失效时间")
    drill: str = Field("", max_length=80, title="演练名称")


@cache
def known_measures() -> Measures:
    """The measures of the law, read once a process."""
    return load_measures(NATION)


def division_names(city: City) -> dict[str, str]:
    """The divisions that a warning can be for: those with an outline of their own."""
    wanted = (city.code, *city.districts)
    names = {one.code: one.name for one in read_divisions(city) if one.code in wanted}
    return {code: names[code] for code in wanted if code in names}


def open_getter(settings: Settings) -> Getter:
    """What reads feeds of others: from the hosts that the settings allow.

    :raises BadAllowList: when the setting cannot be read.
    """
    return Getter(Allowed.read(settings.feed_hosts))


def info_of(wiring: Wiring, sent: WarningSent, before: tuple[Area, ...] = ()) -> Info:
    """The block that a form says; `before` are the areas that an update may keep.

    :raises BadWarningArea: IncidentNotFound, EmptyZone, ZoneTooComplex.
    """
    kinds = wiring.warnings.kinds
    kind = kinds.events.get(sent.event_code)
    event = kind.name if kind else sent.event.strip()
    sender_name = sent.sender_name.strip() or f"{wiring.city.name}人民政府"
    said = [words for code in sent.measures if (words := known_measures().words_of(code))]
    return Info(
        (kind.category if kind else sent.category,),
        event,
        sent.urgency,
        SEVERITIES[sent.colour],
        sent.certainty,
        responses=sent.responses,
        event_codes=(kinds.event_code(sent.event_code),) if kind else (),
        onset=_of_city(sent.onset),
        expires=_of_city(sent.expires),
        sender_name=sender_name,
        headline=sent.headline.strip() or headline(sender_name, event, sent.colour),
        description=sent.description.strip(),
        instruction=sent.instruction.strip(),
        contact=sent.contact.strip(),
        parameters=(
            *Scales(sent.colour).as_parameters(),
            *(Named(LAWS_MEASURE, words) for words in said),
        ),
        areas=_areas(wiring, sent, before),
    )


def values_of(info: Info, kinds: EventKinds) -> dict[str, str | list[str]]:
    """The fields of a form that says what a block says; its areas are kept."""
    code = next((one.value for one in info.event_codes if one.value in kinds.events), "")
    colour = scales_of(info).warning
    words = {one.value for one in info.parameters if one.name == LAWS_MEASURE}
    measures = known_measures()
    return {
        "event_code": code,
        "event": "" if code else info.event,
        "category": info.categories[0].value if info.categories else "Other",
        "colour": colour.value if colour else "",
        "urgency": info.urgency.value,
        "certainty": info.certainty.value,
        "responses": [one.value for one in info.responses],
        "area": "keep",
        "sender_name": info.sender_name,
        "headline": info.headline,
        "description": info.description,
        "instruction": info.instruction,
        "contact": info.contact,
        "measures": [
            one.code
            for article in measures.articles
            for one in article.measures
            if measures.words_of(one.code) in words
        ],
        "onset": _for_form(info.onset),
        "expires": _for_form(info.expires),
    }


def _for_form(moment: datetime | None) -> str:
    return "" if moment is None else f"{city_time(moment):%Y-%m-%dT%H:%M}"


def _of_city(moment: datetime | None) -> datetime | None:
    try:
        return None if moment is None else city_time(moment)
    except OverflowError as problem:
        raise BadInput("时间不合情理，请改正年份。", fields=["expires"]) from problem


def _areas(wiring: Wiring, sent: WarningSent, before: tuple[Area, ...]) -> tuple[Area, ...]:
    if sent.area == "keep":
        return before
    if sent.area == "division":
        return _division_areas(wiring, sent)
    if sent.area == "circle":
        return (_circle_area(wiring, sent),)
    return (_drawn_area(wiring.plane, sent),)


def _division_areas(wiring: Wiring, sent: WarningSent) -> tuple[Area, ...]:
    names = division_names(wiring.city)
    chosen = [code for code in dict.fromkeys(sent.divisions) if code in names]
    return tuple(
        Area(
            names[code],
            polygons=_outline(wiring.city, wiring.plane, code),
            geocodes=(Named(DIVISION_CODE, code),),
        )
        for code in chosen
    )


_OUTLINES: dict[tuple[str, str], tuple[Ring, ...]] = {}


def _outline(city: City, plane: PlaneSystem, code: str) -> tuple[Ring, ...]:
    """The published polygons of a division, worked out once a process."""
    key = (str(city.folder), code)
    if key not in _OUTLINES:
        shape = shapely.transform(read_boundaries(city)[code].shape, plane.to_plane_many)
        _OUTLINES[key] = publish_zone(PlaneMultiPolygon(shape), plane).rings
    return _OUTLINES[key]


def _circle_area(wiring: Wiring, sent: WarningSent) -> Area:
    number = sent.incident_no.strip()
    if not number:
        raise BadWarningArea("请先填写突发事件编号，范围才能以它为中心。", fields=["incident_no"])
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, number)
    if incident.place is None:
        raise BadWarningArea("这起突发事件还没有位置。请按行政区划或坐标划定范围。", fields=["incident_no"])
    place = LonLat(round(incident.place.lon_deg, 5), round(incident.place.lat_deg, 5))
    words = f"{incident.state.place_text or incident.state.title}周围 {sent.radius_m:g} 米"
    return Area(sent.area_text.strip() or words, circles=(Circle(place, sent.radius_m / 1000),))


def _drawn_area(plane: PlaneSystem, sent: WarningSent) -> Area:
    """Places as `longitude,latitude`, one after the other; the last is joined to the first."""
    try:
        rows = re.sub(r"\s*[,，]\s*", ",", sent.coordinates).replace(";", " ").replace("；", " ").split()
        pairs = [[float(part) for part in one.split(",")] for one in rows]
        corners = [LonLat(lon, lat) for lon, lat in pairs]
    except ValueError as problem:
        raise BadWarningArea(
            "坐标读不出来。请每行写一个“经度,纬度”，如 107.145,34.369。", fields=["coordinates"]
        ) from problem
    if not 3 <= len(corners) <= MOST_POINTS:
        raise BadWarningArea(f"范围要有 3 至 {MOST_POINTS} 个点。请补充或减少。", fields=["coordinates"])
    drawn = shapely.Polygon([(one.lon_deg, one.lat_deg) for one in corners])
    return publish_zone(PlanePolygon(shapely.transform(drawn, plane.to_plane_many)), plane).as_area(
        sent.area_text.strip() or "地图上划定的范围"
    )
