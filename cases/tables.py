"""Columns of cases (schema `cases`)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from cases.counted_facts import COUNTED
from cases.rules.stages import STAGES
from gis_core.db import Base

SCHEMA = "cases"
MOMENT = TIMESTAMP(timezone=True)
CASE_ID = Sequence("case_id", schema=SCHEMA)
WORD_PARTS = "cases.word_parts((description || ' '::text) || place_text)"
"""The parts of a case's words, in SQL; written as `ix_case_words` has it."""

RARE = {
    "reworked": "rework_count > 0",
    "extended": "extension_count > 0",
    "was_suspended": "suspension_count > 0",
    "urged": "urge_count > 0",
    "supervised": "is_supervised",
    "at_once": "is_handled_at_once",
    "late": "is_overdue_handled",
    "void_asked": "is_void_asked",
    "appealed": "appeal IS NOT NULL",
    "owes_answer": "answer_due_at IS NOT NULL OR has_open_urge",
}
"""What few cases have, by the name of its index, in SQL."""


class CaseColumns:
    """The columns of a case."""

    id: Mapped[int] = mapped_column(BigInteger, CASE_ID, primary_key=True)
    case_no: Mapped[str] = mapped_column(String(20))
    client_id: Mapped[UUID] = mapped_column()  # made by the phone or the page
    revision: Mapped[int] = mapped_column()  # number of facts; a page sends back the one it saw
    stage: Mapped[str] = mapped_column(String(24))
    # what
    kind: Mapped[str] = mapped_column(String(9))  # component | matter
    type_code: Mapped[str] = mapped_column(String(5))
    criterion_code: Mapped[str | None] = mapped_column(String(48))  # filing criterion chosen at acceptance
    component_code: Mapped[str | None] = mapped_column(String(17))
    description: Mapped[str] = mapped_column(Text)
    # where
    geom: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=-1, spatial_index=False))
    place_text: Mapped[str] = mapped_column(Text)
    position_source: Mapped[str] = mapped_column(String(12))  # gps map component imported
    accuracy_m: Mapped[float | None] = mapped_column()
    unit_grid_code: Mapped[str] = mapped_column(String(15))
    responsibility_code: Mapped[str | None] = mapped_column(String(13))
    zone_code: Mapped[str | None] = mapped_column(String(12))
    pulled_m: Mapped[float] = mapped_column()  # how far outside the grid the place lay
    frame_version: Mapped[int] = mapped_column(BigInteger)
    # who
    source: Mapped[str] = mapped_column(String(16))  # inspector public hotline ... imported
    reporter_id: Mapped[int | None] = mapped_column(BigInteger)
    inspector_id: Mapped[int | None] = mapped_column(BigInteger)  # has the verify or recheck task
    department_code: Mapped[str | None] = mapped_column(String(24))
    proposed_department_code: Mapped[str | None] = mapped_column(String(24))  # by the responsibility rule
    helping_codes: Mapped[list[str]] = mapped_column(ARRAY(String(24)), server_default=text("'{}'"))
    crew_id: Mapped[int | None] = mapped_column(BigInteger)
    # contact of a member of the public: personal data, shown to the supervision centre only
    contact_name: Mapped[str | None] = mapped_column(Text)
    contact_phone: Mapped[str | None] = mapped_column(Text)
    track_code: Mapped[str] = mapped_column(String(12))
    public_text: Mapped[str | None] = mapped_column(Text)  # what a desk lets everybody read
    # when
    reported_at: Mapped[datetime] = mapped_column(MOMENT)
    filed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    dispatched_at: Mapped[datetime | None] = mapped_column(MOMENT)
    made_safe_at: Mapped[datetime | None] = mapped_column(MOMENT)  # the first of two steps
    finished_at: Mapped[datetime | None] = mapped_column(MOMENT)
    closed_at: Mapped[datetime | None] = mapped_column(MOMENT)  # closed, declined or voided
    stage_since: Mapped[datetime] = mapped_column(MOMENT)
    # clocks: of the stage, of handling and of the whole case
    limit_value: Mapped[int | None] = mapped_column()  # handling limit set at dispatch
    limit_unit: Mapped[str | None] = mapped_column(String(16))
    stage_due_at: Mapped[datetime | None] = mapped_column(MOMENT)
    stage_at_risk_at: Mapped[datetime | None] = mapped_column(MOMENT)  # 80 % of the stage's limit
    alarm: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))  # that went off: 1 80 %, 2 all
    clocks: Mapped[dict[str, Any]] = mapped_column(JSONB)  # see cases/rules/deadlines.py
    extension_count: Mapped[int] = mapped_column(server_default=text("0"))
    suspension_count: Mapped[int] = mapped_column(server_default=text("0"))
    suspended_until: Mapped[datetime | None] = mapped_column(MOMENT)  # resumes by itself then
    # an application that waits for its answer
    asked_from: Mapped[str | None] = mapped_column(String(24))  # the stage it was made in
    is_ask_endorsed: Mapped[bool | None] = mapped_column()  # the department agrees to its crew's
    is_void_asked: Mapped[bool] = mapped_column(server_default=text("false"))
    # marks
    is_supervised: Mapped[bool] = mapped_column(server_default=text("false"))
    urge_count: Mapped[int] = mapped_column(server_default=text("0"))
    has_open_urge: Mapped[bool] = mapped_column(server_default=text("false"))
    answer_due_at: Mapped[datetime | None] = mapped_column(MOMENT)  # of urging or supervising
    appeal: Mapped[str | None] = mapped_column(String(8))  # asked granted refused
    is_lateness_exempt: Mapped[bool] = mapped_column(server_default=text("false"))  # for evaluation only
    rework_count: Mapped[int] = mapped_column(server_default=text("0"))
    reopen_count: Mapped[int] = mapped_column(server_default=text("0"))
    # other cases, by number
    merged_into: Mapped[str | None] = mapped_column(String(20))  # of which this was found to be a repeat
    parent_no: Mapped[str | None] = mapped_column(String(20))  # of which this is a part
    join_count: Mapped[int] = mapped_column(server_default=text("0"))  # reports beside the first one
    is_overdue_handled: Mapped[bool | None] = mapped_column()  # handling finished after its deadline
    # what the field has answered
    is_verified_true: Mapped[bool | None] = mapped_column()  # the inspector's answer to a verification
    is_recheck_passed: Mapped[bool | None] = mapped_column()  # the inspector's answer to a recheck
    is_handled_at_once: Mapped[bool] = mapped_column(server_default=text("false"))  # by the reporter
    last_hash: Mapped[bytes] = mapped_column(LargeBinary)
    is_synthetic: Mapped[bool] = mapped_column(server_default=text("false"))
    is_drill: Mapped[bool] = mapped_column(server_default=text("false"))  # as the id says: see `take_case_id`


