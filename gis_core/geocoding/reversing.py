"""From a point to words that find it again: plate, crossing, landmark or street, with side, way and distance.

The words are no finer than the point: a phone that is 80 m off gets a street, not a door.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis_core.geocoding.answers import Level
from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.geocoding.index import KINDS, PlaceIndex

SAMPLE_M = 10.0
"""How far apart street lines are sampled for the nearest street."""
STREET_REACH_M = 70.0
PLATE_REACH_M = 90.0
AT_PLATE_M = 18.0
CROSSING_REACH_M = 35.0
SAME_AREA_M = 5_000.0
"""How far the nearest known place may be for a point outside the grids to be said to lie in its area."""
LANDMARK_REACH_M, LANDMARK_SIGHT_M = 60.0, 250.0
"""A landmark counts before a street within the first, and where there is no street within the second."""
_WAYS = ("东", "东北", "北", "西北", "西", "西南", "南", "东南")
_FAR = 1e9
_MOST_OFF_M = {Level.DOOR_PLATE: 25.0, Level.POI: 50.0, Level.CROSSING: 60.0}
"""A point less exact than this is not told so finely."""


class Described(NamedTuple):
    """A point in words: `words` without the division, `address` with it."""

    words: str
    address: str
    level: Level
    area_code: str
    street: str
    side: str
    why: str


class _Around(NamedTuple):
    """A point, and the number and distance of the nearest of each; the area it lies in."""

    point: list[float]
    plate: tuple[int, float]
    landmark: tuple[int, float]
    crossing: tuple[int, float]
    street: tuple[int, float]
    block: tuple[int, float]
    area: int


@dataclass(frozen=True)
class _Points:
    tree: cKDTree | None
    numbers: NDArray[np.int64]

    def nearest(self, points: NDArray[np.float64]) -> tuple[list[int], list[float]]:
        if self.tree is None:
            return [-1] * len(points), [_FAR] * len(points)
        away, at = self.tree.query(points)
        return self.numbers[at].tolist(), np.asarray(away).tolist()


class Describer:
    """Describes points (plane metres) from one index; safe to share between threads.

    Holds trees over plates, landmarks, crossings and samples of street lines; made once per index.
    """

    def __init__(self, index: PlaceIndex) -> None:
        self._index = index
        columns = index.columns
        kind = columns.kind
        plates = (kind == KINDS.index(PlaceKind.DOOR_PLATE)) & (columns.owner >= 0)
        at_street = np.zeros(len(index), dtype=bool)
        at_street[plates] = columns.street_of[columns.owner[plates]] >= 0
        spots = np.column_stack([columns.easting, columns.northing])
        is_component = columns.category == _category(index, "component")
        self._plates = _tree(spots, np.flatnonzero(at_street))
        self._landmarks = _tree(spots, np.flatnonzero((kind == KINDS.index(PlaceKind.POI)) & ~is_component))
        blocks = np.isin(kind, [KINDS.index(one) for one in (PlaceKind.BLOCK, PlaceKind.ZONE)])
        self._blocks = _tree(spots, np.flatnonzero(blocks))
        self._all = _Points(*index.placed)
        crossings = np.column_stack([columns.crossing_east, columns.crossing_north])
        self._crossings = _tree(crossings, np.arange(len(crossings)))
        self._samples, self._sample_street, self._heading = _sample(index.lines)
        self._streets = _tree(self._samples, np.arange(len(self._samples)))

    def describe(self, easting_m: float, northing_m: float, *, accuracy_m: float = 0.0) -> Described:
        """One point in words; `accuracy_m` is how far off it may be."""
        return self.describe_many(np.array([[easting_m, northing_m]]), accuracy_m=accuracy_m)[0]

    def describe_many(
        self,
        points: NDArray[np.float64],
        *,
        accuracy_m: float = 0.0,
        area_codes: Sequence[str] | None = None,
    ) -> list[Described]:
        """Many points (n, 2), easting first, in words; `area_codes` where the caller knows the community."""
        plates = zip(*self._plates.nearest(points), strict=True)
        landmarks = zip(*self._landmarks.nearest(points), strict=True)
        crossings = zip(*self._crossings.nearest(points), strict=True)
        streets = zip(*self._streets.nearest(points), strict=True)
        blocks = zip(*self._blocks.nearest(points), strict=True)
        anyhow, away_m = self._all.nearest(points)
        columns = self._index.columns
        known = columns.area[anyhow] if len(columns.area) else np.full(len(points), -1)
        areas = np.where(np.asarray(away_m) <= SAME_AREA_M, known, -1).tolist()
        if area_codes is not None:
            numbers = self._index.area_numbers
            areas = [numbers.get(code, -1) for code in area_codes]
        rows = zip(points.tolist(), plates, landmarks, crossings, streets, blocks, areas, strict=True)
        return [self._describe(_Around(*row), accuracy_m) for row in rows]

    def _describe(self, around: _Around, accuracy_m: float) -> Described:
        street, side = self._street(around.point, around.street)
        words, level, why = self._words(around, street, side, accuracy_m)
        above = self._index.area_addresses[around.area] if around.area >= 0 else ""
        name = self._street_name(street) if street >= 0 else ""
        code = self._index.areas[around.area].code if around.area >= 0 else ""
        if not words:
            words = "附近没有登记的道路和门牌"
            return Described(words, above, _area_level(code), code, "", "", words)
        return Described(words, f"{above}，{words}" if above else words, level, code, name, side, why)

    def _words(self, around: _Around, street: int, side: str, accuracy_m: float) -> tuple[str, Level, str]:
        tells_plates = accuracy_m <= _MOST_OFF_M[Level.DOOR_PLATE]
        at_crossing = around.crossing[1] <= CROSSING_REACH_M and accuracy_m <= _MOST_OFF_M[Level.CROSSING]
        if at_crossing and not (tells_plates and around.plate[1] <= AT_PLATE_M):
            return self._at_crossing(around.point, around.crossing)
        if tells_plates and around.plate[1] <= PLATE_REACH_M:
            return self._by_plate(around.point, around.plate, side)
        if around.landmark[1] <= LANDMARK_REACH_M and accuracy_m <= _MOST_OFF_M[Level.POI]:
            return self._by_landmark(around.point, around.landmark)
        if street >= 0:
            where = f"{side}侧" if side and tells_plates else "附近"
            return f"{self._street_name(street)}{where}", Level.STREET, "最近的道路"
        return self._off_streets(around, tells_plates=tells_plates)

    def _off_streets(self, around: _Around, *, tells_plates: bool) -> tuple[str, Level, str]:
        columns = self._index.columns
        block, away = around.block
        if block >= 0 and away <= 0.8 * float(columns.extent[block]):
            return f"{columns.names[block]}内", Level.ESTATE, f"离其中心{away:.0f}米"
        if around.landmark[1] <= LANDMARK_SIGHT_M and tells_plates:
            return self._by_landmark(around.point, around.landmark)
        return "", Level.COMMUNITY, ""

    def _street(self, point: list[float], street: tuple[int, float]) -> tuple[int, str]:
        """The nearest street and the side of it the point lies on, as a word; -1 when none is near."""
        sample, away = street
        if away > STREET_REACH_M:
            return -1, ""
        east, north = (point[n] - self._samples[sample, n] for n in (0, 1))
        ahead_east, ahead_north = self._heading[sample]
        across = ahead_east * north - ahead_north * east
        if abs(across) < 3.0:
            return int(self._sample_street[sample]), ""
        sign = 1.0 if across > 0 else -1.0
        return int(self._sample_street[sample]), _side(-ahead_north * sign, ahead_east * sign)

    def _at_crossing(self, point: list[float], crossing: tuple[int, float]) -> tuple[str, Level, str]:
        columns = self._index.columns
        number, away = crossing
        names = [self._street_name(int(ends[number])) for ends in (columns.crossing_a, columns.crossing_b)]
        words = f"{names[0]}与{names[1]}路口"
        if away > 12.0:
            east = point[0] - float(columns.crossing_east[number])
            north = point[1] - float(columns.crossing_north[number])
            words += f"{_way(east, north)}侧约{_rounded(away)}米"
        return words, Level.CROSSING, f"离路口{away:.0f}米"

    def _by_plate(self, point: list[float], plate: tuple[int, float], side: str) -> tuple[str, Level, str]:
        columns = self._index.columns
        number, away = plate
        name = columns.names[number]
        if away <= AT_PLATE_M:
            return name, Level.DOOR_PLATE, f"离门牌{away:.0f}米"
        way = _way(point[0] - float(columns.easting[number]), point[1] - float(columns.northing[number]))
        where = f"路{side}" if side else ""
        return f"{name}以{way}约{_rounded(away)}米{where}", Level.DOOR_PLATE, f"最近的门牌，相距{away:.0f}米"

    def _by_landmark(self, point: list[float], landmark: tuple[int, float]) -> tuple[str, Level, str]:
        columns = self._index.columns
        number, away = landmark
        name = columns.names[number]
        if away <= 15.0:
            return f"{name}旁", Level.POI, f"离该处{away:.0f}米"
        way = _way(point[0] - float(columns.easting[number]), point[1] - float(columns.northing[number]))
        return f"{name}以{way}约{_rounded(away)}米", Level.POI, f"最近的地物，相距{away:.0f}米"

    def _street_name(self, street: int) -> str:
        return self._index.columns.names[int(self._index.columns.street_place[street])]


def _category(index: PlaceIndex, name: str) -> int:
    return index.categories.index(name) if name in index.categories else -1


def _tree(spots: NDArray[np.float64], numbers: NDArray[np.int64]) -> _Points:
    return _Points(cKDTree(spots[numbers]) if len(numbers) else None, numbers)


def _sample(
    lines: NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Points along lines about every 10 m, whose they are, and which way the line goes there."""
    if not len(lines):
        return np.empty((0, 2)), np.empty(0, dtype=np.int64), np.empty((0, 2))
    parts, owner = shapely.get_parts(lines, return_index=True)
    points, part = shapely.get_coordinates(shapely.segmentize(parts, SAMPLE_M), return_index=True)
    ahead = np.zeros_like(points)
    ahead[:-1] = points[1:] - points[:-1]
    is_last = np.append(part[1:] != part[:-1], True)
    ahead[is_last] = np.roll(ahead, 1, axis=0)[is_last]
    length = np.hypot(ahead[:, 0], ahead[:, 1])
    return points, owner[part], ahead / np.where(length > 0, length, 1.0)[:, None]


def _way(east: float, north: float) -> str:
    """One of eight directions."""
    return _WAYS[round(float(np.arctan2(north, east)) / (np.pi / 4)) % 8]


def _side(east: float, north: float) -> str:
    """One of four directions: sides of a street are told by four."""
    if abs(east) > abs(north):
        return "东" if east > 0 else "西"
    return "北" if north > 0 else "南"


def _rounded(metres: float) -> int:
    return max(5, round(metres / 5) * 5) if metres < 50 else round(metres / 10) * 10


def _area_level(code: str) -> Level:
    return {12: Level.COMMUNITY, 9: Level.SUBDISTRICT}.get(len(code), Level.DISTRICT)
