"""Lengths, areas, distances and directions in the plane system; degrees and Web Mercator cannot get in.

Web Mercator draws and never measures: at Baoji (34.4° N) it stretches lengths 1.21 times and areas
1.47 times. The 3-degree Gauss-Krueger plane is true to 1 in 5,000 anywhere in the city.
"""

from math import atan2, degrees, hypot

from gis_core.places import PlanePoint
from gis_core.shapes import PlaneLine, PlaneMultiPolygon, PlanePolygon

_DIRECTIONS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")


def area_m2(shape: PlanePolygon | PlaneMultiPolygon) -> float:
    """Area in square metres, holes left out; ask for a plane shape, so degrees cannot get in.

    >>> from shapely import box
    >>> area_m2(PlanePolygon(box(0, 0, 30, 20)))
    600.0
    """
    return float(shape.area)


def length_m(line: PlaneLine) -> float:
    """Length of a line in metres."""
    return float(line.length)


def distance_m(start: PlanePoint, end: PlanePoint) -> float:
    """Distance between two points in metres.

    >>> distance_m(PlanePoint(0.0, 0.0), PlanePoint(30.0, 40.0))
    50.0
    """
    return hypot(end.easting_m - start.easting_m, end.northing_m - start.northing_m)


def bearing_deg(start: PlanePoint, end: PlanePoint) -> float:
    """Direction from `start` to `end`, degrees clockwise from grid north, 0 up to 360; 0 for the same point.

    >>> bearing_deg(PlanePoint(0.0, 0.0), PlanePoint(-5.0, 0.0))
    270.0
    """
    return degrees(atan2(end.easting_m - start.easting_m, end.northing_m - start.northing_m)) % 360.0


def direction_word(angle_deg: float) -> str:
    """A direction as people say it: the nearest of eight, in Chinese.

    >>> direction_word(140.0), direction_word(359.0)
    ('东南', '北')
    """
    return _DIRECTIONS[round(angle_deg / 45.0) % 8]
