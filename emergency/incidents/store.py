"""Locked writes of incidents: a fact, the row it leaves behind, a call, and the reports that are owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from geoalchemy2 import WKTElement
from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.incidents.reading import no_such_incident, state_of_row
from emergency.incidents.tables import (
    PERSONAL,
    CallRow,
    IncidentCounterRow,
    IncidentFactRow,
    IncidentRow,
    ReportOwedRow,
    WordsOfFactRow,
)
from emergency.rules.commands import Call, Decision
from emergency.rules.incidents import State
from emergency.rules.record.people import Kept, Told, blotted, sealed
from emergency.rules.reporting import Owed
from gis_core.journal import FIRST, seal
from gis_core.places import PlanePoint


@dataclass(frozen=True, slots=True)
class LockedIncident:
    """An incident held by this transaction."""

    id: int
    incident_no: str
    revision: int
    last_hash: bytes
    is_drill: bool
    state: State


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What a new incident has beside its state."""

    client_id: UUID
    point: PlanePoint | None
    unit_grid_code: str | None
    district_code: str | None
    source: str
    case_no: str | None
    is_drill: bool
    is_synthetic: bool


def find_no(session: Session, client_id: UUID) -> str | None:
    """The number of the incident that this client id has made already, if any."""
    query = select(IncidentRow.incident_no).where(IncidentRow.client_id == client_id)
    return session.execute(query).scalar_one_or_none()


def lock(session: Session, incident_no: str) -> LockedIncident:
    """The incident, held against other writers until the transaction ends.

    :raises IncidentNotFound: when there is none of that number.
    """
    query = select(IncidentRow).where(IncidentRow.incident_no == incident_no.replace("\x00", ""))
    row = session.execute(query.with_for_update()).scalar_one_or_none()
    if row is None:
        raise no_such_incident(incident_no)
    return LockedIncident(
        row.id, row.incident_no, row.revision, bytes(row.last_hash), row.is_drill, state_of_row(row)
    )


def take_number(session: Session, prefix: str, on: date) -> str:
    """The next number of a day, without a gap: its row stays locked until the transaction ends."""
    counter = upsert(IncidentCounterRow).values(prefix=prefix, on=on, last=1)
    bumped = counter.on_conflict_do_update(
        index_elements=["prefix", "on"], set_={"last": IncidentCounterRow.last + 1}
    ).returning(IncidentCounterRow.last)
    last = session.execute(bumped).scalar_one()
    return f"{prefix}{on:%Y%m%d}{last:03d}"


def add(
    session: Session,
    new: NewIncident,
    decision: Decision,
    asking: Asking,
    *,
    incident_no: str,
    srid: int,
) -> LockedIncident:
    """Write an incident with its first fact."""
    values = _columns(decision.state) | {
        "incident_no": incident_no,
        "client_id": new.client_id,
        "revision": 0,
        "last_hash": FIRST,
        "geom": _point(new.point, srid),
        "unit_grid_code": new.unit_grid_code,
        "district_code": new.district_code,
        "source": new.source,
        "case_no": new.case_no,
        "is_drill": new.is_drill,
        "is_synthetic": new.is_synthetic,
    }
    number = session.execute(insert(IncidentRow).values(values).returning(IncidentRow.id)).scalar_one()
    held = LockedIncident(number, incident_no, 0, FIRST, new.is_drill, decision.state)
    return record(session, held, decision, asking, from_stage=None)


def record(
    session: Session,
    held: LockedIncident,
    decision: Decision,
    asking: Asking,
    *,
    from_stage: str | None,
    point: PlanePoint | None = None,
    srid: int | None = None,
) -> LockedIncident:
    """Append the fact of a decision and let the row be what it leaves behind; `point` moves the incident."""
    seq = held.revision + 1
    told, kept = sealed(Told(asking.name, decision.text, dict(decision.body)), asking.role)
    fact = {
        "incident_id": held.id,
        "seq": seq,
        "at": asking.at,
        "happened_at": decision.happened_at,
        "by_person_id": asking.person_id,
        "by_name": told.by_name,
        "by_role": asking.role,
        "by_organisation_code": asking.organisation_code,
        "transition_no": decision.edge.no,
        "action": decision.edge.action,
        "from_stage": from_stage,
        "to_stage": decision.state.stage,
        "text": told.text,
        "body": dict(told.body),
    }
    digest = seal(fact, held.last_hash)
    session.execute(insert(IncidentFactRow).values(fact | {"prev_hash": held.last_hash, "hash": digest}))
    if not kept.is_empty:
        beside = {name: getattr(kept, name) for name in Kept.__dataclass_fields__}
        session.execute(insert(WordsOfFactRow).values(beside | {"incident_id": held.id, "fact_seq": seq}))
    values = _columns(decision.state) | {"revision": seq, "last_hash": digest}
    if point is not None and srid is not None:
        values["geom"] = _point(point, srid)
    session.execute(update(IncidentRow).where(IncidentRow.id == held.id).values(values))
    return LockedIncident(held.id, held.incident_no, seq, digest, held.is_drill, decision.state)


def add_call(session: Session, held: LockedIncident, call: Call, asking: Asking) -> None:
    """Write a call down beside the fact that was recorded last."""
    session.execute(
        insert(CallRow).values(
            incident_id=held.id,
            fact_seq=held.revision,
            at=asking.at,
            caller_name=call.caller_name,
            caller_unit=call.caller_unit,
            caller_post=call.caller_post,
            caller_phone=call.caller_phone,
            told_already=call.told_already,
            words=call.words,
            written_by=asking.name,
        )
    )


MOVES_NOTHING: tuple[str, ...] = (
    "drawing", "resource", "weather", "message", "receipt", "photo", "situation_report",
)  # fmt: skip
"""Bodies of facts beside which a form that was drawn before them still holds."""


