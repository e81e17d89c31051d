"""Columns of the registers of resources (schema `emergency`): resources of all kinds, and their facts."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
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


class ResourceRow(Base):
    """A resource. One that was removed keeps its row, so that removing is undone; no code is given twice."""

    __tablename__ = "resource"
    __table_args__ = (
        UniqueConstraint("code", name="uq_resource_code"),
        # Usage: the registers by kind; what a map, a route or a plan asks for.
        Index("ix_resource_kind", "kind", "code"),
        # Usage: resources near an incident; those of a map's view.
        Index("ix_resource_geom", "geom", postgresql_using="gist"),
        CheckConstraint(
            "readiness IN ('available', 'on_duty', 'repair', 'out_of_use')", name="readiness_is_known"
        ),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(Text)
    organisation_code: Mapped[str] = mapped_column(ForeignKey("grid.organisation.code"))
    geom: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=-1, spatial_index=False))
    place_text: Mapped[str] = mapped_column(Text)
    readiness: Mapped[str] = mapped_column(String(12))
    readiness_since: Mapped[date] = mapped_column(Date)
    checked_on: Mapped[date | None] = mapped_column(Date)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)  # as `emergency.rules.resources.DETAILS` says
    contact_name: Mapped[str] = mapped_column(Text)
    contact_phone: Mapped[str] = mapped_column(Text)  # nowhere else: facts keep it with stars
    contact_confirmed_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(12))
    is_synthetic: Mapped[bool] = mapped_column()
    removed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    revision: Mapped[int] = mapped_column(server_default=text("0"))  # number of facts
    last_hash: Mapped[bytes | None] = mapped_column(LargeBinary)


class ResourceFactRow(Base):
    """What happened to a resource, by whom and why; append-only, hash-chained per resource."""

    __tablename__ = "resource_fact"
    __table_args__ = ({"schema": SCHEMA},)
    resource_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(MOMENT)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    by_role: Mapped[str] = mapped_column(String(24))
    by_organisation_code: Mapped[str | None] = mapped_column(String(24))
    action: Mapped[str] = mapped_column(String(16))  # added changed checked confirmed removed restored
    reason: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)  # what is so now, and what was before
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
