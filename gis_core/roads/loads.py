"""Which stretches people pass who go from many places to others by the quickest ways, and how many."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gis_core.roads.closures import OpenRoads
from gis_core.roads.matrices import BLOCK
from gis_core.roads.places import Accesses, RoadPlaces, access
from gis_core.roads.routes import edge_between
from gis_core.roads.searching import Reach, search, shortcut_s


@dataclass(frozen=True, slots=True)
class Trip:
    """So many people from one place to another, by their numbers among origins and goals."""

    origin: int
    goal: int
    people: int


@dataclass(slots=True)
class StretchLoad:
    """Who passes a stretch, both ways together; `seconds` is the shortest whole trip among them."""

    people: int = 0
    seconds: float = float("inf")
    trips: set[int] | None = None


def load_stretches(
    roads: OpenRoads, origins: RoadPlaces, goals: RoadPlaces, trips: Sequence[Trip]
) -> dict[int, StretchLoad]:
    """People by stretch when each trip takes its quickest way; trips without a way pass none.

    Half-walked stretches at both ends count as well. `trips` of a load are the numbers of those that pass.
    """
    found: defaultdict[int, StretchLoad] = defaultdict(StretchLoad)
    edges: dict[tuple[int, int], int] = {}
    outs, ins = access(roads, origins, towards=False), access(roads, goals, towards=True)
    used = np.unique([one.goal for one in trips]).astype(np.int64)
    for first in range(0, len(used), BLOCK):
        here = used[first : first + BLOCK]
        asked = [(n, one) for n, one in enumerate(trips) if one.goal in set(here.tolist())]
        reach = search(roads, goals.chosen(here), towards=True, with_paths=True)
        for n, trip in asked:
            row = int(np.searchsorted(here, trip.goal))
            stretches, seconds = _way(roads, reach, _Ends(origins, goals, outs, ins, trip, row), edges)
            for stretch in stretches:
                load = found[stretch]
                load.people += trip.people
                load.seconds = min(load.seconds, seconds)
                load.trips = {n, *(load.trips or ())}
    return dict(found)


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where a trip begins and ends, and the row of the search towards its end."""

    origins: RoadPlaces
    goals: RoadPlaces
    outs: Accesses
    ins: Accesses
    trip: Trip
    row: int


def _way(
    roads: OpenRoads, reach: Reach, ends: _Ends, edges: dict[tuple[int, int], int]
) -> tuple[set[int], float]:
    """The stretches of a trip and its seconds; none and infinity without a way."""
    origin, goal, row = ends.trip.origin, ends.trip.goal, ends.row
    start, end = int(ends.origins.stretches[origin]), int(ends.goals.stretches[goal])
    totals = ends.outs.seconds[origin] + reach.seconds[row, ends.outs.nodes[origin]]
    by = int(totals.argmin())
    if start == end and start >= 0:
        along = float(ends.origins.along_m[origin]), float(ends.goals.along_m[goal])
        direct_s = shortcut_s(roads, start, *along)
        if direct_s <= totals[by]:
            return ({start} if direct_s > 0 else set()), direct_s
    if not np.isfinite(totals[by]):
        return set(), float("inf")
    assert reach.before is not None
    passed = {start} if ends.outs.seconds[origin, by] > 0 else set()
    here, count = int(ends.outs.nodes[origin, by]), len(roads.network)
    while 0 <= (onward := int(reach.before[row, here])) < count:
        if (here, onward) not in edges:
            edges[here, onward] = edge_between(roads, here, onward)
        passed.add(edges[here, onward] // 2)
        here = onward
    if ends.ins.seconds[goal][ends.ins.nodes[goal] == here].min(initial=np.inf) > 0:
        passed.add(end)
    return passed, float(totals[by])
