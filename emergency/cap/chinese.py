"""The Chinese profile (GB/T 35965.1 family), which looks like CAP and is none: a converter both ways.

The standard's text was not at hand. What is known comes from real messages and from the notes of public
programs that read them; whatever had to be supposed to make a message of CAP is listed with it as an
assumption, and the caller shows it. Nothing of a Chinese message is lost: what CAP has no place for is kept
as parameters that begin with `cn.`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from lxml import etree

from emergency.cap.checking import check_content
from emergency.cap.event_kinds import EventKinds
from emergency.cap.findings import Finding, finding, require_sound
from emergency.cap.identifiers import find_national
from emergency.cap.messages import (
    CHINESE,
    Alert,
    Area,
    Certainty,
    Circle,
    Info,
    MsgType,
    Named,
    Reference,
    Ring,
    Scope,
    Severity,
    Status,
    Urgency,
)
from emergency.cap.plain import find_moment, find_number, find_pair, number_text, place_text, ring_text
from emergency.cap.safe_xml import local_name, parse, text_of, to_bytes
from emergency.cap.scales import WARNING_LEVEL, scales_of
from emergency.rules.levels import WarningLevel
from gis_core.clock import city_time
from gis_core.errors import BadInput, Refused
from gis_core.places import LonLat

Word = TypeVar("Word", bound=StrEnum)
DIVISION: Final = "GB/T 2260"
PERSON, SECRECY, ISSUER = "cn.senderName", "cn.secClassification", "cn.sender"
METHOD: Final = "cn.method"
"""`cn.method.1.SMS` holds the text of a channel, `cn.method.1.groups` and `.people` whom it goes to."""
_METHOD_NAME = re.compile(r"cn\.method\.(\d+)\.(\S+)")

ASSUMPTIONS: Final[Mapping[str, str]] = {
    "category": "类别按事件编码 {code} 推定为 {category}。",
    "event_name": "事件编码 {code} 不在表里，名称按大类写作“{name}”。",
    "event_recalled": "事件编码 {code} 的名称“{name}”凭记忆，待与国标核对。",
    "severity": "严重程度由颜色 {colour} 换算为 {severity}。",
    "expires": "没有写失效时间，按 {hours} 小时推定。",
    "reference_sent": "被引用的 {identifier} 没有收到过，发送者和时间按它的标识推定。",
    "geometry": "没有图形，按行政区划代码 {codes} 的边界推定。",
    "language": "没有写语言，按中文读取。",
    "certainty": "可能程度“{value}”按 Likely 读取。",
    "coordinate_order": "坐标按{order}读取，国标消息的次序未见原文。",
}


class NotChineseAlert(BadInput):
    """No message of the Chinese profile."""

    code = "cap_not_chinese_alert"


class CannotSayInChinese(Refused):
    """A message that the Chinese profile has no words for."""

    code = "cap_cannot_say_in_chinese"


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that was supposed, with the values of its sentence."""

    code: str
    facts: tuple[tuple[str, str], ...]

    @property
    def words(self) -> str:
        """What was supposed."""
        return ASSUMPTIONS[self.code].format(**dict(self.facts))


@dataclass(frozen=True, slots=True)
class FromChinese:
    """A message of CAP made of a Chinese one, what was supposed to make it, and what is wrong with it."""

    alert: Alert
    assumptions: tuple[Assumption, ...]
    findings: tuple[Finding, ...]


KnownChain = Callable[[str], Sequence[Reference]]
KnownDivision = Callable[[str], Sequence[Ring]]


def _none(_: str) -> tuple[()]:
    return ()


def from_chinese(
    data: bytes,
    kinds: EventKinds,
    *,
    chain_of: KnownChain = _none,
    outlines_of: KnownDivision = _none,
) -> FromChinese:
    """The message of CAP of a Chinese document.

    `chain_of` is asked for the messages of an event by the identifier of its first
    (`lifecycle.chain_named`), and `outlines_of` for the outline of a division by its code.

    :raises NotXml: XmlTooLarge, XmlWithDoctype.
    :raises NotChineseAlert: when it is none, or lacks what names it.
    """
    root = parse(data)
    if local_name(root) != "alert" or _find(root, "sendTime") is None:
        raise NotChineseAlert("这不是国标格式的预警消息（没有 sendTime）。CAP 消息请用 CAP 入口。")
    reader = _Reader(kinds, chain_of, outlines_of)
    alert = reader.alert(root)
    found = (*reader.findings, *check_content(alert))
    return FromChinese(alert, tuple(dict.fromkeys(reader.assumptions)), tuple(dict.fromkeys(found)))


