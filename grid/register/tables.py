"""Columns of what happens to the register of components (schema `grid`): facts, imports, reviews, surveys.

Nothing here has a foreign key to `grid.component` on purpose: a component is never removed, and a register
that is loaded in bulk is written without a check for each row.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from gis_core.db import Base
from grid.tables import SCHEMA

MOMENT = TIMESTAMP(timezone=True)


def _geometry(kind: str) -> Geometry:
    return Geometry(kind, srid=-1, spatial_index=False)


class ComponentFactRow(Base):
    """What happened to a component, by whom and why; append-only, hash-chained per component."""

    __tablename__ = "component_fact"
    __table_args__ = ({"schema": SCHEMA},)
    component_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(MOMENT)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    by_role: Mapped[str] = mapped_column(String(24))
    by_organisation_code: Mapped[str | None] = mapped_column(String(24))
    action: Mapped[str] = mapped_column(String(16))  # registered changed
    reason: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class ComponentImportRow(Base):
    """A survey file on its way into the register: what was told of it, how far it is, what was found."""

    __tablename__ = "component_import"
    __table_args__ = (
        # Usage: an interrupted import of the same file is taken up.
        Index("ix_component_import_sha256", "sha256"),
        CheckConstraint(
            "status IN ('waiting', 'reading', 'checked', 'applying', 'done', 'refused', 'discarded')",
            name="status_is_known",
        ),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(Text)
    told: Mapped[dict[str, Any]] = mapped_column(JSONB)  # layer, system, encoding … as somebody said
    status: Mapped[str] = mapped_column(String(12))
    frame_version: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int] = mapped_column(server_default=text("0"))
    rows_read: Mapped[int] = mapped_column(server_default=text("0"))
    rows_good: Mapped[int] = mapped_column(server_default=text("0"))
    rows_applied: Mapped[int] = mapped_column(server_default=text("0"))
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))  # findings by kind
    heading: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))  # what the file says
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # code and sentence
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)


class ComponentImportBatchRow(Base):
    """Rows of a file that were staged and committed together; an import is taken up after the last one."""

    __tablename__ = "component_import_batch"
    __table_args__ = ({"schema": SCHEMA},)
    import_id: Mapped[int] = mapped_column(ForeignKey("grid.component_import.id"), primary_key=True)
    first_row: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last_row: Mapped[int] = mapped_column()
    staged: Mapped[int] = mapped_column()


class ComponentImportFindingRow(Base):
    """Something that is wrong or doubtful with a row of a file."""

    __tablename__ = "component_import_finding"
    __table_args__ = (
        # Usage: the report of an import, by row; findings of one kind.
        Index("ix_component_import_finding_import", "import_id", "row"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    import_id: Mapped[int] = mapped_column(BigInteger)
    row: Mapped[int] = mapped_column()
    kind: Mapped[str] = mapped_column(String(24))
    code: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)


class ComponentStagedRow(Base):
    """A row of a file as it would enter the register; unlogged, for a file can be read again."""

    __tablename__ = "component_staged"
    __table_args__ = ({"schema": SCHEMA, "prefixes": ["UNLOGGED"]},)
    import_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    row: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    is_good: Mapped[bool] = mapped_column()
    code: Mapped[str] = mapped_column(String(17))
    alias_code: Mapped[str | None] = mapped_column(String(16))
    edition: Mapped[str | None] = mapped_column(String(24))
    type_code: Mapped[str] = mapped_column(String(5))
    name: Mapped[str] = mapped_column(Text)
    geom: Mapped[WKBElement] = mapped_column(_geometry("POINT"))
    shape: Mapped[WKBElement | None] = mapped_column(_geometry("GEOMETRY"))
    unit_grid_code: Mapped[str | None] = mapped_column(String(15))
    authority_code: Mapped[str | None] = mapped_column(String(24))
    owner_code: Mapped[str | None] = mapped_column(String(24))
    maintainer_code: Mapped[str | None] = mapped_column(String(24))
    state: Mapped[str | None] = mapped_column(String(8))
    first_surveyed_on: Mapped[date | None] = mapped_column(Date)
    changed_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(Text)
    remark: Mapped[str | None] = mapped_column(Text)
    accuracy_class: Mapped[str | None] = mapped_column(String(1))


class SurveyRow(Base):
    """A special survey (专项普查): which types, in which area, by whom, from when to when."""

    __tablename__ = "survey"
    __table_args__ = ({"schema": SCHEMA},)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    theme: Mapped[str] = mapped_column(Text)
    area_code: Mapped[str] = mapped_column(String(12))
    type_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    inspector_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)
    closed_at: Mapped[datetime | None] = mapped_column(MOMENT)


class ProposalRow(Base):
    """What somebody on the street says of the register, waiting for or after its review."""

    __tablename__ = "component_proposal"
    __table_args__ = (
        # Usage: a phone that sends twice proposes once.
        UniqueConstraint("client_id"),
        # Usage: the queue of reviews, oldest first.
        Index("ix_component_proposal_open", "id", postgresql_where=text("status = 'open'")),
        # Usage: the reviews of one component.
        Index("ix_component_proposal_component", "component_id"),
        # Usage: photos that are evidence are not swept away.
        Index(
            "ix_component_proposal_photo", "photo_sha256", postgresql_where=text("photo_sha256 IS NOT NULL")
        ),
        CheckConstraint("status IN ('open', 'accepted', 'returned')", name="status_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    client_id: Mapped[UUID] = mapped_column()
    kind: Mapped[str] = mapped_column(String(8))  # change new
    component_id: Mapped[int | None] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column()  # number of facts the component had when this was said
    type_code: Mapped[str] = mapped_column(String(5))
    state: Mapped[str | None] = mapped_column(String(8))  # proposed; None leaves it
    geom: Mapped[WKBElement | None] = mapped_column(_geometry("POINT"))  # proposed; None leaves it
    photo_sha256: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("grid.survey.id"))
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)
    status: Mapped[str] = mapped_column(String(8), server_default="open")
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)
    decision: Mapped[str | None] = mapped_column(Text)  # the reason given


class SurveyFindingRow(Base):
    """What an inspector saw in a survey: a component found, missing, or standing there unregistered."""

    __tablename__ = "survey_finding"
    __table_args__ = (
        # Usage: a component is found or missed once in a survey; the newest answer counts.
        Index(
            "uq_survey_finding_component",
            "survey_id",
            "component_id",
            unique=True,
            postgresql_where=text("component_id IS NOT NULL"),
        ),
        # Usage: progress of a survey by unit grid.
        Index("ix_survey_finding_grid", "survey_id", "unit_grid_code"),
        CheckConstraint("result IN ('found', 'missing', 'new')", name="result_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("grid.survey.id"))
    component_id: Mapped[int | None] = mapped_column(BigInteger)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("grid.component_proposal.id"))
    unit_grid_code: Mapped[str] = mapped_column(String(15))
    result: Mapped[str] = mapped_column(String(8))
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)
