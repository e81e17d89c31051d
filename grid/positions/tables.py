"""Columns of what moves on duty (schema `grid`): movers, duty, positions, visits, alarms, looks at tracks.

A mover's key is `p` and the number of a person, or `v` and the number of a vehicle. The grid knows no
accounts, so nothing here points at them. Places are metres of the city's plane system in two columns:
positions are many, are asked for by mover and time alone, and a geometry would double them.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, REAL, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from gis_core.db import Base
from grid.tables import SCHEMA

MOMENT = TIMESTAMP(timezone=True)
KEY = String(19)
TO_MOVER = "grid.mover.key"


class MoverRow(Base):
    """A person who has been on duty, or a vehicle of the register."""

    __tablename__ = "mover"
    __table_args__ = (
        CheckConstraint("kind IN ('person', 'vehicle')", name="kind_is_known"),
        {"schema": SCHEMA},
    )
    key: Mapped[str] = mapped_column(KEY, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(Text)
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text))
    organisation_code: Mapped[str | None] = mapped_column(String(24))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))  # a vehicle in service
    is_synthetic: Mapped[bool] = mapped_column(server_default=text("false"))
    clock_offset_s: Mapped[int] = mapped_column(
        server_default=text("0")
    )  # error of the phone's clock, last known


class DutyRow(Base):
    """A time on duty: only positions within it are taken. What was agreed to, and whose grids were walked."""

    __tablename__ = "duty"
    __table_args__ = (
        # Usage: who is on duty now; nobody is twice.
        Index("uq_duty_open", "mover_key", unique=True, postgresql_where=text("ended_at IS NULL")),
        # Usage: when a mover was on duty, for each batch of positions; attendance of a day.
        Index("ix_duty_mover", "mover_key", "started_at"),
        CheckConstraint("ended_at >= started_at", name="ends_after_it_starts"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    mover_key: Mapped[str] = mapped_column(ForeignKey(TO_MOVER))
    started_at: Mapped[datetime] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
    consent_version: Mapped[str] = mapped_column(String(24))
    responsibility_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))  # whoever has none is nowhere astray
    is_ended_by_system: Mapped[bool] = mapped_column(server_default=text("false"))  # forgotten


class PositionRow(Base):
    """Where a mover was; monthly partitions `position_YYYY_MM`, made ahead (`partitions.py`)."""

    __tablename__ = "position"
    __table_args__ = ({"schema": SCHEMA, "postgresql_partition_by": "RANGE (at)"},)
    mover_key: Mapped[str] = mapped_column(KEY, primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT, primary_key=True)  # corrected by clock_offset_s
    easting_m: Mapped[float] = mapped_column(Float(53))
    northing_m: Mapped[float] = mapped_column(Float(53))
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    speed_mps: Mapped[float | None] = mapped_column(REAL)
    heading_deg: Mapped[float | None] = mapped_column(REAL)
    unit_grid_code: Mapped[str | None] = mapped_column(String(15))  # none outside the frame
    clock_offset_s: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    received_at: Mapped[datetime] = mapped_column(MOMENT)


class MoverPlaceRow(Base):
    """The newest position of a mover, which the live picture is read from; and since when it is astray."""

    __tablename__ = "mover_place"
    __table_args__ = (
        # Usage: the sweep of those who have been astray for long.
        Index("ix_mover_place_astray", "astray_since", postgresql_where=text("astray_since IS NOT NULL")),
        {"schema": SCHEMA},
    )
    mover_key: Mapped[str] = mapped_column(ForeignKey(TO_MOVER), primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT)
    easting_m: Mapped[float] = mapped_column(Float(53))
    northing_m: Mapped[float] = mapped_column(Float(53))
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    heading_deg: Mapped[float | None] = mapped_column(REAL)
    astray_since: Mapped[datetime | None] = mapped_column(MOMENT)


class GridVisitRow(Base):
    """That a mover was in a unit grid on a day of the city: coverage and attendance; outlives tracks."""

    __tablename__ = "grid_visit"
    __table_args__ = (
        # Usage: which grids were walked in a week; what is old enough to go.
        Index("ix_grid_visit_day", "walked_on", "unit_grid_code"),
        {"schema": SCHEMA},
    )
    mover_key: Mapped[str] = mapped_column(ForeignKey(TO_MOVER), primary_key=True)
    walked_on: Mapped[date] = mapped_column(Date, primary_key=True)
    unit_grid_code: Mapped[str] = mapped_column(String(15), primary_key=True)
    positions: Mapped[int] = mapped_column()
    first_at: Mapped[datetime] = mapped_column(MOMENT)
    last_at: Mapped[datetime] = mapped_column(MOMENT)


class PositionBatchRow(Base):
    """What the sender of a batch was answered: the same batch gets the same answer."""

    __tablename__ = "position_batch"
    __table_args__ = (
        # Usage: answers that are old enough to go.
        Index("ix_position_batch_at", "at", postgresql_using="brin"),
        {"schema": SCHEMA},
    )
    sender: Mapped[str] = mapped_column(String(24), primary_key=True)
    client_batch: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT)
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)


class SosRow(Base):
    """A call for help, and who answered it."""

    __tablename__ = "sos"
    __table_args__ = (
        # Usage: a call that is sent again is the same one.
        UniqueConstraint("mover_key", "client_id"),
        # Usage: calls that nobody has answered.
        Index("ix_sos_open", "id", postgresql_where=text("answered_at IS NULL")),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    mover_key: Mapped[str] = mapped_column(ForeignKey(TO_MOVER))
    client_id: Mapped[UUID] = mapped_column()
    at: Mapped[datetime] = mapped_column(MOMENT)
    received_at: Mapped[datetime] = mapped_column(MOMENT)
    easting_m: Mapped[float | None] = mapped_column(Float(53))
    northing_m: Mapped[float | None] = mapped_column(Float(53))
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    is_last_known: Mapped[bool] = mapped_column(server_default=text("false"))  # the phone had no position
    answered_at: Mapped[datetime | None] = mapped_column(MOMENT)
    answered_by_id: Mapped[int | None] = mapped_column(BigInteger)
    answered_by_name: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, server_default=text("''"))


class StrayAlarmRow(Base):
    """That a mover was away for long from where it should be: a person's grids, a vehicle's line."""

    __tablename__ = "stray_alarm"
    __table_args__ = (
        # Usage: each straying sets off one alarm, whichever worker sees it.
        UniqueConstraint("mover_key", "astray_since"),
        # Usage: alarms that last; the newest ones.
        Index("ix_stray_alarm_open", "mover_key", postgresql_where=text("ended_at IS NULL")),
        CheckConstraint("fence IN ('grids', 'line')", name="fence_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    mover_key: Mapped[str] = mapped_column(ForeignKey(TO_MOVER))
    fence: Mapped[str] = mapped_column(String(5))
    astray_since: Mapped[datetime] = mapped_column(MOMENT)
    raised_at: Mapped[datetime] = mapped_column(MOMENT)
    easting_m: Mapped[float] = mapped_column(Float(53))
    northing_m: Mapped[float] = mapped_column(Float(53))
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)


class TrackLookRow(Base):
    """Who looked at whose track and what for; append-only, as looks at contacts are."""

    __tablename__ = "track_look"
    __table_args__ = (
        # Usage: looks at one mover's tracks.
        Index("ix_track_look_mover", "mover_key", "at"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT)
    person_id: Mapped[int] = mapped_column(BigInteger)
    person_name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(24))
    mover_key: Mapped[str] = mapped_column(KEY)
    since: Mapped[datetime] = mapped_column(MOMENT)
    until: Mapped[datetime] = mapped_column(MOMENT)
    purpose: Mapped[str] = mapped_column(String(24))


class ThinnedRow(Base):
    """One row: positions before this moment have been thinned."""

    __tablename__ = "position_thinned"
    __table_args__ = (CheckConstraint("only_row", name="one_row"), {"schema": SCHEMA})
    only_row: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    until: Mapped[datetime] = mapped_column(MOMENT)
