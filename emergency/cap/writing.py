"""A message as a document of CAP 1.2: `write(alert)`; only sound messages are written."""

from lxml import etree

from emergency.cap.checking import check_content
from emergency.cap.findings import require_sound
from emergency.cap.messages import NAMESPACE, Alert, Area, Info, Named, Resource
from emergency.cap.plain import (
    circle_text,
    city_moment_text,
    items_text,
    number_text,
    reference_text,
    ring_text,
)
from emergency.cap.safe_xml import to_bytes


def write(alert: Alert) -> bytes:
    """The document of a message: elements in the order of the schema, moments of the city, none empty.

    :raises BlockedAlert: when the message has errors of content; publishing asks for more (`checking.check`).
    """
    require_sound(check_content(alert))
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    _add(root, "identifier", alert.identifier)
    _add(root, "sender", alert.sender)
    _add(root, "sent", city_moment_text(alert.sent))
    _add(root, "status", alert.status)
    _add(root, "msgType", alert.msg_type)
    _add(root, "source", alert.source)
    _add(root, "scope", alert.scope)
    _add(root, "restriction", alert.restriction)
    _add(root, "addresses", items_text(alert.addresses))
    _add(root, "code", *alert.codes)
    _add(root, "note", alert.note)
    _add(root, "references", " ".join(reference_text(named) for named in alert.references))
    _add(root, "incidents", items_text(alert.incidents))
    for info in alert.infos:
        _add_info(root, info)
    return to_bytes(root)


def _add(parent: etree._Element, name: str, *texts: str) -> None:
    for text in texts:
        if words := text.strip():
            etree.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = words


def _child(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")


def _add_info(root: etree._Element, info: Info) -> None:
    part = _child(root, "info")
    _add(part, "language", info.language)
    _add(part, "category", *info.categories)
    _add(part, "event", info.event)
    _add(part, "responseType", *info.responses)
    _add(part, "urgency", info.urgency)
    _add(part, "severity", info.severity)
    _add(part, "certainty", info.certainty)
    _add(part, "audience", info.audience)
    _add_pairs(part, "eventCode", info.event_codes)
    for name in ("effective", "onset", "expires"):
        if moment := getattr(info, name):
            _add(part, name, city_moment_text(moment))
    _add(part, "senderName", info.sender_name)
    _add(part, "headline", info.headline)
    _add(part, "description", info.description)
    _add(part, "instruction", info.instruction)
    _add(part, "web", info.web)
    _add(part, "contact", info.contact)
    _add_pairs(part, "parameter", info.parameters)
    for resource in info.resources:
        _add_resource(part, resource)
    for area in info.areas:
        _add_area(part, area)


def _add_pairs(parent: etree._Element, name: str, pairs: tuple[Named, ...]) -> None:
    for pair in pairs:
        part = _child(parent, name)
        _add(part, "valueName", pair.name)
        _child(part, "value").text = pair.value.strip()


def _add_resource(parent: etree._Element, resource: Resource) -> None:
    part = _child(parent, "resource")
    _add(part, "resourceDesc", resource.description)
    _add(part, "mimeType", resource.mime_type)
    if resource.size_bytes is not None:
        _add(part, "size", str(resource.size_bytes))
    _add(part, "uri", resource.uri)
    _add(part, "derefUri", resource.content)
    _add(part, "digest", resource.digest)


def _add_area(parent: etree._Element, area: Area) -> None:
    part = _child(parent, "area")
    _add(part, "areaDesc", area.description)
    _add(part, "polygon", *(ring_text(ring) for ring in area.polygons))
    _add(part, "circle", *(circle_text(circle) for circle in area.circles))
    _add_pairs(part, "geocode", area.geocodes)
    if area.altitude_ft is not None:
        _add(part, "altitude", number_text(area.altitude_ft))
    if area.ceiling_ft is not None:
        _add(part, "ceiling", number_text(area.ceiling_ft))
