"""Writes of the incident room, within the transaction that holds the incident."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from cases.rules.evidence import StoredPhoto
from emergency.room.tables import IncidentPhotoRow, TaskStepRow
from gis_core.errors import BadInput


class TaskNumberReused(BadInput):
    """The number of a step belongs to another step."""

    code = "task_client_id_reused"


def is_taken(session: Session, client_id: UUID, task_id: int, action: str, asking: Asking) -> bool:
    """Whether a step was taken when it was sent before.

    :raises TaskNumberReused: when its number is another step's or another person's.
    """
    query = select(TaskStepRow).where(TaskStepRow.client_id == client_id)
    known = session.execute(query).scalar_one_or_none()
    if known is None:
        return False
    if (known.task_id, known.action, known.person_id) != (task_id, action, asking.person_id):
        raise TaskNumberReused("这份办理的编号已用于另一件事，没有写入任何内容。请重新填写后提交。")
    return True


def note_taken(session: Session, client_id: UUID, task_id: int, action: str, asking: Asking) -> None:
    """Keep the number of a step in the transaction that takes it."""
    values = {"task_id": task_id, "action": action, "person_id": asking.person_id, "at": asking.at}
    session.execute(insert(TaskStepRow).values(client_id=client_id, **values))


def add_photos(  # noqa: PLR0917  # a photo's place in the record
    session: Session,
    incident_id: int,
    fact_seq: int,
    photos: Sequence[StoredPhoto],
    words: str,
    asking: Asking,
    *,
    task_id: int | None = None,
) -> None:
    """Name photos beside the fact that tells of them."""
    if photos:
        rows = [
            {
                "incident_id": incident_id,
                "fact_seq": fact_seq,
                "task_id": task_id,
                "sha256": one.sha256,
                "width_px": one.width_px,
                "height_px": one.height_px,
                "taken_at": one.taken_at,
                "words": words,
                "by_name": asking.name,
                "at": asking.at,
            }
            for one in photos
        ]
        session.execute(insert(IncidentPhotoRow), rows)
