"""Columns of steps that are taken for many cases (schema `cases`)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from cases.tables import SCHEMA
from gis_core.db import Base

MOMENT = TIMESTAMP(timezone=True)


class BulkRunRow(Base):
    """Many cases that somebody chose, the step, how far it is (批量办理)."""

    __tablename__ = "bulk_run"
    __table_args__ = (
        # Usage: a page that sends twice chooses once.
        Index("uq_bulk_run_token", "token", unique=True),
        # Usage: a person's own, the newest first.
        Index("ix_bulk_run_person", "by_person_id", "id"),
        # Usage: what the worker has to do, the oldest first.
        Index("ix_bulk_run_open", "id", postgresql_where=text("status IN ('checking', 'running')")),
        CheckConstraint(
            "status IN ('draft', 'checking', 'checked', 'running', 'done', 'cancelled')",
            name="status_is_known",
        ),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    token: Mapped[UUID] = mapped_column()  # made by the page
    by_person_id: Mapped[int] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    by_organisation_code: Mapped[str | None] = mapped_column(String(24))
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))  # held when it was chosen
    back: Mapped[str] = mapped_column(Text)  # address of the list it was chosen from
    status: Mapped[str] = mapped_column(String(12))
    action: Mapped[str | None] = mapped_column(String(24))
    role: Mapped[str | None] = mapped_column(String(24))  # the post in which the step is taken
    sent: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # fields of the step
    rows: Mapped[int] = mapped_column()
    at: Mapped[datetime] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)


class BulkItemRow(Base):
    """One case of many: whether it can take the step, then what came of it."""

    __tablename__ = "bulk_item"
    __table_args__ = (
        # Usage: what is still to do, in order; counts by outcome; lists of one outcome.
        Index("ix_bulk_item_outcome", "run_id", "outcome", "place"),
        {"schema": SCHEMA},
    )
    run_id: Mapped[int] = mapped_column(ForeignKey("cases.bulk_run.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)  # from 1
    case_id: Mapped[int] = mapped_column(BigInteger)
    case_no: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int] = mapped_column()  # at the dry run; nothing is done to a case that has moved since
    outcome: Mapped[str] = mapped_column(String(12))  # chosen able unable done moved refused left
    code: Mapped[str | None] = mapped_column(String(40))  # of the refusal
    message: Mapped[str | None] = mapped_column(Text)
