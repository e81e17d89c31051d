"""Which elements stand in which, in what order and how often; CAP 1.2 first, then how 1.1 and 1.0 differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MANY: Final = 100_000
SIGNATURE_NAMESPACE: Final = "http://www.w3.org/2000/09/xmldsig#"
VERSIONS: Final[Mapping[str, str]] = {
    "urn:oasis:names:tc:emergency:cap:1.2": "1.2",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
    "http://www.incident.com/cap/1.0": "1.0",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for an element: at least and at most how many."""

    name: str
    least: int = 0
    most: int = 1


def _slots(words: str) -> tuple[Slot, ...]:
    """Slots as written below: `name!` once, `name` at most once, `name*` any number, `name+` some."""
    bounds = {"!": (1, 1), "*": (0, MANY), "+": (1, MANY)}
    return tuple(
        Slot(word[:-1], *bounds[word[-1]]) if word[-1] in bounds else Slot(word) for word in words.split()
    )


ALERT: Final = _slots(
    "identifier! sender! sent! status! msgType! source scope! restriction addresses code* note references"
    " incidents info*"
)
INFO: Final = _slots(
    "language category+ event! responseType* urgency! severity! certainty! audience eventCode* effective"
    " onset expires senderName headline description instruction web contact parameter* resource* area*"
)
RESOURCE: Final = _slots("resourceDesc! mimeType! size uri derefUri digest")
AREA: Final = _slots("areaDesc! polygon* circle* geocode* altitude ceiling")
PAIR: Final = _slots("valueName! value!")
# 1.1 does not ask for the type of a resource; 1.0 neither for scope nor for a category (recalled).
OLDER: Final[Mapping[str, frozenset[str]]] = {
    "1.2": frozenset(),
    "1.1": frozenset({"mimeType"}),
    "1.0": frozenset({"mimeType", "scope", "category"}),
}
