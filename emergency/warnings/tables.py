"""Columns of warnings (schema `emergency`): every message as it is, out and in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from emergency.tables import MOMENT, SCHEMA
from gis_core.db import Base


class WarningRow(Base):
    """A message of warning; it is never changed. How it stands follows from the messages after it."""

    __tablename__ = "warning"
    __table_args__ = (
        UniqueConstraint("sender", "identifier", "sent", name="uq_warning_reference"),
        UniqueConstraint("client_id", name="uq_warning_client_id"),
        # Usage: what is in force now, asked by every public first page.
        Index("ix_warning_ends", "ends_at", postgresql_where=text("direction = 'out'")),
        # Usage: the document at its public address.
        Index("ix_warning_identifier", "identifier"),
        # Usage: the list at the duty desk, the newest first; what replaced a message.
        Index("ix_warning_sent", "sent"),
        # Usage: what went out about an incident, on its page.
        Index("ix_warning_incident", "incident_no", postgresql_where=text("incident_no IS NOT NULL")),
        CheckConstraint("direction IN ('in', 'out')", name="direction_is_known"),
        CheckConstraint("NOT is_drill OR status <> 'Actual'", name="drill_is_not_actual"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    direction: Mapped[str] = mapped_column(String(3))
    sender: Mapped[str] = mapped_column(String(200))
    identifier: Mapped[str] = mapped_column(String(200))
    sent: Mapped[datetime] = mapped_column(MOMENT)
    status: Mapped[str] = mapped_column(String(8))
    msg_type: Mapped[str] = mapped_column(String(8))
    scope: Mapped[str] = mapped_column(String(10))
    ends_at: Mapped[datetime] = mapped_column(MOMENT)  # when its last block ceases to hold by itself
    is_drill: Mapped[bool] = mapped_column()
    incident_no: Mapped[str | None] = mapped_column(String(24))
    client_id: Mapped[UUID | None] = mapped_column()
    document: Mapped[bytes] = mapped_column(LargeBinary)  # as it went out or came in, byte by byte
    message: Mapped[dict[str, Any]] = mapped_column(JSONB)  # as it was read
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    assumptions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    signature: Mapped[str] = mapped_column(String(16))
    signature_words: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)  # the name of the key that brought it; empty for our own
    kept_at: Mapped[datetime] = mapped_column(MOMENT)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
