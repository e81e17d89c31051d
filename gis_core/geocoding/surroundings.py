"""In which areas a point or a street lies, by the places around: the index holds no outlines of divisions."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from gis_core.geocoding.index import PlaceIndex
from gis_core.places import PlanePoint

Points = NDArray[np.float64]

MOST_AROUND, AROUND_M = 12, 300.0
"""How many places around a point tell where it lies, and how far off they may be: borders run on streets."""
SAMPLE_M, MOST_SAMPLES = 150.0, 60
"""A street is looked at so often along its line."""


def areas_at(index: PlaceIndex, point: PlanePoint) -> frozenset[int]:
    """The areas (numbers of the index, with all above them and zones) of the places around a point.

    Empty where no place is known within `AROUND_M`: nothing can be said of the point then.
    """
    return _areas_of(index, np.array([[point.easting_m, point.northing_m]]), MOST_AROUND)


def areas_along(index: PlaceIndex, street: int) -> frozenset[int]:
    """The areas a street leads through, by the places along its longest part."""
    parts = [part for part in shapely.get_parts(index.lines[street]) if isinstance(part, LineString)]
    line = max(parts, key=lambda part: part.length)
    count = int(min(max(line.length / SAMPLE_M, 1.0), MOST_SAMPLES)) + 1
    spots = [line.interpolate(share, normalized=True) for share in np.linspace(0.0, 1.0, count)]
    return _areas_of(index, shapely.get_coordinates(spots), 4)


def _areas_of(index: PlaceIndex, points: Points, most: int) -> frozenset[int]:
    tree, numbers = index.placed
    if tree is None:
        return frozenset()
    _, found = tree.query(points, k=most, distance_upper_bound=AROUND_M)
    found = np.unique(found)
    places = numbers[found[found < len(numbers)]]
    columns = index.columns
    areas = np.unique(columns.area[places]).tolist()
    zones = [zone for zone in np.unique(columns.zone[places]).tolist() if zone >= 0]
    return frozenset(zones).union(*(index.area_sets[area] for area in areas))
