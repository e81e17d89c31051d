"""Along a street: walking a distance, sides, sections between crossings, and numbers between numbers."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from gis_core.geocoding.index import OF_BLOCK, OF_STREET, Ints, PlaceIndex
from gis_core.geocoding.plate_numbers import PlateNumber
from gis_core.places import PlanePoint

SIDE_REACH_M = 6.0
"""A point nearer to the line than this stands on no side of it."""
MOST_GAP = 60
"""Numbers apart over which a number in between is still interpolated."""


MOST_POST_GAP_M = 3_000
"""Kilometre posts farther apart say nothing about what lies between."""


ONE_PLACE_M = 40.0
"""Parts of one street nearer than this meet."""
AT_CROSSING_M = 40.0
"""Crossings along a street nearer to each other than this count as one."""
LEADS = 0.4
"""A street leads some way when the cosine between both is at least this."""


@dataclass(frozen=True, slots=True)
class Walked:
    """Where a walk ended; `short_m` is left when the street ends, `is_along` says whether it leads there."""

    point: PlanePoint
    short_m: float
    is_along: bool = True


@dataclass(frozen=True, slots=True)
class Plated:
    """Where a number is: exactly, or worked out from its neighbours' numbers."""

    point: PlanePoint
    radius_m: float
    place: int  # the plate itself when exact, else the nearest one
    is_exact: bool
    why: str


def walk(
    index: PlaceIndex, street: int, start: PlanePoint, direction: tuple[float, float], metres: float
) -> Walked:
    """Walk along a street from a point, the way that leads towards `direction` (unit vector, east first)."""
    here = shapely.Point(start.easting_m, start.northing_m)
    probe_m = min(metres, 40.0)

    def ahead(way: tuple[LineString, float]) -> float:
        line, sign = way
        at = float(shapely.line_locate_point(line, here)) + sign * probe_m
        there = shapely.line_interpolate_point(line, min(max(at, 0.0), float(line.length)))
        return float((there.x - start.easting_m) * direction[0] + (there.y - start.northing_m) * direction[1])

    # A street of several parts may go on across a crossing in another part.
    parts = _parts_near(index.lines[street], here)
    line, sign = max(((part, sign) for part in parts for sign in (1.0, -1.0)), key=ahead)
    if ahead((line, sign)) <= 0.1 * probe_m:
        # The street does not lead there: as the crow flies.
        return Walked(step(start, direction, metres), 0.0, is_along=False)
    goal = float(shapely.line_locate_point(line, here)) + sign * metres
    there = shapely.line_interpolate_point(line, min(max(goal, 0.0), float(line.length)))
    return Walked(PlanePoint(there.x, there.y), max(goal - float(line.length), -goal, 0.0))


def streets_near(index: PlaceIndex, point: PlanePoint, within_m: float) -> list[int]:
    """The streets within reach of a point, the nearest first."""
    here = shapely.Point(point.easting_m, point.northing_m)
    found = index.street_tree.query(here, predicate="dwithin", distance=within_m).tolist()
    away = shapely.distance(index.lines[found], here).tolist() if found else []
    return [street for _, street in sorted(zip(away, found, strict=True))]


def step(start: PlanePoint, direction: tuple[float, float], metres: float) -> PlanePoint:
    """A point so many metres away as the crow flies."""
    return PlanePoint(start.easting_m + direction[0] * metres, start.northing_m + direction[1] * metres)


def crossings(index: PlaceIndex, one: int, other: int) -> list[PlanePoint]:
    """Where two streets cross; none, one or several."""
    pair = (one, other) if one < other else (other, one)
    columns = index.columns
    return [
        PlanePoint(float(columns.crossing_east[n]), float(columns.crossing_north[n]))
        for n in index.crossing_pairs.get(pair, ())
    ]


@dataclass(frozen=True, slots=True)
class CountedCrossing:
    """A crossing that was counted to: where, with which street, and how straight the way leads (-1 to 1)."""

    point: PlanePoint
    other: int
    straight: float


