"""Buildings as they stand in their unit grids, in the order in which one reads them."""

from dataclasses import dataclass

import numpy as np
import shapely

from gis_core.coverage import Ints, Shapes
from grid.sample_city.drawing import Ground, UnitGrids
from grid.sample_city.places.sites import grids_at
from grid.sample_city.plan import Floats

SAME_ROW_M = 3.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Buildings by unit grid, in each in reading order: rows from the north, in a row from the west."""

    shapes: Shapes
    middles: Floats
    grid: Ints
    starts: Ints  # where the buildings of each unit grid begin; one more at the end

    def of_grid(self, grid: int) -> range:
        """The buildings of a unit grid."""
        return range(int(self.starts[grid]), int(self.starts[grid + 1]))


def read_standing(ground: Ground, grids: UnitGrids) -> Standing:
    """The buildings of the ground, ordered."""
    shapes = ground.shapes[ground.kinds == "building"]
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    grid = grids_at(grids, middles)
    along, across = _in_own_axes(shapes, middles, grid)
    # Rows stand on one line; what differs by less than a few metres across is in the same row.
    order = np.lexsort((-across, grid))
    begins = np.r_[True, (np.diff(grid[order]) != 0) | (-np.diff(across[order]) > SAME_ROW_M)]
    row = np.empty(len(shapes), dtype=np.int64)
    row[order] = np.cumsum(begins[: len(order)])
    order = np.lexsort((along, row))
    order = order[grid[order] >= 0]
    starts = np.searchsorted(grid[order], np.arange(len(grids) + 1))
    return Standing(shapes[order], middles[order], grid[order], starts)


def _in_own_axes(shapes: Shapes, middles: Floats, grid: Ints) -> tuple[Floats, Floats]:
    """Middles along and across the sides of the yard's first building, for those of a yard stand parallel."""
    corners, owner = shapely.get_coordinates(shapes, return_index=True)
    first = np.flatnonzero(np.r_[True, np.diff(owner) != 0][: len(owner)])
    side = corners[first + 1] - corners[first]
    angle = np.arctan2(side[:, 1], side[:, 0])
    angle -= np.round(angle / (np.pi / 2)) * (np.pi / 2)
    _, leader, yard = np.unique(grid, return_index=True, return_inverse=True)
    angle, away = angle[leader][yard], middles - middles[leader][yard]
    along = away[:, 0] * np.cos(angle) + away[:, 1] * np.sin(angle)
    return along, away[:, 1] * np.cos(angle) - away[:, 0] * np.sin(angle)
