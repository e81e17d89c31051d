"""Buildings: rows of slabs facing south, courts, halls and sheds, laid out inside each unit grid."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis_core.coverage import Ints, Shapes
from grid.sample_city.blocks import chance
from grid.sample_city.plan import Floats


@dataclass(frozen=True, slots=True)
class Pattern:
    """How buildings stand, metres: length, depth, gaps beside and behind; storeys; share built."""

    length_m: float
    depth_m: float
    beside_m: float
    behind_m: float
    storeys: tuple[int, int]
    share: float
    setback_m: float = 7.0


PATTERNS: dict[str, tuple[tuple[float, Pattern], ...]] = {
    "residential": (
        (0.46, Pattern(50, 11.5, 11, 19, (5, 7), 0.96)),
        (0.20, Pattern(34, 11.5, 9, 17, (4, 6), 0.95)),
        (0.20, Pattern(62, 13, 13, 31, (11, 18), 0.94)),
        (0.14, Pattern(27, 18, 17, 36, (24, 33), 0.92)),
    ),
    "commercial": (
        (0.6, Pattern(38, 26, 7, 10, (3, 8), 0.86, 9.0)),
        (0.4, Pattern(56, 38, 14, 18, (5, 26), 0.90, 10.0)),
    ),
    "courtyard": (
        (0.7, Pattern(12.5, 8.5, 1.6, 4.5, (1, 2), 0.93, 4.0)),
        (0.3, Pattern(19, 8, 2.5, 7, (1, 3), 0.92, 4.0)),
    ),
    "school": ((1.0, Pattern(54, 12, 20, 27, (3, 5), 0.60, 9.0)),),
    "industrial": (
        (0.6, Pattern(74, 34, 12, 13, (1, 2), 0.86, 9.0)),
        (0.4, Pattern(44, 20, 11, 12, (1, 3), 0.88, 8.0)),
    ),
}


def stand_buildings(grids: Shapes, uses: "NDArray[np.object_]", *, seed: int) -> tuple[Shapes, Ints]:
    """Outlines and storeys of all buildings, none touching the border of its unit grid."""
    shapes: list[Shapes] = []
    storeys: list[Ints] = []
    lot = chance(shapely.get_coordinates(shapely.centroid(grids)), seed + 80)
    for use, patterns in PATTERNS.items():
        low = 0.0
        for share, pattern in patterns:
            mine = (uses == use) & (lot >= low) & (lot < low + share + 1e-9)
            low += share
            if mine.any():
                outlines, heights = _lay_out(grids[mine], pattern, seed=seed)
                shapes.append(outlines)
                storeys.append(heights)
    return np.concatenate(shapes), np.concatenate(storeys)


def _lay_out(grids: Shapes, pattern: Pattern, *, seed: int) -> tuple[Shapes, Ints]:
    yards = shapely.buffer(grids, -pattern.setback_m, quad_segs=1)
    yards = yards[~shapely.is_empty(yards)]
    shapely.prepare(yards)
    origin, east, span = _southward_boxes(yards)
    step = np.array([pattern.length_m + pattern.beside_m, pattern.depth_m + pattern.behind_m])
    gaps = np.array([pattern.beside_m, pattern.behind_m])
    counts = np.maximum(np.floor((span + gaps) / step).astype(np.int64), 0)
    margin = (span + gaps - counts * step) / 2
    total = counts[:, 0] * counts[:, 1]
    yard = np.repeat(np.arange(len(yards)), total)
    place = np.arange(total.sum()) - np.repeat(np.cumsum(total) - total, total)
    column, row = place % np.maximum(counts[yard, 0], 1), place // np.maximum(counts[yard, 0], 1)
    corner = margin[yard] + np.column_stack([column, row]) * step
    size = np.tile([pattern.length_m, pattern.depth_m], (len(yard), 1))
    whole = _rectangles(origin[yard], east[yard], corner, size)
    fits = shapely.contains_properly(yards[yard], whole)
    # Where a whole building does not fit, half of one may.
    half = size[~fits] * [0.48, 1.0]
    halves = [
        _rectangles(origin[yard[~fits]], east[yard[~fits]], corner[~fits] + half * [side, 0.0], half)
        for side in (0.0, 1.08)
    ]
    half_yard = yards[yard[~fits]]
    found = [whole[fits], *(h[shapely.contains_properly(half_yard, h)] for h in halves)]
    shapes = np.concatenate(found)
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    shapes, middles = (kept := chance(middles, seed + 81) < pattern.share, shapes[kept], middles[kept])[1:]
    low, high = pattern.storeys
    return shapes, (low + np.floor(chance(middles, seed + 82) * (high - low + 1))).astype(np.int64)


def _southward_boxes(yards: Shapes) -> tuple[Floats, Floats, Floats]:
    """For each yard a corner, the direction that is nearest to east, and the extent along it and across."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(yards)).reshape(-1, 5, 2)[:, :4]
    side = corners[:, 1] - corners[:, 0]
    angle = np.arctan2(side[:, 1], side[:, 0])
    angle -= np.round(angle / (np.pi / 2)) * (np.pi / 2)
    east = np.column_stack([np.cos(angle), np.sin(angle)])
    north = np.column_stack([-east[:, 1], east[:, 0]])
    along = (corners * east[:, None, :]).sum(axis=2)
    across = (corners * north[:, None, :]).sum(axis=2)
    origin = along.min(axis=1)[:, None] * east + across.min(axis=1)[:, None] * north
    return origin, east, np.column_stack([np.ptp(along, axis=1), np.ptp(across, axis=1)])


def _rectangles(origin: Floats, east: Floats, corner: Floats, size: Floats) -> Shapes:
    north = np.column_stack([-east[:, 1], east[:, 0]])
    start = origin + corner[:, :1] * east + corner[:, 1:] * north
    along, across = size[:, :1] * east, size[:, 1:] * north
    rings = np.stack([start, start + along, start + along + across, start + across, start], axis=1)
    return np.asarray(shapely.polygons(np.round(rings * 16) / 16))
