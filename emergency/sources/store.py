"""Writes of trusted senders."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.cap.certificates import Certificate
from emergency.sources.tables import WarningTrustRow


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
