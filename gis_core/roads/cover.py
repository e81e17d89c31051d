"""Who still covers what when units leave: people within reach before and after, by budget."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gis_core.coverage import Floats, Ints
from gis_core.errors import BadInput
from gis_core.roads.closures import OpenRoads
from gis_core.roads.isochrones import BadBudget
from gis_core.roads.nearest import Resources
from gis_core.roads.network import Bools
from gis_core.roads.places import RoadPlaces, access, find_places
from gis_core.roads.searching import search, shortcut_s


class BadDemand(BadInput):
    """Demand that cannot be weighed."""

    code = "bad_demand"


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Points that should be covered with their weights, such as people; places found once on a network."""

    points: Floats
    weights: Floats
    places: RoadPlaces

    @classmethod
    def at(cls, roads: OpenRoads, points: Floats, weights: Floats) -> "Demand":
        """Weighted points on the network.

        :raises BadDemand: when a weight is negative or no number, or their count is another one.
        """
        if len(points) != len(weights) or not (np.isfinite(weights) & (weights >= 0)).all():
            raise BadDemand("需求点的权重须为非负数，且与点一一对应。请检查数据。")
        return cls(points, weights, find_places(roads.network, points))


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Of one budget: the weight covered before and after, of the whole; and the points that are lost."""

    budget_s: float
    before: float
    after: float
    total: float
    lost: Ints

    @property
    def before_share(self) -> float:
        """The share covered before; of no weight at all it is 0."""
        return self.before / self.total if self.total else 0.0

    @property
    def after_share(self) -> float:
        """The share covered after."""
        return self.after / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class CoverChange:
    """What leaving does: cover by budget, and seconds from the nearest unit to each point, both times."""

    covers: tuple[Cover, ...]
    before_s: Floats
    after_s: Floats


def compare_cover(
    roads: OpenRoads,
    units: Resources,
    leaving: Bools,
    demand: Demand,
    budgets_s: Sequence[float],
) -> CoverChange:
    """The cover of all units, and of those that stay; a point exactly at a budget is covered.

    :raises BadBudget: when no budget is given, or one is not above 0.
    """
    budgets = sorted(set(budgets_s))
    if not budgets or not all(budget > 0 for budget in budgets):
        raise BadBudget("请给出大于 0 的时限。")
    before_s = _nearest_s(roads, units, np.ones(len(units.keys), dtype=bool), demand)
    after_s = _nearest_s(roads, units, ~leaving, demand)
    covers = tuple(_cover(budget, before_s, after_s, demand.weights) for budget in budgets)
    return CoverChange(covers, before_s, after_s)


def _cover(budget_s: float, before_s: Floats, after_s: Floats, weights: Floats) -> Cover:
    was, still = before_s <= budget_s, after_s <= budget_s
    return Cover(
        budget_s=budget_s,
        before=float(weights[was].sum()),
        after=float(weights[still].sum()),
        total=float(weights.sum()),
        lost=np.flatnonzero(was & ~still),
    )


def _nearest_s(roads: OpenRoads, units: Resources, which: Bools, demand: Demand) -> Floats:
    """Seconds from the nearest of some units to each demand point: one search from all of them at once."""
    there = np.flatnonzero(which & (units.places.stretches >= 0))
    if not len(there) or not len(demand.places):
        return np.full(len(demand.places), np.inf)
    places = units.places
    origins = RoadPlaces(places.stretches[there], places.along_m[there], places.beside_m[there])
    reach = search(roads, origins, nearest_only=True)
    return _from_nearest(roads, reach.seconds, origins, demand.places)


def _from_nearest(roads: OpenRoads, node_s: Floats, origins: RoadPlaces, places: RoadPlaces) -> Floats:
    """Seconds from the nearest origin to each place; on a stretch where units stand also along it."""
    ends = access(roads, places, towards=True)
    seconds: Floats = np.minimum(
        node_s[0, ends.nodes[:, 0]] + ends.seconds[:, 0], node_s[0, ends.nodes[:, 1]] + ends.seconds[:, 1]
    )
    shared = np.isin(places.stretches, origins.stretches) & (places.stretches >= 0)
    for n in np.flatnonzero(shared).tolist():
        stretch, to_m = int(places.stretches[n]), float(places.along_m[n])
        for from_m in origins.along_m[origins.stretches == stretch].tolist():
            seconds[n] = min(float(seconds[n]), shortcut_s(roads, stretch, from_m, to_m))
    return seconds
