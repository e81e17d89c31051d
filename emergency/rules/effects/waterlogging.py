"""Spots that flood in a cloudburst (易涝点): each has a depth of its own from which on it is an alarm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from gis_core.places import PlanePoint

DEEPEST_M = 10.0
"""A deeper reading is a broken gauge (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterloggingPoint:
    """A registered spot; `trigger_m` is the depth of standing water from which on it is triggered."""

    code: str
    name: str
    at: PlanePoint
    trigger_m: float


@dataclass(frozen=True, slots=True)
class Triggered:
    """A spot at or above its own level."""

    point: WaterloggingPoint
    depth_m: float

    @property
    def over_m(self) -> float:
        """By how much."""
        return self.depth_m - self.point.trigger_m


@dataclass(frozen=True, slots=True)
class Waterlogging:
    """How the spots stand: triggered (the worst first), below their level, and without a reading to trust."""

    triggered: tuple[Triggered, ...]
    below: tuple[WaterloggingPoint, ...]
    silent: tuple[WaterloggingPoint, ...]


def judge_points(points: Sequence[WaterloggingPoint], readings_m: Mapping[str, float | None]) -> Waterlogging:
    """Each spot against its own level; at the level is triggered. No reading and nonsense are silence.

    >>> spot = WaterloggingPoint(code="a", name="下穿桥", at=PlanePoint(0.0, 0.0), trigger_m=0.27)
    >>> judge_points([spot], {"a": 0.27}).triggered[0].over_m
    0.0
    >>> judge_points([spot], {}).silent[0].name
    '下穿桥'
    """
    triggered, below, silent = [], [], []
    for point in points:
        depth_m = readings_m.get(point.code)
        if depth_m is None or not isfinite(depth_m) or not 0.0 <= depth_m <= DEEPEST_M:
            silent.append(point)
        elif depth_m >= point.trigger_m:
            triggered.append(Triggered(point, depth_m))
        else:
            below.append(point)
    triggered.sort(key=lambda one: (-one.over_m, one.point.code))
    return Waterlogging(tuple(triggered), tuple(below), tuple(silent))
