"""A city for sheltering at any size, and other ways to work out the same: HiGHS, networkx, nearest first."""

from dataclasses import dataclass
from typing import TypeAlias

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, identity, kron

from emergency.rules.sheltering.allocating import Allocation, allocate
from emergency.rules.sheltering.blocks import Block, Way
from emergency.rules.sheltering.shelters import Shelter, Standard

Whole: TypeAlias = NDArray[np.int64]
Seconds: TypeAlias = NDArray[np.float64]
ONE_M2 = Standard("temporary", 1.0, None, "assumed", "各 1 m²，便于核算")
UNSERVED_S = 1_000_000


@dataclass(frozen=True)
class Town:
    """People by block, places by shelter, seconds between them."""

    people: Whole
    places: Whole
    seconds: Seconds

    @property
    def blocks(self) -> list[Block]:
        return [Block(f"b{n}", f"片区{n}", people) for n, people in enumerate(self.people.tolist())]

    @property
    def shelters(self) -> list[Shelter]:
        return [Shelter(f"s{n}", f"场所{n}", places) for n, places in enumerate(self.places.tolist())]

    def allocate(self, **choices: object) -> Allocation:
        return allocate(
            self.blocks, self.shelters, [Way("on_foot", self.seconds)], standard=ONE_M2, **choices
        )


POWERCO = Town(
    np.array([35, 50, 40]),
    np.array([45, 20, 30, 30]),
    np.array([[8.0, 6, 10, 9], [9, 12, 13, 7], [14, 9, 16, 5]]),
)
"""Winston's transport problem; its optimum is published as 1020."""


def draw_town(*, blocks: int, shelters: int, spare: float = 1.15, seed: int = 610300) -> Town:
    """Blocks and shelters strewn over 15 km, with so many places for each person."""
    random = np.random.default_rng(seed)
    people = random.integers(100, 800, blocks)
    weights = random.dirichlet(np.full(shelters, 3.0))
    here, there = random.uniform(0, 15_000, (blocks, 2)), random.uniform(0, 15_000, (shelters, 2))
    seconds = np.rint(np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1)) * 1.3 / 1.2)
    return Town(people, np.floor(weights * people.sum() * spare).astype(np.int64), seconds)


def cost_by_highs(town: Town, unserved_s: int = UNSERVED_S) -> float:
    """The least cost, by a linear program."""
    blocks, shelters = town.seconds.shape
    costs = np.column_stack([town.seconds, np.full(blocks, unserved_s)]).ravel()
    bounds = [(0, None if np.isfinite(cost) else 0) for cost in costs]
    everyone = kron(identity(blocks), np.ones((1, shelters + 1)), format="csr")
    held = kron(np.ones((1, blocks)), hstack([identity(shelters), csr_array((shelters, 1))]), format="csr")
    found = linprog(
        np.where(np.isfinite(costs), costs, 0),
        held,
        town.places,
        everyone,
        town.people,
        bounds,
        method="highs",
    )
    return float(found.fun)


def cost_by_networkx(town: Town, unserved_s: int = UNSERVED_S) -> int:
    """The least cost, by network simplex."""
    graph = nx.DiGraph()
    graph.add_node("sink", demand=int(town.people.sum()))
    for i, people in enumerate(town.people.tolist()):
        graph.add_node(("b", i), demand=-people)
        graph.add_edge(("b", i), "sink", weight=unserved_s)
        for j in np.flatnonzero(np.isfinite(town.seconds[i])).tolist():
            graph.add_edge(("b", i), ("s", j), weight=int(town.seconds[i, j]))
    for j, places in enumerate(town.places.tolist()):
        graph.add_edge(("s", j), "sink", capacity=places)
    return int(nx.min_cost_flow_cost(graph))


def cost_nearest_first(town: Town, unserved_s: int = UNSERVED_S) -> int:
    """What comes of it when the nearest pairs fill up first, as is done by hand."""
    people, places = town.people.copy(), town.places.copy()
    cost = 0
    for pair in town.seconds.argsort(axis=None, kind="stable").tolist():
        i, j = divmod(pair, len(places))
        going = min(people[i], places[j]) if np.isfinite(town.seconds[i, j]) else 0
        cost += int(going) * int(town.seconds[i, j]) if going else 0
        people[i] -= going
        places[j] -= going
    return cost + int(people.sum()) * unserved_s
