"""Messages out of the incident room: to posts and departments, confirmed by one press, urged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from cases.rules.deciding import Asking
from emergency.rules.commands import Decision, KnownKinds
from emergency.rules.incidents import State, move, need_words
from emergency.rules.room.groups import Receivers

LONGEST_MESSAGE = 500
CONFIRM_WITHIN = timedelta(minutes=10)
"""Who has not confirmed a message by then is an alarm in the room (assumed)."""


@dataclass(frozen=True, slots=True)
class SendMessage:
    """A message goes out; who is on its groups is kept as it is now."""

    action: ClassVar[str] = "note"
    key: UUID
    text: str
    to: Receivers

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises IncidentWordsMissing."""
        words = need_words(self.text, "通知内容", most=LONGEST_MESSAGE)
        body: dict[str, Any] = {"key": str(self.key), "to": list(self.to.names), "text": words}
        if self.to.groups:
            body["groups"] = [one.told() for one in self.to.groups]
        told = f"已通知{self.to.words()}：{words}"
        return _told(told, state, asking, {"message": body})


@dataclass(frozen=True, slots=True)
class ConfirmMessage:
    """A receiver has read it."""

    action: ClassVar[str] = "note"
    key: UUID
    audience: str
    name: str

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises what `move` raises."""
        body = {"key": str(self.key), "by": self.audience}
        return _told(f"{self.name}确认收到通知", state, asking, {"receipt": body})


@dataclass(frozen=True, slots=True)
class UrgeMessage:
    """Those who have not confirmed are told once more."""

    action: ClassVar[str] = "note"
    key: UUID
    text: str
    to: Mapping[str, str]

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises what `move` raises."""
        body = {"key": str(self.key), "to": list(self.to), "text": self.text, "is_urge": True}
        told = f"催{'、'.join(self.to.values())}确认通知：{self.text}"
        return _told(told, state, asking, {"message": body})


def _told(text: str, state: State, asking: Asking, body: Mapping[str, Mapping[str, object]]) -> Decision:
    edge = move("note", stage=state.stage, role=asking.role)
    return Decision(state, edge, text, {"changes": {}} | dict(body), asking.at)
