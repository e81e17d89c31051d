"""Several tasks for several teams: who goes where in which order, with skills, loads and time windows.

Solved by guided local search of OR-tools' routing, which stops after so many tries: the answer is the same
every time unless the time limit comes first, and good, but nothing is proven. As many tasks as can be are
done, urgent ones first; then the time on the road is made short.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from emergency.rules.ids import require_unique
from gis_core.errors import BadInput

Seconds: TypeAlias = NDArray[np.float64]
DAY_S = 86_400
LONGEST_S = 7 * DAY_S
DEFAULT_TIME_LIMIT_S = 5.0
MOST_PRIORITY = 100
SOLUTIONS_TRIED = 300
LEFT_WORDS: Mapping[str, str] = {
    "no_skill": "没有队伍具备所需技能",
    "too_heavy": "具备技能的队伍都装不下",
    "no_way": "没有队伍能在时间窗内到达并完成",
    "no_room": "队伍忙于其他任务，排不进去",
}
"""Why nobody does a task, by code."""


class BadRounds(BadInput):
    """Travel times, places, windows, loads or priorities that cannot be."""

    code = "bad_rounds"


@dataclass(frozen=True, slots=True)
class Task:
    """Work at a place (a row of the travel times): seconds it takes, the window in which it may begin.

    `priority` goes from 0 to 100: a task of higher priority is never left out for one of lower alone.
    """

    id: str
    place: int
    takes_s: int = 0
    skills: frozenset[str] = frozenset()
    load: int = 0
    from_s: int = 0
    until_s: int = LONGEST_S
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Team:
    """A team that starts at a place, and comes back to `end` where one is given."""

    id: str
    start: int
    end: int | None = None
    skills: frozenset[str] = frozenset()
    capacity: int | None = None
    from_s: int = 0
    until_s: int = LONGEST_S


@dataclass(frozen=True, slots=True)
class Stop:
    """A task on a round: when the team is there, and when work begins, seconds from the start."""

    task_id: str
    arrives_s: int
    begins_s: int


@dataclass(frozen=True, slots=True)
class Round:
    """The stops of one team in order, and its time on the road."""

    team_id: str
    stops: tuple[Stop, ...]
    travel_s: int


@dataclass(frozen=True, slots=True)
class Rounds:
    """Rounds of the teams that go out, and the tasks nobody does, each with its code of LEFT_WORDS."""

    rounds: tuple[Round, ...]
    left: tuple[tuple[str, str], ...]

    @property
    def travel_s(self) -> int:
        """Time on the road of all teams."""
        return sum(one.travel_s for one in self.rounds)


def plan_rounds(
    tasks: Sequence[Task],
    teams: Sequence[Team],
    travel_s: Seconds,
    *,
    time_limit_s: float = DEFAULT_TIME_LIMIT_S,
) -> Rounds:
    """Rounds that do most tasks, by priority, in little time on the road.

    `travel_s` are seconds from place to place, infinite where there is no way; they are rounded.

    :raises BadRounds, IdsTwice: on input that has no honest answer.
    """
    seconds = _checked(tasks, teams, travel_s, time_limit_s)
    why_not = {task.id: code for task in tasks if (code := _impossible(task, teams, seconds))}
    possible = [task for task in tasks if task.id not in why_not]
    rounds = _search(possible, teams, seconds, time_limit_s) if possible and teams else ()
    done = {stop.task_id for one in rounds for stop in one.stops}
    left = [(task.id, why_not.get(task.id, "no_room")) for task in tasks if task.id not in done]
    return Rounds(tuple(one for one in rounds if one.stops), tuple(left))


def _checked(tasks: Sequence[Task], teams: Sequence[Team], travel_s: Seconds, time_limit_s: float) -> Seconds:
    require_unique([task.id for task in tasks], what="任务")
    require_unique([team.id for team in teams], what="队伍")
    table = np.asarray(travel_s, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise BadRounds("用时矩阵必须是方阵，每个地点一行一列。请核对。")
    if np.isnan(table).any() or (table < 0).any() or (table[np.isfinite(table)] > LONGEST_S).any():
        raise BadRounds("用时必须是不小于零、不超过一周的数；没有路的，请写成无穷大。")
    ends = [team.end for team in teams if team.end is not None]
    places = [*(task.place for task in tasks), *(team.start for team in teams), *ends]
    if any(not 0 <= place < len(table) for place in places):
        raise BadRounds("任务或队伍所在的地点不在用时矩阵中。请核对编号。")
    if any(task.takes_s < 0 or task.load < 0 or not 0 <= task.from_s <= task.until_s for task in tasks):
        raise BadRounds("任务的耗时、载量不能小于零，时间窗应先起后止。请改正。")
    if any(not 0 <= task.priority <= MOST_PRIORITY for task in tasks):
        raise BadRounds(f"任务的优先级应在 0 和 {MOST_PRIORITY} 之间。请改正。")
    if any((team.capacity or 0) < 0 or not 0 <= team.from_s <= team.until_s for team in teams):
        raise BadRounds("队伍的载量不能小于零，时间窗应先起后止。请改正。")
    if not 0 < time_limit_s < math.inf:
        raise BadRounds("求解时限必须大于零。请改正参数。")
    return np.rint(table)


def _impossible(task: Task, teams: Sequence[Team], seconds: Seconds) -> str:
    """Why no team could do the task even if it were the only one; empty when one could."""
    skilled = [team for team in teams if task.skills <= team.skills]
    strong = [team for team in skilled if team.capacity is None or task.load <= team.capacity]
    if not skilled:
        return "no_skill"
    if not strong:
        return "too_heavy"
    return "" if any(_is_there_in_time(task, team, seconds) for team in strong) else "no_way"


def _is_there_in_time(task: Task, team: Team, seconds: Seconds) -> bool:
    there = max(team.from_s + seconds[team.start, task.place], task.from_s)
    back = 0.0 if team.end is None else seconds[task.place, team.end]
    return bool(there <= task.until_s and there + task.takes_s + back <= team.until_s)


@dataclass(frozen=True, slots=True)
class _Nodes:
    """Nodes of the search: tasks first, then the starts of teams, then their ends."""

    tasks: Sequence[Task]
    teams: Sequence[Team]
    travel: NDArray[np.int64]
    no_way_s: int

    @classmethod
    def of(cls, tasks: Sequence[Task], teams: Sequence[Team], seconds: Seconds) -> "_Nodes":
        places = [*(task.place for task in tasks), *(team.start for team in teams)]
        places += [team.start if team.end is None else team.end for team in teams]
        # Beyond every window, so that no round goes there.
        no_way_s = 2 * LONGEST_S
        travel = seconds[np.ix_(places, places)]
        travel = np.where(np.isfinite(travel), travel, no_way_s)
        for n, team in enumerate(teams):
            if team.end is None:
                travel[:, len(tasks) + len(teams) + n] = 0
        return cls(tasks, teams, travel.astype(np.int64), no_way_s)

    @property
    def starts(self) -> list[int]:
        return list(range(len(self.tasks), len(self.tasks) + len(self.teams)))

    @property
    def ends(self) -> list[int]:
        return [start + len(self.teams) for start in self.starts]


def _search(
    tasks: Sequence[Task], teams: Sequence[Team], seconds: Seconds, time_limit_s: float
) -> tuple[Round, ...]:
    nodes = _Nodes.of(tasks, teams, seconds)
    manager = pywrapcp.RoutingIndexManager(len(nodes.travel), len(teams), nodes.starts, nodes.ends)
    routing = pywrapcp.RoutingModel(manager)
    _add_travel(routing, manager, nodes)
    _add_loads(routing, manager, nodes)
    least = 1 + 2 * LONGEST_S * len(teams)
    for n, task in enumerate(tasks):
        index = manager.NodeToIndex(n)
        routing.AddDisjunction([index], least * (1 + task.priority))
        able = [v for v, team in enumerate(teams) if task.skills <= team.skills]
        routing.VehicleVar(index).SetValues([-1, *able])
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.solution_limit = SOLUTIONS_TRIED
    parameters.time_limit.FromMilliseconds(math.ceil(time_limit_s * 1000))
    solution = routing.SolveWithParameters(parameters)
    if solution is None:
        return ()
    return tuple(_round(routing, manager, nodes, solution, v) for v in range(len(teams)))


def _add_travel(routing: pywrapcp.RoutingModel, manager: pywrapcp.RoutingIndexManager, nodes: _Nodes) -> None:
    """Time on the road is what counts; time of day passes with work and waiting, too."""
    road = routing.RegisterTransitMatrix(nodes.travel.tolist())
    routing.SetArcCostEvaluatorOfAllVehicles(road)
    works = np.zeros(len(nodes.travel), dtype=np.int64)
    works[: len(nodes.tasks)] = [task.takes_s for task in nodes.tasks]
    passing = routing.RegisterTransitMatrix((nodes.travel + works[:, None]).tolist())
    routing.AddDimension(passing, LONGEST_S, LONGEST_S, False, "time")
    time = routing.GetDimensionOrDie("time")
    for n, task in enumerate(nodes.tasks):
        time.CumulVar(manager.NodeToIndex(n)).SetRange(task.from_s, min(task.until_s, LONGEST_S))
    for v, team in enumerate(nodes.teams):
        until = min(team.until_s, LONGEST_S)
        time.CumulVar(routing.Start(v)).SetRange(team.from_s, until)
        time.CumulVar(routing.End(v)).SetRange(team.from_s, until)
        routing.AddVariableMinimizedByFinalizer(time.CumulVar(routing.Start(v)))
    for n in range(len(nodes.tasks)):
        routing.AddVariableMinimizedByFinalizer(time.CumulVar(manager.NodeToIndex(n)))


def _add_loads(routing: pywrapcp.RoutingModel, manager: pywrapcp.RoutingIndexManager, nodes: _Nodes) -> None:
    loads = [task.load for task in nodes.tasks] + [0] * (2 * len(nodes.teams))
    if not any(loads):
        return
    carried = routing.RegisterUnaryTransitVector(loads)
    most = [sum(loads) if team.capacity is None else team.capacity for team in nodes.teams]
    routing.AddDimensionWithVehicleCapacity(carried, 0, most, True, "load")


def _round(
    routing: pywrapcp.RoutingModel,
    manager: pywrapcp.RoutingIndexManager,
    nodes: _Nodes,
    solution: pywrapcp.Assignment,
    v: int,
) -> Round:
    time = routing.GetDimensionOrDie("time")
    here = routing.Start(v)
    moment, travelled, stops = nodes.teams[v].from_s, 0, list[Stop]()
    while not routing.IsEnd(here):
        there = solution.Value(routing.NextVar(here))
        road = int(nodes.travel[manager.IndexToNode(here), manager.IndexToNode(there)])
        moment, travelled = moment + road, travelled + road
        if not routing.IsEnd(there):
            task = nodes.tasks[manager.IndexToNode(there)]
            begins = max(moment, solution.Min(time.CumulVar(there)))
            stops.append(Stop(task.id, moment, begins))
            moment = begins + task.takes_s
        here = there
    return Round(nodes.teams[v].id, tuple(stops), travelled if stops else 0)
