"""Heights of the ground as a raster of the plane: read from files, asked at points, filled with water.

Row 0 is the northernmost, as in every raster file. A height stands for the middle of its cell; between
middles it is bilinear. NaN is a hole. What a file does not say of its system must be said for it.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gis_core.crs import Pairs, PlaneSystem, plane_reader, plane_writer, system_named
from gis_core.errors import BadInput, Refused
from gis_core.places import PlanePoint
from gis_core.shapes import PlaneMultiPolygon

Floats = NDArray[np.float64]
Heights = NDArray[np.float32]
Mask = NDArray[np.bool_]

DRIVERS = {".tif": "GTiff", ".tiff": "GTiff", ".asc": "AAIGrid"}
"""What is opened, by the ending: never a format that leads on to other files or addresses."""
MOST_CELLS = 60_000_000
"""As much as a reader takes at once: 7,700 × 7,700 cells, 240 MB."""
LOWEST_M, HIGHEST_M = -500.0, 9_000.0
"""No ground of the Earth's land lies outside; other numbers are centimetres, feet or a forgotten hole."""


class BadTerrain(BadInput):
    """The file is no raster of heights that can be read."""

    code = "bad_terrain"


class NoTerrainSystem(BadInput):
    """Neither the file nor the caller says which system the raster lies in."""

    code = "no_terrain_system"


class TerrainTooLarge(BadInput):
    """The raster has more cells than are read at once."""

    code = "terrain_too_large"


class OffTerrain(Refused):
    """A place where the terrain model has no height."""

    code = "off_terrain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terrain:
    """A raster of heights in a plane system: square cells, north up, metres.

    `west_m` and `north_m` are the outer corner of the first cell. `vertical` names the height system
    (1985 国家高程基准 …); it is told, never converted.
    """

    heights_m: Heights
    west_m: float
    north_m: float
    cell_m: float
    plane: PlaneSystem
    source: str
    vertical: str = ""
    surveyed_on: date | None = None
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
        return _bilinear(self.heights_m, down, across)

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
            transform=self._transform(),
            all_touched=True,
            dtype="uint8",
        )
        return np.asarray(burnt, dtype=bool)

    def polygons(self, mask: Mask) -> PlaneMultiPolygon:
        """The chosen cells as areas along the edges of cells, holes kept; corners join nothing."""
        from rasterio.features import shapes

        found = shapes(mask.astype(np.uint8), mask=mask, connectivity=4, transform=self._transform())
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

    def _transform(self) -> Any:
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


def read_terrain(
    path: Path,
    plane: PlaneSystem,
    *,
    source: str,
    system: str | None = None,
    cell_m: float | None = None,
    vertical: str = "",
    surveyed_on: date | None = None,
    is_synthetic: bool = False,
) -> Terrain:
    """A GeoTIFF or ASCII grid in the plane system; another system or skew cells are resampled (bilinear).

    `system` is asked for only when the file says none; one that contradicts the file is refused. `cell_m` is
    the side of a cell when the file is resampled; by default about that of the file.

    :raises BadTerrain: not a raster, several bands, or numbers that no heights are.
    :raises NoTerrainSystem: when nothing says the system.
    :raises UnknownSystem: for another datum than CGCS2000 or WGS84 (`gis_core.crs`).
    :raises TerrainTooLarge: above `MOST_CELLS`.
    """
    raw, transform, told = _read_raster(path)
    name = _settle_system(told, system)
    _check_heights(raw)
    common: dict[str, Any] = {
        "plane": plane,
        "source": source,
        "vertical": vertical,
        "surveyed_on": surveyed_on,
        "is_synthetic": is_synthetic,
    }
    is_square = transform.b == transform.d == 0 and transform.a > 0 and abs(transform.a + transform.e) < 1e-6
    if name == f"EPSG:{plane.srid}" and is_square and (cell_m is None or cell_m == transform.a):
        return Terrain(heights_m=raw, west_m=transform.c, north_m=transform.f, cell_m=transform.a, **common)
    return _resample(raw, transform, name, cell_m, common)


def write_terrain(terrain: Terrain, path: Path) -> None:
    """A GeoTIFF (deflated, NaN for holes) with the plane system, the source and whether it is a sample."""
    import rasterio

    rows, columns = terrain.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=columns, height=rows, count=1, dtype="float32", nodata=float("nan"),
        crs=f"EPSG:{terrain.plane.srid}", transform=terrain._transform(), compress="deflate", predictor=3,
    ) as out:  # fmt: skip
        out.write(terrain.heights_m, 1)
        out.update_tags(
            SOURCE=terrain.source, IS_SYNTHETIC=str(terrain.is_synthetic).lower(), VERTICAL=terrain.vertical
        )


