"""What the engine answers: candidates with a calibrated confidence, the reading used, and reasons."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from gis_core.places import PlanePoint


class Level(StrEnum):
    """How finely a candidate answers, finest first."""

    POINT = "point"  # coordinates as text, a code of a component
    ROOM = "room"
    BUILDING = "building"
    DOOR_PLATE = "door_plate"
    INTERPOLATED = "interpolated"
    POI = "poi"
    CROSSING = "crossing"
    STREET_SECTION = "street_section"
    ESTATE = "estate"
    UNIT_GRID = "unit_grid"
    RESPONSIBILITY_GRID = "responsibility_grid"
    STREET = "street"
    COMMUNITY = "community"
    SUBDISTRICT = "subdistrict"
    DISTRICT = "district"
    CITY = "city"


LEVEL_NAMES = {
    Level.POINT: "坐标点",
    Level.ROOM: "房间",
    Level.BUILDING: "楼栋",
    Level.DOOR_PLATE: "门牌",
    Level.INTERPOLATED: "推算门牌",
    Level.POI: "兴趣点",
    Level.CROSSING: "路口",
    Level.STREET_SECTION: "路段",
    Level.ESTATE: "小区片区",
    Level.UNIT_GRID: "单元网格",
    Level.RESPONSIBILITY_GRID: "责任网格",
    Level.STREET: "道路",
    Level.COMMUNITY: "社区",
    Level.SUBDISTRICT: "街道",
    Level.DISTRICT: "区县",
    Level.CITY: "城市",
}

Outcome = Literal["found", "ambiguous", "not_found", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled part of what was said; `start` and `end` count characters of the text as it came."""

    start: int
    end: int
    text: str
    label: str
    value: str = ""  # as understood: the standard name, the number in digits


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the text."""

    spans: tuple[Span, ...]
    score: float = 0.0

    def of(self, *labels: str) -> tuple[Span, ...]:
        """The spans that carry one of these labels."""
        return tuple(span for span in self.spans if span.label in labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A place that may be meant.

    `radius_m` says how far the true place may well lie from `point`; `why` are sentences for people, `lost`
    is empty for the first and says for the others why they stand behind it.
    """

    key: str
    name: str
    address: str  # the standard address sentence, from the division down
    level: Level
    point: PlanePoint
    radius_m: float
    confidence: float
    category: str = ""
    area_code: str = ""
    reading: Reading = Reading(())
    why: tuple[str, ...] = ()
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a text was taken for: `understood` and `message` are Chinese sentences for people.

    `missing` are names in the text that the gazetteer does not have.
    """

    text: str
    outcome: Outcome
    candidates: tuple[Candidate, ...]
    readings: tuple[Reading, ...]
    understood: str
    message: str = ""
    missing: tuple[str, ...] = ()

    @property
    def best(self) -> Candidate | None:
        """The first candidate, when there is one."""
        return self.candidates[0] if self.candidates else None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A line of an as-you-type list: its name, what tells it from its namesakes, and where it is."""

    key: str
    name: str
    hint: str
    level: Level
    point: PlanePoint
    matched: str = ""  # the name that matched, when it is not the standard one
