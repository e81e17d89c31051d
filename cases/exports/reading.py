"""Files of lists as people and the worker look at them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from cases.exports.tables import ExportRow
from gis_core.errors import NotFound

OPEN = ("waiting", "running")


class NoSuchExport(NotFound):
    """There is no such file, or it is somebody else's."""

    code = "no_such_export"


@dataclass(frozen=True, slots=True)
class Export:
    """A file of a list."""

    id: int
    by_person_id: int
    title: str
    form: str
    language: str
    query: str
    status: str
    rows: int
    rows_done: int
    size_bytes: int | None
    at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether the worker is at it, or will be."""
        return self.status in OPEN


_EXPORT = tuple(getattr(ExportRow, name) for name in Export.__slots__)


def get_export(session: Session, export_id: int, person_id: int) -> Export:
    """A person's own file; raises NoSuchExport."""
    asked = select(*_EXPORT).where(ExportRow.id == export_id, ExportRow.by_person_id == person_id)
    row = session.execute(asked).mappings().one_or_none()
    if row is None:
        raise NoSuchExport("没有这个导出文件，或者它是别人的。请回到列表重新导出。")
    return _export(row)


def list_exports(session: Session, person_id: int, *, most: int = 30) -> tuple[Export, ...]:
    """A person's own files, the newest first."""
    asked = select(*_EXPORT).where(ExportRow.by_person_id == person_id)
    rows = session.execute(asked.order_by(ExportRow.id.desc()).limit(most)).mappings()
    return tuple(_export(row) for row in rows)


def list_open(session: Session, *, most: int = 8) -> tuple[Export, ...]:
    """What the worker has to write, the oldest first."""
    asked = select(*_EXPORT).where(ExportRow.status.in_(OPEN)).order_by(ExportRow.id).limit(most)
    return tuple(_export(row) for row in session.execute(asked).mappings())


def _export(row: RowMapping) -> Export:
    return Export(**row)
