"""What is made of a record: any moment of it, the report's versions, findings, holds, what was destroyed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from emergency.incident_data import IncidentBook
from emergency.incidents.operations import story_of
from emergency.incidents.reading import IncidentFact
from emergency.incidents.tables import PERSONAL, CallRow, IncidentFactRow, IncidentRow
from emergency.record.tables import AfterActionRow, CleanedRow, DestroyedRow, FindingRow, HoldRow
from emergency.rules.record.folding import StoodThen, stood_after, until
from emergency.rules.reporting import Owed, list_owed
from gis_core.clock import city_time
from gis_core.errors import NotFound


class NothingKnownYet(NotFound):
    """The moment lies before the first fact of the incident."""

    code = "incident_nothing_known_yet"


@dataclass(frozen=True, slots=True)
class Moment:
    """How an incident stood at a moment, with the reports that were owed then."""

    at: datetime
    stood: StoodThen
    owed: tuple[Owed, ...]


def state_at(facts: Sequence[IncidentFact], at: datetime, book: IncidentBook) -> Moment:
    """How an incident stood at a moment, from its facts alone.

    Reports are owed by the rules that were in force on the day on which it was reported.
    :raises NothingKnownYet: before the first fact.
    """
    known = facts[: until(facts, at)]
    if not known:
        raise NothingKnownYet("这个时刻还没有任何记录。请选择首次接报之后的时刻。")
    story = story_of(known)
    rules = book.reporting_on(city_time(story.received_at).date()).rules
    return Moment(at, stood_after(known), list_owed(story, rules))


@dataclass(frozen=True, slots=True)
class ReportVersion:
    """A version of the report on how an incident was handled."""

    version: int
    title: str
    words: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """A finding as it stands, with the incident that it comes from."""

    id: int
    incident_no: str
    incident_title: str
    is_drill: bool
    is_synthetic: bool
    plan_code: str
    trigger: str
    found: str
    improvement: str
    owner_code: str
    due_on: date
    stated_by: str
    stated_at: datetime
    state: str
    settled_version: str | None
    settled_why: str
    settled_by: str | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Hold:
    """A named decision to keep personal data, or the end of it."""

    id: int
    incident_no: str
    why: str
    by_name: str
    at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lifted_why: str


@dataclass(frozen=True, slots=True)
class Destroyed:
    """A line of the log of what was destroyed."""

    id: int
    incident_no: str | None
    at: datetime
    what: str
    n: int
    days: int
    rule_version: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class DueForDestroying:
    """An incident of which a kind of personal data is over its time, and since when it is settled."""

    incident_id: int
    incident_no: str
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class Cleaned:
    """When an incident was cleaned of a kind of personal data, and whether nothing came after."""

    at: datetime
    is_whole: bool


SETTLED = ("closed", "dismissed")
MOST_LISTED = 200


def list_report_versions(session: Session, incident_id: int) -> list[ReportVersion]:
    """The versions of an incident's report, the newest first."""
    columns = [getattr(AfterActionRow, name) for name in ReportVersion.__dataclass_fields__]
    query = select(*columns).where(AfterActionRow.incident_id == incident_id)
    return [ReportVersion(*row) for row in session.execute(query.order_by(AfterActionRow.version.desc()))]


def list_findings(
    session: Session, *, incident_id: int | None = None, plan_code: str | None = None
) -> list[KeptFinding]:
    """The findings of an incident, or of a plan; those still open first, the oldest of them first."""
    of_row = [getattr(FindingRow, name) for name in KeptFinding.__dataclass_fields__ if name in _OF_FINDING]
    of_incident = (IncidentRow.incident_no, IncidentRow.title, IncidentRow.is_drill, IncidentRow.is_synthetic)
    query = select(FindingRow.id, *of_incident, *of_row).join(
        IncidentRow, IncidentRow.id == FindingRow.incident_id
    )
    if incident_id is not None:
        query = query.where(FindingRow.incident_id == incident_id)
    if plan_code is not None:
        query = query.where(FindingRow.plan_code == plan_code)
    order = (FindingRow.state != "open", FindingRow.due_on, FindingRow.id)
    return [KeptFinding(*row) for row in session.execute(query.order_by(*order))]


_OF_FINDING = tuple(KeptFinding.__dataclass_fields__)[5:]


