"""Tasks of several plans that are the same task: which they are, and what becomes of them.

A task is known by its first place in the plans composed, whatever the levels are. So it keeps its id
when the level is raised or lowered.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from emergency.rules.plans.document import Group, PlaceRule, Plan, ResourceDemand, Task
from emergency.rules.plans.posts import each_once, organisation_of

ADDRESS = tuple[str, str]
"""Plan code and task code."""
NOT_WORDS = re.compile(r"[\s，。；、：:,.;]+")


@dataclass(frozen=True, slots=True)
class TaskSource:
    """The task of a plan that a merged task comes from."""

    plan_code: str
    task_code: str
    text: str


@dataclass(frozen=True, slots=True)
class MergedTask:
    """A task of an activation, of one plan or several; the first of its posts is answerable.

    Text: what every source says. Due: the earliest. Resources: the largest demand of each kind, as it
    is the same work. Evidence and places: all that any source asks for.
    """

    id: str
    text: str
    role: str
    posts: tuple[str, ...]
    departments: tuple[str, ...]
    takes_min: int
    due_offset_min: int
    depends_on: tuple[str, ...]
    resources: tuple[ResourceDemand, ...]
    places: tuple[PlaceRule, ...]
    evidence: tuple[str, ...]
    law: tuple[str, ...]
    sources: tuple[TaskSource, ...]

    @property
    def code(self) -> str:
        """Its id, as the graph of tasks calls it."""
        return self.id


@dataclass(frozen=True, slots=True)
class Merging:
    """The id of every task of the plans, and pairs kept apart as they would wait for each other."""

    ids: Mapping[ADDRESS, str]
    kept_apart: tuple[tuple[str, str], ...]


def merge_keys(plans: Sequence[Plan]) -> Merging:
    """Ids for every task at any level; tasks of one plan are never merged with each other."""
    ids: dict[ADDRESS, str] = {}
    found: dict[str, tuple[str, set[str]]] = {}
    apart: list[tuple[str, str]] = []
    own = {(plan.code, task.code): _id(plan, task) for plan in plans for task in plan.tasks}
    for plan in plans:
        for task in plan.tasks:
            address, key = (plan.code, task.code), _key(plan, task)
            first, members = found.setdefault(key, (_id(plan, task), set()))
            chosen = _id(plan, task) if plan.code in members else first
            if chosen != own[address] and not _stays_in_order(plans, {**own, **ids, address: chosen}):
                apart.append((chosen, own[address]))
                chosen = own[address]
            members.add(plan.code)
            ids[address] = chosen
    return Merging(ids, tuple(apart))


def _id(plan: Plan, task: Task) -> str:
    return f"{plan.code}/{task.code}"


def _key(plan: Plan, task: Task) -> str:
    if task.family:
        return f"family {task.family}"
    return f"text {_role(plan, task)} {NOT_WORDS.sub('', task.text)}"


def _role(plan: Plan, task: Task) -> str:
    return find_group(plan, task).role


def find_group(plan: Plan, task: Task) -> Group:
    """The group of a task; a plan that was imported unlinted may lack it, then one of its own is made."""
    group = next((one for one in plan.groups if one.code == task.group), None)
    post = task.post or plan.command.office
    return group or Group(code=task.group, role=task.group, name=task.group, lead=post, duties=task.text)


def _stays_in_order(plans: Sequence[Plan], ids: Mapping[ADDRESS, str]) -> bool:
    graph: nx.DiGraph[str] = nx.DiGraph()
    for plan in plans:
        for task in plan.tasks:
            for before in task.depends_on:
                if (plan.code, before) in ids:
                    graph.add_edge(ids[plan.code, before], ids[plan.code, task.code])
    return bool(nx.is_directed_acyclic_graph(graph))


def merged_tasks(at_levels: Sequence[tuple[Plan, int]], ids: Mapping[ADDRESS, str]) -> tuple[MergedTask, ...]:
    """The tasks that are to be done at these levels, by due time and id."""
    members: dict[str, list[tuple[Plan, Task]]] = {}
    for plan, level in at_levels:
        for task in plan.tasks_at(level):
            members.setdefault(ids[plan.code, task.code], []).append((plan, task))
    merged = [_merged(key, pairs, ids, frozenset(members)) for key, pairs in members.items()]
    return in_order(merged)


def in_order(tasks: Iterable[MergedTask]) -> tuple[MergedTask, ...]:
    """The order in which tasks are listed everywhere: by due time, then id."""
    return tuple(sorted(tasks, key=lambda task: (task.due_offset_min, task.id)))


def _merged(
    key: str, pairs: Sequence[tuple[Plan, Task]], ids: Mapping[ADDRESS, str], active: frozenset[str]
) -> MergedTask:
    plan, first = pairs[0]
    tasks = [task for _, task in pairs]
    posts = each_once(task.post or find_group(one, task).lead for one, task in pairs)
    before = {ids[one.code, code] for one, task in pairs for code in task.depends_on}
    return MergedTask(
        id=key,
        text="；".join(dict.fromkeys(task.text for task in tasks)),
        role=_role(plan, first),
        posts=posts,
        departments=each_once(organisation_of(post) for post in posts),
        takes_min=max(task.takes_min for task in tasks),
        due_offset_min=min(task.due_offset_min for task in tasks),
        depends_on=tuple(sorted(before & active)),
        resources=_largest(demand for task in tasks for demand in task.resources),
        places=tuple({task.place.model_dump_json(): task.place for task in tasks}.values()),
        evidence=each_once(task.evidence for task in tasks),
        law=each_once(one.law_words(reference) for one, task in pairs for reference in task.law),
        sources=tuple(TaskSource(one.code, task.code, task.text) for one, task in pairs),
    )


def _largest(demands: Iterable[ResourceDemand]) -> tuple[ResourceDemand, ...]:
    largest: dict[tuple[str, str], ResourceDemand] = {}
    for demand in demands:
        key = (demand.kind, demand.unit)
        if key not in largest or largest[key].quantity < demand.quantity:
            largest[key] = demand
    return tuple(largest[key] for key in sorted(largest))
