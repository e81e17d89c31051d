"""Places of the database as they are spoken outside: degrees (EPSG:4490), as SQL."""

from typing import Any

from sqlalchemy import ColumnElement, func

SPOKEN = 4490
"""The EPSG code of CGCS2000 in degrees."""


def in_degrees(place: Any) -> tuple[ColumnElement[float], ColumnElement[float]]:
    """Longitude and latitude of a point of the plane system, as SQL."""
    degrees = func.ST_Transform(place, SPOKEN)
    return func.ST_X(degrees), func.ST_Y(degrees)
