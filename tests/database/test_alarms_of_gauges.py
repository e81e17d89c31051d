"""Duty officers are told of silence, nonsense, lines and proposed levels: once each, until it ends."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from cases.rules.deciding import Asking
from emergency.measurements.operations import AlarmSeen, Measurements
from emergency.measurements.reading import list_past, list_standing
from emergency.measurements.watching import Watching
from gis_core.db import Sessions
from tests.incident_city import by
from tests.measured_city import (
    NOW,
    all_is_well,
    flow,
    instruments,
    rain,
    stands,
    take,
    watching,
)
from tests.response_city import activated, flooded, responses_in


@pytest.fixture
def watch(sessions: Sessions) -> Watching:
    return watching(sessions)


def later(minutes: float) -> object:
    return NOW + timedelta(minutes=minutes)


def standing(sessions: Sessions, *, is_drill: bool = False) -> list[tuple[str, str]]:
    with sessions() as session:
        return sorted((one.kind, one.subject) for one in list_standing(session, is_drill=is_drill))


def told(sessions: Sessions) -> list[tuple[str, str]]:
    """Posts and titles of what was told of alarms."""
    question = (
        "SELECT post, words->'zh'->>'title' FROM cases.notice WHERE occasion = 'alarm_begun' ORDER BY id"
    )
    with sessions() as session:
        return [tuple(row) for row in session.execute(text(question))]


def test_nothing_is_told_of_a_quiet_day(sessions: Sessions, watch: Watching) -> None:
    take(sessions, *all_is_well())
    assert (watch.sweep(NOW), standing(sessions)) == (0, [])


def test_silence_is_told_once_and_ends_with_the_next_reading(sessions: Sessions, watch: Watching) -> None:
    take(sessions, *all_is_well())
    take(sessions, *all_is_well(-50), minutes=-50)
    take(sessions, flow(20, 61))
    assert watch.sweep(later(111)) == 5
    assert watch.sweep(later(112)) == 0
    assert told(sessions) == [("duty_officer", "中断报数 5 处")]
    take(sessions, flow(20, -112), minutes=-112)
    watch.sweep(later(113))
    assert ("silent", "G-YM") not in standing(sessions)
    with sessions() as session:
        assert [one.subject for one in list_past(session, since=NOW)] == ["G-YM"]


def test_nonsense_is_told_until_sense_comes_again(sessions: Sessions, watch: Watching) -> None:
    take(sessions, *all_is_well())
    take(sessions, flow(-7, -1), minutes=-1)
    watch.sweep(later(1))
    assert standing(sessions) == [("nonsense", "G-YM")]
    take(sessions, flow(20, -2), minutes=-2)
    watch.sweep(later(2))
    assert standing(sessions) == []


def test_a_gauge_that_nobody_registered_is_told_of(sessions: Sessions, watch: Watching) -> None:
    take(sessions, *all_is_well(), flow(1, instrument="X-9"))
    watch.sweep(NOW)
    assert standing(sessions) == [("nonsense", "X-9")]


def test_a_line_that_is_reached_is_told_and_the_plan_that_proposes_too(
    sessions: Sessions, watch: Watching
) -> None:
    responses_in(sessions)
    take(sessions, *all_is_well(1), flow(320))
    watch.sweep(NOW)
    assert standing(sessions) == [("line", "G-YM"), ("proposal", "BJ-FX")]
    assert ("commander", "建议响应") in told(sessions)


def test_the_proposal_ends_when_the_plan_is_activated_and_begins_anew_when_it_rises(
    sessions: Sessions, watch: Watching
) -> None:
    responses = responses_in(sessions)
    take(sessions, *all_is_well(1), flow(320))
    watch.sweep(NOW)
    activated(responses, flooded(responses.incidents), FX=3)
    watch.sweep(later(3))
    assert standing(sessions) == [("line", "G-YM")]
    take(sessions, flow(510, -5), minutes=-5)
    watch.sweep(later(5))
    assert ("proposal", "BJ-FX") in standing(sessions)


def test_rain_counts_by_its_hours(sessions: Sessions, watch: Watching) -> None:
    responses_in(sessions)
    quiet = [one for one in all_is_well() if one["measure"] != "rain_mm"]
    take(sessions, *quiet, *(rain(18, 60 * n) for n in range(3)), *(rain(0, 60 * n) for n in range(3, 13)))
    watch.sweep(NOW)
    with sessions() as session:
        (alarm,) = list_standing(session)
    assert "建议二级响应" in alarm.words


def test_detectors_that_alarm_make_a_plan_propose(sessions: Sessions, watch: Watching) -> None:
    responses_in(sessions)
    take(sessions, *all_is_well(1), *stands("alarm", "S-1", "S-2", "S-3"))
    watch.sweep(NOW)
    found = standing(sessions)
    assert [kind for kind, _ in found].count("sensor") == 3
    assert [kind for kind, _ in found].count("proposal") == 1


def test_a_drill_has_alarms_of_its_own_and_tells_nobody(sessions: Sessions, watch: Watching) -> None:
    responses = responses_in(sessions)
    take(sessions, *all_is_well(1))
    flooded(responses.incidents, is_drill=True)
    take(sessions, flow(900), is_drill=True)
    watch.sweep(NOW)
    assert (standing(sessions), told(sessions)) == ([], [])
    assert standing(sessions, is_drill=True) == [("line", "G-YM"), ("proposal", "BJ-FX")]


def test_two_sweeps_at_once_tell_once(sessions: Sessions) -> None:
    take(sessions, *all_is_well(1), flow(320))
    first, second = watching(sessions), watching(sessions)
    assert (first.sweep(NOW), second.sweep(NOW)) == (1, 0)


def test_who_has_seen_an_alarm_is_written_down_once(sessions: Sessions, watch: Watching) -> None:
    take(sessions, *all_is_well(1), flow(320))
    watch.sweep(NOW)
    with sessions() as session:
        (alarm,) = list_standing(session)
    measurements = Measurements(sessions, instruments)
    measurements.acknowledge(alarm.id, by())
    with pytest.raises(AlarmSeen, match="应急值班员甲"):
        measurements.acknowledge(alarm.id, Asking(NOW, 1, "乙", "duty_officer"))
