"""Plane coordinates of CGCS2000 in a text: 6-digit eastings of the city's plane, 8-digit ones with a zone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import hypot

from gis_core.crs import PlaneSystem
from gis_core.geocoding.written_place import Surroundings, WrittenPlace
from gis_core.places import NotOnEarth, PlanePoint

_LABEL = r"东坐标|北坐标|横坐标|纵坐标|东距|北距|easting|northing|(?<![a-z])[xyen](?![a-z])|东|北"
_NUMBER = re.compile(
    rf"(?:(?P<label>{_LABEL})\s?[:=为是]?\s?)?(?<![\d.-])(?P<value>\d{{6,8}}(?:\.\d{{1,6}})?)(?!\d|\.\d)"
)
_BETWEEN = re.compile(r"\s?(?:m|米)?[\s,;/|和]{0,3}")
# Of the plane systems of CGCS2000 in China, metres: no northing is an easting, whatever the zone.
_NORTHING_M = (1_500_000.0, 6_500_000.0)
_EASTING_M = (100_000.0, 900_000.0)
_ZONE_M = 1_000_000
# EPSG numbers: zones of 3 degrees 25-45 from 4513 (with the zone before the easting) and 4534 (without),
# zones of 6 degrees 13-23 from 4491.
_ZONES_3, _ZONES_6 = range(25, 46), range(13, 24)
_ZONED_3, _UNZONED_3, _ZONED_6 = 4513 - 25, 4534 - 25, 4491 - 13
_NORTHING_LABELS = frozenset({"北坐标", "纵坐标", "北距", "northing", "n", "北"})
_EASTING_LABELS = frozenset({"东坐标", "横坐标", "东距", "easting", "e", "东"})


@dataclass(frozen=True, slots=True)
class _Number:
    label: str
    written: str
    start: int
    end: int

    @property
    def value_m(self) -> float:
        return float(self.written)

    @property
    def step_m(self) -> float:
        """The worth of the last digit."""
        return float(10.0 ** -len(self.written.partition(".")[2]))


def read_plane(flat: str, around: Surroundings) -> Iterator[WrittenPlace]:
    """The pairs of plane coordinates in a flattened text, in the order of the text.

    Which number is the northing is told by its size: Chinese surveys call it X, other systems Y. A pair
    without labels counts only when it lies in the city.

    >>> city = Surroundings(PlaneSystem(4545), lambda place: 107.0 < place.lon_deg < 107.5)
    >>> [found.words for found in read_plane("x=3804224.1 y=429885.3", city)]
    ['按平面坐标（EPSG:4545）读作东 429885.3 米、北 3804224.1 米；X 为北、Y 为东']
    """
    numbers = [
        _Number(match["label"] or "", match["value"], match.start(), match.end())
        for match in _NUMBER.finditer(flat)
    ]
    used = 0
    for first, second in pairwise(numbers):
        if first.start < used or not _BETWEEN.fullmatch(flat, first.end, second.start):
            continue
        found = _place(first, second, around)
        if found is not None:
            used = second.end
            yield found


def _place(first: _Number, second: _Number, around: Surroundings) -> WrittenPlace | None:
    northings = [number for number in (first, second) if _NORTHING_M[0] <= number.value_m <= _NORTHING_M[1]]
    if len(northings) != 1:
        return None
    northing = northings[0]
    easting = second if northing is first else first
    system = _find_system(easting.value_m, around.plane)
    if system is None:
        return None
    try:
        place = system.to_lonlat(PlanePoint(easting.value_m, northing.value_m))
    except NotOnEarth:
        return None
    is_within = around.inside(place)
    if not is_within and not (first.label and second.label):
        return None
    words = (
        f"按平面坐标（EPSG:{system.srid}）读作东 {easting.written} 米、北 {northing.written} 米"
        f"{_labels_in_words(easting.label, northing.label)}{'' if is_within else '；不在本市范围内'}"
    )
    radius_m = hypot(easting.step_m, northing.step_m) / 2
    return WrittenPlace(place, "plane", f"EPSG:{system.srid}", radius_m, first.start, second.end, words)


def _find_system(easting_m: float, plane: PlaneSystem) -> PlaneSystem | None:
    """The system an easting is of, by its digits: the city's own, or the zone that it begins with."""
    if _EASTING_M[0] <= easting_m <= _EASTING_M[1]:
        own = plane.srid - _ZONED_3
        return PlaneSystem(_UNZONED_3 + own) if own in _ZONES_3 else plane
    zone, within_m = int(easting_m // _ZONE_M), easting_m % _ZONE_M
    if not _EASTING_M[0] <= within_m <= _EASTING_M[1]:
        return None
    if zone in _ZONES_3:
        return PlaneSystem(_ZONED_3 + zone)
    return PlaneSystem(_ZONED_6 + zone) if zone in _ZONES_6 else None


def _labels_in_words(easting: str, northing: str) -> str:
    """What the letters of a pair were taken for."""
    if {easting, northing} == {"x", "y"}:
        return f"；{northing.upper()} 为北、{easting.upper()} 为东"
    if easting in _NORTHING_LABELS or northing in _EASTING_LABELS:
        return "；东、北标反了，按数值大小判定"
    return "" if easting and northing else "；哪个为北按数值大小判定"