class EveryCase(CaseColumns, Base):
    """A case (案件) as it stands now, whether of a drill or not; how it came to stand so is in its facts.

    For writers and for whoever answers for all of it: readings ask `CaseRow` (docs/decisions/0027).
    """

    __tablename__ = "case"
    __table_args__ = (
        UniqueConstraint("case_no"),
        # Usage: a phone that sends twice files once.
        UniqueConstraint("client_id"),
        # The key says it, so that facts, photos and notices know without asking, and nobody changes it.
        CheckConstraint("is_drill = (id < 0)", name="drills_are_below_zero"),
        CheckConstraint(f"stage IN ({', '.join(repr(s) for s in STAGES)})", name="stage_is_known"),
        # Usage: queues of desks, newest first, by keyset (reported_at, id).
        Index("ix_case_stage_reported", "stage", "reported_at", "id"),
        # Usage: a department's queue by keyset.
        Index("ix_case_department_stage", "department_code", "stage", "reported_at", "id"),
        # Usage: the list of everything by keyset.
        Index("ix_case_reported", "reported_at", "id"),
        # Usage: the list of everything, the most urgent first, by keyset; without a deadline last.
        Index("ix_case_urgent", text("coalesce(stage_due_at, 'infinity'::timestamptz)"), "id"),
        # Usage: work queues, the most urgent first; a filter that fits few need not pass by what has ended.
        Index(
            "ix_case_urgent_open",
            text("coalesce(stage_due_at, 'infinity'::timestamptz)"),
            "id",
            postgresql_where=text("closed_at IS NULL"),
        ),
        # Usage: an inspector's own tasks.
        Index("ix_case_inspector", "inspector_id", "reported_at", "id"),
        # Usage: what an inspector has reported.
        Index(
            "ix_case_reporter",
            "reporter_id",
            "reported_at",
            "id",
            postgresql_where=text("reporter_id IS NOT NULL"),
        ),
        # Usage: the tasks of a crew.
        Index("ix_case_crew", "crew_id", "stage", postgresql_where=text("crew_id IS NOT NULL")),
        # Usage: the sweep of clocks: open cases whose deadline is near.
        Index(
            "ix_case_stage_due",
            "stage_due_at",
            postgresql_where=text("stage_due_at IS NOT NULL AND closed_at IS NULL"),
        ),
        # Usage: alarms to set off at 80 % of a limit.
        Index(
            "ix_case_alarm_at_risk",
            "stage_at_risk_at",
            postgresql_where=text("alarm = 0 AND stage_at_risk_at IS NOT NULL AND closed_at IS NULL"),
        ),
        # Usage: alarms to set off at the whole of a limit.
        Index(
            "ix_case_alarm_overdue",
            "stage_due_at",
            postgresql_where=text("alarm < 2 AND stage_due_at IS NOT NULL AND closed_at IS NULL"),
        ),
        # Usage: when a light last turned to at_risk, which versions of tiles of cases tell.
        Index(
            "ix_case_stage_at_risk",
            "stage_at_risk_at",
            postgresql_where=text("stage_at_risk_at IS NOT NULL AND closed_at IS NULL"),
        ),
        # Usage: which case last left the public map, which versions of its tiles tell.
        Index("ix_case_closed", "closed_at", postgresql_where=text("closed_at IS NOT NULL")),
        # Usage: tiles of cases; near-by cases of a report.
        Index("ix_case_geom", "geom", postgresql_using="gist"),
        # Usage: tiles of cases below zoom 13, where ended cases come from `cases.ended_count`.
        Index(
            "ix_case_geom_open",
            "geom",
            postgresql_using="gist",
            postgresql_where=text("closed_at IS NULL"),
        ),
        # Usage: the queue of a zone by keyset.
        Index(
            "ix_case_zone", "zone_code", "reported_at", "id", postgresql_where=text("zone_code IS NOT NULL")
        ),
        # Usage: cases of one component.
        Index("ix_case_component", "component_code", postgresql_where=text("component_code IS NOT NULL")),
        # Usage: what a department helps with.
        Index(
            "ix_case_helping",
            "helping_codes",
            postgresql_using="gin",
            postgresql_where=text("helping_codes <> '{}'"),
        ),
        # Usage: suspended cases whose day has come.
        Index("ix_case_suspended", "suspended_until", postgresql_where=text("suspended_until IS NOT NULL")),
        # Usage: the leader's desk: appeals that wait.
        Index("ix_case_appeal", "id", postgresql_where=text("appeal = 'asked'")),
        # Usage: what waits for an answer to urging or supervising, the earliest first.
        Index("ix_case_answer_due", "answer_due_at", postgresql_where=text("answer_due_at IS NOT NULL")),
        # Usage: reports that were merged into a case.
        Index("ix_case_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        # Usage: the parts of a case.
        Index("ix_case_parent", "parent_no", postgresql_where=text("parent_no IS NOT NULL")),
        # Usage: earlier reports of a caller.
        Index("ix_case_contact_phone", "contact_phone", postgresql_where=text("contact_phone IS NOT NULL")),
        # Usage: contacts whose time is over; it empties as they are cleaned.
        Index(
            "ix_case_contact_kept",
            "closed_at",
            postgresql_where=text("contact_name IS NOT NULL OR contact_phone IS NOT NULL"),
        ),
        # Usage: what has changed since another system asked last, by offset in the order of change.
        Index("ix_case_changed", "stage_since", "id"),
        *(
            # Usage: lists under a filter that few cases fit, newest first; see `conditions_of` for the words.
            Index(f"ix_case_{name}", "reported_at", "id", postgresql_where=text(condition))
            for name, condition in RARE.items()
        ),
        # Usage: lists of open cases under any light, newest first.
        Index("ix_case_open", "reported_at", "id", postgresql_where=text("closed_at IS NULL")),
        # Usage: lists of one type, newest first.
        Index("ix_case_type", "type_code", "reported_at", "id"),
        # Usage: lists of a unit grid or a community.
        Index("ix_case_grid", "unit_grid_code", "reported_at"),
        # Usage: lists of what was filed between two days.
        Index("ix_case_filed", "filed_at", postgresql_where=text("filed_at IS NOT NULL")),
        # Usage: text search: cases whose words have these characters and pairs of characters.
        Index("ix_case_words", text(WORD_PARTS), postgresql_using="gin"),
        {"schema": SCHEMA},
    )


class InSight(DeclarativeBase):
    """Views: never created from here, and known to no migration but by their own SQL."""

    metadata = MetaData()


class CaseRow(CaseColumns, InSight):
    """A case as readings see it: drills are not there, except where `cases.sight.show_drills` was called.

    A view, `data/migrations/sql/seen_case.sql`: a reading that forgets drills does not see them.
    """

    __tablename__ = "seen_case"
    __table_args__ = ({"schema": SCHEMA},)


NEVER = literal_column("'infinity'::timestamptz", MOMENT)
URGENCY = func.coalesce(CaseRow.stage_due_at, NEVER)
"""What the most urgent first is sorted by, in SQL; written as `ix_case_urgent` has it."""


def worked_out(column: str) -> Computed:
    """A column of facts that PostgreSQL works out when a fact is written."""
    return Computed(COUNTED[column], persisted=True)


class FactRow(Base):
    """What happened to a case, by whom and why; append-only, hash-chained per case, guarded by a trigger."""

    __tablename__ = "fact"
    __table_args__ = (
        # Usage: the story of one case, in order; one fact per place in the chain.
        # With what counting reads, so that it reads this index alone.
        UniqueConstraint("case_id", "seq", postgresql_include=["at", "by_person_id", *COUNTED]),
        # Usage: what happened in some days; facts lie in the order of time.
        Index("ix_fact_at", "at", postgresql_using="brin"),
        # Usage: live viewers that reconnect resume from a transaction horizon.
        Index("ix_fact_xact", "xact"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    # deferred: facts and photos are written before the row, so that the number's lock is held last and least
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.case.id", deferrable=True, initially="DEFERRED"))
    seq: Mapped[int] = mapped_column()
    at: Mapped[datetime] = mapped_column(MOMENT)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    by_role: Mapped[str] = mapped_column(String(24))
    by_organisation_code: Mapped[str | None] = mapped_column(String(24))
    transition_no: Mapped[int] = mapped_column()  # row of the published transition table
    action: Mapped[str] = mapped_column(String(24))
    from_stage: Mapped[str | None] = mapped_column(String(24))
    to_stage: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(Text)  # a Chinese sentence: rule, clause, calendar day, grid version
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    xact: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text::bigint)"))
    # what counting reads, worked out of the body: see `cases/counted_facts.py`
    action_no: Mapped[int] = mapped_column(SmallInteger, worked_out("action_no"))
    role_no: Mapped[int] = mapped_column(SmallInteger, worked_out("role_no"))
    in_time: Mapped[int] = mapped_column(SmallInteger, worked_out("in_time"))
    case_in_time: Mapped[int] = mapped_column(SmallInteger, worked_out("case_in_time"))
    used_min: Mapped[int] = mapped_column(worked_out("used_min"))
    answer: Mapped[int] = mapped_column(SmallInteger, worked_out("answer"))
    is_public: Mapped[int] = mapped_column(SmallInteger, worked_out("is_public"))
    given_to: Mapped[int | None] = mapped_column(BigInteger, worked_out("given_to"))
    given_department: Mapped[str | None] = mapped_column(String(24), worked_out("given_department"))


class PhotoRow(Base):
    """A photo as evidence; the picture lies in the photo store under its SHA-256."""

    __tablename__ = "photo"
    __table_args__ = (
        # Usage: the photos of one case.
        Index("ix_photo_case", "case_id"),
        # Usage: who may see a picture: the cases in which it is evidence; pictures that no case names.
        Index("ix_photo_sha256", "sha256"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.case.id", deferrable=True, initially="DEFERRED"))
    fact_seq: Mapped[int] = mapped_column()
    role: Mapped[str] = mapped_column(String(8))  # before verify after recheck
    sha256: Mapped[str] = mapped_column(String(64))
    width_px: Mapped[int] = mapped_column()
    height_px: Mapped[int] = mapped_column()
    size_bytes: Mapped[int] = mapped_column()
    taken_at: Mapped[datetime | None] = mapped_column(MOMENT)
    geom: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=-1, spatial_index=False))
    shot: Mapped[str | None] = mapped_column(String(4))  # near far, as whoever added it says
    distance_m: Mapped[float | None] = mapped_column()  # from the case, as it lay then
    direction_deg: Mapped[float | None] = mapped_column()  # clockwise from north, as the camera wrote it
    is_direction_magnetic: Mapped[bool | None] = mapped_column()


class JoinedRow(Base):
    """Somebody who said "me too" of a case: follows it with a code of their own. Personal data."""

    __tablename__ = "joined"
    __table_args__ = (
        # Usage: a phone that sends twice joins once.
        UniqueConstraint("client_id"),
        # Usage: who is told of a case, and who may follow it.
        Index("ix_joined_case", "case_id"),
        # Usage: earlier reports of a caller.
        Index("ix_joined_contact_phone", "contact_phone", postgresql_where=text("contact_phone <> ''")),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.case.id"))
    fact_seq: Mapped[int] = mapped_column()
    client_id: Mapped[UUID] = mapped_column()
    at: Mapped[datetime] = mapped_column(MOMENT)
    source: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    contact_name: Mapped[str] = mapped_column(Text)
    contact_phone: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    track_code: Mapped[str] = mapped_column(String(12))


class TakenStepRow(Base):
    """A step that a phone sent under a number of its own, so that sending it again takes it once."""

    __tablename__ = "taken_step"
    __table_args__ = (
        # Usage: the nightly sweep of numbers that no phone sends any more.
        Index("ix_taken_step_at", "at"),
        {"schema": SCHEMA},
    )
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.case.id"))
    fact_seq: Mapped[int] = mapped_column()
    action: Mapped[str] = mapped_column(String(24))
    person_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(MOMENT)


class DeviceAlarmRow(Base):
    """A message of a device that watches something, and what came of it."""

    __tablename__ = "device_alarm"
    __table_args__ = (
        # Usage: a message that comes again gets the same answer.
        UniqueConstraint("message_id"),
        # Usage: the last alarm of a device, of one kind.
        Index("ix_device_alarm_device", "device_id", "alarm", "at"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    message_id: Mapped[UUID] = mapped_column()
    device_id: Mapped[str] = mapped_column(String(64))
    alarm: Mapped[str] = mapped_column(String(40))  # its kind, as the city's table names it
    event: Mapped[str] = mapped_column(String(5))  # alarm end
    value: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)  # when it came
    outcome: Mapped[str] = mapped_column(String(12))  # reported joined counted ended nothing_open
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.case.id"))


class ContactAccessRow(Base):
    """Who looked at a reporter's contact, or at what a caller reported before: append-only."""

    __tablename__ = "contact_access"
    __table_args__ = (
        # Usage: how often a person has looked today; what a person looked at.
        Index("ix_contact_access_person", "person_id", "deed", "at"),
        # Usage: who has looked at the contact of a case.
        Index("ix_contact_access_case", "case_no", postgresql_where=text("case_no IS NOT NULL")),
        # Usage: who has looked a number up, when its owner asks.
        Index("ix_contact_access_subject", "subject", postgresql_where=text("subject IS NOT NULL")),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT)
    person_id: Mapped[int] = mapped_column(BigInteger)
    person_name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(24))
    deed: Mapped[str] = mapped_column(String(8))  # reveal lookup
    case_no: Mapped[str | None] = mapped_column(String(20))
    subject: Mapped[bytes | None] = mapped_column(LargeBinary)  # keyed hash of the number looked up
    purpose: Mapped[str] = mapped_column(String(24))


class PrivacyDeedRow(Base):
    """What was done for people's privacy: data cleaned by age, told or erased at a request; append-only."""

    __tablename__ = "privacy_deed"
    __table_args__ = (
        # Usage: whether a number was erased before.
        Index("ix_privacy_deed_subject", "subject", postgresql_where=text("subject IS NOT NULL")),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT)
    deed: Mapped[str] = mapped_column(String(16))  # retention export erasure
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    subject: Mapped[bytes | None] = mapped_column(LargeBinary)  # keyed hash of the number
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)  # how many of what


class PrivateTypeRow(Base):
    """A type of case whose exact place only staff see; written from the city's folder."""

    __tablename__ = "private_type"
    __table_args__ = ({"schema": SCHEMA},)
    kind: Mapped[str] = mapped_column(String(9), primary_key=True)
    type_code: Mapped[str] = mapped_column(String(5), primary_key=True)


class WordsOfFactRow(Base):
    """What somebody wrote word for word, where its fact has telephone numbers blotted out.

    Facts cannot be changed; these words can be, and are when their time is over.
    """

    __tablename__ = "words_of_fact"
    __table_args__ = ({"schema": SCHEMA},)
    case_id: Mapped[int] = mapped_column(
        ForeignKey("cases.case.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    fact_seq: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class CaseCounterRow(Base):
    """The last case number given out in a district on a day."""

    __tablename__ = "case_counter"
    __table_args__ = ({"schema": SCHEMA},)
    district_code: Mapped[str] = mapped_column(String(6), primary_key=True)
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    last: Mapped[int] = mapped_column()


ENDED_COUNT = Table(
    "ended_count",
    Base.metadata,
    Column("cell_column", Integer, nullable=False),
    Column("cell_row", Integer, nullable=False),
    Column("stage", String(24), nullable=False),
    Column("subdistrict_code", String(9), nullable=False),  # of the unit grid
    Column("zone_code", String(12)),
    Column("department_code", String(24)),
    Column("n", Integer, nullable=False),
    Column("sum_right", BigInteger, nullable=False),  # from the western edge, in 2^-32 of the side
    Column("sum_down", BigInteger, nullable=False),  # from the northern edge, in 2^-32 of the side
    # Usage: tiles of cases below zoom 13.
    Index("ix_ended_count_cell", "cell_column", "cell_row"),
    schema=SCHEMA,
)
"""Counts of ended cases by square of level 15, kept by the triggers of `data/migrations/sql/ended_count.sql`.

A square may have several rows, and rows below zero: whoever reads adds them up. So writers only ever add.
"""
