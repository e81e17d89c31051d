"""Incidents as people look at them: lists, one with its timeline, what is owed. Reads only.

Places are answered in degrees (EPSG:4490).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from emergency.incidents.tables import (
    CallRow,
    IncidentFactRow,
    IncidentRow,
    ReportOwedRow,
    WordsOfFactRow,
)
from emergency.rules.incidents import OPEN_STAGES, State
from emergency.rules.levels import EventLevel, Toll
from emergency.rules.record.people import Kept, Told, whole
from emergency.rules.reporting import Standing, standing_at
from gis_core.crs import PlaneSystem
from gis_core.errors import NotFound
from gis_core.journal import Entry, verify
from gis_core.places import LonLat, PlanePoint

NEAR_M = 2_000.0
NEAR_FOR = timedelta(hours=24)
MOST_LISTED = 200


class IncidentNotFound(NotFound):
    """There is no incident of this number."""

    code = "incident_not_found"


def no_such_incident(incident_no: str) -> IncidentNotFound:
    """What somebody is told who asks for an incident that is not there."""
    return IncidentNotFound(f"没有编号为 {incident_no[:24]} 的突发事件。请从值班台的列表重新打开。")


@dataclass(frozen=True, slots=True)
class IncidentFact:
    """A row of the timeline: when it happened, when and by whom it was written down.

    `sealed` is what the hash covers of name, words and body, where more is kept beside the fact.
    """

    seq: int
    at: datetime
    happened_at: datetime
    by_person_id: int | None
    by_name: str
    by_role: str
    by_organisation_code: str | None
    transition_no: int
    action: str
    from_stage: str | None
    to_stage: str
    text: str
    body: Mapping[str, Any]
    prev_hash: bytes
    hash: bytes
    sealed: Told | None = None

    def content(self, incident_id: int) -> dict[str, object]:
        """Everything that the hash covers."""
        told = self.sealed or Told(self.by_name, self.text, self.body)
        return {
            "incident_id": incident_id,
            "seq": self.seq,
            "at": self.at,
            "happened_at": self.happened_at,
            "by_person_id": self.by_person_id,
            "by_name": told.by_name,
            "by_role": self.by_role,
            "by_organisation_code": self.by_organisation_code,
            "transition_no": self.transition_no,
            "action": self.action,
            "from_stage": self.from_stage,
            "to_stage": self.to_stage,
            "text": told.text,
            "body": dict(told.body),
        }


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as it stands."""

    id: int
    incident_no: str
    revision: int
    state: State
    place: LonLat | None
    unit_grid_code: str | None
    district_code: str | None
    source: str
    case_no: str | None
    is_drill: bool
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class OwedReport:
    """A report that is or was owed, as the page shows it."""

    incident_id: int
    incident_no: str
    title: str
    rule_code: str
    n: int
    name: str
    kind: str
    channel: str
    sender: str
    receiver: str
    since: datetime
    due_at: datetime
    due_from_receipt: datetime
    due_from_occurrence: datetime | None
    working: str
    rule_status: str
    met_at: datetime | None
    withdrawn_at: datetime | None
    told: int
    is_drill: bool

    def standing(self, at: datetime) -> Standing:
        """How it stands at a moment."""
        return standing_at(at, due_at=self.due_at, met_at=self.met_at, withdrawn_at=self.withdrawn_at)

    def is_left(self, at: datetime) -> bool:
        """Whether it still has to go out; logging is no report."""
        return self.kind != "log" and self.standing(at) in ("open", "overdue")


@dataclass(frozen=True, slots=True)
class CallShown:
    """A call as it was written down."""

    at: datetime
    fact_seq: int
    caller_name: str
    caller_unit: str
    caller_post: str
    caller_phone: str
    told_already: str
    words: str
    written_by: str


def state_of_row(row: IncidentRow) -> State:
    """The state that a row holds."""
    return State(
        stage=row.stage,
        title=row.title,
        kind_code=row.kind_code,
        class_code=row.class_code,
        received_at=row.received_at,
        occurred_at=row.occurred_at,
        place_text=row.place_text,
        event_level=None if row.event_level is None else EventLevel(row.event_level),
        is_level_confirmed=row.is_level_confirmed,
        is_sensitive=row.is_sensitive,
        sensitive_why=row.sensitive_why,
        toll=Toll(**row.toll),
        joined_into=row.joined_into,
        ended_at=row.ended_at,
        response_level=row.response_level,
    )


