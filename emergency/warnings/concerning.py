"""Which divisions a warning concerns: the codes it names, else the districts whose outline it touches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import shapely
from shapely.geometry.base import BaseGeometry

from emergency.cap.lifecycle import infos_in_force
from emergency.cap.messages import Alert, Area, Info
from emergency.cap.scales import scales_of
from emergency.cap.zones import plane_zone
from emergency.rules.levels import WarningLevel
from emergency.rules.plans.conditions import Colour
from emergency.rules.plans.situation import WarningInForce
from gis_core.crs import PlaneSystem
from grid.city import City
from grid.divisions import read_boundaries

WORDS_AFTER = ("预警信号", "预警")
COLOUR_OF: Mapping[WarningLevel, Colour] = {
    WarningLevel.RED: "red",
    WarningLevel.ORANGE: "orange",
    WarningLevel.YELLOW: "yellow",
    WarningLevel.BLUE: "blue",
}
WHOLE_CODE, DISTRICT_DIGITS = (6, 9, 12), 6


@dataclass(frozen=True, slots=True)
class Concerns:
    """The districts of a city with their outlines in the plane, read when a warning has a shape alone."""

    city_code: str
    plane: PlaneSystem
    outlines: Callable[[], Mapping[str, BaseGeometry]]

    @classmethod
    def of(cls, city: City, plane: PlaneSystem) -> "Concerns":
        """Those of a city's data folder."""

        def read() -> Mapping[str, BaseGeometry]:
            known = read_boundaries(city)
            return {
                code: shapely.transform(known[code].shape, plane.to_plane_many) for code in city.districts
            }

        return cls(city.code, plane, cache(read))

    def in_force(self, alerts: Sequence[Alert], at: datetime) -> tuple[WarningInForce, ...]:
        """What these warnings say for triggers at a moment; blocks without a colour say nothing."""
        return tuple(
            WarningInForce(kind_of(info), COLOUR_OF[colour], self.areas_of(info), alert.sent)
            for alert in alerts
            for info in infos_in_force(alert, at)
            if (colour := scales_of(info).warning) is not None
        )

    def areas_of(self, info: Info) -> tuple[str, ...]:
        """The divisions of a block; one whose place nobody can tell is taken to concern the whole city."""
        found = dict.fromkeys(code for area in info.areas for code in self._codes(area))
        return tuple(found) or (self.city_code,)

    def _codes(self, area: Area) -> list[str]:
        named = [code for one in area.geocodes if (code := division_code(one.value))]
        if named or not area.has_shape:
            return named
        zone = plane_zone(area, self.plane)
        return [code for code, outline in self.outlines().items() if zone.intersects(outline)]


def division_code(words: str) -> str:
    """A code of a division without the zeros that only fill it up; empty when it is none.

    >>> division_code("610302000000"), division_code("610300"), division_code("WX-3")
    ('610302', '610300', '')
    """
    if not (words.isascii() and words.isdigit() and DISTRICT_DIGITS <= len(words) <= max(WHOLE_CODE)):
        return ""
    wanted = next(n for n in WHOLE_CODE if not words[n:].strip("0"))
    return words[:wanted].ljust(wanted, "0")


def kind_of(info: Info) -> str:
    """What a block warns of, as plans name it.

    >>> from emergency.cap.messages import Category, Certainty, Severity, Urgency
    >>> kind_of(Info((Category.MET,), "暴雨预警信号", Urgency.EXPECTED, Severity.MINOR, Certainty.LIKELY))
    '暴雨'
    """
    words = info.event.strip()
    for ending in WORDS_AFTER:
        words = words.removesuffix(ending)
    return words
