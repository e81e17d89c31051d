"""Readings of rain gauges, river gauges and sensors: what each may say, and why one is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Literal, get_args

from emergency.rules.plans.situation import AHEAD_MIN, SENSIBLE
from gis_core.clock import CITY_ZONE
from gis_core.places import PlanePoint

Measure = Literal["rain_mm", "flow_m3_s", "stage_m", "standing", "value"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
MEASURE_NAMES: dict[str, str] = {
    "rain_mm": "雨量", "flow_m3_s": "流量", "stage_m": "水位", "standing": "状态", "value": "读数",
}  # fmt: skip
UNITS: dict[str, str] = {"rain_mm": "毫米", "flow_m3_s": "立方米每秒", "stage_m": "米"}
ANY_VALUE = (-1e6, 1e9)
"""What a sensor of any kind may measure at all (assumed)."""
STANDINGS: dict[str, float] = {"normal": 0.0, "alarm": 1.0, "fault": 2.0}
"""How a sensor says that it stands, and the number under which that is kept."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LONGEST_FALL = timedelta(days=1)
"""Rain of a longer interval is a sum of a bulletin, not a reading (assumed)."""
LONGEST_TEXT = 60
AS_TOLD = ("value", "measure", "at", "instrument")

REASONS: dict[str, str] = {
    "not_a_reading": "不是一条读数",
    "unknown_instrument": "登记册里没有这个监测点",
    "unknown_measure": "这个监测点不测这个量",
    "bad_moment": "时间读不懂",
    "future": "时间在将来",
    "too_old": "时间早于 1990 年",
    "not_a_number": "数值不是数",
    "out_of_range": "数值超出合理范围",
    "bad_interval": "雨量没有起始时间，或时段不合理",
    "contradicts": "同一时刻已有另一个数值",
}
"""Why a reading is kept apart."""


@dataclass(frozen=True, slots=True)
class AlertLine:
    """A value of an instrument from which on people are told."""

    measure: Measure
    at_least: float
    name: str
    status: str = "assumed"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A gauge or sensor in service; plans know it by its name.

    `sort` is what it is: 雨量站, 水文站, 有毒气体探测器; `areas` are the divisions it stands for;
    `unit` is that of what a sensor measures.
    """

    code: str
    name: str
    sort: str
    areas: tuple[str, ...]
    measures: tuple[Measure, ...]
    lines: tuple[AlertLine, ...] = ()
    stale_after_min: float = 60.0
    sensible: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    unit: str = ""
    point: PlanePoint | None = None
    place_text: str = ""
    is_synthetic: bool = False

    @property
    def is_sensor(self) -> bool:
        """It says how it stands, where gauges say how much."""
        return "standing" in self.measures

    def unit_of(self, measure: str) -> str:
        """The unit of what it measures."""
        return UNITS.get(measure, self.unit if measure == "value" else "")


@dataclass(frozen=True, slots=True)
class Reading:
    """A value that is believed: a moment, or for rain the interval that ends at it."""

    instrument: str
    measure: Measure
    at: datetime
    value: float
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefusedReading:
    """What was sent and is not believed: kept apart as it came, with the reason."""

    instrument: str
    """Its code where it is known, else the words that were sent."""
    reason: str
    sent: str


Instruments = Mapping[str, Instrument]
"""Instruments by their codes and by their names."""


class _NotBelievedError(Exception):
    """Why a reading is refused: a key of `REASONS`."""


def by_code_and_name(known: tuple[Instrument, ...]) -> Instruments:
    """How senders may call an instrument: a code goes before a name."""
    return {one.name: one for one in known} | {one.code: one for one in known}


def judge_reading(sent: object, known: Instruments, at: datetime) -> Reading | RefusedReading:
    """A reading as another system or a person sends it, believed or refused; never an error.

    `sent` has `instrument`, `measure`, `at` (a moment without a zone is city time), `value`, and for rain
    `since` or `minutes`.
    """
    told = sent if isinstance(sent, Mapping) else {}
    named = _words(told.get("instrument"))
    instrument = known.get(named)
    try:
        return _believed(told, instrument, at)
    except _NotBelievedError as why:
        code = instrument.code if instrument else named
        return RefusedReading(code, str(why), as_sent(sent))


def _believed(told: Mapping[str, object], instrument: Instrument | None, at: datetime) -> Reading:
    if not told:
        raise _NotBelievedError("not_a_reading")
    if instrument is None:
        raise _NotBelievedError("unknown_instrument")
    measure = next((one for one in instrument.measures if one == told.get("measure")), None)
    if measure is None:
        raise _NotBelievedError("unknown_measure")
    moment = _moment(told.get("at"), at)
    value = _value(measure, told.get("value"))
    since = _since(told, moment) if measure == "rain_mm" else None
    if not _is_sensible(instrument, measure, value, moment - since if since else None):
        raise _NotBelievedError("out_of_range")
    return Reading(instrument.code, measure, moment, value, since)


def _is_sensible(instrument: Instrument, measure: Measure, value: float, length: timedelta | None) -> bool:
    if measure == "standing":
        return value in STANDINGS.values()
    name = "rain_mm_per_h" if measure == "rain_mm" else measure
    least, most = instrument.sensible.get(name, SENSIBLE.get(name, ANY_VALUE))
    if length is None:
        return least <= value <= most
    hours = length / timedelta(hours=1)
    return least * hours <= value <= most * max(hours, 1 / 6)


def _moment(word: object, at: datetime) -> datetime:
    moment = _read_moment(word)
    if moment > at + timedelta(minutes=AHEAD_MIN):
        raise _NotBelievedError("future")
    if moment < EARLIEST:
        raise _NotBelievedError("too_old")
    return moment


def _read_moment(word: object) -> datetime:
    try:
        moment = datetime.fromisoformat(word.strip() if isinstance(word, str) else "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=CITY_ZONE)).astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise _NotBelievedError("bad_moment") from problem


def _value(measure: Measure, word: object) -> float:
    if measure == "standing" and isinstance(word, str) and word in STANDINGS:
        return STANDINGS[word]
    try:
        value = float(word) if isinstance(word, int | float | str) and not isinstance(word, bool) else None
    except (ValueError, OverflowError):
        value = None
    if value is None or not isfinite(value):
        raise _NotBelievedError("not_a_number")
    return value


def _since(told: Mapping[str, object], until: datetime) -> datetime:
    if told.get("since") not in (None, ""):
        since = _read_moment(told["since"])
    else:
        minutes = _value("rain_mm", told.get("minutes", 0))
        since = until - timedelta(minutes=min(max(minutes, 0), 1e6))
    if not timedelta() < until - since <= LONGEST_FALL:
        raise _NotBelievedError("bad_interval")
    return since


def _words(value: object) -> str:
    words = value if isinstance(value, str) else ""
    return words.encode("utf-8", "replace").decode().replace("\x00", "").strip()[:LONGEST_TEXT]


def as_sent(sent: object) -> str:
    """What was sent in words, the value first; nothing in it that a database would not take."""
    if isinstance(sent, Mapping) and sent:
        told = {name: sent[name] for name in AS_TOLD if name in sent} | dict(sent)
        words = "，".join(f"{name}={value!r}" for name, value in told.items())
    else:
        words = repr(sent)
    return words.encode("utf-8", "replace").decode().replace("\x00", "")[:400]
