"""Writes of trusted senders and of feeds."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.cap.certificates import Certificate
from emergency.sources.reading import KeptFeed, feed_of_row
from emergency.sources.tables import WarningFeedRow, WarningTrustRow


def add_trust(
    session: Session,
    certificate: Certificate,
    asking: Asking,
    *,
    name: str,
    sender: str,
    is_authority: bool,
    until: datetime | None,
) -> bool:
    """Believe a certificate for a sender; False when it is believed already."""
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
    row = WarningTrustRow
    added = upsert(row).values(values)
    once = added.on_conflict_do_nothing(
        index_elements=[row.sender, row.fingerprint], index_where=row.withdrawn_at.is_(None)
    )
    return session.execute(once.returning(row.id)).first() is not None


def withdraw_trust(session: Session, trust_id: int, why: str, asking: Asking) -> bool:
    """Believe it no more; False when there is none that is believed."""
    done = session.execute(
        update(WarningTrustRow)
        .where(WarningTrustRow.id == min(trust_id, 2**62), WarningTrustRow.withdrawn_at.is_(None))
        .values(withdrawn_at=asking.at, withdrawn_by=asking.name, withdrawn_why=why)
        .returning(WarningTrustRow.id)
    )
    return done.first() is not None


def add_feed(session: Session, name: str, url: str, every_min: int, asking: Asking) -> bool:
    """Read a feed from now on; without an address, expect to hear a sender who has a key of that name.

    False when another has the name.
    """
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
    added = upsert(WarningFeedRow).values(values).on_conflict_do_nothing(constraint="uq_warning_feed_name")
    return session.execute(added.returning(WarningFeedRow.id)).first() is not None


def change_feed(session: Session, feed_id: int, **columns: Any) -> bool:
    """Let columns of a feed be these; False when there is no such feed."""
    row = WarningFeedRow
    done = session.execute(
        update(row).where(row.id == min(feed_id, 2**62)).values(**columns).returning(row.id)
    )
    return done.first() is not None


def claim_feed(session: Session, at: datetime, *, until: datetime) -> KeptFeed | None:
    """Take the feed that is due longest; nobody else takes it until a moment, whatever comes of it."""
    due = (
        select(WarningFeedRow)
        .where(WarningFeedRow.is_on, WarningFeedRow.next_at <= at, WarningFeedRow.url != "")
        .order_by(WarningFeedRow.next_at, WarningFeedRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.scalars(due).first()
    if row is None:
        return None
    feed = feed_of_row(row)
    change_feed(session, feed.id, next_at=until, tried_at=at)
    return feed


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
