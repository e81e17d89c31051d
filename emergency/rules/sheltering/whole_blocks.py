"""Blocks that go whole: a generalised assignment, as good as time allows, with its distance from the bound.

The flow that may split blocks is a bound no whole plan can beat, and its prices of places show which pairs
are worth a thought. Blocks the flow keeps whole stay; the split ones go where room is; moves and swaps mend
that; HiGHS then searches the pairs worth a thought. The better of both is taken.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from emergency.rules.sheltering.flowing import Flow, Problem, Whole

Reals: TypeAlias = NDArray[np.float64]
PAIRS_SEARCHED = 6_000
"""Pairs that HiGHS is given at most; below this all of them, and the optimum is proven when time allows."""
LEAST_SHELTERS = 3
GAP_REACHED = 1e-6


@dataclass(frozen=True, slots=True)
class WholePlan:
    """The shelter's position for each block (the number of shelters for unserved), cost and bound in seconds.

    `cost_s` and `bound_s` count the unserved at their cost; stability not counted.
    """

    shelter: Whole
    cost_s: int
    bound_s: int

    @property
    def gap(self) -> float:
        """Share of the cost that a better plan could save at most."""
        return (self.cost_s - self.bound_s) / self.cost_s if self.cost_s else 0.0


@dataclass(frozen=True, slots=True)
class _Costs:
    """Costs of whole blocks by shelter and, last, unserved; infinite where there is no way or never room."""

    all: Reals
    people: Whole
    places: Reals

    def of(self, shelter: Whole) -> float:
        return float(self.all[np.arange(len(shelter)), shelter].sum())

    def room(self, shelter: Whole) -> Reals:
        """Places left in each shelter, endless for the unserved."""
        return self.places - np.bincount(shelter, self.people, len(self.places))


def place_whole(problem: Problem, split: Flow, *, time_limit_s: float) -> WholePlan:
    """A plan in which no block is split, at the least cost found within the time."""
    costs = _costs(problem, stability=True)
    reduced = _reduced(problem, costs, split)
    starts = [_kept_whole(split), *_as_before(costs, problem)]
    plan = min((_mend(costs, _fill(costs, reduced, start)) for start in starts), key=costs.of)
    bound = split.cost_s(problem)
    without_stability = _costs(problem, stability=False)
    if not problem.kept.any() and round(without_stability.of(plan)) == bound:
        return WholePlan(plan, bound, bound)
    found = _search(costs, reduced, plan, time_limit_s=time_limit_s)
    if found is not None and costs.of(found[0]) < costs.of(plan):
        plan = found[0]
    if found is not None and not problem.stability_s:
        decided_by_moving = float(problem.people[problem.kept.any(axis=1)].sum()) / problem.scale
        bound = max(bound, math.ceil(found[1] - decided_by_moving - 0.5))
    cost = round(without_stability.of(plan))
    return WholePlan(plan, cost, min(bound, cost))


def _costs(problem: Problem, *, stability: bool) -> _Costs:
    people = problem.people[:, None]
    fits = problem.may & (people <= problem.places)
    moved = np.zeros_like(problem.seconds, dtype=np.float64)
    if stability:
        most = problem.kept.max(axis=1, keepdims=True, initial=0)
        moved = np.where(problem.kept == most, 0.0, problem.stability_s + 1 / problem.scale)
    served = np.where(fits, (problem.seconds + moved) * people, np.inf)
    unserved = problem.unserved_s * problem.people.astype(np.float64)
    return _Costs(np.column_stack([served, unserved]), problem.people, np.append(problem.places, np.inf))


def _reduced(problem: Problem, costs: _Costs, split: Flow) -> Reals:
    """What each pair costs above the block's best one, places at their price."""
    prices = np.append(split.saving_s, 0)
    priced = costs.all + prices * problem.people[:, None]
    return np.asarray(priced - priced.min(axis=1, keepdims=True))


def _kept_whole(split: Flow) -> Whole:
    """Blocks that the flow keeps whole, where it puts them; the others unserved for now."""
    there = np.column_stack([split.people, split.unserved])
    shelter = np.where((there > 0).sum(axis=1) == 1, there.argmax(axis=1), there.shape[1] - 1)
    return np.asarray(shelter, dtype=np.int64)


