"""When a plan must be looked through again or practised, and why."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from emergency.rules.plans.conditions import STATUS_NAMES, Status
from emergency.rules.plans.document import Plan
from emergency.rules.plans.requirements import DrillCycle, PlanRules
from gis_core.errors import BadInput

ReminderKind = Literal["review", "drill"]
SOON_DAYS = 60


class UnknownReviewTrigger(BadInput):
    """No such reason for a review in the rules."""

    code = "unknown_review_trigger"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that may make a plan out of date: which trigger of the rules, when, and what it was."""

    trigger: str
    on: date
    what: str


@dataclass(frozen=True, slots=True)
class Reminder:
    """A review or a drill that is due, how sure its rule is, and where that stands."""

    kind: ReminderKind
    rule: str
    due_on: date
    is_overdue: bool
    status: Status
    source: str
    sentence: str


def reminders(
    plan: Plan,
    rules: PlanRules,
    on: date,
    *,
    happenings: Iterable[Happening] = (),
    drills: Iterable[date] = (),
) -> tuple[Reminder, ...]:
    """What is due by `on` or within 60 days, the oldest first.

    A happening counts when it is after the version came into force. Plans that are not in force have no
    reminders. Drills that lie in the future do not count.

    :raises UnknownReviewTrigger: when a happening names no trigger of the rules.
    """
    if plan.state != "approved" or plan.effective_from is None:
        return ()
    since = plan.effective_from
    found = [
        *_after_happenings(plan, rules, since, on, happenings),
        *_by_calendar(plan, rules, since, on),
        *_drills(plan, rules, since, on, sorted(day for day in drills if day <= on)),
    ]
    return tuple(sorted(found, key=lambda one: (one.due_on, one.rule)))


def _after_happenings(
    plan: Plan, rules: PlanRules, since: date, on: date, happenings: Iterable[Happening]
) -> Iterator[Reminder]:
    triggers = {trigger.code: trigger for trigger in rules.review_triggers}
    for one in happenings:
        if (trigger := triggers.get(one.trigger)) is None:
            names = "、".join(triggers)
            raise UnknownReviewTrigger(f"没有修订情形“{one.trigger}”。请从 {names} 中选择。")
        if since < one.on <= on:
            why = f"{trigger.name}（{one.on:%Y-%m-%d}，{one.what}）"
            told = f"{plan.name}应当修订：{why}。依据：{_sure(trigger.status, trigger.source)}。"
            yield Reminder("review", trigger.code, one.on, one.on < on, trigger.status, trigger.source, told)


def _by_calendar(plan: Plan, rules: PlanRules, since: date, on: date) -> Iterator[Reminder]:
    """The date that the plan itself names, or the rule's, whichever comes first."""
    rule = rules.review
    last = _months_later(since, rule.every_months)
    due_on = min(plan.review_due or last, last)
    if (due_on - on).days <= SOON_DAYS:
        how_often = f"每 {rule.every_months} 个月，{_sure(rule.status, rule.source)}"
        told = f"{plan.name}{_when(due_on, on)}评估修订（{how_often}）。"
        yield Reminder("review", rule.code, due_on, due_on < on, rule.status, rule.source, told)


def _drills(plan: Plan, rules: PlanRules, since: date, on: date, held: list[date]) -> Iterator[Reminder]:
    last = held[-1] if held else None
    for rule in rules.drills:
        if plan.kind in rule.kinds and plan.holder == rule.holder:
            due_on = _months_later(last or since, rule.every_months)
            if (due_on - on).days <= SOON_DAYS:
                yield _drill(plan, rule, last, due_on, on)


def _drill(plan: Plan, rule: DrillCycle, last: date | None, due_on: date, on: date) -> Reminder:
    so_far = f"上次 {last:%Y-%m-%d}" if last else "生效以来还没有演练过"
    told = (
        f"{plan.name}{_when(due_on, on)}演练（{rule.name}每 {rule.every_months} 个月至少一次，{so_far}，"
        f"{_sure(rule.status, rule.source)}）。"
    )
    return Reminder("drill", rule.code, due_on, due_on < on, rule.status, rule.source, told)


def _when(due_on: date, on: date) -> str:
    if due_on < on:
        return f"已超期 {(on - due_on).days} 天未"
    return f"应在 {due_on:%Y-%m-%d} 前"


def _sure(status: Status, source: str) -> str:
    return source if status == "sourced" else f"{source}，{STATUS_NAMES[status]}"


def _months_later(day: date, months: int) -> date:
    """The same day of the month so many months later, or the month's last.

    >>> _months_later(date(2024, 2, 29), 36), _months_later(date(2026, 8, 31), 6)
    (datetime.date(2027, 2, 28), datetime.date(2027, 2, 28))
    """
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
