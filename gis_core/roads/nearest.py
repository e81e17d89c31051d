"""Which resources are soonest at an incident: a search backwards from it, stopped when enough are reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from gis_core.coverage import Floats
from gis_core.errors import BadInput
from gis_core.places import PlanePoint
from gis_core.roads.closures import OpenRoads
from gis_core.roads.network import Bools
from gis_core.roads.places import RoadPlace, RoadPlaces, find_places
from gis_core.roads.searching import ENDLESS_S, between, search

DETOUR = 1.6
"""How much longer than straight the first try takes the way to be; a wrong guess costs a second try."""
TRY_S = 120.0


class BadCount(BadInput):
    """Fewer than one was asked for."""

    code = "bad_count"


@dataclass(frozen=True, slots=True, eq=False)
class Resources:
    """Things that can be sent, in a fixed order, with their places found once on a network."""

    keys: tuple[str, ...]
    points: Floats
    places: RoadPlaces

    @classmethod
    def at(cls, roads: OpenRoads, keys: Sequence[str], points: Sequence[PlanePoint]) -> "Resources":
        """Resources where they are now."""
        rows = np.array([(one.easting_m, one.northing_m) for one in points], dtype=np.float64).reshape(-1, 2)
        return cls(tuple(keys), rows, find_places(roads.network, rows))


@dataclass(frozen=True, slots=True)
class Arrival:
    """How long a resource takes to the incident."""

    key: str
    position: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Nearest:
    """The soonest resources, the soonest first.

    When fewer than were asked for are there, all that can come are; `unreachable` are the eligible others.
    """

    arrivals: tuple[Arrival, ...]
    unreachable: tuple[str, ...] = ()


def list_nearest(
    roads: OpenRoads,
    incident: RoadPlace,
    resources: Resources,
    count: int,
    *,
    eligible: Bools | None = None,
) -> Nearest:
    """The `count` eligible resources that are soonest at an incident; of equally soon ones the first.

    :raises BadCount: when fewer than one is asked for.
    """
    if count < 1:
        raise BadCount("至少要查找 1 个。请填写正整数。")
    may_come = resources.places.stretches >= 0
    if eligible is not None:
        may_come = may_come & eligible
    chosen = np.flatnonzero(may_come)
    refused = np.flatnonzero((resources.places.stretches < 0) & (True if eligible is None else eligible))
    target = RoadPlaces.of([incident])
    places = resources.places
    near = RoadPlaces(places.stretches[chosen], places.along_m[chosen], places.beside_m[chosen])
    limit_s = _first_try(roads, incident, resources.points[chosen], count)
    while True:
        reach = search(roads, target, towards=True, limit_s=limit_s)
        seconds = between(roads, reach, target, near, towards=True)[0]
        within = int((seconds <= limit_s).sum())
        if within >= min(count, len(chosen)) or limit_s >= ENDLESS_S:
            break
        # Everything may be too far, or cut off: after some doublings search to the end.
        limit_s = limit_s * 3 if limit_s < TRY_S * 3**5 else ENDLESS_S
    order = np.lexsort((chosen, seconds))
    soonest = [n for n in order[:count].tolist() if seconds[n] < inf]
    arrivals = tuple(Arrival(resources.keys[chosen[n]], int(chosen[n]), float(seconds[n])) for n in soonest)
    if len(arrivals) == count:
        return Nearest(arrivals)
    lost = [*refused.tolist(), *chosen[~np.isfinite(seconds)].tolist()]
    return Nearest(arrivals, tuple(resources.keys[n] for n in sorted(lost)))


def _first_try(roads: OpenRoads, incident: RoadPlace, points: Floats, count: int) -> float:
    """Seconds in which as many as wanted could be there if roads ran nearly straight."""
    if len(points) < count:
        return ENDLESS_S
    away_m = np.hypot(points[:, 0] - incident.foot.easting_m, points[:, 1] - incident.foot.northing_m)
    kth_m = float(np.partition(away_m, count - 1)[count - 1])
    return max(TRY_S, DETOUR * kth_m / roads.network.typical_mps)
