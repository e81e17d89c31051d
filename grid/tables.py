"""Columns of the spatial frame (schema `grid`).

Geometry is in the city's plane system (Baoji: EPSG:4545, metres, multiples of 2^-10 m); the
migration writes the SRID that the city's data folder names. A row that is no longer in force keeps
its shape and gets a `valid_to`; nothing is deleted or renumbered.
"""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    collate,
    func,
    null,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from gis_core.db import Base

SCHEMA = "grid"


def _shape(kind: str) -> Geometry:
    return Geometry(kind, srid=-1, spatial_index=False)


class DivisionRow(Base):
    """A unit of government: prefecture, district, subdistrict or town, community or village."""

    __tablename__ = "division"
    __table_args__ = (
        # Usage: every look-up of a division in force by its code.
        Index("uq_division_code_in_force", "code", unique=True, postgresql_where=text("valid_to IS NULL")),
        # Usage: tiles of borders; the doctor's coverage check.
        Index("ix_division_geom", "geom", postgresql_using="gist"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(String(12))  # prefecture district subdistrict community
    kind: Mapped[str] = mapped_column(String(24))
    parent_code: Mapped[str | None] = mapped_column(String(12))
    geom: Mapped[WKBElement | None] = mapped_column(_shape("MULTIPOLYGON"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(Text)
    shape_source: Mapped[str | None] = mapped_column(Text)
    is_synthetic: Mapped[bool] = mapped_column()  # the shape is drawn, not surveyed


class ZoneRow(Base):
    """An overlay with its own code space, such as the high-tech zone; never a division."""

    __tablename__ = "zone"
    __table_args__ = (
        # Usage: every look-up of a zone in force by its code.
        Index("uq_zone_code_in_force", "code", unique=True, postgresql_where=text("valid_to IS NULL")),
        # Usage: tiles of borders.
        Index("ix_zone_geom", "geom", postgresql_using="gist"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(Text)
    organisation_code: Mapped[str] = mapped_column(String(24))
    geom: Mapped[WKBElement] = mapped_column(_shape("MULTIPOLYGON"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(Text)
    is_synthetic: Mapped[bool] = mapped_column()


class UnitGridRow(Base):
    """A unit grid (单元网格): 15 characters, the smallest unit of management."""

    __tablename__ = "unit_grid"
    __table_args__ = (
        # Usage: every look-up of a unit grid in force by its code.
        Index("uq_unit_grid_code_in_force", "code", unique=True, postgresql_where=text("valid_to IS NULL")),
        # Usage: tiles of grids; PostGIS as oracle of the locator.
        Index("ix_unit_grid_geom", "geom", postgresql_using="gist"),
        # Usage: the grids of a community; the largest number ever used in it.
        Index("ix_unit_grid_community", "community_code"),
        # Usage: the history of one code.
        Index("ix_unit_grid_code", "code"),
        CheckConstraint("length(code) = 15", name="code_has_15_characters"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(15))
    name: Mapped[str] = mapped_column(Text)
    community_code: Mapped[str] = mapped_column(String(12))
    responsibility_code: Mapped[str | None] = mapped_column(String(13))
    zone_code: Mapped[str | None] = mapped_column(String(12))
    geom: Mapped[WKBElement] = mapped_column(_shape("POLYGON"))
    area_m2: Mapped[float] = mapped_column()
    land_use: Mapped[str] = mapped_column(String(16))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)  # the first day on which it is no longer in force
    source: Mapped[str] = mapped_column(Text)
    is_synthetic: Mapped[bool] = mapped_column()
    made_by: Mapped[int | None] = mapped_column(BigInteger)  # the change that made it, if one did
    ended_by: Mapped[int | None] = mapped_column(BigInteger)


class ResponsibilityGridRow(Base):
    """A responsibility grid (责任网格): adjacent unit grids that one inspector walks."""

    __tablename__ = "responsibility_grid"
    __table_args__ = (
        # Usage: every look-up of a responsibility grid in force by its code.
        Index(
            "uq_responsibility_grid_code_in_force",
            "code",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(13))
    name: Mapped[str] = mapped_column(Text)
    subdistrict_code: Mapped[str] = mapped_column(String(9))
    geom: Mapped[WKBElement] = mapped_column(_shape("MULTIPOLYGON"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    is_synthetic: Mapped[bool] = mapped_column()


class StreetRow(Base):
    """A street's centre line with its name and rank; one row a stretch between two crossings or more."""

    __tablename__ = "street"
    __table_args__ = (
        # Usage: tiles of streets; nearest street of a place.
        Index("ix_street_geom", "geom", postgresql_using="gist"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)  # empty for nameless lanes
    rank: Mapped[str] = mapped_column(String(12))  # expressway arterial collector local lane
    width_m: Mapped[float] = mapped_column()
    geom: Mapped[WKBElement] = mapped_column(_shape("LINESTRING"))
    name_source: Mapped[str | None] = mapped_column(Text)
    is_synthetic: Mapped[bool] = mapped_column()


class GroundRow(Base):
    """What the base map shows besides streets: water, green, buildings, railways, estates, squares."""

    __tablename__ = "ground"
    __table_args__ = (
        # Usage: tiles of the base map.
        Index("ix_ground_geom", "geom", postgresql_using="gist"),
        # Usage: tiles of the base map below zoom 15, without buildings.
        Index(
            "ix_ground_geom_wide",
            "geom",
            postgresql_using="gist",
            postgresql_where=text("kind <> 'building'"),
        ),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    # water river green park building railway estate square hill
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str | None] = mapped_column(Text)
    rank: Mapped[int] = mapped_column(default=0)  # storeys of a building, order of a river
    geom: Mapped[WKBElement] = mapped_column(_shape("GEOMETRY"))
    is_synthetic: Mapped[bool] = mapped_column()


class ComponentRow(Base):
    """A component (部件) of the register; fields of GB/T 47678.5-2026 table 2.

    `geom` is where it stands: the point of a point, the middle of a line, a point inside an area; `shape` is
    the line or area itself. How it came to be so is in its facts (`grid/register/tables.py`).
    """

    __tablename__ = "component"
    __table_args__ = (
        # Usage: one component by its 17-character code; the register by keyset.
        Index("uq_component_code", "code", unique=True),
        # Usage: one component by the 16-character code it had in older editions.
        Index(
            "uq_component_alias_code",
            "alias_code",
            unique=True,
            postgresql_where=text("alias_code IS NOT NULL"),
        ),
        # Usage: the register of one type by keyset.
        Index("ix_component_type_code", "type_code", "code"),
        # Usage: the register of what is not intact by keyset; intact ones are nearly all.
        Index("ix_component_state", "state", "code", postgresql_where=text("state <> '完好'")),
        # Usage: the register of one owner by keyset.
        Index("ix_component_owner", "owner_code", "code", postgresql_where=text("owner_code IS NOT NULL")),
        # Usage: tiles of components; the nearest component of a type to a report.
        Index("ix_component_geom", "geom", postgresql_using="gist"),
        # Usage: tiles of lines and areas.
        Index(
            "ix_component_shape", "shape", postgresql_using="gist", postgresql_where=text("shape IS NOT NULL")
        ),
        # Usage: tiles at zoom 13, which draw one component in eight (web/api/ground_tiles.py).
        Index(
            "ix_component_geom_sparse", "geom", postgresql_using="gist", postgresql_where=text("id % 8 = 0")
        ),
        # Usage: counts of components by grid; the register of an area.
        Index("ix_component_unit_grid_code", "unit_grid_code"),
        # Usage: the register of a district by keyset, for the few whose code was given in another one.
        Index(
            "ix_component_strayed",
            "code",
            postgresql_where=text("left(code, 6) <> left(unit_grid_code, 6)"),
        ),
        # Usage: components by part of their name: those whose name has every character of it.
        Index(
            "ix_component_name_signs",
            text('string_to_array(lower(name COLLATE "C"), NULL)'),
            postgresql_using="gin",
        ),
        CheckConstraint("length(code) = 17", name="code_has_17_characters"),
        CheckConstraint("length(alias_code) = 16", name="alias_code_has_16_characters"),
        CheckConstraint("accuracy_class IN ('A', 'B', 'C')", name="accuracy_class_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(17))
    type_code: Mapped[str] = mapped_column(String(5))
    name: Mapped[str] = mapped_column(Text)
    geom: Mapped[WKBElement] = mapped_column(_shape("POINT"))
    unit_grid_code: Mapped[str] = mapped_column(String(15))
    authority_code: Mapped[str] = mapped_column(String(24))
    owner_code: Mapped[str | None] = mapped_column(String(24))
    maintainer_code: Mapped[str | None] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(8), server_default="完好")
    first_surveyed_on: Mapped[date] = mapped_column(Date)
    changed_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(Text)
    is_synthetic: Mapped[bool] = mapped_column()
    alias_code: Mapped[str | None] = mapped_column(String(16))  # code under CJ/T 214 or GB/T 30428.2
    edition: Mapped[str | None] = mapped_column(String(24))  # whose code the record came with; None: in force
    accuracy_class: Mapped[str | None] = mapped_column(String(1))  # A, B or C; limits in register_limits.yaml
    remark: Mapped[str | None] = mapped_column(Text)
    shape: Mapped[WKBElement | None] = mapped_column(_shape("GEOMETRY"))
    import_id: Mapped[int | None] = mapped_column(BigInteger)
    import_row: Mapped[int | None] = mapped_column()
    revision: Mapped[int] = mapped_column(server_default=text("0"))  # number of facts
    last_hash: Mapped[bytes | None] = mapped_column(LargeBinary)


NAME_SIGNS: ColumnElement[Any] = func.string_to_array(
    func.lower(collate(ComponentRow.name, "C")), null(), type_=ARRAY(Text)
)
"""The characters of a component's name in lower case, as `ix_component_name_signs` has them."""


class OrganisationRow(Base):
    """A body that acts: supervision centre, command centre, department, subdistrict office, company."""

    __tablename__ = "organisation"
    __table_args__ = {"schema": SCHEMA}
    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    short_name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(24))
    parent_code: Mapped[str | None] = mapped_column(String(24))
    area_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))  # divisions or zones it answers for
    duties: Mapped[str] = mapped_column(Text)
    credit_code: Mapped[str | None] = mapped_column(String(18))  # unified social credit code, where known
    seat: Mapped[WKBElement | None] = mapped_column(_shape("POINT"))
    source: Mapped[str] = mapped_column(Text)
    is_synthetic: Mapped[bool] = mapped_column()


class FrameVersionRow(Base):
    """One row: the version of the frame. A writer bumps it and NOTIFYs `frame` in the same transaction."""

    __tablename__ = "frame_version"
    __table_args__ = (CheckConstraint("only_row", name="one_row"), {"schema": SCHEMA})
    only_row: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    version: Mapped[int] = mapped_column(BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)  # city, size, seed, when drawn


class FrameChangeRow(Base):
    """A change of the frame, by whom and why; append-only, hash-chained, guarded by a trigger."""

    __tablename__ = "frame_change"
    __table_args__ = (UniqueConstraint("seq"), {"schema": SCHEMA})
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    seq: Mapped[int] = mapped_column()
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(16))  # split merge redraw abolish undo import divide
    version: Mapped[int] = mapped_column(BigInteger)  # of the frame, from this change on
    reason: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)  # ended, made and touched codes; what an undo undoes
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class LayerChangeRow(Base):
    """A transaction that changed what a layer of the map shows: `frame`, `ground` or `components`.

    Written by the triggers of `data/migrations/sql/layer_version.sql`; `grid.layer_version` reads it.
    """

    __tablename__ = "layer_change"
    __table_args__ = {"schema": SCHEMA}
    layer: Mapped[str] = mapped_column(String(16), primary_key=True)
    xact: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


COMPONENT_COUNT = Table(
    "component_count",
    Base.metadata,
    Column("level", SmallInteger, nullable=False),
    Column("cell_column", Integer, nullable=False),
    Column("cell_row", Integer, nullable=False),
    Column("type_code", String(5), nullable=False),  # of a type, of a class (two digits), or '' for all
    Column("owner_code", String(24), nullable=False),  # '' for whoever owns it
    Column("state", String(8), nullable=False),
    Column("subdistrict_code", String(9), nullable=False, server_default=text("''")),
    Column("n", Integer, nullable=False),
    # Usage: tiles of components below zoom 14; how many stand in a tile before it is drawn.
    Index("ix_component_count_cell", "level", "owner_code", "type_code", "cell_column", "cell_row"),
    schema=SCHEMA,
)
"""Counts of components by square, kept by the triggers of `data/migrations/sql/component_count.sql`.

A square may have several rows, and rows below zero: whoever reads adds them up. So writers only ever add.
"""
