"""Messages of an incident room, one transaction each: fact, rows and notices together.

Of a drill nobody is told outside: no notice is made, and the message stands on the pages of its receivers.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cases.notices.store import Notice, tell
from cases.notices.wording import Language, NoticeBook
from cases.rules.deciding import Asking
from cases.rules.telling import Hearer
from emergency.incidents import store as incident_store
from emergency.incidents.operations import Incidents
from emergency.room import store
from emergency.room.reading import get_message, incident_no_of_message
from emergency.rules.room.groups import WorkingGroup, receivers_of
from emergency.rules.room.messages import ConfirmMessage, SendMessage, UrgeMessage
from gis_core.clock import city_time
from gis_core.db import Sessions
from gis_core.errors import Conflict, NotAllowed

Groups = Callable[[Session, int, datetime], tuple[WorkingGroup, ...]]
SENT, URGED = "incident_message", "incident_message_urged"


class NotForYou(NotAllowed):
    """The message is for other posts."""

    code = "room_message_not_for_you"


class NobodyToUrge(Conflict):
    """Everybody has confirmed."""

    code = "room_nobody_to_urge"


@dataclass(frozen=True, slots=True)
class Messages:
    """The operations on messages, wired once."""

    sessions: Sessions
    incidents: Incidents
    book: NoticeBook
    names: Mapping[str, str]
    """Organisations by code."""
    groups: Groups
    """The working groups of an incident's response at a moment."""

    def send(self, incident_no: str, key: UUID, text: str, chosen: Sequence[str], asking: Asking) -> bool:
        """Send a message, once for each key, to audiences and groups as they are now; whether it was new.

        :raises IncidentNotFound, IncidentWordsMissing, BadReceivers: nothing is written then.
        """
        with self.sessions.begin() as session:
            held = incident_store.lock(session, incident_no)
            if store.has_message(session, key):
                return False
            to = receivers_of(chosen, self.names, self.groups(session, held.id, asking.at))
            command = SendMessage(key, text, to)
            self.incidents.step(session, incident_no, command, asking, None)
            store.add_message(session, held.id, command, asking)
            self._tell(session, SENT, held, command.text, to.names, asking)
        return True

    def confirm(self, message_id: int, audiences: Collection[str], asking: Asking) -> None:
        """Confirm a message for whoever one is of its receivers; pressed twice it is once.

        :raises MessageNotFound, NotForYou: nothing is written then.
        """
        with self.sessions.begin() as session:
            number = incident_no_of_message(session, message_id)
            incident_store.lock(session, number)
            message = get_message(session, message_id, self.names)
            own = [one for one in message.receivers if one.audience in audiences]
            if not own:
                raise NotForYou("这条通知不是发给您的岗位或单位的，不用确认。")
            for one in own:
                if one.confirmed_at is None:
                    receipt = ConfirmMessage(message.key, one.audience, one.name)
                    self.incidents.step(session, number, receipt, asking, None)
                    store.confirm(session, message_id, one.audience, asking)

    def urge(self, message_id: int, asking: Asking, *, only: str = "") -> None:
        """Tell those once more who have not confirmed, or `only` one audience of them.

        :raises MessageNotFound, NobodyToUrge: nothing is written then.
        """
        with self.sessions.begin() as session:
            number = incident_no_of_message(session, message_id)
            held = incident_store.lock(session, number)
            message = get_message(session, message_id, self.names)
            left = {one.audience: one.name for one in message.missing if only in ("", one.audience)}
            if not left:
                raise NobodyToUrge("已确认收到，不用再催。")
            command = UrgeMessage(message.key, message.text, left)
            self.incidents.step(session, number, command, asking, None)
            store.note_urged(session, message_id, list(left), asking)
            self._tell(session, URGED, held, message.text, left, asking)

    def _tell(  # noqa: PLR0917  # what is told, of what, to whom
        self,
        session: Session,
        occasion: str,
        held: incident_store.LockedIncident,
        text: str,
        to: Collection[str],
        asking: Asking,
    ) -> None:
        if held.is_drill:
            return
        said = {"title": held.state.title, "place": held.state.place_text, "note": text, "by": asking.name}
        values: dict[Language, dict[str, str]] = {"zh": said, "en": said}
        words = self.book.words(city_time(asking.at).date(), "incident", occasion, values)
        seq = (held.id * 100 + held.revision + 1) % 2**31
        notices = [
            Notice(None, seq, asking.at, occasion, hearer_of(one), words, asking.person_id) for one in to
        ]
        tell(session, notices, (), at=asking.at)


def hearer_of(audience: str) -> Hearer:
    """Who is told of a message for an audience."""
    kind, _, code = audience.partition(":")
    if kind == "post":
        return Hearer("incident", "post", post=code)
    return Hearer("incident", "body", organisation_code=code)
