"""What a change of level, or of the plans in force, does to an activation; and its end."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from emergency.rules.plans.composing import Composition, Standing
from emergency.rules.plans.document import RESPONSE_NAMES
from emergency.rules.plans.merging import MergedTask, in_order
from emergency.rules.plans.posts import each_once
from emergency.rules.plans.requirements import FollowUp, PlanRules
from gis_core.errors import Conflict


class ActivationHasChanged(Conflict):
    """The activation is no longer the one that the change was made for."""

    code = "activation_has_changed"


@dataclass(frozen=True, slots=True)
class ChangedTask:
    """A task that goes on with another due time, post, source or demand."""

    before: MergedTask
    after: MergedTask


@dataclass(frozen=True, slots=True)
class Difference:
    """Exactly what changes: tasks added, withdrawn, changed; those kept are not touched."""

    added: tuple[MergedTask, ...]
    withdrawn: tuple[MergedTask, ...]
    changed: tuple[ChangedTask, ...]
    kept: tuple[MergedTask, ...]
    groups_added: tuple[str, ...]
    groups_withdrawn: tuple[str, ...]
    becomes: Standing
    sentence: str


def difference(before: Composition, after: Composition) -> Difference:
    """What turns one composition into the other."""
    old = {task.id: task for task in before.tasks}
    new = {task.id: task for task in after.tasks}
    both = [(old[key], new[key]) for key in old if key in new]
    added = tuple(task for task in after.tasks if task.id not in old)
    withdrawn = tuple(task for task in before.tasks if task.id not in new)
    changed = tuple(ChangedTask(one, other) for one, other in both if one != other)
    kept = tuple(one for one, other in both if one == other)
    was = {group.role: group.name for group in before.standing.groups}
    will = {group.role: group.name for group in after.standing.groups}
    told = (
        f"{_levels(before.standing, after.standing)}：新增任务 {len(added)} 项，"
        f"撤回 {len(withdrawn)} 项，调整 {len(changed)} 项，不变 {len(kept)} 项。"
    )
    return Difference(
        added,
        withdrawn,
        changed,
        kept,
        tuple(name for role, name in will.items() if role not in was),
        tuple(name for role, name in was.items() if role not in will),
        after.standing,
        told,
    )


def _levels(before: Standing, after: Standing) -> str:
    was = {plan.code: plan for plan in before.plans}
    will = {plan.code: plan for plan in after.plans}
    told = [f"{plan.name}启动{RESPONSE_NAMES[plan.level]}" for code, plan in will.items() if code not in was]
    told += [f"{plan.name}终止" for code, plan in was.items() if code not in will]
    for code, plan in will.items():
        if code in was and was[code].level != plan.level:
            verb = "提升" if plan.level < was[code].level else "降低"
            told.append(f"{plan.name}由{RESPONSE_NAMES[was[code].level]}{verb}为{RESPONSE_NAMES[plan.level]}")
    return "，".join(told) or "级别不变"


def apply(change: Difference, to: Composition) -> Composition:
    """The composition after a change.

    :raises ActivationHasChanged: when the tasks are not those that the change was made for.
    """
    expected = in_order((*change.withdrawn, *change.kept, *(one.before for one in change.changed)))
    if expected != to.tasks:
        raise ActivationHasChanged("响应已被别人调整过，请刷新后重新核对差异再确认。")
    after = in_order((*change.kept, *change.added, *(one.after for one in change.changed)))
    return Composition(change.becomes, after)


@dataclass(frozen=True, slots=True)
class StandDown:
    """The end of a response: what is called off, what was done, who is released, what the law wants next."""

    called_off: tuple[MergedTask, ...]
    done: tuple[MergedTask, ...]
    released: tuple[str, ...]
    conditions: tuple[str, ...]
    follow_ups: tuple[FollowUp, ...]
    sentence: str


def stand_down(active: Composition, *, done: Collection[str], rules: PlanRules) -> StandDown:
    """What ending the response does; `done` are ids of finished tasks."""
    finished = tuple(task for task in active.tasks if task.id in done)
    called_off = tuple(task for task in active.tasks if task.id not in done)
    names = "、".join(plan.name for plan in active.standing.plans)
    told = (
        f"终止{names}：已完成 {len(finished)} 项，停止未完成的 {len(called_off)} 项，"
        f"后续工作 {len(rules.follow_ups)} 项。"
    )
    return StandDown(
        called_off,
        finished,
        each_once(_posts(active)),
        active.standing.orders.terminations,
        rules.follow_ups,
        told,
    )


def _posts(active: Composition) -> Iterable[str]:
    command = active.standing.command
    yield from (command.commander, *command.deputies, *command.members, *command.offices)
    for group in active.standing.groups:
        yield from group.posts
