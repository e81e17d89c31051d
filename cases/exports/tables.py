"""Columns of files of lists that the worker writes (schema `cases`); the files lie in the home folder."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, String, Text, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from cases.tables import SCHEMA
from gis_core.db import Base

MOMENT = TIMESTAMP(timezone=True)


class ExportRow(Base):
    """A file of a list: whose, of which filter, in which form, how far it is."""

    __tablename__ = "export"
    __table_args__ = (
        # Usage: a page that sends twice asks once.
        Index("uq_export_token", "token", unique=True),
        # Usage: a person's own, the newest first.
        Index("ix_export_person", "by_person_id", "id"),
        # Usage: what the worker has to write, the oldest first.
        Index("ix_export_open", "id", postgresql_where=text("status IN ('waiting', 'running')")),
        # Usage: the sweep of files whose time is over.
        Index("ix_export_at", "at", postgresql_where=text("status <> 'gone'")),
        CheckConstraint(
            "status IN ('waiting', 'running', 'done', 'cancelled', 'broken', 'gone')", name="status_is_known"
        ),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    token: Mapped[UUID] = mapped_column()  # made by the page
    by_person_id: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(Text)  # as the file is named
    form: Mapped[str] = mapped_column(String(8))  # xlsx csv geojson
    language: Mapped[str] = mapped_column(String(2))
    query: Mapped[str] = mapped_column(Text)  # the whole filter, cut down to what the person may see
    status: Mapped[str] = mapped_column(String(12))
    rows: Mapped[int] = mapped_column()  # counted when it was asked for
    rows_done: Mapped[int] = mapped_column(server_default=text("0"))
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(MOMENT)
    touched_at: Mapped[datetime | None] = mapped_column(MOMENT)  # by the worker that writes it
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
