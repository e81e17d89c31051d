"""Writes of positions and duty, set-wise and under locks of their movers; in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.clock import CITY_ZONE
from gis_core.places import PlanePoint
from grid.positions.rules.judging import Known, Placed, Span

CHANNEL = "mover"
"""Told after every batch, without words: whoever follows reads the newest places, at most once a second."""


@dataclass(frozen=True, slots=True)
class Locked:
    """A mover held for a batch: what rules know of it, and what the newest place is."""

    known: Known
    newest_at: datetime | None
    astray_since: datetime | None
    responsibility_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest place of a mover after a batch."""

    mover: str
    placed: Placed
    astray_since: datetime | None


# Movers are locked in the order of their keys, so that batches of several movers never wait for each other in
# a ring, and batches of one mover are judged one after the other.
_LOCK = text("""
    SELECT m.key, m.kind, m.clock_offset_s, n.at AS newest_at, n.astray_since,
        d.since, d.until, d.codes, b.at AS before_at, b.easting_m, b.northing_m
    FROM grid.mover m
    JOIN unnest(CAST(:keys AS text[]), CAST(:firsts AS timestamptz[])) AS f(key, first_at) USING (key)
    LEFT JOIN grid.mover_place n ON n.mover_key = m.key
    LEFT JOIN LATERAL (
        SELECT array_agg(started_at ORDER BY started_at) AS since,
            array_agg(ended_at ORDER BY started_at) AS until,
            (array_agg(to_jsonb(responsibility_codes) ORDER BY started_at DESC))[1] AS codes
        FROM grid.duty WHERE mover_key = m.key AND (ended_at IS NULL OR ended_at >= :oldest)
    ) d ON true
    LEFT JOIN LATERAL (
        SELECT p.at, p.easting_m, p.northing_m FROM grid.position p
        WHERE p.mover_key = m.key AND p.at < f.first_at AND p.at > f.first_at - interval '1 hour'
        ORDER BY p.at DESC LIMIT 1
    ) b ON true
    WHERE m.is_active
    ORDER BY m.key FOR NO KEY UPDATE OF m
""")

_TAKE = text("""
    WITH taken AS (
        INSERT INTO grid.position (mover_key, at, easting_m, northing_m, accuracy_m, speed_mps, heading_deg,
            unit_grid_code, clock_offset_s, received_at)
        SELECT g.*, :came_at FROM unnest(
            CAST(:movers AS text[]), CAST(:ats AS timestamptz[]), CAST(:eastings AS float8[]),
            CAST(:northings AS float8[]), CAST(:accuracies AS float4[]), CAST(:speeds AS float4[]),
            CAST(:headings AS float4[]), CAST(:grids AS text[]), CAST(:offsets AS int[])) AS g
        ON CONFLICT DO NOTHING
        RETURNING mover_key, at, unit_grid_code
    ), walked AS (
        INSERT INTO grid.grid_visit AS v (mover_key, walked_on, unit_grid_code, positions, first_at, last_at)
        SELECT mover_key, (at AT TIME ZONE :zone)::date AS on_day, unit_grid_code, count(*), min(at), max(at)
        FROM taken WHERE unit_grid_code IS NOT NULL
        GROUP BY mover_key, on_day, unit_grid_code
        ON CONFLICT (mover_key, walked_on, unit_grid_code) DO UPDATE SET
            positions = v.positions + EXCLUDED.positions,
            first_at = least(v.first_at, EXCLUDED.first_at), last_at = greatest(v.last_at, EXCLUDED.last_at)
    ), moved AS (
        INSERT INTO grid.mover_place AS o (mover_key, at, easting_m, northing_m, accuracy_m, heading_deg,
            astray_since)
        SELECT * FROM unnest(
            CAST(:n_movers AS text[]), CAST(:n_ats AS timestamptz[]), CAST(:n_eastings AS float8[]),
            CAST(:n_northings AS float8[]), CAST(:n_accuracies AS float4[]), CAST(:n_headings AS float4[]),
            CAST(:n_astray AS timestamptz[]))
        ON CONFLICT (mover_key) DO UPDATE SET at = EXCLUDED.at, easting_m = EXCLUDED.easting_m,
            northing_m = EXCLUDED.northing_m, accuracy_m = EXCLUDED.accuracy_m,
            heading_deg = EXCLUDED.heading_deg, astray_since = EXCLUDED.astray_since
        WHERE EXCLUDED.at > o.at
    )
    SELECT count(*), pg_notify(:channel, '') FROM taken
""")
_KEEP_OFFSETS = text("""
    UPDATE grid.mover m SET clock_offset_s = o.offset_s
    FROM unnest(CAST(:keys AS text[]), CAST(:offsets AS int[])) AS o(key, offset_s)
    WHERE m.key = o.key AND m.clock_offset_s <> o.offset_s
""")