def nth_crossing(
    index: PlaceIndex, street: int, start: PlanePoint, way: tuple[float, float], nth: int
) -> CountedCrossing | None:
    """The n-th crossing of a street beyond a point, the way that leads towards `way`; the last for -1."""
    columns, line = index.columns, index.lines[street]
    at = float(shapely.line_locate_point(line, shapely.Point(start.easting_m, start.northing_m)))
    numbers = np.array(columns.crossings_of[street], dtype=np.int32)
    if not len(numbers):
        return None
    east, north = columns.crossing_east[numbers], columns.crossing_north[numbers]
    off = shapely.line_locate_point(line, shapely.points(east, north)) - at
    led: list[tuple[float, int]] = []
    for sign in (1.0, -1.0):
        ahead = [int(n) for n in np.argsort(sign * off) if sign * off[n] > AT_CROSSING_M]
        apart = [
            n for n, one in enumerate(ahead) if not n or abs(off[one] - off[ahead[n - 1]]) > AT_CROSSING_M
        ]
        if ahead and (nth < 0 or len(apart) >= nth):
            goal = ahead[-1] if nth < 0 else ahead[apart[nth - 1]]
            led.append((_straight(start, PlanePoint(float(east[goal]), float(north[goal])), way), goal))
    if not led or max(led)[0] < LEADS:
        return None
    straight, goal = max(led)
    pair = int(columns.crossing_a[numbers[goal]]), int(columns.crossing_b[numbers[goal]])
    point = PlanePoint(float(east[goal]), float(north[goal]))
    return CountedCrossing(point, pair[0] if pair[1] == street else pair[1], straight)


def _straight(start: PlanePoint, end: PlanePoint, way: tuple[float, float]) -> float:
    east, north = end.easting_m - start.easting_m, end.northing_m - start.northing_m
    return float((east * way[0] + north * way[1]) / (np.hypot(east, north) or 1.0))


def section(index: PlaceIndex, street: int, start: PlanePoint, end: PlanePoint) -> tuple[PlanePoint, float]:
    """The middle of a street between two of its crossings, and half the way between them in metres."""
    line = _part_near(index.lines[street], start)
    ends = [shapely.line_locate_point(line, shapely.Point(p.easting_m, p.northing_m)) for p in (start, end)]
    middle = shapely.line_interpolate_point(line, sum(ends) / 2)
    return PlanePoint(middle.x, middle.y), abs(float(ends[0] - ends[1])) / 2


def end_stretch(index: PlaceIndex, street: int, way: tuple[float, float]) -> tuple[PlanePoint, float]:
    """The middle of the third of a street that lies farthest this way, and half its length in metres."""
    parts = [part for part in shapely.get_parts(index.lines[street]) if isinstance(part, LineString)]
    line = max(parts, key=lambda part: part.length)

    def along_way(share: float) -> float:
        there = shapely.line_interpolate_point(line, share, normalized=True)
        return float(there.x * way[0] + there.y * way[1])

    share = max((1 / 6, 5 / 6), key=along_way)
    middle = shapely.line_interpolate_point(line, share, normalized=True)
    return PlanePoint(middle.x, middle.y), float(line.length) / 6


def tip(index: PlaceIndex, street: int, way: tuple[float, float]) -> PlanePoint | None:
    """The end of a street that lies farthest this way; None of a street that leads another way."""
    parts = [part for part in shapely.get_parts(index.lines[street]) if isinstance(part, LineString)]
    ends = [PlanePoint(*part.coords[at][:2]) for part in parts for at in (0, -1)]
    end = max(ends, key=lambda one: one.easting_m * way[0] + one.northing_m * way[1])
    other = max(
        ends, key=lambda one: float(np.hypot(one.easting_m - end.easting_m, one.northing_m - end.northing_m))
    )
    return end if _straight(other, end, way) >= LEADS else None


def to_side(
    index: PlaceIndex, street: int, point: PlanePoint, side: tuple[float, float], metres: float
) -> PlanePoint:
    """A point of a street moved to one of its sides (`side`: which way the side lies)."""
    line = _part_near(index.lines[street], point)
    ahead = _heading(line, point)
    across = (-ahead[1], ahead[0])
    sign = 1.0 if across[0] * side[0] + across[1] * side[1] >= 0 else -1.0
    return step(point, (across[0] * sign, across[1] * sign), metres)


def find_plate(index: PlaceIndex, owner: int, number: PlateNumber, *, sort: int = OF_STREET) -> Plated | None:
    """Where a number of a street or block is; None when the numbers there say nothing about it."""
    columns = index.columns
    start, end = int(columns.plates_of.starts[owner]), int(columns.plates_of.starts[owner + 1])
    if start == end:
        return None
    plates = columns.plates_of.items[start:end]
    sorts = columns.plate_sort[plates]
    mine = plates[sorts == sort]
    if not len(mine):
        return None
    mains = columns.plate_main[mine]
    low, high = np.searchsorted(mains, [number.main, number.main + 1])
    if low < high:
        return _exact(index, mine[low:high], number)
    if sort == OF_BLOCK:
        return None
    return _between(index, mine, mains, number) if sort == OF_STREET else _at_post(index, mine, mains, number)


