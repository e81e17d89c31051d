"""Tracks for replay, and the log of who looked at whose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.errors import BadInput, NotFound

MOST_POINTS = 20_000
"""A day of positions every 5 s has 17,280."""
LONGEST = timedelta(days=2)
PURPOSES: Mapping[str, str] = {
    "help": "求助与安全",
    "attendance": "核对考勤与巡查",
    "case": "查办案件",
    "complaint": "处理投诉与申诉",
    "evaluation": "评价与培训",
}
"""What somebody else's track may be looked at for (assumed; no list is among our sources)."""
OWN = "own"
"""Somebody looks at the own track: anybody may, and it is logged all the same."""


class TrackPurposeMissing(BadInput):
    """A track is looked at for a purpose of the list."""

    code = "track_purpose_missing"


class TrackTooLong(BadInput):
    """More time is asked for than one answer holds, or none."""

    code = "track_too_long"


class MoverNotFound(NotFound):
    """Nobody is registered under this key."""

    code = "mover_not_found"


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at a track, and what for."""

    person_id: int
    person_name: str
    role: str
    purpose: str


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """A position of a track, degrees (EPSG:4490)."""

    at: datetime
    lon_deg: float
    lat_deg: float
    accuracy_m: float | None
    speed_mps: float | None
    heading_deg: float | None
    unit_grid_code: str | None
    clock_offset_s: int


@dataclass(frozen=True, slots=True)
class Track:
    """Where somebody was in a time, in order."""

    key: str
    name: str
    kind: str
    points: tuple[TrackPoint, ...]
    is_cut: bool


_MOVER = text("SELECT key, name, kind FROM grid.mover WHERE key = :key")
_POINTS = text("""
    SELECT at, easting_m, northing_m, accuracy_m, speed_mps, heading_deg, unit_grid_code, clock_offset_s
    FROM grid.position WHERE mover_key = :key AND at >= :since AND at < :until ORDER BY at LIMIT :most
""")
_LOG = text("""
    INSERT INTO grid.track_look (at, person_id, person_name, role, mover_key, since, until, purpose)
    VALUES (:at, :person_id, :person_name, :role, :key, :since, :until, :purpose)
""")
_LOOKS = text("""
    SELECT l.id, l.at, l.person_id, l.person_name, l.role, l.mover_key, m.name AS mover_name,
           l.since, l.until, l.purpose
    FROM grid.track_look l LEFT JOIN grid.mover m ON m.key = l.mover_key
    WHERE l.id < :before
      AND (CAST(:person_id AS bigint) IS NULL OR l.person_id = :person_id)
      AND (CAST(:key AS text) = '' OR l.mover_key = :key)
      AND (CAST(:looked_since AS timestamptz) IS NULL OR l.at >= :looked_since)
      AND (CAST(:looked_until AS timestamptz) IS NULL OR l.at < :looked_until)
    ORDER BY l.id DESC LIMIT :most
""")


def read_track(
    session: Session,
    plane: PlaneSystem,
    key: str,
    look: Look,
    *,
    since: datetime,
    until: datetime,
    at: datetime,
) -> Track:
    """A track, after the look was written down; in the caller's transaction, which must commit.

    :raises TrackTooLong: for no time, or more than two days.
    :raises TrackPurposeMissing: for a purpose that is not listed.
    :raises MoverNotFound: when nobody is registered under the key.
    """
    if not (timedelta(0) < until - since <= LONGEST and 2000 <= since.year < 9000):
        raise TrackTooLong(f"一次最多看 {LONGEST.days} 天的轨迹，起止时间也不能颠倒。请重新选择。")
    if look.purpose not in (*PURPOSES, OWN):
        raise TrackPurposeMissing("请选择查看轨迹的目的；查看会记入日志。")
    mover = session.execute(_MOVER, {"key": key}).one_or_none()
    if mover is None:
        raise MoverNotFound("没有登记这个人或这辆车。请刷新页面后重选。")
    given = {"key": key, "since": since, "until": until, "most": MOST_POINTS + 1}
    session.execute(
        _LOG,
        {
            "at": at,
            "person_id": look.person_id,
            "person_name": look.person_name,
            "role": look.role,
            "purpose": look.purpose,
            "key": key,
            "since": since,
            "until": until,
        },
    )
    rows = session.execute(_POINTS, given).all()
    points = np.array([(row.easting_m, row.northing_m) for row in rows] or np.empty((0, 2)))
    places = plane.to_lonlat_many(points).tolist() if rows else []
    shown = tuple(
        TrackPoint(row[0], lon, lat, row[3], row[4], row[5], row[6], row[7])
        for row, (lon, lat) in zip(rows[:MOST_POINTS], places, strict=False)
    )
    return Track(mover.key, mover.name, mover.kind, shown, len(rows) > MOST_POINTS)


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of a track: how many positions, in how many unit grids."""

    begins_at: datetime
    positions: int
    grids: int


def hours_of(track: Track) -> tuple[Hour, ...]:
    """A track in words: hour by hour of the city, those without positions left out."""
    found: dict[datetime, list[TrackPoint]] = {}
    for point in track.points:
        begins_at = city_time(point.at).replace(minute=0, second=0, microsecond=0)
        found.setdefault(begins_at, []).append(point)
    return tuple(
        Hour(begins_at, len(points), len({one.unit_grid_code for one in points if one.unit_grid_code}))
        for begins_at, points in found.items()
    )


@dataclass(frozen=True, slots=True)
class LookShown:
    """A look in the log."""

    id: int
    at: datetime
    person_id: int
    person_name: str
    role: str
    mover_key: str
    mover_name: str | None
    since: datetime
    until: datetime
    purpose: str


def list_looks(
    session: Session,
    *,
    person_id: int | None = None,
    key: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    most: int = 100,
) -> tuple[LookShown, ...]:
    """Who looked at whose track, the newest first; `since` and `until` (not included) are of the look."""
    given = {"person_id": person_id, "key": key, "looked_since": since, "looked_until": until}
    rows = session.execute(_LOOKS, given | {"before": before or 2**62, "most": most})
    return tuple(LookShown(*row) for row in rows)
