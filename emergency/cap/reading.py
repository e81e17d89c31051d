"""A document as a message: `read(data)`, for CAP 1.2, 1.1 and 1.0.

What cannot be read at all is refused with an error. Of what can, every fault becomes a finding with its
path, and the rest is read on, because a warning with a fault is still a warning. `Read.require()` is for
those who act on it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from lxml import etree

from emergency.cap.checking import check_content
from emergency.cap.findings import Finding, errors_of, finding, require_sound
from emergency.cap.messages import (
    Alert,
    Area,
    Category,
    Certainty,
    Circle,
    Info,
    MsgType,
    Named,
    Reference,
    Resource,
    Response,
    Ring,
    Scope,
    Severity,
    Status,
    Urgency,
)
from emergency.cap.plain import find_moment, find_number, find_pair, find_reference, items_of
from emergency.cap.safe_xml import local_name, namespace_of, parse, text_of
from emergency.cap.schema_order import (
    ALERT,
    AREA,
    INFO,
    OLDER,
    PAIR,
    RESOURCE,
    SIGNATURE_NAMESPACE,
    VERSIONS,
    Slot,
)
from gis_core.errors import BadInput
from gis_core.places import LonLat

Word = TypeVar("Word", bound=StrEnum)
DEFAULT_LANGUAGE = "en-US"
_UNKNOWN_TYPE = "application/octet-stream"


class NotAnAlert(BadInput):
    """XML, but no message of CAP."""

    code = "cap_not_an_alert"


@dataclass(frozen=True, slots=True)
class Read:
    """A message as far as it could be read, and all that is wrong with it.

    `alert` is None when something is missing without which it is no message.
    """

    alert: Alert | None
    findings: tuple[Finding, ...]
    version: str

    @property
    def is_sound(self) -> bool:
        """Whether nothing blocks it."""
        return self.alert is not None and not errors_of(self.findings)

    def require(self) -> Alert:
        """The message, when nothing is wrong with it that blocks.

        :raises BlockedAlert: with all that does.
        """
        require_sound(self.findings)
        if self.alert is None:
            raise AssertionError("a message that cannot be read has a finding that says why")
        return self.alert


def read(data: bytes) -> Read:
    """The message of a document with all findings of structure and content.

    :raises NotXml: XmlTooLarge, XmlWithDoctype, NotAnAlert.
    """
    return read_element(parse(data))


def read_element(root: etree._Element) -> Read:
    """The message of an element that was parsed safely.

    :raises NotAnAlert: when it is none.
    """
    version = VERSIONS.get(namespace_of(root))
    if local_name(root) != "alert" or version is None:
        raise NotAnAlert(
            f"这不是 CAP 预警消息（根元素是 {local_name(root)[:40]}）。国家预警发布系统的消息请用国标入口。"
        )
    reader = _Reader(namespace_of(root), version)
    alert = reader.alert(root)
    content = check_content(alert) if alert else ()
    return Read(alert, tuple(dict.fromkeys((*reader.findings, *content))), version)


@dataclass(slots=True)
class _Reader:
    """Reads one document and keeps what it finds wrong."""

    namespace: str
    version: str
    findings: list[Finding] = field(default_factory=list)

    def note(self, code: str, where: str, **facts: object) -> None:
        self.findings.append(finding(code, where, **facts))

    def alert(self, root: etree._Element) -> Alert | None:
        parts = self.parts(root, ALERT, "")
        sent = self.moment(parts, "sent")
        status = self.word(parts, "status", Status)
        msg_type = self.word(parts, "msgType", MsgType)
        scope = self.word(parts, "scope", Scope, default=Scope.PUBLIC if self.version == "1.0" else None)
        infos = [
            self.info(element, f"infos[{number}]") for number, element in enumerate(parts.of("info"), start=1)
        ]
        identifier, sender = parts.text("identifier"), parts.text("sender")
        if not (identifier and sender and sent and status and msg_type and scope):
            return None
        return Alert(
            identifier, sender, sent, status, msg_type, scope,
            source=parts.text("source"), restriction=parts.text("restriction"),
            addresses=items_of(parts.text("addresses")), codes=tuple(parts.texts("code")),
            note=parts.text("note"), references=tuple(self.references(parts.text("references"))),
            incidents=items_of(parts.text("incidents")),
            infos=tuple(info for info in infos if info is not None),
        )  # fmt: skip

    def info(self, element: etree._Element, where: str) -> Info | None:
        parts = self.parts(element, INFO, where)
        categories = self.words(parts, "category", Category)
        if not categories and self.version == "1.0":
            categories = (Category.OTHER,)
            self.note("assumed_default", f"{where}/categories", name="category", value=Category.OTHER)
        urgency = self.word(parts, "urgency", Urgency)
        severity = self.word(parts, "severity", Severity)
        certainty = self.certainty(parts)
        if not (urgency and severity and certainty):
            return None
        return Info(
            categories, parts.text("event"), urgency, severity, certainty,
            language=parts.text("language") or DEFAULT_LANGUAGE,
            responses=self.words(parts, "responseType", Response), audience=parts.text("audience"),
            event_codes=self.pairs(parts, "eventCode"), effective=self.moment(parts, "effective"),
            onset=self.moment(parts, "onset"), expires=self.moment(parts, "expires"),
            sender_name=parts.text("senderName"), headline=parts.text("headline"),
            description=parts.text("description"), instruction=parts.text("instruction"),
            web=parts.text("web"), contact=parts.text("contact"), parameters=self.pairs(parts, "parameter"),
            resources=tuple(parts.each("resource", self.resource)),
            areas=tuple(parts.each("area", self.area)),
        )  # fmt: skip

    def resource(self, element: etree._Element, where: str) -> Resource:
        parts = self.parts(element, RESOURCE, where)
        kind = parts.text("mimeType")
        if not kind and self.version != "1.2":
            kind = _UNKNOWN_TYPE
            self.note("assumed_default", f"{where}/mime_type", name="mimeType", value=kind)
        size = parts.text("size")
        if size and not (size.isascii() and size.isdecimal() and len(size) < 16):
            self.note("bad_size", f"{where}/size_bytes", value=size)
            size = ""
        return Resource(
            parts.text("resourceDesc"), kind, int(size) if size else None, parts.text("uri"),
            parts.text("derefUri"), parts.text("digest"),
        )  # fmt: skip

    def area(self, element: etree._Element, where: str) -> Area:
        parts = self.parts(element, AREA, where)
        rings = (self.ring(text, path) for text, path in parts.placed("polygon"))
        circles = (self.circle(text, path) for text, path in parts.placed("circle"))
        return Area(
            parts.text("areaDesc"),
            polygons=tuple(ring for ring in rings if ring),
            circles=tuple(circle for circle in circles if circle),
            geocodes=self.pairs(parts, "geocode"),
            altitude_ft=self.number(parts, "altitude"),
            ceiling_ft=self.number(parts, "ceiling"),
        )

    def parts(self, element: etree._Element, slots: tuple[Slot, ...], where: str) -> "_Parts":
        """The children of an element by name, their order and number held against the schema."""
        names = [slot.name for slot in slots]
        found: dict[str, list[etree._Element]] = {name: [] for name in names}
        last = 0
        for child in element:
            name = local_name(child)
            if namespace_of(child) == SIGNATURE_NAMESPACE and slots is ALERT:
                last = len(names)
                continue
            if name not in found or namespace_of(child) != self.namespace:
                self.stray(name, where)
                continue
            if names.index(name) < last:
                self.note("wrong_order", _under(where, name), name=name)
            last = max(last, names.index(name))
            found[name].append(child)
        parts = _Parts(found, where)
        self.count(parts, slots)
        return parts

    def stray(self, name: str, where: str) -> None:
        if name == "password" and not where:
            if self.version != "1.0":
                self.note("password", "password")
            return
        self.note("unknown_element", _under(where, name[:40]), name=name[:40])

    def count(self, parts: "_Parts", slots: tuple[Slot, ...]) -> None:
        optional = OLDER[self.version]
        for slot in slots:
            elements = parts.found[slot.name]
            if len(elements) > slot.most:
                where = _under(parts.where, slot.name)
                self.note("duplicate_element", where, name=slot.name, count=len(elements))
            filled = any(len(element) or text_of(element) for element in elements)
            may_be_empty = slots is PAIR and slot.name == "value" and elements
            if slot.least and not filled and not may_be_empty and slot.name not in optional:
                self.note("missing_element", _under(parts.where, slot.name), name=slot.name)

    def word(
        self, parts: "_Parts", name: str, words: type[Word], *, default: Word | None = None
    ) -> Word | None:
        text = parts.text(name)
        if not text:
            if default is not None:
                self.note("assumed_default", _under(parts.where, name), name=name, value=default)
            return default
        return self.word_of(text, _under(parts.where, name), name, words)

    def word_of(self, text: str, where: str, name: str, words: type[Word]) -> Word | None:
        try:
            return words(text)
        except ValueError:
            self.note("wrong_value", where, name=name, value=text, allowed=" ".join(words))
            return None

    def words(self, parts: "_Parts", name: str, words: type[Word]) -> tuple[Word, ...]:
        read = [self.word_of(text, where, name, words) for text, where in parts.placed(name)]
        return tuple(word for word in read if word is not None)

    def certainty(self, parts: "_Parts") -> Certainty | None:
        if parts.text("certainty") == "Very Likely":
            if self.version != "1.0":
                self.note("very_likely", _under(parts.where, "certainty"))
            return Certainty.LIKELY
        return self.word(parts, "certainty", Certainty)

    def moment(self, parts: "_Parts", name: str) -> datetime | None:
        text, where = parts.text(name), _under(parts.where, name)
        if not text:
            return None
        moment = find_moment(text)
        if moment is None:
            self.note("bad_date", where, value=text)
        elif text.endswith("Z"):
            self.note("date_with_z", where, value=text)
        elif "." in text:
            self.note("fraction_of_second", where, value=text)
        return moment

    def number(self, parts: "_Parts", name: str) -> float | None:
        text = parts.text(name)
        number = find_number(text) if text else None
        if text and number is None:
            self.note("bad_number", _under(parts.where, name), name=name, value=text)
        return number

    def references(self, text: str) -> Iterator[Reference]:
        for number, part in enumerate(text.split(), start=1):
            named = find_reference(part)
            if named is None:
                self.note("bad_reference", f"references[{number}]", value=part)
            else:
                yield named

    def pairs(self, parts: "_Parts", name: str) -> tuple[Named, ...]:
        return tuple(parts.each(name, self.pair))

    def pair(self, element: etree._Element, where: str) -> Named:
        """1.0 wrote `name=value` as text (recalled)."""
        if self.version == "1.0" and not len(element):
            name, _, value = text_of(element).partition("=")
            return Named(name.strip(), value.strip())
        parts = self.parts(element, PAIR, where)
        return Named(parts.text("valueName"), parts.text("value"))

    def ring(self, text: str, where: str) -> Ring | None:
        places = [self.place(pair, where, "polygon_unreadable") for pair in text.split()]
        return tuple(place for place in places if place) if all(places) else None

    def circle(self, text: str, where: str) -> Circle | None:
        parts = text.split()
        radius_km = find_number(parts[1]) if len(parts) == 2 else None
        if radius_km is None:
            self.note("circle_unreadable", where, value=text)
            return None
        centre = self.place(parts[0], where, "circle_unreadable")
        return Circle(centre, radius_km) if centre else None

    def place(self, text: str, where: str, fault: str) -> LonLat | None:
        pair = find_pair(text)
        if pair is None:
            self.note(fault, where, value=text)
            return None
        lat, lon = pair
        if abs(lat) <= 90 and abs(lon) <= 180:
            return LonLat(lon, lat)
        if 90 < abs(lat) <= 180 and abs(lon) <= 90:
            self.note("coordinates_swapped", where, lat=lat)
        else:
            self.note("not_on_earth", where, lat=lat, lon=lon)
        return None


Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Parts:
    """The children of an element by name; empty ones are as good as absent."""

    found: dict[str, list[etree._Element]]
    where: str

    def of(self, name: str) -> list[etree._Element]:
        return self.found[name]

    def text(self, name: str) -> str:
        return next(self.texts(name), "")

    def texts(self, name: str) -> Iterator[str]:
        return (text for text, _ in self.placed(name))

    def placed(self, name: str) -> Iterator[tuple[str, str]]:
        """Texts with their paths."""
        for number, element in enumerate(self.found[name], start=1):
            if text := text_of(element):
                yield text, f"{_under(self.where, name)}[{number}]"

    def each(self, name: str, made: Callable[[etree._Element, str], Value]) -> Iterator[Value]:
        """What becomes of each child that is not empty."""
        for number, element in enumerate(self.found[name], start=1):
            if len(element) or text_of(element):
                yield made(element, f"{_under(self.where, name)}[{number}]")


# Findings name places as the model does, whoever finds them.
_IN_MODEL = {
    "msgType": "msg_type", "code": "codes", "info": "infos", "category": "categories",
    "responseType": "responses", "eventCode": "event_codes", "senderName": "sender_name",
    "parameter": "parameters", "resource": "resources", "area": "areas", "resourceDesc": "description",
    "mimeType": "mime_type", "size": "size_bytes", "derefUri": "content", "areaDesc": "description",
    "polygon": "polygons", "circle": "circles", "geocode": "geocodes", "altitude": "altitude_ft",
    "ceiling": "ceiling_ft", "valueName": "name",
}  # fmt: skip


def _under(where: str, name: str) -> str:
    name = _IN_MODEL.get(name, name)
    return f"{where}/{name}" if where else name
