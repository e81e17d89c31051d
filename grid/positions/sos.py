"""Calls for help: opened once however often they are sent, answered once; in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from gis_core.errors import NotFound
from gis_core.places import PlanePoint

LAST_KNOWN_WITHIN = timedelta(hours=12)
"""How old a newest place may be that stands in for a phone without a position."""


class SosNotFound(NotFound):
    """There is no such call for help."""

    code = "sos_not_found"


@dataclass(frozen=True, slots=True)
class Call:
    """A call as a phone sends it; `at` by the phone's clock, no later than now."""

    client_id: UUID
    at: datetime
    point: PlanePoint | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Sos:
    """A call for help; the point is of the plane system, None where nobody knows."""

    id: int
    key: str
    name: str
    at: datetime
    received_at: datetime
    point: PlanePoint | None
    is_last_known: bool
    accuracy_m: float | None
    answered_at: datetime | None
    answered_by_name: str | None
    note: str
    is_new: bool = False

    @property
    def state(self) -> str:
        """`open` until somebody answers."""
        return "open" if self.answered_at is None else "answered"


_COLUMNS = """s.id, s.mover_key, m.name, s.at, s.received_at, s.easting_m, s.northing_m, s.is_last_known,
    s.accuracy_m, s.answered_at, s.answered_by_name, s.note"""
_OPEN = text("""
    WITH known AS (
        SELECT easting_m, northing_m, accuracy_m FROM grid.mover_place
        WHERE mover_key = CAST(:key AS text) AND at >= :known_since
    )
    INSERT INTO grid.sos (mover_key, client_id, at, received_at, easting_m, northing_m, accuracy_m,
        is_last_known)
    SELECT CAST(:key AS text), :client_id, :at, :received_at,
        coalesce(said.easting_m, known.easting_m), coalesce(said.northing_m, known.northing_m),
        CASE WHEN said.easting_m IS NULL THEN known.accuracy_m ELSE said.accuracy_m END,
        said.easting_m IS NULL AND known.easting_m IS NOT NULL
    FROM (SELECT CAST(:easting_m AS float8) AS easting_m, CAST(:northing_m AS float8) AS northing_m,
        CAST(:accuracy_m AS float4) AS accuracy_m) AS said
    LEFT JOIN known ON true
    ON CONFLICT (mover_key, client_id) DO NOTHING RETURNING id
""")
_BY_CLIENT = text(f"""
    SELECT {_COLUMNS} FROM grid.sos s JOIN grid.mover m ON m.key = s.mover_key
    WHERE s.mover_key = :key AND s.client_id = :client_id
""")  # noqa: S608 - columns of our own
_BY_ID = text(f"SELECT {_COLUMNS} FROM grid.sos s JOIN grid.mover m ON m.key = s.mover_key WHERE s.id = :id")  # noqa: S608
_LIST = text(f"""
    SELECT {_COLUMNS} FROM grid.sos s JOIN grid.mover m ON m.key = s.mover_key
    WHERE s.answered_at IS NULL OR s.received_at >= :since ORDER BY s.id DESC LIMIT :most
""")  # noqa: S608 - columns of our own
_ANSWER = text("""
    UPDATE grid.sos SET answered_at = :at, answered_by_id = :by_id, answered_by_name = :by_name, note = :note
    WHERE id = :id AND answered_at IS NULL RETURNING id
""")


def open_sos(session: Session, key: str, call: Call, *, at: datetime) -> Sos:
    """Keep a call; the same one again for the same `client_id`. The mover must be known."""
    given = {
        "key": key,
        "client_id": call.client_id,
        "at": call.at,
        "received_at": at,
        "easting_m": call.point.easting_m if call.point else None,
        "northing_m": call.point.northing_m if call.point else None,
        "accuracy_m": call.accuracy_m,
        "known_since": at - LAST_KNOWN_WITHIN,
    }
    is_new = session.execute(_OPEN, given).first() is not None
    row = session.execute(_BY_CLIENT, {"key": key, "client_id": call.client_id}).mappings().one()
    return _sos(row, is_new=is_new)


def answer_sos(session: Session, sos_id: int, *, by_id: int, by_name: str, note: str, at: datetime) -> Sos:
    """Answer a call; whoever comes second is told who was first.

    :raises SosNotFound: when there is no such call.
    """
    given = {"id": sos_id, "by_id": by_id, "by_name": by_name, "note": note, "at": at}
    is_new = session.execute(_ANSWER, given).first() is not None
    row = session.execute(_BY_ID, {"id": sos_id}).mappings().one_or_none()
    if row is None:
        raise SosNotFound("没有这次求助。请刷新页面后核对。")
    return _sos(row, is_new=is_new)


def list_sos(session: Session, *, since: datetime, most: int = 100) -> tuple[Sos, ...]:
    """Calls that nobody has answered, and those of the time since; the newest first."""
    rows = session.execute(_LIST, {"since": since, "most": most}).mappings()
    return tuple(_sos(row) for row in rows)


def _sos(row: RowMapping, *, is_new: bool = False) -> Sos:
    point = None if row["easting_m"] is None else PlanePoint(row["easting_m"], row["northing_m"])
    names = (
        "id", "name", "at", "received_at", "is_last_known", "accuracy_m", "answered_at",
        "answered_by_name", "note",
    )  # fmt: skip
    return Sos(key=row["mover_key"], point=point, is_new=is_new, **{name: row[name] for name in names})
