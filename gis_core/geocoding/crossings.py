"""Where streets meet, from their lines: real crossings, ends that stop just short of another street."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis_core.geocoding.index import Floats, Ints, Rows

REACH_M = 15.0
"""Lines that come this near meet: drawn streets often end at the kerb of the street they run into."""
ONE_CROSSING_M = 60.0
"""Meetings of two streets nearer than this are one crossing: dual carriageways cross four times."""


@dataclass(frozen=True, slots=True)
class Crossings:
    """Pairs of streets (smaller number first) and where they meet; and the crossings along each street."""

    first: Ints
    second: Ints
    easting: Floats
    northing: Floats
    by_street: Rows


def find_crossings(lines: NDArray[np.object_]) -> Crossings:
    """Every place where two of the lines (plane metres) meet."""
    pairs: list[tuple[int, int, float, float]] = []
    if len(lines):
        tree = shapely.STRtree(lines)
        one, other = tree.query(lines, predicate="dwithin", distance=REACH_M)
        for a, b in zip(one.tolist(), other.tolist(), strict=True):
            if a < b:
                pairs.extend((a, b, east, north) for east, north in _meetings(lines[a], lines[b]))
    by_street: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for number, (a, b, east, north) in enumerate(pairs):
        for street in (a, b):
            along = float(shapely.line_locate_point(lines[street], shapely.Point(east, north)))
            by_street[street].append((along, number))
    table = np.array(pairs, dtype=np.float64).reshape(-1, 4)
    return Crossings(
        table[:, 0].astype(np.int32),
        table[:, 1].astype(np.int32),
        table[:, 2].copy(),
        table[:, 3].copy(),
        Rows.of([number for _, number in sorted(by_street.get(n, ()))] for n in range(len(lines))),
    )


def _meetings(one: shapely.Geometry, other: shapely.Geometry) -> list[tuple[float, float]]:
    met = shapely.intersection(one, other)
    if met.is_empty:
        near = shapely.shortest_line(one, other)
        return [tuple(shapely.get_coordinates(near).mean(axis=0).tolist())]
    points = np.array(
        [shapely.get_coordinates(part).mean(axis=0) for part in shapely.get_parts(met)], dtype=np.float64
    )
    # Meetings close to each other are one, in the middle of them.
    groups: list[list[int]] = []
    for number, point in enumerate(points):
        for group in groups:
            if np.hypot(*(points[group].mean(axis=0) - point)) < ONE_CROSSING_M:
                group.append(number)
                break
        else:
            groups.append([number])
    return [tuple(points[group].mean(axis=0).tolist()) for group in groups]
