"""Trusted senders as pages and the intake look at them. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from emergency.cap.signing import Trusted
from emergency.sources.tables import WarningTrustRow


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
