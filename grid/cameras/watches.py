"""The log of who watched which camera: a row for each time of watching, kept as looks at contacts are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

GOES_ON = timedelta(minutes=10)
"""A pause no longer than this is the same watching, whichever process shows it."""
_NOTE = text("""
    INSERT INTO grid.camera_watch (
        at, person_id, person_name, role, camera_code, called_by_id, called_by_name
    )
    SELECT :at, :person_id, :person_name, :role, CAST(:code AS text), CAST(:called_by_id AS bigint),
        CAST(:called_by_name AS text)
    WHERE NOT EXISTS (
        SELECT FROM grid.camera_watch
        WHERE person_id = :person_id AND camera_code = CAST(:code AS text) AND at > :since AND at <= :at
          AND called_by_id IS NOT DISTINCT FROM CAST(:called_by_id AS bigint)
    )
""")
_LIST = text("""
    SELECT w.id, w.at, w.person_id, w.person_name, w.role, w.camera_code, c.name, w.called_by_name
    FROM grid.camera_watch w LEFT JOIN grid.camera c ON c.code = w.camera_code
    WHERE w.id < :before
      AND (CAST(:person_id AS bigint) IS NULL OR w.person_id = :person_id)
      AND (CAST(:code AS text) = '' OR w.camera_code = :code)
      AND (CAST(:since AS timestamptz) IS NULL OR w.at >= :since)
      AND (CAST(:until AS timestamptz) IS NULL OR w.at < :until)
    ORDER BY w.id DESC LIMIT :most
""")
_COUNT_OLD = text("SELECT count(*) FROM grid.camera_watch WHERE at < :before")
_FORGET = text("DELETE FROM grid.camera_watch WHERE at < :before")
_KEPT_FROM = text("SELECT set_config('citygrid.looks_kept_from', :before, true)")


@dataclass(frozen=True, slots=True)
class Watch:
    """Somebody watched a camera, on a wall what `called_by_name` called; `camera_name` is today's name."""

    id: int
    at: datetime
    person_id: int
    person_name: str
    role: str
    camera_code: str
    camera_name: str | None
    called_by_name: str | None


@dataclass(frozen=True, slots=True)
class CalledBy:
    """Who called a camera to the wall that shows it."""

    id: int
    name: str


def note_watch(
    session: Session,
    code: str,
    *,
    person_id: int,
    person_name: str,
    role: str,
    at: datetime,
    called_by: CalledBy | None = None,
) -> None:
    """Write down that somebody begins to watch a camera, unless it was written less than ten minutes ago.

    On a wall another caller's call is another watching.
    """
    session.execute(
        _NOTE,
        {
            "at": at,
            "since": at - GOES_ON,
            "person_id": person_id,
            "person_name": person_name,
            "role": role,
            "code": code,
            "called_by_id": called_by and called_by.id,
            "called_by_name": called_by and called_by.name,
        },
    )


def list_watches(
    session: Session,
    *,
    person_id: int | None = None,
    code: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    most: int = 100,
) -> tuple[Watch, ...]:
    """Who watched which camera, the newest first; `until` is not included."""
    given = {"person_id": person_id, "code": code, "since": since, "until": until}
    rows = session.execute(_LIST, given | {"before": before or 2**62, "most": most})
    return tuple(Watch(*row) for row in rows)


def forget_watches(session: Session, before: datetime, *, is_dry: bool = False) -> int:
    """Let go what is older; answers how many rows. Dry, it only counts."""
    if is_dry:
        return int(session.execute(_COUNT_OLD, {"before": before}).scalar_one())
    session.execute(_KEPT_FROM, {"before": before.isoformat()})
    return int(session.execute(_FORGET, {"before": before}).rowcount)  # type: ignore[attr-defined]