def _read_raster(path: Path) -> tuple[Heights, Any, str | None]:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    driver = DRIVERS.get(path.suffix.lower())
    if driver is None:
        raise BadTerrain("只读 GeoTIFF（.tif）和 ASCII 格网（.asc）。请转换后重试。")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path, driver=driver) as file:
                if file.count != 1:
                    raise BadTerrain(
                        f"文件有 {file.count} 个波段，高程文件只应有一个。请导出单波段的高程后重试。"
                    )
                if file.width * file.height > MOST_CELLS:
                    cells = file.width * file.height
                    raise TerrainTooLarge(f"格网有 {cells} 个单元，最多读 {MOST_CELLS} 个。请裁剪后重试。")
                if file.transform.is_identity:
                    raise BadTerrain("文件没有坐标信息，不知道格网在哪里。请用带坐标的文件。")
                heights = file.read(1, masked=True, out_dtype="float32").filled(np.nan)
                told = file.crs.to_wkt() if file.crs else None
                return heights, file.transform, told
    except (RasterioError, OSError) as problem:
        raise BadTerrain("读不出高程格网。请提供 GeoTIFF 或 ASCII 格网（.tif、.asc）。") from problem


def _settle_system(told: str | None, system: str | None) -> str:
    if told is None and system is None:
        raise NoTerrainSystem("文件没有说明坐标系。请在导入时指定，如 EPSG:4545。")
    said = system_named(told) if told is not None else None
    asked = system_named(system) if system is not None else None
    if said is not None and asked is not None and said != asked:
        raise BadTerrain(f"文件自称是 {said}，指定的却是 {asked}。请核对后只留一个。")
    return said or asked or ""


def _check_heights(heights: Heights) -> None:
    known = heights[np.isfinite(heights)]
    if not known.size:
        raise BadTerrain("文件里没有一个高程值。请检查无数据标记。")
    heights[~np.isfinite(heights)] = np.nan
    low, high = float(known.min()), float(known.max())
    if low < LOWEST_M or high > HIGHEST_M:
        raise BadTerrain(
            f"高程从 {low:.0f} 到 {high:.0f}，不像以米为单位的地面高程。请检查单位和无数据标记后重试。"
        )


def _resample(
    raw: Heights, transform: Any, system: str, cell_m: float | None, common: dict[str, Any]
) -> Terrain:
    plane: PlaneSystem = common["plane"]
    to_plane, from_plane = plane_reader(system, plane), plane_writer(system, plane)
    rows, columns = raw.shape
    rim = to_plane(_rim(transform, rows, columns))
    if not np.isfinite(rim).all():
        raise BadTerrain("格网的范围无法换算到本市的平面坐标。请检查坐标系是否写对。")
    (west, south), (east, north) = rim.min(axis=0), rim.max(axis=0)
    side = cell_m or float(np.sqrt((east - west) * (north - south) / (rows * columns)))
    wide, high = int(np.ceil((east - west) / side)), int(np.ceil((north - south) / side))
    if not 0 < wide * high <= MOST_CELLS:
        raise TerrainTooLarge(f"换算后有 {wide * high} 个单元，最多 {MOST_CELLS} 个。请加大格网间距。")
    heights = np.empty((high, wide), dtype=np.float32)
    inverse = ~transform
    eastings = west + (np.arange(wide) + 0.5) * side
    for row in range(high):
        northing = np.full(wide, north - (row + 0.5) * side)
        there = from_plane(np.column_stack([eastings, northing]))
        across = inverse.a * there[:, 0] + inverse.b * there[:, 1] + inverse.c
        down = inverse.d * there[:, 0] + inverse.e * there[:, 1] + inverse.f
        heights[row] = _bilinear(raw, down - 0.5, across - 0.5)
    return Terrain(heights_m=heights, west_m=float(west), north_m=float(north), cell_m=side, **common)


def _rim(transform: Any, rows: int, columns: int) -> Pairs:
    """Points along the outer edge of a raster, in the file's own coordinates."""
    steps = np.linspace(0.0, 1.0, 21)
    zero, one = np.zeros(21), np.ones(21)
    across = np.concatenate([steps, steps, zero, one]) * columns
    down = np.concatenate([zero, one, steps, steps]) * rows
    return np.column_stack(
        [
            transform.a * across + transform.b * down + transform.c,
            transform.d * across + transform.e * down + transform.f,
        ]
    )


def _bilinear(heights: Heights, down: Floats, across: Floats) -> Floats:
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
