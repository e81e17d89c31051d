"""What is wrong with a plan, as findings with a code and a Chinese sentence that says what to do."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from emergency.rules.plans.document import LEVELS, RESPONSE_NAMES, STATE_NAMES, Level, Plan, Task
from emergency.rules.plans.own_tests import run_own_tests
from emergency.rules.plans.posts import Staff, organisation_of, role_of
from emergency.rules.plans.reachability import TooManyAlternatives, is_possible
from emergency.rules.plans.requirements import PlanRules
from emergency.rules.plans.supplies import Held, supplies
from emergency.rules.plans.task_graph import find_cycle, schedule

Severity = Literal["error", "warning"]

FINDINGS: Mapping[str, tuple[str, Severity]] = {
    "no_owner": ("没有编制单位", "error"),
    "unknown_organisation": ("单位不在名录", "error"),
    "unknown_role": ("角色不在名录", "error"),
    "role_unstaffed": ("岗位无人担任", "error"),
    "expired_contact": ("联系人已过期", "warning"),
    "duplicate_code": ("编码重复", "error"),
    "cycle": ("任务互相等待", "error"),
    "unknown_dependency": ("前置任务不存在", "error"),
    "dependency_not_active": ("前置任务启动得更晚", "error"),
    "due_before_dependency": ("时限早于前置任务", "error"),
    "due_unreachable": ("时限短于所需时间", "error"),
    "unknown_group": ("工作组不存在", "error"),
    "group_not_active": ("工作组启动得更晚", "error"),
    "group_without_tasks": ("工作组没有任务", "warning"),
    "level_missing": ("缺少响应级别", "error"),
    "level_without_tasks": ("级别没有任务", "error"),
    "no_trigger": ("没有启动条件", "error"),
    "unreachable_level": ("级别永远不会被提出", "error"),
    "trigger_too_branched": ("启动条件过于复杂", "warning"),
    "missing_chapter": ("缺少章节", "error"),
    "missing_law_element": ("缺少法定内容", "error"),
    "missing_law_reference": ("缺少法律依据", "warning"),
    "unknown_law": ("依据不在清单", "error"),
    "no_termination": ("没有终止条件", "error"),
    "review_overdue": ("复审已到期", "warning"),
    "no_review_due": ("没有复审日期", "warning"),
    "not_effective": ("没有生效日期", "error"),
    "parent_missing": ("缺少上位预案", "error"),
    "no_tests": ("没有自测用例", "warning"),
    "test_fails": ("自测未通过", "error"),
    "goods_short": ("物资不足", "warning"),
    "goods_unregistered": ("物资没有登记", "warning"),
}
"""Codes of the linter with their names and how grave they are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: where, and what to do about it."""

    code: str
    where: str
    sentence: str

    @property
    def severity(self) -> Severity:
        """An error keeps a plan from being approved; a warning is looked at."""
        return FINDINGS[self.code][1]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a plan is checked against: rules, people, other plans by code with their names, the day, goods.

    `held` is what the warehouses of the registers hold; empty where the registers have none.
    """

    rules: PlanRules
    staff: Staff
    on: date
    other_plans: Mapping[str, str] = field(default_factory=dict)
    held: tuple[Held, ...] = ()


def lint(plan: Plan, around: Surroundings) -> tuple[Finding, ...]:
    """Every finding of a plan, in the order of its parts."""
    return tuple(
        finding
        for check in (
            _head,
            _posts,
            _codes,
            _levels,
            _groups,
            _dependencies,
            _dues,
            _texts,
            _laws,
            _tests,
            _goods,
        )
        for finding in check(plan, around)
    )


