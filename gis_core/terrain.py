"""Heights of the ground as a raster of the plane: asked at points, filled with water.

Row 0 is the northernmost, as in every raster file. A height stands for the middle of its cell; between
middles it is bilinear. NaN is a hole. Files are read by `gis_core.terrain_files`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gis_core.crs import Pairs, PlaneSystem
from gis_core.errors import BadInput, Refused
from gis_core.places import PlanePoint
from gis_core.shapes import PlaneMultiPolygon

Floats = NDArray[np.float64]
Heights = NDArray[np.float32]
Mask = NDArray[np.bool_]


class BadTerrain(BadInput):
    """The file is no raster of heights that can be read."""

    code = "bad_terrain"


class OffTerrain(Refused):
    """A place where the terrain model has no height."""

    code = "off_terrain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terrain:
    """A raster of heights in a plane system: square cells, north up, metres.

    `west_m` and `north_m` are the outer corner of the first cell. `vertical` names the height system
    (1985 国家高程基准 …); it is told, never converted. `accuracy_m` is the survey's error of heights
    (standard deviation), where it is known.
    """

    heights_m: Heights
    west_m: float
    north_m: float
    cell_m: float
    plane: PlaneSystem
    source: str
    vertical: str = ""
    surveyed_on: date | None = None
    accuracy_m: float | None = None
    is_synthetic: bool = False

    def __post_init__(self) -> None:
        if self.heights_m.ndim != 2 or not self.heights_m.size:
            raise BadTerrain("地形数据没有格网。请提供含有高程格网的文件。")
        if not (isfinite(self.west_m) and isfinite(self.north_m) and 0 < self.cell_m < 1e6):
            raise BadTerrain("地形数据的位置或格网间距不是有效的数。请检查文件的坐标信息。")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.heights_m.shape
        return rows, columns

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north edge, metres."""
        rows, columns = self.shape
        return (
            self.west_m,
            self.north_m - rows * self.cell_m,
            self.west_m + columns * self.cell_m,
            self.north_m,
        )

    @property
    def hole_share(self) -> float:
        """Which part of the cells has no height."""
        return float(np.isnan(self.heights_m).mean())

    def middles(self, mask: Mask) -> Pairs:
        """Middles of the chosen cells, rows of easting, northing, in reading order."""
        rows, columns = np.nonzero(mask)
        return np.column_stack(
            [self.west_m + (columns + 0.5) * self.cell_m, self.north_m - (rows + 0.5) * self.cell_m]
        )

    def heights_at(self, points: Pairs) -> Floats:
        """Bilinear heights of points; NaN off the raster and where one of the four neighbours is a hole.

        In the outermost half cell the height of the nearest middles goes on.
        """
        across = (points[:, 0] - self.west_m) / self.cell_m - 0.5
        down = (self.north_m - points[:, 1]) / self.cell_m - 0.5
        return bilinear(self.heights_m, down, across)

    def get_height_m(self, point: PlanePoint) -> float:
        """The bilinear height of a point.

        :raises OffTerrain: off the raster or in a hole.

        >>> ramp = Terrain(heights_m=np.array([[0.0, 10.0]], dtype=np.float32), west_m=0.0, north_m=10.0,
        ...                cell_m=10.0, plane=PlaneSystem(4545), source="例")
        >>> ramp.get_height_m(PlanePoint(10.0, 5.0))
        5.0
        """
        height = float(self.heights_at(np.array([[point.easting_m, point.northing_m]]))[0])
        if not isfinite(height):
            raise OffTerrain("该位置没有高程数据。请换一个地形数据范围内的位置，或先导入这一带的地形数据。")
        return height

    def cells_touched(self, shape: BaseGeometry) -> Mask:
        """Cells that a shape touches: all of a line's, a polygon's border included."""
        from rasterio.features import rasterize

        if shape.is_empty:
            return np.zeros(self.shape, dtype=bool)
        burnt = rasterize(
            [(shape, 1)],
            out_shape=self.shape,
            transform=self.transform(),
            all_touched=True,
            dtype="uint8",
        )
        return np.asarray(burnt, dtype=bool)

    def polygons(self, mask: Mask) -> PlaneMultiPolygon:
        """The chosen cells as areas along the edges of cells, holes kept; corners join nothing."""
        from rasterio.features import shapes

        found = shapes(mask.astype(np.uint8), mask=mask, connectivity=4, transform=self.transform())
        parts = [Polygon(one["coordinates"][0], one["coordinates"][1:]) for one, _ in found]
        return PlaneMultiPolygon(MultiPolygon(parts))

    def window(self, west_m: float, south_m: float, east_m: float, north_m: float) -> "Terrain":
        """The cells that a box touches; the box is cut at the raster's edge.

        :raises OffTerrain: when the box lies wholly beside it.
        """
        rows, columns = self.shape
        left = max(0, int(np.floor((west_m - self.west_m) / self.cell_m)))
        right = min(columns, int(np.ceil((east_m - self.west_m) / self.cell_m)))
        top = max(0, int(np.floor((self.north_m - north_m) / self.cell_m)))
        bottom = min(rows, int(np.ceil((self.north_m - south_m) / self.cell_m)))
        if left >= right or top >= bottom:
            raise OffTerrain("所选范围在地形数据之外。请换一个范围，或先导入这一带的地形数据。")
        return replace(
            self,
            heights_m=self.heights_m[top:bottom, left:right],
            west_m=self.west_m + left * self.cell_m,
            north_m=self.north_m - top * self.cell_m,
        )

    def transform(self) -> Any:
        """Where cells lie, as raster files say it."""
        from rasterio.transform import from_origin

        return from_origin(self.west_m, self.north_m, self.cell_m, self.cell_m)


def connected(mask: Mask, seed: Mask) -> Mask:
    """The chosen cells that hang together with a seed over shared edges.

    Water does not slip between two cells that meet in a corner, so that a dyke drawn slantwise, one cell
    thick, holds it. Seeds outside the mask start nothing.

    >>> land = np.array([[1, 0, 1], [1, 0, 1]], dtype=bool)
    >>> connected(land, np.array([[1, 0, 0], [0, 0, 0]], dtype=bool)).astype(int).tolist()
    [[1, 0, 0], [1, 0, 0]]
    """
    labels, _ = ndimage.label(mask)
    reached = np.unique(labels[seed & mask])
    return np.asarray(np.isin(labels, reached[reached > 0]))


def bilinear(heights: Heights, down: Floats, across: Floats) -> Floats:
    """Values between middles of cells; places are counted in cells from the first middle."""
    rows, columns = heights.shape
    inside = (down >= -0.5) & (down <= rows - 0.5) & (across >= -0.5) & (across <= columns - 0.5)
    found = np.full(len(down), np.nan)
    if not inside.any():
        return found
    y, x = np.clip(down[inside], 0, rows - 1), np.clip(across[inside], 0, columns - 1)
    top, left = y.astype(np.int64), x.astype(np.int64)
    below, right = np.minimum(top + 1, rows - 1), np.minimum(left + 1, columns - 1)
    dy, dx = y - top, x - left
    weights = ((1 - dy) * (1 - dx), (1 - dy) * dx, dy * (1 - dx), dy * dx)
    corners: Sequence[Heights] = (
        heights[top, left], heights[top, right], heights[below, left], heights[below, right],
    )  # fmt: skip
    # A hole that carries no weight does not count.
    found[inside] = sum(
        np.where(weight > 0, corner * weight, 0.0) for weight, corner in zip(weights, corners, strict=True)
    )
    return found
