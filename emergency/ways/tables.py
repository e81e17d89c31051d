"""Columns of closures of roads (schema `emergency`): how they stand, and what was done to them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from emergency.tables import MOMENT, SCHEMA
from gis_core.db import Base


class ClosureRow(Base):
    """A closure of roads (封控) as it stands, of an incident or of the city."""

    __tablename__ = "closure"
    __table_args__ = (
        UniqueConstraint("client_id", name="uq_closure_client_id"),
        # Usage: what roads must obey now or later, read whenever the version of closures is another one.
        Index("ix_closure_ends", "ends_at", postgresql_where=text("lifted_at IS NULL")),
        # Usage: the closures of one incident on its page.
        Index("ix_closure_incident", "incident_no", postgresql_where=text("incident_no IS NOT NULL")),
        CheckConstraint("ends_at > begins_at", name="ends_after_it_begins"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    client_id: Mapped[UUID] = mapped_column()
    revision: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", srid=-1, spatial_index=False))
    begins_at: Mapped[datetime] = mapped_column(MOMENT)
    ends_at: Mapped[datetime | None] = mapped_column(MOMENT)
    lifted_at: Mapped[datetime | None] = mapped_column(MOMENT)
    may_enter: Mapped[list[str]] = mapped_column(JSONB)
    incident_no: Mapped[str | None] = mapped_column(String(24))
    is_drill: Mapped[bool] = mapped_column()


class ClosureFactRow(Base):
    """What was done to a closure, by whom and when; append-only."""

    __tablename__ = "closure_fact"
    __table_args__ = ({"schema": SCHEMA},)
    closure_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.closure.id"), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(MOMENT)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ClosureVersionRow(Base):
    """The version of all closures together: one row, counted up by whoever writes, so writers go in line."""

    __tablename__ = "closure_version"
    __table_args__ = (CheckConstraint("is_only", name="there_is_one"), {"schema": SCHEMA})
    is_only: Mapped[bool] = mapped_column(Boolean, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger)
