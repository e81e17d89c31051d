"""Positions written like Cursor on Target: `<event>` with `<point>` and `<detail><track>`; without DTDs.

What is read: `event/@uid` (the mover, `v12`), `event/@time`, `point/@lat`, `@lon`, `@ce` (circular error,
metres; 9999999 for unknown), `track/@course` (degrees) and `@speed` (metres a second). Several events stand
in an `<events>` element, which may carry `sent_at`. Everything else is passed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from gis_core.errors import BadInput

UNKNOWN_M = 9_999_999.0
MOST_DEEP = 20


class BadCot(BadInput):
    """The document is no CoT-like XML, or has a DTD."""

    code = "bad_cot"


@dataclass(slots=True)
class _Reader:
    """Collects events while the document is read."""

    rows: list[dict[str, object]] = field(default_factory=list)
    sent_at: str | None = None
    depth: int = 0

    def open(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth > MOST_DEEP:
            raise BadCot("XML 的层次太多。没有写入任何内容，请按文档的样例重发。")
        if name == "events":
            self.sent_at = attributes.get("sent_at")
        elif name == "event":
            self.rows.append({"mover": attributes.get("uid"), "at": attributes.get("time")})
        elif name == "point" and self.rows:
            self.rows[-1] |= {
                "lon": _number(attributes.get("lon")),
                "lat": _number(attributes.get("lat")),
                "accuracy_m": _accuracy(attributes.get("ce")),
            }
        elif name == "track" and self.rows:
            self.rows[-1] |= {
                "heading_deg": _number(attributes.get("course")),
                "speed_mps": _number(attributes.get("speed")),
            }

    def close(self, _: str) -> None:
        self.depth -= 1


def read_cot(body: bytes) -> tuple[list[dict[str, object]], str | None]:
    """The events of a document as rows of a batch, and what it says of when it was sent.

    :raises BadCot: when it is not well-formed, has a DTD (so no entity is ever expanded) or holds no event.
    """
    reader, parser = _Reader(), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.open, reader.close
    parser.StartDoctypeDeclHandler = _refuse_dtd
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as problem:
        raise BadCot("不是可读的 XML。没有写入任何内容，请按文档的样例重发。") from problem
    if not reader.rows:
        raise BadCot("XML 中没有 event。没有写入任何内容，请按文档的样例重发。")
    return reader.rows, reader.sent_at


def _refuse_dtd(*_: Any) -> None:
    raise BadCot("不接受带 DTD 的 XML。没有写入任何内容，请去掉 DOCTYPE 后重发。")


def _number(said: str | None) -> float | None:
    try:
        return None if said is None else float(said)
    except ValueError:
        return None


def _accuracy(said: str | None) -> float | None:
    number = _number(said)
    return None if number is None or number >= UNKNOWN_M else number