def _as_before(costs: _Costs, problem: Problem) -> list[Whole]:
    """Blocks where most of them went before, if that is still possible for all of them together."""
    if not problem.kept.any():
        return []
    unserved = len(problem.places)
    shelter = np.where(problem.kept.any(axis=1), problem.kept.argmax(axis=1), unserved).astype(np.int64)
    is_possible = np.isfinite(costs.of(shelter)) and bool((costs.room(shelter) >= 0).all())
    return [shelter] if is_possible else []


def _fill(costs: _Costs, reduced: Reals, start: Whole) -> Whole:
    """Those unserved, largest first, go where they cost least and still fit."""
    shelter, unserved = start.copy(), costs.all.shape[1] - 1
    room = costs.room(shelter)
    waiting = np.flatnonzero(shelter == unserved).tolist()
    for block in sorted(waiting, key=lambda one: -int(costs.people[one])):
        fits = np.isfinite(costs.all[block]) & (room >= costs.people[block])
        fits[-1] = False
        if fits.any():
            shelter[block] = int(np.where(fits, reduced[block], np.inf).argmin())
            room[shelter[block]] -= costs.people[block]
    return shelter


def _mend(costs: _Costs, shelter: Whole) -> Whole:
    """Moves of one block and swaps of two, each for the better, until none is left."""
    shelter = shelter.copy()
    everyone = np.arange(len(shelter))
    room = costs.room(shelter)
    is_better = True
    while is_better:
        is_better = False
        now = costs.all[everyone, shelter]
        for block in np.flatnonzero(costs.all.min(axis=1) < now).tolist():
            is_better |= _move(costs, shelter, room, block) or _swap(costs, shelter, room, block)
    return shelter


def _move(costs: _Costs, shelter: Whole, room: Reals, block: int) -> bool:
    possible = np.where(room >= costs.people[block], costs.all[block], np.inf)
    best, now = int(possible.argmin()), int(shelter[block])
    if not possible[best] < costs.all[block, now] - 1e-9:
        return False
    shelter[block] = best
    room[now] += costs.people[block]
    room[best] -= costs.people[block]
    return True


def _swap(costs: _Costs, shelter: Whole, room: Reals, block: int) -> bool:
    here, everyone = int(shelter[block]), np.arange(len(shelter))
    change = (
        costs.all[block, shelter] - costs.all[block, here] + costs.all[:, here] - costs.all[everyone, shelter]
    )
    more = costs.people - costs.people[block]
    fits = (more <= room[here]) & (-more <= room[shelter]) & (shelter != here)
    change = np.where(fits, change, np.inf)
    other = int(change.argmin())
    if not change[other] < -1e-6:
        return False
    there = int(shelter[other])
    shelter[block], shelter[other] = there, here
    room[here] -= more[other]
    room[there] += more[other]
    return True


def _search(costs: _Costs, reduced: Reals, plan: Whole, *, time_limit_s: float) -> tuple[Whole, float] | None:
    """HiGHS among the pairs worth a thought; the bound is zero where a pair was left out."""
    blocks, choices = costs.all.shape
    possible = np.isfinite(costs.all)
    each = max(LEAST_SHELTERS, PAIRS_SEARCHED // max(1, blocks))
    rank = np.where(possible, reduced, np.inf).argsort(axis=1, kind="stable").argsort(axis=1)
    chosen = possible & (rank < each)
    chosen[:, -1] = True
    chosen[np.arange(blocks), plan] = True
    rows, columns = np.nonzero(chosen)
    pairs = np.arange(len(rows))
    once = csr_array((np.ones(len(rows)), (rows, pairs)), shape=(blocks, len(rows)))
    weights = costs.people[rows].astype(np.float64)
    held = csr_array((weights, (columns, pairs)), shape=(choices, len(rows)))[:-1]
    unit = max(1.0, float(costs.all[np.isfinite(costs.all)].max(initial=1.0)) / 1e6)
    result = milp(
        costs.all[rows, columns] / unit,
        integrality=np.ones(len(rows), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(once, 1, 1), LinearConstraint(held, -np.inf, costs.places[:-1])],
        options={"time_limit": time_limit_s, "mip_rel_gap": GAP_REACHED},
    )
    if result.x is None:
        return None
    taken = result.x > 0.5
    shelter = np.full(blocks, choices - 1, dtype=np.int64)
    shelter[rows[taken]] = columns[taken]
    if (costs.room(shelter) < 0).any():
        return None
    is_every_pair = bool((possible == chosen).all())
    return shelter, float(result.mip_dual_bound or 0.0) * unit if is_every_pair else 0.0
