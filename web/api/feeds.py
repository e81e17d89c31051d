"""Feeds of other systems beside Open311: items of media watch, alarms of sensors. Forms with an `api_key`.

`POST /api/v1/feeds/media` (right `media`) and `POST /api/v1/feeds/sensors` (right `sensor`); docs/feeds.md.
"""

import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID, uuid5

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from cases.device_alarms import DeviceAlarm, Judged, judge, keep
from cases.feed_rules import AlarmKind
from cases.remarks import Remark, add_remark
from cases.rules.commands import Asking, Join
from gis_core.errors import BadInput
from gis_core.places import LonLat
from grid.components import Component, get_component
from web.accounts.keys import FormWithKey, sent_with_key
from web.api.open311.asking import Fields
from web.api.open311.places import find_place
from web.forms import parse
from web.reports import ReportSent, file_report
from web.uploads import Malformed
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/api/v1/feeds", tags=["feeds"])
NAMESPACE = UUID("5b1d6c0e-77a1-5d0c-8f0e-12319feed000")
MOST_LINK = 800
OF_SHARING = re.compile(r"utm_.*|share_.*|spm|from", re.IGNORECASE)
"""Parameters that only say how an item was passed on."""


class UnknownTopic(BadInput):
    """A topic or a kind of alarm that the city's table does not have."""

    code = "unknown_topic"


class BadLink(BadInput):
    """The address of an item is none."""

    code = "bad_link"


class MediaSent(BaseModel):
    """An item of media watch. Where: `place` in words, or `lat` and `long`."""

    model_config = ConfigDict(extra="ignore")

    link: str = Field(min_length=8, max_length=MOST_LINK, title="链接")
    headline: str = Field(min_length=1, max_length=200, title="标题")
    text: str = Field("", max_length=1500, title="正文")
    topic: str = Field(min_length=1, max_length=40, title="主题")
    place: str = Field("", max_length=200, title="地点")


class AlarmSent(BaseModel):
    """A message of a device. Where: `component_code`, or `lat` and `long`, or `place` in words."""

    model_config = ConfigDict(extra="ignore")

    alarm_id: str = Field(min_length=1, max_length=100, title="报警编号")
    device_id: str = Field(pattern=r"^[\w.:-]{1,64}$", title="设备编号")
    alarm: str = Field(min_length=1, max_length=40, title="报警种类")
    event: Literal["alarm", "end"] = Field("alarm", title="事件")
    value: str = Field("", max_length=60, title="数值")
    component_code: str = Field("", max_length=17, title="部件编码")
    place: str = Field("", max_length=200, title="地点")


@router.post("/media")
def take_item(
    response: Response, wiring: Wired, sent: Annotated[FormWithKey, sent_with_key("media")]
) -> dict[str, Any]:
    """Take an item in as a report that waits at acceptance; the same link is one report, whoever sends it.

    :raises UnknownTopic, BadLink: for what the city does not know; else what placing and reporting raise.
    """
    item = parse(MediaSent, sent.fields)
    link = plain_link(item.link)
    chosen = wiring.feeds.media.get(item.topic)
    if chosen is None:
        raise UnknownTopic(
            f"没有“{item.topic[:40]}”这个主题。可用的有：{'、'.join(wiring.feeds.media)}。", fields=["topic"]
        )
    where = _place(wiring, sent, item.place)
    report = _report(
        uuid5(NAMESPACE, f"media {link}"),
        chosen,
        where,
        description="\n".join(part for part in (item.headline, item.text, f"链接：{item.link}") if part),
        place_text=item.place,
    )
    receipt = file_report(wiring, _asking(wiring, sent, "媒体监测"), report, source="media")
    response.status_code = 200 if receipt.is_repeat else 201
    return {"case_no": receipt.case_no, "is_repeat": receipt.is_repeat, "link": link}


@router.post("/sensors")
def take_alarm(
    response: Response, wiring: Wired, sent: Annotated[FormWithKey, sent_with_key("sensor")]
) -> dict[str, Any]:
    """Take a device's alarm, or its end. `outcome`: reported, joined, counted (a repeat too soon to be
    noted), ended, nothing_open. The same `alarm_id` of a device, kind and event gets the same answer.

    :raises UnknownTopic: for a kind that the city does not know; else what placing and reporting raise.
    """
    told = parse(AlarmSent, sent.fields)
    kind = wiring.feeds.sensors.get(told.alarm)
    if kind is None:
        raise UnknownTopic(
            f"没有“{told.alarm[:40]}”这种报警。可用的有：{'、'.join(wiring.feeds.sensors)}。",
            fields=["alarm"],
        )
    named = ["sensor", sent.key.id, told.device_id, told.alarm, told.event, told.alarm_id]
    number = uuid5(NAMESPACE, json.dumps(named))
    at = wiring.clock.now()
    alarm = DeviceAlarm(number, told.device_id, told.alarm, told.event, told.value.strip(), at)
    message = _Message(sent, told, kind, alarm)
    with wiring.sessions.begin() as session:  # holds the others of the device back while the case is written
        judged = judge(session, alarm, kind)
        if not judged.is_repeat:
            judged = _act(wiring, message, judged)
            keep(session, alarm, judged)
    response.status_code = 201 if judged.outcome == "reported" and not judged.is_repeat else 200
    return {"case_no": judged.case_no, "outcome": judged.outcome, "is_repeat": judged.is_repeat}


