"""What is known at a moment: readings of gauges and sensors, warnings, cases, figures of the incident."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from emergency.rules.plans.conditions import Colour, SensorStanding

FEED_STALE_AFTER_MIN = 30.0
"""Warnings and counts of cases older than this say nothing of now (our assumption)."""

AHEAD_MIN = 5.0
"""A reading may be so far ahead of our clock and no further (our assumption)."""

SENSIBLE: Mapping[str, tuple[float, float]] = {
    "rain_mm_per_h": (0.0, 300.0),
    "flow_m3_s": (0.0, 100_000.0),
    "stage_m": (-50.0, 6_000.0),
}
"""Values outside are nonsense of the instrument (our assumption; a gauge may state narrower ones)."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A rain or river gauge in service; `areas` are the divisions or zones it stands for."""

    code: str
    areas: tuple[str, ...]
    measures: tuple[str, ...] = ("rain_mm", "flow_m3_s", "stage_m")
    stale_after_min: float = 60.0
    sensible: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rainfall:
    """Millimetres that fell at a gauge from `since` to `until`."""

    gauge: str
    since: datetime
    until: datetime
    mm: float | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A value of a river gauge at a moment; None is what it sends when it has none."""

    gauge: str
    measure: Literal["flow_m3_s", "stage_m"]
    value: float | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SensorState:
    """How a sensor stood when it was last heard."""

    code: str
    kind: str
    areas: tuple[str, ...]
    standing: SensorStanding
    at: datetime
    stale_after_min: float = 60.0


@dataclass(frozen=True, slots=True)
class WarningInForce:
    """A published warning; `until` None is until it is lifted."""

    kind: str
    colour: Colour
    areas: tuple[str, ...]
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """A case as it counts for triggers: its type, where, when it was reported."""

    type_code: str
    areas: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything known at `at`; what is not in it is unknown, never false.

    `event_level` None: not graded yet, or a social-security event. `has_incident` False: the duty desk
    knows of none, so levels and figures of an incident are known to be nothing. `heard_at` says when
    the feeds "warnings" and "cases" were last heard.
    """

    at: datetime
    gauges: tuple[Gauge, ...] = ()
    rainfalls: tuple[Rainfall, ...] = ()
    readings: tuple[Reading, ...] = ()
    sensors: tuple[SensorState, ...] = ()
    warnings: tuple[WarningInForce, ...] = ()
    cases: tuple[CaseSeen, ...] = ()
    heard_at: Mapping[str, datetime] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    event_level: int | None = None
    has_incident: bool = True


def is_within(area: str, outer: str) -> bool:
    """Whether a division lies in another one, by their codes; a zone lies in itself alone.

    >>> is_within("610302003", "610302"), is_within("610302", "610300"), is_within("GX01", "610300")
    (True, True, False)
    """
    return area.startswith(outer[:4] if len(outer) == 6 and outer.endswith("00") else outer)
