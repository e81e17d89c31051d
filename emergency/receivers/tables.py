"""Columns of receivers of warnings and of what went out to each (schema `emergency`)."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from emergency.tables import MOMENT, SCHEMA
from gis_core.db import Base

KINDS = "'media', 'telecom', 'crowded_place', 'higher_body', 'garrison', 'neighbour'"


class WarningReceiverRow(Base):
    """Somebody who is told of every actual warning; removed ones stay, so that removing can be undone."""

    __tablename__ = "warning_receiver"
    __table_args__ = (
        # Usage: one of each name and kind on the list; an import finds by it what is there.
        Index(
            "uq_warning_receiver_name",
            "kind",
            "name",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
        CheckConstraint(f"kind IN ({KINDS})", name="kind_is_known"),
        CheckConstraint("channel IN ('phone', 'sms')", name="channel_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(16))
    person: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(8))
    valid_until: Mapped[date | None] = mapped_column()
    removed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    changed_at: Mapped[datetime] = mapped_column(MOMENT)
    changed_by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    changed_by: Mapped[str] = mapped_column(Text)
    is_synthetic: Mapped[bool] = mapped_column()


class WarningDeliveryRow(Base):
    """A warning on its way to a receiver; its moments say how it stands, see `emergency/cap/receipts`."""

    __tablename__ = "warning_delivery"
    __table_args__ = (
        UniqueConstraint("warning_id", "receiver_id", name="uq_warning_delivery_receiver"),
        UniqueConstraint("token", name="uq_warning_delivery_token"),
        # Usage: SMS that are to be sent now.
        Index("ix_warning_delivery_due", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
        # Usage: warnings of which nobody on duty was told that they are not confirmed.
        Index("ix_warning_delivery_untold", "created_at", postgresql_where=text("told_at IS NULL")),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    warning_id: Mapped[int] = mapped_column(ForeignKey("emergency.warning.id"))
    receiver_id: Mapped[int] = mapped_column(ForeignKey("emergency.warning_receiver.id"))
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    channel: Mapped[str] = mapped_column(String(8))
    token: Mapped[str] = mapped_column(String(43))
    attempts: Mapped[int] = mapped_column(Integer)
    next_try_at: Mapped[datetime | None] = mapped_column(MOMENT)
    sent_at: Mapped[datetime | None] = mapped_column(MOMENT)
    sent_by: Mapped[str] = mapped_column(Text)
    delivered_at: Mapped[datetime | None] = mapped_column(MOMENT)
    confirmed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    confirmed_by: Mapped[str] = mapped_column(Text)
    confirmation_noted_by: Mapped[str] = mapped_column(Text)  # empty: the receiver pressed the link itself
    failed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    failure: Mapped[str] = mapped_column(Text)
    failure_noted_by: Mapped[str] = mapped_column(Text)
    told_at: Mapped[datetime | None] = mapped_column(MOMENT)  # when the desk heard of its silence
    is_replaced: Mapped[bool] = mapped_column()  # a later message of the chain went out