def get_incident(session: Session, plane: PlaneSystem, incident_no: str) -> Incident:
    """An incident by its number.

    :raises IncidentNotFound: when there is none.
    """
    wanted = IncidentRow.incident_no == incident_no.replace("\x00", "")
    found = _incidents(session, plane, _query().where(wanted))
    if not found:
        raise no_such_incident(incident_no)
    return found[0]


def find_no_of_id(session: Session, incident_id: int) -> str:
    """The number of an incident that is there."""
    return session.execute(select(IncidentRow.incident_no).where(IncidentRow.id == incident_id)).scalar_one()


def list_open(session: Session, plane: PlaneSystem) -> list[Incident]:
    """What is going on: the gravest and the newest first."""
    query = _query().where(IncidentRow.stage.in_(OPEN_STAGES))
    order = (IncidentRow.is_drill, IncidentRow.event_level.asc().nulls_first(), IncidentRow.id.desc())
    return _incidents(session, plane, query.order_by(*order).limit(MOST_LISTED))


def list_settled(session: Session, plane: PlaneSystem, *, before_id: int | None = None) -> list[Incident]:
    """Those that are over, the newest first."""
    query = _query().where(IncidentRow.stage.not_in(OPEN_STAGES))
    if before_id is not None:
        query = query.where(IncidentRow.id < before_id)
    return _incidents(session, plane, query.order_by(IncidentRow.id.desc()).limit(MOST_LISTED))


def list_near(
    session: Session, plane: PlaneSystem, point: PlanePoint | None, kind_code: str, at: datetime
) -> list[tuple[Incident, float | None]]:
    """Open incidents of the last day that a first report may be about, with their distance in metres, the
    nearest first; where no place is known, those of the same kind.
    """
    since = at - NEAR_FOR
    query = _query().where(IncidentRow.stage.in_(OPEN_STAGES), IncidentRow.received_at >= since)
    if point is None:
        found = _incidents(session, plane, query.where(IncidentRow.kind_code == kind_code).limit(10))
        return [(one, None) for one in found]
    here = func.ST_SetSRID(func.ST_MakePoint(point.easting_m, point.northing_m), plane.srid)
    near = or_(func.ST_DWithin(IncidentRow.geom, here, NEAR_M), IncidentRow.geom.is_(None))
    distance = func.ST_Distance(IncidentRow.geom, here)
    query = query.where(near).add_columns(distance.label("distance_m"))
    rows = session.execute(query.order_by(distance.asc().nulls_last()).limit(10)).all()
    return [(_incident_of(plane, *row[:3]), row.distance_m) for row in rows]


def find_of_case(session: Session, case_no: str) -> str | None:
    """The number of the incident that a case was made into, the newest; None when there is none."""
    query = select(IncidentRow.incident_no).where(IncidentRow.case_no == case_no.replace("\x00", ""))
    return session.execute(query.order_by(IncidentRow.id.desc()).limit(1)).scalar_one_or_none()


def list_facts(session: Session, incident_id: int, *, until: datetime | None = None) -> list[IncidentFact]:
    """The timeline in the order in which it was written, up to a moment."""
    query = _FACTS.where(IncidentFactRow.incident_id == incident_id)
    return _facts(session, query if until is None else query.where(IncidentFactRow.at <= until))


def list_facts_with(session: Session, incident_id: int, name: str) -> list[IncidentFact]:
    """The facts whose body has something of that name, in the order in which they were written."""
    kept = (IncidentFactRow.incident_id == incident_id) & IncidentFactRow.body.has_key(name)
    return _facts(session, _FACTS.where(kept))


_OF_FACT = tuple(IncidentFact.__dataclass_fields__)[:-1]
_OF_WORDS = tuple(Kept.__dataclass_fields__)
# Columns: no object of the mapper for each of thousands of facts.
_FACTS: Select[Any] = (
    select(
        *(getattr(IncidentFactRow, name) for name in _OF_FACT),
        *(getattr(WordsOfFactRow, name) for name in _OF_WORDS),
    )
    .outerjoin(
        WordsOfFactRow,
        (WordsOfFactRow.incident_id == IncidentFactRow.incident_id)
        & (WordsOfFactRow.fact_seq == IncidentFactRow.seq),
    )
    .order_by(IncidentFactRow.seq)
)


def _facts(session: Session, query: Select[Any]) -> list[IncidentFact]:
    return [_fact_of(row) for row in session.execute(query)]


