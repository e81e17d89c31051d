"""Positions whose time is over: thinned to one a minute, then gone; months that are over at once."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.clock import city_time
from gis_core.db import Sessions
from grid.positions.partitions import drop, ends_at, list_months

A_DAY = timedelta(days=1)
BATCH = 20_000

_THINNED_UNTIL = text("SELECT until FROM grid.position_thinned")
_NOTE_THINNED = text("""
    INSERT INTO grid.position_thinned (until) VALUES (:until)
    ON CONFLICT (only_row) DO UPDATE SET until = EXCLUDED.until
""")
_OLDEST = text("SELECT min(at) FROM grid.position")
_COUNT_THIN = text("""
    SELECT count(*) - count(DISTINCT (mover_key, date_trunc('minute', at))) FROM grid.position
    WHERE at >= :since AND at < :until
""")
# The first position of each minute stays.
_THIN = text("""
    DELETE FROM grid.position p USING (
        SELECT mover_key, at, lag(at) OVER (PARTITION BY mover_key ORDER BY at) AS before
        FROM grid.position WHERE at >= :since AND at < :until
    ) n
    WHERE p.mover_key = n.mover_key AND p.at = n.at AND p.at >= :since AND p.at < :until
      AND date_trunc('minute', n.before) = date_trunc('minute', n.at)
""")
# What is over, by kind: a condition on the table.
_OLD: Mapping[str, tuple[str, str]] = {
    "positions": ("position", "at < :before"),
    "visits": ("grid_visit", "walked_on < CAST(:before AS timestamptz)::date"),
    "duty": ("duty", "ended_at < :before"),
    "batches": ("position_batch", "at < :before"),
    "sos": ("sos", "answered_at < :before"),
    "strays": ("stray_alarm", "ended_at < :before"),
    "looks": ("track_look", "at < :before"),
}
PERIOD_OF = {
    "positions": "thinned", "visits": "visits", "duty": "duty", "batches": "batches", "sos": "alarms",
    "strays": "alarms", "looks": "looks",
}  # fmt: skip
_KEPT_FROM = text("SELECT set_config('citygrid.looks_kept_from', :before, true)")
# The newest place goes with the track it is the end of.
_FORGET_PLACES = text("DELETE FROM grid.mover_place WHERE at < :before")


def clean_positions(
    sessions: Sessions, days: Mapping[str, int], *, at: datetime, is_dry: bool = False
) -> dict[str, int]:
    """Thin and let go what is older than each period; answers how many rows. Dry, it only counts."""
    counts = {"thinned": _thin(sessions, at - timedelta(days=days["whole"]), is_dry)}
    before = {kind: at - timedelta(days=days[period]) for kind, period in PERIOD_OF.items()}
    dropped = 0 if is_dry else _drop_months(sessions, before["positions"])
    counts |= {kind: _let_go(sessions, kind, before[kind], is_dry) for kind in _OLD}
    counts["positions"] += dropped
    if not is_dry:
        with sessions.begin() as session:
            session.execute(_FORGET_PLACES, {"before": before["positions"]})
    return counts


def _thin(sessions: Sessions, until: datetime, is_dry: bool) -> int:
    """Day by day from where the last cleaning ended, a transaction each."""
    until = city_time(until).replace(hour=0, minute=0, second=0, microsecond=0)
    with sessions() as session:
        since = session.execute(_THINNED_UNTIL).scalar_one_or_none() or session.execute(_OLDEST).scalar()
        if is_dry:
            n = session.execute(_COUNT_THIN, {"since": since or until, "until": until}).scalar_one()
            return int(n)
    total = 0
    while since is not None and since < until:
        day_end = min(since + A_DAY, until)
        with sessions.begin() as session:
            done = session.execute(_THIN, {"since": since, "until": day_end})
            total += done.rowcount  # type: ignore[attr-defined]
            session.execute(_NOTE_THINNED, {"until": day_end})
        since = day_end
    return total


def _let_go(sessions: Sessions, kind: str, before: datetime, is_dry: bool) -> int:
    table, is_over = _OLD[kind]
    if is_dry:
        count = text(f"SELECT count(*) FROM grid.{table} WHERE {is_over}")  # noqa: S608 - words of our own
        with sessions() as session:
            return int(session.execute(count, {"before": before}).scalar_one())
    total = 0
    while True:
        with sessions.begin() as session:
            n = _delete_some(session, table, is_over, before)
        total += n
        if n < BATCH:
            return total


def _delete_some(session: Session, table: str, is_over: str, before: datetime) -> int:
    """A batch of rows; the place of a row is the same in every partition only together with its table."""
    delete = text(
        f"DELETE FROM grid.{table} WHERE (tableoid, ctid) IN"  # noqa: S608 - words of our own
        f" (SELECT tableoid, ctid FROM grid.{table} WHERE {is_over} LIMIT :most)"
    )
    session.execute(_KEPT_FROM, {"before": before.isoformat()})
    done = session.execute(delete, {"before": before, "most": BATCH})
    return int(done.rowcount)  # type: ignore[attr-defined]


def _drop_months(sessions: Sessions, before: datetime) -> int:
    """Let whole months go that are over, with all their rows; answers how many rows."""
    n = 0
    with sessions.begin() as session:
        for month in list_months(session):
            if ends_at(month) <= before:
                n += drop(session, month)
    return n