@dataclass(slots=True)
class _Reader:
    kinds: EventKinds
    chain_of: KnownChain
    outlines_of: KnownDivision
    assumptions: list[Assumption] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def assume(self, what: str, **facts: object) -> None:
        self.assumptions.append(Assumption(what, tuple((name, str(value)) for name, value in facts.items())))

    def alert(self, root: etree._Element) -> Alert:
        identifier, issuer, sent = (
            _text(root, "identifier"),
            _text(root, "senderCode"),
            _moment(root, "sendTime"),
        )
        status, msg_type = _word(root, "status", Status), _word(root, "msgType", MsgType)
        if not (identifier and issuer and sent and status and msg_type):
            raise NotChineseAlert(
                "国标消息缺少 identifier、senderCode、sendTime、status 或 msgType，或内容不对。请发送方更正。"
            )
        alert = Alert(
            identifier, issuer, sent, status, msg_type, _word(root, "scope", Scope) or Scope.PUBLIC,
            note=_text(root, "note"),
            references=tuple(self.references(_text(root, "references"), identifier)),
        )  # fmt: skip
        infos = tuple(self.info(part, root, alert) for part in root if local_name(part) == "info")
        return replace(alert, infos=infos)

    def references(self, text: str, identifier: str) -> Iterator[Reference]:
        """Chinese messages name the first of an event and mean all of it, so all of it is named."""
        for first in text.replace(",", " ").replace("，", " ").split():
            known, parts = self.chain_of(first), find_national(first)
            yield from (named for named in known if named.identifier != identifier)
            if not known and parts:
                self.assume("reference_sent", identifier=first)
                yield Reference(parts.issuer_code, first, parts.entered)
            elif not known:
                self.findings.append(finding("bad_reference", "references", value=first))

    def info(self, part: etree._Element, root: etree._Element, alert: Alert) -> Info:
        code = _text(part, "eventType")
        kind = self.kinds.kind_of(code)
        self.say_of_kind(code)
        colour = next((level for level in WarningLevel if level == _text(part, "severity")), None)
        effective = _moment(part, "effective")
        info = Info(
            (kind.category,), kind.name,
            _word(part, "urgency", Urgency) or Urgency.UNKNOWN, self.severity(colour),
            self.certainty(_text(part, "certainty")), language=self.language(_text(part, "language")),
            event_codes=(self.kinds.event_code(code),) if code else (),
            effective=effective, onset=_moment(part, "onset"), expires=_moment(part, "expires"),
            sender_name=_text(root, "sender"), headline=_text(part, "headline"),
            description=_text(part, "description"), instruction=_text(part, "instruction"),
            web=_text(part, "web"),
            parameters=tuple(_parameters(part, root, colour)),
            areas=tuple(self.area(area) for area in part if local_name(area) == "area"),
        )  # fmt: skip
        if info.expires is None and alert.msg_type in {MsgType.ALERT, MsgType.UPDATE}:
            start = info.onset or effective or alert.sent
            self.assume("expires", hours=round(kind.life.total_seconds() / 3600))
            info = replace(info, expires=start + kind.life)
        return info

    def say_of_kind(self, code: str) -> None:
        kind = self.kinds.kind_of(code)
        if code not in self.kinds.events:
            self.assume("event_name", code=code or "–", name=kind.name)
        elif kind.status == "recalled":
            self.assume("event_recalled", code=code, name=kind.name)
        self.assume("category", code=code or "–", category=kind.category)

    def severity(self, colour: WarningLevel | None) -> Severity:
        if colour is None:
            return Severity.UNKNOWN
        severity = self.kinds.severity_of(colour)
        self.assume("severity", colour=colour, severity=severity)
        return severity

    def certainty(self, text: str) -> Certainty:
        if text in {"VeryLikely", "Very Likely"}:
            self.assume("certainty", value=text)
            return Certainty.LIKELY
        return next((word for word in Certainty if word == text), Certainty.UNKNOWN)

    def language(self, text: str) -> str:
        if not text:
            self.assume("language")
        return text or CHINESE

    def area(self, part: etree._Element) -> Area:
        codes = _listed(_text(part, "geocode"))
        names = _listed(_text(part, "areaDesc"))
        rings = [ring for text in _texts(part, "polygon") if (ring := self.ring(text))]
        circles = [circle for text in _texts(part, "circle") if (circle := self.circle(text))]
        if not rings and not circles:
            rings = [ring for code in codes for ring in self.outlines_of(code)]
            if rings:
                self.assume("geometry", codes="、".join(codes))
        return Area(
            "，".join(names), polygons=tuple(rings), circles=tuple(circles),
            geocodes=tuple(Named(DIVISION, code) for code in codes),
        )  # fmt: skip

    def ring(self, text: str) -> Ring | None:
        places = [self.place(pair) for pair in text.split()]
        if not all(places):
            self.findings.append(finding("polygon_unreadable", "area/polygon", value=text))
            return None
        return tuple(place for place in places if place)

    def circle(self, text: str) -> Circle | None:
        """Chinese messages give the radius in metres."""
        parts = text.split()
        centre = self.place(parts[0]) if len(parts) == 2 else None
        radius_m = find_number(parts[1]) if len(parts) == 2 else None
        if centre is None or radius_m is None:
            self.findings.append(finding("circle_unreadable", "area/circle", value=text))
            return None
        return Circle(centre, radius_m / 1000)

    def place(self, text: str) -> LonLat | None:
        """The order is in no source: latitude first as in CAP, unless only the other lies in China."""
        pair = find_pair(text)
        if pair is None:
            return None
        first, second = pair
        is_longitude_first = 73 <= first <= 136 and 3 <= second <= 54
        self.assume("coordinate_order", order="先经后纬" if is_longitude_first else "先纬后经")
        lat, lon = (second, first) if is_longitude_first else (first, second)
        return LonLat(lon, lat) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _find(parent: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in parent if local_name(child) == name), None)