def _fact_of(row: Any) -> IncidentFact:
    """A fact with what is kept beside it."""
    fact, kept = IncidentFact(*row[: len(_OF_FACT)]), Kept(*row[len(_OF_FACT) :])
    if kept.is_empty:
        return fact
    told = Told(fact.by_name, fact.text, fact.body)
    full = whole(told, kept)
    return replace(fact, by_name=full.by_name, text=full.text, body=full.body, sealed=told)


def list_calls(session: Session, incident_id: int) -> list[CallShown]:
    """The calls about an incident, in their order."""
    query = select(CallRow).where(CallRow.incident_id == incident_id).order_by(CallRow.id)
    return [
        CallShown(
            row.at,
            row.fact_seq,
            row.caller_name,
            row.caller_unit,
            row.caller_post,
            row.caller_phone,
            row.told_already,
            row.words,
            row.written_by,
        )
        for row in session.execute(query).scalars()
    ]


def list_owed_of(session: Session, incident_id: int) -> list[OwedReport]:
    """Everything that is or was owed of an incident, by when it was due."""
    return _owed(session, _owed_query().where(ReportOwedRow.incident_id == incident_id))


def list_owed_next(session: Session, *, until: datetime, most: int = MOST_LISTED) -> list[OwedReport]:
    """Reports that are still owed and due before a moment, of all incidents; the most urgent first."""
    query = _owed_query().where(ReportOwedRow.met_at.is_(None), ReportOwedRow.due_at <= until)
    still = or_(ReportOwedRow.withdrawn_at.is_(None), ReportOwedRow.withdrawn_at > ReportOwedRow.due_at)
    return _owed(session, query.where(still).limit(most))


def list_late(session: Session, *, since: datetime, until: datetime, at: datetime) -> list[OwedReport]:
    """The register of lateness: reports of some days that went out too late, or never."""
    query = _owed_query().where(ReportOwedRow.since >= since, ReportOwedRow.since < until)
    late = or_(
        ReportOwedRow.met_at > ReportOwedRow.due_at,
        (ReportOwedRow.met_at.is_(None)) & (ReportOwedRow.due_at < at),
    )
    still = or_(
        ReportOwedRow.met_at.is_not(None),
        ReportOwedRow.withdrawn_at.is_(None),
        ReportOwedRow.withdrawn_at > ReportOwedRow.due_at,
    )
    return _owed(session, query.where(late, still))


def broken_at(session: Session, incident: Incident) -> int | None:
    """The place of the first fact that does not fit its chain, None when all hold."""
    facts = list_facts(session, incident.id)
    entries = [Entry(one.seq, one.content(incident.id), one.prev_hash, one.hash) for one in facts]
    head = session.execute(select(IncidentRow.last_hash).where(IncidentRow.id == incident.id)).scalar_one()
    return verify(entries, head=bytes(head))


def _query() -> Select[Any]:
    return select(IncidentRow, func.ST_X(IncidentRow.geom), func.ST_Y(IncidentRow.geom))


def _incidents(session: Session, plane: PlaneSystem, query: Select[Any]) -> list[Incident]:
    return [_incident_of(plane, *row) for row in session.execute(query)]


def _incident_of(
    plane: PlaneSystem, row: IncidentRow, easting_m: float | None, northing_m: float | None
) -> Incident:
    place = (
        None
        if easting_m is None or northing_m is None
        else plane.to_lonlat(PlanePoint(easting_m, northing_m))
    )
    return Incident(
        row.id,
        row.incident_no,
        row.revision,
        state_of_row(row),
        place,
        row.unit_grid_code,
        row.district_code,
        row.source,
        row.case_no,
        row.is_drill,
        row.is_synthetic,
    )


_OF_OWED = (
    "incident_id", "rule_code", "n", "name", "kind", "channel", "sender", "receiver", "since", "due_at",
    "due_from_receipt", "due_from_occurrence", "working", "rule_status", "met_at", "withdrawn_at", "told",
)  # fmt: skip


OwedQuery = Select[ReportOwedRow, str, str, bool]


def _owed_query() -> OwedQuery:
    columns = select(ReportOwedRow, IncidentRow.incident_no, IncidentRow.title, IncidentRow.is_drill)
    return columns.join(IncidentRow, IncidentRow.id == ReportOwedRow.incident_id).order_by(
        ReportOwedRow.due_at, ReportOwedRow.rule_code, ReportOwedRow.n
    )


def _owed(session: Session, query: OwedQuery) -> list[OwedReport]:
    return [
        OwedReport(
            incident_no=incident_no,
            title=title,
            is_drill=is_drill,
            **{name: getattr(row, name) for name in _OF_OWED},
        )
        for row, incident_no, title, is_drill in session.execute(query)
    ]
