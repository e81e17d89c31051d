"""Heights of the drawn city as a raster: imagined after the plan, flagged as a sample, never surveyed.

The valley floor falls with the main river and rises gently away from it; rivers lie in beds between low
dykes; beyond the floor stand the hills that the map is shaded with. Good for trying flood areas and
drills, useless for deciding about real ones.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import from_origin
from scipy.ndimage import distance_transform_edt, map_coordinates
from shapely.geometry.base import BaseGeometry

from gis_core.crs import PlaneSystem
from gis_core.terrain import Terrain
from grid.city import City
from grid.sample_city.facts import gather
from grid.sample_city.ground import heights_above_floor, valley_floor
from grid.sample_city.landscape import Landscape, lay_out
from grid.sample_city.loading import SOURCE
from grid.sample_city.plan import Floats

CELL_M = 20.0
AROUND_M = 1_500.0
"""How far the raster reaches beyond the divided valley."""
COARSE = 8
"""Hills are worked out on every eighth cell and drawn smooth between."""
WEST_LEVEL_M, FALL = 585.0, 0.0022
"""The main river's water where the axis begins, metres above the sea, and its fall; both imagined."""
FLOOR_RISE = 0.006
BED_M, SIDE_BED_M = 3.5, 2.0
DYKE_M, SIDE_DYKE_M, DYKE_WIDTH_M = 3.0, 1.5, 40.0
HILLS_FROM_M = 700.0
"""Over this distance from the floor the hills rise to their height."""


def draw_terrain(city: City, seed: int = 1, *, cell_m: float = CELL_M) -> Terrain:
    """The terrain of the valley of a drawn city: the same seed gives the same heights.

    :raises BadCityData: when the city's folder lacks borders, divisions or street names.
    """
    return terrain_of(lay_out(gather(city), seed), PlaneSystem(city.plane_crs), cell_m=cell_m)


def terrain_of(scape: Landscape, plane: PlaneSystem, *, cell_m: float = CELL_M) -> Terrain:
    """The terrain of a landscape that is laid out already."""
    west, south, east, north = scape.frame.buffer(AROUND_M).bounds
    west, north = float(np.floor(west / cell_m) * cell_m), float(np.ceil(north / cell_m) * cell_m)
    columns, rows = int(np.ceil((east - west) / cell_m)), int(np.ceil((north - south) / cell_m))
    ground = _Raster(west, north, cell_m, rows, columns)
    river, sides = ground.burn([scape.main_river]), ground.burn(list(scape.rivers))
    from_river, from_side = ground.away(river), ground.away(sides)
    heights = water_level_m(scape, ground.eastings()) + np.minimum(from_river, 6_000.0) * FLOOR_RISE
    heights += ground.hills(scape)
    dykes = np.maximum(DYKE_M * _dyke(from_river), SIDE_DYKE_M * _dyke(from_side))
    heights += np.where(river | sides, 0.0, dykes)
    heights -= np.where(river, BED_M, np.where(sides, SIDE_BED_M, 0.0))
    return Terrain(
        heights_m=heights.astype(np.float32),
        west_m=west,
        north_m=north,
        cell_m=cell_m,
        plane=plane,
        source=SOURCE,
        vertical="示意高程，不属任何高程基准",
        is_synthetic=True,
    )


def water_level_m(scape: Landscape, eastings_m: Floats) -> Floats:
    """The imagined everyday water of the main river, by easting; it falls downstream, eastward."""
    return np.asarray(WEST_LEVEL_M - (eastings_m - scape.facts.plan.axis_from_m) * FALL, dtype=np.float64)


class _Raster:
    """Where the cells of the drawing lie."""

    def __init__(self, west_m: float, north_m: float, cell_m: float, rows: int, columns: int) -> None:
        self.west_m, self.north_m, self.cell_m = west_m, north_m, cell_m
        self.rows, self.columns = rows, columns

    def eastings(self) -> Floats:
        """Eastings of the middles, one row for all."""
        return np.asarray(self.west_m + (np.arange(self.columns) + 0.5)[None, :] * self.cell_m)

    def burn(self, shapes: list[BaseGeometry]) -> NDArray[np.bool_]:
        """Cells that areas touch, so that a narrow river keeps its thread."""
        transform = from_origin(self.west_m, self.north_m, self.cell_m, self.cell_m)
        out = rasterize(
            [(shape, 1) for shape in shapes if not shape.is_empty],
            out_shape=(self.rows, self.columns),
            transform=transform,
            all_touched=True,
            dtype="uint8",
        )
        return np.asarray(out, dtype=bool)

    def away(self, water: NDArray[np.bool_]) -> Floats:
        """Metres from the water, 0 in it."""
        return np.asarray(distance_transform_edt(~water), dtype=np.float64) * self.cell_m

    def hills(self, scape: Landscape) -> Floats:
        """The shaded map's hills, fading in from the edge of the valley floor."""
        step = self.cell_m * COARSE
        rows, columns = -(-self.rows // COARSE) + 1, -(-self.columns // COARSE) + 1
        east, north = np.meshgrid(
            self.west_m + np.arange(columns) * step, self.north_m - np.arange(rows) * step
        )
        points = np.column_stack([east.ravel(), north.ravel()])
        floor = valley_floor(scape)
        away = shapely.distance(floor.simplify(60.0), shapely.points(points))
        high = heights_above_floor(points, floor, scape) * np.clip(away / HILLS_FROM_M, 0.0, 1.0)
        coarse = np.maximum(high, 0.0).reshape(rows, columns)
        down, across = (np.arange(self.rows) + 0.5) / COARSE, (np.arange(self.columns) + 0.5) / COARSE
        fine = map_coordinates(coarse, np.meshgrid(down, across, indexing="ij"), order=1)
        return np.asarray(fine, dtype=np.float64)


def _dyke(away_m: Floats) -> Floats:
    """The outline of a dyke beside the water: full height over its width, then falling off."""
    return np.asarray(np.clip(2.0 - away_m / DYKE_WIDTH_M, 0.0, 1.0))
