"""Which area holds a point: a raster of candidate areas, and an exact test where a border passes.

Squares that one area fills whole answer by one look-up. In the others each candidate is tested by
GEOS, whose orientation test is exact; with vertices and points on the stored grain (2^-10 m) PostGIS
gives the same answer for every point of every border.
"""

from collections.abc import Sequence
from math import log2, sqrt
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon, STRtree

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
# Squares and areas stay far below two thousand million; half the bytes while the raster is filled.
Small: TypeAlias = NDArray[np.int32]

_NOTHING = -1
_MOST_SQUARES = 4_000_000  # 16 MB of raster
_SQUARES_ACROSS_AN_AREA = 32
# A border counts as passing through a square also when it runs this part of a side beside it.
_MARGIN = 2.0**-6


class AreaIndex:
    """Areas in a fixed order; finds the first of them that holds a point, border and corners included.

    Built once and then only read, so threads may share it. Areas may touch, overlap, have holes and
    leave gaps. Coordinates are plane metres on the stored grain.
    """

    __slots__ = (
        "_candidates",
        "_candidates_view",
        "_columns",
        "_origin",
        "_per_m",
        "_rows",
        "_shapes",
        "_square_view",
        "_squares",
        "_starts",
        "_starts_view",
        "_tree",
    )

    def __init__(self, shapes: Sequence[Polygon]) -> None:
        self._shapes = np.array(shapes, dtype=object)
        self._tree = STRtree(self._shapes)
        size_m = self._lay_out()
        raster = np.full(self._rows * self._columns, _NOTHING, dtype=np.int32)
        self._squares, self._starts, self._candidates = self._fill(raster, size_m)
        # A memoryview hands out plain integers, faster than an array does.
        self._square_view = self._squares.data
        self._starts_view = self._starts.data
        self._candidates_view = self._candidates.data
        self._prepare()

    def __len__(self) -> int:
        return len(self._shapes)

    @property
    def size_bytes(self) -> int:
        """What raster and candidate lists occupy."""
        return self._squares.nbytes + self._starts.nbytes + self._candidates.nbytes

    def list_holding(self, easting_m: float, northing_m: float) -> Sequence[int]:
        """Positions of all areas that hold the point, in order: one inside, several on a border, or none."""
        west_m, south_m = self._origin
        column = int((easting_m - west_m) * self._per_m)
        row = int((northing_m - south_m) * self._per_m)
        # `int` rounds towards zero; the outermost squares are empty, so that harms nobody.
        if not (0 <= column < self._columns and 0 <= row < self._rows):
            return ()
        found = self._square_view[row * self._columns + column]
        if found >= 0:
            return (found,)
        if found == _NOTHING:
            return ()
        starts = self._starts_view
        shapes = self._shapes
        return [
            position
            for position in self._candidates_view[starts[-2 - found] : starts[-1 - found]]
            if shapely.intersects_xy(shapes[position], easting_m, northing_m)
        ]

    def find_first_many(self, points: Floats) -> Ints:
        """Position of the first area that holds each row (easting, northing); -1 where none does."""
        eastings, northings = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
        found: Ints = self._squares[self._squares_of(eastings, northings)].astype(np.int64)
        open_rows = np.flatnonzero(found < _NOTHING)
        lists = -2 - found[open_rows]
        found[open_rows] = _NOTHING
        at, end = self._starts[lists], self._starts[lists + 1]
        while open_rows.size:
            candidates = self._candidates[at]
            holds = shapely.intersects_xy(self._shapes[candidates], eastings[open_rows], northings[open_rows])
            found[open_rows[holds]] = candidates[holds]
            at = at + 1
            rest = ~holds & (at < end)
            open_rows, at, end = open_rows[rest], at[rest], end[rest]
        return found

    def find_nearest(self, easting_m: float, northing_m: float) -> tuple[int, float] | None:
        """The nearest area, the first of several equally near, and its distance in metres."""
        positions, distances_m = self._tree.query_nearest(
            shapely.Point(easting_m, northing_m), return_distance=True, all_matches=True
        )
        if not positions.size:
            return None
        return int(positions.min()), float(distances_m[0])

    def _lay_out(self) -> float:
        """Choose the side of a square, a power of two so that indices are exact, and the extent."""
        if not len(self._shapes):
            self._origin, self._per_m, self._columns, self._rows = (0.0, 0.0), 1.0, 1, 1
            return 1.0
        west, south, east, north = shapely.total_bounds(self._shapes)
        typical_m = sqrt(float(np.median(shapely.area(self._shapes))))
        wanted_m = max(
            typical_m / _SQUARES_ACROSS_AN_AREA, sqrt((east - west) * (north - south) / _MOST_SQUARES), 1.0
        )
        size_m = 2.0 ** np.ceil(log2(wanted_m))
        self._origin = (float(west // size_m - 1) * size_m, float(south // size_m - 1) * size_m)
        self._per_m = 1.0 / size_m
        self._columns = int((east - self._origin[0]) // size_m) + 2
        self._rows = int((north - self._origin[1]) // size_m) + 2
        return float(size_m)

    def _squares_of(self, eastings: Floats, northings: Floats) -> Ints:
        """The square of each point; points off the raster fall into its empty rim."""
        columns = np.clip((eastings - self._origin[0]) * self._per_m, 0, self._columns - 1)
        rows = np.clip((northings - self._origin[1]) * self._per_m, 0, self._rows - 1)
        return rows.astype(np.int64) * self._columns + columns.astype(np.int64)

    def _fill(self, raster: Small, size_m: float) -> tuple[Small, Small, Small]:
        """Write whole squares into the raster; list the candidates of all others."""
        edges, owners = _edges_in_squares(self._shapes, self._origin, size_m)
        touched, touching = _squares_of_borders(edges, owners, self._columns)
        covered, covering = _squares_of_insides(edges, owners, self._columns)
        is_open = np.zeros(raster.size, dtype=bool)
        is_open[touched] = True
        whole = ~is_open[covered]
        raster[covered[whole]] = covering[whole]
        # Where areas overlap, the last to be written stands in the raster and the others disagree.
        is_open[covered[whole & (raster[covered] != covering)]] = True
        listed = is_open[covered]
        keys = np.concatenate((touched, covered[listed]), dtype=np.int64) * (len(self._shapes) or 1)
        keys += np.concatenate((touching, covering[listed]))
        # Sorted and each once; `np.unique` takes ten times as long here.
        keys.sort()
        keys = keys[np.diff(keys, prepend=-1) > 0]
        squares, candidates = np.divmod(keys, len(self._shapes) or 1)
        starts = np.flatnonzero(np.diff(squares, prepend=-1))
        raster[squares[starts]] = -2 - np.arange(starts.size)
        return raster, np.append(starts, squares.size).astype(np.int32), candidates.astype(np.int32)

    def _prepare(self) -> None:
        """Build GEOS's index of each border now; made at the first question, threads could make it twice."""
        shapely.prepare(self._shapes)
        inside = shapely.point_on_surface(self._shapes)
        shapely.intersects_xy(self._shapes, shapely.get_x(inside), shapely.get_y(inside))


def _edges_in_squares(
    shapes: NDArray[np.object_], origin: tuple[float, float], size_m: float
) -> tuple[Floats, Small]:
    """Edges of all rings as rows of (x0, y0, x1, y1), in squares from the origin, and their owners."""
    rings, ring_owners = shapely.get_rings(shapes, return_index=True)
    vertices, vertex_rings = shapely.get_coordinates(rings, return_index=True)
    vertices = (vertices - np.array(origin)) / size_m
    joined = vertex_rings[1:] == vertex_rings[:-1]
    edges = np.hstack((vertices[:-1], vertices[1:]))[joined]
    return edges, ring_owners[vertex_rings[:-1][joined]].astype(np.int32)


def _squares_of_borders(edges: Floats, owners: Small, columns: int) -> tuple[Small, Small]:
    """Every square that an edge touches, with the edge's owner; squares are closed and a little fat."""
    margin = _MARGIN
    low = np.floor(np.minimum(edges[:, 1], edges[:, 3]) - margin).astype(np.int32)
    high = np.floor(np.maximum(edges[:, 1], edges[:, 3]) + margin).astype(np.int32)
    which, rows = _runs(low, high)
    x0, y0, x1, y1 = edges[which].T
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    enter = np.where(y1 == y0, 0.0, np.clip((rows - margin - y0) / rise, 0.0, 1.0))
    leave = np.where(y1 == y0, 1.0, np.clip((rows + 1 + margin - y0) / rise, 0.0, 1.0))
    one, other = x0 + (x1 - x0) * enter, x0 + (x1 - x0) * leave
    left = np.floor(np.minimum(one, other) - margin).astype(np.int32)
    right = np.floor(np.maximum(one, other) + margin).astype(np.int32)
    run, across = _runs(left, right)
    return rows[run] * columns + across, owners[which[run]]


def _squares_of_insides(edges: Floats, owners: Small, columns: int) -> tuple[Small, Small]:
    """Every square whose centre lies inside an area, with the area; centres on a border fall either way."""
    x0, y0, x1, y1 = edges.T
    low = np.ceil(np.minimum(y0, y1) - 0.5).astype(np.int32)
    high = np.ceil(np.maximum(y0, y1) - 0.5).astype(np.int32) - 1
    which, rows = _runs(low, high)
    x0, y0, x1, y1 = x0[which], y0[which], x1[which], y1[which]
    crossings = x0 + (x1 - x0) * (rows + 0.5 - y0) / (y1 - y0)
    # A ring crosses the middle of a row an even number of times: between 1st and 2nd, 3rd and 4th is inside.
    order = np.lexsort((crossings, rows, owners[which]))
    crossings, rows, which = crossings[order], rows[order], which[order]
    left = np.ceil(crossings[0::2] - 0.5).astype(np.int32)
    right = np.ceil(crossings[1::2] - 0.5).astype(np.int32) - 1
    run, across = _runs(left, right)
    return rows[0::2][run] * columns + across, owners[which[0::2][run]]


def _runs(first: Small, last: Small) -> tuple[Small, Small]:
    """For each pair the numbers from `first` up to `last`: whose they are, and which they are."""
    counts = np.maximum(last - first + 1, 0)
    before = np.cumsum(counts, dtype=np.int32) - counts
    whose = np.repeat(np.arange(counts.size, dtype=np.int32), counts)
    return whose, np.arange(whose.size, dtype=np.int32) + (first - before)[whose]
