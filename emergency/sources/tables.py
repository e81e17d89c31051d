"""Columns of trusted senders of warnings (schema `emergency`)."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from emergency.tables import MOMENT, SCHEMA
from gis_core.db import Base


class WarningTrustRow(Base):
    """A certificate that speaks for a sender; withdrawn ones stay, with who withdrew them and why."""

    __tablename__ = "warning_trust"
    __table_args__ = (
        # Usage: a certificate is trusted once for each sender.
        Index(
            "uq_warning_trust_sender",
            "sender",
            "fingerprint",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    sender: Mapped[str] = mapped_column(String(200))
    certificate_pem: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))  # SHA-256, in small letters
    subject: Mapped[str] = mapped_column(Text)
    valid_until: Mapped[datetime] = mapped_column(MOMENT)  # as the certificate itself says
    is_authority: Mapped[bool] = mapped_column()
    until: Mapped[datetime | None] = mapped_column(MOMENT)
    added_at: Mapped[datetime] = mapped_column(MOMENT)
    added_by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    added_by: Mapped[str] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None] = mapped_column(MOMENT)
    withdrawn_by: Mapped[str] = mapped_column(Text)
    withdrawn_why: Mapped[str] = mapped_column(Text)
