"""What is known of files of addresses: whose they are, how far they are, what came of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from gis_core.errors import NotFound
from gis_core.places import LonLat
from grid.geocode_batches.store import OPEN
from grid.geocode_batches.tables import GeocodeBatchRow


class NoSuchBatch(NotFound):
    """There is no batch of that number, or it is somebody else's."""

    code = "no_such_batch"


@dataclass(frozen=True, slots=True)
class Batch:
    """A file of addresses as it stands; `told` is None until somebody said which columns to read."""

    id: int
    sha256: str
    file_name: str
    rows: int
    looked: Mapping[str, Any]
    told: Mapping[str, Any] | None
    status: str
    rows_done: int
    report: Mapping[str, Any] | None
    refusal: Mapping[str, str] | None
    has_files: bool
    by_person_id: int
    by_name: str
    at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether the worker has it in hand, or will."""
        return self.status in OPEN

    @property
    def heading(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.looked["heading"])

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns that say the address, from 0; none while nobody said."""
        return tuple(self.told["columns"]) if self.told else ()

    @property
    def near(self) -> LonLat | None:
        """Where the asker is, EPSG:4490."""
        near = self.told["near"] if self.told else None
        return LonLat(*near) if near else None


def get_batch(session: Session, batch_id: int, person_id: int) -> Batch:
    """A person's own batch.

    :raises NoSuchBatch: when there is none of that number, or it is somebody else's.
    """
    row = GeocodeBatchRow
    found = _list(session, _select(row.id == batch_id, row.by_person_id == person_id))
    if not found:
        raise NoSuchBatch(f"没有编号为 {batch_id} 的定位文件，或者不是您上传的。")
    return found[0]


def list_batches(session: Session, person_id: int, *, most: int = 50) -> tuple[Batch, ...]:
    """A person's own batches, the newest first."""
    row = GeocodeBatchRow
    return _list(session, _select(row.by_person_id == person_id).order_by(row.id.desc()).limit(most))


def list_same(session: Session, batch: Batch) -> tuple[Batch, ...]:
    """Other batches of the person over the very same file, the newest first."""
    row = GeocodeBatchRow
    same = (row.by_person_id == batch.by_person_id, row.sha256 == batch.sha256, row.id != batch.id)
    query = _select(*same, row.has_files.is_(True)).order_by(row.id.desc()).limit(20)
    return _list(session, query)


def list_open(session: Session, *, most: int) -> tuple[Batch, ...]:
    """What the worker has to do, the oldest first."""
    row = GeocodeBatchRow
    return _list(session, _select(row.status.in_(OPEN)).order_by(row.id).limit(most))


def list_with_files(session: Session, ids: Collection[int]) -> set[int]:
    """Which of some batches still have a claim to their files."""
    row = GeocodeBatchRow
    return set(session.execute(select(row.id).where(row.id.in_(ids), row.has_files)).scalars())


def _select(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(*(getattr(GeocodeBatchRow, name) for name in Batch.__slots__)).where(*conditions)


def _list(session: Session, query: Select[Any]) -> tuple[Batch, ...]:
    return tuple(Batch(*row) for row in session.execute(query))
