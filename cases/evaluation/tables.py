"""Columns of evaluation (schema `cases`): objects, marks, counts of days, what was frozen."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from gis_core.db import Base

SCHEMA = "cases"
MOMENT = TIMESTAMP(timezone=True)


class EvaluatedObjectRow(Base):
    """Who or what is evaluated, numbered once and for all; a person's code is post and account."""

    __tablename__ = "evaluated_object"
    __table_args__ = (UniqueConstraint("kind", "code"), {"schema": SCHEMA})
    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(32))


EVALUATION_MARK = Table(
    "evaluation_mark",
    Base.metadata,
    Column("case_id", BigInteger, nullable=False),
    Column("on", Date, nullable=False),
    Column("deed", SmallInteger, nullable=False),  # cases/rules/counting.py: DEEDS
    Column("is_good", SmallInteger, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("department_id", Integer, nullable=False),  # 0: none
    Column("person_id", Integer, nullable=False),  # an object of kind person or post; 0: none
    # where the case was when it was counted: a correction may move it
    Column("unit_grid_id", Integer, nullable=False),
    Column("responsibility_grid_id", Integer, nullable=False),  # 0: none
    # Usage: the marks of cases that have changed, taken away before they are counted again.
    Index("ix_evaluation_mark_case", "case_id"),
    # Usage: from a figure to its cases.
    Index("ix_evaluation_mark_deed", "deed", "on"),
    schema=SCHEMA,
)
"""What each case counts for, made anew from its facts whenever it changes."""

EVALUATION_DAY = Table(
    "evaluation_day",
    Base.metadata,
    Column("kind", SmallInteger, nullable=False),  # cases/evaluation/counting.py: KINDS
    Column("on", Date, nullable=False),
    Column("object_id", Integer, nullable=False),
    Column("counter", SmallInteger, nullable=False),  # cases/rules/counting.py: COUNTERS
    Column("n", Integer, nullable=False),
    # Usage: sums of a period for all objects of a kind; one row for each object, day and counter.
    Index("uq_evaluation_day", "kind", "on", "object_id", "counter", unique=True),
    # Usage: the trend of one object.
    Index("ix_evaluation_day_object", "object_id", "on"),
    schema=SCHEMA,
)
"""Counts by object and day; zeros have no row."""


class EvaluationStateRow(Base):
    """Up to where facts are counted; one row. `revision` goes up whenever a count changes."""

    __tablename__ = "evaluation_state"
    __table_args__ = (CheckConstraint("id = 1", name="is_alone"), {"schema": SCHEMA})
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    horizon: Mapped[int] = mapped_column(BigInteger)  # transactions before it are counted
    revision: Mapped[int] = mapped_column(BigInteger)
    counted_at: Mapped[datetime] = mapped_column(MOMENT)
    rules: Mapped[int] = mapped_column(SmallInteger)  # edition of the counting rules


class EvaluationFactRow(Base):
    """What was frozen or signed, by whom; append-only, one hash chain, guarded by a trigger."""

    __tablename__ = "evaluation_fact"
    __table_args__ = (
        # Usage: the facts of one period.
        Index("ix_evaluation_fact_period", "period", "seq"),
        {"schema": SCHEMA},
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(MOMENT)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    by_role: Mapped[str] = mapped_column(String(24))
    action: Mapped[str] = mapped_column(String(8))  # freeze sign
    period: Mapped[str] = mapped_column(String(12))
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class EvaluationFigureRow(Base):
    """The figures of one object as they were frozen; append-only, their digest stands in the fact."""

    __tablename__ = "evaluation_figure"
    __table_args__ = ({"schema": SCHEMA},)
    fact_seq: Mapped[int] = mapped_column(ForeignKey("cases.evaluation_fact.seq"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)  # counts, total, grade, place
