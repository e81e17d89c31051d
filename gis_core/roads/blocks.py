"""Blocks between roads: the faces of the network drawn in the plane, found by walking along their sides.

A side is a stretch seen from one side: number 2·s lies left of the stretch as drawn, 2·s + 1 right of it.
Stretches that cross another one without a node, as bridges do, bound no block.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis_core.coverage import Floats, Ints
from gis_core.roads.network import Bools, RoadNetwork


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Which block lies on each side of each stretch (-1: the open country, or none), and how large it is."""

    of_side: Ints  # (2 * stretches,)
    areas_m2: Floats

    def list_filled(self, is_whole: Bools, most_m2: float) -> Bools:
        """Which blocks are no larger than `most_m2` and have all their sides on stretches that are whole."""
        bounded = self.of_side >= 0
        lacking = bounded & ~np.repeat(is_whole, 2)
        filled: Bools = self.areas_m2 <= most_m2
        filled[self.of_side[lacking]] = False
        return filled


def find_blocks(network: RoadNetwork) -> Blocks:
    """The blocks of a network; worked out once for each."""
    kept: Blocks | None = network.__dict__.get("_blocks")
    if kept is None:
        kept = network.__dict__["_blocks"] = _walk(network)
    return kept


def _walk(network: RoadNetwork) -> Blocks:
    flat = np.flatnonzero(_flat(network))
    sides = np.column_stack([2 * flat, 2 * flat + 1]).ravel()
    # Side 2·s is walked along the stretch, side 2·s + 1 back along it: the block lies at the left hand.
    order = np.full(2 * network.stretch_count, -1, dtype=np.int64)
    order[sides] = np.arange(len(sides))
    following = order[_next_sides(network, sides)]
    _, block = connected_components(
        coo_array((np.ones(len(sides)), (np.arange(len(sides)), following)), shape=(len(sides),) * 2).tocsr(),
        directed=False,
    )
    areas: Floats = np.bincount(block, weights=_signed_areas(network)[sides]).astype(np.float64)
    # Walked with the left hand on it a block turns left in all; what turns right is the outside of something.
    is_inside = areas > 0
    number = np.where(is_inside, np.cumsum(is_inside) - 1, -1)
    of_side = np.full(2 * network.stretch_count, -1, dtype=np.int64)
    of_side[sides] = number[block]
    return Blocks(of_side, areas[is_inside])


def _flat(network: RoadNetwork) -> Bools:
    """Stretches that cross no other one but at their ends; of a bridge and a street the street is."""
    flat = np.ones(network.stretch_count, dtype=bool)
    one, other = network.tree.query(network.shapes, predicate="crosses")
    upper = network.layers != 0
    flat[one[upper[one] | ~upper[other]]] = False
    return flat


def _next_sides(network: RoadNetwork, sides: Ints) -> Ints:
    """The side one walks on after each: at a crossing the sharpest turn to the left."""
    begins, leaves = network.tails[sides], _angles(network)[sides]
    order = np.lexsort((leaves, begins))
    sorted_sides, sorted_begins = sides[order], begins[order]
    first = np.searchsorted(sorted_begins, sorted_begins, side="left")
    last = np.searchsorted(sorted_begins, sorted_begins, side="right") - 1
    place = np.arange(len(order))
    before = np.where(place == first, last, place - 1)  # the next one clockwise
    clockwise = np.full(2 * network.stretch_count, -1, dtype=np.int64)
    clockwise[sorted_sides] = sorted_sides[before]
    # Coming along a side one stands where its other side begins; clockwise from there is the leftmost way on.
    following: Ints = clockwise[sides ^ 1]
    return following


def _angles(network: RoadNetwork) -> Floats:
    """The direction in which each side leaves its first node, radians anticlockwise from east."""
    corners, owners = shapely.get_coordinates(network.shapes, return_index=True)
    first = np.searchsorted(owners, np.arange(network.stretch_count), side="left")
    last = np.searchsorted(owners, np.arange(network.stretch_count), side="right") - 1
    out = corners[first + 1] - corners[first]
    back = corners[last - 1] - corners[last]
    return np.column_stack([np.arctan2(out[:, 1], out[:, 0]), np.arctan2(back[:, 1], back[:, 0])]).ravel()


def _signed_areas(network: RoadNetwork) -> Floats:
    """What each side adds to the area of its block: half the cross products of its corners."""
    corners, owners = shapely.get_coordinates(network.shapes, return_index=True)
    corners = corners - network.points.mean(axis=0)  # small numbers, so that nothing is lost
    joined = owners[1:] == owners[:-1]
    cross = corners[:-1, 0] * corners[1:, 1] - corners[1:, 0] * corners[:-1, 1]
    half = np.bincount(owners[:-1][joined], weights=cross[joined] / 2, minlength=network.stretch_count)
    areas: Floats = np.column_stack([half, -half]).ravel().astype(np.float64)
    return areas
