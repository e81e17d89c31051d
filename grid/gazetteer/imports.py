"""What is known of an import of places: its file, what was told of it, how far it is, its report.

The report is one document: `status`, `counts` of findings by kind, `kinds` of places, the first findings row
by row, what the file says of itself, the refusal when there is one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.errors import Conflict, NotFound
from grid.rules.register import Asking

WAITING, CHECKING, CHECKED, APPLYING = "waiting", "checking", "checked", "applying"
DONE, REFUSED, DISCARDED = "done", "refused", "discarded"
LOCK = 4_713_200_000
"""With the number of an import added, the key of the lock under which one process works on it."""
MOST_FINDINGS = 20_000
"""Findings that a report keeps; a file written at once has them all."""


class NoSuchPlaceImport(NotFound):
    """There is no import of places of that number."""

    code = "no_such_place_import"


class PlaceImportMoved(Conflict):
    """The import is not checked, or done or given up already."""

    code = "place_import_moved"


@dataclass(frozen=True, slots=True)
class PlaceImport:
    """An import as it stands; `rows_good` are places that would go in, or that went in."""

    id: int
    sha256: str
    file_name: str
    told: Mapping[str, Any]
    rows: int
    rows_good: int
    report: Mapping[str, Any]
    by_name: str
    at: datetime

    @property
    def status(self) -> str:
        """waiting, checking, checked, applying, done, refused or discarded."""
        return str(self.report.get("status", WAITING))

    @property
    def counts(self) -> Mapping[str, int]:
        """Findings by kind."""
        found: Mapping[str, int] = self.report.get("counts", {})
        return found

    @property
    def findings(self) -> Sequence[Sequence[Any]]:
        """The first findings: row, mark, kind, sentence."""
        found: Sequence[Sequence[Any]] = self.report.get("findings", ())
        return found

    @property
    def at_fault(self) -> int:
        """Rows with an error."""
        return int(self.report.get("at_fault", 0))

    @property
    def rows_applied(self) -> int:
        """Places that went in."""
        return int(self.report.get("written", 0))

    @property
    def refusal(self) -> Mapping[str, str] | None:
        """Code and sentence of what kept the whole file out."""
        found: Mapping[str, str] | None = self.report.get("refusal")
        return found


_COLUMNS = ", ".join(PlaceImport.__slots__)
_GET = text(f"SELECT {_COLUMNS} FROM grid.place_import WHERE id = :id")
_LIST = text(
    "SELECT id, sha256, file_name, told, rows, rows_good, report - 'findings' AS report, by_name, at"
    " FROM grid.place_import ORDER BY id DESC LIMIT :most"
)
_ADD = text(
    "INSERT INTO grid.place_import (sha256, file_name, told, report, by_name, at)"
    " VALUES (:sha256, :name, :told, :report, :by, :at) RETURNING id"
)
_NOTE = text(
    "UPDATE grid.place_import SET report = report || :report, rows = coalesce(:rows, rows),"
    " rows_good = coalesce(:good, rows_good) WHERE id = :id"
)
_TELL_AGAIN = text(
    "UPDATE grid.place_import SET told = :told, rows = 0, rows_good = 0,"
    " report = jsonb_build_object('status', 'waiting', 'path', report->>'path')"
    " WHERE id = :id AND report->>'status' = ANY(:before) RETURNING id"
)
_TURN = text(
    "UPDATE grid.place_import SET report = report || :report"
    " WHERE id = :id AND report->>'status' = ANY(:before) RETURNING id"
)


def tell_again(session: Session, import_id: int, told: Mapping[str, Any]) -> None:
    """Say something else of the file of an import; it waits to be checked anew, its report is gone.

    :raises PlaceImportMoved: when it is neither refused nor checked.
    """
    values = {"id": import_id, "told": Jsonb(dict(told)), "before": [REFUSED, CHECKED]}
    if session.execute(_TELL_AGAIN, values).first() is None:
        raise PlaceImportMoved("这次导入已经写入、放弃或正在检查，请刷新页面查看。")


def begin(session: Session, sha256: str, file_name: str, told: Mapping[str, Any], asking: Asking) -> int:
    """A new import; its number."""
    values = {
        "sha256": sha256,
        "name": file_name,
        "told": Jsonb(dict(told)),
        "report": Jsonb({"status": WAITING}),
        "by": asking.name,
        "at": asking.at,
    }
    return int(session.execute(_ADD, values).scalar_one())


def get_import(session: Session, import_id: int) -> PlaceImport:
    """The import with its report.

    :raises NoSuchPlaceImport: when there is none of that number.
    """
    row = session.execute(_GET, {"id": import_id}).one_or_none()
    if row is None:
        raise NoSuchPlaceImport(f"没有编号为 {import_id} 的地名导入。请从列表重新打开。")
    return PlaceImport(*row)


def list_imports(session: Session, *, most: int = 20) -> tuple[PlaceImport, ...]:
    """The newest imports, without their findings."""
    return tuple(PlaceImport(*row) for row in session.execute(_LIST, {"most": most}))


def note(
    session: Session,
    import_id: int,
    report: Mapping[str, Any],
    *,
    rows: int | None = None,
    good: int | None = None,
) -> None:
    """Write into the report what is known now."""
    session.execute(_NOTE, {"id": import_id, "report": Jsonb(dict(report)), "rows": rows, "good": good})


def turn(session: Session, import_id: int, status: str, *, before: Sequence[str]) -> None:
    """Give an import its next status, when it has one of those before.

    :raises PlaceImportMoved: when it has another one.
    """
    values = {"id": import_id, "report": Jsonb({"status": status}), "before": list(before)}
    if session.execute(_TURN, values).first() is None:
        raise PlaceImportMoved("这次导入已经写入、放弃或尚未检查完，请刷新页面查看。")


def hold(session: Session, import_id: int) -> bool:
    """Hold an import until the session ends; False when somebody else does."""
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": LOCK + import_id}))
