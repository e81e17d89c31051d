"""Lines of totals over periods and outlines of places, as points and paths of an SVG; plain arithmetic."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians

import shapely
from shapely.geometry.base import BaseGeometry

from cases.rules.periods import Period


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a line: where it is drawn and what it says."""

    x: float
    y: float
    total: float
    period: Period


@dataclass(frozen=True, slots=True)
class Line:
    """A line over `width` by `height` units: its unbroken stretches and its dots; the bottom is `floor`."""

    width: int
    height: int
    floor: float
    stretches: tuple[str, ...]
    dots: tuple[Dot, ...]

    def y_of(self, total: float) -> float:
        """Where a total lies."""
        return _y(total, self.height, self.floor)


Points = Sequence[tuple[Period, float | None]]
FLOORS = (60.0, 40.0, 0.0)
NARROW, WIDE, NAMES_OF_GRADES = (96, 28), (760, 180), 60


def floor_of(lines: Iterable[Points]) -> float:
    """The bottom that lines share so that they can be compared: the highest one below every total."""
    lowest = min((total for points in lines for _, total in points if total is not None), default=100.0)
    return next(floor for floor in FLOORS if floor <= lowest)


def line_of(points: Points, floor: float, *, is_wide: bool = False) -> Line:
    """The line through the totals that there are, up to 100; where one is missing it breaks."""
    width, height = WIDE if is_wide else NARROW
    room = width - 12 - (NAMES_OF_GRADES if is_wide else 0)
    step = room / max(1, len(points) - 1)
    stretches: list[list[Dot]] = [[]]
    for n, (period, total) in enumerate(points):
        if total is None:
            stretches.append([])
        else:
            stretches[-1].append(Dot(round(6 + n * step, 1), _y(total, height, floor), total, period))
    dots = tuple(dot for stretch in stretches for dot in stretch)
    paths = tuple(" ".join(f"{dot.x},{dot.y}" for dot in stretch) for stretch in stretches if stretch)
    return Line(width, height, floor, paths, dots)


def _y(total: float, height: int, floor: float) -> float:
    return round(height - 4 - (height - 8) * (total - floor) / (100 - floor), 1)


MAP_WIDTH, MAP_HEIGHT = 960, 400
MOST_OUTLINES = 500
HALF_A_STEP = 0.5


@dataclass(frozen=True, slots=True)
class Drawing:
    """Places as SVG paths, each with its colour, over a view of `width` by `height`."""

    width: int
    height: int
    outlines: tuple[tuple[str, str], ...]


def draw_outlines(places: Sequence[tuple[BaseGeometry, str]]) -> Drawing:
    """Shapes in degrees (EPSG:4490) with their colours, fitted into a view; north is up.

    Longitudes are shortened by the cosine of the middle latitude, which is true enough for a city.
    """
    if len(places) > MOST_OUTLINES:
        places = _by_colour(places)
    west, south, east, north = shapely.total_bounds([shape for shape, _ in places])
    shorter = cos(radians(float(south + north) / 2))
    scale = min(MAP_WIDTH / ((east - west) * shorter or 1), MAP_HEIGHT / (north - south or 1))

    def points(ring: BaseGeometry) -> str:
        return "L".join(
            f"{(x - west) * shorter * scale:.1f} {(north - y) * scale:.1f}" for x, y in ring.coords
        )

    def path(shape: BaseGeometry) -> str:
        simple = shapely.simplify(shape, HALF_A_STEP / scale)
        return "".join(f"M{points(ring)}Z" for ring in _rings(simple))

    size = (round((east - west) * shorter * scale), round((north - south) * scale))
    return Drawing(*size, tuple((path(shape), colour) for shape, colour in places))


def _by_colour(places: Sequence[tuple[BaseGeometry, str]]) -> list[tuple[BaseGeometry, str]]:
    """Thousands of places as one shape for each colour: their borders would be black on paper."""
    colours = dict.fromkeys(colour for _, colour in places)
    return [(shapely.union_all([one for one, own in places if own == colour]), colour) for colour in colours]


def _rings(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    for part in shapely.get_parts(shape):
        yield part.exterior
        yield from part.interiors
