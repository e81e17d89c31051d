"""Writes of trusted senders and of feeds."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.cap.certificates import Certificate
from emergency.sources.reading import KeptFeed, feed_of_row
from emergency.sources.tables import WarningFeedRow, WarningTrustRow


def find_trust(session: Session, sender: str, fingerprint: str) -> int | None:
    """The entry that trusts a certificate for a sender now."""
    query = select(WarningTrustRow.id).where(
        WarningTrustRow.sender == sender,
        WarningTrustRow.fingerprint == fingerprint,
        WarningTrustRow.withdrawn_at.is_(None),
    )
    return session.execute(query).scalar_one_or_none()


def add_trust(
    session: Session,
    certificate: Certificate,
    asking: Asking,
    *,
    name: str,
    sender: str,
    is_authority: bool,
    until: datetime | None,
) -> None:
    """Believe a certificate for a sender."""
    values: dict[str, Any] = {
        "name": name,
        "sender": sender,
        "certificate_pem": certificate.pem,
        "fingerprint": certificate.fingerprint,
        "subject": certificate.subject,
        "valid_until": certificate.not_after,
        "is_authority": is_authority,
        "until": until,
        "added_at": asking.at,
        "added_by_person_id": asking.person_id,
        "added_by": asking.name,
        "withdrawn_by": "",
        "withdrawn_why": "",
    }
    session.execute(insert(WarningTrustRow).values(values))


def withdraw_trust(session: Session, trust_id: int, why: str, asking: Asking) -> bool:
    """Believe it no more; False when there is none that is believed."""
    done = session.execute(
        update(WarningTrustRow)
        .where(WarningTrustRow.id == min(trust_id, 2**62), WarningTrustRow.withdrawn_at.is_(None))
        .values(withdrawn_at=asking.at, withdrawn_by=asking.name, withdrawn_why=why)
        .returning(WarningTrustRow.id)
    )
    return done.first() is not None


def find_feed(session: Session, name: str) -> int | None:
    """The feed of a name."""
    return session.execute(select(WarningFeedRow.id).where(WarningFeedRow.name == name)).scalar_one_or_none()


def add_feed(session: Session, name: str, url: str, every_min: int, asking: Asking) -> None:
    """Read a feed from now on; without an address, expect to hear a sender who has a key of that name."""
    values: dict[str, Any] = {
        "name": name,
        "url": url,
        "every_min": every_min,
        "is_on": True,
        "changed_at": asking.at,
        "changed_by": asking.name,
        "next_at": asking.at,
        "etag": "",
        "last_modified": "",
        "seen": [],
        "failures": 0,
        "failure": "",
        "taken": 0,
    }
    session.execute(insert(WarningFeedRow).values(values))


def change_feed(session: Session, feed_id: int, **columns: Any) -> bool:
    """Let columns of a feed be these; False when there is no such feed."""
    row = WarningFeedRow
    done = session.execute(
        update(row).where(row.id == min(feed_id, 2**62)).values(**columns).returning(row.id)
    )
    return done.first() is not None


def claim_feeds(session: Session, at: datetime, *, until: datetime) -> list[KeptFeed]:
    """Take the feeds that are due; nobody else takes them until a moment, whatever comes of it."""
    due = (
        select(WarningFeedRow)
        .where(WarningFeedRow.is_on, WarningFeedRow.next_at <= at, WarningFeedRow.url != "")
        .with_for_update(skip_locked=True)
    )
    feeds = [feed_of_row(row) for row in session.scalars(due)]
    for feed in feeds:
        change_feed(session, feed.id, next_at=until, tried_at=at)
    return feeds


def note_delivered(session: Session, name: str, at: datetime, *, taken: int = 0) -> bool:
    """A sender by key was heard; False when nobody expects to hear it."""
    row = WarningFeedRow
    done = session.execute(
        update(row)
        .where(row.name == name, row.url == "")
        .values(heard_at=at, taken=row.taken + taken)
        .returning(row.id)
    )
    return done.first() is not None


def note_heard(
    session: Session, feed: KeptFeed, at: datetime, *, next_at: datetime, taken: int, **columns: Any
) -> None:
    """A feed was heard: how many messages were new, and what else changed."""
    counted = WarningFeedRow.taken + taken
    change_feed(session, feed.id, heard_at=at, next_at=next_at, failures=0, taken=counted, **columns)
