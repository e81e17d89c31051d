"""Columns of incidents (schema `emergency`): incidents, their facts, calls, reports that are owed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from emergency.rules.incidents import STAGES
from emergency.tables import MOMENT, SCHEMA
from gis_core.db import Base


class IncidentRow(Base):
    """An incident (突发事件) as it stands now; how it came to stand so is in its facts."""

    __tablename__ = "incident"
    __table_args__ = (
        UniqueConstraint("incident_no", name="uq_incident_no"),
        UniqueConstraint("client_id", name="uq_incident_client_id"),
        # Usage: the desk's list of what is going on, the newest first.
        Index("ix_incident_stage", "stage", "received_at"),
        # Usage: incidents near a place at intake; those of a map's view.
        Index("ix_incident_geom", "geom", postgresql_using="gist"),
        # Usage: the incident that a case was made into.
        Index("ix_incident_case_no", "case_no", postgresql_where=text("case_no IS NOT NULL")),
        CheckConstraint(f"stage IN ({', '.join(repr(one) for one in STAGES)})", name="stage_is_known"),
        CheckConstraint("event_level BETWEEN 1 AND 4", name="level_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_no: Mapped[str] = mapped_column(String(24))
    client_id: Mapped[UUID] = mapped_column()
    revision: Mapped[int] = mapped_column()
    last_hash: Mapped[bytes] = mapped_column(LargeBinary)
    stage: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(Text)
    kind_code: Mapped[str] = mapped_column(String(24))
    class_code: Mapped[str] = mapped_column(String(12))
    event_level: Mapped[int | None] = mapped_column(SmallInteger)
    is_level_confirmed: Mapped[bool] = mapped_column()
    is_sensitive: Mapped[bool] = mapped_column()
    sensitive_why: Mapped[str] = mapped_column(Text)
    toll: Mapped[dict[str, Any]] = mapped_column(JSONB)
    geom: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=-1, spatial_index=False))
    place_text: Mapped[str] = mapped_column(Text)
    unit_grid_code: Mapped[str | None] = mapped_column(String(24))
    district_code: Mapped[str | None] = mapped_column(String(12))
    occurred_at: Mapped[datetime | None] = mapped_column(MOMENT)
    received_at: Mapped[datetime] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
    response_level: Mapped[int | None] = mapped_column(SmallInteger)
    joined_into: Mapped[str | None] = mapped_column(String(24))
    source: Mapped[str] = mapped_column(String(16))
    case_no: Mapped[str | None] = mapped_column(String(40))
    is_drill: Mapped[bool] = mapped_column()
    is_synthetic: Mapped[bool] = mapped_column()


class IncidentFactRow(Base):
    """What happened to an incident, by whom and when; append-only, hash-chained per incident."""

    __tablename__ = "incident_fact"
    __table_args__ = (
        # Usage: the timeline of one incident in the order in which things happened.
        Index("ix_incident_fact_happened", "incident_id", "happened_at"),
        {"schema": SCHEMA},
    )
    incident_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(MOMENT)  # when it was written down
    happened_at: Mapped[datetime] = mapped_column(MOMENT)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    by_role: Mapped[str] = mapped_column(String(24))
    by_organisation_code: Mapped[str | None] = mapped_column(String(24))
    transition_no: Mapped[int] = mapped_column(SmallInteger)
    action: Mapped[str] = mapped_column(String(24))
    from_stage: Mapped[str | None] = mapped_column(String(16))
    to_stage: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class WordsOfFactRow(Base):
    """What a fact said in full and by whom, where it is sealed without; it is destroyed by rule."""

    __tablename__ = "words_of_fact"
    __table_args__ = ({"schema": SCHEMA},)
    incident_id: Mapped[int] = mapped_column(
        ForeignKey("emergency.incident.id"), primary_key=True, autoincrement=False
    )
    fact_seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    by_name: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    body: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    photo: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))


class CallRow(Base):
    """A call about an incident in the law's fields (来电记录). Personal data: it is destroyed by rule."""

    __tablename__ = "call"
    __table_args__ = (
        # Usage: the calls of one incident.
        Index("ix_call_incident", "incident_id"),
        # Usage: the log of calls, the newest first.
        Index("ix_call_at", "at"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("emergency.incident.id"))
    fact_seq: Mapped[int] = mapped_column()
    at: Mapped[datetime] = mapped_column(MOMENT)
    caller_name: Mapped[str] = mapped_column(Text)
    caller_unit: Mapped[str] = mapped_column(Text)
    caller_post: Mapped[str] = mapped_column(Text)
    caller_phone: Mapped[str] = mapped_column(Text)
    told_already: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    written_by: Mapped[str] = mapped_column(Text)


PERSONAL = ("caller_name", "caller_post", "caller_phone", "caller_unit", "told_already")
"""Columns of a call that name somebody; what was said stays."""


class ReportOwedRow(Base):
    """A report that is or was owed, as worked out of the facts; written anew with every fact."""

    __tablename__ = "report_owed"
    __table_args__ = (
        # Usage: what is owed next, on desks, phones and the wall; what has to be escalated.
        Index("ix_report_owed_due", "due_at", postgresql_where=text("met_at IS NULL")),
        # Usage: the register of late reports of some days.
        Index("ix_report_owed_since", "since"),
        {"schema": SCHEMA},
    )
    incident_id: Mapped[int] = mapped_column(ForeignKey("emergency.incident.id"), primary_key=True)
    rule_code: Mapped[str] = mapped_column(String(32), primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(8))
    sender: Mapped[str] = mapped_column(Text)
    receiver: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(MOMENT)
    due_at: Mapped[datetime] = mapped_column(MOMENT)
    due_from_receipt: Mapped[datetime] = mapped_column(MOMENT)
    due_from_occurrence: Mapped[datetime | None] = mapped_column(MOMENT)
    working: Mapped[str] = mapped_column(Text)
    rule_status: Mapped[str] = mapped_column(String(12))
    met_at: Mapped[datetime | None] = mapped_column(MOMENT)
    withdrawn_at: Mapped[datetime | None] = mapped_column(MOMENT)
    told: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))  # steps of escalation


class IncidentCounterRow(Base):
    """The last number given to an incident on a day; drills count apart."""

    __tablename__ = "incident_counter"
    __table_args__ = ({"schema": SCHEMA},)
    prefix: Mapped[str] = mapped_column(String(4), primary_key=True)
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    last: Mapped[int] = mapped_column()
