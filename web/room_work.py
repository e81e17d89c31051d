"""What pages do in the incident room: from the fields of a form to a fact of the incident."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from cases.reading import CasePhoto, list_photos_of_case
from cases.rules.deciding import Asking
from emergency.incidents.reading import Incident
from emergency.room.operations import code_of
from emergency.room.reading import IncidentPhoto, list_photos
from emergency.rules.commands import Note
from emergency.rules.room.commands import Draw, MoveResource, NoteWeather, ShowPhotos
from emergency.rules.room.resources import read_state
from emergency.rules.room.shapes import corners_in, geometry_of, read_kind
from web.accounts.guards import asking
from web.accounts.people import Person
from web.forms import parse
from web.incident_work import Moment
from web.sent_photos import sent_photos, store_photos
from web.wiring import Wiring

WORKS_IN_ROOM = ("commander", "duty_officer", "leader")
"""Posts that draw, write and act in the room; everybody else who sees incidents looks on."""


class DrawingSent(BaseModel):
    """A shape as the form of the map gives it."""

    model_config = ConfigDict(extra="ignore")

    client_id: UUID = Field(title="编号")
    kind: str = Field("", max_length=8, title="图形")
    label: str = Field("", max_length=200, title="文字")
    corners: str = Field("", max_length=20_000, title="折点")


class ErasingSent(BaseModel):
    """Which shape is taken off; none for one's own last one."""

    model_config = ConfigDict(extra="ignore")

    key: str = Field("", max_length=40, title="标绘")


class NoteSent(BaseModel):
    """An entry of the log, or the weather."""

    model_config = ConfigDict(extra="ignore")

    words: str = Field("", max_length=2_000, title="内容")
    source: str = Field("", max_length=200, title="来源")
    happened_at: Moment = Field(None, title="发生时间")


class ResourceSent(BaseModel):
    """A resource that is called, or its next step."""

    model_config = ConfigDict(extra="ignore")

    client_id: UUID | None = Field(None, title="编号")
    code: str = Field("", max_length=60, title="力量")
    name: str = Field("", max_length=200, title="名称")
    kind: str = Field("", max_length=12, title="类别")
    state: str = Field("", max_length=12, title="状态")
    place: str = Field("", max_length=200, title="地点")
    happened_at: Moment = Field(None, title="发生时间")


def draw(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> None:
    """Put a shape on the map."""
    sent = parse(DrawingSent, form)
    kind = read_kind(sent.kind)
    geometry = geometry_of(kind, corners_in(sent.corners))
    command = Draw(sent.client_id, kind, sent.label, geometry)
    wiring.room.draw(incident_no, command, _in_room(wiring, person))


def erase(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> None:
    """Take a shape off the map: the one that is named, else one's own last one."""
    sent = parse(ErasingSent, form)
    who = _in_room(wiring, person)
    if sent.key:
        wiring.room.erase(incident_no, sent.key, who)
    else:
        wiring.room.erase_last(incident_no, who)


def write_log(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> None:
    """Write an entry into the log."""
    sent = parse(NoteSent, form)
    wiring.room.note(incident_no, Note(sent.words, sent.happened_at), _in_room(wiring, person))


def note_weather(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> None:
    """Write the weather down, with where it is known from."""
    sent = parse(NoteSent, form)
    command = NoteWeather(sent.words, sent.source, sent.happened_at)
    wiring.room.note(incident_no, command, _in_room(wiring, person))


def move_resource(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> None:
    """Call a resource, or take its next step."""
    sent = parse(ResourceSent, form)
    state, who = read_state(sent.state), _in_room(wiring, person)
    if sent.name or sent.client_id:
        code = sent.code or code_of(sent.client_id or UUID(int=0))
        command = MoveResource(code, sent.name, sent.kind, state, sent.place, sent.happened_at)
        wiring.room.call(incident_no, command, who)
    else:
        wiring.room.move_on(
            incident_no, sent.code, state, who, happened_at=sent.happened_at, place=sent.place
        )


def add_photos(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> None:
    """Keep photos with the incident: checked and re-encoded as those of cases are."""
    sent = parse(NoteSent, form)
    who = _in_room(wiring, person)
    photos = store_photos(wiring.photos, sent_photos(form))
    wiring.room.show_photos(incident_no, ShowPhotos(sent.words, photos), who)


@dataclass(frozen=True, slots=True)
class PhotosShown:
    """The photos of an incident: its own with those of its tasks, and those of the case it came from."""

    own: Sequence[IncidentPhoto]
    of_case: Sequence[CasePhoto]

    def of_task(self, task_id: int) -> list[IncidentPhoto]:
        """The photos of a task."""
        return [one for one in self.own if one.task_id == task_id]


def photos_of_incident(session: Session, incident: Incident) -> PhotosShown:
    """Everything that was photographed of an incident."""
    of_case = list_photos_of_case(session, incident.case_no) if incident.case_no else ()
    return PhotosShown(list_photos(session, incident.id), of_case)


def _in_room(wiring: Wiring, person: Person) -> Asking:
    return asking(person, person.acting_as(*WORKS_IN_ROOM), at=wiring.clock.now())
