"""Sharing unit grids out: compact groups of like weight, each in one piece, as responsibility grids are.

What one inspector walks is to be connected and as much work as what the next one walks: past cases and metres
of street count (weights are ours, see `duty_weights`). Pure numpy; the same input gives the same groups.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis_core.coverage import Floats, Ints

Links = tuple[Ints, Ints, Floats]
"""Pairs of neighbouring faces, each both ways, and the length of their shared border in metres."""
CASES_SHARE = 0.6
"""How much past cases weigh beside metres to walk (assumed)."""
MOST_MOVES_A_FACE = 3


def duty_weights(cases: Ints, walk_m: Floats) -> Floats:
    """How much work each unit grid is: past cases and streets to walk, each beside its mean; 1 is usual.

    >>> duty_weights(np.array([0, 2]), np.array([100.0, 300.0])).round(2).tolist()
    [0.2, 1.8]
    """
    parts = [(CASES_SHARE, cases.astype(np.float64)), (1 - CASES_SHARE, walk_m)]
    known = [(share, values) for share, values in parts if values.sum() > 0]
    if not known:
        return np.ones(len(cases))
    whole = sum(share for share, _ in known)
    weights: Floats = sum(
        (share / whole * values / values.mean() for share, values in known), np.zeros(len(cases))
    )
    return np.maximum(weights, 0.02)


def group_evenly(middles: Floats, weights: Floats, links: Links, count: int, *, seed: Sequence[int]) -> Ints:
    """Groups of faces, each in one piece, of as like a weight as moving faces at borders can make them."""
    share = share_out(middles, weights, count, seed=list(seed))
    share = in_one_piece(share, np.zeros(len(share), dtype=np.int64), weights, links)
    return even_out(share, weights, links)


def even_out(groups: Ints, weights: Floats, links: Links) -> Ints:
    """Move faces from heavier groups to lighter neighbours while that evens them and nothing falls apart."""
    groups = groups.copy()
    beside: list[list[int]] = [[] for _ in groups]
    for one, other in zip(links[0].tolist(), links[1].tolist(), strict=True):
        beside[one].append(other)
    load = np.bincount(groups, weights, minlength=int(groups.max(initial=0)) + 1).astype(np.float64)
    for _ in range(MOST_MOVES_A_FACE * len(groups)):
        best = _best_move(groups, weights, beside, load)
        if best is None:
            break
        face, target = best
        load[groups[face]] -= weights[face]
        load[target] += weights[face]
        groups[face] = target
    return groups


def _best_move(
    groups: Ints, weights: Floats, beside: list[list[int]], load: Floats
) -> tuple[int, int] | None:
    """The move that evens most: a face at the border of a heavy group, and the lighter group it goes to."""
    options: list[tuple[float, int, int]] = []
    for face, around in enumerate(beside):
        here = groups[face]
        for target in {int(groups[other]) for other in around} - {int(here)}:
            gain = load[here] - load[target] - weights[face]
            if gain > 1e-9:
                options.append((-gain * weights[face], face, target))
    for _, face, target in sorted(options):
        if _stays_whole(groups, beside, face):
            return face, target
    return None


def _stays_whole(groups: Ints, beside: list[list[int]], face: int) -> bool:
    """Whether a group is still in one piece, and not empty, without one of its faces."""
    here = groups[face]
    around = [other for other in beside[face] if groups[other] == here]
    if not around:
        return False
    seen, queue = {face, around[0]}, deque([around[0]])
    missing = {*around[1:]}
    while queue and missing:
        for other in beside[queue.popleft()]:
            if groups[other] == here and other not in seen:
                seen.add(other)
                missing.discard(other)
                queue.append(other)
    return not missing


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
