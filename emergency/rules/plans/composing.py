"""Several plans at one level each become one command, one set of groups and one list of tasks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from emergency.rules.plans.document import RESPONSE_NAMES, STATE_NAMES, Group, Level, Plan
from emergency.rules.plans.frozen import freeze
from emergency.rules.plans.merging import MergedTask, merge_keys, merged_tasks
from emergency.rules.plans.posts import NOBODY, Contact, Staff, each_once, organisation_of
from gis_core.errors import BadInput, Refused


class NothingToActivate(BadInput):
    """No plan was chosen."""

    code = "nothing_to_activate"


class PlanChosenTwice(BadInput):
    """The same plan was chosen twice."""

    code = "plan_chosen_twice"


class NoSuchLevel(BadInput):
    """The plan does not have that response level."""

    code = "no_such_level"


class PlanNotInForce(Refused):
    """Only an approved version that has come into force can be activated."""

    code = "plan_not_in_force"


class NotACommander(BadInput):
    """The person chosen is the commander of none of the plans."""

    code = "not_a_commander"


@dataclass(frozen=True, slots=True)
class PlanAtLevel:
    """A plan and the level at which it is to be activated."""

    plan: Plan
    level: int


@dataclass(frozen=True, slots=True)
class ActivePlan:
    """Which version of which plan is active at which level; the hash is that of the frozen copy."""

    code: str
    name: str
    version: str
    sha256: str
    level: int


@dataclass(frozen=True, slots=True)
class MergedCommand:
    """One commander; those of the other plans become deputies."""

    names: tuple[str, ...]
    commander: str
    deputies: tuple[str, ...]
    offices: tuple[str, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupSource:
    """The group of a plan that a merged group comes from."""

    plan_code: str
    group_code: str
    name: str


@dataclass(frozen=True, slots=True)
class MergedGroup:
    """Groups with one role as one: the first plan's lead leads, the others' leads are beside it."""

    role: str
    name: str
    lead: str
    further_leads: tuple[str, ...]
    members: tuple[str, ...]
    duties: tuple[str, ...]
    sources: tuple[GroupSource, ...]

    @property
    def posts(self) -> tuple[str, ...]:
        """Everybody in the group, leads first."""
        return each_once((self.lead, *self.further_leads, *self.members))


@dataclass(frozen=True, slots=True)
class DoubleBooking:
    """A post that is wanted in several groups at once; `leads` are the groups that it leads."""

    post: str
    groups: tuple[str, ...]
    leads: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """Something that a person should decide before, or look at after, the activation."""

    code: str
    sentence: str
    must_be_decided: bool


@dataclass(frozen=True, slots=True)
class Orders:
    """What the levels themselves order; matter apart, all that law Art. 72 wants stated."""

    activators: tuple[str, ...]
    notify: tuple[str, ...]
    inform: tuple[str, ...]
    measures: tuple[str, ...]
    expected_hours: float
    report_phone_min: int | None
    report_written_min: int | None
    follow_up_hours: float | None
    report_to: tuple[str, ...]
    terminations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything of an activation but its tasks."""

    plans: tuple[ActivePlan, ...]
    command: MergedCommand
    orders: Orders
    groups: tuple[MergedGroup, ...]
    double_booked: tuple[DoubleBooking, ...]
    undecided: tuple[Undecided, ...]


@dataclass(frozen=True, slots=True)
class Composition:
    """An activation as it would be, or as it is: how it stands and its tasks."""

    standing: Standing
    tasks: tuple[MergedTask, ...]

    @property
    def may_be_confirmed(self) -> bool:
        """Nothing is left that a person must decide first."""
        return not any(one.must_be_decided for one in self.standing.undecided)


@dataclass(frozen=True, slots=True)
class Binding:
    """Who is to do a task: the department, the post, and the person on duty (None: nobody is)."""

    task_id: str
    department: str
    post: str
    contact: Contact | None
    sentence: str


