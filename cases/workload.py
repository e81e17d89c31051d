"""Who is nearest and least busy: where inspectors reported last, and what they have to do. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.places import PlanePoint

SEEN_WITHIN = timedelta(hours=12)
"""How long a place where somebody reported says where that person is."""

_LOADS = text("""
    SELECT p.id, todo.n, seen.at, seen.away_m
    FROM unnest(CAST(:ids AS bigint[])) AS p(id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM cases."case" c
        WHERE c.inspector_id = p.id AND c.stage IN ('verifying', 'rechecking') AND c.closed_at IS NULL
    ) todo
    LEFT JOIN LATERAL (
        SELECT c.reported_at AS at,
               ST_Distance(
                   c.geom, ST_SetSRID(ST_MakePoint(:easting_m, :northing_m), ST_SRID(c.geom))
               ) AS away_m
        FROM cases."case" c
        WHERE c.reporter_id = p.id AND c.reported_at BETWEEN :since AND :at
        ORDER BY c.reported_at DESC LIMIT 1
    ) seen ON true
""")


@dataclass(frozen=True, slots=True)
class Load:
    """An inspector's open tasks, and where he or she was seen last: how far from a case, and when."""

    person_id: int
    tasks: int
    seen_at: datetime | None
    away_m: float | None


def list_loads(
    session: Session, person_ids: Sequence[int], near: PlanePoint, *, at: datetime
) -> dict[int, Load]:
    """The load of each inspector, distances from `near` (plane metres); one query."""
    values = {
        "ids": list(person_ids),
        "easting_m": near.easting_m,
        "northing_m": near.northing_m,
        "since": at - SEEN_WITHIN,
        "at": at,
    }
    return {row.id: Load(row.id, row.n, row.at, row.away_m) for row in session.execute(_LOADS, values)}
