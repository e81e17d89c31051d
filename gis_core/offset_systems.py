"""GCJ-02 and BD-09, the offset systems of Chinese maps and phones, by their public formulas.

GCJ-02 moves a place 300 to 700 m (460 m at Baoji); outside a box around China it moves nothing.
Each function takes degrees, longitude first; `_many` takes rows of them.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gis_core.places import LonLat

Pairs: TypeAlias = NDArray[np.float64]

# The ellipsoid of Krasovsky 1940, as the formula has it.
_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_WEST_DEG, _EAST_DEG, _SOUTH_DEG, _NORTH_DEG = 72.004, 137.8347, 0.8293, 55.8271
_BD_TURN = np.pi * 3000.0 / 180.0
_BD_LON_DEG, _BD_LAT_DEG = 0.0065, 0.006
# Below 1e-6 m on the ground, with a margin; an iteration shrinks the error some hundred times.
_RESIDUAL_DEG = 2e-13
_MOST_ITERATIONS = 30


def wgs84_to_gcj02(place: LonLat) -> LonLat:
    """The place as GCJ-02 writes it; unchanged outside the box of China.

    >>> moved = wgs84_to_gcj02(LonLat(116.377817, 39.911954))
    >>> round(moved.lon_deg, 9), round(moved.lat_deg, 9)
    (116.384047225, 39.913345455)
    """
    return _one(wgs84_to_gcj02_many, place)


def gcj02_to_wgs84(place: LonLat) -> LonLat:
    """The place of a GCJ-02 position, by iteration; what is left over is below 1e-6 m.

    >>> back = gcj02_to_wgs84(LonLat(116.38404722455657, 39.91334545536069))
    >>> round(back.lon_deg, 9), round(back.lat_deg, 9)
    (116.377817, 39.911954)
    """
    return _one(gcj02_to_wgs84_many, place)


def gcj02_to_bd09(place: LonLat) -> LonLat:
    """A GCJ-02 position as Baidu's maps write it (BD-09)."""
    return _one(gcj02_to_bd09_many, place)


def bd09_to_gcj02(place: LonLat) -> LonLat:
    """A BD-09 position in GCJ-02, by iteration (the closed inverse in use elsewhere is 0.2 m off)."""
    return _one(bd09_to_gcj02_many, place)


def wgs84_to_gcj02_many(places: Pairs) -> Pairs:
    """Rows of places as GCJ-02 writes them."""
    return np.where(_is_inside_box(places)[:, None], places + _gcj02_offset(places), places)


def gcj02_to_wgs84_many(places: Pairs) -> Pairs:
    """Rows of GCJ-02 positions as places; rows outside the box of China stay."""
    # Rows outside are left out of the iteration: far from China the formula runs away.
    found, inside = np.array(places, dtype=np.float64), _is_inside_box(places)
    found[inside] = _invert(lambda guess: guess + _gcj02_offset(guess), places[inside])
    return found


def gcj02_to_bd09_many(places: Pairs) -> Pairs:
    """Rows of GCJ-02 positions in BD-09."""
    lon, lat = places[:, 0], places[:, 1]
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return np.column_stack((radius * np.cos(angle) + _BD_LON_DEG, radius * np.sin(angle) + _BD_LAT_DEG))


def bd09_to_gcj02_many(places: Pairs) -> Pairs:
    """Rows of BD-09 positions in GCJ-02."""
    return _invert(gcj02_to_bd09_many, places)


def _one(many: Callable[[Pairs], Pairs], place: LonLat) -> LonLat:
    lon_deg, lat_deg = many(np.array([[place.lon_deg, place.lat_deg]]))[0]
    return LonLat(float(lon_deg), float(lat_deg))


def _invert(forward: Callable[[Pairs], Pairs], wanted: Pairs) -> Pairs:
    """The places that `forward` moves to `wanted`, by fixed-point iteration."""
    guess = wanted.copy()
    for _ in range(_MOST_ITERATIONS):
        miss = wanted - forward(guess)
        guess = guess + miss
        if not np.abs(miss).max(initial=0.0) > _RESIDUAL_DEG:
            break
    return guess


def _is_inside_box(places: Pairs) -> NDArray[np.bool_]:
    lon, lat = places[:, 0], places[:, 1]
    inside: NDArray[np.bool_] = (
        (lon >= _WEST_DEG) & (lon <= _EAST_DEG) & (lat >= _SOUTH_DEG) & (lat <= _NORTH_DEG)
    )
    return inside


def _gcj02_offset(places: Pairs) -> Pairs:
    """How far GCJ-02 moves each place, degrees; the formula is the published one, term by term."""
    east, north = places[:, 0] - 105.0, places[:, 1] - 35.0
    root = np.sqrt(np.abs(east))
    shared = (20.0 * np.sin(6.0 * east * np.pi) + 20.0 * np.sin(2.0 * east * np.pi)) * 2.0 / 3.0
    lat_m = -100.0 + 2.0 * east + 3.0 * north + 0.2 * north * north + 0.1 * east * north + 0.2 * root
    lat_m += shared
    lat_m += (20.0 * np.sin(north * np.pi) + 40.0 * np.sin(north / 3.0 * np.pi)) * 2.0 / 3.0
    lat_m += (160.0 * np.sin(north / 12.0 * np.pi) + 320.0 * np.sin(north * np.pi / 30.0)) * 2.0 / 3.0
    lon_m = 300.0 + east + 2.0 * north + 0.1 * east * east + 0.1 * east * north + 0.1 * root
    lon_m += shared
    lon_m += (20.0 * np.sin(east * np.pi) + 40.0 * np.sin(east / 3.0 * np.pi)) * 2.0 / 3.0
    lon_m += (150.0 * np.sin(east / 12.0 * np.pi) + 300.0 * np.sin(east / 30.0 * np.pi)) * 2.0 / 3.0
    lat_rad = np.radians(places[:, 1])
    flat = 1.0 - _ECCENTRICITY_2 * np.sin(lat_rad) ** 2
    meridian_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_2) / (flat * np.sqrt(flat))
    parallel_m = _SEMI_MAJOR_M / np.sqrt(flat) * np.cos(lat_rad)
    return np.column_stack((np.degrees(lon_m / parallel_m), np.degrees(lat_m / meridian_m)))
