"""How long a degree is on the ground: for the reach of positions written in degrees, never for measuring."""

from math import cos, radians, sin, sqrt

_SEMI_MAJOR_M, _ECCENTRICITY_2 = 6378137.0, 0.006694380022900788  # CGCS2000


def metres_per_degree(lat_deg: float) -> tuple[float, float]:
    """Metres in one degree of longitude and in one of latitude at a latitude, on CGCS2000's ellipsoid.

    >>> [round(metres) for metres in metres_per_degree(34.3633)]
    [91990, 110929]
    """
    flat = 1 - _ECCENTRICITY_2 * sin(radians(lat_deg)) ** 2
    across = _SEMI_MAJOR_M / sqrt(flat)
    along = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_2) / (flat * sqrt(flat))
    return radians(across) * cos(radians(lat_deg)), radians(along)
