"""The quickest way between two places with its steps; or no way, and what is in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.ops import substring

from gis_core.coverage import Floats
from gis_core.errors import Refused
from gis_core.roads.closures import Closure, OpenRoads, is_part_touched
from gis_core.roads.places import RoadPlace, RoadPlaces, access
from gis_core.roads.searching import nodes_on_way, search, shortcut_s
from gis_core.roads.wording import Run, Step, is_same_run, joined, say_seconds, tell
from gis_core.shapes import PlaneLine

PENALTY_S = 1e9
"""What driving through a closed stretch costs while looking for what is in the way: more than any detour."""


class NoRoute(Refused):
    """No way leads there; `blocked_by` are the closures in the way, none when the roads do not meet."""

    code = "no_route"

    def __init__(self, message: str, blocked_by: Sequence[Closure] = (), **facts: object) -> None:
        super().__init__(message, closures=[one.key for one in blocked_by], **facts)
        self.blocked_by = tuple(blocked_by)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch driven from one place on it to another, in metres along it, after waiting before it."""

    stretch: int
    from_m: float
    to_m: float
    seconds: float
    wait_s: float = 0.0
    waits_for: tuple[Closure, ...] = ()

    @property
    def length_m(self) -> float:
        """How far it is driven."""
        return abs(self.to_m - self.from_m)


@dataclass(frozen=True, slots=True)
class Route:
    """A way: how long with all waits, how far, in which parts; as a line in plane metres and in words."""

    seconds: float
    length_m: float
    parts: tuple[Part, ...]
    line: PlaneLine
    steps: tuple[Step, ...]
    wait_s: float = 0.0

    @property
    def words(self) -> tuple[str, ...]:
        """The sentences of all steps."""
        return tuple(step.words for step in self.steps)


def find_route(roads: OpenRoads, origin: RoadPlace, target: RoadPlace) -> Route:
    """The quickest way from one place to another over the roads open at this moment.

    :raises NoRoute: naming the closures in the way, or saying that the roads do not meet.
    """
    parts = _quickest(roads, origin, target)
    if parts is None:
        raise explain_no_route(roads, origin, target)
    return route_of(roads, parts, origin)


def _quickest(roads: OpenRoads, origin: RoadPlace, target: RoadPlace) -> list[Part] | None:
    """The parts of the quickest way; None when there is none."""
    start, end = RoadPlaces.of([origin]), RoadPlaces.of([target])
    reach = search(roads, start, with_paths=True)
    ends = access(roads, end, towards=True)
    totals = reach.seconds[0, ends.nodes[0]] + ends.seconds[0]
    by = int(totals.argmin())
    direct_s = float("inf")
    if origin.stretch == target.stretch:
        direct_s = shortcut_s(roads, origin.stretch, origin.along_m, target.along_m)
    if min(direct_s, float(totals[by])) == float("inf"):
        return None
    if direct_s <= totals[by]:
        return [Part(origin.stretch, origin.along_m, target.along_m, direct_s)]
    network = roads.network
    assert reach.before is not None
    nodes = nodes_on_way(reach.before[0], int(ends.nodes[0, by]), len(network))
    first_m, last_m = (
        end_along_m(roads, origin, int(nodes[0]), start),
        (0.0, float(network.lengths_m[target.stretch]))[by],
    )
    edges = [edge_between(roads, u, v) for u, v in zip(nodes[:-1].tolist(), nodes[1:].tolist(), strict=True)]
    return [
        Part(origin.stretch, origin.along_m, first_m, float(reach.seconds[0, nodes[0]])),
        *(whole(roads, edge) for edge in edges),
        Part(target.stretch, last_m, target.along_m, float(ends.seconds[0, by])),
    ]


def end_along_m(roads: OpenRoads, origin: RoadPlace, node: int, start: RoadPlaces) -> float:
    """At which end of its stretch a way from a place begins: 0 or the length of the stretch."""
    outs = access(roads, start, towards=False)
    costs = np.where(outs.nodes[0] == node, outs.seconds[0], np.inf)
    return float(roads.network.lengths_m[origin.stretch]) if costs.argmin() == 1 else 0.0