def compose(
    chosen: Sequence[PlanAtLevel],
    *,
    on: date,
    commander: str | None = None,
    is_drill: bool = False,
    names: Staff = NOBODY,
) -> Composition:
    """Put plans together, each at its level; `commander` decides between those of several plans.

    A drill may also practise a version that is not in force yet. `names` is for sentences only.

    :raises NothingToActivate: without a plan.
    :raises PlanChosenTwice: when a plan comes twice.
    :raises NoSuchLevel: when a plan lacks the level.
    :raises PlanNotInForce: outside drills, for drafts, retired versions and those not effective yet.
    :raises NotACommander: when the commander chosen is that of no plan.
    """
    levels = _checked(chosen, on=on, is_drill=is_drill)
    plans = [one.plan for one in chosen]
    merging = merge_keys(plans)
    command, undecided = _command(chosen, levels, commander, names)
    groups = _groups(chosen)
    undecided += [_kept_apart(one, other) for one, other in merging.kept_apart]
    undecided += [_several_leads(group, names) for group in groups if group.further_leads]
    standing = Standing(
        plans=tuple(_active(one) for one in chosen),
        command=command,
        orders=_orders(plans, levels),
        groups=groups,
        double_booked=tuple(_double_booked(groups, names)),
        undecided=tuple(undecided),
    )
    return Composition(standing, merged_tasks([(one.plan, one.level) for one in chosen], merging.ids))


def gather(
    chosen: Sequence[PlanAtLevel], *, on: date, commander: str, names: Staff = NOBODY
) -> tuple[MergedCommand, tuple[MergedGroup, ...]]:
    """The command and the groups of a response in force, without its tasks. Raises what `compose` raises."""
    levels = _checked(chosen, on=on, is_drill=True)
    return _command(chosen, levels, commander, names)[0], _groups(chosen)


def _checked(chosen: Sequence[PlanAtLevel], *, on: date, is_drill: bool) -> list[Level]:
    if not chosen:
        raise NothingToActivate("没有选择预案。请至少选择一个预案和响应级别。")
    codes = [one.plan.code for one in chosen]
    if twice := [one.plan.name for one in chosen if codes.count(one.plan.code) > 1]:
        raise PlanChosenTwice(f"{twice[0]}选了两次。一个预案只能以一个级别启动，请去掉其中一次。")
    levels = []
    for one in chosen:
        if not is_drill:
            _check_in_force(one.plan, on)
        level = one.plan.find_level(one.level)
        if level is None:
            name = RESPONSE_NAMES.get(one.level, f"{one.level} 级响应")
            raise NoSuchLevel(f"{one.plan.name}没有{name}。请选择预案中已有的级别。")
        levels.append(level)
    return levels


def _check_in_force(plan: Plan, on: date) -> None:
    if plan.state != "approved":
        told = f"{plan.name} {plan.version} 的状态是“{STATE_NAMES[plan.state]}”，不能启动。"
        raise PlanNotInForce(f"{told}请选择已批准的版本，或作为演练启动。")
    if plan.effective_from is None or plan.effective_from > on:
        told = f"{plan.name} {plan.version} 尚未生效，不能启动。"
        raise PlanNotInForce(f"{told}请选择已生效的版本，或作为演练启动。")


def _active(one: PlanAtLevel) -> ActivePlan:
    frozen = freeze(one.plan)
    return ActivePlan(frozen.code, frozen.name, frozen.version, frozen.sha256, one.level)


def _command(
    chosen: Sequence[PlanAtLevel], levels: Sequence[Level], wanted: str | None, names: Staff
) -> tuple[MergedCommand, list[Undecided]]:
    """The commander of the plan with the highest level leads; of equals, that of the first plan."""
    commands = [one.plan.command for one in chosen]
    named = [level.commander or command.commander for level, command in zip(levels, commands, strict=True)]
    ranked = each_once(
        post for _, post in sorted(zip([one.level for one in chosen], named, strict=True), key=lambda p: p[0])
    )
    if wanted is not None and wanted not in ranked:
        choice = "、".join(names.name_of(post) for post in ranked)
        raise NotACommander(f"{names.name_of(wanted)}不是所选预案的总指挥。请从{choice}中选定一人。")
    first = wanted or ranked[0]
    deputies = (*ranked, *(post for command in commands for post in command.deputies))
    merged = MergedCommand(
        names=tuple(dict.fromkeys(command.name for command in commands)),
        commander=first,
        deputies=tuple(post for post in each_once(deputies) if post != first),
        offices=each_once(command.office for command in commands),
        members=each_once(post for command in commands for post in command.members),
    )
    return merged, [] if wanted or len(ranked) == 1 else [_several_commanders(ranked, names)]


def _several_commanders(ranked: Sequence[str], names: Staff) -> Undecided:
    choice = "、".join(names.name_of(post) for post in ranked)
    told = f"所选预案有 {len(ranked)} 位总指挥（{choice}）。现场只能有一位，请选定后再启动。"
    return Undecided("several_commanders", told, must_be_decided=True)


