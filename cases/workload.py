"""Who is nearest and least busy: where inspectors are or reported last, what they have to do. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import hypot

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.places import PlanePoint

SEEN_WITHIN = timedelta(hours=12)
"""How long a place where somebody reported says where that person is."""

_LOADS = text("""
    SELECT p.id, todo.n, seen.at, seen.away_m
    FROM unnest(CAST(:ids AS bigint[])) AS p(id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM cases.seen_case c
        WHERE c.inspector_id = p.id AND c.stage IN ('verifying', 'rechecking') AND c.closed_at IS NULL
    ) todo
    LEFT JOIN LATERAL (
        SELECT c.reported_at AS at,
               ST_Distance(
                   c.geom, ST_SetSRID(ST_MakePoint(:easting_m, :northing_m), ST_SRID(c.geom))
               ) AS away_m
        FROM cases.seen_case c
        WHERE c.reporter_id = p.id AND c.reported_at BETWEEN :since AND :at
        ORDER BY c.reported_at DESC LIMIT 1
    ) seen ON true
""")


@dataclass(frozen=True, slots=True)
class Load:
    """An inspector's open tasks, and where he or she was seen last: how far from a case, and when.

    `is_live` says that the phone tells the place just now; otherwise it is that of the last report.
    """

    person_id: int
    tasks: int
    seen_at: datetime | None
    away_m: float | None
    is_live: bool = False


def list_loads(
    session: Session,
    person_ids: Sequence[int],
    near: PlanePoint,
    *,
    at: datetime,
    live: Mapping[int, tuple[datetime, PlanePoint]] | None = None,
) -> dict[int, Load]:
    """The load of each inspector, distances from `near` (plane metres); one query.

    `live` has the fresh places of people on duty; they go before those of reports.
    """
    values = {
        "ids": list(person_ids),
        "easting_m": near.easting_m,
        "northing_m": near.northing_m,
        "since": at - SEEN_WITHIN,
        "at": at,
    }
    loads = {row.id: Load(row.id, row.n, row.at, row.away_m) for row in session.execute(_LOADS, values)}
    for person_id, (seen_at, point) in (live or {}).items():
        if person_id in loads:
            away_m = hypot(point.easting_m - near.easting_m, point.northing_m - near.northing_m)
            loads[person_id] = replace(loads[person_id], seen_at=seen_at, away_m=away_m, is_live=True)
    return loads


_TASKS = text("""
    SELECT person_id, count(*) AS n FROM (
        SELECT inspector_id AS person_id FROM cases.seen_case
        WHERE stage IN ('verifying', 'rechecking') AND closed_at IS NULL AND inspector_id IS NOT NULL
        UNION ALL
        SELECT crew_id FROM cases.seen_case
        WHERE stage = 'in_progress' AND closed_at IS NULL AND crew_id IS NOT NULL
    ) AS task GROUP BY person_id
""")


def count_tasks(session: Session) -> dict[int, int]:
    """How many tasks each person has in hand: cases to verify, to recheck, or to handle."""
    return {row.person_id: row.n for row in session.execute(_TASKS)}
