"""Outlines drawn around a point of the plane: circle, sector, square, ellipse; bearings clockwise from north.

Curves are cut into chords whose sagitta stays below half a metre, never fewer than 64 for a full turn, so
that an area differs from the true one by less than 0.2 %.
"""

from math import acos, ceil, cos, pi, radians, sin

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon

from gis_core.places import PlanePoint

Floats = NDArray[np.float64]

SAGITTA_M = 0.5
LEAST_CHORDS = 64


def chords(radius_m: float, turn_rad: float = 2 * pi) -> int:
    """How many chords an arc needs.

    >>> chords(10.0), chords(5_000.0)
    (64, 223)
    """
    step = 2 * acos(max(1.0 - SAGITTA_M / radius_m, -1.0)) if radius_m > SAGITTA_M else pi
    return max(ceil(turn_rad / step), ceil(LEAST_CHORDS * turn_rad / (2 * pi)))


def arc(centre: PlanePoint, radius_m: float, start_deg: float, turn_deg: float) -> Floats:
    """Points on an arc from a bearing on, clockwise, both ends included."""
    bearings = np.radians(start_deg + np.linspace(0.0, turn_deg, chords(radius_m, radians(turn_deg)) + 1))
    return np.column_stack(
        [
            centre.easting_m + radius_m * np.sin(bearings),
            centre.northing_m + radius_m * np.cos(bearings),
        ]
    )


def circle_at(centre: PlanePoint, radius_m: float) -> Polygon:
    """A circle.

    >>> round(circle_at(PlanePoint(0.0, 0.0), 100.0).area / (pi * 100.0**2), 3)
    0.998
    """
    return Polygon(arc(centre, radius_m, 0.0, 360.0)[:-1])


def sector_at(apex: PlanePoint, radius_m: float, bearing_deg: float, opening_deg: float) -> Polygon:
    """A sector about a bearing; an opening of 360° is the circle."""
    if opening_deg >= 360.0:
        return circle_at(apex, radius_m)
    edge = arc(apex, radius_m, bearing_deg - opening_deg / 2, opening_deg)
    return Polygon(np.vstack([[apex.easting_m, apex.northing_m], edge]))


def square_from(start: PlanePoint, side_m: float, bearing_deg: float) -> Polygon:
    """A square whose one side has its middle at the start, and which lies along the bearing."""
    half = side_m / 2
    corners = np.array([[0, -half], [side_m, -half], [side_m, half], [0, half]])
    return Polygon(along(start, bearing_deg, corners))


def along(origin: PlanePoint, bearing_deg: float, places: Floats) -> Floats:
    """Places told as (metres along the bearing, metres to the left of it) as points of the plane.

    >>> along(PlanePoint(0.0, 0.0), 90.0, np.array([[10.0, 2.0]])).round(6).tolist()
    [[10.0, 2.0]]
    """
    angle = radians(bearing_deg)
    ahead, left = places[:, 0], places[:, 1]
    return np.column_stack(
        [
            origin.easting_m + ahead * sin(angle) - left * cos(angle),
            origin.northing_m + ahead * cos(angle) + left * sin(angle),
        ]
    )


def from_along(origin: PlanePoint, bearing_deg: float, points: Floats) -> Floats:
    """Points of the plane told as (metres along the bearing, metres to the left): the other way round."""
    angle = radians(bearing_deg)
    east, north = points[:, 0] - origin.easting_m, points[:, 1] - origin.northing_m
    return np.column_stack([east * sin(angle) + north * cos(angle), -east * cos(angle) + north * sin(angle)])


def wind_to_deg(wind_from_deg: float) -> float:
    """Where a wind blows to, from where weather reports say it comes from.

    >>> wind_to_deg(0.0), wind_to_deg(225.0)
    (180.0, 45.0)
    """
    return (wind_from_deg + 180.0) % 360.0
