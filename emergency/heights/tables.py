"""Columns of the city's heights (schema `emergency`): versions, their pieces, and which was taken when."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Float, ForeignKey, Identity, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from emergency.tables import MOMENT, SCHEMA
from gis_core.db import Base


class HeightsRow(Base):
    """A version of the city's heights as it was brought in; never changed."""

    __tablename__ = "heights"
    __table_args__ = (UniqueConstraint("sha256", "cell_m", name="uq_heights_sha256"), {"schema": SCHEMA})
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    system: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(Text)
    vertical: Mapped[str] = mapped_column(Text)
    surveyed_on: Mapped[date | None] = mapped_column()
    accuracy_m: Mapped[float | None] = mapped_column(Float)
    west_m: Mapped[float] = mapped_column(Float)
    north_m: Mapped[float] = mapped_column(Float)
    cell_m: Mapped[float] = mapped_column(Float)
    rows: Mapped[int] = mapped_column()
    columns: Mapped[int] = mapped_column()
    lowest_m: Mapped[float] = mapped_column(Float)
    highest_m: Mapped[float] = mapped_column(Float)
    hole_share: Mapped[float] = mapped_column(Float)
    city_share: Mapped[float] = mapped_column(Float)
    is_synthetic: Mapped[bool] = mapped_column()
    added_at: Mapped[datetime] = mapped_column(MOMENT)
    added_by: Mapped[str] = mapped_column(Text)


class HeightsTileRow(Base):
    """A square piece of a version, deflated."""

    __tablename__ = "heights_tile"
    __table_args__ = ({"schema": SCHEMA},)
    heights_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.heights.id"), primary_key=True, autoincrement=False
    )
    tile_row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tile_column: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    packed: Mapped[bytes] = mapped_column(LargeBinary)


class HeightsChoiceRow(Base):
    """Which version is in force from a moment on, none when NULL; append-only, the last one holds."""

    __tablename__ = "heights_choice"
    __table_args__ = ({"schema": SCHEMA},)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    heights_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.heights.id"))
    at: Mapped[datetime] = mapped_column(MOMENT)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
