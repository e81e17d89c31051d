"""XML of strangers: no document types, no entities, nothing fetched, bounded in size, depth and number.

What is looked through for a document type is the very text that is parsed, whatever encoding it came in.
"""

import re
from typing import Final

from lxml import etree

from gis_core.errors import BadInput

MOST_BYTES: Final = 4 * 1024**2
MOST_DEPTH: Final = 24
MOST_ELEMENTS: Final = 50_000
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(rb"""^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']""")
_ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "utf-8-sig": "utf-8-sig", "utf-16": "utf-16", "us-ascii": "ascii",
    "iso-8859-1": "latin-1", "windows-1252": "cp1252",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030",
}  # fmt: skip
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class NotXml(BadInput):
    """Not well-formed XML."""

    code = "cap_not_xml"


class XmlTooLarge(BadInput):
    """Larger, deeper or of more elements than any honest message."""

    code = "cap_too_large"


class XmlWithDoctype(BadInput):
    """A document type or an entity, which no message needs and every attack through XML does."""

    code = "cap_with_doctype"


def parse(data: bytes, *, most_bytes: int = MOST_BYTES, keeps_comments: bool = False) -> etree._Element:
    """The root of a document, comments in it only if asked for, as signatures may cover them.

    :raises XmlTooLarge: XmlWithDoctype, NotXml.
    """
    if len(data) > most_bytes:
        raise XmlTooLarge(
            f"文件有 {len(data):,} 字节，最多 {most_bytes:,} 字节，没有读取。请确认发来的是预警。"
        )
    text = _text_of(data)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise XmlWithDoctype("文件声明了 DOCTYPE 或实体，为防攻击没有读取。请去掉后重新发送。")
    root = _root_of(_DECLARATION.sub("", text, count=1), keeps_comments)
    _require_bounded(root)
    return root


def _text_of(data: bytes) -> str:
    declared = _ENCODING.match(data)
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None:
        encoding = declared[1].decode("ascii") if declared else "utf-8"
    if encoding.lower() not in _ENCODINGS:
        raise NotXml(f"不认识文件声明的编码 {encoding}。请用 UTF-8 保存后重新发送。")
    try:
        return data.decode(_ENCODINGS[encoding.lower()])
    except ValueError as problem:
        raise NotXml(f"文件的编码不是它声明的 {encoding}。请用 UTF-8 保存后重新发送。") from problem


def _root_of(text: str, keeps_comments: bool) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True, dtd_validation=False,
        huge_tree=False, remove_comments=not keeps_comments, remove_pis=not keeps_comments,
    )  # fmt: skip
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise NotXml(f"文件不是格式正确的 XML：{problem}。请检查后重新发送。") from problem
    return root


def _require_bounded(root: etree._Element) -> None:
    level, count, depth = [root], 1, 1
    while level := [child for parent in level for child in parent]:
        count, depth = count + len(level), depth + 1
        if depth > MOST_DEPTH or count > MOST_ELEMENTS:
            raise XmlTooLarge(
                f"文件超过 {MOST_DEPTH} 层或 {MOST_ELEMENTS:,} 个元素，没有读取。请确认发来的是预警。"
            )


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return etree.QName(element).localname


def namespace_of(element: etree._Element) -> str:
    """The namespace of an element, empty for none."""
    return etree.QName(element).namespace or ""


def text_of(element: etree._Element) -> str:
    """The text straight inside an element, trimmed; what stands in children is not read."""
    return ((element.text or "") + "".join(child.tail or "" for child in element)).strip()


def to_bytes(root: etree._Element) -> bytes:
    """A document as UTF-8 with its declaration."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