def has_moved(session: Session, incident_id: int, since: int) -> bool:
    """Whether any fact after the one of number `since` changed something that a form may rest on."""
    rows = select(IncidentFactRow.body).where(
        IncidentFactRow.incident_id == incident_id, IncidentFactRow.seq > since
    )
    return any(
        row.body.get("changes") or not any(name in row.body for name in MOVES_NOTHING)
        for row in session.execute(rows)
    )


def write_owed(session: Session, incident_id: int, owed: Sequence[Owed]) -> None:
    """Let the reports that are owed be these; how far each was escalated is kept."""
    keys = [(one.rule.code, one.n) for one in owed]
    known = select(ReportOwedRow.rule_code, ReportOwedRow.n).where(ReportOwedRow.incident_id == incident_id)
    gone = [(row.rule_code, row.n) for row in session.execute(known) if (row.rule_code, row.n) not in keys]
    for code, n in gone:
        which = (ReportOwedRow.incident_id == incident_id) & (ReportOwedRow.rule_code == code)
        session.execute(delete(ReportOwedRow).where(which & (ReportOwedRow.n == n)))
    if not owed:
        return
    statement = upsert(ReportOwedRow).values([_owed_columns(incident_id, one) for one in owed])
    names = [name for name in _owed_columns(incident_id, owed[0]) if name not in ("incident_id", "n")]
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["incident_id", "rule_code", "n"],
            set_={name: statement.excluded[name] for name in names if name != "rule_code"},
        )
    )


def note_told(session: Session, incident_id: int, rule_code: str, n: int, *, told: int) -> bool:
    """Note how far the escalation of a report went; False when somebody else did already."""
    which = (ReportOwedRow.incident_id == incident_id) & (ReportOwedRow.rule_code == rule_code)
    done = session.execute(
        update(ReportOwedRow)
        .where(which & (ReportOwedRow.n == n) & (ReportOwedRow.told < told))
        .values(told=told)
        .returning(ReportOwedRow.n)
    )
    return done.first() is not None


def empty_calls(session: Session, incident_id: int) -> int:
    """Take names, units and numbers of callers out of an incident's calls; how many calls had any."""
    emptied = dict.fromkeys(PERSONAL, "")
    has_any = or_(*(getattr(CallRow, name) != "" for name in PERSONAL))
    which = (CallRow.incident_id == incident_id) & has_any
    return len(session.execute(update(CallRow).where(which).values(emptied).returning(CallRow.id)).all())


def empty_words(session: Session, incident_id: int) -> int:
    """Take telephone numbers out of what facts and calls say, and out of the incident's name and place."""
    columns = {"text": None, "body": None}
    n = _empty_beside(session, incident_id, columns)
    calls = select(CallRow).where(CallRow.incident_id == incident_id)
    for call in session.scalars(calls.with_for_update()):
        n += call.words != (told := blotted(call.words))
        call.words = told
    incident = session.get_one(IncidentRow, incident_id)
    said = blotted(incident.title), blotted(incident.place_text)
    n += (incident.title, incident.place_text) != said
    incident.title, incident.place_text = said
    session.flush()
    return n


def empty_places(session: Session, incident_id: int) -> int:
    """Forget where the people stood who took photos."""
    return _empty_beside(session, incident_id, {"photo": None})


def list_answering(session: Session, incident_id: int) -> list[str]:
    """Who answered for departments, as long as it is kept."""
    row = WordsOfFactRow
    query = select(row.by_name).where(row.incident_id == incident_id, row.by_name.is_not(None)).distinct()
    return [name for name in session.scalars(query) if name]


def empty_answers(session: Session, incident_id: int) -> int:
    """Forget who answered for departments; that one did, and under which account, is in the facts."""
    return _empty_beside(session, incident_id, {"by_name": None})


def _empty_beside(session: Session, incident_id: int, columns: dict[str, None]) -> int:
    """Empty columns of what is kept beside facts; how many had any."""
    row = WordsOfFactRow
    has_any = or_(*(getattr(row, name).is_not(None) for name in columns))
    which = (row.incident_id == incident_id) & has_any
    return len(session.execute(update(row).where(which).values(columns).returning(row.fact_seq)).all())


def _columns(state: State) -> dict[str, Any]:
    return {
        "stage": state.stage,
        "title": state.title,
        "kind_code": state.kind_code,
        "class_code": state.class_code,
        "event_level": state.event_level and int(state.event_level),
        "is_level_confirmed": state.is_level_confirmed,
        "is_sensitive": state.is_sensitive,
        "sensitive_why": state.sensitive_why,
        "toll": state.toll.as_data(),
        "place_text": state.place_text,
        "occurred_at": state.occurred_at,
        "received_at": state.received_at,
        "ended_at": state.ended_at,
        "response_level": state.response_level,
        "joined_into": state.joined_into,
    }


def _point(point: PlanePoint | None, srid: int) -> WKTElement | None:
    return None if point is None else WKTElement(f"POINT({point.easting_m} {point.northing_m})", srid=srid)


def _owed_columns(incident_id: int, owed: Owed) -> dict[str, Any]:
    return {
        "incident_id": incident_id,
        "rule_code": owed.rule.code,
        "n": owed.n,
        "name": owed.rule.name,
        "kind": owed.rule.kind,
        "channel": owed.rule.channel,
        "sender": owed.rule.sender,
        "receiver": owed.rule.receiver,
        "since": owed.since,
        "due_at": owed.due_at,
        "due_from_receipt": owed.due_from_receipt,
        "due_from_occurrence": owed.due_from_occurrence,
        "working": owed.working,
        "rule_status": owed.rule.status,
        "met_at": owed.met_at,
        "withdrawn_at": owed.withdrawn_at,
    }
