"""Gauges send sense and nonsense: what is believed, and why the rest is kept apart."""

import math
from datetime import timedelta

import pytest

from emergency.rules.readings import (
    REASONS,
    Instrument,
    Reading,
    RefusedReading,
    by_code_and_name,
    judge_reading,
)
from tests.case_city import FRIDAY_MORNING

RIVER = Instrument("G1", "益门镇站", "水文站", ("610302",), ("flow_m3_s", "stage_m"))
RAIN = Instrument("G2", "清姜雨量站", "雨量站", ("610302",), ("rain_mm",))
DETECTOR = Instrument("S1", "氯气探测器", "有毒气体探测器", ("610302",), ("standing", "value"))
KNOWN = by_code_and_name((RIVER, RAIN, DETECTOR))
NOW = FRIDAY_MORNING


def judged(**said: object) -> Reading | RefusedReading:
    flow = {"instrument": "G1", "measure": "flow_m3_s", "at": NOW.isoformat(), "value": 320}
    return judge_reading(flow | said, KNOWN, NOW)


@pytest.mark.parametrize(
    ("said", "reason", "because"),
    [
        ({"value": math.nan}, "not_a_number", "not a number is no flow"),
        ({"value": "Infinity"}, "not_a_number", "infinity is no flow"),
        ({"value": True}, "not_a_number", "yes is no flow"),
        ({"value": None}, "not_a_number", "nothing is no flow"),
        ({"value": [1]}, "not_a_number", "a list is no flow"),
        ({"value": 1e9}, "out_of_range", "no river has a thousand million cubic metres a second"),
        ({"value": -1}, "out_of_range", "no river flows backwards through a gauge"),
        ({"at": (NOW + timedelta(minutes=6)).isoformat()}, "future", "it has not happened yet"),
        ({"at": "1989-12-31T23:59:00Z"}, "too_old", "nobody measured then"),
        ({"at": "0001-01-01T00:00:00+23:59"}, "bad_moment", "the calendar does not reach so far"),
        ({"at": "昨天"}, "bad_moment", "a word is no moment"),
        ({"at": 5}, "bad_moment", "a number is no moment"),
        ({"instrument": "GHOST"}, "unknown_instrument", "nobody registered it"),
        ({"instrument": ["G1"]}, "unknown_instrument", "a list names nothing"),
        ({"measure": "rain_mm"}, "unknown_measure", "a river gauge measures no rain"),
        ({"measure": {}}, "unknown_measure", "that is no measure"),
        ({"instrument": "G2", "measure": "rain_mm", "value": 5}, "bad_interval", "rain fell since when?"),
        (
            {"instrument": "G2", "measure": "rain_mm", "value": -0.5, "minutes": 10},
            "out_of_range",
            "rain does not rise",
        ),
        (
            {"instrument": "G2", "measure": "rain_mm", "value": 51, "minutes": 10},
            "out_of_range",
            "more than 300 mm an hour never fell",
        ),
        (
            {"instrument": "G2", "measure": "rain_mm", "value": 5, "since": NOW.isoformat()},
            "bad_interval",
            "no time passed",
        ),
        ({"instrument": "S1", "measure": "standing", "value": "asleep"}, "not_a_number", "no such standing"),
        ({"instrument": "S1", "measure": "standing", "value": 7}, "out_of_range", "no such standing"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_nonsense_is_kept_apart_with_its_reason(said: dict[str, object], reason: str, because: str) -> None:
    found = judged(**said)
    assert isinstance(found, RefusedReading), because
    assert (found.reason, found.reason in REASONS) == (reason, True)


@pytest.mark.parametrize("sent", [None, 5, "flow", [], {}, [["instrument", "G1"]]])
def test_what_is_no_reading_at_all_is_kept_apart_too(sent: object) -> None:
    assert judge_reading(sent, KNOWN, NOW) == RefusedReading("", "not_a_reading", repr(sent))


def test_a_reading_is_believed_under_code_or_name() -> None:
    assert judged() == judged(instrument="益门镇站") == Reading("G1", "flow_m3_s", NOW, 320.0)


def test_a_moment_without_a_zone_is_city_time() -> None:
    found = judged(at="2026-09-18T08:59:00")
    assert isinstance(found, Reading)
    assert found.at.isoformat() == "2026-09-18T00:59:00+00:00"


def test_rain_has_an_interval_by_its_minutes() -> None:
    found = judged(instrument="G2", measure="rain_mm", value="4.5", minutes=10)
    assert isinstance(found, Reading)
    assert (found.value, found.since) == (4.5, NOW - timedelta(minutes=10))


def test_a_sensor_says_how_it_stands_in_a_word() -> None:
    found = judged(instrument="S1", measure="standing", value="alarm")
    assert isinstance(found, Reading)
    assert found.value == 1.0


def test_a_gauge_s_own_range_is_narrower() -> None:
    narrow = Instrument("G3", "石坝河站", "水文站", (), ("stage_m",), sensible={"stage_m": (500, 700)})
    sent = {"instrument": "G3", "measure": "stage_m", "at": NOW.isoformat(), "value": 40}
    found = judge_reading(sent, by_code_and_name((narrow,)), NOW)
    assert isinstance(found, RefusedReading)
    assert found.reason == "out_of_range"
