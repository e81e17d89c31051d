"""Feeds of warnings: our own as Atom, those of others as Atom, RSS 2.0, EDXL-DE or a bare message.

A feed keeps every message that has not expired, whatever became of it: what was withdrawn is shown as
withdrawn. Drills, tests and drafts are in no feed. Reading opens nothing: it says where the messages are,
or hands out those that lie in the feed itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal
from urllib.parse import urljoin, urlsplit

from lxml import etree

from emergency.cap.lifecycle import STANDING_NAMES, Standing, ended_by, expires, standing
from emergency.cap.messages import MIME_TYPE, Alert, MsgType
from emergency.cap.plain import city_moment_text
from emergency.cap.safe_xml import local_name, namespace_of, parse, text_of, to_bytes
from emergency.cap.schema_order import VERSIONS
from gis_core.errors import BadInput

ATOM: Final = "http://www.w3.org/2005/Atom"
EDXL: Final = "urn:oasis:names:tc:emergency:EDXL:DE:1.0"
FEED_TYPE: Final = "application/atom+xml"
_GONE = frozenset({Standing.CANCELLED, Standing.UPDATED})


class NotAFeed(BadInput):
    """XML, but no feed that is known here."""

    code = "cap_not_a_feed"


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of a feed and how it stands."""

    alert: Alert
    standing: Standing
    ended_at: datetime | None

    @property
    def updated(self) -> datetime:
        """When the entry last changed: sent, or withdrawn."""
        return self.ended_at or self.alert.sent

    @property
    def title(self) -> str:
        """The headline, with how it stands when that is no more in force."""
        words = next((info.headline or info.event for info in self.alert.infos), self.alert.identifier)
        return f"【{STANDING_NAMES[self.standing]}】{words}" if self.standing in _GONE else words


def entries(known: Sequence[Alert], at: datetime) -> list[Entry]:
    """What a public feed holds at a moment, the newest first.

    Warnings until they expire, withdrawn or not; cancels as long as something they withdraw is there.
    """
    public = [alert for alert in known if alert.is_for_public and alert.sent <= at]
    warnings = [
        alert for alert in public if alert.msg_type in {MsgType.ALERT, MsgType.UPDATE} and expires(alert) > at
    ]
    living = {alert.reference for alert in warnings}
    cancels = [
        alert
        for alert in public
        if alert.msg_type is MsgType.CANCEL and not living.isdisjoint(alert.references)
    ]
    found = [_entry(known, alert, at) for alert in (*warnings, *cancels)]
    return sorted(found, key=lambda entry: (entry.updated, entry.alert.identifier), reverse=True)


def _entry(known: Sequence[Alert], alert: Alert, at: datetime) -> Entry:
    ender = ended_by(known, alert, at)
    return Entry(alert, standing(known, alert, at), ender.sent if ender else None)


def feed(
    shown: Sequence[Entry],
    *,
    title: str,
    author: str,
    feed_url: str,
    url_of: Callable[[Alert], str],
    at: datetime,
) -> bytes:
    """An Atom feed whose entries link the documents themselves; the same entries give the same bytes.

    `at` is used only when there is no entry.
    """
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _put(root, "id", feed_url)
    _put(root, "title", title)
    _put(root, "updated", city_moment_text(max((entry.updated for entry in shown), default=at)))
    etree.SubElement(root, f"{{{ATOM}}}link", rel="self", type=FEED_TYPE, href=feed_url)
    _put(etree.SubElement(root, f"{{{ATOM}}}author"), "name", author)
    for entry in shown:
        _put_entry(root, entry, url_of(entry.alert))
    return to_bytes(root)


