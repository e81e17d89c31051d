"""Large p-medians: a good choice by exchanging sites, a bound by Lagrange, and sites that can be left out.

Exchanging: Teitz and Bart 1968. Bound: the demand's "served once" is relaxed with a price for each point, and
the prices climb by subgradients (Cornuéjols, Fisher and Nemhauser 1977). Little is left for HiGHS then.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Reals: TypeAlias = NDArray[np.float64]
STEPS = 600
PATIENCE = 15


@dataclass(frozen=True, slots=True)
class Median:
    """Chosen sites by position, their cost, a bound on every choice, and which sites a better one may use."""

    chosen: NDArray[np.int64]
    cost: float
    bound: float
    may_be_better: NDArray[np.bool_]


def near_median(costs: Reals, kept: NDArray[np.bool_], sites: int) -> Median:
    """A choice near the optimum for finite costs of demand (rows) by site (columns)."""
    chosen = _exchange(costs, kept, _greedy(costs, kept, sites))
    cost = float(costs[:, chosen].min(axis=1).sum())
    bound, may_be_better = _bound(costs, kept, sites, cost)
    may_be_better[chosen] = True
    return Median(chosen, cost, bound, may_be_better)


def _greedy(costs: Reals, kept: NDArray[np.bool_], sites: int) -> NDArray[np.int64]:
    """Sites that stand, then one by one the site that saves most."""
    chosen = np.flatnonzero(kept).tolist()
    while len(chosen) < sites:
        nearest = costs[:, chosen].min(axis=1, initial=np.inf)
        totals = np.minimum(costs, nearest[:, None]).sum(axis=0)
        totals[chosen] = np.inf
        chosen.append(int(totals.argmin()))
    return np.array(chosen, dtype=np.int64)


def _exchange(costs: Reals, kept: NDArray[np.bool_], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """One site for another while that saves anything, the best exchange first."""
    while True:
        best, swap = float(costs[:, chosen].min(axis=1).sum()) * (1 - 1e-12), None
        for position in np.flatnonzero(~kept[chosen]).tolist():
            others = np.delete(chosen, position)
            nearest = costs[:, others].min(axis=1, initial=np.inf)
            totals = np.minimum(costs, nearest[:, None]).sum(axis=0)
            totals[others] = np.inf
            if totals.min() < best:
                best, swap = float(totals.min()), (position, int(totals.argmin()))
        if swap is None:
            return chosen
        chosen = chosen.copy()
        chosen[swap[0]] = swap[1]


def _bound(costs: Reals, kept: NDArray[np.bool_], sites: int, cost: float) -> tuple[float, NDArray[np.bool_]]:
    """The best bound, and the sites that it does not rule out."""
    prices = np.partition(costs, min(1, costs.shape[1] - 1), axis=1)[:, : min(2, costs.shape[1])].max(axis=1)
    best, since, step = -np.inf, 0, 2.0
    may_be_better = np.ones(costs.shape[1], dtype=bool)
    for _ in range(STEPS):
        below = np.minimum(0.0, costs - prices[:, None])
        gains = below.sum(axis=0)
        order = np.lexsort((gains, ~kept))
        opened = order[:sites]
        value = float(prices.sum() + gains[opened].sum())
        if value > best:
            best, since = value, 0
        elif (since := since + 1) > PATIENCE:
            step, since = step / 2, 0
        may_be_better &= _not_ruled_out(gains, kept, opened, value, cost)
        slope = 1.0 - (below[:, opened] < 0).sum(axis=1)
        size = float((slope**2).sum())
        if not size or step < 1e-6 or best >= cost:
            break
        prices = prices + step * max(cost - value, 1e-9 * cost) / size * slope
    return min(best, cost), may_be_better


def _not_ruled_out(
    gains: Reals, kept: NDArray[np.bool_], opened: NDArray[np.int64], value: float, cost: float
) -> NDArray[np.bool_]:
    """Sites that could be in a choice below the cost: opening one closes the weakest that need not stay."""
    free = opened[~kept[opened]]
    possible = kept.copy()
    possible[opened] = True
    if free.size:
        possible |= value + gains - gains[free].max() <= cost
    return possible
