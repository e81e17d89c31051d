"""Blocks: the ground between roads, railways and banks, each road given whole to the block on one side.

A unit grid must not cut a road lengthwise, so borders run along road edges, never along centre lines: the
surface of a road between two crossings goes with the block north of it, or west of it where it runs north.
Only where a community's own border runs along a road is the road parted; that border is not ours to move.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis_core.coverage import Floats, Ints, Shapes, faces_of, neighbours
from gis_core.places import GRAIN_PER_M
from grid.dividing.ground import Ground

NOTHING, BARRIER, BANK = 0, 6, 7
"""What parts two faces: nothing, a railway or wall, the bank of a water; roads lie between, 1 to 5."""
LEAST_STREET_M = 1.0


@dataclass(frozen=True, slots=True)
class Blocks:
    """Faces between lines on the ground, the block each belongs to, and what parts one block from another.

    `pairs` are rows of two block numbers, the lower first, with the metres of shared border (`shared_m`) and
    the weakest thing that parts them (`strength`).
    """

    faces: Shapes
    block_of: Ints
    community_of: Ints  # by block
    is_water: NDArray[np.bool_]  # by block
    pairs: Ints
    shared_m: Floats
    strength: Ints


def lay_blocks(ground: Ground) -> Blocks:
    """Node all lines, tell roads and water from land, and give each road to a block."""
    segments, widths, ranks = _segments(ground)
    surfaces = shapely.buffer(segments, widths / 2, cap_style="flat", join_style="mitre", mitre_limit=2.0)
    lines = np.concatenate(
        [
            shapely.boundary(ground.communities),
            shapely.boundary(surfaces),
            ground.barriers,
            shapely.boundary(ground.waters),
        ]
    )
    faces = faces_of(lines)
    inside = shapely.point_on_surface(faces)
    community = _first_holding(ground.communities, inside)
    faces, inside, community = faces[community >= 0], inside[community >= 0], community[community >= 0]
    road = _first_holding(surfaces, inside)
    water = _first_holding(ground.waters, inside)
    is_road = road >= 0
    left, right, shared = neighbours(faces)
    mine = community[left] == community[right]
    left, right, shared = left[mine], right[mine], shared[mine]
    parts = _parting(faces, left, right, ground.barriers, is_road=is_road, is_water=water >= 0)
    links, is_free = (left, right, shared), parts < BARRIER
    roads = _Roads(segments, road, _pieces(road, water >= 0, links, is_free))
    hosts = _host_roads(faces, roads, links, is_free)
    _, block_of = np.unique(hosts, return_inverse=True)
    first = np.full(block_of.max() + 1 if len(block_of) else 0, -1, dtype=np.int64)
    owners = hosts == np.arange(len(faces))
    first[block_of[owners]] = np.flatnonzero(owners)
    crossing = np.where(is_road[left] | is_road[right], 1 + _rank_between(road, ranks, left, right), parts)
    crossing = np.maximum(crossing, np.where(parts >= BARRIER, parts, 0))
    pairs, shared_m, strength = _between(block_of, left, right, shared, crossing)
    return Blocks(
        faces=faces,
        block_of=block_of.astype(np.int64),
        community_of=community[first],
        is_water=(water[first] >= 0) & ~is_road[first],
        pairs=pairs,
        shared_m=shared_m,
        strength=strength,
    )


def _segments(ground: Ground) -> tuple[Shapes, Floats, Ints]:
    """Centre lines from crossing to crossing, the strongest roads first."""
    if not len(ground.streets):
        return np.array([], dtype=object), np.array([]), np.array([], dtype=np.int64)
    noded = shapely.union_all(ground.streets, grid_size=1 / GRAIN_PER_M)
    parts = shapely.get_parts(shapely.line_merge(noded))
    parts = parts[shapely.length(parts) > LEAST_STREET_M]
    middles = shapely.line_interpolate_point(parts, 0.5, normalized=True)
    part, street = shapely.STRtree(ground.streets).query(middles, predicate="dwithin", distance=0.05)
    rank = np.zeros(len(parts), dtype=np.int64)
    width = np.full(len(parts), 2.0)
    np.maximum.at(rank, part, ground.ranks[street])
    np.maximum.at(width, part, ground.widths_m[street])
    order = np.lexsort((-shapely.length(parts), -width, -rank))
    return parts[order], width[order], rank[order]


def _first_holding(areas: Shapes, points: Shapes) -> Ints:
    """For each point the first of the areas that holds it; -1 where none does."""
    found = np.full(len(points), np.iinfo(np.int64).max, dtype=np.int64)
    if len(areas):
        point, area = shapely.STRtree(areas).query(points, predicate="intersects")
        np.minimum.at(found, point, area)
    return np.where(found == np.iinfo(np.int64).max, -1, found)


def _parting(
    faces: Shapes,
    left: Ints,
    right: Ints,
    barriers: Shapes,
    *,
    is_road: NDArray[np.bool_],
    is_water: NDArray[np.bool_],
) -> Ints:
    """What, besides roads, runs along the border of two faces."""
    found = np.where((is_water & ~is_road)[left] != (is_water & ~is_road)[right], BANK, NOTHING)
    if len(barriers) and len(left):
        tree = shapely.STRtree(barriers)
        beside = np.zeros(len(faces), dtype=bool)
        beside[tree.query(faces, predicate="intersects")[0]] = True
        near = np.flatnonzero(beside[left] & beside[right])
        borders = _linear(shapely.intersection(faces[left[near]], faces[right[near]]))
        spots = shapely.line_interpolate_point(borders, 0.5, normalized=True)
        along = near[np.unique(tree.query(spots, predicate="dwithin", distance=0.05)[0])]
        found[along] = np.maximum(found[along], BARRIER)
    return found


def _linear(borders: Shapes) -> Shapes:
    """Borders as lines: points where faces also touch are left out."""
    is_line = np.isin(shapely.get_type_id(borders), (1, 5))
    lines = borders.copy()
    for n in np.flatnonzero(~is_line):
        parts = [part for part in shapely.get_parts(borders[n]) if part.geom_type == "LineString"]
        lines[n] = shapely.union_all(parts)
    merged = shapely.line_merge(lines)
    # one stretch of several stands for all
    return np.where(shapely.get_type_id(merged) == 1, merged, shapely.get_geometry(merged, 0))


def _rank_between(road: Ints, ranks: Ints, left: Ints, right: Ints) -> Ints:
    """The rank of the stronger road of two faces; 0 where neither is one."""
    of = np.append(ranks, 0)[road]  # -1 reads the 0 at the end
    rank: Ints = np.maximum(of[left], of[right])
    return rank


@dataclass(frozen=True, slots=True)
class _Roads:
    """By face: the road segment from crossing to crossing, and the piece of it that must stay whole; -1 off
    the road. Community borders, banks and railways part a road into pieces."""

    segments: Shapes
    segment: Ints
    piece: Ints

    def are_preferred(self, face: Ints, blocks: Shapes) -> NDArray[np.bool_]:
        """Whether a block lies north of a road face's segment, or west of one that runs north."""
        if not len(face):
            return np.array([], dtype=bool)
        segments = self.segments[self.segment[face]]
        start, end, middle = (
            shapely.get_coordinates(shapely.line_interpolate_point(segments, at, normalized=True))
            for at in (0.0, 1.0, 0.5)
        )
        along, away = end - start, shapely.get_coordinates(shapely.centroid(blocks)) - middle
        runs_north = np.abs(along[:, 1]) > np.abs(along[:, 0])
        preferred: NDArray[np.bool_] = np.where(runs_north, away[:, 0] < 0, away[:, 1] > 0)
        return preferred


