"""Places in degrees and points in metres, kept apart by type so that neither can stand for the other."""

from dataclasses import dataclass

from gis_core.errors import BadInput

GRAIN_PER_M = 1024
"""Plane coordinates are kept in multiples of 2^-10 m (about 1 mm).

Such numbers, their differences and the products of differences below 65 km are exact in double
precision, so that shapely, PostGIS and our own code agree on every point of every border.
"""


class NotOnEarth(BadInput):
    """A longitude or latitude that no place on Earth has."""

    code = "not_on_earth"


@dataclass(frozen=True, slots=True)
class LonLat:
    """A place as people and machines say it: EPSG:4490 degrees, longitude first."""

    lon_deg: float
    lat_deg: float

    def __post_init__(self) -> None:
        # The comparison is false for NaN too.
        if not (-180.0 <= self.lon_deg <= 180.0 and -90.0 <= self.lat_deg <= 90.0):
            raise NotOnEarth(_not_on_earth(self.lon_deg, self.lat_deg))


def _not_on_earth(lon_deg: float, lat_deg: float) -> str:
    if -90.0 <= lon_deg <= 90.0 < abs(lat_deg) <= 180.0:
        return f"纬度 {lat_deg} 超过了 90 度，经度和纬度可能写反了。请先写经度，后写纬度。"
    return f"坐标 ({lon_deg}, {lat_deg}) 不在地球上。请按“经度, 纬度”的次序填写十进制度。"


@dataclass(frozen=True, slots=True)
class PlanePoint:
    """A point in the city's plane system, metres; Baoji: EPSG:4545 (CGCS2000, 108°E)."""

    easting_m: float
    northing_m: float


def to_grain(value_m: float) -> float:
    """Round a plane coordinate to the stored grain of 2^-10 m.

    >>> to_grain(429_876.543_21)
    429876.54296875
    """
    return round(value_m * GRAIN_PER_M) / GRAIN_PER_M
