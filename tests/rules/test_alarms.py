"""What stands as an alarm, when it is told anew, and when it ends."""

from datetime import datetime, timedelta

from emergency.plan_files import load_plans
from emergency.rules.alarms import (
    Alarm,
    Heard,
    Nonsense,
    OpenAlarm,
    compare_alarms,
    instrument_alarms,
    proposal_alarm,
    standing_of,
    unknown_alarm,
)
from emergency.rules.plans.proposing import propose
from emergency.rules.plans.situation import Gauge, Reading, Situation
from emergency.rules.readings import AlertLine, Instrument
from tests.case_city import FRIDAY_MORNING, baoji

NOW = FRIDAY_MORNING
LINES = (AlertLine("flow_m3_s", 150, "四级条件"), AlertLine("flow_m3_s", 300, "三级条件"))
RIVER = Instrument("G1", "益门镇站", "水文站", ("610302",), ("flow_m3_s",), LINES)
LEAK = (AlertLine("value", 5, "报警值"),)
DETECTOR = Instrument("S1", "一号氯气探测器", "有毒气体探测器", (), ("standing", "value"), LEAK, unit="mg/m³")
FLOOD = next(plan for plan in load_plans(baoji()) if plan.code == "BJ-FX")


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def kinds(flow: float, minutes: float, nonsense: Nonsense | None = None) -> list[str]:
    heard = {"flow_m3_s": Heard(ago(minutes), flow, ago(minutes))}
    return [one.kind for one in instrument_alarms(RIVER, heard, nonsense, NOW)]


def test_a_gauge_that_speaks_of_low_water_is_no_alarm() -> None:
    assert kinds(20, 10) == []


def test_silence_is_an_alarm_by_itself() -> None:
    assert kinds(20, 61) == ["silent"]


def test_a_gauge_that_never_spoke_is_silent() -> None:
    (alarm,) = instrument_alarms(RIVER, {}, None, NOW)
    assert alarm.words.startswith("益门镇站从未报数")


def test_the_highest_line_reached_is_told_with_its_value() -> None:
    heard = {"flow_m3_s": Heard(ago(5), 320, ago(5))}
    (alarm,) = instrument_alarms(RIVER, heard, None, NOW)
    assert (alarm.gravity, "达到三级条件 300 立方米每秒" in alarm.words) == (2, True)


def test_a_line_reached_long_ago_is_not_told_of_a_silent_gauge() -> None:
    assert kinds(320, 90) == ["silent"]


def test_nonsense_is_an_alarm_until_sense_comes_again() -> None:
    assert kinds(20, 10, Nonsense(ago(5), "数值不是数")) == ["nonsense"]
    assert kinds(20, 5, Nonsense(ago(10), "数值不是数")) == []


def test_a_stranger_is_told_of_for_an_hour() -> None:
    assert unknown_alarm("X9", Nonsense(ago(10), "没有登记"), NOW) is not None
    assert unknown_alarm("X9", Nonsense(ago(61), "没有登记"), NOW) is None


def test_a_sensor_alarms_by_its_word_or_by_its_value() -> None:
    said = {"standing": Heard(ago(1), 1.0, ago(1))}
    measured = {"standing": Heard(ago(1), 0.0, ago(1)), "value": Heard(ago(1), 6.2, ago(1))}
    assert [standing_of(DETECTOR, one) for one in (said, measured)] == ["alarm", "alarm"]
    (alarm,) = instrument_alarms(DETECTOR, measured, None, NOW)
    assert "读数 6.2 mg/m³" in alarm.words


def test_a_broken_sensor_does_not_alarm() -> None:
    said = {"standing": Heard(ago(1), 2.0, ago(1)), "value": Heard(ago(1), 99.0, ago(1))}
    assert instrument_alarms(DETECTOR, said, None, NOW) == []


def proposed(flow: float, in_force: int | None) -> Alarm | None:
    gauge, reading = Gauge("益门镇站", ("610302",)), Reading("益门镇站", "flow_m3_s", flow, NOW)
    now = Situation(NOW, gauges=(gauge,), readings=(reading,), has_incident=False)
    return proposal_alarm(FLOOD.name, propose(FLOOD, now, in_force), in_force)


def test_a_plan_that_proposes_what_nobody_activated_is_an_alarm() -> None:
    alarm = proposed(310, None)
    assert alarm is not None
    assert (alarm.gravity, "建议三级响应，尚未启动" in alarm.words) == (2, True)


def test_a_plan_that_proposes_more_than_is_in_force_is_an_alarm() -> None:
    assert proposed(510, 3) is not None
    assert proposed(310, 3) is None
    assert proposed(310, 2) is None


def test_what_begins_ends_and_only_changes_its_words() -> None:
    known = [OpenAlarm(1, "silent:G1", 1, "旧"), OpenAlarm(2, "line:G1", 1, "旧"), OpenAlarm(3, "x", 1, "旧")]
    standing = [Alarm("silent:G1", "silent", "G1", 1, "新"), Alarm("y", "sensor", "S1", 1, "新"),
                Alarm("x", "line", "G9", 1, "旧")]  # fmt: skip
    changes = compare_alarms(known, standing)
    assert [one.key for one in changes.begun] == ["y"]
    assert (changes.ended, [number for number, _ in changes.reworded]) == ((2,), [1])


def test_an_alarm_that_became_graver_begins_anew() -> None:
    changes = compare_alarms([OpenAlarm(1, "x", 1, "四级")], [Alarm("x", "proposal", "P", 2, "三级")])
    assert ([one.gravity for one in changes.begun], changes.ended) == ([2], (1,))


def test_an_alarm_that_became_milder_is_not_told_again() -> None:
    changes = compare_alarms([OpenAlarm(1, "x", 2, "三级")], [Alarm("x", "proposal", "P", 1, "四级")])
    assert (changes.begun, changes.ended, changes.reworded[0][0]) == ((), (), 1)