def _head(plan: Plan, around: Surroundings) -> Iterator[Finding]:
    if plan.owner is None:
        yield Finding("no_owner", plan.code, "没有写编制单位（owner），请填写负责修订的部门。")
    if plan.kind != "overall" and plan.parent is None:
        yield Finding("parent_missing", plan.code, "专项预案和部门预案应写明上位预案（parent）。")
    if plan.parent is not None and plan.parent not in around.other_plans:
        told = f"上位预案 {plan.parent} 不在预案目录中，请先登记或改正编码。"
        yield Finding("parent_missing", plan.code, told)
    if plan.state == "approved" and plan.effective_from is None:
        told = f"预案{STATE_NAMES[plan.state]}，却没有生效日期（effective_from）。"
        yield Finding("not_effective", plan.code, told)
    if plan.review_due is None:
        yield Finding("no_review_due", plan.code, "没有写复审日期（review_due），请按修订周期填写。")
    elif plan.review_due < around.on:
        days = (around.on - plan.review_due).days
        told = f"复审日期 {plan.review_due:%Y-%m-%d} 已过 {days} 天，请组织评估修订。"
        yield Finding("review_overdue", plan.code, told)
    if plan.termination is None:
        yield Finding("no_termination", plan.code, "没有写响应终止的条件和决定机关（termination）。")


def posts_of(plan: Plan) -> dict[str, str]:
    """Every post a plan names, with the first place where it does."""
    named = [(plan.owner, "编制单位")] if plan.owner else []
    command = plan.command
    named += [(post, "指挥机构") for post in (command.commander, *command.deputies, command.office)]
    named += [(post, "指挥机构成员") for post in command.members]
    for level in plan.levels:
        where = RESPONSE_NAMES[level.level]
        posts = (level.activator, *((level.commander,) if level.commander else ()), *level.notify)
        named += [(post, where) for post in posts]
    named += [(post, group.name) for group in plan.groups for post in (group.lead, *group.members)]
    named += [(task.post, f"任务 {task.code}") for task in plan.tasks if task.post]
    named += [(plan.termination.authority, "响应终止")] if plan.termination else []
    places: dict[str, str] = {}
    for post, where in named:
        places.setdefault(post, where)
    return places


def _posts(plan: Plan, around: Surroundings) -> Iterator[Finding]:
    staff = around.staff
    for post, where in posts_of(plan).items():
        if organisation_of(post) not in staff.organisations:
            told = f"单位 {organisation_of(post)} 不在单位名录中，请改正编码或先登记该单位。"
            yield Finding("unknown_organisation", where, told)
        elif role_of(post) not in staff.roles:
            told = f"角色 {role_of(post)} 不在角色名录中，请改正。"
            yield Finding("unknown_role", where, told)
        elif not (holders := staff.holders(post)):
            told = f"{staff.name_of(post)}没有人担任，任务派不出去。请登记联系人或改派。"
            yield Finding("role_unstaffed", where, told)
        elif expired := [one for one in holders if one.valid_until < around.on]:
            names = "、".join(f"{one.name}（{one.valid_until:%Y-%m-%d}）" for one in expired)
            told = f"{staff.name_of(post)}的联系人已过有效期：{names}。请核对后更新。"
            yield Finding("expired_contact", where, told)


def _codes(plan: Plan, _: Surroundings) -> Iterator[Finding]:
    kinds: tuple[tuple[str, Iterable[str]], ...] = (
        ("任务", (task.code for task in plan.tasks)),
        ("工作组", (group.code for group in plan.groups)),
        ("工作组职能", (group.role for group in plan.groups)),
        ("响应级别", (str(level.level) for level in plan.levels)),
        ("章节", (part for chapter in plan.chapters for part in _part_codes(chapter.code, chapter))),
        ("依据", (basis.key for basis in plan.legal_basis)),
        ("自测用例", (test.name for test in plan.tests)),
    )
    for kind, codes in kinds:
        for code, times in Counter(codes).items():
            if times > 1:
                yield Finding("duplicate_code", code, f"{kind} {code} 出现 {times} 次，请改成不同的编码。")


def _part_codes(code: str, chapter: object) -> tuple[str, ...]:
    return (code, *(section.code for section in getattr(chapter, "sections", ())))


