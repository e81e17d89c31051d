"""Answers that took long, kept for a while: the page and its map ask for the same one."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Recent(Generic[Answer]):
    """The last answers by what was asked; safe to share between threads, one is worked out at a time."""

    most: int = 8
    _answers: OrderedDict[str, Answer] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def find(self, asked: str, work_out: Callable[[], Answer]) -> Answer:
        """The answer as it is known, else worked out now; what is refused is not kept."""
        with self._lock:
            if asked in self._answers:
                self._answers.move_to_end(asked)
                return self._answers[asked]
            found = self._answers[asked] = work_out()
            while len(self._answers) > self.most:
                self._answers.popitem(last=False)
            return found
