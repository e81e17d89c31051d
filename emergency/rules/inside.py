"""What lies inside an area, fast for shapes of any number of corners; the border belongs to it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, box
from shapely.geometry.base import BaseGeometry

from emergency.rules.effects.results import as_area
from gis_core.shapes import PlaneMultiPolygon

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

MOST_VERTICES = 256


@dataclass(frozen=True, slots=True)
class Area:
    """An area ready to be asked: prepared as a whole, and cut into pieces for areas and lengths."""

    shape: PlaneMultiPolygon
    pieces: Shapes
    tree: shapely.STRtree

    @staticmethod
    def of(shape: PlaneMultiPolygon) -> "Area":
        """Prepare an area; an empty one holds nothing."""
        shapely.prepare(shape)
        pieces = np.array([*_cut(shape), None], dtype=object)[:-1]
        shapely.prepare(pieces)
        return Area(shape, pieces, shapely.STRtree(pieces))

    def near(self, bounds: Floats) -> Ints:
        """Rows whose box (west, south, east, north) meets the box of the area."""
        if self.shape.is_empty or not len(bounds):
            return np.zeros(0, dtype=np.int64)
        west, south, east, north = self.shape.bounds
        return np.flatnonzero(
            (bounds[:, 2] >= west)
            & (bounds[:, 0] <= east)
            & (bounds[:, 3] >= south)
            & (bounds[:, 1] <= north)
        )

    def points(self, points: Floats) -> Ints:
        """Rows of easting, northing that lie inside or on the border."""
        if self.shape.is_empty or not len(points):
            return np.zeros(0, dtype=np.int64)
        west, south, east, north = self.shape.bounds
        x, y = points[:, 0], points[:, 1]
        near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        return near[shapely.intersects_xy(self.shape, x[near], y[near])]

    def touched(self, shapes: Shapes, bounds: Floats) -> Ints:
        """Rows whose shape has a point in common with the area."""
        near = self.near(bounds)
        return near[shapely.intersects(self.shape, shapes[near])]

    def shares(self, shapes: Shapes, bounds: Floats, areas_m2: Floats) -> tuple[Ints, Floats]:
        """Rows of areas of which a part lies inside, and which part of them, above 0 up to 1."""
        near = self.near(bounds)
        whole = shapely.covers(self.shape, shapes[near])
        inside, cut = near[whole], near[~whole]
        measured = self._measured(shapes[cut], "area")
        part = measured > 0
        rows = np.concatenate([inside, cut[part]])
        shares = np.concatenate([np.ones(len(inside)), measured[part] / areas_m2[cut[part]]])
        order = np.argsort(rows, kind="stable")
        return rows[order], np.minimum(shares[order], 1.0)

    def lengths_m(self, lines: Shapes) -> Floats:
        """How much of each line lies inside."""
        lengths = np.asarray(shapely.length(lines), dtype=np.float64)
        # Most lines lie inside whole; only those on the border are cut.
        cut = np.flatnonzero(~shapely.covers(self.shape, lines))
        lengths[cut] = self._measured(lines[cut], "length")
        return lengths

    def _measured(self, shapes: Shapes, what: Literal["area", "length"]) -> Floats:
        """The size of what each shape has in common with the area, added up over its pieces."""
        if not len(self.pieces) or not len(shapes):
            return np.zeros(len(shapes))
        rows, pieces = self.tree.query(shapes)
        meet = shapely.intersects(self.pieces[pieces], shapes[rows])
        rows, pieces = rows[meet], pieces[meet]
        common = shapely.intersection(shapes[rows], self.pieces[pieces])
        sizes = shapely.area(common) if what == "area" else shapely.length(common)
        return np.bincount(rows, weights=sizes, minlength=len(shapes)).astype(np.float64)


def _cut(shape: BaseGeometry) -> list[BaseGeometry]:
    """Pieces with few corners that lie side by side: halved over the longer side until small enough."""
    if shape.is_empty:
        return []
    if shapely.get_num_coordinates(shape) <= MOST_VERTICES:
        return [shape]
    west, south, east, north = shape.bounds
    if east - west >= north - south:
        middle = (west + east) / 2
        halves = (box(west, south, middle, north), box(middle, south, east, north))
    else:
        middle = (south + north) / 2
        halves = (box(west, south, east, middle), box(west, middle, east, north))
    if max(east - west, north - south) < 0.01:
        return [shape]
    return [piece for half in halves for piece in _cut(as_area(shapely.intersection(shape, half)))]


def together(shapes: list[PlaneMultiPolygon]) -> PlaneMultiPolygon:
    """All of several areas as one."""
    there = [shape for shape in shapes if not shape.is_empty]
    if not there:
        return PlaneMultiPolygon(MultiPolygon())
    return there[0] if len(there) == 1 else as_area(shapely.union_all(there))