def _levels(plan: Plan, around: Surroundings) -> Iterator[Finding]:
    for number in LEVELS:
        if plan.find_level(number) is None:
            told = f"没有{RESPONSE_NAMES[number]}。四个响应级别都应写明（突发事件应对法第71条）。"
            yield Finding("level_missing", plan.code, told)
        elif not plan.tasks_at(number):
            told = f"{RESPONSE_NAMES[number]}没有任何任务，启动后无事可做。请补充任务。"
            yield Finding("level_without_tasks", RESPONSE_NAMES[number], told)
    if plan.levels and all(level.trigger is None for level in plan.levels):
        yield Finding("no_trigger", plan.code, "各级都没有启动条件（trigger），系统无从提出建议。")
    yield from _unreachable(plan)


def _unreachable(plan: Plan) -> Iterator[Finding]:
    levels = sorted(plan.levels, key=lambda level: level.level)
    for place, level in enumerate(levels):
        where = RESPONSE_NAMES[level.level]
        try:
            told = _why_unreachable(level, levels[:place])
        except TooManyAlternatives:
            told = f"{where}的启动条件组合太多，无法核对能否达到，请化简。"
            yield Finding("trigger_too_branched", where, told)
        else:
            if told:
                yield Finding("unreachable_level", where, told)


def _why_unreachable(level: Level, higher: list[Level]) -> str | None:
    """Why a level can never be proposed: it cannot hold, or a higher one holds whenever it does."""
    if level.trigger is None:
        return None
    name = RESPONSE_NAMES[level.level]
    if not is_possible(level.trigger):
        return f"{name}的启动条件自相矛盾，永远不会成立。请核对上下限。"
    triggers = [(one, one.trigger) for one in higher if one.trigger is not None]
    for one, trigger in triggers:
        if not is_possible(level.trigger, trigger):
            above = RESPONSE_NAMES[one.level]
            return f"只要{name}的条件成立，{above}的条件也成立，{name}永远轮不到。请核对两级的数值。"
    if triggers and not is_possible(level.trigger, *(trigger for _, trigger in triggers)):
        return f"只要{name}的条件成立，总有更高一级的条件也成立，{name}永远轮不到。请核对各级的数值。"
    return None


def _groups(plan: Plan, _: Surroundings) -> Iterator[Finding]:
    groups = {group.code: group for group in plan.groups}
    for task in plan.tasks:
        group = groups.get(task.group)
        if group is None:
            told = f"任务 {task.code} 的工作组 {task.group} 不存在，请改正编码。"
            yield Finding("unknown_group", task.code, told)
        elif task.level_from > group.level_from:
            told = (
                f"任务 {task.code} 从{RESPONSE_NAMES[task.level_from]}起执行，"
                f"{group.name}却到{RESPONSE_NAMES[group.level_from]}才成立。请调整其一。"
            )
            yield Finding("group_not_active", task.code, told)
    busy = {task.group for task in plan.tasks}
    for group in plan.groups:
        if group.code not in busy:
            yield Finding("group_without_tasks", group.name, f"{group.name}没有任务，请补充或撤销该组。")


def _dependencies(plan: Plan, _: Surroundings) -> Iterator[Finding]:
    if cycle := find_cycle(plan.tasks):
        told = " → ".join((*cycle, cycle[0]))
        yield Finding("cycle", cycle[0], f"任务互相等待：{told}。请去掉其中一项前置任务。")
    tasks = {task.code: task for task in plan.tasks}
    for task in plan.tasks:
        for code in task.depends_on:
            if (before := tasks.get(code)) is None:
                told = f"任务 {task.code} 的前置任务 {code} 不存在，请改正编码。"
                yield Finding("unknown_dependency", task.code, told)
            else:
                yield from _pair(before, task)