@dataclass(frozen=True, slots=True)
class _Message:
    """A message of a device as it was sent and as it is understood."""

    sent: FormWithKey
    told: AlarmSent
    kind: AlarmKind
    alarm: DeviceAlarm

    @property
    def words(self) -> str:
        """What it says, for people."""
        value = f"，{self.alarm.value}" if self.alarm.value else ""
        return f"{self.kind.name}：设备 {self.alarm.device_id}{value}"


def _act(wiring: Wiring, message: _Message, judged: Judged) -> Judged:
    """Write what was judged to the case; each deed is done once for the number of the message."""
    who, number = _asking(wiring, message.sent, "传感器"), message.alarm.message_id
    if judged.outcome == "reported":
        report = _alarm_report(wiring, message)
        return Judged("reported", file_report(wiring, who, report, source="sensor").case_no)
    if judged.outcome == "joined" and judged.case_no:
        wiring.cases.join(judged.case_no, Join(text=message.words), who, number)
    elif judged.outcome == "ended" and judged.case_no:
        ended = f"{message.words}，报警解除"
        add_remark(wiring.sessions, Remark(number, judged.case_no, ended, "", message.told.alarm_id), who)
    return judged


def _alarm_report(wiring: Wiring, message: _Message) -> ReportSent:
    """The report that a first alarm is: of the component that the device watches, or of a place."""
    told, kind, number = message.told, message.kind, message.alarm.message_id
    component = _component(wiring, told.component_code.strip())
    chosen, _, code = kind.type.partition(":")
    if component is None and code == "*":
        raise Malformed(f"{kind.name}报警须给出部件编码。没有写入任何内容。", fields=["component_code"])
    if component is None:
        where = _place(wiring, message.sent, told.place)
        return _report(number, kind.type, where, description=message.words, place_text=told.place)
    if chosen == "component" and code not in ("*", component.type_code):
        raise Malformed(f"部件 {component.code} 不是这种报警的部件。请核对。", fields=["component_code"])
    type_words = f"component:{component.type_code}" if code == "*" else kind.type
    where = wiring.plane.to_lonlat(component.point)
    report = _report(number, type_words, where, description=message.words, place_text=told.place)
    named = {"component_code": component.code} if chosen == "component" else {}
    return report.model_copy(update={"position_source": "component", **named})


def _report(
    client_id: UUID, type_words: str, where: LonLat, *, description: str, place_text: str
) -> ReportSent:
    kind, _, code = type_words.partition(":")
    return ReportSent.model_validate(
        {
            "client_id": client_id,
            "kind": kind,
            "type_code": code,
            "lon": where.lon_deg,
            "lat": where.lat_deg,
            "description": description,
            "place_text": place_text,
        }
    )


def _component(wiring: Wiring, code: str) -> Component | None:
    if not code:
        return None
    with wiring.sessions() as session:
        return get_component(session, code.replace("\x00", ""))


def _place(wiring: Wiring, sent: FormWithKey, words: str) -> LonLat:
    """Where it is, found as Open311 finds it: coordinates first, else words that are sure."""
    pairs = [pair for pair in sent.fields.multi_items() if pair[0] in ("lat", "long")]
    return find_place(Fields.of([*pairs, ("address_string", words)]), wiring.geocoder).place


def _asking(wiring: Wiring, sent: FormWithKey, what: str) -> Asking:
    return Asking(wiring.clock.now(), None, f"{what}（{sent.key.name}）", "system")


def plain_link(words: str) -> str:
    """The address of an item in one form: host in small letters, no fragment, no marks of who shared it.

    :raises BadLink: for what is no http or https address.

    >>> plain_link("https://News.Example/a/1?id=5&utm_source=wx#top"), plain_link("http://news.example/")
    ('https://news.example/a/1?id=5', 'http://news.example')
    """
    try:
        parts = urlsplit(words.strip())
        host = (parts.hostname or "").lower()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, host, port = urlsplit(""), "", ""
    if parts.scheme not in ("http", "https") or not host or not words.strip().isprintable():
        raise BadLink(f"“{words[:60]}”不是 http 或 https 地址。请更正 link。", fields=["link"])
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not OF_SHARING.fullmatch(name)]
    return urlunsplit((parts.scheme, f"{host}{port}", parts.path.rstrip("/"), urlencode(kept), ""))
