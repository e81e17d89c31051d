"""How the values of CAP are written as text and read back: moments, numbers, places, lists, references."""

import re
from datetime import datetime
from decimal import Decimal

from emergency.cap.messages import Circle, Reference, Ring
from gis_core.clock import city_time
from gis_core.places import LonLat

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,20})?|\.\d{1,20})")
_ITEMS = re.compile(r'"([^"]*)"|(\S+)')


def moment_text(moment: datetime) -> str:
    """A moment with its own offset and without fractions.

    >>> from datetime import UTC
    >>> moment_text(datetime(2025, 7, 16, 16, 45, tzinfo=UTC))
    '2025-07-16T16:45:00+00:00'
    """
    return moment.isoformat(timespec="seconds")


def city_moment_text(moment: datetime) -> str:
    """A moment as clocks in the city show it.

    >>> from datetime import UTC
    >>> city_moment_text(datetime(2025, 7, 16, 16, 45, tzinfo=UTC))
    '2025-07-17T00:45:00+08:00'
    """
    return moment_text(city_time(moment))


def find_moment(text: str) -> datetime | None:
    """The moment of a text, with its own offset; None for what is none, and for a moment without a zone.

    >>> find_moment("2025-07-17T00:45:00+08:00").isoformat()
    '2025-07-17T00:45:00+08:00'
    >>> find_moment("2025-07-17T00:45:00"), find_moment("2025-02-30T00:00:00+08:00")
    (None, None)
    """
    found = _MOMENT.fullmatch(text)
    if not found:
        return None
    try:
        return datetime.fromisoformat(found[1] + found[3].replace("Z", "+00:00"))
    except ValueError:
        return None


def number_text(value: float) -> str:
    """A number in digits, never with an exponent, to nine decimals.

    >>> number_text(1e-7), number_text(34.32)
    ('0.0000001', '34.32')
    """
    return format(Decimal(repr(round(float(value), 9))), "f")


def find_number(text: str) -> float | None:
    """The number of a text; None for what is none, and for infinities and exponents.

    >>> find_number("34.5"), find_number("nan"), find_number("1e5")
    (34.5, None, None)
    """
    return float(text) if _NUMBER.fullmatch(text) else None


def place_text(place: LonLat) -> str:
    """A place as CAP writes it, latitude first.

    >>> place_text(LonLat(107.12, 34.34))
    '34.34,107.12'
    """
    return f"{number_text(place.lat_deg)},{number_text(place.lon_deg)}"


def find_pair(text: str) -> tuple[float, float] | None:
    """Latitude and longitude of a text, in or out of bounds; None when they are no two numbers."""
    parts = text.split(",")
    numbers = [find_number(part) for part in parts]
    if len(parts) != 2 or numbers[0] is None or numbers[1] is None:
        return None
    return numbers[0], numbers[1]


def ring_text(ring: Ring) -> str:
    """A polygon as CAP writes it."""
    return " ".join(place_text(place) for place in ring)


def circle_text(circle: Circle) -> str:
    """A circle as CAP writes it, radius in kilometres."""
    return f"{place_text(circle.centre)} {number_text(circle.radius_km)}"


def items_text(items: tuple[str, ...]) -> str:
    """A list in one text: separated by spaces, what holds a space in quotes.

    >>> items_text(("INC-1", "清姜河 洪水"))
    'INC-1 "清姜河 洪水"'
    """
    return " ".join(f'"{item}"' if re.search(r"\s", item) else item for item in items)


def items_of(text: str) -> tuple[str, ...]:
    """The items of such a list.

    >>> items_of('INC-1 "清姜河 洪水"')
    ('INC-1', '清姜河 洪水')
    """
    found = (quoted or plain for quoted, plain in _ITEMS.findall(text))
    return tuple(item for item in (item.strip() for item in found) if item)


def reference_text(reference: Reference) -> str:
    """A reference as CAP writes it; its moment keeps the offset it was sent with, as others compare texts."""
    return f"{reference.sender},{reference.identifier},{moment_text(reference.sent)}"


def find_reference(text: str) -> Reference | None:
    """The reference of a text; None when it has not three parts or no moment."""
    parts = text.split(",")
    sent = find_moment(parts[2]) if len(parts) == 3 else None
    return Reference(parts[0], parts[1], sent) if sent and parts[0] and parts[1] else None
