"""The clock of a drill: hours of its scenario, whatever the city's clock says."""

from datetime import UTC, datetime, timedelta

import pytest

from emergency.rules.drill_clock import BadDrillClock, ClockTold, DrillClock

NOON = datetime(2026, 9, 18, 4, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FAST = DrillClock([
    ClockTold(NOON, NOON, 0.0),
    ClockTold(NOON + MINUTE, NOON, 60.0, NOON + HOUR),
    ClockTold(NOON + 3 * MINUTE, NOON + 2 * HOUR, 1.0),
])  # fmt: skip


@pytest.mark.parametrize(
    ("since", "shows", "because"),
    [
        (-MINUTE, -MINUTE, "before a drill it is as late as in the city"),
        (MINUTE / 2, timedelta(0), "it stands while something is played"),
        (MINUTE * 1.5, HOUR / 2, "a minute is an hour"),
        (MINUTE * 2.5, HOUR, "it waits for what comes next"),
        (MINUTE * 4, 2 * HOUR + MINUTE, "after the drill it goes on as clocks do"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_drill_s_clock_shows_the_scenario_s_time(since, shows, because):
    assert FAST.at(NOON + since) == NOON + shows


def test_without_a_drill_it_is_as_late_as_in_the_city():
    assert DrillClock().at(NOON) == NOON


@pytest.mark.parametrize("told", [
    ClockTold(NOON, NOON, -1.0), ClockTold(NOON, NOON, 1e9), ClockTold(NOON, NOON, 1.0, NOON - HOUR),
], ids=["backwards", "too fast", "ends before it begins"])  # fmt: skip
def test_a_clock_that_no_clock_is_is_refused(told):
    with pytest.raises(BadDrillClock):
        told.check()
