"""Everything that is done in the incident room, one transaction each, all of it facts of the incident."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.incidents import store as incident_store
from emergency.incidents.operations import Incidents
from emergency.incidents.reading import list_facts_with
from emergency.room import store
from emergency.rules.commands import Decides
from emergency.rules.room.commands import Draw, Erase, MoveResource, ShowPhotos
from emergency.rules.room.picture import Drawn, list_drawn
from emergency.rules.room.resources import ResourceState, list_resources_of, need_step
from gis_core.db import Sessions
from gis_core.errors import NotAllowed, NotFound

CLEARS_MAP: tuple[str, ...] = ("commander",)
"""Posts that may take off the map what others drew."""


class NoSuchShape(NotFound):
    """The map has no such shape."""

    code = "room_no_such_shape"


class NotYourShape(NotAllowed):
    """Somebody else drew it."""

    code = "room_not_your_shape"


class NoSuchResource(NotFound):
    """The incident never called that resource."""

    code = "room_no_such_resource"


@dataclass(frozen=True, slots=True)
class Room:
    """The operations of the incident room, wired once; safe to share between threads.

    Nothing here asks for the revision of a page: several people draw at once, and each stroke is added to
    what is there.
    """

    sessions: Sessions
    incidents: Incidents

    def note(self, incident_no: str, command: Decides, asking: Asking) -> None:
        """Write down words that rest on nothing: what happened, the weather.

        :raises IncidentNotFound, IncidentWordsMissing, BadMoment: nothing is written then.
        """
        with self.sessions.begin() as session:
            self.incidents.step(session, incident_no, command, asking, None)

    def draw(self, incident_no: str, command: Draw, asking: Asking) -> bool:
        """Add a shape, once for each key; whether it was new.

        :raises IncidentNotFound, BadShape, NoSuchStep: nothing is written then.
        """
        with self.sessions.begin() as session:
            held = incident_store.lock(session, incident_no)
            facts = list_facts_with(session, held.id, "drawing")
            if any(one.body["drawing"]["key"] == str(command.key) for one in facts):
                return False
            self.incidents.step(session, incident_no, command, asking, None)
        return True

    def erase(self, incident_no: str, key: str, asking: Asking) -> Drawn:
        """Take a shape off: one's own, a commander any.

        :raises NoSuchShape, NotYourShape: nothing is written then.
        """
        with self.sessions.begin() as session:
            shape = self._shape(session, incident_no, key)
            if shape.by_person_id != asking.person_id and asking.role not in CLEARS_MAP:
                told = f"这个标绘由{shape.by_name}画上，只能由本人或指挥长撤除。"
                raise NotYourShape(told)
            self.incidents.step(session, incident_no, Erase(shape.key, shape.label), asking, None)
        return shape

    def erase_last(self, incident_no: str, asking: Asking) -> Drawn:
        """Take off what somebody drew last and is still there.

        :raises NoSuchShape: when nothing of theirs is left.
        """
        with self.sessions.begin() as session:
            held = incident_store.lock(session, incident_no)
            drawn = list_drawn(list_facts_with(session, held.id, "drawing"))
            own = [one for one in drawn if one.by_person_id == asking.person_id]
            if not own:
                raise NoSuchShape("图上没有您画的标绘，没有可以撤除的。")
            shape = own[-1]
            self.incidents.step(session, incident_no, Erase(shape.key, shape.label), asking, None)
        return shape

    def call(self, incident_no: str, command: MoveResource, asking: Asking) -> None:
        """Write down a resource that is called, or comes unasked.

        :raises ResourceStepNotNow, BadResource, BadMoment: nothing is written then.
        """
        with self.sessions.begin() as session:
            held = incident_store.lock(session, incident_no)
            known = list_resources_of(list_facts_with(session, held.id, "resource"))
            need_step(next((one for one in known if one.code == command.code), None), command.state)
            self.incidents.step(session, incident_no, command, asking, None)

    def show_photos(self, incident_no: str, command: ShowPhotos, asking: Asking) -> None:
        """Keep photos of the place with the incident.

        :raises IncidentNotFound, PhotosMissing: nothing is written then.
        """
        with self.sessions.begin() as session:
            held = incident_store.lock(session, incident_no)
            self.incidents.step(session, incident_no, command, asking, None)
            seq = held.revision + 1
            store.add_photos(session, held.id, seq, command.photos, command.words.strip(), asking)

    def move_on(
        self,
        incident_no: str,
        code: str,
        state: ResourceState,
        asking: Asking,
        *,
        happened_at: datetime | None = None,
        place: str = "",
    ) -> None:
        """Write down that a resource is on its way, there, or sent home.

        :raises NoSuchResource, ResourceStepNotNow, BadMoment: nothing is written then.
        """
        with self.sessions.begin() as session:
            held = incident_store.lock(session, incident_no)
            known = list_resources_of(list_facts_with(session, held.id, "resource"))
            before = next((one for one in known if one.code == code), None)
            if before is None:
                raise NoSuchResource("没有调派过这支力量。请刷新页面后重试。")
            need_step(before, state)
            command = MoveResource(code, before.name, before.kind, state, place, happened_at)
            self.incidents.step(session, incident_no, command, asking, None)

    def _shape(self, session: Session, incident_no: str, key: str) -> Drawn:
        held = incident_store.lock(session, incident_no)
        drawn = list_drawn(list_facts_with(session, held.id, "drawing"))
        found = next((one for one in drawn if one.key == key), None)
        if found is None:
            raise NoSuchShape("这个标绘已经不在图上。请刷新后查看。")
        return found


def code_of(client_id: UUID) -> str:
    """The code of a resource that stands in no register."""
    return f"free-{client_id.hex}"
