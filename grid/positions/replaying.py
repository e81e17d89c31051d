"""Where everybody was in a span of the past, for replay; every track that is shown is in the log of looks.

Many positions are thinned to one in some seconds. What thinning must not hide stays: both ends of every gap
in which nothing was heard, so that nobody is drawn on a way that nobody knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from grid.positions.tracks import PURPOSES, Look, TrackPurposeMissing

MOST_POINTS = 100_000
"""Positions of one replay; where there are more, one in some seconds is shown."""
STEPS_S = (5, 10, 15, 20, 30, 60, 120, 300, 600)
MOST_CALLS = 500


@dataclass(frozen=True, slots=True)
class Way:
    """Where one mover was: seconds since the span began, degrees (EPSG:4490), and before which points nothing
    had been heard for so long that the way to them is unknown."""

    key: str
    name: str
    kind: str
    seconds: tuple[float, ...]
    places: tuple[tuple[float, float], ...]
    gaps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CallThen:
    """A call for help that was open in a span; no place where nobody knew one."""

    id: int
    key: str
    name: str
    at: datetime
    answered_at: datetime | None
    place: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Ways:
    """Everybody's ways in a span: how many positions there are; of how many seconds one is shown (0: all).

    `thinned_until`: before it the city keeps one position a minute, as its rules say.
    """

    ways: tuple[Way, ...]
    calls: tuple[CallThen, ...]
    counted: int
    step_s: int
    thinned_until: datetime | None


_COUNT = text("""
    SELECT count(*), count(DISTINCT p.mover_key), (SELECT until FROM grid.position_thinned) AS thinned_until
    FROM grid.mover m CROSS JOIN LATERAL (
        SELECT p.mover_key FROM grid.position p
        WHERE p.mover_key = m.key AND p.at >= :read_since AND p.at <= :until) p
""")
# By mover, for the index of a month is by mover and moment. Ends of gaps stay whatever the step.
_WAYS = text("""
    SELECT m.key, m.name, m.kind, CAST(extract(epoch FROM p.at - :since) AS float8), p.easting_m,
        p.northing_m, p.is_gap
    FROM grid.mover m CROSS JOIN LATERAL (
        SELECT at, easting_m, northing_m, coalesce(at - before > :gap * interval '1 second', false) AS is_gap,
            before IS NULL OR after IS NULL OR after - at > :gap * interval '1 second' AS is_end,
            :step = 0 OR floor(extract(epoch FROM at) / greatest(:step, 1))
                IS DISTINCT FROM floor(extract(epoch FROM before) / greatest(:step, 1)) AS is_first
        FROM (SELECT at, easting_m, northing_m, lag(at) OVER w AS before, lead(at) OVER w AS after
              FROM grid.position WHERE mover_key = m.key AND at >= :read_since AND at <= :until
              WINDOW w AS (ORDER BY at)) each_one
    ) p
    WHERE p.is_gap OR p.is_end OR p.is_first ORDER BY m.key, p.at LIMIT :most
""")
_CALLS = text("""
    SELECT s.id, s.mover_key, m.name, s.at, s.answered_at, s.easting_m, s.northing_m
    FROM grid.sos s JOIN grid.mover m ON m.key = s.mover_key
    WHERE s.received_at <= :until AND (s.answered_at IS NULL OR s.answered_at >= :since)
    ORDER BY s.id DESC LIMIT :most
""")
_LOG = text("""
    INSERT INTO grid.track_look (at, person_id, person_name, role, mover_key, since, until, purpose)
    SELECT :at, :person_id, :person_name, :role, key, :since, :until, :purpose
    FROM unnest(CAST(:keys AS text[])) AS key
""")


def list_calls_then(
    session: Session, plane: PlaneSystem, *, since: datetime, until: datetime
) -> tuple[CallThen, ...]:
    """Calls for help that were open in a span, the earliest first."""
    rows = session.execute(_CALLS, {"since": since, "until": until, "most": MOST_CALLS}).all()
    points = np.array([(row[5], row[6]) for row in rows if row[5] is not None] or np.empty((0, 2)))
    places = iter(plane.to_lonlat_many(points).tolist() if len(points) else [])
    found = [
        CallThen(row[0], row[1], row[2], row[3], row[4], None if row[5] is None else _pair(next(places)))
        for row in rows
    ]
    return tuple(reversed(found))


def _pair(place: Sequence[float]) -> tuple[float, float]:
    lon, lat = place
    return lon, lat


def read_ways(
    session: Session,
    plane: PlaneSystem,
    look: Look,
    *,
    since: datetime,
    until: datetime,
    at: datetime,
    stale_after_s: int,
    most: int = MOST_POINTS,
) -> Ways:
    """Everybody's ways, and a line in the log for each; in the caller's transaction, which must commit.

    :raises TrackPurposeMissing: for a purpose that is not listed.
    """
    if look.purpose not in PURPOSES:
        raise TrackPurposeMissing("请选择查看轨迹的目的；查看会记入日志。")
    span = {"since": since, "until": until}
    read = {**span, "read_since": since - timedelta(seconds=stale_after_s)}  # who was heard of just before
    counted, movers, thinned_until = session.execute(_COUNT, read).one()
    step_s = step_for(counted, movers, (until - since).total_seconds(), most=most)
    given = {**read, "gap": stale_after_s, "step": step_s, "most": 2 * most}
    rows = session.execute(_WAYS, given).all()
    calls = list_calls_then(session, plane, **span)
    keys = sorted({row[0] for row in rows} | {one.key for one in calls})
    if keys:
        session.execute(
            _LOG,
            {
                **span, "at": at, "person_id": look.person_id, "person_name": look.person_name,
                "role": look.role, "purpose": look.purpose, "keys": keys,
            },
        )  # fmt: skip
    return Ways(_ways(plane, rows), calls, counted, step_s, thinned_until)


def step_for(counted: int, movers: int, length_s: float, *, most: int) -> int:
    """Of how many seconds one position is shown, so that at most about `most` are; 0 for all of them.

    >>> step_for(180_000, 500, 3600, most=100_000), step_for(900, 5, 3600, most=100_000)
    (20, 0)
    """
    if counted <= most:
        return 0
    return next((step for step in STEPS_S if movers * length_s / step <= most), STEPS_S[-1])


def _ways(plane: PlaneSystem, rows: Sequence[Any]) -> tuple[Way, ...]:
    if not rows:
        return ()
    places = iter(plane.to_lonlat_many(np.array([(row[4], row[5]) for row in rows])).tolist())
    found = []
    for (key, name, kind), group in groupby(rows, key=lambda row: (row[0], row[1], row[2])):
        points = list(group)
        gaps = tuple(n for n, row in enumerate(points) if row[6])
        own = tuple(_pair(next(places)) for _ in points)
        found.append(Way(key, name, kind, tuple(row[3] for row in points), own, gaps))
    return tuple(found)
