"""Columns of the gazetteer (schema `grid`): places, their further names, their facts, its version.

Divisions, zones, streets of the ground, unit grids and components stand in tables of their own; the index
reads them there. What is here are the place types of GB/T 30428.3 that nothing else registers: estates, door
plates, points of interest, places with a meaning, and streets that came with an import.
"""

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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from gis_core.db import Base
from grid.tables import SCHEMA

MOMENT = TIMESTAMP(timezone=True)


class PlaceRow(Base):
    """A place of the gazetteer. A place that is no longer in force gets a `valid_to`; nothing is deleted."""

    __tablename__ = "place"
    __table_args__ = (
        # Usage: the list of one kind by keyset, all of it and what is in force.
        Index("ix_place_kind", "kind", "id"),
        # Usage: places by their standard name; an import finds what it has already.
        Index("ix_place_name", "name"),
        # Usage: the plates of a street or block, by number.
        Index("ix_place_street", "street", postgresql_where=text("street IS NOT NULL")),
        # Usage: places near another; doubles of an import.
        Index("ix_place_geom", "geom", postgresql_using="gist"),
        # Usage: the places of one import.
        Index("ix_place_import", "import_id", postgresql_where=text("import_id IS NOT NULL")),
        CheckConstraint(
            "kind IN ('area', 'zone', 'block', 'street', 'door_plate', 'poi')", name="kind_is_known"
        ),
        CheckConstraint(
            "kind <> 'door_plate' OR (street IS NOT NULL AND number IS NOT NULL)",
            name="plate_has_street_and_number",
        ),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(Text)  # standard name; of a plate: street and number
    category: Mapped[str] = mapped_column(String(24), server_default=text("''"))  # of points of interest
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", srid=-1, spatial_index=False))
    division_code: Mapped[str | None] = mapped_column(String(12))  # the finest division it lies in
    street: Mapped[str | None] = mapped_column(Text)  # standard name of the owning street or block of a plate
    number: Mapped[str | None] = mapped_column(String(24))
    width_class: Mapped[str | None] = mapped_column(String(12))  # of streets, as rank of grid.street
    weight: Mapped[float] = mapped_column(server_default=text("0"))
    source: Mapped[str] = mapped_column(Text)
    source_key: Mapped[str | None] = mapped_column(Text)  # the row's own identity in its source
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)  # the first day on which it is no longer in force
    is_synthetic: Mapped[bool] = mapped_column()
    import_id: Mapped[int | None] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(server_default=text("0"))  # number of facts
    last_hash: Mapped[bytes | None] = mapped_column(LargeBinary)


class PlaceNameRow(Base):
    """A further name of a place: alias, short form, or a former name with its dates."""

    __tablename__ = "place_name"
    __table_args__ = (
        # Usage: the names of a place.
        Index("ix_place_name_place", "place_id"),
        # Usage: places by any of their names.
        Index("ix_place_name_text", "name"),
        CheckConstraint("sort IN ('alias', 'short', 'former')", name="sort_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("grid.place.id"))
    name: Mapped[str] = mapped_column(Text)
    sort: Mapped[str] = mapped_column(String(8))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class PlaceFactRow(Base):
    """What happened to a place, by whom and why; append-only, hash-chained per place."""

    __tablename__ = "place_fact"
    __table_args__ = ({"schema": SCHEMA},)
    place_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(MOMENT)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    by_role: Mapped[str] = mapped_column(String(24))
    by_organisation_code: Mapped[str | None] = mapped_column(String(24))
    action: Mapped[str] = mapped_column(String(16))  # added changed ended restored
    reason: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)  # what is so now, and what was before
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class PlaceImportRow(Base):
    """A file of places that was read into the gazetteer: what was told of it, and its quality report."""

    __tablename__ = "place_import"
    __table_args__ = ({"schema": SCHEMA},)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(Text)
    told: Mapped[dict[str, Any]] = mapped_column(JSONB)
    rows: Mapped[int] = mapped_column(server_default=text("0"))
    rows_good: Mapped[int] = mapped_column(server_default=text("0"))
    report: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)


class GazetteerVersionRow(Base):
    """One row: the version of the gazetteer. A writer bumps it and NOTIFYs `gazetteer` in its transaction."""

    __tablename__ = "gazetteer_version"
    __table_args__ = (CheckConstraint("only_row", name="one_row"), {"schema": SCHEMA})
    only_row: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    version: Mapped[int] = mapped_column(BigInteger)
