"""Columns of the register of cameras (schema `grid`): cameras, their facts, patrol tours.

What a camera asks for before it shows anything, a name and a password, is never here: web/camera_keys.py.
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
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from gis_core.db import Base
from grid.tables import SCHEMA

MOMENT = TIMESTAMP(timezone=True)


class CameraRow(Base):
    """A camera. One no longer in force gets a `valid_to`; nothing is deleted, no code is given twice."""

    __tablename__ = "camera"
    __table_args__ = (
        UniqueConstraint("code", name="uq_camera_code"),
        # Usage: cameras near a case; those of a map's view.
        Index("ix_camera_geom", "geom", postgresql_using="gist"),
        CheckConstraint("protocol IN ('onvif', 'rtsp', 'hls')", name="protocol_is_known"),
        CheckConstraint("direction_deg >= 0 AND direction_deg < 360", name="direction_is_an_angle"),
        CheckConstraint("field_deg > 0 AND field_deg <= 360", name="field_is_an_angle"),
        CheckConstraint("range_m > 0", name="range_is_ahead"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(Text)
    geom: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=-1, spatial_index=False))
    direction_deg: Mapped[float] = mapped_column()  # clockwise from north: the middle of the field
    field_deg: Mapped[float] = mapped_column()
    range_m: Mapped[float] = mapped_column()
    protocol: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(Text)  # without any secret
    hls_address: Mapped[str | None] = mapped_column(Text)  # of the gateway, where it speaks no HLS itself
    owner_code: Mapped[str] = mapped_column(ForeignKey("grid.organisation.code"))
    source: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)  # the first day on which it is no longer in force
    is_synthetic: Mapped[bool] = mapped_column()
    revision: Mapped[int] = mapped_column(server_default=text("0"))  # number of facts
    last_hash: Mapped[bytes | None] = mapped_column(LargeBinary)


class CameraFactRow(Base):
    """What happened to a camera, by whom and why; append-only, hash-chained per camera."""

    __tablename__ = "camera_fact"
    __table_args__ = ({"schema": SCHEMA},)
    camera_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(MOMENT)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    by_role: Mapped[str] = mapped_column(String(24))
    by_organisation_code: Mapped[str | None] = mapped_column(String(24))
    action: Mapped[str] = mapped_column(String(16))  # added changed ended restored keyed
    reason: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)  # what is so now, and what was before
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class CameraTourRow(Base):
    """A patrol tour by name, and who made it so last."""

    __tablename__ = "camera_tour"
    __table_args__ = (UniqueConstraint("name", name="uq_camera_tour_name"), {"schema": SCHEMA})
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)


class CameraTourStopRow(Base):
    """A camera of a tour, in order, and how many seconds it is looked at."""

    __tablename__ = "camera_tour_stop"
    __table_args__ = (
        CheckConstraint("seconds BETWEEN 3 AND 600", name="seconds_are_few"),
        {"schema": SCHEMA},
    )
    tour_id: Mapped[int] = mapped_column(
        ForeignKey("grid.camera_tour.id", ondelete="CASCADE"), primary_key=True
    )
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    camera_id: Mapped[int] = mapped_column(ForeignKey("grid.camera.id"))
    seconds: Mapped[int] = mapped_column(SmallInteger)


class CameraWatchRow(Base):
    """Who watched which camera; append-only, as looks at tracks are. One row for each time of watching."""

    __tablename__ = "camera_watch"
    __table_args__ = (
        # Usage: whether somebody's watching of a camera goes on; what a person watched.
        Index("ix_camera_watch_person", "person_id", "camera_code", "at"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT)
    person_id: Mapped[int] = mapped_column(BigInteger)
    person_name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(24))
    camera_code: Mapped[str] = mapped_column(String(32))
    # Who called the camera to the wall that shows it; null for who watches at a desk.
    called_by_id: Mapped[int | None] = mapped_column(BigInteger)
    called_by_name: Mapped[str | None] = mapped_column(Text)
