"""Triggers on live data: what holds, what does not, what nobody knows, and which level is proposed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from emergency.rules.plans.conditions import Condition
from emergency.rules.plans.judging import judge
from emergency.rules.plans.measuring import measure
from emergency.rules.plans.proposing import propose
from emergency.rules.plans.ranges import Range
from emergency.rules.plans.reachability import TooManyAlternatives, is_possible
from emergency.rules.plans.situation import (
    CaseSeen,
    Gauge,
    Rainfall,
    Reading,
    SensorState,
    Situation,
    WarningInForce,
)
from tests.plan_maker import flow, level, make_plan

AT = datetime(2026, 7, 16, 20, tzinfo=UTC)
RIVER = Gauge("林家村站", ("610302",), ("flow_m3_s", "stage_m"))
HILL = Gauge("神农站", ("610302102",), ("rain_mm",))
CITY = Gauge("经二路站", ("610302002",), ("rain_mm",))
CONDITIONS: TypeAdapter[Any] = TypeAdapter(Condition)


def ago(minutes: float) -> datetime:
    return AT - timedelta(minutes=minutes)


def condition(value: dict[str, Any]) -> Any:
    return CONDITIONS.validate_python(value)


def reading(value: float | None, minutes_ago: float = 10) -> Reading:
    return Reading("林家村站", "flow_m3_s", value, ago(minutes_ago))


def river(*readings: Reading) -> Situation:
    return Situation(AT, gauges=(RIVER,), readings=readings)


def hourly(gauge: str, *mm: float | None) -> tuple[Rainfall, ...]:
    """Rain of the hours before now, the last hour first."""
    return tuple(
        Rainfall(gauge, ago(60 * (hour + 1)), ago(60 * hour), fallen) for hour, fallen in enumerate(mm)
    )


def rain(hours: float, at_least: float, area: str = "610302") -> Any:
    return condition({"measure": "rain_mm", "area": area, "hours": hours, "at_least": at_least})


FLOWS = [
    (river(reading(2500)), "held", "the alert flow itself counts"),
    (river(reading(2499.9)), "not_held", "a little below does not"),
    (river(reading(2600), reading(2400, 5)), "not_held", "the newest reading counts"),
    (river(reading(2600, 61)), "unknown", "an old reading says nothing of now"),
    (river(), "unknown", "no reading is not a small river"),
    (river(reading(None)), "unknown", "an empty reading is none"),
    (river(reading(nan)), "unknown", "no number is none"),
    (river(reading(inf)), "unknown", "an endless river is nonsense"),
    (river(reading(-999)), "unknown", "the fault code of an instrument is nonsense"),
    (river(reading(-999), reading(2600, 20)), "held", "nonsense does not hide the reading before it"),
    (river(reading(2600, -30)), "unknown", "a reading from the future is nonsense"),
    (Situation(AT, readings=(reading(2600),)), "unknown", "a gauge nobody registered proves nothing"),
]


@pytest.mark.parametrize(("now", "verdict", "because"), FLOWS, ids=[row[2] for row in FLOWS])
def test_the_flow_of_a_river_is_judged(now: Situation, verdict: str, because: str) -> None:
    assert judge(condition(flow(2500)), now).verdict == verdict


RAINS = [
    (hourly("神农站", 10, 20, 20), 3, 50, "held", "fifty millimetres in three hours"),
    (hourly("神农站", 10, 20, 19), 3, 50, "not_held", "forty-nine"),
    (hourly("神农站", 10, 20), 3, 50, "unknown", "an hour is missing and may hold the rest"),
    (hourly("神农站", 10, 40), 3, 50, "held", "an hour is missing and not needed"),
    (hourly("神农站", 10, None, 20), 3, 50, "unknown", "an hour without a number is missing"),
    (hourly("神农站", 10, -5, 20), 3, 50, "unknown", "rain cannot fall upwards"),
    (hourly("神农站", 900, 0, 0), 3, 50, "unknown", "no cloud holds that much"),
    (hourly("神农站", 10, 10, 10) * 2, 3, 50, "not_held", "a report sent twice rains once"),
    ((), 3, 50, "unknown", "no report is not a dry sky"),
]


@pytest.mark.parametrize(("falls", "hours", "mm", "verdict", "because"), RAINS, ids=[row[4] for row in RAINS])
def test_rain_is_summed_over_hours(
    falls: tuple[Rainfall, ...], hours: float, mm: float, verdict: str, because: str
) -> None:
    now = Situation(AT, gauges=(HILL,), rainfalls=falls)
    assert judge(rain(hours, mm), now).verdict == verdict


def test_the_worst_gauge_of_an_area_counts() -> None:
    falls = (*hourly("神农站", 30, 25), *hourly("经二路站", 1, 1))
    now = Situation(AT, gauges=(HILL, CITY), rainfalls=falls)
    assert judge(rain(2, 50), now).verdict == "held"


def test_a_silent_gauge_keeps_an_area_from_being_dry() -> None:
    now = Situation(AT, gauges=(HILL, CITY), rainfalls=hourly("经二路站", 1, 1))
    found = judge(rain(2, 50), now)
    assert found.verdict == "unknown"
    assert [alarm.code for alarm in found.all_alarms()] == ["神农站"]


def test_a_gauge_of_another_district_does_not_count() -> None:
    now = Situation(AT, gauges=(HILL,), rainfalls=hourly("神农站", 60, 60))
    assert judge(rain(2, 50, area="610303"), now).verdict == "unknown"


def test_intervals_that_overlap_do_not_count_twice() -> None:
    twice = (Rainfall("神农站", ago(60), AT, 30), Rainfall("神农站", ago(90), ago(30), 30))
    found = measure(rain(1, 50), Situation(AT, gauges=(HILL,), rainfalls=twice))
    assert found.known.low <= 30


def test_silence_itself_can_be_a_condition() -> None:
    asked = condition({"measure": "silence_min", "gauge": "林家村站", "at_least": 60})
    assert judge(asked, river(reading(100, 75))).verdict == "held"
    assert judge(asked, river(reading(100, 10))).verdict == "not_held"
    assert judge(asked, river()).verdict == "held"


SPOILT = [
    (river(), "silent", "a gauge that never spoke"),
    (river(reading(2600, 90)), "silent", "a gauge that stopped speaking"),
    (river(reading(-999), reading(100, 20)), "nonsense", "a gauge that sends nonsense"),
    (Situation(AT), "unregistered", "a gauge that is in no register"),
]


@pytest.mark.parametrize(("now", "kind", "because"), SPOILT, ids=[row[2] for row in SPOILT])
def test_an_instrument_at_fault_is_an_alarm(now: Situation, kind: str, because: str) -> None:
    alarms = judge(condition(flow(2500)), now).all_alarms()
    assert [(alarm.code, alarm.kind) for alarm in alarms] == [("林家村站", kind)]
    assert alarms[0].sentence.endswith("。")


def warned(*colours: Any, heard: bool = True, area: str = "610300") -> Situation:
    warnings = tuple(WarningInForce("暴雨", colour, (area,), ago(60)) for colour in colours)
    return Situation(AT, warnings=warnings, heard_at={"warnings": AT} if heard else {})


WARNINGS = [
    (warned("orange"), "held", "orange is enough for orange"),
    (warned("yellow", "red"), "held", "the gravest counts"),
    (warned("yellow"), "not_held", "yellow is not"),
    (warned(), "not_held", "heard, and there is none"),
    (warned(heard=False), "unknown", "nobody has heard whether there is one"),
    (warned("red", heard=False), "held", "what was heard before still stands"),
    (warned("red", area="610302003"), "held", "a warning for one subdistrict concerns the city"),
    (warned("red", area="610400"), "not_held", "a warning for another city does not"),
]


@pytest.mark.parametrize(("now", "verdict", "because"), WARNINGS, ids=[row[2] for row in WARNINGS])
def test_warnings_are_judged_by_colour(now: Situation, verdict: str, because: str) -> None:
    asked = condition({"measure": "warning", "kind": "暴雨", "area": "610300", "at_least": "orange"})
    assert judge(asked, now).verdict == verdict


def test_a_lifted_warning_is_none() -> None:
    lifted = WarningInForce("暴雨", "red", ("610300",), ago(120), until=ago(1))
    now = Situation(AT, warnings=(lifted,), heard_at={"warnings": AT})
    asked = condition({"measure": "warning", "kind": "暴雨", "area": "610300", "at_least": "blue"})
    assert judge(asked, now).verdict == "not_held"


def detectors(*standings: Any, minutes_ago: float = 1) -> tuple[SensorState, ...]:
    return tuple(
        SensorState(f"D{number}", "燃气探测器", ("610303",), standing, ago(minutes_ago))
        for number, standing in enumerate(standings)
    )


SENSORS = [
    (detectors("alarm", "alarm", "normal"), "held", "two alarms"),
    (detectors("alarm", "normal", "normal"), "not_held", "one alarm"),
    (detectors("alarm") + detectors("normal", minutes_ago=90), "unknown", "the silent one may be alarmed"),
    ((), "unknown", "no detector is in service"),
]


@pytest.mark.parametrize(("sensors", "verdict", "because"), SENSORS, ids=[row[2] for row in SENSORS])
def test_alarmed_sensors_are_counted(sensors: Any, verdict: str, because: str) -> None:
    asked = condition({"measure": "sensors", "kind": "燃气探测器", "area": "610303", "at_least": 2})
    assert judge(asked, Situation(AT, sensors=sensors)).verdict == verdict


def seen(count: int, minutes_ago: float = 30, type_code: str = "10998") -> tuple[CaseSeen, ...]:
    return (CaseSeen(type_code, ("610302003",), ago(minutes_ago)),) * count


CASES = [
    (seen(3), True, "held", "three in the last hour"),
    (seen(2) + seen(5, 90), True, "not_held", "older ones are outside the window"),
    (seen(2) + seen(5, type_code="06020"), True, "not_held", "other types do not count"),
    (seen(2), False, "unknown", "cases are not being heard"),
    (seen(3), False, "held", "enough were heard before"),
]


@pytest.mark.parametrize(("cases", "heard", "verdict", "because"), CASES, ids=[row[3] for row in CASES])
def test_cases_are_counted_in_a_window(cases: Any, heard: bool, verdict: str, because: str) -> None:
    asked = condition(
        {
            "measure": "case_count",
            "type_code": "10998",
            "type_name": "积水",
            "area": "610302",
            "hours": 1,
            "at_least": 3,
        }
    )
    now = Situation(AT, cases=cases, heard_at={"cases": ago(0 if heard else 120)})
    assert judge(asked, now).verdict == verdict


LEVELS = [
    (1, "held", "the gravest is grave enough"),
    (2, "held", "重大 is 重大"),
    (3, "not_held", "较大 is milder"),
    (None, "unknown", "social-security events have no level"),
    (7, "unknown", "there is no such level"),
]


@pytest.mark.parametrize(("event_level", "verdict", "because"), LEVELS, ids=[row[2] for row in LEVELS])
def test_event_levels_are_compared_by_gravity(event_level: int | None, verdict: str, because: str) -> None:
    asked = condition({"measure": "event_level", "at_least": 2})
    assert judge(asked, Situation(AT, event_level=event_level)).verdict == verdict


FIGURES = [
    ({"deaths": 3}, True, "held", "three are three"),
    ({"deaths": 2}, True, "not_held", "two are not"),
    ({}, True, "unknown", "nobody has counted yet"),
    ({"deaths": -1}, True, "unknown", "nobody can be less than nobody"),
    ({"deaths": nan}, True, "unknown", "no number"),
    ({}, False, "not_held", "the desk knows of no incident"),
]


@pytest.mark.parametrize(("figures", "has", "verdict", "because"), FIGURES, ids=[row[3] for row in FIGURES])
def test_figures_of_the_incident_are_compared(figures: Any, has: bool, verdict: str, because: str) -> None:
    asked = condition({"measure": "figure", "name": "deaths", "at_least": 3})
    assert judge(asked, Situation(AT, figures=figures, has_incident=has)).verdict == verdict


def test_without_an_incident_no_level_of_it_is_in_doubt() -> None:
    asked = condition({"measure": "event_level", "at_least": 1})
    assert judge(asked, Situation(AT, has_incident=False)).verdict == "not_held"


HELD, FALSE, UNKNOWN = flow(1), flow(9999), flow(1, "哑站")
TRUTHS = [
    ({"all": [HELD, UNKNOWN]}, "unknown", "all: true and unknown is unknown"),
    ({"all": [FALSE, UNKNOWN]}, "not_held", "all: one false decides"),
    ({"any": [HELD, UNKNOWN]}, "held", "any: one true decides"),
    ({"any": [FALSE, UNKNOWN]}, "unknown", "any: false and unknown is unknown"),
    ({"not": UNKNOWN}, "unknown", "not: unknown stays unknown"),
    ({"not": FALSE}, "held", "not: false becomes true"),
    ({"not": {"any": [FALSE, {"not": HELD}]}}, "held", "they nest"),
]


@pytest.mark.parametrize(("asked", "verdict", "because"), TRUTHS, ids=[row[2] for row in TRUTHS])
def test_conditions_are_put_together_in_three_values(
    asked: dict[str, Any], verdict: str, because: str
) -> None:
    assert judge(condition(asked), river(reading(100))).verdict == verdict


def test_the_tree_of_reasons_is_told_in_chinese() -> None:
    told = list(judge(condition({"any": [flow(2500), UNKNOWN]}), river(reading(2600))).lines())
    assert told == [
        "条件成立——以下至少一项成立",
        "  条件成立——林家村站流量 ≥ 2500 立方米每秒：林家村站流量 2600 立方米每秒（07-16 19:50）",
        "  无法判断——哑站流量 ≥ 1 立方米每秒：哑站没有登记为在用站点",
    ]


def test_the_highest_level_that_holds_is_proposed() -> None:
    proposal = propose(make_plan(), river(reading(3100)))
    assert (proposal.level, proposal.action, proposal.unknown_levels) == (2, "activate", ())
    assert proposal.sentence.startswith("建议启动二级响应：林家村站流量 3100 立方米每秒")
    assert proposal.sentence.endswith("是否启动由有权人员决定。")


def test_a_raise_is_told_with_the_level_it_leads_to() -> None:
    told = propose(make_plan(), river(reading(3100)), current=4).sentence
    assert told.startswith("建议提升为二级响应：")


def test_a_graver_level_that_cannot_be_judged_is_told() -> None:
    levels = [level(4), level(3), level(2), level(1, trigger=flow(10, "哑站"))]
    proposal = propose(make_plan(levels=levels), river(reading(2100)))
    assert (proposal.level, proposal.unknown_levels) == (3, (1,))
    assert "一级响应的条件缺少数据，无法判断，请人工核实" in proposal.sentence


MOVES = [
    (reading(2100), 4, "raise", "the river has risen"),
    (reading(2100), 3, "keep", "nothing has changed"),
    (reading(1100), 3, "lower", "the river has fallen"),
    (reading(100), 3, "consider_end", "the river is back in its bed"),
    (reading(2100, 90), 3, "keep", "a silent gauge never lowers a level"),
    (reading(100), None, "none", "nothing is the matter"),
]


@pytest.mark.parametrize(("sent", "current", "action", "because"), MOVES, ids=[row[3] for row in MOVES])
def test_an_active_plan_is_proposed_to_move(
    sent: Reading, current: int | None, action: str, because: str
) -> None:
    assert propose(make_plan(), river(sent), current).action == action


def both(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"all": list(parts)}


RAIN_3 = {"measure": "rain_mm", "area": "610302", "hours": 3}
RAIN_6 = {"measure": "rain_mm", "area": "610302", "hours": 6}
RAIN_CITY = {"measure": "rain_mm", "area": "610300", "hours": 3}
DEATHS = {"measure": "figure", "name": "deaths"}
POSSIBLE = [
    (flow(2500), True, "a flood can come"),
    (both(flow(2500), {"not": flow(2000)}), False, "a river cannot be above and below"),
    (flow(5) | {"less_than": 5}, False, "at least five and less than five"),
    (flow(5) | {"at_most": 5}, True, "five exactly"),
    (DEATHS | {"more_than": 2, "less_than": 3}, False, "people are counted whole"),
    (both(RAIN_3 | {"at_least": 60}, RAIN_6 | {"less_than": 50}), False, "six hours hold the three"),
    (both(RAIN_6 | {"at_least": 60}, RAIN_3 | {"less_than": 50}), True, "three hours need not hold the six"),
    (both(RAIN_3 | {"at_least": 60}, RAIN_CITY | {"less_than": 50}), False, "the city holds the district"),
    ({"measure": "event_level", "at_least": 4}, True, "the mildest level"),
    ({"not": {"measure": "event_level", "at_least": 4}}, False, "every graded event is one of four"),
    ({"not": {"any": [flow(5), {"not": flow(5)}]}}, False, "either or neither"),
]


@pytest.mark.parametrize(("asked", "expected", "because"), POSSIBLE, ids=[row[2] for row in POSSIBLE])
def test_whether_a_condition_can_hold_at_all(asked: dict[str, Any], expected: bool, because: str) -> None:
    assert is_possible(condition(asked)) is expected


def test_a_condition_with_too_many_branches_is_not_decided() -> None:
    branches = [{"any": [flow(n, f"甲{n}"), flow(n, f"乙{n}")]} for n in range(16)]
    with pytest.raises(TooManyAlternatives):
        is_possible(condition(both(*branches)))


BOUNDS = st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.booleans(), st.booleans())


@given(BOUNDS, BOUNDS, st.integers(-8, 8))
@settings(deadline=None)
def test_ranges_agree_with_the_numbers_in_them(one: Any, other: Any, doubled: int) -> None:
    left, right, point = Range(*one), Range(*other), Range(doubled / 2, doubled / 2)
    inside = [not part.meet(point).is_empty for part in (left, right)]
    assert left.meet(right).meet(point).is_empty is not all(inside)
    assert any(not part.meet(point).is_empty for part in left.outside()) is not inside[0] or left.is_empty


@given(st.lists(st.floats(0, 6000), min_size=1, max_size=4), st.floats(0, 6000))
@settings(deadline=None)
def test_hearing_less_never_turns_a_verdict_round(flows: list[float], asked: float) -> None:
    """What is known with fewer readings is the same or unknown, as long as the newest one stays."""
    readings = tuple(reading(value, 5 + 10 * number) for number, value in enumerate(flows))
    full = judge(condition(flow(asked)), river(*readings)).verdict
    assert judge(condition(flow(asked)), river(readings[0])).verdict == full
    assert judge(condition(flow(asked)), replace(river(*readings), readings=())).verdict == "unknown"
