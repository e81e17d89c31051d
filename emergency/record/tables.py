"""Columns of what is made of a record (schema `emergency`): reports, findings, holds, what is destroyed."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from emergency.tables import MOMENT, SCHEMA
from gis_core.db import Base


class AfterActionRow(Base):
    """A version of the report on how an incident was handled (总结评估报告); append-only."""

    __tablename__ = "after_action"
    __table_args__ = (
        # Usage: the versions of an incident's report; a version is written once.
        UniqueConstraint("incident_id", "version", name="uq_after_action_version"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("emergency.incident.id"))
    version: Mapped[int] = mapped_column()
    title: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    written_by_id: Mapped[int | None] = mapped_column(BigInteger)
    written_by: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(MOMENT)


class FindingRow(Base):
    """What was found wrong and how to better it: a task of reviewing a plan, until it is settled."""

    __tablename__ = "finding"
    __table_args__ = (
        # Usage: the findings of an incident.
        Index("ix_finding_incident", "incident_id"),
        # Usage: findings of a plan that are to be settled.
        Index("ix_finding_plan", "plan_code", postgresql_where=text("state = 'open'")),
        CheckConstraint("state IN ('open', 'done', 'dropped')", name="state_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("emergency.incident.id"))
    plan_code: Mapped[str] = mapped_column(String(40))
    trigger: Mapped[str] = mapped_column(String(24))  # a reason for review of plan_rules.yaml
    found: Mapped[str] = mapped_column(Text)
    improvement: Mapped[str] = mapped_column(Text)
    owner_code: Mapped[str] = mapped_column(String(24))
    due_on: Mapped[date] = mapped_column(Date)
    stated_by: Mapped[str] = mapped_column(Text)
    stated_at: Mapped[datetime] = mapped_column(MOMENT)
    state: Mapped[str] = mapped_column(String(8))
    settled_version: Mapped[str | None] = mapped_column(String(24))
    settled_why: Mapped[str] = mapped_column(Text)
    settled_by: Mapped[str | None] = mapped_column(Text)
    settled_at: Mapped[datetime | None] = mapped_column(MOMENT)


class HoldRow(Base):
    """A named decision to keep personal data as evidence or for an inquiry (law, article 85)."""

    __tablename__ = "personal_data_hold"
    __table_args__ = (
        # Usage: the hold in force; an incident has one of them.
        Index(
            "uq_personal_data_hold", "incident_id", unique=True, postgresql_where=text("lifted_at IS NULL")
        ),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("emergency.incident.id"))
    why: Mapped[str] = mapped_column(Text)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)
    lifted_by: Mapped[str | None] = mapped_column(Text)
    lifted_at: Mapped[datetime | None] = mapped_column(MOMENT)
    lifted_why: Mapped[str] = mapped_column(Text)


class DestroyedRow(Base):
    """Personal data that were destroyed: what, how much, by which rule; append-only.

    Without an incident they were of the lists: receivers of warnings, contacts of resources.
    """

    __tablename__ = "personal_data_destroyed"
    __table_args__ = (
        # Usage: what was destroyed of an incident.
        Index("ix_personal_data_destroyed_incident", "incident_id"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("emergency.incident.id"))
    at: Mapped[datetime] = mapped_column(MOMENT)
    what: Mapped[str] = mapped_column(String(24))
    n: Mapped[int] = mapped_column()
    days: Mapped[int] = mapped_column()
    rule_version: Mapped[str] = mapped_column(Text)
    settled_at: Mapped[datetime | None] = mapped_column(MOMENT)


class CleanedRow(Base):
    """Up to which fact an incident was cleaned of a kind of personal data; then it is looked at again."""

    __tablename__ = "personal_data_cleaned"
    __table_args__ = ({"schema": SCHEMA},)
    incident_id: Mapped[int] = mapped_column(
        ForeignKey("emergency.incident.id"), primary_key=True, autoincrement=False
    )
    what: Mapped[str] = mapped_column(String(24), primary_key=True)
    revision: Mapped[int] = mapped_column()
    at: Mapped[datetime] = mapped_column(MOMENT)