def _pieces(
    road: Ints,
    is_over_water: NDArray[np.bool_],
    links: tuple[Ints, Ints, Floats],
    is_free: NDArray[np.bool_],
) -> Ints:
    left, right, _ = links
    together = is_free & (road[left] >= 0) & (road[left] == road[right])
    together &= is_over_water[left] == is_over_water[right]
    size = len(road)
    graph = coo_array((np.ones(together.sum()), (left[together], right[together])), shape=(size, size))
    _, piece = connected_components(graph, directed=False)
    return np.where(road < 0, -1, piece).astype(np.int64)


def _host_roads(
    faces: Shapes, roads: _Roads, links: tuple[Ints, Ints, Floats], is_free: NDArray[np.bool_]
) -> Ints:
    """For each face the face whose block it goes with: itself, or for a road the block on its side.

    All faces of a piece of road go together. A piece that no block touches, as in the middle of a crossing
    or on a bridge, follows the road beside it.
    """
    left, right, shared = links
    piece = roads.piece
    is_road = piece >= 0
    touching = is_road[left] & ~is_road[right]
    a, b = left[touching], right[touching]
    metres = shared[touching] * np.where(roads.are_preferred(a, faces[b]), 2.0, 1.0)
    metres *= np.where(is_free[touching], 1.0, 0.001)
    pieces, blocks = _best_of(piece[a], b, metres)
    host = np.where(is_road, -1, np.arange(len(faces)))
    place = np.searchsorted(pieces, piece)
    place = np.minimum(place, max(len(pieces) - 1, 0))
    if len(pieces):
        known = is_road & (pieces[place] == piece)
        host[known] = blocks[place[known]]
    return _follow(host, left, right, shared)


def _best_of(piece: Ints, block: Ints, metres: Floats) -> tuple[Ints, Ints]:
    """The pieces of road that touch a block, in order, and for each the block with the most border."""
    if not len(piece):
        return piece, block
    keys, where = np.unique(np.column_stack([piece, block]), axis=0, return_inverse=True)
    totals = np.bincount(where.ravel(), metres)
    order = np.lexsort((keys[:, 1], -totals, keys[:, 0]))
    keys = keys[order]
    firsts = np.r_[True, keys[1:, 0] != keys[:-1, 0]]
    return keys[firsts, 0], keys[firsts, 1]


def _follow(host: Ints, left: Ints, right: Ints, shared: Floats) -> Ints:
    """Faces without a host take that of the neighbour with the longest border, from the outside in."""
    order = np.lexsort((right, -shared, left))
    left, right = left[order], right[order]
    while True:
        open_ = (host[left] < 0) & (host[right] >= 0)
        if not open_.any():
            break
        face, source = left[open_], right[open_]
        firsts = np.r_[True, face[1:] != face[:-1]]
        host[face[firsts]] = host[source[firsts]]
    alone = host < 0
    host[alone] = np.flatnonzero(alone)
    return host


def _between(
    block_of: Ints, left: Ints, right: Ints, shared: Floats, strength: Ints
) -> tuple[Ints, Floats, Ints]:
    a, b = block_of[left], block_of[right]
    mine = a < b
    a, b, shared, strength = a[mine], b[mine], shared[mine], strength[mine]
    if not len(a):
        return np.empty((0, 2), dtype=np.int64), np.array([]), np.array([], dtype=np.int64)
    pairs, where = np.unique(np.column_stack([a, b]), axis=0, return_inverse=True)
    where = where.ravel()
    totals = np.bincount(where, shared)
    weakest = np.full(len(pairs), BANK, dtype=np.int64)
    np.minimum.at(weakest, where, strength)
    return pairs.astype(np.int64), totals.astype(np.float64), weakest
