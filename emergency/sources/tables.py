"""Columns of trusted senders and of feeds of warnings (schema `emergency`)."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
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


class WarningFeedRow(Base):
    """A feed of somebody else that is read every so many minutes, and how the last time went."""

    __tablename__ = "warning_feed"
    __table_args__ = (
        UniqueConstraint("name", name="uq_warning_feed_name"),
        # Usage: feeds that are to be read now.
        Index("ix_warning_feed_next", "next_at", postgresql_where=text("is_on")),
        CheckConstraint("every_min BETWEEN 1 AND 1440", name="every_is_sane"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    url: Mapped[str] = mapped_column(Text)
    every_min: Mapped[int] = mapped_column(Integer)
    is_on: Mapped[bool] = mapped_column()
    changed_at: Mapped[datetime] = mapped_column(MOMENT)
    changed_by: Mapped[str] = mapped_column(Text)
    next_at: Mapped[datetime] = mapped_column(MOMENT)
    tried_at: Mapped[datetime | None] = mapped_column(MOMENT)
    heard_at: Mapped[datetime | None] = mapped_column(MOMENT)
    etag: Mapped[str] = mapped_column(Text)
    last_modified: Mapped[str] = mapped_column(Text)
    seen: Mapped[list[str]] = mapped_column(JSONB)  # items of the last time that need no second look
    failures: Mapped[int] = mapped_column(Integer)  # in a row
    failure: Mapped[str] = mapped_column(Text)
    taken: Mapped[int] = mapped_column(Integer)  # messages that were new
