"""Cutting blocks that are too large by the straightest short cut, past buildings and between courtyards."""

from dataclasses import dataclass

import numpy as np
import shapely

from gis_core.coverage import Floats, Ints, Shapes

TURNS_DEG = (0.0, -8.0, 8.0, -18.0, 18.0, 90.0, 82.0, 98.0)
SHIFTS = (0.0, -0.05, 0.05, -0.1, 0.1, -0.15, 0.15)
FINALISTS = 10
BUILDING_WEIGHT, BUILDING_M, COURT_WEIGHT = 6.0, 25.0, 1.5
UNEVEN_WEIGHT = 1.6
SEVERAL_PIECES = 2.5
OVERSHOOT_M = 0.02
"""A cut runs on so far beyond the border, that it surely meets it on the stored grain."""
MOST_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Spared:
    """What a cut should not run through."""

    buildings: shapely.STRtree
    courts: shapely.STRtree


def cut_large(blocks: Shapes, shares: Ints, spared: Spared) -> Shapes:
    """Lines that part each block into about as many like pieces as `shares` says; 1 leaves it whole."""
    lines: list[Shapes] = []
    each_m2 = shapely.area(blocks) / np.maximum(shares, 1)
    for _ in range(MOST_ROUNDS):
        large = shares > 1
        if not large.any():
            break
        blocks, shares, each_m2 = blocks[large], shares[large], each_m2[large]
        chosen, normals, offsets = _choose(blocks, (shares // 2) / shares, spared)
        lines.append(chosen)
        blocks, whose = _part(blocks, normals, offsets)
        each_m2 = each_m2[whose]
        # by what the piece really measures: an uneven cut is made up for by the next ones
        shares = np.rint(shapely.area(blocks) / each_m2).astype(np.int64)
    return np.concatenate(lines) if lines else np.array([], dtype=object)


def _choose(blocks: Shapes, wanted: Floats, spared: Spared) -> tuple[Shapes, Floats, Floats]:
    """For each block the cheapest cut: its line, its normal, and how far along the normal it lies."""
    owner, normals, offsets, chords = _candidates(blocks, wanted)
    sizes = np.sqrt(shapely.area(blocks))
    cost = shapely.length(chords) * np.where(shapely.get_num_geometries(chords) > 1, SEVERAL_PIECES, 1.0)
    cost = np.where(shapely.length(chords) > 0, cost, np.inf)
    keep = _cheapest(owner, cost, FINALISTS)
    owner, normals, offsets, chords, cost = (
        owner[keep],
        normals[keep],
        offsets[keep],
        chords[keep],
        cost[keep],
    )
    cost = cost + _crossed(chords, spared)
    shares = shapely.area(shapely.intersection(blocks[owner], _half_planes(blocks[owner], normals, offsets)))
    cost += np.abs(shares / shapely.area(blocks)[owner] - wanted[owner]) * sizes[owner] * UNEVEN_WEIGHT
    best = _cheapest(owner, cost, 1)
    return _overshooting(chords[best]), normals[best], offsets[best]


def _candidates(blocks: Shapes, wanted: Floats) -> tuple[Ints, Floats, Floats, Shapes]:
    """Cuts across the long side and some turns of it, at and around the place that parts it as wanted."""
    turns = np.radians(_long_axes(blocks)[:, None] + np.array(TURNS_DEG)[None, :])
    normals = np.stack([np.cos(turns), np.sin(turns)], axis=-1)  # (blocks, turns, 2)
    vertices, whose = shapely.get_coordinates(blocks, return_index=True)
    along = np.einsum("vk,vtk->vt", vertices, normals[whose])
    starts = np.flatnonzero(np.r_[True, whose[1:] != whose[:-1]])
    low, high = np.minimum.reduceat(along, starts), np.maximum.reduceat(along, starts)
    places = np.clip(wanted[:, None] + np.array(SHIFTS)[None, :], 0.1, 0.9)
    offsets = low[:, :, None] + (high - low)[:, :, None] * places[:, None, :]  # (blocks, turns, shifts)
    count = offsets.shape[1] * offsets.shape[2]
    owner = np.repeat(np.arange(len(blocks)), count)
    flat_normals = np.repeat(normals, offsets.shape[2], axis=1).reshape(-1, 2)
    flat_offsets = offsets.reshape(-1)
    lines = _lines(blocks[owner], flat_normals, flat_offsets)
    return owner, flat_normals, flat_offsets, shapely.intersection(lines, blocks[owner])


def _long_axes(blocks: Shapes) -> Floats:
    """Direction of each block's longer side, degrees."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(blocks)).reshape(-1, 5, 2)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    long = np.where((np.hypot(*first.T) >= np.hypot(*second.T))[:, None], first, second)
    return np.degrees(np.arctan2(long[:, 1], long[:, 0])) % 180.0


def _reach(blocks: Shapes) -> tuple[Floats, Floats]:
    bounds = shapely.bounds(blocks)
    middles = np.column_stack([bounds[:, 0] + bounds[:, 2], bounds[:, 1] + bounds[:, 3]]) / 2
    return middles, np.hypot(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]) + 1.0


def _lines(blocks: Shapes, normals: Floats, offsets: Floats) -> Shapes:
    middles, reach = _reach(blocks)
    at, aside = _frame(middles, reach, normals, offsets)
    return np.asarray(shapely.linestrings(np.stack([at - aside, at + aside], axis=1)), dtype=object)


def _half_planes(blocks: Shapes, normals: Floats, offsets: Floats) -> Shapes:
    """The side of each cut that its normal points away from, as far as the block reaches."""
    middles, reach = _reach(blocks)
    at, aside = _frame(middles, reach, normals, offsets)
    back = normals * (2 * reach)[:, None]
    corners = (at - aside, at + aside, at + aside - back, at - aside - back)
    return np.asarray(shapely.polygons(np.stack(corners, axis=1)), dtype=object)


def _frame(middles: Floats, reach: Floats, normals: Floats, offsets: Floats) -> tuple[Floats, Floats]:
    """The foot of the block's middle on the cut, and half a length of the cut to one side."""
    at = middles + normals * (offsets - (middles * normals).sum(axis=1))[:, None]
    aside = np.column_stack([-normals[:, 1], normals[:, 0]]) * reach[:, None]
    return at, aside


def _crossed(chords: Shapes, spared: Spared) -> Floats:
    """What it costs to run through buildings and courtyards."""
    cost = np.zeros(len(chords))
    for tree, weight, each_m in (
        (spared.buildings, BUILDING_WEIGHT, BUILDING_M),
        (spared.courts, COURT_WEIGHT, 0.0),
    ):
        if not len(tree):
            continue
        chord, thing = tree.query(chords, predicate="intersects")
        inside = shapely.length(shapely.intersection(chords[chord], tree.geometries[thing]))
        cost += np.bincount(
            chord, np.where(inside > 0.5, inside * weight + each_m, 0.0), minlength=len(chords)
        )
    return cost


def _cheapest(owner: Ints, cost: Floats, count: int) -> Ints:
    """Positions of the `count` cheapest of each owner, owners in order."""
    order = np.lexsort((np.arange(len(cost)), cost, owner))
    starts = np.flatnonzero(np.r_[True, owner[order][1:] != owner[order][:-1]])
    place = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    kept: Ints = order[place < count]
    return kept


def _overshooting(chords: Shapes) -> Shapes:
    """The parts of cuts, each a little longer at both ends."""
    parts = shapely.get_parts(chords)
    ends = shapely.get_coordinates(parts[shapely.length(parts) > 0]).reshape(-1, 2, 2)
    along = ends[:, 1] - ends[:, 0]
    along *= (OVERSHOOT_M / np.hypot(*along.T))[:, None]
    longer = np.stack([ends[:, 0] - along, ends[:, 1] + along], axis=1)
    return np.asarray(shapely.linestrings(longer), dtype=object)


def _part(blocks: Shapes, normals: Floats, offsets: Floats) -> tuple[Shapes, Ints]:
    """The pieces of cut blocks, and the block each comes from."""
    halves = _half_planes(blocks, normals, offsets)
    sides = np.concatenate([shapely.intersection(blocks, halves), shapely.difference(blocks, halves)])
    parts, side = shapely.get_parts(sides, return_index=True)
    is_area = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 1.0)
    return parts[is_area], (side[is_area] % len(blocks)).astype(np.int64)
