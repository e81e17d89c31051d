"""The log of messages: what went out, what waits, what was given up; nobody's address is in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

STATUS_NAMES: dict[str, str] = {
    "waiting": "等待发送",
    "sent": "已发送",
    "dead": "未送达",
    "limited": "超出频次，已合并",
    "stopped": "对方已退订",
}
CHANNEL_NAMES: dict[str, str] = {
    "email": "电子邮件",
    "sms": "短信",
    "push": "浏览器推送",
    "webhook": "系统对接",
}
MOST_LOGGED = 100


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: when, how it ended, in how many milliseconds."""

    at: datetime
    is_sent: bool
    answer: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class Logged:
    """A message: by which channel, to whom by name or kind, how far it is, and its attempts."""

    id: int
    channel: str
    case_no: str
    occasion: str
    to: str
    status: str
    created_at: datetime
    next_at: datetime
    attempts: tuple[Attempt, ...]


_LIST = text("""
    SELECT d.id, d.channel, coalesce(c.case_no, '') AS case_no,
        coalesce(n.occasion, d.body ->> 'event', '') AS occasion,
        coalesce(p.name, h.name, '') AS "to", d.status, d.created_at, d.next_at,
        (SELECT coalesce(
            jsonb_agg(jsonb_build_array(a.at, a.is_sent, a.answer, a.took_ms) ORDER BY a.id), '[]')
         FROM cases.delivery_attempt a WHERE a.delivery_id = d.id) AS attempts
    FROM cases.delivery d LEFT JOIN cases.seen_case c ON c.id = d.case_id
    LEFT JOIN cases.notice n ON n.id = d.notice_id
    LEFT JOIN accounts.person p ON p.id = d.person_id
    LEFT JOIN cases.webhook h ON h.id = d.webhook_id
    WHERE (:status = '' OR d.status = :status) AND (:channel = '' OR d.channel = :channel) AND d.id < :before
    ORDER BY d.id DESC LIMIT :most
""")
_COUNT = text(
    "SELECT status, count(*) AS n FROM cases.delivery WHERE status IN ('waiting', 'dead') GROUP BY 1"
)


def list_logged(
    session: Session, *, status: str = "", channel: str = "", before: int = 2**62
) -> tuple[Logged, ...]:
    """The newest messages, the last first, with their attempts; one query."""
    given = {"status": status, "channel": channel, "before": before, "most": MOST_LOGGED}
    return tuple(_logged(row) for row in session.execute(_LIST, given).mappings())


def count_open(session: Session) -> dict[str, int]:
    """How many messages wait, and how many were given up."""
    return {row.status: row.n for row in session.execute(_COUNT)}


def _logged(row: Any) -> Logged:
    attempts = tuple(
        Attempt(datetime.fromisoformat(at), is_sent, answer, took_ms)
        for at, is_sent, answer, took_ms in row["attempts"]
    )
    return Logged(**{**row, "attempts": attempts})
