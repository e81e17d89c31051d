"""The tasks of a plan as a graph: order, earliest times, critical path, and layers to draw them in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import networkx as nx

from gis_core.errors import BadInput, Refused


class Planned(Protocol):
    """What the graph needs to know of a task."""

    @property
    def code(self) -> str: ...  # noqa: D102
    @property
    def takes_min(self) -> int: ...  # noqa: D102
    @property
    def due_offset_min(self) -> int: ...  # noqa: D102
    @property
    def depends_on(self) -> tuple[str, ...]: ...  # noqa: D102


class TasksInACircle(Refused):
    """Tasks wait for each other; there is no order in which they could be done."""

    code = "tasks_in_a_circle"


class UnknownTask(BadInput):
    """A task waits for one that is not in the plan."""

    code = "unknown_task"


@dataclass(frozen=True, slots=True)
class Timing:
    """When a task can begin and be finished at the earliest, minutes from the activation.

    `latest_finish_min` keeps every due time after it; a negative `slack_min` is a due time that cannot
    be kept. Critical tasks make up the longest chain: a minute more there is a minute more for all.
    """

    start_min: int
    finish_min: int
    due_min: int
    latest_finish_min: int
    is_critical: bool

    @property
    def slack_min(self) -> int:
        """Minutes that it may slip before a due time is missed, its own or one behind it."""
        return self.latest_finish_min - self.finish_min


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a task is drawn: its layer from the left, its row from the top."""

    layer: int
    row: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """An order in which all can be done, times, the longest chain and the layers."""

    order: tuple[str, ...]
    timings: Mapping[str, Timing]
    critical_path: tuple[str, ...]
    layers: tuple[tuple[str, ...], ...]
    edges: tuple[tuple[str, str], ...]

    @property
    def takes_min(self) -> int:
        """Minutes until everything can be done at the earliest."""
        return max((timing.finish_min for timing in self.timings.values()), default=0)

    def spots(self) -> dict[str, Spot]:
        """Layer and row of every task."""
        return {code: Spot(x, y) for x, layer in enumerate(self.layers) for y, code in enumerate(layer)}


def find_cycle(tasks: Iterable[Planned]) -> tuple[str, ...]:
    """Tasks that wait for each other, each for the one after it; empty when there are none."""
    graph = _graph(tasks, is_strict=False)
    try:
        edges = nx.find_cycle(graph)
    except nx.NetworkXNoCycle:
        return ()
    return tuple(reversed([str(edge[0]) for edge in edges]))


def schedule(tasks: Sequence[Planned]) -> Schedule:
    """Order, times and layers of tasks.

    :raises TasksInACircle: naming the circle.
    :raises UnknownTask: when one waits for a task that is not among them.
    """
    if cycle := find_cycle(tasks):
        told = " → ".join((*cycle, cycle[0]))
        raise TasksInACircle(f"任务互相等待（{told}），排不出先后。请去掉其中一项前置任务。", cycle=cycle)
    graph = _graph(tasks, is_strict=True)
    place = {task.code: number for number, task in enumerate(tasks)}
    order = tuple(nx.lexicographical_topological_sort(graph, key=place.__getitem__))
    finishes = _earliest_finishes(graph, order, tasks)
    path = _critical_path(graph, order, finishes)
    return Schedule(
        order,
        _timings(graph, order, tasks, finishes, frozenset(path)),
        path,
        _layers(graph, order),
        tuple((str(before), str(after)) for before, after in graph.edges),
    )


def _graph(tasks: Iterable[Planned], *, is_strict: bool) -> "nx.DiGraph[str]":
    known = list(tasks)
    codes = {task.code for task in known}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(task.code for task in known)
    for task in known:
        for before in task.depends_on:
            if before in codes:
                graph.add_edge(before, task.code)
            elif is_strict:
                raise UnknownTask(f"任务 {task.code} 的前置任务 {before} 不在预案里，请改正编码。")
    return graph


def _earliest_finishes(
    graph: "nx.DiGraph[str]", order: Sequence[str], tasks: Sequence[Planned]
) -> dict[str, int]:
    takes = {task.code: task.takes_min for task in tasks}
    finishes: dict[str, int] = {}
    for code in order:
        begins = max((finishes[before] for before in graph.predecessors(code)), default=0)
        finishes[code] = begins + takes[code]
    return finishes


def _critical_path(
    graph: "nx.DiGraph[str]", order: Sequence[str], finishes: Mapping[str, int]
) -> tuple[str, ...]:
    """The longest chain, walked back from the task that is finished last."""
    path: list[str] = []
    at = max(order, key=lambda code: finishes[code], default=None)
    while at is not None:
        path.append(at)
        before = sorted(graph.predecessors(at), key=order.index)
        at = max(before, key=lambda code: finishes[code], default=None)
    return tuple(reversed(path))


def _timings(
    graph: "nx.DiGraph[str]",
    order: Sequence[str],
    tasks: Sequence[Planned],
    finishes: Mapping[str, int],
    critical: frozenset[str],
) -> dict[str, Timing]:
    by_code = {task.code: task for task in tasks}
    latest: dict[str, int] = {}
    for code in reversed(order):
        after = [latest[later] - by_code[later].takes_min for later in graph.successors(code)]
        latest[code] = min([by_code[code].due_offset_min, *after])
    return {
        code: Timing(
            start_min=finishes[code] - by_code[code].takes_min,
            finish_min=finishes[code],
            due_min=by_code[code].due_offset_min,
            latest_finish_min=latest[code],
            is_critical=code in critical,
        )
        for code in order
    }


def _layers(graph: "nx.DiGraph[str]", order: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Each task one layer behind the last it waits for; rows near those they are tied to."""
    depth: dict[str, int] = {}
    for code in order:
        depth[code] = max((depth[before] + 1 for before in graph.predecessors(code)), default=0)
    deepest = max(depth.values(), default=-1)
    layers = [[code for code in order if depth[code] == x] for x in range(deepest + 1)]
    for _ in range(4):
        for x in range(1, len(layers)):
            _settle(layers[x], _rows(layers), graph.pred)
        for x in range(len(layers) - 2, -1, -1):
            _settle(layers[x], _rows(layers), graph.succ)
    return tuple(tuple(layer) for layer in layers)


def _rows(layers: Sequence[Sequence[str]]) -> dict[str, int]:
    return {code: row for layer in layers for row, code in enumerate(layer)}


def _settle(layer: list[str], rows: Mapping[str, int], tied_to: Mapping[str, Mapping[str, object]]) -> None:
    """Order a layer by the mean row of the neighbours, which uncrosses most lines."""

    def wanted(code: str) -> tuple[float, int]:
        tied = [rows[other] for other in tied_to[code]]
        return (sum(tied) / len(tied) if tied else rows[code], rows[code])

    layer.sort(key=wanted)
