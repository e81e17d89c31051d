"""Faces between lines, and areas made of faces: every border is shared exactly, to the last vertex."""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from gis_core.places import GRAIN_PER_M

Shapes = NDArray[np.object_]
"""Shapes of the city's plane system, metres."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LEAST_BORDER_M = 0.5
"""Faces with less of a border in common only touch."""


def faces_of(lines: Shapes) -> Shapes:
    """Faces between lines, every vertex on the stored grain, every border shared exactly."""
    noded = shapely.union_all(lines, grid_size=1 / GRAIN_PER_M)
    return shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))


def neighbours(faces: Shapes) -> tuple[Ints, Ints, Floats]:
    """Pairs of faces (each both ways) that share a border, with the length of it in metres."""
    left, right = shapely.STRtree(faces).query(faces, predicate="touches")
    once = left < right
    left, right = left[once], right[once]
    shared = shapely.length(shapely.intersection(faces[left], faces[right]))
    real = shared > LEAST_BORDER_M
    left, right, shared = left[real], right[real], shared[real]
    both = np.concatenate([left, right]), np.concatenate([right, left])
    order = np.lexsort(both[::-1])
    return both[0][order], both[1][order], np.concatenate([shared, shared])[order]


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
    real = shared > 0  # corners that touch join nothing
    mine, other, shared = mine[real], other[real], shared[real]
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


def groups_in_touch(faces: Shapes) -> Ints:
    """For each face the number, from 0, of the group that shared borders connect it with.

    >>> from shapely import box
    >>> groups_in_touch(np.array([box(0, 0, 1, 1), box(5, 0, 6, 1), box(1, 0, 2, 1)])).tolist()
    [0, 1, 0]
    """
    left, right, _ = neighbours(faces)
    links = coo_array((np.ones(len(left)), (left, right)), shape=(len(faces), len(faces)))
    _, group = connected_components(links, directed=False)
    return np.asarray(group, dtype=np.int64)
