"""What a measurement is known to be: a range that the data at hand allow, and why it is no narrower.

A value that is missing, stale or nonsense widens the range and never counts as zero. Gauges and
sensors that are silent or send nonsense are named as alarms of their own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import singledispatch
from math import inf, isfinite
from typing import Literal, TypeVar

from emergency.rules.plans.conditions import (
    COLOUR_NAMES,
    COLOURS,
    EVENT_LEVEL_NAMES,
    FIGURES,
    STANDING_NAMES,
    CaseCount,
    EventLevel,
    Figure,
    Flow,
    Leaf,
    Rain,
    Sensors,
    Silence,
    Stage,
    WarningColour,
)
from emergency.rules.plans.ranges import Range
from emergency.rules.plans.situation import (
    AHEAD_MIN,
    FEED_STALE_AFTER_MIN,
    SENSIBLE,
    Gauge,
    Rainfall,
    Reading,
    Situation,
    is_within,
)

AlarmKind = Literal["silent", "nonsense", "unregistered"]
RiverMeasure = Literal["flow_m3_s", "stage_m"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """An instrument that a plan relies on does not do its work."""

    code: str
    kind: AlarmKind
    sentence: str


@dataclass(frozen=True, slots=True)
class Measured:
    """Between which values a measurement lies, told in words, with the instruments at fault."""

    known: Range
    sentence: str
    alarms: tuple[Alarm, ...] = ()


NOTHING = Range(-inf, inf)
NO_INCIDENT = Measured(Range(0, 0), "没有登记的突发事件")


@singledispatch
def measure(leaf: Leaf, now: Situation) -> Measured:
    """What is known of a measurement at a moment."""
    raise TypeError(f"no measurement {type(leaf).__name__}")


@measure.register
def _(leaf: Flow, now: Situation) -> Measured:
    return _latest(leaf.gauge, "flow_m3_s", "流量", "立方米每秒", now)


@measure.register
def _(leaf: Stage, now: Situation) -> Measured:
    return _latest(leaf.gauge, "stage_m", "水位", "米", now)


def _latest(code: str, name: RiverMeasure, words: str, unit: str, now: Situation) -> Measured:
    """The latest sensible reading of a river gauge that is not stale."""
    gauge = _find_gauge(code, now)
    if gauge is None or name not in gauge.measures:
        return _unregistered(code)
    mine = [one for one in now.readings if one.gauge == code and one.measure == name]
    good = [one for one in mine if _is_sensible(one, gauge, now.at)]
    alarms = _nonsense_alarms(code, mine, good)
    newest = max(good, key=lambda one: one.at, default=None)
    if newest is None or newest.value is None:
        return Measured(NOTHING, f"{code}没有可用的{words}读数", (*alarms, _silent(code, None, now.at)))
    if _age_min(newest.at, now.at) > gauge.stale_after_min:
        told = f"{code}最近一次{words}为 {newest.value:g} {unit}（{newest.at:%m-%d %H:%M}），已过期"
        return Measured(NOTHING, told, (*alarms, _silent(code, newest.at, now.at)))
    told = f"{code}{words} {newest.value:g} {unit}（{newest.at:%m-%d %H:%M}）"
    return Measured(Range(newest.value, newest.value), told, alarms)


@measure.register
def _(leaf: Silence, now: Situation) -> Measured:
    gauge = _find_gauge(leaf.gauge, now)
    if gauge is None:
        return _unregistered(leaf.gauge)
    heard = [one.at for one in _of(gauge, now.readings) if _is_sensible(one, gauge, now.at)]
    heard += [one.until for one in _of(gauge, now.rainfalls) if _is_sensible_rain(one, gauge, now.at)]
    if not heard:
        return Measured(Range(inf, inf), f"{leaf.gauge}从未报数", (_silent(leaf.gauge, None, now.at),))
    age_min = max(0.0, _age_min(max(heard), now.at))
    alarms = (_silent(leaf.gauge, max(heard), now.at),) if age_min > gauge.stale_after_min else ()
    return Measured(Range(age_min, age_min), f"{leaf.gauge} {age_min:.0f} 分钟前有读数", alarms)


@measure.register
def _(leaf: Rain, now: Situation) -> Measured:
    gauges = [
        gauge for gauge in now.gauges if "rain_mm" in gauge.measures and _stands_in(gauge.areas, leaf.area)
    ]
    if not gauges:
        return Measured(NOTHING, f"{leaf.area} 没有登记在用的雨量站")
    each = [(gauge, *_fallen(gauge, leaf.hours, now)) for gauge in gauges]
    worst, least, _, _ = max(each, key=lambda row: row[1])
    most = max(row[2] for row in each)
    alarms = tuple(alarm for row in each for alarm in row[3])
    told = f"{leaf.area} {leaf.hours:g} 小时雨量最大为{worst.code} {least:g} 毫米"
    if most > least:
        gaps = "、".join(row[0].code for row in each if row[2] > least)
        told = f"{leaf.area} {leaf.hours:g} 小时雨量已知至少 {least:g} 毫米，{gaps}缺报"
    return Measured(Range(least, most), told, alarms)


def _fallen(gauge: Gauge, hours: float, now: Situation) -> tuple[float, float, tuple[Alarm, ...]]:
    """Least and most rain in the hours up to the gauge's last report, and what is wrong with it.

    An interval that begins before the window may have fallen wholly before it or wholly in it. What
    no interval covers, or a report that is stale, leaves the most open.
    """
    mine = {(one.since, one.until): one for one in now.rainfalls if one.gauge == gauge.code}
    good = _apart([one for one in mine.values() if _is_sensible_rain(one, gauge, now.at)])
    alarms = _nonsense_alarms(gauge.code, list(mine.values()), good)
    if not good:
        return 0.0, inf, (*alarms, _silent(gauge.code, None, now.at))
    until = good[-1].until
    if _age_min(until, now.at) > gauge.stale_after_min:
        alarms = (*alarms, _silent(gauge.code, until, now.at))
        until = now.at
    since = until - timedelta(hours=hours)
    inside = [one for one in good if one.until > since]
    least = sum(one.mm or 0.0 for one in inside if one.since >= since)
    covered = sum((one.until - max(one.since, since) for one in inside), timedelta())
    most = sum(one.mm or 0.0 for one in inside) if covered >= until - since else inf
    return least, most, alarms


def _apart(falls: Sequence[Rainfall]) -> list[Rainfall]:
    """Intervals in order of time; one that overlaps an earlier one is left out, or rain would count twice."""
    kept: list[Rainfall] = []
    for one in sorted(falls, key=lambda fall: (fall.until, fall.since)):
        if not kept or one.since >= kept[-1].until:
            kept.append(one)
    return kept


@measure.register
def _(leaf: WarningColour, now: Situation) -> Measured:
    of_kind = [one for one in now.warnings if one.kind == leaf.kind and _touches(one.areas, leaf.area)]
    mine = [COLOURS.index(one.colour) + 1 for one in of_kind if _in_force(one.since, one.until, now.at)]
    rank = max(mine, default=0)
    named = f"{leaf.kind}{COLOUR_NAMES[COLOURS[rank - 1]]}预警生效" if rank else f"没有{leaf.kind}预警"
    if _is_heard("warnings", now):
        return Measured(Range(rank, rank), f"{leaf.area} {named}")
    return Measured(Range(rank, len(COLOURS)), f"{leaf.area} 已知{named}，但预警信息接收中断")


@measure.register
def _(leaf: Sensors, now: Situation) -> Measured:
    mine = [one for one in now.sensors if one.kind == leaf.kind and _stands_in(one.areas, leaf.area)]
    if not mine:
        return Measured(NOTHING, f"{leaf.area} 没有登记在用的{leaf.kind}")
    fresh = [one for one in mine if -AHEAD_MIN <= _age_min(one.at, now.at) <= one.stale_after_min]
    silent = [one for one in mine if one not in fresh]
    so = sum(one.standing == leaf.standing for one in fresh)
    told = f"{leaf.area} {leaf.kind} {len(mine)} 个，{STANDING_NAMES[leaf.standing]} {so} 个"
    told += f"，{len(silent)} 个没有消息" if silent else ""
    alarms = tuple(_silent(one.code, one.at, now.at) for one in silent)
    return Measured(Range(so, so + len(silent)), told, alarms)


@measure.register
def _(leaf: CaseCount, now: Situation) -> Measured:
    since = now.at - timedelta(hours=leaf.hours)
    recent = [one for one in now.cases if since < one.at <= now.at]
    seen = sum(
        one.type_code.startswith(leaf.type_code) and _stands_in(one.areas, leaf.area) for one in recent
    )
    told = f"{leaf.area} {leaf.hours:g} 小时内“{leaf.type_name}”案件 {seen} 件"
    if _is_heard("cases", now):
        return Measured(Range(seen, seen), told)
    return Measured(Range(seen, inf), f"已知{told}，但案件数据接收中断")


@measure.register
def _(leaf: EventLevel, now: Situation) -> Measured:
    if not now.has_incident:
        return NO_INCIDENT
    if now.event_level not in EVENT_LEVEL_NAMES:
        return Measured(NOTHING, "事件级别尚未确定")
    gravity = 5 - now.event_level
    return Measured(Range(gravity, gravity), f"事件级别为{EVENT_LEVEL_NAMES[now.event_level]}")


@measure.register
def _(leaf: Figure, now: Situation) -> Measured:
    if not now.has_incident:
        return NO_INCIDENT
    name, unit = FIGURES[leaf.name]
    value = now.figures.get(leaf.name)
    if value is None:
        return Measured(NOTHING, f"{name}尚未报来")
    if not isfinite(value) or value < 0:
        return Measured(NOTHING, f"{name}报为 {value:g}，不可信")
    return Measured(Range(value, value), f"{name} {value:g} {unit}")


OfAGauge = TypeVar("OfAGauge", Reading, Rainfall)


def _of(gauge: Gauge, sent: Iterable[OfAGauge]) -> list[OfAGauge]:
    return [one for one in sent if one.gauge == gauge.code]


def _find_gauge(code: str, now: Situation) -> Gauge | None:
    return next((gauge for gauge in now.gauges if gauge.code == code), None)


def _unregistered(code: str) -> Measured:
    told = f"{code}没有登记为在用站点"
    return Measured(NOTHING, told, (Alarm(code, "unregistered", f"{told}，请在登记册中补登或修改预案。"),))


def _is_sensible(one: Reading, gauge: Gauge, at: datetime) -> bool:
    least, most = gauge.sensible.get(one.measure, SENSIBLE[one.measure])
    return one.value is not None and least <= one.value <= most and _age_min(one.at, at) >= -AHEAD_MIN


def _is_sensible_rain(one: Rainfall, gauge: Gauge, at: datetime) -> bool:
    least, most = gauge.sensible.get("rain_mm_per_h", SENSIBLE["rain_mm_per_h"])
    hours = (one.until - one.since) / timedelta(hours=1)
    if one.mm is None or hours <= 0 or _age_min(one.until, at) < -AHEAD_MIN:
        return False
    return least * hours <= one.mm <= most * max(hours, 1 / 6)


def _nonsense_alarms(code: str, all_of_it: Sequence[object], good: Sequence[object]) -> tuple[Alarm, ...]:
    bad = len(all_of_it) - len(good)
    told = f"{code}有 {bad} 个读数不可信，没有采用，请核查仪器。"
    return (Alarm(code, "nonsense", told),) if bad else ()


def _silent(code: str, since: datetime | None, at: datetime) -> Alarm:
    last = f"{_age_min(since, at):.0f} 分钟没有读数" if since else "从未有过可用读数"
    return Alarm(code, "silent", f"{code}{last}，请派人查看并以电话或现场人工观测代替。")


def _age_min(moment: datetime, at: datetime) -> float:
    return (at - moment) / timedelta(minutes=1)


def _is_heard(feed: str, now: Situation) -> bool:
    heard_at = now.heard_at.get(feed)
    return heard_at is not None and -AHEAD_MIN <= _age_min(heard_at, now.at) <= FEED_STALE_AFTER_MIN


def _in_force(since: datetime, until: datetime | None, at: datetime) -> bool:
    return since <= at and (until is None or at < until)


def _stands_in(areas: Iterable[str], outer: str) -> bool:
    return any(is_within(area, outer) for area in areas)


def _touches(areas: Iterable[str], area: str) -> bool:
    """A warning for the city concerns its districts, and one for a district the city."""
    return any(is_within(one, area) or is_within(area, one) for one in areas)
