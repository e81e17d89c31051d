"""Columns of readings and alarms (schema `emergency`)."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from emergency.tables import MOMENT, SCHEMA
from gis_core.db import Base


class ReadingRow(Base):
    """A value of an instrument at a moment; those of drills are kept beside the real ones.

    Usage of the primary key: the last hours of one instrument, the last value of each, and that a reading
    that is sent again is written once.
    """

    __tablename__ = "reading"
    __table_args__ = (
        # Usage: readings whose time is over; they lie in the order in which they came.
        Index("ix_reading_at", "at", postgresql_using="brin"),
        {"schema": SCHEMA},
    )
    instrument: Mapped[str] = mapped_column(String(60), primary_key=True)
    measure: Mapped[str] = mapped_column(String(12), primary_key=True)
    is_drill: Mapped[bool] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT, primary_key=True)
    since: Mapped[datetime | None] = mapped_column(MOMENT)  # where rain of an interval begins
    value: Mapped[float] = mapped_column(Double)
    came_at: Mapped[datetime] = mapped_column(MOMENT)
    channel: Mapped[str] = mapped_column(Text)  # the name of the key that brought it, or of the person
    is_by_hand: Mapped[bool] = mapped_column()
    is_synthetic: Mapped[bool] = mapped_column()


class RefusedReadingRow(Base):
    """A reading that was not believed, as it was sent."""

    __tablename__ = "reading_refused"
    __table_args__ = (
        UniqueConstraint("digest", name="uq_reading_refused_digest"),
        # Usage: the last nonsense of each instrument; the list on its page.
        Index("ix_reading_refused_instrument", "instrument", "came_at"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)  # the same nonsense sent again is kept once
    instrument: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(20))
    sent: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    is_drill: Mapped[bool] = mapped_column()
    came_at: Mapped[datetime] = mapped_column(MOMENT)


class DrillClockRow(Base):
    """What was told of the clock of the drill being played: one row for each telling."""

    __tablename__ = "drill_clock"
    __table_args__ = ({"schema": SCHEMA},)
    told_at: Mapped[datetime] = mapped_column(MOMENT, primary_key=True)
    shows: Mapped[datetime] = mapped_column(MOMENT)  # the scenario's time
    speed: Mapped[float] = mapped_column(Double)
    until: Mapped[datetime | None] = mapped_column(MOMENT)


class AlarmRow(Base):
    """Something people had to know, from when until when, and who has seen it."""

    __tablename__ = "alarm"
    __table_args__ = (
        # Usage: what stands now; two sweeps at once write one alarm.
        Index("uq_alarm_open", "key", "is_drill", unique=True, postgresql_where=text("until IS NULL")),
        # Usage: alarms of the last days, the newest first.
        Index("ix_alarm_since", "since"),
        CheckConstraint("kind IN ('silent', 'nonsense', 'line', 'sensor', 'proposal')", name="kind_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(String(140))
    kind: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(60))
    gravity: Mapped[int] = mapped_column(SmallInteger)
    words: Mapped[str] = mapped_column(Text)
    incident_no: Mapped[str] = mapped_column(String(24))  # empty: of no incident
    is_drill: Mapped[bool] = mapped_column()
    since: Mapped[datetime] = mapped_column(MOMENT)
    until: Mapped[datetime | None] = mapped_column(MOMENT)
    acknowledged_by_id: Mapped[int | None] = mapped_column(BigInteger)
    acknowledged_by: Mapped[str | None] = mapped_column(Text)
    acknowledged_at: Mapped[datetime | None] = mapped_column(MOMENT)
