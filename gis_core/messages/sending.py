"""What every way of sending has in common: a message, and how it can fail."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """A message to one address; `id` stays the same however often it is tried. Links are whole addresses."""

    id: str
    to: str
    title: str
    text: str
    language: str = "zh"
    link: str = ""
    stop_link: str = ""


class NotSent(Exception):
    """A message did not go out. `answer` names no address; `is_for_good` says that trying again is no use."""

    def __init__(self, answer: str, *, is_for_good: bool = False) -> None:
        super().__init__(answer)
        self.answer = answer
        self.is_for_good = is_for_good


class Channel(Protocol):
    """A way of sending."""

    def send(self, message: Message) -> str:
        """Send, and answer what the other side said.

        :raises NotSent: when it did not go out.
        """
