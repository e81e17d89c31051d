"""Spans of days that are evaluated: which days they have, how they are named, what comes before and after."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.evaluation.figures import shown_part, trend_periods
from cases.rules.periods import PERIOD_NAMES, BadPeriod, Period, months_of

KINDS = st.sampled_from(sorted(PERIOD_NAMES))
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("key", "first", "last", "because"),
    [
        ("2026-11-20", "2026-11-20", "2026-11-20", "a day is one day"),
        ("2026-W47", "2026-11-16", "2026-11-22", "a week begins on Monday"),
        ("2026-W01", "2025-12-29", "2026-01-04", "the first week reaches into the year before"),
        ("2026-W53", "2026-12-28", "2027-01-03", "some years have a week 53"),
        ("2026-02", "2026-02-01", "2026-02-28", "a short month"),
        ("2028-02", "2028-02-01", "2028-02-29", "a leap year"),
        ("2026-12", "2026-12-01", "2026-12-31", "the last month"),
        ("2026-Q1", "2026-01-01", "2026-03-31", "a quarter has three months"),
        ("2026-Q4", "2026-10-01", "2026-12-31", "the last quarter"),
        ("2026", "2026-01-01", "2026-12-31", "a year"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_period_has_its_days(key: str, first: str, last: str, because: str) -> None:
    period = Period.parse(key)
    assert (period.first.isoformat(), period.last.isoformat(), period.key) == (first, last, key)


@pytest.mark.parametrize(
    "key",
    ["", "2026-13", "2026-Q5", "2027-W53", "2026-02-30", "26", "2026-11-20x", "２０２６", "0000", "9999-W99"],
)
def test_what_no_calendar_has_is_refused(key: str) -> None:
    with pytest.raises(BadPeriod):
        Period.parse(key)


@given(KINDS, DAYS)
@settings(deadline=None)
def test_every_day_lies_in_one_period_of_a_kind_and_those_touch(kind, day: date) -> None:
    period = Period.holding(kind, day)
    assert period.first <= day <= period.last
    assert (period.before().after(), period.after().before()) == (period, period)
    assert (period.after().first - period.last).days == 1


@given(KINDS, DAYS)
@settings(deadline=None)
def test_a_key_names_its_period(kind, day: date) -> None:
    period = Period.holding(kind, day)
    assert Period.parse(period.key) == period


@pytest.mark.parametrize(
    ("key", "today", "last", "because"),
    [
        ("2026-11", "2026-11-20", "2026-11-19", "today is not over"),
        ("2026-11", "2026-12-05", "2026-11-30", "the whole month is"),
        ("2026-11", "2026-11-01", "2026-11-01", "on its first day there is only that day"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_only_days_that_are_over_are_shown(key: str, today: str, last: str, because: str) -> None:
    assert shown_part(Period.parse(key), date.fromisoformat(today)).last.isoformat() == last


def test_a_span_below_a_month_counts_as_one_for_bands() -> None:
    assert months_of(Period.parse("2026-11-20")) == 1
    assert round(months_of(Period.parse("2026")), 2) == 11.99


def test_a_trend_has_twelve_periods_and_a_year_its_months() -> None:
    assert [one.key for one in trend_periods(Period.parse("2026-Q2"))][::11] == ["2023-Q3", "2026-Q2"]
    running = Period.parse("2026").until(date(2026, 11, 20))
    assert [one.key for one in trend_periods(running)][::10] == ["2026-01", "2026-11"]
