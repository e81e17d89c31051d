"""Columns of the incident room (schema `emergency`); seen by its store and reading alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
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


class SituationDraftRow(Base):
    """A version of a situation report; every save is one more, none is changed."""

    __tablename__ = "situation_draft"
    __table_args__ = ({"schema": SCHEMA},)
    incident_id: Mapped[int] = mapped_column(ForeignKey("emergency.incident.id"), primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)


class MessageRow(Base):
    """A message out of an incident room; its words are a fact, too."""

    __tablename__ = "message"
    __table_args__ = (
        # Usage: a message that a page sends twice is one.
        UniqueConstraint("key", name="uq_message_key"),
        # Usage: the messages of one incident.
        Index("ix_message_incident", "incident_id"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("emergency.incident.id"))
    key: Mapped[UUID] = mapped_column()
    words: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)


class ReceiverRow(Base):
    """Who a message is for, a post (`post:leader`) or a department (`org:BJ-SL`), and its receipt."""

    __tablename__ = "message_receiver"
    __table_args__ = (
        # Usage: what a post or a department has not confirmed yet.
        Index("ix_message_receiver_open", "audience", postgresql_where=text("confirmed_at IS NULL")),
        {"schema": SCHEMA},
    )
    message_id: Mapped[int] = mapped_column(ForeignKey("emergency.message.id"), primary_key=True)
    audience: Mapped[str] = mapped_column(String(40), primary_key=True)
    confirmed_by: Mapped[str | None] = mapped_column(Text)
    confirmed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    urged_at: Mapped[datetime | None] = mapped_column(MOMENT)
    urge_count: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
