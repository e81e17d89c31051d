"""Dividing the ground: lines noded on the stored grain make faces that share their borders exactly."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from gis_core.places import GRAIN_PER_M
from grid.sample_city.plan import Floats

Shapes = NDArray[np.object_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cuts:
    """Lines that divide blocks, and the area in square metres of the block each of them divides."""

    lines: Shapes
    block_areas_m2: Floats
    owners: Ints  # index of the first block a line lies in


def faces_of(lines: Shapes) -> Shapes:
    """Faces between lines, every vertex on the stored grain, every border shared exactly."""
    noded = shapely.union_all(lines, grid_size=1 / GRAIN_PER_M)
    return shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))


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


def neighbours(faces: Shapes) -> tuple[Ints, Ints, Floats]:
    """Pairs of faces (each both ways) that share a border, with the length of it in metres."""
    left, right = shapely.STRtree(faces).query(faces, predicate="touches")
    shared = shapely.length(shapely.intersection(faces[left], faces[right]))
    real = shared > 0.5
    return left[real], right[real], shared[real]


def absorb_slivers(faces: Shapes, groups: NDArray[np.object_], least_m2: Floats) -> Ints:
    """For each face the face it is joined to: itself, or the neighbour of its group with most shared border.

    A face is a sliver when smaller than its `least_m2`, or so thin that nobody could stand a house in it.
    """
    areas = shapely.area(faces)
    thin = areas / np.maximum(shapely.length(faces), 1) < 9.0
    sliver = (areas < least_m2) | (thin & (areas < 4 * least_m2))
    into = np.arange(len(faces))
    index = np.flatnonzero(sliver)
    if len(index) == 0:
        return into
    mine, other = shapely.STRtree(faces).query(faces[index], predicate="touches")
    mine = index[mine]
    same = groups[mine] == groups[other]
    mine, other = mine[same], other[same]
    shared = shapely.length(shapely.intersection(faces[mine], faces[other]))
    shared = np.where(sliver[other], shared * 0.01, shared)
    order = np.lexsort((-shared, mine))
    mine, other, shared = mine[order], other[order], shared[order]
    firsts = np.flatnonzero(np.r_[True, mine[1:] != mine[:-1]]) if len(mine) else np.array([], dtype=np.int64)
    for face, target in zip(mine[firsts], other[firsts], strict=True):
        if into[target] != face:
            into[face] = target
    return _roots(into)


def _roots(into: Ints) -> Ints:
    """Follow chains of joining to their end; a ring ends at its smallest member."""
    for _ in range(24):
        further = into[into]
        if (further == into).all():
            return into
        into = further
    return np.minimum(into, into[into])


def join(faces: Shapes, into: Ints) -> tuple[Shapes, Ints]:
    """Dissolve faces with the same target; also says for each old face where it went."""
    roots, where = np.unique(into, return_inverse=True)
    joined = faces[roots].copy()
    members = np.bincount(where)
    order = np.argsort(where, kind="stable")
    starts = np.concatenate([[0], np.cumsum(members)])
    for root in np.flatnonzero(members > 1):
        joined[root] = shapely.union_all(faces[order[starts[root] : starts[root + 1]]])
    return joined, where


def dissolve(faces: Shapes, labels: NDArray[np.object_]) -> tuple[NDArray[np.object_], Shapes]:
    """The union of the faces of each label, borders still shared exactly."""
    names, where = np.unique(labels.astype(str), return_inverse=True)
    order = np.argsort(where, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(where, minlength=len(names)))])
    shapes = [
        _as_multi(shapely.coverage_union_all(faces[order[starts[k] : starts[k + 1]]]))
        for k in range(len(names))
    ]
    return names.astype(object), np.array(shapes, dtype=object)


def _as_multi(shape: BaseGeometry) -> BaseGeometry:
    return shape if isinstance(shape, MultiPolygon) else MultiPolygon(shapely.get_parts(shape).tolist())