def lock_movers(session: Session, firsts: Mapping[str, datetime], *, oldest: datetime) -> dict[str, Locked]:
    """Hold the movers of a batch and answer what is known of each; `firsts` are their first moments in it."""
    given = {"keys": list(firsts), "firsts": list(firsts.values()), "oldest": oldest}
    return {row.key: _locked(row) for row in session.execute(_LOCK, given)}


def _locked(row: Any) -> Locked:
    spans = tuple(Span(*pair) for pair in zip(row.since or (), row.until or (), strict=True))
    before = None
    if row.before_at is not None:
        before = row.before_at, PlanePoint(row.easting_m, row.northing_m)
    known = Known(row.kind, spans, before, row.clock_offset_s)
    return Locked(known, row.newest_at, row.astray_since, tuple(row.codes or ()))


def take(
    session: Session,
    placed: Sequence[Placed],
    grids: Sequence[str | None],
    newest: Sequence[Newest],
    *,
    at: datetime,
) -> int:
    """Write positions, visits and newest places in one statement; answers how many positions were new."""
    samples = [one.sample for one in placed]
    given = {
        "movers": [one.mover for one in samples],
        "ats": [one.at for one in samples],
        "eastings": [one.point.easting_m for one in placed],
        "northings": [one.point.northing_m for one in placed],
        "accuracies": [one.accuracy_m for one in samples],
        "speeds": [one.speed_mps for one in samples],
        "headings": [one.heading_deg for one in samples],
        "grids": list(grids),
        "offsets": [one.clock_offset_s for one in placed],
        "n_movers": [one.mover for one in newest],
        "n_ats": [one.placed.sample.at for one in newest],
        "n_eastings": [one.placed.point.easting_m for one in newest],
        "n_northings": [one.placed.point.northing_m for one in newest],
        "n_accuracies": [one.placed.sample.accuracy_m for one in newest],
        "n_headings": [one.placed.sample.heading_deg for one in newest],
        "n_astray": [one.astray_since for one in newest],
        "came_at": at,
        "zone": str(CITY_ZONE),
        "channel": CHANNEL,
    }
    n: int = session.execute(_TAKE, given).one()[0]
    return n


def keep_offsets(session: Session, offsets: Mapping[str, int]) -> None:
    """Remember the errors of phones' clocks."""
    if offsets:
        session.execute(_KEEP_OFFSETS, {"keys": list(offsets), "offsets": list(offsets.values())})


_KEEP_ANSWER = text("""
    WITH made AS (
        INSERT INTO grid.position_batch (sender, client_batch, at, answer)
        VALUES (:sender, :client_batch, :at, :answer)
        ON CONFLICT DO NOTHING RETURNING answer
    )
    SELECT answer FROM made
    UNION ALL
    SELECT answer FROM grid.position_batch WHERE sender = :sender AND client_batch = :client_batch
    LIMIT 1
""")


def keep_answer(
    session: Session, sender: str, client_batch: UUID, answer: Mapping[str, Any], *, at: datetime
) -> dict[str, Any]:
    """Keep what a batch is answered; the answer of whoever kept one first."""
    given = {"sender": sender, "client_batch": client_batch, "at": at, "answer": Jsonb(dict(answer))}
    kept: dict[str, Any] | None = session.execute(_KEEP_ANSWER, given).scalar()
    return dict(answer) if kept is None else kept


