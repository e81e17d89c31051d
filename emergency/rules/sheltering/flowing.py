"""The cheapest flow of people to places, proven: min-cost flow in whole numbers.

block i (people) → shelter j (whole seconds, none where there is no way) → sink (capacity), and every block →
"unserved". All supplies are whole, so people are never cut in parts.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

Whole: TypeAlias = NDArray[np.int64]
LEAST_UNSERVED_S = 1_000_000


@dataclass(frozen=True, slots=True)
class Problem:
    """People by block, places by shelter, whole seconds with `may` telling where there is a way.

    `kept` are people by pair who went there before; each of them who goes elsewhere costs `stability_s` more.
    """

    people: Whole
    places: Whole
    seconds: Whole
    may: NDArray[np.bool_]
    kept: Whole
    stability_s: int = 0

    @property
    def unserved_s(self) -> int:
        """What one person without a place costs: above whatever a chain of moves could cost to make room.

        Such a chain passes each shelter once, so the most it can add is the longest time for each.
        """
        longest = int(self.seconds[self.may].max(initial=0)) + self.stability_s
        return max(LEAST_UNSERVED_S, (len(self.places) + 2) * longest + 1)

    @property
    def scale(self) -> int:
        """Seconds are multiplied by this, so that "moved or not" decides among equal times alone.

        Two flows differ by circles that pass each shelter once; along one at most shelters + 1 people change.
        """
        return len(self.places) + 3


@dataclass(frozen=True, slots=True)
class Flow:
    """People by block and shelter, the unserved by block, and what one more place in a shelter would save."""

    people: Whole
    unserved: Whole
    saving_s: Whole

    def cost_s(self, problem: Problem) -> int:
        """Person-seconds with the unserved at their cost; stability not counted."""
        travelled = int((self.people * np.where(problem.may, problem.seconds, 0)).sum())
        return travelled + int(self.unserved.sum()) * problem.unserved_s


def flow(problem: Problem) -> Flow:
    """The least person-seconds there can be, with as many people placed as there can be.

    Where several flows cost the same, the one that moves fewest people away from where they went before.
    """
    blocks, shelters = problem.seconds.shape
    rows, columns = np.nonzero(problem.may)
    kept_rows, kept_columns = np.nonzero(problem.may & (problem.kept > 0))
    kept = problem.kept[kept_rows, kept_columns]
    unserved, sink = blocks + shelters, blocks + shelters + 1
    everyone = np.arange(blocks)
    moved = problem.stability_s * problem.scale + 1
    tails = (rows, kept_rows, everyone, np.arange(blocks, blocks + shelters + 1))
    heads = (blocks + columns, blocks + kept_columns, np.full(blocks, unserved), np.full(shelters + 1, sink))
    total = int(problem.people.sum())
    limits = (problem.people[rows], kept, problem.people, problem.places, [total])
    costs = (
        problem.seconds[rows, columns] * problem.scale + moved,
        problem.seconds[kept_rows, kept_columns] * problem.scale,
        np.full(blocks, problem.unserved_s * problem.scale + moved),
        np.zeros(shelters + 1),
    )
    supplies = np.concatenate([problem.people, np.zeros(shelters + 1), [-total]])
    flows = _solve(_whole(tails), _whole(heads), _whole(limits), _whole(costs), supplies.astype(np.int64))
    ends = np.cumsum([len(rows), len(kept_rows), blocks])
    people = np.zeros((blocks, shelters), dtype=np.int64)
    people[rows, columns] = flows[: ends[0]]
    people[kept_rows, kept_columns] += flows[ends[0] : ends[1]]
    left = flows[ends[1] : ends[2]]
    return Flow(people, left, _savings(problem, people, left))


def _whole(parts: tuple[object, ...]) -> Whole:
    return np.concatenate([np.asarray(part, dtype=np.int64) for part in parts])


def _solve(tails: Whole, heads: Whole, limits: Whole, costs: Whole, supplies: Whole) -> Whole:
    network = SimpleMinCostFlow()
    arcs = network.add_arcs_with_capacity_and_unit_cost(
        tails.astype(np.int32), heads.astype(np.int32), limits, costs
    )
    network.set_nodes_supplies(np.arange(len(supplies), dtype=np.int32), supplies)
    status = network.solve()
    if status != network.OPTIMAL:
        raise AssertionError(f"min-cost flow: {status.name}")  # the unserved arc makes every input feasible
    return np.asarray(network.flows(arcs), dtype=np.int64)


def _savings(problem: Problem, people: Whole, unserved: Whole) -> Whole:
    """Person-seconds that one more place in each shelter would save: the least dual price of its capacity.

    A place made in k takes over the person of some j who gains most; that frees a place in j, and so on. The
    price is the best chain of such moves. Stability is not counted.
    """
    shelters = len(problem.places)
    never = np.iinfo(np.int64).max // 4
    seconds = np.column_stack([problem.seconds, np.full(len(people), problem.unserved_s)])
    may = np.column_stack([problem.may, np.ones(len(people), dtype=bool)])
    there = np.column_stack([people, unserved]) > 0
    gain = np.full((shelters + 1, shelters + 1), -never)
    for j in range(shelters + 1):
        if (rows := there[:, j]).any():
            gains = seconds[rows, j][:, None] - np.where(may[rows], seconds[rows], never)
            gain[j] = gains.max(axis=0)
    saving = np.zeros(shelters + 1, dtype=np.int64)
    for _ in range(shelters + 1):
        saving[:-1] = np.maximum(saving, (gain + saving[:, None]).max(axis=0))[:-1]
    return saving[:-1]
