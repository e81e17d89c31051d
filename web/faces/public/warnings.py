"""Warnings for everybody: the page, the feed, each message as a document. No drill comes this far."""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from emergency.cap.feeds import FEED_TYPE, entries, feed
from emergency.cap.messages import MIME_TYPE, Alert
from emergency.warnings.reading import get_public, list_in_force, list_public
from web.accounts.guards import open_to_all, open_without_visitor
from web.origin import origin_of
from web.rendering import page
from web.warning_work import LAWS_MEASURE
from web.wiring import Wired

router = APIRouter()
FEED_RULE = "public, max-age=30"
DOCUMENT_RULE = "public, max-age=86400"


@router.get("/warnings", dependencies=[open_to_all])
def show_warnings(request: Request, wiring: Wired) -> Response:
    """What is in force now, and what was withdrawn or replaced lately."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        now_in_force = list_in_force(session, at)
        known = [one.alert for one in list_public(session, at)]
    shown = {one.alert.reference for one in now_in_force}
    over = [one for one in entries(known, at) if one.alert.reference not in shown]
    context = {"in_force": now_in_force, "over": over, "laws_measure": LAWS_MEASURE}
    return page(request, "public/warnings.html", context)


@router.get("/warnings/feed.atom", dependencies=[open_without_visitor])
def show_feed(request: Request, wiring: Wired) -> Response:
    """Our warnings that have not expired, as an Atom feed; withdrawn ones are shown as withdrawn."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        known = [one.alert for one in list_public(session, at)]
    site = wiring.settings.site_url.rstrip("/") or origin_of(request)

    def url_of(alert: Alert) -> str:
        return f"{site}/warnings/{quote(alert.identifier, safe=':')}.xml"

    held = entries(known, at)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    body = feed(
        held,
        title=f"{wiring.city.name}预警",
        author=wiring.city.name,
        feed_url=f"{site}/warnings/feed.atom",
        url_of=url_of,
        at=midnight,
    )
    changed = max((one.updated for one in held), default=midnight)
    return _answer(request, body, f"{FEED_TYPE}; charset=utf-8", changed=changed, rule=FEED_RULE)


@router.get("/warnings/{identifier}.xml", dependencies=[open_without_visitor])
def show_document(request: Request, identifier: str, wiring: Wired) -> Response:
    """A message of ours as it went out, signed; it never changes."""
    with wiring.sessions() as session:
        kept = get_public(session, identifier)
    return _answer(request, kept.document, MIME_TYPE, changed=kept.alert.sent, rule=DOCUMENT_RULE)


def _answer(request: Request, body: bytes, kind: str, *, changed: datetime, rule: str) -> Response:
    """The body, or that whoever asks has it already; a tag counts before a date."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Last-Modified": format_datetime(changed.astimezone(UTC).replace(microsecond=0), usegmt=True),
        "Cache-Control": rule,
        "Access-Control-Allow-Origin": "*",
    }
    if _has(request, etag, changed.replace(microsecond=0)):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)


def _has(request: Request, etag: str, changed: datetime) -> bool:
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or etag in (one.strip().removeprefix("W/") for one in tags.split(","))
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return False
    return changed <= (since if since.tzinfo else since.replace(tzinfo=UTC))
