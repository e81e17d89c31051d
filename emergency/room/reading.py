"""What the incident room keeps beside the facts, as people look at it. Reads only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from emergency.incidents.reading import find_no_of_id, get_incident
from emergency.room.tables import IncidentPhotoRow, MessageRow, ReceiverRow, SituationDraftRow
from emergency.rules.incidents import OPEN_STAGES
from emergency.rules.room.groups import POSTS
from emergency.rules.room.messages import CONFIRM_WITHIN
from gis_core.crs import PlaneSystem
from gis_core.errors import NotFound

MOST_OPEN = 100


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


@dataclass(frozen=True, slots=True)
class SituationDraft:
    """A version of the n-th situation report of an incident."""

    n: int
    version: int
    title: str
    text: str
    by_name: str
    at: datetime


def list_drafts(session: Session, incident_id: int, n: int | None = None) -> list[SituationDraft]:
    """Versions of situation reports, the newest report and its newest version first."""
    columns = [getattr(SituationDraftRow, name) for name in SituationDraft.__dataclass_fields__]
    query = select(*columns).where(SituationDraftRow.incident_id == incident_id)
    if n is not None:
        query = query.where(SituationDraftRow.n == n)
    order = (SituationDraftRow.n.desc(), SituationDraftRow.version.desc())
    return [SituationDraft(*row) for row in session.execute(query.order_by(*order))]


class MessageNotFound(NotFound):
    """There is no such message."""

    code = "room_message_not_found"


@dataclass(frozen=True, slots=True)
class Receiver:
    """A post or department that a message is for."""

    audience: str
    name: str
    confirmed_by: str | None
    confirmed_at: datetime | None
    urge_count: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message with its receipts."""

    id: int
    key: UUID
    text: str
    by_name: str
    at: datetime
    receivers: tuple[Receiver, ...]

    @property
    def missing(self) -> tuple[Receiver, ...]:
        """Who has not confirmed."""
        return tuple(one for one in self.receivers if one.confirmed_at is None)

    @property
    def due_at(self) -> datetime:
        """When every receipt should be there."""
        return self.at + CONFIRM_WITHIN

    def has_lapsed(self, at: datetime) -> bool:
        """Some receipt is missing though it should be there."""
        return at >= self.due_at and bool(self.missing)

    def find(self, audience: str) -> Receiver | None:
        """A receiver of it."""
        return next((one for one in self.receivers if one.audience == audience), None)


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message that somebody has still to confirm, with its incident."""

    message: Message
    incident_no: str
    title: str
    is_drill: bool


def list_messages(session: Session, incident_id: int, names: Mapping[str, str]) -> list[Message]:
    """The messages of an incident, the newest first; `names` are organisations by code."""
    query = select(MessageRow).where(MessageRow.incident_id == incident_id)
    rows = session.execute(query.order_by(MessageRow.id.desc())).scalars().all()
    return _with_receivers(session, rows, names)


def get_message(session: Session, message_id: int, names: Mapping[str, str]) -> Message:
    """A message by its number. Raises MessageNotFound."""
    query = select(MessageRow).where(MessageRow.id == min(message_id, 2**62))
    found = _with_receivers(session, session.execute(query).scalars().all(), names)
    if not found:
        raise MessageNotFound("没有这条通知。请刷新页面后重试。")
    return found[0]


def incident_no_of_message(session: Session, message_id: int) -> str:
    """The number of the incident that a message is of. Raises MessageNotFound."""
    query = select(MessageRow.incident_id).where(MessageRow.id == min(message_id, 2**62))
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise MessageNotFound("没有这条通知。请刷新页面后重试。")
    return find_no_of_id(session, found)


def list_to_confirm(
    session: Session, plane: PlaneSystem, audiences: Collection[str], names: Mapping[str, str]
) -> list[OpenMessage]:
    """What posts or departments have not confirmed of incidents that are open, the oldest first."""
    own = ReceiverRow.audience.in_(audiences) & ReceiverRow.confirmed_at.is_(None)
    query = select(MessageRow).join(ReceiverRow, ReceiverRow.message_id == MessageRow.id).where(own)
    rows = session.execute(query.order_by(MessageRow.id).distinct().limit(MOST_OPEN)).scalars().all()
    incidents = {row.incident_id: find_no_of_id(session, row.incident_id) for row in rows}
    known = {key: get_incident(session, plane, number) for key, number in incidents.items()}
    shown = _with_receivers(session, rows, names)
    return [
        OpenMessage(message, one.incident_no, one.state.title, one.is_drill)
        for message, row in zip(shown, rows, strict=True)
        if (one := known[row.incident_id]).state.stage in OPEN_STAGES
    ]


def _with_receivers(session: Session, rows: Sequence[MessageRow], names: Mapping[str, str]) -> list[Message]:
    query = select(ReceiverRow).where(ReceiverRow.message_id.in_([row.id for row in rows]))
    found: dict[int, list[Receiver]] = {}
    for one in session.execute(query.order_by(ReceiverRow.audience)).scalars():
        kind, _, code = one.audience.partition(":")
        name = POSTS.get(code, code) if kind == "post" else names.get(code, code)
        receiver = Receiver(one.audience, name, one.confirmed_by, one.confirmed_at, one.urge_count)
        found.setdefault(one.message_id, []).append(receiver)
    return [
        Message(row.id, row.key, row.words, row.by_name, row.at, tuple(found.get(row.id, ()))) for row in rows
    ]
