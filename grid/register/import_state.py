"""What is known of an import of components: its file, how far it is, what its checks found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.errors import Conflict, NotFound
from grid.rules.register import Asking
from grid.rules.surveyed import FINDINGS

LOCK = 4_713_000_000
"""Key of the lock that only one import at a time moves under; with its number added, that of one import."""
ERRORS = "(" + ", ".join(f"'{kind}'" for kind, (_, severity) in FINDINGS.items() if severity == "error") + ")"
"""Kinds of finding that keep a row out, as SQL."""


class RegisterMoved(Conflict):
    """The register has changed since the file was checked."""

    code = "register_moved"


class NoSuchImport(NotFound):
    """There is no import of that number."""

    code = "no_such_import"


@dataclass(frozen=True, slots=True)
class ImportState:
    """An import as it stands."""

    id: int
    sha256: str
    file_name: str
    told: Mapping[str, Any]
    status: str
    rows: int
    rows_read: int
    rows_good: int
    rows_applied: int
    counts: Mapping[str, int]
    heading: Mapping[str, Any]
    refusal: Mapping[str, str] | None
    by_name: str
    at: datetime
    ended_at: datetime | None


_STATE = ", ".join(ImportState.__slots__)
_FIND = text(f"SELECT {_STATE} FROM grid.component_import WHERE id = :id")
_LIST = text(f"SELECT {_STATE} FROM grid.component_import ORDER BY id DESC LIMIT :most")


def find_import(session: Session, import_id: int) -> ImportState | None:
    """The import, or None."""
    row = session.execute(_FIND, {"id": import_id}).one_or_none()
    return None if row is None else ImportState(*row)


def get_import(session: Session, import_id: int) -> ImportState:
    """The import.

    :raises NoSuchImport: when there is none of that number.
    """
    found = find_import(session, import_id)
    if found is None:
        raise NoSuchImport(f"没有编号为 {import_id} 的导入。")
    return found


def list_imports(session: Session, *, most: int = 20) -> tuple[ImportState, ...]:
    """The newest imports."""
    return tuple(ImportState(*row) for row in session.execute(_LIST, {"most": most}))


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A finding of an import with where its row stands in the plane, when it stands anywhere."""

    row: int
    kind: str
    code: str
    words: str


def list_findings(
    session: Session, import_id: int, *, kind: str | None = None, after: int = 0, most: int = 1_000
) -> tuple[FoundRow, ...]:
    """Findings of one kind or all, those of rows after `after`: errors first, then by row."""
    found = session.execute(
        text(
            "SELECT row, kind, code, words FROM grid.component_import_finding WHERE import_id = :id"
            " AND row > :after AND (CAST(:kind AS text) IS NULL OR kind = :kind)"
            f" ORDER BY kind NOT IN {ERRORS}, row, id LIMIT :most"
        ),
        {"id": import_id, "kind": kind, "after": after, "most": most},
    )
    return tuple(FoundRow(*row) for row in found)


def hold(session: Session, import_id: int) -> bool:
    """Hold an import until the session ends; False when somebody else does."""
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": LOCK + import_id}))


def begin(session: Session, sha256: str, file_name: str, told: Mapping[str, Any], asking: Asking) -> int:
    """The import of this file with these wishes that was broken off or checked, else a new one."""
    known = session.scalar(
        text(
            "SELECT id FROM grid.component_import WHERE sha256 = :sha256 AND told = :told"
            " AND status IN ('waiting', 'reading', 'checked') ORDER BY id DESC LIMIT 1"
        ),
        {"sha256": sha256, "told": Jsonb(dict(told))},
    )
    if known is not None:
        return int(known)
    return int(
        session.scalar(
            text(
                "INSERT INTO grid.component_import (sha256, file_name, told, status, frame_version,"
                " by_person_id,"
                " by_name, at) VALUES (:sha256, :name, :told, 'waiting', 0, :person, :by, :at) RETURNING id"
            ),
            {
                "sha256": sha256,
                "name": file_name,
                "told": Jsonb(dict(told)),
                "person": asking.person_id,
                "by": asking.name,
                "at": asking.at,
            },
        )
        or 0
    )


def note_label(session: Session, import_id: int, said: Mapping[str, Any]) -> None:
    """Keep what the comparison with the frame said of the file's label."""
    session.execute(
        text("UPDATE grid.component_import SET heading = heading || :said WHERE id = :id"),
        {"id": import_id, "said": Jsonb({"label": dict(said)})},
    )


def mark_applying(session: Session, import_id: int) -> None:
    """Say that a checked import is on its way into the register.

    :raises RegisterMoved: when it is not checked, or on its way already.
    """
    marked = session.execute(
        text(
            "UPDATE grid.component_import SET status = 'applying'"
            " WHERE id = :id AND status = 'checked' RETURNING id"
        ),
        {"id": import_id},
    ).first()
    if marked is None:
        raise RegisterMoved("这次导入已经写入、放弃或尚未检查完，请刷新页面查看。")