def _exact(
    index: PlaceIndex, plates: "np.ndarray[tuple[int], np.dtype[np.int32]]", number: PlateNumber
) -> Plated:
    columns = index.columns
    for plate in plates.tolist():
        if int(columns.plate_stem[plate]) == number.stem and int(columns.plate_sub[plate]) == number.sub:
            return Plated(_at(index, plate), 10.0, plate, True, "门牌库中有此号")
    plate = int(plates[0])
    if number.sub and not number.stem and not columns.plate_sub[plate] and not columns.plate_stem[plate]:
        # A door behind a door: the plate itself is known.
        return Plated(_at(index, plate), 20.0, plate, True, f"门牌库中没有附号，取主号{number.main}号")
    if number.stem or number.sub:
        return Plated(_at(index, plate), 25.0, plate, False, f"没有附号，取主号{number.main}号")
    return Plated(_at(index, plate), 20.0, plate, False, "门牌库中只有此号的附号，取最近的一个")


def _between(index: PlaceIndex, plates: Ints, mains: Ints, number: PlateNumber) -> Plated | None:
    """Between the nearest numbers of the same side; for a side without numbers, between any."""
    same = (mains % 2) == (number.main % 2)
    if same.sum() < 2:
        same = np.ones(len(mains), dtype=bool)
    plates, mains = plates[same], mains[same]
    after = int(np.searchsorted(mains, number.main))
    if after == 0 or after == len(mains):
        edge = int(plates[0] if after == 0 else plates[-1])
        beyond = abs(int(mains[0] if after == 0 else mains[-1]) - number.main)
        if beyond > MOST_GAP // 2:
            return None
        why = f"超出已知门牌，取最近的{index.columns.numbers[edge]}号"
        return Plated(_at(index, edge), 40.0 + 8.0 * beyond, edge, False, why)
    low, high = int(plates[after - 1]), int(plates[after])
    gap = int(mains[after] - mains[after - 1])
    if gap > MOST_GAP:
        return None
    share = (number.main - int(mains[after - 1])) / gap
    one, other = _at(index, low), _at(index, high)
    point = PlanePoint(
        one.easting_m + (other.easting_m - one.easting_m) * share,
        one.northing_m + (other.northing_m - one.northing_m) * share,
    )
    apart = float(np.hypot(other.easting_m - one.easting_m, other.northing_m - one.northing_m))
    why = f"按同侧{index.columns.numbers[low]}号与{index.columns.numbers[high]}号推算"
    nearest = low if share < 0.5 else high
    return Plated(point, max(12.0, apart * min(share, 1 - share) * 0.6 + 8.0), nearest, False, why)


def _at_post(index: PlaceIndex, posts: Ints, mains: Ints, number: PlateNumber) -> Plated | None:
    """Between two kilometre posts, in proportion; posts may stand a few kilometres apart."""
    after = int(np.searchsorted(mains, number.main))
    if after == 0 or after == len(mains) or int(mains[after] - mains[after - 1]) > MOST_POST_GAP_M:
        return None
    low, high = int(posts[after - 1]), int(posts[after])
    share = (number.main - int(mains[after - 1])) / int(mains[after] - mains[after - 1])
    one, other = _at(index, low), _at(index, high)
    point = PlanePoint(
        one.easting_m + (other.easting_m - one.easting_m) * share,
        one.northing_m + (other.northing_m - one.northing_m) * share,
    )
    why = f"按{index.columns.numbers[low]}与{index.columns.numbers[high]}两处里程桩推算"
    return Plated(point, 60.0, low if share < 0.5 else high, False, why)


def _at(index: PlaceIndex, place: int) -> PlanePoint:
    return PlanePoint(float(index.columns.easting[place]), float(index.columns.northing[place]))


def _part_near(line: BaseGeometry, point: PlanePoint) -> LineString:
    """The part of a street of several parts that is nearest to a point."""
    if isinstance(line, LineString):
        return line
    here = shapely.Point(point.easting_m, point.northing_m)
    return min((part for part in shapely.get_parts(line) if isinstance(part, LineString)), key=here.distance)


def _parts_near(line: BaseGeometry, here: shapely.Point) -> list[LineString]:
    """The nearest part of a street, and those that begin or end as near."""
    parts = [part for part in shapely.get_parts(line) if isinstance(part, LineString)]
    if len(parts) < 2:
        return parts
    away = [part.distance(here) for part in parts]
    return [part for part, off in zip(parts, away, strict=True) if off <= min(away) + ONE_PLACE_M]


def _heading(line: LineString, point: PlanePoint) -> tuple[float, float]:
    at = float(shapely.line_locate_point(line, shapely.Point(point.easting_m, point.northing_m)))
    back = shapely.line_interpolate_point(line, max(at - 5.0, 0.0))
    ahead = shapely.line_interpolate_point(line, min(at + 5.0, float(line.length)))
    east, north = ahead.x - back.x, ahead.y - back.y
    length = float(np.hypot(east, north)) or 1.0
    return east / length, north / length