def whole(roads: OpenRoads, edge: int) -> Part:
    """A whole stretch, driven the way an edge leads."""
    stretch, against = divmod(edge, 2)
    length_m = float(roads.network.lengths_m[stretch])
    ends = (length_m, 0.0) if against else (0.0, length_m)
    return Part(stretch, *ends, float(roads.network.edge_seconds[edge]))


def edge_between(roads: OpenRoads, tail: int, head: int) -> int:
    """The cheapest open edge from one node to the next."""
    rows = roads.leaving
    slots = slice(int(rows.starts[tail]), int(rows.starts[tail + 1]))
    costs = np.where(rows.nodes[slots] == head, rows.seconds[slots], np.inf)
    return int(rows.edges[slots][costs.argmin()])


def route_of(roads: OpenRoads, parts: Sequence[Part], origin: RoadPlace) -> Route:
    """A route of its parts: stretches of one name are one run, a wait begins another."""
    driven = [part for part in parts if part.length_m > 0 or part.wait_s > 0]
    runs: list[Run] = []
    for part in driven:
        corners, name = _corners(roads, part), roads.network.names[part.stretch]
        if runs and not part.wait_s and is_same_run(runs[-1], name, corners):
            last = runs[-1]
            runs[-1] = replace(
                last,
                corners=joined([last.corners, corners]),
                length_m=last.length_m + part.length_m,
                seconds=last.seconds + part.seconds,
            )
        else:
            waits = tuple(one.name for one in part.waits_for)
            runs.append(Run(name, corners, part.length_m, part.seconds, part.wait_s, waits))
    foot = np.array([[origin.foot.easting_m, origin.foot.northing_m]])
    line = shapely.LineString(joined([run.corners for run in runs] or [foot]))
    wait_s = sum(part.wait_s for part in parts)
    return Route(
        seconds=sum(part.seconds for part in parts) + wait_s,
        length_m=sum(part.length_m for part in driven),
        parts=tuple(driven),
        line=PlaneLine(line),
        steps=tell(runs),
        wait_s=wait_s,
    )


def _corners(roads: OpenRoads, part: Part) -> Floats:
    line = roads.network.shapes[part.stretch]
    if part.length_m == 0:
        spot = line.interpolate(part.from_m)
        return np.array([[spot.x, spot.y]] * 2)
    if part.length_m == roads.network.lengths_m[part.stretch]:
        corners: Floats = shapely.get_coordinates(line)
        return corners if part.to_m > part.from_m else corners[::-1]
    return shapely.get_coordinates(substring(line, part.from_m, part.to_m))


def explain_no_route(roads: OpenRoads, origin: RoadPlace, target: RoadPlace) -> NoRoute:
    """Why no way leads from one place to another: the fewest closures that would have to be opened."""
    parts = _quickest(replace(roads, penalty_s=PENALTY_S), origin, target)
    if parts is None:
        return NoRoute(_unconnected(origin, target))
    blocking: list[Closure] = []
    for part in parts:
        for one in roads.list_closing(part.stretch):
            if one not in blocking and is_part_touched(
                roads.network, one, part.stretch, part.from_m, part.to_m
            ):
                blocking.append(one)
    free_s = _quickest_free_s(roads, origin, target)
    names = "、".join(f"“{one.name}”" for one in blocking)
    where = "目的地" if target.inside else "起点" if origin.inside else ""
    inside = f"{where}位于封控区内，" if where else ""
    return NoRoute(
        f"没有可走的路线：{inside}被封控{names}阻断。解除后约需{say_seconds(free_s)}；请调整封控，或改用可进入的车辆。",
        blocking,
        free_s=round(free_s),
    )


def _quickest_free_s(roads: OpenRoads, origin: RoadPlace, target: RoadPlace) -> float:
    """Seconds with every closure lifted."""
    free = OpenRoads(roads.network, (), roads.profile, roads.at, np.zeros_like(roads.closed))
    return sum(part.seconds for part in _quickest(free, origin, target) or ())


def _unconnected(origin: RoadPlace, target: RoadPlace) -> str:
    if origin.is_cut_off or target.is_cut_off:
        which = (
            "起点和目的地"
            if origin.is_cut_off and target.is_cut_off
            else ("起点" if origin.is_cut_off else "目的地")
        )
        return f"没有可走的路线：{which}所在道路与主路网不连通。请检查街道数据，或在相连的道路上选点。"
    return "没有可走的路线：两地之间的道路不相通。请检查街道和单行设置。"
