"""Grouping faces into larger areas: around seats, into equal shares, in one piece, and named for streets."""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis_core.coverage import Ints, Shapes
from grid.sample_city.plan import Floats

Links = tuple[Ints, Ints, Floats]
"""Pairs of neighbouring faces, each both ways, and the length of their shared border in metres."""


def nearest_seat(middles: Floats, sides: Floats, seats: Floats, seat_sides: Floats) -> tuple[Ints, Floats]:
    """For each face the seat it belongs to and how far it is; the far bank counts as three times as far."""
    away = np.hypot(middles[:, None, 0] - seats[None, :, 0], middles[:, None, 1] - seats[None, :, 1])
    away *= np.where(sides[:, None] * seat_sides[None, :] < 0, 3.0, 1.0)
    best = away.argmin(axis=1)
    return best, away[np.arange(len(middles)), best]


def share_out(middles: Floats, weights: Floats, count: int, *, seed: list[int]) -> Ints:
    """Group faces into `count` compact shares of like weight (k-means with shares kept in balance)."""
    count = min(count, len(middles))
    if count <= 1:
        return np.zeros(len(middles), dtype=np.int64)
    centres = _spread_out(middles, count, seed=seed)
    handicap = np.ones(count)
    share = np.zeros(len(middles), dtype=np.int64)
    for _ in range(18):
        away = np.hypot(middles[:, None, 0] - centres[:, 0], middles[:, None, 1] - centres[:, 1]) * handicap
        share = away.argmin(axis=1)
        weight = np.bincount(share, weights, minlength=count)
        filled = weight > 0
        for axis in (0, 1):
            sums = np.bincount(share, weights * middles[:, axis], minlength=count)
            centres[filled, axis] = sums[filled] / weight[filled]
        handicap *= np.clip(weight / weight.mean(), 0.25, 4.0) ** 0.12
        handicap = np.clip(handicap, 0.6, 1.7)
    return share


def _spread_out(middles: Floats, count: int, *, seed: list[int]) -> Floats:
    """Starting places far from one another."""
    rng = np.random.default_rng(seed)
    chosen = [int(rng.integers(len(middles)))]
    away = np.full(len(middles), np.inf)
    for _ in range(count - 1):
        last = middles[chosen[-1]]
        away = np.minimum(away, np.hypot(middles[:, 0] - last[0], middles[:, 1] - last[1]))
        chosen.append(int(away.argmax()))
    return middles[chosen].astype(np.float64)


def in_one_piece(labels: Ints, within: Ints, weights: Floats, links: Links, *, rounds: int = 6) -> Ints:
    """Labels in which every area is connected: strays join the neighbouring area with most shared border.

    A face only ever joins an area of its own `within` group; one without such a neighbour stays.
    """
    labels = labels.copy()
    left, right, shared = links
    for _ in range(rounds):
        stray = _strays(labels, weights, left, right)
        usable = (
            stray[left] & ~stray[right] & (within[left] == within[right]) & (labels[left] != labels[right])
        )
        if not usable.any():
            break
        face, target, length = left[usable], labels[right[usable]], shared[usable]
        order = np.lexsort((target, face))
        face, target, length = face[order], target[order], length[order]
        starts = np.flatnonzero(np.r_[True, (face[1:] != face[:-1]) | (target[1:] != target[:-1])])
        totals = np.add.reduceat(length, starts)
        face, target = face[starts], target[starts]
        order = np.lexsort((totals, face))
        labels[face[order]] = target[order]
    return labels


def _strays(labels: Ints, weights: Floats, left: Ints, right: Ints) -> NDArray[np.bool_]:
    """Faces that are not in the main piece of their area."""
    size = len(labels)
    same = labels[left] == labels[right]
    graph = coo_array((np.ones(same.sum()), (left[same], right[same])), shape=(size, size))
    _, piece = connected_components(graph, directed=False)
    weight = np.bincount(piece, weights)
    label_of = np.zeros(len(weight), dtype=np.int64)
    label_of[piece] = labels
    order = np.lexsort((-weight, label_of))
    is_main = np.zeros(len(weight), dtype=bool)
    is_main[order[np.r_[True, label_of[order][1:] != label_of[order][:-1]]]] = True
    return ~is_main[piece]


def name_for_streets(middles: Floats, names: list[str], streets: dict[str, Shapes]) -> Ints:
    """Which name suits which place: a community named for a street lies on it; 东 西 南 北 are heeded."""
    cost = np.full((len(middles), len(names)), 900.0)
    points = shapely.points(middles)
    for column, name in enumerate(names):
        street = next(
            (s for s in sorted(streets, key=len, reverse=True) if s and s.removesuffix("路") in name), None
        )
        if street is None:
            continue
        line = shapely.union_all(streets[street])
        cost[:, column] = shapely.distance(points, line)
        rest = name.split(street, 1)[-1][:2]
        middle = shapely.get_coordinates(line.centroid)[0]
        for sign, axis, mark in ((-1, 0, "东"), (1, 0, "西"), (1, 1, "南"), (-1, 1, "北")):
            if mark in rest:
                cost[:, column] += sign * 0.5 * (middles[:, axis] - middle[axis])
    _, chosen = linear_sum_assignment(cost)
    return np.asarray(chosen, dtype=np.int64)
