"""Plans are looked through and practised in time."""

from datetime import date

import pytest

from emergency.rules.plans.reviewing import Happening, UnknownReviewTrigger, reminders
from tests.plan_maker import RULES, make_plan

PLAN = make_plan(review_due=None)


def due(on: date, **more: object) -> list[tuple[str, date, bool]]:
    found = reminders(PLAN, RULES, on, **more)  # type: ignore[arg-type]
    return [(one.rule, one.due_on, one.is_overdue) for one in found]


DAYS = [
    (date(2026, 6, 1), [], "a young plan rests"),
    (date(2027, 11, 15), [("government", date(2028, 1, 1), False)], "a drill comes near"),
    (date(2028, 1, 2), [("government", date(2028, 1, 1), True)], "two years without a drill"),
    (
        date(2029, 1, 2),
        [
            ("government", date(2028, 1, 1), True),
            ("every_three_years", date(2029, 1, 1), True),
            ("special_plans", date(2029, 1, 1), True),
        ],
        "after three years everything is late",
    ),
]


@pytest.mark.parametrize(("on", "expected", "because"), DAYS, ids=[row[2] for row in DAYS])
def test_what_is_due_on_a_day(on: date, expected: list[tuple[str, date, bool]], because: str) -> None:
    assert due(on) == expected


def test_a_drill_that_was_held_starts_the_two_years_anew() -> None:
    assert due(date(2028, 1, 2), drills=[date(2027, 6, 1)]) == []


def test_a_drill_that_is_only_planned_does_not_count() -> None:
    assert due(date(2028, 1, 2), drills=[date(2028, 6, 1)])[0][0] == "government"


def test_an_overall_plan_has_no_drill_of_special_plans() -> None:
    plan = make_plan(kind="overall", parent=None)
    assert "special_plans" not in [one.rule for one in reminders(plan, RULES, date(2029, 2, 1))]


def test_a_unit_of_high_risk_practises_every_half_year() -> None:
    plan = make_plan(holder="high_risk_unit", review_due=None)
    found = reminders(plan, RULES, date(2026, 7, 2))
    assert [(one.rule, one.due_on) for one in found] == [("high_risk_units", date(2026, 7, 1))]


def test_the_earlier_of_the_plan_s_own_date_and_the_rule_s_counts() -> None:
    plan = make_plan(review_due=date(2027, 1, 1))
    (found,) = reminders(plan, RULES, date(2026, 12, 1))
    assert (found.rule, found.due_on) == ("every_three_years", date(2027, 1, 1))


@pytest.mark.parametrize("trigger", [trigger.code for trigger in RULES.review_triggers])
def test_each_reason_of_the_ordinance_asks_for_a_revision(trigger: str) -> None:
    happening = Happening(trigger, date(2026, 5, 1), "示例情形")
    (found,) = reminders(PLAN, RULES, date(2026, 6, 1), happenings=[happening])
    assert (found.rule, found.is_overdue, found.source) == (trigger, True, "国令708号第6条")
    assert "示例情形" in found.sentence


OUTSIDE = [
    (date(2025, 12, 1), "what was before this version is in it already"),
    (date(2026, 6, 2), "what has not happened yet"),
]


@pytest.mark.parametrize(("day", "because"), OUTSIDE, ids=[row[1] for row in OUTSIDE])
def test_a_happening_outside_the_version_s_time_asks_for_nothing(day: date, because: str) -> None:
    assert due(date(2026, 6, 1), happenings=[Happening("law_changed", day, "某法修订")]) == []


def test_a_reason_that_is_in_no_rule_is_refused() -> None:
    with pytest.raises(UnknownReviewTrigger, match="law_changed"):
        due(date(2026, 6, 1), happenings=[Happening("rumour", date(2026, 5, 1), "听说")])


def test_a_draft_reminds_nobody() -> None:
    assert reminders(make_plan(state="draft"), RULES, date(2030, 1, 1)) == ()


def test_a_rule_from_memory_says_so() -> None:
    found = {one.rule: one for one in reminders(PLAN, RULES, date(2029, 1, 2))}
    assert found["every_three_years"].status == "recalled"
    assert "据记忆，待核" in found["every_three_years"].sentence
    assert "待核" not in found["government"].sentence