def _pair(before: Task, task: Task) -> Iterator[Finding]:
    if before.level_from < task.level_from:
        told = (
            f"任务 {task.code} 从{RESPONSE_NAMES[task.level_from]}起执行，前置任务 {before.code} "
            f"却到{RESPONSE_NAMES[before.level_from]}才有。请调整其一。"
        )
        yield Finding("dependency_not_active", task.code, told)
    if task.due_offset_min < before.due_offset_min:
        told = (
            f"任务 {task.code} 限 {task.due_offset_min} 分钟，前置任务 {before.code} "
            f"却限 {before.due_offset_min} 分钟。请放宽前者或收紧后者。"
        )
        yield Finding("due_before_dependency", task.code, told)


def _dues(plan: Plan, _: Surroundings) -> Iterator[Finding]:
    codes = [task.code for task in plan.tasks]
    known = all(before in codes for task in plan.tasks for before in task.depends_on)
    if len(set(codes)) != len(codes) or not known or find_cycle(plan.tasks):
        return
    for code, timing in schedule(plan.tasks).timings.items():
        if timing.finish_min > timing.due_min:
            told = (
                f"任务 {code} 连同前置任务最早 {timing.finish_min} 分钟才能完成，"
                f"时限却是 {timing.due_min} 分钟。请放宽时限。"
            )
            yield Finding("due_unreachable", code, told)


def _texts(plan: Plan, around: Surroundings) -> Iterator[Finding]:
    written = {part: text.strip() for part, text in _written(plan)}
    rules = around.rules
    for chapter in rules.chapters.required:
        for part in (chapter, *chapter.sections):
            if not written.get(part.code):
                told = f"缺少“{part.name}”或其内容为空，请补写。"
                yield Finding("missing_chapter", part.code, told)
    for element in rules.elements:
        if not any(written.get(code) for code in element.found_in):
            told = f"没有写“{element.name}”，这是{element.source}要求的内容。"
            yield Finding("missing_law_element", element.code, told)


def _written(plan: Plan) -> Iterator[tuple[str, str]]:
    """Every chapter and section with its text; a chapter speaks through its sections."""
    for chapter in plan.chapters:
        yield chapter.code, chapter.text + "".join(section.text for section in chapter.sections)
        for section in chapter.sections:
            yield section.code, section.text


def _laws(plan: Plan, _: Surroundings) -> Iterator[Finding]:
    known = {basis.key for basis in plan.legal_basis}
    if not known:
        yield Finding("missing_law_reference", plan.code, "没有写编制依据（legal_basis）。")
    parts = [(f"任务 {task.code}", task.law) for task in plan.tasks]
    parts += [("响应终止", plan.termination.law)] if plan.termination else []
    for where, references in parts:
        if not references:
            yield Finding("missing_law_reference", where, f"{where}没有写法律依据（law）。")
        for reference in references:
            if reference.partition(":")[0] not in known:
                told = f"{where}的依据 {reference} 不在编制依据中，请补入或改正。"
                yield Finding("unknown_law", where, told)


def _tests(plan: Plan, _: Surroundings) -> Iterator[Finding]:
    if not plan.tests:
        yield Finding("no_tests", plan.code, "没有自测用例（tests），请至少为每一级写一个。")
    for result in run_own_tests(plan):
        if not result.is_passed:
            told = f"自测“{result.name}”未通过：{'；'.join(result.faults)}。"
            yield Finding("test_fails", result.name, told)


def _goods(plan: Plan, around: Surroundings) -> Iterator[Finding]:
    """Everything that the highest level asks for beside all warehouses, wherever they are."""
    if not around.held or not plan.levels:
        return
    highest = min(one.level for one in plan.levels)
    found = [one.balance for one in supplies(plan.tasks_at(highest), around.held, on=around.on)]
    where = f"{plan.code} {RESPONSE_NAMES[highest]}"
    if short := [one.sentence for one in found if one.at_hand is not None and one.short]:
        yield Finding("goods_short", where, "".join(short))
    if unknown := [f"{one.name}（{one.wanted:g} {one.unit}）" for one in found if one.at_hand is None]:
        told = f"物资库没有以这个品名和单位登记的：{'、'.join(unknown)}。请登记，或写明由谁保障。"
        yield Finding("goods_unregistered", where, told)
