"""The quickest way when closures begin and end under way: an exact search in time (first in, first out).

A stretch may be entered when passing it meets no closure; otherwise one waits before it until it opens. With
waiting nobody who comes later leaves earlier, so the first time a crossing is reached is the best. Without
(`may_wait=False`) every step is free when it is driven, but a way that comes later on purpose is not sought.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

import numpy as np

from gis_core.roads.closures import BadClosure, Closure, OpenRoads, is_part_touched, list_touched, window_s
from gis_core.roads.places import RoadPlace, RoadPlaces, access
from gis_core.roads.routes import Part, Route, explain_no_route, route_of, whole
from gis_core.roads.searching import search

Windows = Sequence[tuple[float, float]]
"""From when until when something is closed, in seconds, in order; the end is no longer closed."""


def arrive_s(enter_s: float, takes_s: float, windows: Windows, *, may_wait: bool = True) -> float:
    """When one who comes to a stretch at `enter_s` leaves it; infinity for never.

    >>> [arrive_s(enter, 60.0, [(0.0, 600.0)]) for enter in (-60.0, -30.0, 599.0, 600.0)]
    [0.0, 660.0, 660.0, 660.0]
    >>> arrive_s(0.0, 60.0, [(0.0, 600.0)], may_wait=False)
    inf
    """
    start_s = enter_s
    for begin_s, end_s in windows:
        if start_s < end_s and begin_s < start_s + takes_s:
            if not may_wait:
                return inf
            start_s = end_s
        elif takes_s <= 0 and begin_s <= start_s < end_s:
            start_s = end_s if may_wait else inf
    return start_s + takes_s


@dataclass(frozen=True, slots=True)
class _Leg:
    """A part of the way to try, and when it is closed."""

    part: Part
    windows: tuple[tuple[float, float], ...]


class _Times:
    """When stretches and parts of them are closed, in seconds from the departure."""

    def __init__(self, roads: OpenRoads) -> None:
        if roads.at is None:
            raise BadClosure("按时刻计算路线须给出出发时刻。请填写出发时间。")
        self._network = roads.network
        self._holding: dict[int, list[tuple[float, float, Closure]]] = {}
        for one in roads.closures:
            begin_s, end_s = window_s(one, roads.at)
            if end_s > 0:
                for stretch in list_touched(roads.network, one).tolist():
                    self._holding.setdefault(stretch, []).append((begin_s, end_s, one))
        self.by_stretch = {
            stretch: tuple(sorted((begin, end) for begin, end, _ in holding))
            for stretch, holding in self._holding.items()
        }

    def of_part(self, stretch: int, from_m: float, to_m: float) -> tuple[tuple[float, float], ...]:
        """When a part of a stretch is closed."""
        holding = self._holding.get(stretch, ())
        return tuple(
            sorted(
                (begin, end)
                for begin, end, one in holding
                if is_part_touched(self._network, one, stretch, from_m, to_m)
            )
        )

    def waited_for(self, stretch: int, from_s: float, until_s: float) -> tuple[Closure, ...]:
        """The closures of a stretch that end while one waits before it."""
        return tuple(one for _, end, one in self._holding.get(stretch, ()) if from_s < end <= until_s)


def find_timed_route(
    roads: OpenRoads, origin: RoadPlace, target: RoadPlace, *, may_wait: bool = True
) -> Route:
    """The way that arrives first when one departs at `roads.at`, closures obeyed as they begin and end.

    :raises NoRoute: when no way leads there, ever; naming the closures in the way.
    :raises BadClosure: when `roads` were opened without a moment.
    """
    times = _Times(roads)
    free = OpenRoads(roads.network, (), roads.profile, roads.at, np.zeros_like(roads.closed))
    least_s = search(free, RoadPlaces.of([target]), towards=True).seconds[0].tolist()
    found = _Search(roads, times, least_s, may_wait=may_wait).run(
        _ways_out(free, origin, times), _ways_in(free, target, times), _direct(free, origin, target, times)
    )
    if found is None:
        raise explain_no_route(_with_all_closed(roads, may_wait=may_wait), origin, target)
    return route_of(roads, found, origin)


def _ways_out(free: OpenRoads, origin: RoadPlace, times: _Times) -> list[tuple[int, _Leg]]:
    """From a place to both ends of its stretch."""
    outs = access(free, RoadPlaces.of([origin]), towards=False)
    return [
        (
            int(outs.nodes[0, end]),
            _leg(times, origin.stretch, origin.along_m, to_m, float(outs.seconds[0, end])),
        )
        for end, to_m in enumerate((0.0, float(free.network.lengths_m[origin.stretch])))
    ]


def _ways_in(free: OpenRoads, target: RoadPlace, times: _Times) -> dict[int, list[_Leg]]:
    """From both ends of its stretch to a place."""
    ins = access(free, RoadPlaces.of([target]), towards=True)
    found: dict[int, list[_Leg]] = {}
    for end, from_m in enumerate((0.0, float(free.network.lengths_m[target.stretch]))):
        leg = _leg(times, target.stretch, from_m, target.along_m, float(ins.seconds[0, end]))
        found.setdefault(int(ins.nodes[0, end]), []).append(leg)
    return found


def _direct(free: OpenRoads, origin: RoadPlace, target: RoadPlace, times: _Times) -> _Leg | None:
    """Along one stretch, when both places are on it."""
    if origin.stretch != target.stretch:
        return None
    network = free.network
    whole_s = float(network.seconds[origin.stretch, 0 if target.along_m >= origin.along_m else 1])
    share = abs(target.along_m - origin.along_m) / float(network.lengths_m[origin.stretch])
    takes_s = whole_s * share if share else 0.0
    return _leg(times, origin.stretch, origin.along_m, target.along_m, takes_s)


def _leg(times: _Times, stretch: int, from_m: float, to_m: float, takes_s: float) -> _Leg:
    return _Leg(Part(stretch, from_m, to_m, takes_s), times.of_part(stretch, from_m, to_m))


class _Search:
    """One search forward in time, led by how long the rest takes at least."""

    def __init__(self, roads: OpenRoads, times: _Times, least_s: list[float], *, may_wait: bool) -> None:
        self._roads = roads
        self._times = times
        self._least_s = least_s
        self._may_wait = may_wait
        self._best_s: dict[int, float] = {}
        self._from: dict[int, tuple[int, Part]] = {}
        self._waiting: list[tuple[float, float, int]] = []

    def run(
        self, outs: list[tuple[int, _Leg]], ins: dict[int, list[_Leg]], direct: _Leg | None
    ) -> list[Part] | None:
        """The parts of the best way; None when there is none."""
        done_s, done = self._try_direct(direct)
        for node, leg in outs:
            self._reach(node, *self._pass(leg.part, 0.0, leg.windows), before=-1)
        settled: set[int] = set()
        while self._waiting:
            least_s, at_s, node = heappop(self._waiting)
            if least_s >= done_s:
                break
            if node in settled:
                continue
            settled.add(node)
            for leg in ins.get(node, ()):
                arrived_s, part = self._pass(leg.part, at_s, leg.windows)
                if arrived_s < done_s:
                    done_s, done = arrived_s, [*self._way_to(node), part]
            self._leave(node, at_s, settled)
        return done

    def _try_direct(self, direct: _Leg | None) -> tuple[float, list[Part] | None]:
        if direct is None:
            return inf, None
        arrived_s, part = self._pass(direct.part, 0.0, direct.windows)
        return arrived_s, None if arrived_s == inf else [part]

    def _leave(self, node: int, at_s: float, settled: set[int]) -> None:
        closed, edge_best = self._times.by_stretch, self._best_s
        for edge, head, takes_s in self._roads.network.leaving.rows[node]:
            if head in settled:
                continue
            windows = closed.get(edge // 2)
            if windows is None:
                arrived_s = at_s + takes_s
                if arrived_s < edge_best.get(head, inf):
                    self._reach(head, arrived_s, whole(self._roads, edge), before=node)
            else:
                self._reach(head, *self._pass(whole(self._roads, edge), at_s, windows), before=node)

    def _pass(self, part: Part, at_s: float, windows: Windows) -> tuple[float, Part]:
        """When a part is behind one who comes to it at a time, and the part with the wait before it."""
        arrived_s = arrive_s(at_s, part.seconds, windows, may_wait=self._may_wait)
        wait_s = arrived_s - part.seconds - at_s if arrived_s < inf else 0.0
        if wait_s <= 1e-6:
            return arrived_s, part
        holding = self._times.waited_for(part.stretch, at_s, at_s + wait_s + 1e-6)
        return arrived_s, Part(part.stretch, part.from_m, part.to_m, part.seconds, wait_s, holding)

    def _reach(self, node: int, arrived_s: float, part: Part, *, before: int) -> None:
        if arrived_s < self._best_s.get(node, inf) and self._least_s[node] < inf:
            self._best_s[node] = arrived_s
            self._from[node] = (before, part)
            heappush(self._waiting, (arrived_s + self._least_s[node], arrived_s, node))

    def _way_to(self, node: int) -> list[Part]:
        parts: list[Part] = []
        while node >= 0:
            node, part = self._from[node]
            parts.append(part)
        return parts[::-1]


def _with_all_closed(roads: OpenRoads, *, may_wait: bool) -> OpenRoads:
    """The roads as if closures held that are not over: those without an end, or all when nobody may wait."""
    lasting = tuple(
        one
        for one in roads.closures
        if one.ends_at is None or (not may_wait and roads.at is not None and one.ends_at > roads.at)
    )
    closed = np.zeros_like(roads.closed)
    for one in lasting:
        touched = list_touched(roads.network, one)
        closed[2 * touched] = closed[2 * touched + 1] = True
    return OpenRoads(roads.network, lasting, roads.profile, None, closed)
