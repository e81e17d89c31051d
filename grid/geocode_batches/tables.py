"""Columns of files of addresses that were brought to be geocoded (schema `grid`); rows lie in files."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from gis_core.db import Base
from grid.tables import SCHEMA

MOMENT = TIMESTAMP(timezone=True)


class GeocodeBatchRow(Base):
    """A file of addresses: whose it is, what was told of it, how far it is, what came of it."""

    __tablename__ = "geocode_batch"
    __table_args__ = (
        # Usage: a person's own files, the newest first; the same file brought again.
        Index("ix_geocode_batch_person", "by_person_id", "id"),
        # Usage: what the worker has to do, the oldest first.
        Index("ix_geocode_batch_open", "id", postgresql_where=text("status IN ('waiting', 'running')")),
        CheckConstraint(
            "status IN ('draft', 'waiting', 'running', 'done', 'cancelled', 'refused')",
            name="status_is_known",
        ),
        CheckConstraint("status = 'draft' OR told IS NOT NULL", name="started_is_told"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(Text)
    rows: Mapped[int] = mapped_column()
    looked: Mapped[dict[str, Any]] = mapped_column(JSONB)  # encoding, separator, heading
    told: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # columns, near; NULL until it is started
    status: Mapped[str] = mapped_column(String(12))
    rows_done: Mapped[int] = mapped_column(server_default=text("0"))
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # code and sentence
    has_files: Mapped[bool] = mapped_column(server_default=text("true"))  # false once they were removed
    by_person_id: Mapped[int] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
