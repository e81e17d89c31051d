"""Alarms of those who have been astray for long: raised once, ended when they are back; set-wise."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.places import PlanePoint
from grid.positions.rules.limits import Limits

# A straying is told by its beginning: `astray_since` of the newest place is set by each batch.
_RAISE = text("""
    INSERT INTO grid.stray_alarm AS a (mover_key, fence, astray_since, raised_at, easting_m, northing_m)
    SELECT p.mover_key, CASE m.kind WHEN 'person' THEN 'grids' ELSE 'line' END, p.astray_since, :at,
        p.easting_m, p.northing_m
    FROM grid.mover_place p JOIN grid.mover m ON m.key = p.mover_key
    WHERE p.astray_since IS NOT NULL AND p.at - p.astray_since >= :after AND p.at >= :fresh_since
      AND (m.kind = 'vehicle' OR EXISTS (
          SELECT FROM grid.duty d WHERE d.mover_key = m.key AND d.ended_at IS NULL))
    ON CONFLICT (mover_key, astray_since) DO NOTHING
    RETURNING id, mover_key, fence, astray_since, easting_m, northing_m,
        (SELECT name FROM grid.mover WHERE key = a.mover_key),
        (SELECT code FROM grid.unit_grid g WHERE g.valid_to IS NULL AND ST_Intersects(
            g.geom, ST_SetSRID(ST_MakePoint(a.easting_m, a.northing_m), ST_SRID(g.geom)))
         ORDER BY code LIMIT 1)
""")
_END = text("""
    UPDATE grid.stray_alarm a SET ended_at = :at
    WHERE a.ended_at IS NULL AND NOT EXISTS (
        SELECT FROM grid.mover_place p WHERE p.mover_key = a.mover_key AND p.astray_since = a.astray_since)
""")
_END_FORGOTTEN = text("""
    UPDATE grid.duty SET ended_at = started_at + :longest, is_ended_by_system = true
    WHERE ended_at IS NULL AND started_at + :longest <= :at
    RETURNING pg_notify('mover', '')
""")
FRESH_WITHIN = timedelta(minutes=30)
"""A worker that slept raises no alarm of who was astray hours ago."""


@dataclass(frozen=True, slots=True)
class Stray:
    """A mover that has been away from where it should be, since when, and where it is now (plane metres)."""

    id: int
    key: str
    name: str
    fence: str
    since: datetime
    point: PlanePoint
    unit_grid_code: str | None


def raise_strays(session: Session, limits: Limits, *, at: datetime) -> tuple[Stray, ...]:
    """Raise the alarms that are due, and end those of movers that are back; answers the new ones."""
    session.execute(_END, {"at": at})
    given = {
        "at": at,
        "after": timedelta(minutes=limits.stray_after_min),
        "fresh_since": at - FRESH_WITHIN,
    }
    return tuple(
        Stray(row[0], row[1], row[6], row[2], row[3], PlanePoint(row[4], row[5]), row[7])
        for row in session.execute(_RAISE, given)
    )


def end_forgotten(session: Session, limits: Limits, *, at: datetime) -> int:
    """End duty that somebody forgot to end, at the longest one may be; answers how many."""
    longest = timedelta(hours=limits.longest_duty_h)
    return len(session.execute(_END_FORGOTTEN, {"at": at, "longest": longest}).all())
