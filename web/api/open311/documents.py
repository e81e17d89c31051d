"""Answers as GeoReport v2 writes them: one tree, told as XML (text/xml) or as JSON without its root."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Literal
from xml.etree import ElementTree as ET

from starlette.requests import Request
from starlette.responses import Response

from gis_core.errors import NotFound

Format = Literal["xml", "json"]
Tree = Mapping[str, object] | Sequence[object]
MEDIA_TYPES: dict[Format, str] = {
    "xml": "text/xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
}
MEMBERS = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "notes": "note",
}
"""What the members of a list are called in XML."""
# XML 1.0 has no place for these, and UTF-8 none for the last of them.
_NO_SIGN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENDING = re.compile(r"\.(xml|json)$")


class UnknownFormat(NotFound):
    """An answer in another format than XML and JSON."""

    code = "format_not_spoken"


def format_asked(request: Request) -> Format:
    """The format that the address ends in.

    :raises UnknownFormat: for any other ending.
    """
    ending = request.path_params.get("fmt")
    if ending not in (None, "xml", "json"):
        raise UnknownFormat("只有 .xml 和 .json 两种格式。请更正地址。")
    return format_wanted(request)


def format_wanted(request: Request) -> Format:
    """The format of the address, else of the header Accept, else XML, which every client reads."""
    if ending := _ENDING.search(request.url.path):
        return "json" if ending[1] == "json" else "xml"
    accepted = request.headers.get("accept", "").lower()
    json_at, xml_at = accepted.find("json"), accepted.find("xml")
    return "json" if json_at >= 0 and (xml_at < 0 or json_at < xml_at) else "xml"


def write(root: str, tree: Tree, form: Format, *, status: int = 200) -> Response:
    """The answer; whoever asks again gets what holds then."""
    body = as_json(tree) if form == "json" else as_xml(root, tree)
    headers = {
        "Content-Type": MEDIA_TYPES[form],
        "Cache-Control": "no-cache",
        "Vary": "Accept, Accept-Language",
        # Anybody's page may read what is open to anybody: a key stands in the body, and no cookie counts.
        "Access-Control-Allow-Origin": "*",
    }
    return Response(body, status, headers=headers)


def as_json(tree: Tree) -> bytes:
    """The tree as JSON; what has no value is left out.

    >>> as_json([{"code": "01", "media_url": None}])
    b'[{"code":"01"}]'
    """
    return json.dumps(_plain(tree), ensure_ascii=False, separators=(",", ":")).encode()


def as_xml(root: str, tree: Tree) -> bytes:
    """The tree as XML under its root; what has no value is left out.

    >>> as_xml("services", [{"service_code": "01", "metadata": True}]).decode().splitlines()[1]
    '<services><service><service_code>01</service_code><metadata>true</metadata></service></services>'
    """
    element = ET.Element(root)
    _fill(element, _plain(tree))
    written: bytes = ET.tostring(element, encoding="utf-8", xml_declaration=True)
    return written


def _fill(element: ET.Element, value: object) -> None:
    match value:
        case Mapping():
            for name, part in value.items():
                _fill(ET.SubElement(element, name), part)
        case list():
            for part in value:
                _fill(ET.SubElement(element, MEMBERS[element.tag]), part)
        case bool():
            element.text = "true" if value else "false"
        case _:
            element.text = str(value)


def _plain(value: object) -> object:
    """The same without what has no value, and without signs that neither format can carry."""
    match value:
        case str():
            return _NO_SIGN.sub("\ufffd", value)
        case Mapping():
            return {name: _plain(part) for name, part in value.items() if part is not None}
        case Sequence():
            return [_plain(part) for part in value]
        case _:
            return value
