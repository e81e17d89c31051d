"""Writes of what is made of a record: a version of the report, a finding, a hold, what was destroyed."""

from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.record.tables import AfterActionRow, CleanedRow, DestroyedRow, FindingRow, HoldRow
from emergency.rules.record.destroying import Rule
from emergency.rules.record.findings import Finding
from emergency.rules.record.report import Drafted


def add_version(session: Session, incident_id: int, version: int, report: Drafted, asking: Asking) -> None:
    """Keep a version of the report; the incident is locked by this transaction."""
    values = {
        "incident_id": incident_id,
        "version": version,
        "title": report.title,
        "words": report.words,
        "written_by_id": asking.person_id,
        "written_by": asking.name,
        "written_at": asking.at,
    }
    session.execute(insert(AfterActionRow).values(values))


def newest_version(session: Session, incident_id: int) -> int:
    """The number of the newest version, 0 when there is none."""
    query = select(func.max(AfterActionRow.version)).where(AfterActionRow.incident_id == incident_id)
    return session.execute(query).scalar_one() or 0


def add_finding(session: Session, incident_id: int, finding: Finding, asking: Asking) -> int:
    """Keep a finding; answers its id."""
    values = {
        "incident_id": incident_id,
        "plan_code": finding.plan_code,
        "trigger": finding.trigger,
        "found": finding.found,
        "improvement": finding.improvement,
        "owner_code": finding.owner_code,
        "due_on": finding.due_on,
        "stated_by": asking.name,
        "stated_at": asking.at,
        "state": "open",
        "settled_why": "",
    }
    return session.execute(insert(FindingRow).values(values).returning(FindingRow.id)).scalar_one()


def settle_finding(
    session: Session, finding_id: int, *, state: str, version: str | None, why: str, asking: Asking
) -> bool:
    """Settle an open finding; False when it was settled already."""
    values = {
        "state": state,
        "settled_version": version,
        "settled_why": why,
        "settled_by": asking.name,
        "settled_at": asking.at,
    }
    which = (FindingRow.id == finding_id) & (FindingRow.state == "open")
    done = session.execute(update(FindingRow).where(which).values(values).returning(FindingRow.id))
    return done.first() is not None


def hold(session: Session, incident_id: int, why: str, asking: Asking) -> None:
    """Keep the personal data of an incident from being destroyed."""
    values = {
        "incident_id": incident_id,
        "why": why,
        "by_person_id": asking.person_id,
        "by_name": asking.name,
        "at": asking.at,
        "lifted_why": "",
    }
    session.execute(insert(HoldRow).values(values))


def lift(session: Session, incident_id: int, why: str, asking: Asking) -> bool:
    """Lift the hold in force; False when there is none."""
    which = (HoldRow.incident_id == incident_id) & HoldRow.lifted_at.is_(None)
    values = {"lifted_by": asking.name, "lifted_at": asking.at, "lifted_why": why}
    done = session.execute(update(HoldRow).where(which).values(values).returning(HoldRow.id))
    return done.first() is not None


def note_destroyed(  # a line of the log
    session: Session,
    what: str,
    n: int,
    rule: Rule,
    *,
    at: datetime,
    incident_id: int | None = None,
    settled_at: datetime | None = None,
) -> None:
    """Log how much was destroyed by which rule."""
    values = {
        "incident_id": incident_id,
        "at": at,
        "what": what,
        "n": n,
        "days": rule.days,
        "rule_version": rule.version,
        "settled_at": settled_at,
    }
    session.execute(insert(DestroyedRow).values(values))


def note_cleaned(session: Session, incident_id: int, what: str, *, revision: int, at: datetime) -> None:
    """Note up to which fact an incident is clean of a kind of personal data."""
    values = {"incident_id": incident_id, "what": what, "revision": revision, "at": at}
    row = upsert(CleanedRow).values(values)
    now = {"revision": row.excluded.revision, "at": row.excluded.at}
    session.execute(row.on_conflict_do_update(index_elements=["incident_id", "what"], set_=now))
