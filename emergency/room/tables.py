"""Columns of the incident room (schema `emergency`); seen by its store and reading alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from emergency.tables import MOMENT, SCHEMA
from gis_core.db import Base


class IncidentPhotoRow(Base):
    """A photo of an incident or of one of its tasks; the picture lies in the photo store."""

    __tablename__ = "incident_photo"
    __table_args__ = (
        # Usage: the photos of one incident.
        Index("ix_incident_photo_incident", "incident_id"),
        # Usage: who may see a picture; which pictures of the store are named.
        Index("ix_incident_photo_sha256", "sha256"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("emergency.incident.id"))
    fact_seq: Mapped[int] = mapped_column()
    task_id: Mapped[int | None] = mapped_column(ForeignKey("emergency.task.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    width_px: Mapped[int] = mapped_column()
    height_px: Mapped[int] = mapped_column()
    taken_at: Mapped[datetime | None] = mapped_column(MOMENT)
    words: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)


class TaskStepRow(Base):
    """The number under which a phone sent a step of a task: sent twice, taken once."""

    __tablename__ = "task_step"
    __table_args__ = ({"schema": SCHEMA},)
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("emergency.task.id"))
    action: Mapped[str] = mapped_column(String(24))
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(MOMENT)
