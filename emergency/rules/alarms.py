"""Which alarms stand now: instruments that are silent or send nonsense, lines reached, levels proposed.

An alarm is told when it begins and again when it becomes graver; it ends when what it tells of has ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from emergency.rules.plans.conditions import SensorStanding
from emergency.rules.plans.document import RESPONSE_NAMES
from emergency.rules.plans.proposing import Proposal
from emergency.rules.readings import MEASURE_NAMES, STANDINGS, Instrument, Measure
from gis_core.clock import city_time

Kind = Literal["silent", "nonsense", "line", "sensor", "proposal"]
KIND_NAMES: dict[str, str] = {
    "silent": "中断报数",
    "nonsense": "读数不可信",
    "line": "达到警戒",
    "sensor": "监测报警",
    "proposal": "建议响应",
}
UNKNOWN_HOLDS = timedelta(hours=1)
"""How long an instrument that nobody registered is told of after its last reading (assumed)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The last that an instrument said of one measure."""

    at: datetime
    value: float
    came_at: datetime


@dataclass(frozen=True, slots=True)
class Nonsense:
    """The last reading of an instrument that was refused."""

    came_at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something people must know now. `gravity` grows; `subject` is an instrument or a plan."""

    key: str
    kind: Kind
    subject: str
    gravity: int
    words: str
    incident_no: str = ""


@dataclass(frozen=True, slots=True)
class OpenAlarm:
    """An alarm that was written down and has not ended."""

    id: int
    key: str
    gravity: int
    words: str


@dataclass(frozen=True, slots=True)
class AlarmChanges:
    """What differs between the alarms that stand and those written down."""

    begun: tuple[Alarm, ...]
    reworded: tuple[tuple[int, Alarm], ...]
    ended: tuple[int, ...]


def instrument_alarms(
    instrument: Instrument, heard: Mapping[Measure, Heard], nonsense: Nonsense | None, at: datetime
) -> list[Alarm]:
    """What is to be told of one instrument."""
    alarms: list[Alarm] = []
    newest = max((one.at for one in heard.values()), default=None)
    if newest is None or at - newest > timedelta(minutes=instrument.stale_after_min):
        since = f"自 {_moment(newest)} 起没有读数" if newest else "从未报数"
        words = f"{instrument.name}{since}，请派人查看，以电话或现场人工观测代替。"
        alarms.append(Alarm(f"silent:{instrument.code}", "silent", instrument.code, 1, words))
    if nonsense and all(one.came_at <= nonsense.came_at for one in heard.values()):
        words = f"{instrument.name}的读数没有采用：{nonsense.words}。请核查仪器。"
        alarms.append(Alarm(f"nonsense:{instrument.code}", "nonsense", instrument.code, 1, words))
    fresh = {
        measure: one
        for measure, one in heard.items()
        if at - one.at <= timedelta(minutes=instrument.stale_after_min)
    }
    return [*alarms, *(_sensor(instrument, fresh) if instrument.is_sensor else _reached(instrument, fresh))]


def source_alarm(name: str, heard_at: datetime | None) -> Alarm:
    """What is to be told of a source of warnings that fell silent."""
    since = f"自 {_moment(heard_at)} 起没有音讯" if heard_at else "从未有音讯"
    words = f"预警来源“{name}”{since}，外面有没有新的预警不清楚，请电话询问。"
    return Alarm(f"silent:source:{name}", "silent", name[:60], 1, words)


def _reached(instrument: Instrument, fresh: Mapping[Measure, Heard]) -> list[Alarm]:
    """The highest line that is reached of each measure."""
    alarms = []
    for measure, one in fresh.items():
        lines = sorted(
            (line for line in instrument.lines if line.measure == measure), key=lambda line: line.at_least
        )
        reached = [line for line in lines if one.value >= line.at_least]
        if reached:
            line, unit = reached[-1], instrument.unit_of(measure)
            words = (
                f"{instrument.name}{MEASURE_NAMES[measure]} {one.value:g} {unit}（{_moment(one.at)}），"
                f"达到{line.name} {line.at_least:g} {unit}。"
            )
            key = f"line:{instrument.code}:{measure}"
            alarms.append(Alarm(key, "line", instrument.code, len(reached), words))
    return alarms


def _sensor(instrument: Instrument, fresh: Mapping[Measure, Heard]) -> list[Alarm]:
    if standing_of(instrument, fresh) != "alarm":
        return []
    value, at = fresh.get("value"), max(one.at for one in fresh.values())
    told = f"读数 {value.value:g} {instrument.unit}，" if value else ""
    where = f"（{instrument.place_text}）" if instrument.place_text else ""
    words = f"{instrument.name}{where}{told.rstrip()}{_moment(at)} 报警，请立即核实。"
    return [Alarm(f"sensor:{instrument.code}", "sensor", instrument.code, 1, words)]


def standing_of(instrument: Instrument, heard: Mapping[Measure, Heard]) -> SensorStanding:
    """How a sensor stands by what it says of itself, or by what it measures against its line."""
    said, value = heard.get("standing"), heard.get("value")
    if said is not None and said.value == STANDINGS["fault"]:
        return "fault"
    is_over = value is not None and any(value.value >= line.at_least for line in instrument.lines)
    return "alarm" if is_over or (said is not None and said.value == STANDINGS["alarm"]) else "normal"


def unknown_alarm(named: str, nonsense: Nonsense, at: datetime) -> Alarm | None:
    """Readings of something that is in no register; forgotten after a while."""
    if at - nonsense.came_at > UNKNOWN_HOLDS:
        return None
    words = f"收到“{named or '未写明'}”的读数，没有采用：{nonsense.words}。请在登记册中补登或通知发送方。"
    return Alarm(f"nonsense:{named}", "nonsense", named, 1, words)


def proposal_alarm(
    plan_name: str, proposal: Proposal, in_force: int | None, *, incident_no: str = "", title: str = ""
) -> Alarm | None:
    """A plan proposes a level and none that high is in force; None when enough is done."""
    if proposal.level is None or (in_force is not None and in_force <= proposal.level):
        return None
    held = next(one.judgement for one in proposal.verdicts if one.level == proposal.level)
    why = "；".join(reason.known for reason in held.reasons()) if held else ""
    stands = f"，现为{RESPONSE_NAMES[in_force]}" if in_force else "，尚未启动"
    about = f"“{title}”：" if title else ""
    words = f"{about}{plan_name}建议{RESPONSE_NAMES[proposal.level]}{stands}。{why}。"
    key = f"proposal:{proposal.plan_code}:{incident_no}"
    return Alarm(key, "proposal", proposal.plan_code, 5 - proposal.level, words, incident_no)


def compare_alarms(known: Sequence[OpenAlarm], standing: Sequence[Alarm]) -> AlarmChanges:
    """What begins, ends and is only told otherwise; one that became graver ends and begins anew."""
    before = {one.key: one for one in known}
    now = {one.key: one for one in standing}
    graver = {key for key, one in now.items() if key in before and one.gravity > before[key].gravity}
    return AlarmChanges(
        begun=tuple(one for key, one in now.items() if key not in before or key in graver),
        reworded=tuple(
            (before[key].id, one)
            for key, one in now.items()
            if key in before
            and key not in graver
            and (one.words, one.gravity) != (before[key].words, before[key].gravity)
        ),
        ended=tuple(one.id for key, one in before.items() if key not in now or key in graver),
    )


def _moment(moment: datetime | None) -> str:
    return f"{city_time(moment):%m-%d %H:%M}" if moment else ""
