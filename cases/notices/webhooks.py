"""Other systems that are told of steps: registered, their secrets changed, paused; told by `delivering`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases.rules.stages import TRANSITIONS
from gis_core.errors import BadInput, Conflict, NotFound
from gis_core.messages.posting import Poster
from gis_core.messages.signing import new_secret

OCCASIONS = tuple(dict.fromkeys((*(edge.action for edge in TRANSITIONS), "at_risk", "overdue")))
"""What another system can be told of: the steps of the table, and clocks."""
FORMER_FOR = timedelta(hours=24)
"""How long the former secret signs along after it was changed."""


class BadWebhook(BadInput):
    """A webhook without a name, or for an occasion that there is not."""

    code = "bad_webhook"


class WebhookTaken(Conflict):
    """Another webhook has the name."""

    code = "webhook_taken"


class WebhookNotFound(NotFound):
    """There is no webhook of this name."""

    code = "webhook_not_found"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook, without its secrets; counts are those of its messages."""

    name: str
    url: str
    occasions: tuple[str, ...]
    is_active: bool
    created_at: datetime
    former_until: datetime | None
    sent: int
    waiting: int
    dead: int


_ADD = text("""
    INSERT INTO cases.webhook (name, url, secret, occasions, created_at)
    VALUES (:name, :url, :secret, :occasions, :at)
""")
_LIST = text("""
    SELECT h.name, h.url, h.occasions, h.is_active, h.created_at, h.former_until,
        count(*) FILTER (WHERE d.status = 'sent') AS sent,
        count(*) FILTER (WHERE d.status = 'waiting') AS waiting,
        count(*) FILTER (WHERE d.status = 'dead') AS dead
    FROM cases.webhook h LEFT JOIN cases.delivery d ON d.webhook_id = h.id
    GROUP BY h.id ORDER BY h.name
""")
_ROTATE = text("""
    UPDATE cases.webhook SET former_secret = secret, former_until = :until, secret = :secret
    WHERE name = :name RETURNING id
""")
_SWITCH = text("UPDATE cases.webhook SET is_active = :is_active WHERE name = :name RETURNING id")
_REMOVE = text("DELETE FROM cases.webhook WHERE name = :name RETURNING id")


def add_webhook(
    session: Session, name: str, url: str, occasions: Sequence[str], *, poster: Poster, at: datetime
) -> str:
    """Register a webhook; answers its secret, which is told this once.

    :raises BadWebhook: for a name or an occasion that cannot be.
    :raises HostNotAllowed: for an address that the settings do not open.
    :raises WebhookTaken: when there is one of that name.
    """
    tidy = name.strip()
    if not 1 <= len(tidy) <= 40 or "/" in tidy:
        raise BadWebhook("请给对接起一个 1 至 40 字的名称，不含斜杠。")
    unknown = [one for one in occasions if one not in OCCASIONS]
    if unknown:
        raise BadWebhook(f"没有事项“{unknown[0][:24]}”，可用：{'、'.join(OCCASIONS)}。")
    poster.check(url)
    secret = new_secret()
    given = {"name": tidy, "url": url, "secret": secret, "occasions": list(occasions), "at": at}
    try:
        with session.begin_nested():
            session.execute(_ADD, given)
    except IntegrityError:
        raise WebhookTaken(f"已有名为“{tidy}”的对接，请换一个名称。") from None
    return secret


def list_webhooks(session: Session) -> tuple[Webhook, ...]:
    """Every webhook, by name."""
    return tuple(_webhook(row) for row in session.execute(_LIST).mappings())


def rotate_secret(session: Session, name: str, *, at: datetime) -> str:
    """Change a secret; the former one signs along for a day. Answers the new one, which is told this once."""
    secret = new_secret()
    _need(session, name, session.execute(_ROTATE, {"name": name, "secret": secret, "until": at + FORMER_FOR}))
    return secret


def switch_webhook(session: Session, name: str, *, is_active: bool) -> None:
    """Pause a webhook, or let it go on; what happened meanwhile is not told."""
    _need(session, name, session.execute(_SWITCH, {"name": name, "is_active": is_active}))


def remove_webhook(session: Session, name: str) -> None:
    """Remove a webhook and the log of its messages."""
    _need(session, name, session.execute(_REMOVE, {"name": name}))


def _need(session: Session, name: str, found: Any) -> None:
    if found.first() is None:
        raise WebhookNotFound(f"没有名为“{name[:40]}”的对接。")


def _webhook(row: Any) -> Webhook:
    return Webhook(**{**row, "occasions": tuple(row["occasions"])})
