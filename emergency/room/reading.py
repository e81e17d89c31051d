"""What the incident room keeps beside the facts, as people look at it. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from emergency.room.tables import IncidentPhotoRow


@dataclass(frozen=True, slots=True)
class IncidentPhoto:
    """A photo with what was said of it; `task_id` where it shows a task's work."""

    sha256: str
    width_px: int
    height_px: int
    taken_at: datetime | None
    words: str
    by_name: str
    at: datetime
    task_id: int | None


def list_photos(session: Session, incident_id: int) -> list[IncidentPhoto]:
    """The photos of an incident and its tasks, the newest first."""
    columns = [getattr(IncidentPhotoRow, name) for name in IncidentPhoto.__dataclass_fields__]
    query = select(*columns).where(IncidentPhotoRow.incident_id == incident_id)
    return [IncidentPhoto(*row) for row in session.execute(query.order_by(IncidentPhotoRow.id.desc()))]


def list_tasks_shown(session: Session, sha256: str) -> list[int | None]:
    """The tasks whose photo a picture is; None stands for an incident's own. Empty: it is none of these."""
    query = select(IncidentPhotoRow.task_id).where(IncidentPhotoRow.sha256 == sha256)
    return list(session.execute(query).scalars())


def list_unnamed(session: Session, sha256s: Sequence[str]) -> set[str]:
    """Those of some pictures that no incident names."""
    query = select(IncidentPhotoRow.sha256).where(IncidentPhotoRow.sha256.in_(sha256s))
    return {*sha256s} - {*session.execute(query).scalars()}
