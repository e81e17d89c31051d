"""Trusted senders and feeds as pages and the intake look at them. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from emergency.cap.signing import Trusted
from emergency.sources.tables import WarningFeedRow, WarningTrustRow


@dataclass(frozen=True, slots=True)
class KeptTrust:
    """A certificate that speaks, or spoke, for a sender."""

    id: int
    name: str
    sender: str
    fingerprint: str
    subject: str
    valid_until: datetime
    is_authority: bool
    until: datetime | None
    added_at: datetime
    added_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str
    withdrawn_why: str

    @property
    def grouped(self) -> str:
        """The fingerprint in groups of four, to be compared by telephone."""
        return " ".join(self.fingerprint[n : n + 4] for n in range(0, len(self.fingerprint), 4)).upper()

    def ends_at(self) -> datetime:
        """When it speaks no more: the earlier of its own end and the one that was set."""
        return min(self.valid_until, self.until) if self.until else self.valid_until


SILENT_AFTER = 3
"""A feed, or a sender by key, is silent when not heard for so many times its pause; the figure is assumed."""


@dataclass(frozen=True, slots=True)
class KeptFeed:
    """A feed and how it went."""

    id: int
    name: str
    url: str
    every_min: int
    is_on: bool
    changed_at: datetime
    changed_by: str
    next_at: datetime
    tried_at: datetime | None
    heard_at: datetime | None
    etag: str
    last_modified: str
    seen: frozenset[str]
    failures: int
    failure: str
    taken: int

    @property
    def is_by_key(self) -> bool:
        """Whether nobody reads it: a sender who hands warnings in by key, from whom we expect to hear."""
        return not self.url

    def is_silent(self, at: datetime) -> bool:
        """Whether it is on and was not heard for long, from when it was switched on at the earliest."""
        since = max(self.heard_at or self.changed_at, self.changed_at)
        return self.is_on and at - since > SILENT_AFTER * timedelta(minutes=self.every_min)


def list_feeds(session: Session) -> list[KeptFeed]:
    """Every feed, by name."""
    return [feed_of_row(row) for row in session.scalars(select(WarningFeedRow).order_by(WarningFeedRow.name))]


def last_heard(session: Session) -> datetime | None:
    """Since when all feeds that are on have been heard: the oldest of their last times.

    None when there is none, or one was never heard: then it is unknown what others warn of.
    """
    heard = [one.heard_at for one in list_feeds(session) if one.is_on]
    known = [one for one in heard if one is not None]
    return min(known) if known and len(known) == len(heard) else None


def feed_of_row(row: WarningFeedRow) -> KeptFeed:
    """A feed as its row has it."""
    return KeptFeed(
        row.id,
        row.name,
        row.url,
        row.every_min,
        row.is_on,
        row.changed_at,
        row.changed_by,
        row.next_at,
        row.tried_at,
        row.heard_at,
        row.etag,
        row.last_modified,
        frozenset(row.seen),
        row.failures,
        row.failure,
        row.taken,
    )


def list_trusted(session: Session) -> tuple[Trusted, ...]:
    """What is believed now; what has ended is among it, so that a signature can say why it does not count."""
    rows = session.scalars(select(WarningTrustRow).where(WarningTrustRow.withdrawn_at.is_(None)))
    return tuple(
        Trusted(row.sender, row.certificate_pem.encode("ascii"), row.is_authority, row.until) for row in rows
    )


def list_trust(session: Session) -> list[KeptTrust]:
    """Every certificate, those that are withdrawn last."""
    rows = session.scalars(
        select(WarningTrustRow).order_by(
            WarningTrustRow.withdrawn_at.desc().nulls_first(), WarningTrustRow.name, WarningTrustRow.id
        )
    )
    return [_of_row(row) for row in rows]


def _of_row(row: WarningTrustRow) -> KeptTrust:
    return KeptTrust(
        row.id,
        row.name,
        row.sender,
        row.fingerprint,
        row.subject,
        row.valid_until,
        row.is_authority,
        row.until,
        row.added_at,
        row.added_by,
        row.withdrawn_at,
        row.withdrawn_by,
        row.withdrawn_why,
    )
