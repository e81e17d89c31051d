"""Messages of the incident room as pages send, confirm and urge them."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from emergency.room.reading import OpenMessage, list_to_confirm
from emergency.rules.responding import WORKS_OUTSIDE
from emergency.rules.room.groups import POSTS
from web.accounts.guards import asking
from web.accounts.people import Person
from web.forms import parse
from web.room_work import WORKS_IN_ROOM
from web.wiring import Wiring

CONFIRMS = (*WORKS_IN_ROOM, *WORKS_OUTSIDE)


class MessageSent(BaseModel):
    """A message as its form gives it."""

    model_config = ConfigDict(extra="ignore")

    client_id: UUID = Field(title="编号")
    words: str = Field("", max_length=2_000, title="通知内容")
    to: tuple[str, ...] = Field((), title="发给谁")


def send_message(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> None:
    """Send a message to working groups, posts and departments."""
    sent = parse(MessageSent, form)
    who = asking(person, person.acting_as(*WORKS_IN_ROOM), at=wiring.clock.now())
    wiring.messages.send(incident_no, sent.client_id, sent.words, sent.to, who)


def urge_message(wiring: Wiring, person: Person, message_id: int, only: str = "") -> None:
    """Tell those once more who have not confirmed, or `only` one of them."""
    who = asking(person, person.acting_as(*WORKS_IN_ROOM), at=wiring.clock.now())
    wiring.messages.urge(message_id, who, only=only)


def confirm_message(wiring: Wiring, person: Person, message_id: int) -> None:
    """Confirm a message for the own post or department."""
    who = asking(person, person.acting_as(*CONFIRMS), at=wiring.clock.now())
    wiring.messages.confirm(message_id, audiences_of(person), who)


def audiences_of(person: Person) -> list[str]:
    """For whom a person confirms: the own posts, and the department for which the person works."""
    posts = [f"post:{post}" for post in POSTS if post in person.roles]
    is_outside = person.may_act_as(*WORKS_OUTSIDE) and person.organisation_code
    return [*posts, f"org:{person.organisation_code}"] if is_outside else posts


def messages_for(session: Session, wiring: Wiring, person: Person) -> list[OpenMessage]:
    """What the person has still to confirm."""
    return list_to_confirm(session, wiring.plane, audiences_of(person), wiring.messages.names)
