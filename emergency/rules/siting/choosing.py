"""Where to build: the classic models of siting, solved to proven optima by HiGHS (through scipy).

- `cover_all` (LSCP): the fewest sites within a radius of all.
- `cover_most` (MCLP): p sites with most demand within a radius.
- `least_mean` (p-median): p sites with the least weighted distance, with capacities when asked.
- `least_farthest` (p-center): p sites with the least greatest distance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from emergency.rules.siting.medians import near_median
from emergency.rules.siting.problems import BadSiting, CannotSite, Siting, require_radius

DEFAULT_TIME_LIMIT_S = 30.0
GAP_REACHED = 1e-9
INFEASIBLE = 2
LARGE = 20_000
"""Pairs above which a p-median is narrowed down before HiGHS sees it."""


@dataclass(frozen=True, slots=True)
class Service:
    """Which chosen site serves a demand point, and how far it is; None where none is reached."""

    demand_id: str
    site_id: str | None
    distance: float | None


@dataclass(frozen=True, slots=True)
class Choice:
    """Sites chosen, whom each serves, and how good that is.

    `value` is what the model makes least or most: the number of sites, the weight covered, the weighted
    distance, or the farthest distance. `bound` is what no choice can beat.
    """

    site_ids: tuple[str, ...]
    services: tuple[Service, ...]
    value: float
    bound: float
    total_weight: float
    weights: tuple[float, ...]

    @property
    def gap(self) -> float:
        """Share of the value that a better choice could gain at most."""
        return abs(self.value - self.bound) / abs(self.value) if self.value else 0.0

    @property
    def is_proven(self) -> bool:
        """Whether no choice is better by more than a millionth."""
        return self.gap <= 1e-6

    @property
    def mean_distance(self) -> float | None:
        """Mean distance of the demand that is served, by weight; None when that weighs nothing."""
        served = [
            (one.distance, weight)
            for one, weight in zip(self.services, self.weights, strict=True)
            if one.distance is not None
        ]
        weight = math.fsum(weight for _, weight in served)
        return math.fsum(distance * weight for distance, weight in served) / weight if weight else None

    @property
    def farthest(self) -> float | None:
        """The greatest distance of demand that is served."""
        return max((one.distance for one in self.services if one.distance is not None), default=None)

    def uncovered(self, radius: float) -> tuple[str, ...]:
        """Demand with no chosen site within the radius (included)."""
        return tuple(one.demand_id for one in self.services if one.distance is None or one.distance > radius)


def cover_all(siting: Siting, radius: float, *, time_limit_s: float = DEFAULT_TIME_LIMIT_S) -> Choice:
    """The fewest sites such that every demand point has one within the radius.

    :raises CannotSite: naming the demand that no site reaches, and the radius that would do.
    """
    siting.require_reach(radius)
    covers = csr_array((siting.distances <= radius).astype(np.float64))
    count = len(siting.sites)
    solved = _solve(
        np.ones(count), [LinearConstraint(covers, 1, np.inf)], _kept(siting), np.ones(count), time_limit_s
    )
    return _nearest(siting, solved.x[:count], value=solved.value, bound=math.ceil(solved.bound - 1e-6))


def cover_most(
    siting: Siting, radius: float, sites: int, *, time_limit_s: float = DEFAULT_TIME_LIMIT_S
) -> Choice:
    """So many sites that the weight within the radius of one is greatest."""
    siting.require_number(sites)
    require_radius(radius)
    points, count = siting.distances.shape
    covers = (siting.distances <= radius).astype(np.float64)
    # z ≤ Σ x over the sites that cover the point; z needs no whole numbers of its own.
    linked = csr_array(np.hstack([covers, -np.eye(points)]))
    chosen = csr_array(np.hstack([np.ones((1, count)), np.zeros((1, points))]))
    kept = _kept(siting)
    solved = _solve(
        np.concatenate([np.zeros(count), -siting.weights]),
        [LinearConstraint(linked, 0, np.inf), LinearConstraint(chosen, sites, sites)],
        Bounds(np.concatenate([kept.lb, np.zeros(points)]), np.ones(count + points)),
        np.concatenate([np.ones(count), np.zeros(points)]),
        time_limit_s,
    )
    return _nearest(siting, solved.x[:count], value=-solved.value, bound=-solved.bound)


def least_mean(
    siting: Siting, sites: int, *, has_capacities: bool = False, time_limit_s: float = DEFAULT_TIME_LIMIT_S
) -> Choice:
    """So many sites that the weighted distance of all demand to the site that serves it is least.

    With capacities no site serves more weight than it holds, and every demand point is served by one site.

    :raises CannotSite: when demand has no way to a site, or capacities do not suffice.
    """
    siting.require_number(sites)
    siting.require_way()
    if has_capacities:
        _require_capacities(siting, sites)
    elif siting.distances.size > LARGE and np.isfinite(siting.distances).all():
        return _large_median(siting, sites, time_limit_s)
    return _median(siting, sites, has_capacities=has_capacities, time_limit_s=time_limit_s)


def _large_median(siting: Siting, sites: int, time_limit_s: float) -> Choice:
    """A near choice with its bound; HiGHS then searches the sites that could be in a better one."""
    kept = np.array([site.is_kept for site in siting.sites], dtype=bool)
    near = near_median(siting.weights[:, None] * siting.distances, kept, sites)
    opened = np.zeros(len(siting.sites))
    opened[near.chosen] = 1.0
    found = _nearest(siting, opened, value=near.cost, bound=near.bound)
    if found.is_proven:
        return found
    left = np.flatnonzero(near.may_be_better)
    fewer = Siting(siting.demand, [siting.sites[n] for n in left.tolist()], siting.distances[:, left])
    try:
        better = _median(fewer, sites, has_capacities=False, time_limit_s=time_limit_s)
    except CannotSite:  # not even one choice within the time
        return found
    bound = min(max(near.bound, better.bound), found.value)
    return replace(better if better.value < found.value else found, bound=bound)


def _median(siting: Siting, sites: int, *, has_capacities: bool, time_limit_s: float) -> Choice:
    """The p-median as it stands in the books: y ≤ x for each pair."""
    points, count = siting.distances.shape
    rows, columns = np.nonzero(np.isfinite(siting.distances))
    pairs, width = np.arange(len(rows)), count + len(rows)
    once = _matrix(np.ones(len(rows)), rows, count + pairs, (points, width))
    # y ≤ x for each pair.
    linked = _matrix(
        np.concatenate([np.ones(len(rows)), -np.ones(len(rows))]),
        np.concatenate([pairs, pairs]),
        np.concatenate([columns, count + pairs]),
        (len(rows), width),
    )
    chosen = _matrix(np.ones(count), np.zeros(count, dtype=np.int64), np.arange(count), (1, width))
    constraints = [
        LinearConstraint(once, 1, 1),
        LinearConstraint(linked, 0, np.inf),
        LinearConstraint(chosen, sites, sites),
    ]
    if has_capacities:
        constraints += _capacities(siting, rows, columns)
    kept = _kept(siting)
    solved = _solve(
        np.concatenate([np.zeros(count), siting.weights[rows] * siting.distances[rows, columns]]),
        constraints,
        Bounds(np.concatenate([kept.lb, np.zeros(len(rows))]), np.ones(width)),
        np.concatenate([np.ones(count), np.full(len(rows), float(has_capacities))]),
        time_limit_s,
    )
    if not has_capacities:
        return _nearest(siting, solved.x[:count], value=solved.value, bound=solved.bound)
    taken = solved.x[count:] > 0.5
    serving = dict(zip(rows[taken].tolist(), columns[taken].tolist(), strict=True))
    return _choice(siting, solved.x[:count], serving, value=solved.value, bound=solved.bound)


def least_farthest(siting: Siting, sites: int, *, time_limit_s: float = DEFAULT_TIME_LIMIT_S) -> Choice:
    """So many sites that the farthest demand point is as near as can be.

    The answer is one of the distances of the matrix: it is found by halving, each step a `cover_all`.

    :raises CannotSite: when so few sites cannot reach every demand point at all.
    """
    siting.require_number(sites)
    siting.require_way()
    finite = np.unique(siting.distances[np.isfinite(siting.distances)])
    radii = finite[finite >= siting.distances.min(axis=1).max()]
    best = cover_all(siting, float(radii[-1]), time_limit_s=time_limit_s)
    if len(best.site_ids) > sites:
        raise CannotSite(
            f"{sites} 处到不了所有需求点，至少需要 {len(best.site_ids)} 处。请增加选址数量。",
            least_sites=len(best.site_ids),
        )
    low, high = -1, len(radii) - 1
    while high - low > 1:
        middle = (low + high) // 2
        tried = cover_all(siting, float(radii[middle]), time_limit_s=time_limit_s)
        if len(tried.site_ids) <= sites:
            best, high = tried, middle
        else:
            low = middle
    radius = float(radii[high])
    opened = np.array([site.id in best.site_ids for site in siting.sites], dtype=np.float64)
    return _nearest(siting, opened, value=radius, bound=radius)


@dataclass(frozen=True, slots=True)
class _Solved:
    x: NDArray[np.float64]
    value: float
    bound: float


def _solve(
    costs: NDArray[np.float64],
    constraints: Sequence[LinearConstraint],
    bounds: Bounds,
    whole: NDArray[np.float64],
    time_limit_s: float,
) -> _Solved:
    if not time_limit_s > 0:
        raise BadSiting("求解时限必须大于零。请改正参数。")
    result = milp(
        costs,
        integrality=whole.astype(np.int64),
        bounds=bounds,
        constraints=constraints,
        options={"time_limit": time_limit_s, "mip_rel_gap": GAP_REACHED},
    )
    if result.status == INFEASIBLE:
        raise CannotSite("按给定的数量、容量和保留的站点，没有可行的选址方案。请增加数量或容量。")
    if result.x is None:
        raise CannotSite(f"在 {time_limit_s:g} 秒内没有找到方案。请延长求解时限或缩小范围。")
    value = float(result.fun)
    return _Solved(result.x, value, value if result.mip_dual_bound is None else float(result.mip_dual_bound))


def _kept(siting: Siting) -> Bounds:
    return Bounds(np.array([float(site.is_kept) for site in siting.sites]), np.ones(len(siting.sites)))


def _matrix(
    values: NDArray[np.float64], rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]
) -> csr_array:
    return coo_array((values, (rows, columns)), shape=shape).tocsr()


def _require_capacities(siting: Siting, sites: int) -> None:
    if any(site.capacity is None for site in siting.sites):
        raise BadSiting("按容量选址时，每个候选点都要有容量。请补充。")
    largest = sorted((site.capacity or 0.0 for site in siting.sites), reverse=True)
    wanted = math.fsum(siting.weights)
    if (held := math.fsum(largest[:sites])) < wanted:
        raise CannotSite(
            f"容量最大的 {sites} 处合计 {held:,.0f}，少于总需求 {wanted:,.0f}。请增加数量或容量。",
            capacity=held,
            demand=wanted,
        )
    too_large = [point.id for point in siting.demand if point.weight > largest[0]]
    if too_large:
        named = "、".join(too_large[:5])
        raise CannotSite(
            f"没有候选点容得下这些需求点：{named}。请拆分需求点或增加容量。", uncovered=too_large
        )


def _capacities(
    siting: Siting, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> list[LinearConstraint]:
    """Σ a·y ≤ capacity · x, and equal where a site must be filled."""
    count, pairs = len(siting.sites), np.arange(len(rows))
    capacity = np.array([site.capacity or 0.0 for site in siting.sites])
    is_filled = np.array([site.is_filled for site in siting.sites])
    used = _matrix(
        np.concatenate([siting.weights[rows], -capacity]),
        np.concatenate([columns, np.arange(count)]),
        np.concatenate([count + pairs, np.arange(count)]),
        (count, count + len(rows)),
    )
    return [LinearConstraint(used, np.where(is_filled, 0.0, -np.inf), np.zeros(count))]


def _nearest(siting: Siting, opened: NDArray[np.float64], *, value: float, bound: float) -> Choice:
    """Every demand point served by the nearest chosen site."""
    distances = np.where(opened > 0.5, siting.distances, np.inf)
    serving = {
        row: int(distances[row].argmin())
        for row in np.flatnonzero(np.isfinite(distances).any(axis=1)).tolist()
    }
    return _choice(siting, opened, serving, value=value, bound=bound)


def _choice(
    siting: Siting, opened: NDArray[np.float64], serving: dict[int, int], *, value: float, bound: float
) -> Choice:
    services = tuple(
        Service(point.id, siting.sites[serving[row]].id, float(siting.distances[row, serving[row]]))
        if row in serving
        else Service(point.id, None, None)
        for row, point in enumerate(siting.demand)
    )
    return Choice(
        site_ids=tuple(site.id for site, is_open in zip(siting.sites, opened, strict=True) if is_open > 0.5),
        services=services,
        value=value,
        bound=bound,
        total_weight=math.fsum(siting.weights),
        weights=tuple(siting.weights.tolist()),
    )