def _put(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{name}").text = text


def _put_entry(root: etree._Element, entry: Entry, url: str) -> None:
    part = etree.SubElement(root, f"{{{ATOM}}}entry")
    _put(part, "id", url)
    _put(part, "title", entry.title)
    _put(part, "updated", city_moment_text(entry.updated))
    _put(part, "published", city_moment_text(entry.alert.sent))
    etree.SubElement(part, f"{{{ATOM}}}link", rel="alternate", type=MIME_TYPE, href=url)
    etree.SubElement(part, f"{{{ATOM}}}category", term=entry.standing, label=STANDING_NAMES[entry.standing])
    if summary := next((info.description for info in entry.alert.infos if info.description), ""):
        _put(part, "summary", summary)


FeedKind = Literal["atom", "rss", "edxl", "alert"]


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A message of somebody's feed: where it is, or the document itself."""

    item_id: str
    title: str
    updated: datetime | None
    url: str = ""
    document: bytes = b""


@dataclass(frozen=True, slots=True)
class FeedRead:
    """A feed as it was read; `skipped` counts items without a message that can be fetched."""

    kind: FeedKind
    items: tuple[FeedItem, ...]
    skipped: int = 0


def read_feed(data: bytes, base_url: str) -> FeedRead:
    """The messages of a feed that was fetched from an address.

    :raises NotXml: XmlTooLarge, XmlWithDoctype.
    :raises NotAFeed: when it is neither Atom nor RSS 2.0, EDXL-DE or a message of CAP.
    """
    root = parse(data)
    name, space = local_name(root), namespace_of(root)
    if (name, space) == ("feed", ATOM):
        return _read_items("atom", [child for child in root if local_name(child) == "entry"], base_url)
    if (name, space) == ("rss", ""):
        return _read_items("rss", list(root.iterfind("channel/item")), base_url)
    if (name, space) == ("EDXLDistribution", EDXL):
        return _read_edxl(root)
    if name == "alert" and space in VERSIONS:
        return FeedRead("alert", (_embedded(root),))
    raise NotAFeed("这不是能识别的预警信息源。可用：Atom、RSS 2.0、EDXL-DE、CAP 消息。")


def _read_items(kind: FeedKind, elements: Iterable[etree._Element], base_url: str) -> FeedRead:
    made = [_item(element, base_url) for element in elements]
    items = tuple(item for item in made if item)
    return FeedRead(kind, items, len(made) - len(items))


def _item(element: etree._Element, base_url: str) -> FeedItem | None:
    said = {local_name(child): text_of(child) for child in reversed(element)}
    updated = _moment(said.get("updated") or said.get("published") or said.get("pubDate") or "")
    name = said.get("id") or said.get("guid") or ""
    if (inside := next(_alerts_in(element), None)) is not None:
        document = etree.tostring(inside, encoding="UTF-8", with_tail=False)
        return FeedItem(name, said.get("title", ""), updated, document=document)
    url = _address(_link(element) or said.get("link", ""), base_url)
    return FeedItem(name or url, said.get("title", ""), updated, url=url) if url else None


def _link(element: etree._Element) -> str:
    """The link to the message of CAP, else the first one."""
    links = [child for child in element if local_name(child) == "link" and child.get("href")]
    typed = [link for link in links if MIME_TYPE in link.get("type", "")]
    return next((link.get("href", "") for link in (*typed, *links)), "")


def _address(link: str, base_url: str) -> str:
    """The whole address of a link; empty for what is not fetched over the web."""
    try:
        address = urljoin(base_url, link) if link else ""
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in {"http", "https"} and parts.hostname else ""


def _alerts_in(element: etree._Element) -> Iterator[etree._Element]:
    return (part for part in element.iter() if local_name(part) == "alert" and namespace_of(part) in VERSIONS)


def _read_edxl(root: etree._Element) -> FeedRead:
    """The messages that lie in `embeddedXMLContent`; content objects without any are skipped."""
    objects = [child for child in root if local_name(child) == "contentObject"]
    found = [[_embedded(alert) for alert in _alerts_in(part)] for part in objects]
    items = tuple(item for part in found for item in part)
    return FeedRead("edxl", items, sum(not part for part in found))


def _embedded(alert: etree._Element) -> FeedItem:
    said = {local_name(child): text_of(child) for child in reversed(alert)}
    document = etree.tostring(alert, encoding="UTF-8", with_tail=False)
    return FeedItem(said.get("identifier", ""), "", _moment(said.get("sent", "")), document=document)


def _moment(text: str) -> datetime | None:
    """A moment as feeds write it, by RFC 3339 or RFC 822; None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
