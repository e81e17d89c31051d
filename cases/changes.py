"""What changed since a transaction, for whoever shows cases live. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    text,
)
from sqlalchemy.orm import Session

MOST_CHANGES = 1_000


@dataclass(frozen=True, slots=True)
class Change:
    """A committed fact as live viewers need it: which case to draw again, and whom it concerns."""

    fact_id: int
    case_id: int
    case_no: str
    revision: int
    at: datetime
    action: str
    from_stage: str | None
    to_stage: str
    unit_grid_code: str
    department_code: str | None
    inspector_id: int | None
    crew_id: int | None
    reporter_id: int | None
    is_drill: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """Facts since a horizon, and the horizon to resume from; `is_cut` when there were too many to list."""

    horizon: int
    rows: tuple[Change, ...]
    is_cut: bool


_CHANGES = text("""
    WITH seen AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon)
    SELECT seen.horizon, f.id AS fact_id, f.case_id, c.case_no, f.seq AS revision, f.at, f.action,
           f.from_stage, f.to_stage, c.unit_grid_code, c.department_code, c.inspector_id, c.crew_id,
           c.reporter_id, c.is_drill
    FROM seen
    LEFT JOIN (SELECT * FROM cases.fact WHERE xact >= :since ORDER BY xact, id LIMIT :most) f ON true
    LEFT JOIN cases."case" c ON c.id = f.case_id
    ORDER BY f.id
""")


def list_changes(session: Session, since_xact: int, *, most: int = MOST_CHANGES) -> Changes:
    """Facts of transactions from `since_xact` on, and the horizon from which to ask next.

    A fact may come twice, never not at all: the horizon is the oldest transaction that still ran.
    """
    found = session.execute(_CHANGES, {"since": since_xact, "most": most + 1}).mappings().all()
    names = Change.__slots__
    rows = [Change(**{name: row[name] for name in names}) for row in found if row["fact_id"] is not None]
    return Changes(found[0]["horizon"], tuple(rows[:most]), len(rows) > most)
