"""The message of CAP 1.2 as values: an alert, its blocks of information, their resources and areas.

Moments are aware; fractions of seconds are dropped, as CAP has none. Coordinates are WGS84 degrees, which
are taken as CGCS2000 (`gis_core.crs`). A text that is absent is empty. Nothing is checked here: a message
of somebody else may be wrong in every way and has still to be shown; `emergency.cap.checking` says what is
wrong.
"""

from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import Any

from gis_core.places import LonLat

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MIME_TYPE = "application/cap+xml"
CHINESE = "zh-CN"


class Status(StrEnum):
    """How a message is to be taken; only an actual one is for the public."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MsgType(StrEnum):
    """What a message does."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class Scope(StrEnum):
    """Whom a message is meant for."""

    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


class Category(StrEnum):
    """Kinds of events."""

    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


class Response(StrEnum):
    """What people are asked to do."""

    SHELTER = "Shelter"
    EVACUATE = "Evacuate"
    PREPARE = "Prepare"
    EXECUTE = "Execute"
    AVOID = "Avoid"
    MONITOR = "Monitor"
    ASSESS = "Assess"
    ALL_CLEAR = "AllClear"
    NONE = "None"


class Urgency(StrEnum):
    """How soon people have to act: now, within the hour, later, no more."""

    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Severity(StrEnum):
    """How bad it is."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    """How sure it is."""

    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


Ring = tuple[LonLat, ...]
"""The border of a polygon; the last place is the first again."""


@dataclass(frozen=True, slots=True)
class Named:
    """A value under the name of its system: an event code, a parameter, a code of a division."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Circle:
    """All places within so many kilometres of one."""

    centre: LonLat
    radius_km: float


@dataclass(frozen=True, slots=True)
class Area:
    """The union of all shapes in it; heights in feet above mean sea level."""

    description: str
    polygons: tuple[Ring, ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[Named, ...] = ()
    altitude_ft: float | None = None
    ceiling_ft: float | None = None

    @property
    def has_shape(self) -> bool:
        """Whether a map can show it without a register of divisions."""
        return bool(self.polygons or self.circles)


@dataclass(frozen=True, slots=True)
class Resource:
    """A file that goes with a message; `content` is base64, for receivers who cannot fetch `uri`."""

    description: str
    mime_type: str
    size_bytes: int | None = None
    uri: str = ""
    content: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Info:
    """What is said in one language about one stretch of time."""

    categories: tuple[Category, ...]
    event: str
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    language: str = CHINESE
    responses: tuple[Response, ...] = ()
    audience: str = ""
    event_codes: tuple[Named, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[Named, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()

    def __post_init__(self) -> None:
        for name in ("effective", "onset", "expires"):
            if (moment := getattr(self, name)) is not None:
                object.__setattr__(self, name, whole_seconds(moment))


@dataclass(frozen=True, slots=True)
class Reference:
    """What names a message: its sender, its identifier there, and when it was sent."""

    sender: str
    identifier: str
    sent: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "sent", whole_seconds(self.sent))


@dataclass(frozen=True, slots=True)
class Alert:
    """A message of CAP."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MsgType
    scope: Scope = Scope.PUBLIC
    source: str = ""
    restriction: str = ""
    addresses: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[Info, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "sent", whole_seconds(self.sent))

    @property
    def reference(self) -> Reference:
        """What other messages name this one by."""
        return Reference(self.sender, self.identifier, self.sent)

    @property
    def is_for_public(self) -> bool:
        """Whether people outside may take it for real."""
        return self.status is Status.ACTUAL and self.scope is Scope.PUBLIC


def whole_seconds(moment: datetime) -> datetime:
    """The moment without the fraction of its second; a moment without a zone is a bug of the caller."""
    if moment.tzinfo is None:
        raise ValueError("a moment of a warning needs its zone")
    return moment.replace(microsecond=0)


def texts_of(value: Any, where: str = "") -> list[tuple[str, str]]:
    """Every text of a message with its path, as findings name it.

    >>> texts_of(Area("河岸", geocodes=(Named("GB/T 2260", "610302"),)))
    [('description', '河岸'), ('geocodes[1]/name', 'GB/T 2260'), ('geocodes[1]/value', '610302')]
    """
    if isinstance(value, str):
        return [(where, value)]
    if isinstance(value, tuple):
        parts = [(f"{where}[{number}]", part) for number, part in enumerate(value, start=1)]
    elif is_dataclass(value):
        path = f"{where}/" if where else ""
        parts = [(f"{path}{field.name}", getattr(value, field.name)) for field in fields(value)]
    else:
        return []
    return list(chain.from_iterable(texts_of(part, path) for path, part in parts))