def _several_leads(group: MergedGroup, names: Staff) -> Undecided:
    others = "、".join(names.name_of(post) for post in group.further_leads)
    told = f"{group.name}由{names.name_of(group.lead)}任组长，{others}在其他预案中也任组长，请明确分工。"
    return Undecided("several_leads", told, must_be_decided=False)


def _kept_apart(one: str, other: str) -> Undecided:
    told = f"任务 {one} 与 {other} 内容相同，但合并后任务会互相等待，因此分开下达，请避免重复。"
    return Undecided("kept_apart", told, must_be_decided=False)


def _orders(plans: Sequence[Plan], levels: Sequence[Level]) -> Orders:
    reports = [level.report for level in levels]
    ends = [plan.termination for plan in plans if plan.termination]
    return Orders(
        activators=each_once(level.activator for level in levels),
        notify=each_once(post for level in levels for post in level.notify),
        inform=tuple(dict.fromkeys(body for level in levels for body in level.inform)),
        measures=tuple(dict.fromkeys(words for level in levels for words in level.measures)),
        expected_hours=max(level.expected_hours for level in levels),
        report_phone_min=min((r.phone_min for r in reports if r.phone_min is not None), default=None),
        report_written_min=min((r.written_min for r in reports if r.written_min is not None), default=None),
        follow_up_hours=min((r.follow_up_hours for r in reports if r.follow_up_hours), default=None),
        report_to=tuple(dict.fromkeys(body for report in reports for body in report.to)),
        terminations=tuple(dict.fromkeys(end.condition for end in ends)),
    )


def _groups(chosen: Sequence[PlanAtLevel]) -> tuple[MergedGroup, ...]:
    """Groups that have begun at their plan's level, or have a task there, merged by role."""
    merged: dict[str, MergedGroup] = {}
    for one in chosen:
        busy = {task.group for task in one.plan.tasks_at(one.level)}
        for group in one.plan.groups:
            if one.level <= group.level_from or group.code in busy:
                fresh = _as_merged(one.plan, group)
                merged[group.role] = _joined(merged[group.role], fresh) if group.role in merged else fresh
    return tuple(merged.values())


def _as_merged(plan: Plan, group: Group) -> MergedGroup:
    source = GroupSource(plan.code, group.code, group.name)
    return MergedGroup(group.role, group.name, group.lead, (), group.members, (group.duties,), (source,))


def _joined(one: MergedGroup, other: MergedGroup) -> MergedGroup:
    leads = each_once((one.lead, *one.further_leads, other.lead))
    members = each_once((*one.members, *other.members))
    return replace(
        one,
        further_leads=leads[1:],
        members=tuple(post for post in members if post not in leads),
        duties=tuple(dict.fromkeys((*one.duties, *other.duties))),
        sources=(*one.sources, *other.sources),
    )


def _double_booked(groups: Sequence[MergedGroup], staff: Staff) -> Iterator[DoubleBooking]:
    """Posts that lead several groups, or that different plans want in different groups."""
    for post in each_once(post for group in groups for post in group.posts):
        mine = [group for group in groups if post in group.posts]
        leads = [group.name for group in mine if post in (group.lead, *group.further_leads)]
        if len(mine) > 1 and (len(leads) > 1 or _is_wanted_by_different_plans(mine)):
            names = tuple(group.name for group in mine)
            told = f"{staff.name_of(post)}同时编入{'、'.join(names)}"
            told += f"，其中任组长的有{'、'.join(leads)}" if leads else ""
            yield DoubleBooking(post, names, tuple(leads), f"{told}。请确认力量够用或调整。")


def _is_wanted_by_different_plans(groups: Sequence[MergedGroup]) -> bool:
    """No single plan stands behind all of these groups, so nobody has weighed them together."""
    return not frozenset.intersection(
        *(frozenset(source.plan_code for source in group.sources) for group in groups)
    )


def bind(tasks: Iterable[MergedTask], staff: Staff, on: date) -> tuple[Binding, ...]:
    """Bind every task to its department and to somebody on duty there whose contact is still valid."""
    return tuple(_bound(task, staff, on) for task in tasks)


def _bound(task: MergedTask, staff: Staff, on: date) -> Binding:
    post = task.posts[0]
    there = [one for one in staff.holders(post) if one.on_duty and one.valid_until >= on]
    contact = there[0] if there else None
    who = contact.name if contact else "现在无人在岗，请电话通知该单位值班室"
    return Binding(task.id, organisation_of(post), post, contact, f"{staff.name_of(post)}：{who}")
