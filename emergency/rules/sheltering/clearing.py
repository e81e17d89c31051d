"""How long leaving takes when streets let only so many through, and who leaves first.

Time goes in equal steps; who enters a street of τ steps at moment t leaves it at moment t + τ. Most people
are out by T when the same stream is sent along fixed paths again and again (temporally repeated flow, Ford
and Fulkerson 1958): Σ capacity · max(0, T − τ + 1) over the paths of the flow that is cheapest for T.
Crossings hold people without limit, and nobody waits at the start for anything but room.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ortools.graph.python.max_flow import SimpleMaxFlow
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from emergency.rules.ids import require_unique
from gis_core.errors import BadInput

MOST_STEPS = 100_000
"""A clearance beyond this is told as none: with steps of a minute it is ten weeks."""


class BadStreets(BadInput):
    """A street or path that lets fewer than no people through, or takes less than one step."""

    code = "bad_clearance_streets"


class BadStages(BadInput):
    """A rate of leaving that is not above zero, or people or times that cannot be."""

    code = "bad_stages"


@dataclass(frozen=True, slots=True)
class Path:
    """A path out of the zone: people per step, and steps from its beginning to its end."""

    people_per_step: int
    steps: int

    def __post_init__(self) -> None:
        _require(self.people_per_step, self.steps)


@dataclass(frozen=True, slots=True)
class Street:
    """A street in one direction between two crossings, with people per step and steps to walk it."""

    start: str
    end: str
    people_per_step: int
    steps: int

    def __post_init__(self) -> None:
        _require(self.people_per_step, self.steps)


def _require(people_per_step: int, steps: int) -> None:
    if people_per_step < 0 or steps < 1:
        raise BadStreets("每步通过人数不能小于零，走完至少要一步。请检查通行能力和用时。")


def steps_of(seconds: float, *, step_s: float) -> int:
    """Seconds in whole steps, rounded up, at least one.

    >>> steps_of(90, step_s=60), steps_of(60, step_s=60), steps_of(0, step_s=60)
    (2, 1, 1)
    """
    if not (step_s > 0 and 0 <= seconds < math.inf):
        raise BadStreets("用时必须是不小于零的数，步长必须大于零。请改正。")
    return max(1, math.ceil(round(seconds / step_s, 9)))


def people_out(paths: Sequence[Path], *, by_step: int) -> int:
    """People out by the end of a step when every path is used without pause.

    >>> [people_out([Path(3, 2), Path(2, 4)], by_step=T) for T in range(1, 11)]
    [0, 3, 6, 11, 16, 21, 26, 31, 36, 41]
    """
    return sum(path.people_per_step * max(0, by_step - path.steps + 1) for path in paths)


def find_clearance(paths: Sequence[Path], people: int) -> int | None:
    """The first step by whose end all people are out; None when that never comes.

    >>> find_clearance([Path(3, 2), Path(2, 4)], 20)
    6
    """
    if people <= 0:
        return 0
    return _first_step(lambda step: people_out(paths, by_step=step) >= people)


def _first_step(is_enough: Callable[[int], bool]) -> int | None:
    """The first step that is enough, by doubling and halving."""
    if not is_enough(MOST_STEPS):
        return None
    enough = 1
    while not is_enough(enough):
        enough *= 2
    short = enough // 2
    while enough - short > 1:
        middle = (short + enough) // 2
        short, enough = (short, middle) if is_enough(middle) else (middle, enough)
    return enough


def best_paths(streets: Sequence[Street], source: str, sink: str, *, by_step: int) -> tuple[Path, ...]:
    """Paths that bring most people from source to sink by the end of a step when used without pause."""
    left = _cheapest_flow(streets, source, sink, by_step)
    paths: list[Path] = []
    while trail := _trail(streets, left, source, sink):
        people = min(left[one] for one in trail)
        for one in trail:
            left[one] -= people
        paths.append(Path(people, sum(streets[one].steps for one in trail)))
    return tuple(paths)


def _cheapest_flow(streets: Sequence[Street], source: str, sink: str, by_step: int) -> list[int]:
    """People per step by street, each at the cost of its steps; a bypass costs one step too many."""
    if source == sink:
        raise BadStreets("起点和终点相同，不需要疏散。请改选终点。")
    nodes = {name: n for n, name in enumerate(_crossings(streets, source, sink))}
    network = SimpleMinCostFlow()
    for street in streets:
        network.add_arc_with_capacity_and_unit_cost(
            nodes[street.start], nodes[street.end], street.people_per_step, street.steps
        )
    most = sum(street.people_per_step for street in streets if street.start == source)
    network.add_arc_with_capacity_and_unit_cost(nodes[source], nodes[sink], most, by_step + 1)
    network.set_node_supply(nodes[source], most)
    network.set_node_supply(nodes[sink], -most)
    status = network.solve()
    if status != network.OPTIMAL:
        raise AssertionError(f"min-cost flow: {status.name}")  # the bypass makes every input feasible
    return [network.flow(arc) for arc in range(len(streets))]


def _crossings(streets: Sequence[Street], source: str, sink: str) -> list[str]:
    return list(dict.fromkeys([source, sink, *(end for one in streets for end in (one.start, one.end))]))


def _trail(streets: Sequence[Street], left: list[int], source: str, sink: str) -> list[int]:
    """Streets with flow from source to sink, none when there are none; costs leave no circles in the flow."""
    trail: list[int] = []
    here = source
    while here != sink:
        onward = next((n for n, street in enumerate(streets) if left[n] and street.start == here), None)
        if onward is None:
            return []
        trail.append(onward)
        here = streets[onward].end
    return trail


def most_out(streets: Sequence[Street], source: str, sink: str, *, by_step: int) -> int:
    """The most people who can be out by the end of a step."""
    return people_out(best_paths(streets, source, sink, by_step=by_step), by_step=by_step)


def find_quickest(streets: Sequence[Street], source: str, sink: str, people: int) -> int | None:
    """The first step by whose end all people can be out of a network; None when no street leads out."""
    if people <= 0:
        return 0
    return _first_step(lambda step: most_out(streets, source, sink, by_step=step) >= people)


def most_out_step_by_step(streets: Sequence[Street], source: str, sink: str, *, by_step: int) -> int:
    """The same as `most_out`, worked out on a network with every crossing at every step: the check.

    Its size grows with the steps; it is for tests, and for proving a figure that is doubted.
    """
    names = _crossings(streets, source, sink)
    node = {name: n * (by_step + 1) for n, name in enumerate(names)}
    endless = 1 + by_step * sum(street.people_per_step for street in streets)
    network = SimpleMaxFlow()
    for name in names:
        for moment in range(by_step):
            network.add_arc_with_capacity(node[name] + moment, node[name] + moment + 1, endless)
    for street in streets:
        for moment in range(by_step - street.steps + 1):
            network.add_arc_with_capacity(
                node[street.start] + moment, node[street.end] + moment + street.steps, street.people_per_step
            )
    network.solve(node[source], node[sink] + by_step)
    return int(network.optimal_flow())


@dataclass(frozen=True, slots=True)
class Stage:
    """When people of a zone leave: seconds from the start of the evacuation."""

    order: int
    zone_id: str
    people: int
    impact_in_s: float | None
    leaves_from_s: float
    leaves_until_s: float

    @property
    def is_in_time(self) -> bool | None:
        """Whether the last person has left before the impact; None when that is not known."""
        return None if self.impact_in_s is None else self.leaves_until_s <= self.impact_in_s


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone or block to be emptied: seconds until the hazard is there, None when not known."""

    id: str
    people: int
    impact_in_s: float | None = None

    def __post_init__(self) -> None:
        if self.people < 0 or (self.impact_in_s is not None and math.isnan(self.impact_in_s)):
            raise BadStages("人数不能小于零，受灾时间必须是数字。请改正。", id=self.id)


def stage(zones: Sequence[Zone], *, people_per_s: float) -> tuple[Stage, ...]:
    """Zones in the order in which they leave, one after the other over the exits they share.

    By time to impact, unknown last; then by population, most first; then by id. `people_per_s` is what the
    shared exits let through.
    """
    require_unique([zone.id for zone in zones], what="区域")
    if not 0 < people_per_s < math.inf:
        raise BadStages("出口每秒通过人数必须大于零。请检查通行能力。")
    ordered = sorted(zones, key=lambda zone: (_impact(zone), -zone.people, zone.id))
    stages: list[Stage] = []
    moment = 0.0
    for order, zone in enumerate(ordered, start=1):
        until = moment + zone.people / people_per_s
        stages.append(Stage(order, zone.id, zone.people, zone.impact_in_s, moment, until))
        moment = until
    return tuple(stages)


def _impact(zone: Zone) -> float:
    return math.inf if zone.impact_in_s is None else zone.impact_in_s