def _texts(parent: etree._Element, name: str) -> list[str]:
    return [text for child in parent if local_name(child) == name and (text := text_of(child))]


def _text(parent: etree._Element, name: str) -> str:
    return next(iter(_texts(parent, name)), "")


def _listed(text: str) -> list[str]:
    """A list between commas, each once."""
    return list(dict.fromkeys(part.strip() for part in text.replace("，", ",").split(",") if part.strip()))


def _moment(parent: etree._Element, name: str) -> datetime | None:
    """`2020-02-05 10:45:00+08:00`."""
    return find_moment(_text(parent, name).replace(" ", "T", 1))


def _word(parent: etree._Element, name: str, words: type[Word]) -> Word | None:
    text = _text(parent, name)
    return next((word for word in words if word == text), None)


def _parameters(part: etree._Element, root: etree._Element, colour: WarningLevel | None) -> Iterator[Named]:
    if colour:
        yield Named(WARNING_LEVEL, colour)
    for name, value in ((PERSON, _text(part, "senderName")), (SECRECY, _text(root, "secClassification"))):
        if value:
            yield Named(name, value)
    code = _find(root, "code")
    methods = [child for child in code if local_name(child) == "method"] if code is not None else []
    for number, method in enumerate(methods, start=1):
        yield Named(f"{METHOD}.{number}.{_text(method, 'methodName')}", _text(method, "message"))
        for ours, theirs in (("groups", "audienceGrp"), ("people", "audenceprt")):
            if value := ",".join(_listed(_text(method, theirs))):
                yield Named(f"{METHOD}.{number}.{ours}", value)


@dataclass(frozen=True, slots=True)
class ToChinese:
    """A Chinese document, the name of its file, and what of the message it has no place for."""

    document: bytes
    file_name: str
    lost: tuple[str, ...]


def to_chinese(alert: Alert) -> ToChinese:
    """The Chinese document of a message with a 14-digit sender and a national identifier.

    Drills stay inside: of all but actual warnings only tests are written. References name the first message
    of the event. The order of elements is that of a real message of 2020; the order of coordinates is
    assumed (latitude first).

    :raises BlockedAlert: when the message has errors.
    :raises CannotSayInChinese: saying what the profile has no words for.
    """
    require_sound(check_content(alert))
    info = _sayable(alert)
    root = etree.Element("alert")
    first = min(alert.references, key=lambda named: named.sent, default=None)
    said = {pair.name: pair.value for pair in info.parameters}
    _put(root, "identifier", alert.identifier)
    _put(root, "sender", info.sender_name)
    _put(root, "senderCode", alert.sender)
    _put(root, "sendTime", _moment_text(alert.sent))
    _put(root, "status", alert.status)
    _put(root, "msgType", alert.msg_type)
    _put(root, "scope", alert.scope)
    _put_methods(root, info)
    _put(root, "secClassification", said.get(SECRECY, "None"))
    _put(root, "note", alert.note)
    _put(root, "references", first.identifier if first else "")
    _put_info(root, info, said)
    return ToChinese(to_bytes(root), _file_name(alert, info), tuple(_lost(alert, info)))


