"""The outbox: messages that are due are claimed, tried, noted and tried again; nothing here sends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from cases.notices.reading import said
from cases.notices.store import DELIVER
from gis_core.jobs import send_later, send_named

CLAIM_FOR = timedelta(minutes=2)
"""How long a worker has for one attempt; after that, another may think it dead."""
FORGOTTEN_AFTER = timedelta(minutes=3)
"""A message that is due for so long has no job any more: the sweep queues one."""


@dataclass(frozen=True, slots=True)
class Due:
    """A message that this worker has claimed, with all that its channel needs.

    `occasion` is the step, clock or thing in the field that it tells of; empty for a message of none.
    `lately` counts what went to the same address in the last hour and day; `is_stopped` says that its
    follower wants no more.
    """

    id: int
    channel: str
    attempt: int
    case_no: str
    occasion: str
    language: str
    title: str
    text: str
    address: str | None
    track_code: str | None
    stop_token: str | None
    endpoint: str | None
    p256dh: str | None
    auth: str | None
    subscription_id: int | None
    url: str | None
    secrets: tuple[str, ...]
    body: dict[str, Any] | None
    is_stopped: bool
    lately: tuple[int, int]


_CLAIM = text("""
    UPDATE cases.delivery SET claimed_until = :until, attempt_count = attempt_count + 1
    WHERE id = :id AND status = 'waiting' AND next_at <= :at
      AND (claimed_until IS NULL OR claimed_until <= :at)
    RETURNING id
""")
_READ = text("""
    SELECT d.id, d.channel, d.attempt_count AS attempt, d.body, d.subscription_id,
        coalesce(c.case_no, '') AS case_no, coalesce(n.occasion, '') AS occasion,
        coalesce(f.language, w.language, 'zh') AS language, n.words,
        coalesce(f.address, CASE d.channel WHEN 'email' THEN w.email WHEN 'sms' THEN w.phone END) AS address,
        f.track_code, f.stop_token,
        f.stopped_at IS NOT NULL OR (d.person_id IS NOT NULL AND NOT p.is_active) AS is_stopped,
        s.endpoint, s.p256dh, s.auth,
        CASE WHEN h.is_active THEN h.url END AS url, h.secret, h.former_secret,
        h.former_until > :at AS has_former, lately.hour, lately.day
    FROM cases.delivery d
    LEFT JOIN cases.seen_case c ON c.id = d.case_id
    LEFT JOIN cases.notice n ON n.id = d.notice_id
    LEFT JOIN accounts.person p ON p.id = d.person_id
    LEFT JOIN cases.notice_wish w ON w.person_id = d.person_id
    LEFT JOIN cases.follower f ON f.id = d.follower_id
    LEFT JOIN cases.push_subscription s ON s.id = d.subscription_id
    LEFT JOIN cases.webhook h ON h.id = d.webhook_id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE o.sent_at > :at - interval '1 hour') AS hour, count(*) AS day
        FROM cases.delivery o
        WHERE o.status = 'sent' AND o.sent_at > :at - interval '1 day' AND o.channel = d.channel
          AND (o.person_id = d.person_id AND o.subscription_id IS NOT DISTINCT FROM d.subscription_id
               OR o.follower_id IN (SELECT id FROM cases.follower same WHERE same.address = f.address))
    ) lately
    WHERE d.id = :id
""")
_NOTE = text("""
    WITH noted AS (
        INSERT INTO cases.delivery_attempt (delivery_id, at, is_sent, answer, took_ms)
        SELECT :id, :at, :status = 'sent', :answer, :took_ms WHERE CAST(:answer AS text) IS NOT NULL
    )
    UPDATE cases.delivery SET status = :status, next_at = :next_at, claimed_until = NULL,
        sent_at = CASE WHEN :status = 'sent' THEN CAST(:at AS timestamptz) ELSE sent_at END,
        attempt_count = attempt_count - CASE WHEN CAST(:answer AS text) IS NULL THEN 1 ELSE 0 END
    WHERE id = :id
""")
_FORGOTTEN = text("""
    SELECT id FROM cases.delivery
    WHERE status = 'waiting' AND next_at <= :before AND (claimed_until IS NULL OR claimed_until <= :before)
    ORDER BY next_at LIMIT :most
""")
_AGAIN = text("""
    UPDATE cases.delivery SET status = 'waiting', next_at = :at, attempt_count = 0, claimed_until = NULL
    WHERE id = :id AND status IN ('dead', 'limited', 'sent') RETURNING id
""")
_GONE = text("DELETE FROM cases.push_subscription WHERE id = :id")


def claim(session: Session, delivery_id: int, *, at: datetime) -> bool:
    """Take a message that is due; False when it is not, or another worker has it."""
    given = {"id": delivery_id, "at": at, "until": at + CLAIM_FOR}
    return session.execute(_CLAIM, given).first() is not None


def read_due(session: Session, delivery_id: int, *, at: datetime) -> Due:
    """A message that was claimed."""
    row = session.execute(_READ, {"id": delivery_id, "at": at}).mappings().one()
    title, words = ("", "") if row["words"] is None else said(row["words"], row["language"], row["case_no"])
    names = (
        "id", "channel", "attempt", "case_no", "occasion", "language", "address", "track_code", "stop_token",
        "endpoint", "p256dh", "auth", "subscription_id", "url", "body", "is_stopped",
    )  # fmt: skip
    return Due(
        title=title,
        text=words,
        secrets=_secrets(row),
        lately=(row["hour"], row["day"]),
        **{name: row[name] for name in names},
    )


def _secrets(row: RowMapping) -> tuple[str, ...]:
    """The new secret first; the former one until it ends."""
    former = row["former_secret"] if row["has_former"] else None
    return tuple(secret for secret in (row["secret"], former) if secret)


def note(
    session: Session,
    delivery_id: int,
    *,
    at: datetime,
    status: str,
    answer: str | None = None,
    took_ms: int = 0,
    next_at: datetime | None = None,
) -> None:
    """Note what became of a message; with `next_at` a job tries it then; without an answer none did."""
    given = {"id": delivery_id, "at": at, "status": status, "answer": answer, "took_ms": took_ms}
    session.execute(_NOTE, given | {"next_at": next_at or at})
    if next_at is not None:
        send_later(DELIVER, session, next_at, delivery_ids=[delivery_id])


def forget_subscription(session: Session, subscription_id: int) -> None:
    """A browser takes no more messages."""
    session.execute(_GONE, {"id": subscription_id})


def queue_forgotten(session: Session, *, at: datetime, most: int = 500) -> Sequence[int]:
    """Queue a job for messages that are due and that no job looks after: a worker died with them."""
    given = {"before": at - FORGOTTEN_AFTER, "most": most}
    ids = list(session.execute(_FORGOTTEN, given).scalars())
    if ids:
        send_named(DELIVER, session, delivery_ids=ids)
    return ids


def send_again(session: Session, delivery_id: int, *, at: datetime) -> bool:
    """Have a message tried anew that was given up, held back or sent; False when it waits anyhow."""
    if session.execute(_AGAIN, {"id": delivery_id, "at": at}).first() is None:
        return False
    send_named(DELIVER, session, delivery_ids=[delivery_id])
    return True
