"""Travel times over the compressed graph: Dijkstra's search by scipy, places hung on as nodes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from gis_core.coverage import Floats, Ints
from gis_core.roads.closures import OpenRoads
from gis_core.roads.network import LEAST_S, Adjacency
from gis_core.roads.places import Accesses, RoadPlaces, access

UNREACHED = -9999
"""What stands for "no node before this one"."""
ENDLESS_S = 1e15
"""A limit that only infinity exceeds: scipy then passes closed edges by instead of walking over them."""


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Seconds between some places (rows) and every node; with the node before each where it was asked for."""

    seconds: Floats
    before: NDArray[np.int32] | None = None


def search(
    roads: OpenRoads,
    places: RoadPlaces,
    *,
    towards: bool = False,
    limit_s: float = ENDLESS_S,
    with_paths: bool = False,
    nearest_only: bool = False,
) -> Reach:
    """Seconds from each place to every node, or `towards` it from every node; infinity beyond `limit_s`.

    With `nearest_only` there is one row: seconds from or to the nearest of all places. In `before` a place
    bears a number after the last node's.
    """
    count = len(roads.network)
    rows = roads.arriving if towards else roads.leaving
    graph = _with_places(rows, access(roads, places, towards=towards), count)
    sources = np.arange(count, count + len(places))
    if not len(places):
        return Reach(np.full((1 if nearest_only else 0, count), np.inf))
    found: Any = dijkstra(  # type: ignore[call-overload]  # its stubs ask for literals
        graph,
        indices=sources,
        limit=min(limit_s, ENDLESS_S),
        return_predecessors=with_paths,
        min_only=nearest_only,
    )
    if not with_paths:
        return Reach(np.atleast_2d(found)[:, :count])
    return Reach(np.atleast_2d(found[0])[:, :count], np.atleast_2d(found[1])[:, :count])


def _with_places(rows: Adjacency, hung: Accesses, count: int) -> csr_array[np.float64]:
    """The graph with a row more for each place, whose edges lead to both ends of its stretch."""
    more = len(hung.nodes)
    starts = np.concatenate([rows.starts, rows.starts[-1] + 2 * np.arange(1, more + 1, dtype=np.int32)])
    nodes = np.concatenate([rows.nodes, hung.nodes.ravel().astype(np.int32)])
    seconds = np.concatenate([rows.seconds, np.maximum(hung.seconds.ravel(), LEAST_S)])
    return csr_array((seconds, nodes, starts.astype(np.int32)), shape=(count + more, count + more))


def between(
    roads: OpenRoads, reach: Reach, origins: RoadPlaces, places: RoadPlaces, *, towards: bool
) -> Floats:
    """Seconds between the places a search began at (rows) and other places (columns).

    `towards` as in the search: the other places lie before those it began at.
    """
    ends = access(roads, places, towards=not towards)
    seconds = np.minimum(
        reach.seconds[:, ends.nodes[:, 0]] + ends.seconds[:, 0],
        reach.seconds[:, ends.nodes[:, 1]] + ends.seconds[:, 1],
    )
    _take_shortcuts(roads, seconds, origins, places, towards=towards)
    return seconds


def _take_shortcuts(
    roads: OpenRoads, seconds: Floats, origins: RoadPlaces, places: RoadPlaces, *, towards: bool
) -> None:
    """Between two places on one stretch one need not pass a crossing."""
    if not len(places) or not len(origins):
        return
    order = np.argsort(places.stretches, kind="stable")
    sorted_stretches = places.stretches[order]
    first = np.searchsorted(sorted_stretches, origins.stretches, side="left")
    last = np.searchsorted(sorted_stretches, origins.stretches, side="right")
    for row in np.flatnonzero((last > first) & (origins.stretches >= 0)).tolist():
        for column in order[first[row] : last[row]].tolist():
            pair = (float(origins.along_m[row]), float(places.along_m[column]))
            from_m, to_m = pair[::-1] if towards else pair
            direct = shortcut_s(roads, int(origins.stretches[row]), from_m, to_m)
            seconds[row, column] = min(float(seconds[row, column]), direct)


def shortcut_s(roads: OpenRoads, stretch: int, from_m: float, to_m: float) -> float:
    """Seconds along a stretch from one place on it to another; infinity where that is shut or forbidden."""
    network = roads.network
    if from_m == to_m:
        return 0.0
    whole_s = float(network.seconds[stretch, 0 if to_m > from_m else 1])
    if not np.isfinite(whole_s):
        return float("inf")
    penalty_s = 0.0 if roads.is_part_open(stretch, from_m, to_m) else roads.penalty_s
    return whole_s * abs(to_m - from_m) / float(network.lengths_m[stretch]) + penalty_s


def nodes_on_way(before: NDArray[np.int32], last: int, count: int) -> Ints:
    """Nodes from the first after the place a search began at to `last`."""
    way = [last]
    while 0 <= (node := int(before[way[-1]])) < count:
        way.append(node)
    return np.array(way[::-1], dtype=np.int64)