def _sayable(alert: Alert) -> Info:
    """The Chinese block of a message that can be said in the profile."""
    if alert.status not in {Status.ACTUAL, Status.TEST}:
        raise CannotSayInChinese("国家预警发布系统只收正式和测试消息，演练和草稿不能外送。")
    if find_national(alert.identifier) is None or not (alert.sender.isdecimal() and len(alert.sender) == 14):
        raise CannotSayInChinese("国标消息要用 14 位发布单位编码和国标形式的标识。请先设置发布单位编码。")
    info = next((part for part in alert.infos if part.language.lower().startswith("zh")), None)
    if info is None or not info.sender_name:
        raise CannotSayInChinese("国标消息要有中文内容，并写明发布单位名称。请补上。")
    return info


def _put(parent: etree._Element, name: str, text: str) -> None:
    """What is not used is written empty."""
    etree.SubElement(parent, name).text = text or None


def _moment_text(moment: datetime | None) -> str:
    return city_time(moment).isoformat(sep=" ", timespec="seconds") if moment else ""


def _put_methods(root: etree._Element, info: Info) -> None:
    code = etree.SubElement(root, "code")
    said = {pair.name: pair.value for pair in info.parameters}
    for name, message in said.items():
        found = _METHOD_NAME.fullmatch(name)
        if not found or found[2] in {"groups", "people"}:
            continue
        method = etree.SubElement(code, "method")
        _put(method, "methodName", found[2])
        _put(method, "message", message)
        _put(method, "audienceGrp", said.get(f"{METHOD}.{found[1]}.groups", ""))
        _put(method, "audenceprt", said.get(f"{METHOD}.{found[1]}.people", ""))


def _put_info(root: etree._Element, info: Info, said: Mapping[str, str]) -> None:
    part = etree.SubElement(root, "info")
    code = info.event_codes[0].value if info.event_codes else ""
    _put(part, "language", info.language)
    _put(part, "eventType", code)
    _put(part, "urgency", info.urgency)
    _put(part, "severity", scales_of(info).warning or "Unknown")
    _put(part, "certainty", info.certainty)
    for name in ("effective", "onset", "expires"):
        _put(part, name, _moment_text(getattr(info, name)))
    _put(part, "senderName", said.get(PERSON, ""))
    _put(part, "headline", info.headline)
    _put(part, "description", info.description)
    _put(part, "instruction", info.instruction)
    _put(part, "web", info.web)
    for area in info.areas:
        _put_area(part, area)


def _put_area(part: etree._Element, area: Area) -> None:
    element = etree.SubElement(part, "area")
    _put(element, "areaDesc", area.description)
    for text in [ring_text(ring) for ring in area.polygons] or [""]:
        _put(element, "polygon", text)
    circles = [
        f"{place_text(one.centre)} {number_text(round(one.radius_km * 1000, 6))}" for one in area.circles
    ]
    for text in circles or [""]:
        _put(element, "circle", text)
    _put(element, "geocode", ",".join(pair.value for pair in area.geocodes if pair.name == DIVISION))


def _file_name(alert: Alert, info: Info) -> str:
    """`33000041600000_20121025091026_11B01_BLUE_ALERT.XML`."""
    colour = scales_of(info).warning or "Unknown"
    code = info.event_codes[0].value if info.event_codes else "00000"
    words = (
        alert.sender,
        f"{city_time(alert.sent):%Y%m%d%H%M%S}",
        code,
        colour.upper(),
        alert.msg_type.upper(),
    )
    return "_".join(words) + ".XML"


def _lost(alert: Alert, info: Info) -> Iterator[str]:
    """What the profile has no place for, by its name in CAP."""
    if len(alert.infos) > 1:
        yield "info"
    if len(alert.references) > 1:
        yield "references"
    for name, value in (
        ("responseType", info.responses), ("audience", info.audience), ("contact", info.contact),
        ("resource", info.resources), ("incidents", alert.incidents), ("source", alert.source),
        ("code", alert.codes), ("altitude", any(area.altitude_ft is not None for area in info.areas)),
    ):  # fmt: skip
        if value:
            yield name
