"""Messages out of the incident room: to posts and departments, confirmed by one press, urged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cases.rules.deciding import Asking
from emergency.rules.commands import Decision, KnownKinds
from emergency.rules.incidents import State, move, need_words
from gis_core.errors import BadInput

POSTS: dict[str, str] = {"leader": "值班领导", "commander": "指挥长", "duty_officer": "应急值班员"}
LONGEST_MESSAGE = 500
MOST_RECEIVERS = 50


class BadReceivers(BadInput):
    """A message is for nobody, or for somebody that is not there."""

    code = "room_bad_receivers"


@dataclass(frozen=True, slots=True)
class SendMessage:
    """A message goes out; `to` are audiences with their names."""

    action: ClassVar[str] = "note"
    key: UUID
    text: str
    to: Mapping[str, str]

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises IncidentWordsMissing."""
        words = need_words(self.text, "通知内容", most=LONGEST_MESSAGE)
        body = {"key": str(self.key), "to": list(self.to), "text": words}
        told = f"已通知{'、'.join(self.to.values())}：{words}"
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


def receivers_of(chosen: Sequence[str], organisations: Mapping[str, str]) -> dict[str, str]:
    """The audiences that were chosen, with their names.

    :raises BadReceivers: for none, too many, or one that is not there.
    """
    names = {f"post:{code}": name for code, name in POSTS.items()}
    names |= {f"org:{code}": name for code, name in organisations.items()}
    wanted = list(dict.fromkeys(chosen))
    if not wanted or len(wanted) > MOST_RECEIVERS or not set(wanted) <= set(names):
        raise BadReceivers(f"请从列表中选择收通知的岗位或单位，最多 {MOST_RECEIVERS} 个。", field="to")
    return {one: names[one] for one in wanted}


def _told(text: str, state: State, asking: Asking, body: Mapping[str, Mapping[str, object]]) -> Decision:
    edge = move("note", stage=state.stage, role=asking.role)
    return Decision(state, edge, text, {"changes": {}} | dict(body), asking.at)