def find_finding(session: Session, finding_id: int) -> KeptFinding | None:
    """A finding by its id."""
    found = session.execute(select(FindingRow.incident_id).where(FindingRow.id == min(finding_id, 2**62)))
    incident_id = found.scalar_one_or_none()
    if incident_id is None:
        return None
    return next(one for one in list_findings(session, incident_id=incident_id) if one.id == finding_id)


def list_holds(session: Session, *, incident_id: int | None = None) -> list[Hold]:
    """Decisions to keep personal data, of one incident or of all; the newest first."""
    query = _with_number(HoldRow, Hold)
    if incident_id is not None:
        query = query.where(HoldRow.incident_id == incident_id)
    return [Hold(*row) for row in session.execute(query.order_by(HoldRow.id.desc()).limit(MOST_LISTED))]


def list_destroyed(
    session: Session, *, incident_id: int | None = None, before_id: int | None = None
) -> list[Destroyed]:
    """The log of what was destroyed, the newest first."""
    query = _with_number(DestroyedRow, Destroyed)
    if incident_id is not None:
        query = query.where(DestroyedRow.incident_id == incident_id)
    if before_id is not None:
        query = query.where(DestroyedRow.id < before_id)
    rows = session.execute(query.order_by(DestroyedRow.id.desc()).limit(MOST_LISTED))
    return [Destroyed(*row) for row in rows]


def _with_number(
    table: type[HoldRow] | type[DestroyedRow], shown: type[Hold] | type[Destroyed]
) -> Select[Any]:
    names = [name for name in shown.__dataclass_fields__ if name not in ("id", "incident_no")]
    columns = (table.id, IncidentRow.incident_no, *(getattr(table, name) for name in names))
    return select(*columns).outerjoin(IncidentRow, IncidentRow.id == table.incident_id)


def count_callers(session: Session, incident_id: int) -> int:
    """In how many calls of an incident somebody is still named."""
    query = select(func.count()).where(CallRow.incident_id == incident_id, _names_somebody())
    return session.execute(query).scalar_one()


def find_settled_at(session: Session, incident_id: int) -> datetime | None:
    """When an incident was closed or dismissed the last time; None while it is not settled."""
    query = _settled().where(IncidentRow.id == incident_id)
    return next((row.settled_at for row in session.execute(query)), None)


def list_due_for_destroying(
    session: Session, what: str, before: datetime, *, incident_id: int | None = None
) -> list[DueForDestroying]:
    """Incidents settled before a moment, without a hold, not cleaned of a kind since their last fact."""
    held = select(HoldRow.id).where(HoldRow.incident_id == IncidentRow.id, HoldRow.lifted_at.is_(None))
    clean = select(CleanedRow.incident_id).where(
        CleanedRow.incident_id == IncidentRow.id,
        CleanedRow.what == what,
        CleanedRow.revision == IncidentRow.revision,
    )
    query = _settled().where(~held.exists(), ~clean.exists()).order_by(IncidentRow.id)
    if incident_id is not None:
        query = query.where(IncidentRow.id == incident_id)
    over = query.having(func.max(IncidentFactRow.at) < before)
    return [DueForDestroying(row.id, row.incident_no, row.settled_at) for row in session.execute(over)]


def list_cleaned(session: Session, incident_id: int) -> dict[str, Cleaned]:
    """When an incident was cleaned of each kind of personal data."""
    query = select(CleanedRow.what, CleanedRow.at, CleanedRow.revision == IncidentRow.revision).join(
        IncidentRow, IncidentRow.id == CleanedRow.incident_id
    )
    rows = session.execute(query.where(CleanedRow.incident_id == incident_id))
    return {what: Cleaned(at, is_whole) for what, at, is_whole in rows}


def list_held_numbers(session: Session) -> list[str]:
    """The numbers of incidents whose personal data are kept by decision."""
    query = select(IncidentRow.incident_no).join(HoldRow, HoldRow.incident_id == IncidentRow.id)
    return list(session.scalars(query.where(HoldRow.lifted_at.is_(None))))


def _settled() -> Select[int, str, datetime]:
    last = func.max(IncidentFactRow.at).label("settled_at")
    query = select(IncidentRow.id, IncidentRow.incident_no, last)
    query = query.join(IncidentFactRow, IncidentFactRow.incident_id == IncidentRow.id)
    is_settling = IncidentFactRow.action.in_(("close", "dismiss"))
    return query.where(IncidentRow.stage.in_(SETTLED), is_settling).group_by(IncidentRow.id)


def _names_somebody() -> ColumnElement[bool]:
    return or_(*(getattr(CallRow, name) != "" for name in PERSONAL))
