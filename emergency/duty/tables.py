"""Columns of the duty roster (schema `emergency`): shifts with their people, and handings over."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from emergency.tables import MOMENT, SCHEMA
from gis_core.db import Base


class DutyShiftRow(Base):
    """A person on duty in a post for some hours. Who is absent stays in the roster, beside the stand-in."""

    __tablename__ = "duty_shift"
    __table_args__ = (
        # Usage: who is on duty at a moment; the roster of some days.
        Index("ix_duty_shift_starts", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        CheckConstraint("post IN ('duty_officer', 'deputy', 'duty_leader')", name="post_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    post: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    person_name: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(MOMENT)
    ends_at: Mapped[datetime] = mapped_column(MOMENT)
    absent_why: Mapped[str | None] = mapped_column(Text)
    stands_in_for: Mapped[int | None] = mapped_column(ForeignKey("emergency.duty_shift.id"))
    written_by: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(MOMENT)
    is_synthetic: Mapped[bool] = mapped_column()


class HandoverRow(Base):
    """A shift handed over to the next: what is open, in words and by number, given and taken."""

    __tablename__ = "handover"
    __table_args__ = (
        # Usage: the last handing over; those of some days.
        Index("ix_handover_given", "given_at"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    given_by_id: Mapped[int | None] = mapped_column(BigInteger)
    given_by: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime] = mapped_column(MOMENT)
    words: Mapped[str] = mapped_column(Text)
    open_matters: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)  # incidents as they stood
    taken_by_id: Mapped[int | None] = mapped_column(BigInteger)
    taken_by: Mapped[str | None] = mapped_column(Text)
    taken_at: Mapped[datetime | None] = mapped_column(MOMENT)
    taken_words: Mapped[str | None] = mapped_column(Text)
