"""What a camera sees: a sector of the plane, whether a place lies in it, and which camera sees a place best.

Directions are degrees clockwise from north. North of the plane and true north differ by less than a degree
within a city of a 3-degree zone, which is far below what a camera's mounting is known to.
"""

from dataclasses import dataclass
from math import atan2, ceil, cos, degrees, hypot, radians, sin

from shapely import Polygon

from gis_core.places import PlanePoint

ALL_AROUND_DEG = 360.0
STEP_DEG = 5.0
"""How far apart the corners of a drawn arc are at most."""
_HAIR_DEG, _HAIR_M = 1e-6, 1e-6
"""What reckoning with floating point costs: a place on the edge is seen."""


@dataclass(frozen=True, slots=True)
class View:
    """Where a camera stands and what it looks at: the middle of its field, its width, how far it reaches."""

    place: PlanePoint
    direction_deg: float
    field_deg: float
    range_m: float


@dataclass(frozen=True, slots=True)
class Sight:
    """A place as a camera sees it: how far off, in which direction, and how far from the middle of its field.

    `rank_m` is the distance, up to doubled toward the edge of the field: the nearest and straightest first.
    """

    distance_m: float
    direction_deg: float
    off_deg: float
    rank_m: float


def find_sight(view: View, point: PlanePoint) -> Sight | None:
    """How a camera sees a place of the plane; None when it does not.

    The edges of the field and the end of the range are seen; the camera's own foot is straight ahead.

    >>> gate = View(PlanePoint(0, 0), 90.0, 60.0, 100.0)
    >>> find_sight(gate, PlanePoint(50, 0))
    Sight(distance_m=50.0, direction_deg=90.0, off_deg=0.0, rank_m=50.0)
    >>> find_sight(gate, PlanePoint(-50, 0)) is None
    True
    """
    east, north = point.easting_m - view.place.easting_m, point.northing_m - view.place.northing_m
    distance_m = hypot(east, north)
    if distance_m > view.range_m + _HAIR_M:
        return None
    direction_deg = degrees(atan2(east, north)) % 360 if distance_m else view.direction_deg
    off_deg = angle_between(direction_deg, view.direction_deg)
    half_deg = view.field_deg / 2
    if off_deg > half_deg + _HAIR_DEG:
        return None
    if view.field_deg >= ALL_AROUND_DEG:
        return Sight(distance_m, direction_deg, 0.0, distance_m)
    return Sight(distance_m, direction_deg, off_deg, distance_m * (1 + off_deg / half_deg))


def angle_between(one_deg: float, other_deg: float) -> float:
    """The angle between two directions, 0 to 180 degrees.

    >>> angle_between(350, 10), angle_between(90, 270)
    (20, 180)
    """
    return abs((one_deg - other_deg + 180) % 360 - 180)


def sector_of(view: View) -> Polygon:
    """The ground that a camera sees, as a polygon of the plane; a circle when it looks all around.

    Its area is within 0.2 % of the true sector's.

    >>> round(sector_of(View(PlanePoint(0, 0), 0.0, 90.0, 100.0)).area)
    7844
    """
    steps = max(1, ceil(view.field_deg / STEP_DEG))
    start_deg = view.direction_deg - view.field_deg / 2
    arc = [_at(view, start_deg + view.field_deg * n / steps) for n in range(steps + 1)]
    foot = (view.place.easting_m, view.place.northing_m)
    return Polygon(arc[:-1] if view.field_deg >= ALL_AROUND_DEG else [foot, *arc])


def middle_of(view: View) -> PlanePoint:
    """Where a camera looks: half way along the middle of its field; its own foot when it looks all around."""
    if view.field_deg >= ALL_AROUND_DEG:
        return view.place
    east, north = _at(view, view.direction_deg, share=0.5)
    return PlanePoint(east, north)


def _at(view: View, direction_deg: float, *, share: float = 1.0) -> tuple[float, float]:
    angle, reach_m = radians(direction_deg), view.range_m * share
    return view.place.easting_m + reach_m * sin(angle), view.place.northing_m + reach_m * cos(angle)
