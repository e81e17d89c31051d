"""Writes of the incident room, within the transaction that holds the incident."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from cases.rules.evidence import StoredPhoto
from emergency.room.tables import (
    IncidentPhotoRow,
    MessageRow,
    ReceiverRow,
    SituationDraftRow,
    TaskStepRow,
)
from emergency.rules.forms import Draft
from emergency.rules.record.people import ANSWERED, blotted
from emergency.rules.room.messages import SendMessage
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


def add_draft(  # noqa: PLR0917  # a version of a report and where it belongs
    session: Session, incident_id: int, n: int, version: int, draft: Draft, asking: Asking
) -> None:
    """Keep a version of a situation report."""
    who = {"by_person_id": asking.person_id, "by_name": asking.name, "at": asking.at}
    values = {
        "incident_id": incident_id,
        "n": n,
        "version": version,
        "title": draft.title,
        "text": draft.text,
    }
    session.execute(insert(SituationDraftRow).values(values | who))


def has_message(session: Session, key: UUID) -> bool:
    """Whether a message was sent already."""
    query = select(MessageRow.id).where(MessageRow.key == key)
    return session.execute(query).scalar_one_or_none() is not None


def add_message(session: Session, incident_id: int, command: SendMessage, asking: Asking) -> None:
    """Keep a message with its receivers."""
    values = {"incident_id": incident_id, "key": command.key, "words": command.text.strip()}
    number = session.execute(
        insert(MessageRow).values(values | {"by_name": asking.name, "at": asking.at}).returning(MessageRow.id)
    ).scalar_one()
    rows = [{"message_id": number, "audience": one} for one in command.to.names]
    session.execute(insert(ReceiverRow), rows)


def confirm(session: Session, message_id: int, audience: str, asking: Asking) -> None:
    """Note that a receiver has confirmed."""
    which = (ReceiverRow.message_id == message_id) & (ReceiverRow.audience == audience)
    done = {"confirmed_by": asking.name, "confirmed_at": asking.at}
    session.execute(update(ReceiverRow).where(which).values(done))


def note_urged(session: Session, message_id: int, audiences: Sequence[str], asking: Asking) -> None:
    """Note that receivers were told once more."""
    which = (ReceiverRow.message_id == message_id) & ReceiverRow.audience.in_(audiences)
    done = {"urged_at": asking.at, "urge_count": ReceiverRow.urge_count + 1}
    session.execute(update(ReceiverRow).where(which).values(done))


def empty_words(session: Session, incident_id: int) -> int:
    """Take telephone numbers out of messages, situation reports and what was said of photos."""
    texts = ((MessageRow, "words"), (SituationDraftRow, "text"), (IncidentPhotoRow, "words"))
    n = 0
    for table, name in texts:
        rows = session.scalars(select(table).where(table.incident_id == incident_id).with_for_update())
        for row in rows:
            told = blotted(getattr(row, name))
            n += told != getattr(row, name)
            setattr(row, name, told)
    session.flush()
    return n


def empty_answers(session: Session, incident_id: int, names: Collection[str]) -> int:
    """Forget that people of these names confirmed messages and took photos."""
    messages = select(MessageRow.id).where(MessageRow.incident_id == incident_id)
    receipts = ReceiverRow.message_id.in_(messages) & ReceiverRow.confirmed_by.in_(names)
    photos = (IncidentPhotoRow.incident_id == incident_id) & IncidentPhotoRow.by_name.in_(names)
    confirmed = update(ReceiverRow).where(receipts).values(confirmed_by=ANSWERED)
    taken = update(IncidentPhotoRow).where(photos).values(by_name=ANSWERED)
    n_confirmed = len(session.execute(confirmed.returning(ReceiverRow.message_id)).all())
    return n_confirmed + len(session.execute(taken.returning(IncidentPhotoRow.id)).all())


def remove_photos(session: Session, incident_id: int) -> int:
    """Name an incident's photos no more: the file goes with the next sweep; facts keep its SHA-256."""
    which = IncidentPhotoRow.incident_id == incident_id
    return len(session.execute(delete(IncidentPhotoRow).where(which).returning(IncidentPhotoRow.id)).all())
