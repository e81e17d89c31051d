"""The lie of the land: rivers, railways, the divided part of the valley, and the skeleton of lines on it."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from gis_core.coverage import Ints, Shapes, faces_of
from grid.sample_city.blocks import divide
from grid.sample_city.facts import CityFacts
from grid.sample_city.plan import Floats
from grid.sample_city.streets import Streets, lay_planned_streets
from grid.sample_city.valley import (
    Valley,
    main_river_line,
    main_river_shape,
    make_valley,
    soften,
    to_grain_array,
)

CELL_M2 = 55_000.0
HILL_CELL_M = 800.0


@dataclass(frozen=True, slots=True)
class Landscape:
    """Shapes of nature and of rails, the valley's frame, planned streets; plane metres."""

    facts: CityFacts
    seed: int
    valley: Valley
    land: BaseGeometry  # both districts
    frame: Polygon
    main_river: Polygon
    main_river_line: Floats
    rivers: Shapes  # side rivers as areas, in the plan's order
    railways: Shapes  # lines, in the plan's order
    planned: Streets

    @property
    def water(self) -> BaseGeometry:
        """All rivers."""
        return shapely.union_all([self.main_river, *self.rivers])

    def side_of_river(self, points: Floats) -> Floats:
        """Metres north of the main river's middle, roughly; negative south of it."""
        order = np.argsort(self.main_river_line[:, 0], kind="stable")
        line = self.main_river_line[order]
        return points[:, 1] - np.interp(points[:, 0], line[:, 0], line[:, 1])


def lay_out(facts: CityFacts, seed: int) -> Landscape:
    """Rivers, railways, frame and planned streets of a city."""
    plan = facts.plan
    valley = make_valley(plan, seed)
    land = shapely.union_all(list(facts.districts.values()))
    frame = Polygon(soften(plan.frame, closed=True)).intersection(land)
    frame = max(shapely.get_parts(frame), key=shapely.area)
    river = main_river_shape(plan, valley, seed)
    ground = frame.buffer(-14.0)
    return Landscape(
        facts=facts,
        seed=seed,
        valley=valley,
        land=land,
        frame=frame,
        main_river=river,
        main_river_line=main_river_line(plan, valley),
        rivers=shapely.buffer(
            np.array([LineString(soften(r.points)) for r in plan.rivers], dtype=object),
            np.array([r.width_m / 2 for r in plan.rivers]),
            cap_style="flat",
        ),
        railways=np.array(
            [LineString(to_grain_array(soften(r.points))) for r in plan.railways], dtype=object
        ),
        planned=lay_planned_streets(plan, valley, ground=ground, river=river, seed=seed),
    )


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Cells of about half a dozen unit grids each, the lines between them and the lanes among those."""

    lines: Shapes
    cells: Shapes
    is_in_frame: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    lanes: Streets
    blocks: Ints  # the block between planned streets that a cell lies in, -1 in the hills


def make_skeleton(scape: Landscape) -> Skeleton:
    """Cells that cover both districts: small ones in the frame, coarse ones in the hills."""
    banks = shapely.intersection(
        shapely.boundary(np.array([scape.main_river, *scape.rivers], dtype=object)), scape.frame
    )
    borders = shapely.boundary(np.array([scape.frame, *scape.facts.districts.values()], dtype=object))
    rails = shapely.intersection(scape.railways[:1], scape.frame)
    lines = np.concatenate([borders, banks, rails, scape.planned.lines])
    blocks = faces_of(lines)
    blocks = blocks[shapely.contains_properly(scape.frame, shapely.point_on_surface(blocks))]
    near = shapely.distance(shapely.centroid(blocks), shapely.union_all(scape.planned.lines)) < 420
    in_water = shapely.contains_properly(scape.water, shapely.point_on_surface(blocks))
    cuts = divide(blocks, np.where(near & ~in_water, CELL_M2, CELL_M2 * 1.8), seed=scape.seed)
    is_street = near[cuts.owners] & ~in_water[cuts.owners]
    lanes = Streets(
        cuts.lines[is_street],
        np.full(int(is_street.sum()), "", dtype=object),
        np.where(cuts.block_areas_m2[is_street] > 90_000, "local", "lane").astype(object),
    )
    lines = np.concatenate([lines, cuts.lines, _hill_lines(scape)])
    cells = faces_of(lines)
    middles = shapely.point_on_surface(cells)
    cells = cells[shapely.contains_properly(scape.land, middles)]
    middles = shapely.point_on_surface(cells)
    is_in_frame = shapely.contains_properly(scape.frame, middles)
    block_of = np.full(len(cells), -1, dtype=np.int64)
    cell, block = shapely.STRtree(blocks).query(middles, predicate="intersects")
    block_of[cell] = block
    return Skeleton(lines, cells, is_in_frame, lanes, block_of)


def _hill_lines(scape: Landscape) -> Shapes:
    """Crooked borders for villages outside the frame: edges of jittered hexagons."""
    west, south, east, north = scape.land.bounds
    rng = np.random.default_rng([scape.seed, 30])
    columns, rows = int((east - west) / HILL_CELL_M) + 3, int((north - south) / (HILL_CELL_M * 0.87)) + 3
    grid_x, grid_y = np.meshgrid(np.arange(columns), np.arange(rows))
    points = (
        np.column_stack(
            [
                west + (grid_x + (grid_y % 2) * 0.5 - 1).ravel() * HILL_CELL_M,
                south + (grid_y - 1).ravel() * HILL_CELL_M * 0.87,
            ]
        )
        + rng.uniform(-0.38, 0.38, (columns * rows, 2)) * HILL_CELL_M
    )
    edges = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), only_edges=True))
    outside = scape.land.difference(scape.frame.buffer(1.0)).buffer(30.0)
    return shapely.get_parts(shapely.intersection(edges, outside))