_SAVE_PERSON = text("""
    INSERT INTO grid.mover AS m (key, kind, name, skills, organisation_code)
    VALUES (:key, 'person', :name, :skills, :organisation_code)
    ON CONFLICT (key) DO UPDATE SET name = EXCLUDED.name, skills = EXCLUDED.skills,
        organisation_code = EXCLUDED.organisation_code
    WHERE (m.name, m.skills, m.organisation_code)
        IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.skills, EXCLUDED.organisation_code)
""")
_HOLD = text("SELECT 1 FROM grid.mover WHERE key = :key FOR NO KEY UPDATE")
_START = text("""
    INSERT INTO grid.duty (mover_key, started_at, consent_version, responsibility_codes)
    SELECT m.key, greatest(:at, (SELECT max(ended_at) FROM grid.duty WHERE mover_key = m.key)), :version,
        :codes
    FROM grid.mover m WHERE m.key = :key
    ON CONFLICT (mover_key) WHERE ended_at IS NULL DO NOTHING
""")
_END = text("""
    UPDATE grid.duty SET ended_at = greatest(:at, started_at), is_ended_by_system = :by_system
    WHERE mover_key = :key AND ended_at IS NULL RETURNING ended_at
""")
_FORGET_AFTER = text("""
    WITH gone AS (DELETE FROM grid.position WHERE mover_key = :key AND at > :ended_at),
    visits AS (DELETE FROM grid.grid_visit WHERE mover_key = :key AND first_at > :ended_at)
    DELETE FROM grid.mover_place WHERE mover_key = :key AND at > :ended_at
""")
_TELL = text("SELECT pg_notify(:channel, '')")


def save_person(
    session: Session, key: str, name: str, skills: Sequence[str], organisation_code: str | None
) -> None:
    """Have a person among the movers, under the name and skills of today; the row stays locked."""
    given = {"key": key, "name": name, "skills": list(skills), "organisation_code": organisation_code}
    session.execute(_SAVE_PERSON, given)
    session.execute(_HOLD, {"key": key})


def start_duty(session: Session, key: str, *, at: datetime, version: str, codes: Sequence[str]) -> None:
    """Begin a time on duty, not before the last one ended; nothing for who is on duty already."""
    session.execute(_START, {"key": key, "at": at, "version": version, "codes": list(codes)})
    session.execute(_TELL, {"channel": CHANNEL})


def end_duty(session: Session, key: str, *, at: datetime, by_system: bool = False) -> None:
    """End the time on duty that is open, and let go of positions from after it."""
    session.execute(_HOLD, {"key": key})
    ended_at = session.execute(_END, {"key": key, "at": at, "by_system": by_system}).scalar_one_or_none()
    if ended_at is not None:
        session.execute(_FORGET_AFTER, {"key": key, "ended_at": ended_at})
        session.execute(_TELL, {"channel": CHANNEL})


_SAVE_VEHICLES = text("""
    INSERT INTO grid.mover AS m (key, kind, name, skills, organisation_code, is_active, is_synthetic)
    SELECT key, 'vehicle', name, skills, organisation_code, true, is_synthetic
    FROM jsonb_to_recordset(:vehicles) AS v(key text, name text, skills text[], organisation_code text,
        is_synthetic boolean)
    ON CONFLICT (key) DO UPDATE SET name = EXCLUDED.name, skills = EXCLUDED.skills,
        organisation_code = EXCLUDED.organisation_code, is_active = true, is_synthetic = EXCLUDED.is_synthetic
""")
_RETIRE_VEHICLES = text(
    "UPDATE grid.mover SET is_active = false WHERE kind = 'vehicle' AND key <> ALL(:keys)"
)


def save_vehicles(session: Session, vehicles: Sequence[Mapping[str, Any]]) -> None:
    """Bring the register of vehicles up to date; those that are no longer in it are out of service."""
    session.execute(_SAVE_VEHICLES, {"vehicles": Jsonb([dict(one) for one in vehicles])})
    session.execute(_RETIRE_VEHICLES, {"keys": [one["key"] for one in vehicles]})
    session.execute(_TELL, {"channel": CHANNEL})
