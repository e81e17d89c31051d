"""Parts of many lines at once."""

import numpy as np
import shapely

from gis_core.coverage import Floats, Shapes


def cut_lines(lines: Shapes, from_m: Floats, to_m: Floats) -> Shapes:
    """The part of each line between two distances along it, metres; `to_m` must lie beyond `from_m`.

    >>> line = shapely.LineString([(0, 0), (10, 0), (10, 10)])
    >>> cut_lines(np.array([line], dtype=object), np.array([5.0]), np.array([12.0]))[0].wkt
    'LINESTRING (5 0, 10 0, 10 2)'
    """
    if not len(lines):
        return np.array([], dtype=object)
    corners, owners = shapely.get_coordinates(lines, return_index=True)
    steps = np.hypot(*np.diff(corners, axis=0, prepend=corners[:1]).T)
    steps[np.flatnonzero(np.diff(owners, prepend=-1))] = 0.0
    along = np.cumsum(steps)
    along -= along[np.searchsorted(owners, owners)]
    inner = (along > from_m[owners]) & (along < to_m[owners])
    ends = [shapely.get_coordinates(shapely.line_interpolate_point(lines, at)) for at in (from_m, to_m)]
    numbers = np.arange(len(lines))
    every = np.concatenate([ends[0], corners[inner], ends[1]])
    owner = np.concatenate([numbers, owners[inner], numbers])
    place = np.concatenate([from_m, along[inner], to_m])
    order = np.lexsort((place, owner))
    return np.asarray(shapely.linestrings(every[order], indices=owner[order]), dtype=object)
