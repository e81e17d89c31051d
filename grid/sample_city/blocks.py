"""Cutting the drawn ground into lots: blocks halved across their longer side, by place and seed."""

from dataclasses import dataclass

import numpy as np
import shapely

from gis_core.coverage import Floats, Ints, Shapes


@dataclass(frozen=True, slots=True)
class Cuts:
    """Lines that divide blocks, and the area in square metres of the block each of them divides."""

    lines: Shapes
    block_areas_m2: Floats
    owners: Ints  # index of the first block a line lies in


def divide(blocks: Shapes, targets_m2: Floats, *, seed: int, looseness: float = 0.12) -> Cuts:
    """Cut blocks across their longer side, again and again, until they are about as large as aimed at.

    Where a cut falls depends on the block and the seed alone, so that a part of the city is divided
    as it would be within the whole.
    """
    found: list[Cuts] = []
    owners = np.arange(len(blocks))
    for _ in range(14):
        areas = shapely.area(blocks)
        large = areas > targets_m2 * 1.42
        if not large.any():
            break
        blocks, targets_m2, owners, areas = blocks[large], targets_m2[large], owners[large], areas[large]
        pieces, piece_of, cuts, cut_of = _halve(blocks, seed=seed, looseness=looseness)
        found.append(Cuts(cuts, areas[cut_of], owners[cut_of]))
        blocks, targets_m2, owners = pieces, targets_m2[piece_of], owners[piece_of]
    if not found:
        return Cuts(np.array([], dtype=object), np.array([]), np.array([], dtype=np.int64))
    return Cuts(
        np.concatenate([f.lines for f in found]),
        np.concatenate([f.block_areas_m2 for f in found]),
        np.concatenate([f.owners for f in found]),
    )


def chance(points: Floats, seed: int) -> Floats:
    """A number in [0, 1) for each plane point, the same whenever the point is the same."""
    mixed = np.sin(points[:, 0] * 12.9898 + points[:, 1] * 78.233 + seed * 37.719) * 43758.5453
    return mixed - np.floor(mixed)


def _halve(blocks: Shapes, *, seed: int, looseness: float) -> tuple[Shapes, Ints, Shapes, Ints]:
    boxes = shapely.oriented_envelope(blocks)
    corners = shapely.get_coordinates(boxes).reshape(-1, 5, 2)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    is_first = np.hypot(*first.T) >= np.hypot(*second.T)
    long = np.where(is_first[:, None], first, second)
    length = np.hypot(*long.T)
    middle = corners[:, :4].mean(axis=1)
    where = (chance(middle, seed) - 0.5) * 2 * looseness
    turn = np.arctan2(long[:, 1], long[:, 0]) + (chance(middle, seed + 1) - 0.5) * 0.14
    ahead = np.column_stack([np.cos(turn), np.sin(turn)])
    aside = np.column_stack([-ahead[:, 1], ahead[:, 0]]) * (length[:, None] + 50)
    at = middle + long * where[:, None]
    far = ahead * (length[:, None] + 50)
    lines = shapely.linestrings(np.stack([at - aside, at + aside], axis=1))
    halves = shapely.polygons(np.stack([at - aside, at + aside, at + aside + far, at - aside + far], axis=1))
    front, front_of = shapely.get_parts(shapely.intersection(blocks, halves), return_index=True)
    back, back_of = shapely.get_parts(shapely.difference(blocks, halves), return_index=True)
    cuts, cut_of = shapely.get_parts(shapely.intersection(lines, blocks), return_index=True)
    pieces, piece_of = np.concatenate([front, back]), np.concatenate([front_of, back_of])
    is_area = (shapely.get_type_id(pieces) == 3) & (shapely.area(pieces) > 1.0)
    is_line = (shapely.get_type_id(cuts) == 1) & (shapely.length(cuts) > 1.0)
    return pieces[is_area], piece_of[is_area], cuts[is_line], cut_of[is_line]
