"""Columns of plans, activations and tasks; seen by store and reading alone."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from emergency.rules.plans.document import STATE_NAMES
from emergency.rules.responding import TASK_STATES
from emergency.tables import MOMENT, SCHEMA
from gis_core.db import Base


def _one_of(column: str, words: Any) -> str:
    return f"{column} IN ({', '.join(repr(one) for one in words)})"


class PlanVersionRow(Base):
    """A version of a plan: the document as it came, with its hash; its state moves beside it."""

    __tablename__ = "plan_version"
    __table_args__ = (
        # Usage: the versions of a plan; a version comes in once.
        UniqueConstraint("code", "version", name="uq_plan_version_code"),
        CheckConstraint(_one_of("state", STATE_NAMES), name="state_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12))
    effective_from: Mapped[date | None] = mapped_column(Date)
    added_by: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(MOMENT)
    moved_by: Mapped[str] = mapped_column(Text)
    moved_at: Mapped[datetime] = mapped_column(MOMENT)
    is_sample: Mapped[bool] = mapped_column()


class PlanEditRow(Base):
    """An edit of a draft: what it was, by whom, and the document before it, so that it can be taken back."""

    __tablename__ = "plan_edit"
    __table_args__ = (
        # Usage: the latest edits of a draft, and the one that would be taken back.
        Index("ix_plan_edit_version", "version_id", "id"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("emergency.plan_version.id"))
    at: Mapped[datetime] = mapped_column(MOMENT)
    by: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
    before: Mapped[str] = mapped_column(Text)
    taken_back_at: Mapped[datetime | None] = mapped_column(MOMENT)


class ActivationRow(Base):
    """A response of an incident: plans at levels, what law Art. 72 wants stated, who confirmed on what."""

    __tablename__ = "activation"
    __table_args__ = (
        # Usage: the responses of an incident.
        Index("ix_activation_incident", "incident_id"),
        # Usage: the response in force; an incident has one of them.
        Index(
            "uq_activation_in_force",
            "incident_id",
            unique=True,
            postgresql_where=text("stood_down_at IS NULL"),
        ),
        CheckConstraint("response_level BETWEEN 1 AND 4", name="level_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("emergency.incident.id"))
    plans: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)  # version id, code, hash, level; in order
    response_level: Mapped[int] = mapped_column(SmallInteger)
    commander: Mapped[str] = mapped_column(String(40))
    matter: Mapped[str] = mapped_column(Text)
    expected_hours: Mapped[float] = mapped_column()
    measures: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    confirmed_by_id: Mapped[int | None] = mapped_column(BigInteger)
    confirmed_by: Mapped[str] = mapped_column(Text)
    confirmed_at: Mapped[datetime] = mapped_column(MOMENT)
    stood_down_by: Mapped[str | None] = mapped_column(Text)
    stood_down_at: Mapped[datetime | None] = mapped_column(MOMENT)
    stood_down_why: Mapped[str | None] = mapped_column(Text)
    is_drill: Mapped[bool] = mapped_column()


class TaskRow(Base):
    """A task of an activation as it stands; what became of it before is in the incident's facts."""

    __tablename__ = "task"
    __table_args__ = (
        # Usage: the tasks of an activation; one is given once.
        UniqueConstraint("activation_id", "code", name="uq_task_code"),
        # Usage: a department's tasks by when they are due.
        Index("ix_task_department", "department", "due_at"),
        CheckConstraint(_one_of("state", TASK_STATES), name="state_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    activation_id: Mapped[int] = mapped_column(ForeignKey("emergency.activation.id"))
    code: Mapped[str] = mapped_column(String(90))
    text: Mapped[str] = mapped_column(Text)
    post: Mapped[str] = mapped_column(String(40))
    department: Mapped[str] = mapped_column(String(24))
    given_at: Mapped[datetime] = mapped_column(MOMENT)
    due_at: Mapped[datetime] = mapped_column(MOMENT)
    depends_on: Mapped[list[str]] = mapped_column(JSONB)
    evidence: Mapped[list[str]] = mapped_column(JSONB)
    law: Mapped[list[str]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(String(12))
    state_by: Mapped[str] = mapped_column(Text)
    state_at: Mapped[datetime] = mapped_column(MOMENT)
    words: Mapped[str] = mapped_column(Text)
