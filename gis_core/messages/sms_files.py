"""SMS as files that a gateway of the operator's takes: one JSON file a message, whole or not there.

    {"id": "citygrid-17", "to": "+8613900000000", "text": "…", "language": "zh"}

in UTF-8, named `<id>.json`. The gateway sends a file and removes it, or moves it elsewhere. A message that is
tried again has the same name.
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from gis_core.messages.sending import Message, NotSent

_STOP_WORDS = {"zh": "退订", "en": "Stop"}


@dataclass(frozen=True, slots=True)
class SmsFiles:
    """The folder that the gateway watches; made when it is missing, readable by its owner alone."""

    folder: Path

    def send(self, message: Message) -> str:
        """Write one file."""
        words = {"id": message.id, "to": message.to, "text": sms_text(message), "language": message.language}
        name = re.sub(r"[^\w-]", "_", message.id)
        draft = self.folder / f".{name}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(draft, "w", encoding="utf-8", opener=_for_owner) as file:
                json.dump(words, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self.folder / f"{name}.json")
        except OSError as problem:
            raise NotSent(type(problem).__name__) from None
        return "written"


def sms_text(message: Message) -> str:
    """The words of an SMS: text, link, and how to end it.

    >>> sms_text(Message("1", "13900000000", "已办结", "您反映的井盖已办结。", stop_link="https://c.example/s"))
    '您反映的井盖已办结。 退订 https://c.example/s'
    """
    stop = f"{_STOP_WORDS.get(message.language, _STOP_WORDS['zh'])} {message.stop_link}"
    return " ".join(part for part in (message.text, message.link, stop if message.stop_link else "") if part)


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
