"""What is wrong with a message: `check_content` at any time, `check` on receipt or before publishing.

Errors block, warnings do not; the list is in `emergency.cap.findings`. What publishing refuses on top is
what makes receivers drop or misread a message: stale and absurd times, and a public warning that lacks what
Art. 64 of the emergency response law asks for.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations
from math import isfinite
from urllib.parse import urlsplit

from shapely import Polygon
from shapely.validation import explain_validity

from emergency.cap.findings import Finding, finding
from emergency.cap.messages import (
    Alert,
    Area,
    Info,
    MsgType,
    Resource,
    Response,
    Ring,
    Scope,
    Status,
    texts_of,
)
from emergency.cap.plain import number_text, reference_text

CLOCK_SLACK = timedelta(minutes=5)
"""How far clocks may differ; assumed."""
STALE_AFTER = timedelta(hours=1)
"""A draft signed so long ago is looked at again before it goes out; assumed."""
ABSURD_AFTER = timedelta(days=366)
"""No warning is about a moment so far ahead; assumed."""
MOST_VERTICES = 100
MOST_HEADLINE, MOST_EVENT = 160, 35
_LONG, _MONTH = timedelta(hours=24), timedelta(days=31)

_NAME = re.compile(r"[^\s,&<]+")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_MIME = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(\s*;\s*[\w.-]+=[^;]+)*")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]+")
_HTML = re.compile(r"</?[A-Za-z][^<>]*>|<!--|&(?:[A-Za-z]{2,8}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_CONTROL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OID = re.compile(r"urn:oid:2\.49\.0\.1(\.(0|[1-9]\d*))+")
_SHA1 = re.compile(r"[0-9A-Fa-f]{40}")
_UNSAFE = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})
_TEXTS = ("note", "event", "audience", "sender_name", "headline", "description", "instruction", "contact")
_SPOKEN = re.compile(rf"(^|/)({'|'.join(_TEXTS)})$")


def is_name(text: str) -> bool:
    """Whether a text can be the sender or the identifier of a message."""
    return _NAME.fullmatch(text) is not None


def check_content(alert: Alert) -> tuple[Finding, ...]:
    """All that is wrong with a message whatever the time."""
    found = [*_of_names(alert), *_of_texts(alert), *_of_scope(alert), *_of_references(alert)]
    for number, info in enumerate(alert.infos, start=1):
        found += _of_info(info, f"infos[{number}]", alert)
    found += _between_infos(alert)
    return tuple(found)


def check(
    alert: Alert, at: datetime, *, for_publishing: bool = False, is_drill: bool = False
) -> tuple[Finding, ...]:
    """All that is wrong with a message at a moment: on receipt, or before it is published.

    In a drill nothing but an exercise may be published, whatever else is right.
    """
    found = list(check_content(alert))
    found += _before_publishing(alert, at) if for_publishing else _on_receipt(alert, at)
    if for_publishing and is_drill and alert.status is not Status.EXERCISE:
        found.append(finding("drill_must_be_exercise", "status"))
    return tuple(found)


def _of_names(alert: Alert) -> Iterator[Finding]:
    for name, value in (("identifier", alert.identifier), ("sender", alert.sender)):
        if not value.strip():
            yield finding("missing_element", name, name=name)
        elif not is_name(value):
            yield finding(f"bad_{name}", name, value=value)
    if is_name(alert.identifier) and not _OID.fullmatch(alert.identifier):
        yield finding("identifier_not_oid", "identifier")
    if alert.sent.utcoffset() == timedelta(0):
        yield finding("utc_offset", "sent")
    for name, items in (("addresses", alert.addresses), ("incidents", alert.incidents)):
        for number, item in enumerate(items, start=1):
            if '"' in item or not item.strip():
                yield finding("quote_in_item", f"{name}[{number}]", value=item)


def _of_texts(alert: Alert) -> Iterator[Finding]:
    for where, text in texts_of(alert):
        if _CONTROL.search(text):
            yield finding("control_character", where)
        is_spoken = _SPOKEN.search(where) or ("areas[" in where and where.endswith("/description"))
        if is_spoken and (markup := _HTML.search(text)):
            yield finding("html_in_text", where, value=markup[0])
    if alert.status is Status.EXERCISE and not alert.note:
        yield finding("exercise_without_note", "note")
    if alert.msg_type is MsgType.ERROR and not alert.note:
        yield finding("error_without_note", "note")


def _of_scope(alert: Alert) -> Iterator[Finding]:
    if alert.restriction and alert.scope is not Scope.RESTRICTED:
        yield finding("restriction_without_scope", "restriction")
    if alert.scope is Scope.RESTRICTED and not alert.restriction:
        yield finding("restricted_without_restriction", "restriction")
    if alert.scope is Scope.PRIVATE and not alert.addresses:
        yield finding("private_without_addresses", "addresses")


def _of_references(alert: Alert) -> Iterator[Finding]:
    if alert.msg_type is not MsgType.ALERT and not alert.references:
        yield finding("references_missing", "references", name=alert.msg_type)
    for number, named in enumerate(alert.references, start=1):
        where = f"references[{number}]"
        if not (is_name(named.sender) and is_name(named.identifier)):
            yield finding("bad_reference", where, value=reference_text(named))
        if named == alert.reference:
            yield finding("references_itself", where)
        elif named.sent > alert.sent:
            yield finding("reference_later", where, value=named.identifier)


def _of_info(info: Info, where: str, alert: Alert) -> Iterator[Finding]:
    if not info.categories:
        yield finding("missing_element", f"{where}/categories", name="category")
    if not info.event.strip():
        yield finding("missing_element", f"{where}/event", name="event")
    if not _LANGUAGE.fullmatch(info.language):
        yield finding("bad_language", f"{where}/language", value=info.language)
    yield from _of_web(info.web, f"{where}/web")
    yield from _of_length(info, where)
    for name in ("urgency", "severity", "certainty"):
        if getattr(info, name) == "Unknown":
            yield finding("unknown_value", f"{where}/{name}", name=name)
    for name in ("event_codes", "parameters"):
        for number, pair in enumerate(getattr(info, name), start=1):
            if not pair.name.strip():
                yield finding("missing_element", f"{where}/{name}[{number}]", name="valueName")
    yield from _of_span(info, where, alert)
    for number, resource in enumerate(info.resources, start=1):
        yield from _of_resource(resource, f"{where}/resources[{number}]")
    for number, area in enumerate(info.areas, start=1):
        yield from _of_area(area, f"{where}/areas[{number}]")


def _of_web(web: str, where: str) -> Iterator[Finding]:
    if not web:
        return
    if not _URI.fullmatch(web):
        yield finding("web_not_absolute", where, value=web)
    elif _is_unsafe(web):
        yield finding("unsafe_uri", where, value=web)


def _is_unsafe(uri: str) -> bool:
    try:
        return urlsplit(uri).scheme.lower() in _UNSAFE
    except ValueError:
        return True


def _of_length(info: Info, where: str) -> Iterator[Finding]:
    if len(info.headline) > MOST_HEADLINE:
        yield finding("headline_long", f"{where}/headline", count=len(info.headline))
    if len(info.event) > MOST_EVENT:
        yield finding("event_long", f"{where}/event", count=len(info.event))
    if info.headline and info.headline == info.description:
        yield finding("headline_repeats_description", f"{where}/headline")
    if info.description and info.description == info.instruction:
        yield finding("description_repeats_instruction", f"{where}/instruction")


def _of_span(info: Info, where: str, alert: Alert) -> Iterator[Finding]:
    if info.expires is None:
        return
    start = info.onset or info.effective or alert.sent
    if info.expires - start > _MONTH:
        yield finding("longer_than_a_month", f"{where}/expires")
    elif info.expires - start > _LONG and alert.msg_type is MsgType.ALERT:
        yield finding("long_without_update", f"{where}/expires")


def _of_resource(resource: Resource, where: str) -> Iterator[Finding]:
    if not resource.description.strip():
        yield finding("missing_element", f"{where}/description", name="resourceDesc")
    if not _MIME.fullmatch(resource.mime_type):
        yield finding("bad_mime", f"{where}/mime_type", value=resource.mime_type)
    if resource.size_bytes is not None and resource.size_bytes < 0:
        yield finding("bad_size", f"{where}/size_bytes", value=resource.size_bytes)
    if resource.uri and _is_unsafe(resource.uri):
        yield finding("unsafe_uri", f"{where}/uri", value=resource.uri)
    elif resource.uri and not _URI.fullmatch(resource.uri) and not resource.content:
        yield finding("relative_uri_without_content", f"{where}/uri", value=resource.uri)
    if resource.content and not _is_base64(resource.content):
        yield finding("bad_base64", f"{where}/content")
    if resource.digest and not _SHA1.fullmatch(resource.digest):
        yield finding("bad_digest", f"{where}/digest", value=resource.digest)


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _of_area(area: Area, where: str) -> Iterator[Finding]:
    if not area.description.strip():
        yield finding("missing_element", f"{where}/description", name="areaDesc")
    for number, ring in enumerate(area.polygons, start=1):
        yield from _of_ring(ring, f"{where}/polygons[{number}]")
    for number, circle in enumerate(area.circles, start=1):
        path = f"{where}/circles[{number}]"
        if not (isfinite(circle.radius_km) and circle.radius_km >= 0):
            yield finding("negative_radius", path, value=circle.radius_km)
        elif circle.radius_km == 0:
            yield finding("zero_radius", path)
    for number, pair in enumerate(area.geocodes, start=1):
        if not pair.name.strip():
            yield finding("missing_element", f"{where}/geocodes[{number}]", name="valueName")
    if area.geocodes and not area.has_shape:
        yield finding("geocode_without_shape", f"{where}/geocodes", name=area.description)
    yield from _of_heights(area, where)


def _of_ring(ring: Ring, where: str) -> Iterator[Finding]:
    """Which way a ring runs does not matter: the area is what it encloses."""
    if len(ring) < 4:
        yield finding("polygon_too_short", where, count=len(ring))
        return
    if ring[0] != ring[-1]:
        yield finding("polygon_open", where)
        return
    shape = Polygon([(place.lon_deg, place.lat_deg) for place in ring])
    if not shape.is_valid:
        told = explain_validity(shape)
        crossing = re.search(r"Self-intersection\[([-\d.e]+) ([-\d.e]+)", told)
        if crossing:
            place = f"{float(crossing[2]):.5f},{float(crossing[1]):.5f}"
            yield finding("polygon_crosses", where, place=place)
        else:
            yield finding("polygon_broken", where)
    elif shape.area == 0:
        yield finding("polygon_broken", where)
    if len(ring) - 1 > MOST_VERTICES:
        yield finding("many_vertices", where, count=len(ring) - 1)


def _of_heights(area: Area, where: str) -> Iterator[Finding]:
    for name, value in (("altitude", area.altitude_ft), ("ceiling", area.ceiling_ft)):
        if value is not None and not isfinite(value):
            yield finding("bad_number", f"{where}/{name}_ft", name=name, value=value)
            return
    if area.ceiling_ft is None:
        return
    if area.altitude_ft is None:
        yield finding("ceiling_without_altitude", f"{where}/ceiling_ft")
    elif area.ceiling_ft < area.altitude_ft:
        told = {"ceiling": number_text(area.ceiling_ft), "altitude": number_text(area.altitude_ft)}
        yield finding("ceiling_below_altitude", f"{where}/ceiling_ft", **told)


def _between_infos(alert: Alert) -> Iterator[Finding]:
    for first, second in combinations(alert.infos, 2):
        if first.language.lower() != second.language.lower() and _same_words(first, second):
            yield finding("same_text_two_languages", "infos", first=first.language, second=second.language)
    if len({frozenset(info.categories) for info in alert.infos}) > 1:
        yield finding("categories_differ", "infos")
    if len({frozenset(info.event_codes) for info in alert.infos}) > 1:
        yield finding("event_codes_differ", "infos")


def _same_words(first: Info, second: Info) -> bool:
    return any(
        getattr(first, name) and getattr(first, name) == getattr(second, name)
        for name in ("headline", "description", "instruction")
    )


def _on_receipt(alert: Alert, at: datetime) -> Iterator[Finding]:
    if alert.sent > at + CLOCK_SLACK:
        yield finding("received_from_future", "sent", minutes=_minutes(alert.sent - at))
    ends = [info.expires for info in alert.infos]
    if ends and all(end is not None and end <= at for end in ends):
        yield finding("received_expired", "infos")


def _minutes(span: timedelta) -> int:
    return round(span.total_seconds() / 60)


def _before_publishing(alert: Alert, at: datetime) -> Iterator[Finding]:
    if alert.sent > at + CLOCK_SLACK:
        yield finding("sent_in_future", "sent", minutes=_minutes(alert.sent - at))
    elif alert.sent < at - STALE_AFTER:
        yield finding("sent_stale", "sent", minutes=_minutes(at - alert.sent))
    if alert.msg_type in {MsgType.ALERT, MsgType.UPDATE} and alert.is_for_public and not alert.infos:
        yield finding("no_info", "infos")
    for number, info in enumerate(alert.infos, start=1):
        where = f"infos[{number}]"
        yield from _of_times(info, where, alert, at)
        if alert.msg_type in {MsgType.ALERT, MsgType.UPDATE} and alert.is_for_public:
            yield from _of_duty(info, where)


def _of_times(info: Info, where: str, alert: Alert, at: datetime) -> Iterator[Finding]:
    for name in ("effective", "onset", "expires"):
        moment = getattr(info, name)
        if moment is not None and moment < alert.sent:
            yield finding("time_before_sent", f"{where}/{name}", name=name)
        elif moment is not None and moment > at + ABSURD_AFTER:
            yield finding("absurd_time", f"{where}/{name}", name=name)
    if info.expires is None:
        return
    if info.expires <= (info.effective or alert.sent):
        yield finding("expires_before_effective", f"{where}/expires")
    elif info.expires <= at and Response.ALL_CLEAR not in info.responses:
        yield finding("already_expired", f"{where}/expires")


def _of_duty(info: Info, where: str) -> Iterator[Finding]:
    """Art. 64: kind, level, start, possible area, what to beware of, measures, issuing body, issue time."""
    if not info.areas:
        yield finding("no_area", f"{where}/areas")
    elif not any(area.has_shape for area in info.areas):
        yield finding("no_shape", f"{where}/areas")
    for name in ("headline", "instruction"):
        if not getattr(info, name).strip():
            yield finding(f"no_{name}", f"{where}/{name}")
    if info.expires is None:
        yield finding("no_expires", f"{where}/expires")
