"""What streets carry: how long a stretch takes to let all through who pass it, and which one is the slowest.

On foot: the most that Weidmann's diagram lets through a metre of width (1993; v = 1.34 m/s, γ = 1.913,
5.4 people a square metre at most), over the part of the roadway that is left to those who walk. By bus: so
many buses a minute. People behind each other through one stretch are a single path of Ford and Fulkerson:
capacity c, length τ, people out by T: c·max(0, T − τ + 1).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from scipy.optimize import minimize_scalar

from emergency.rules.sheltering.clearing import Path, find_clearance, steps_of

FREE_MPS, GAMMA, JAM_PER_M2 = 1.34, 1.913, 5.4
STEP_S = 10.0
Status = Literal["sourced", "recalled", "assumed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetRules:
    """What is assumed of streets: which share of a roadway is walked on, widths by rank, buses a minute."""

    walked_share: float
    widths_m: Mapping[str, float]
    narrowest_m: float
    buses_per_min: float
    status: Status
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetLoad:
    """A stretch with who passes it: on foot and by bus; `seconds` is the shortest whole trip among them."""

    name: str
    width_m: float
    is_width_assumed: bool
    on_foot: int
    by_bus: int
    on_foot_per_min: float
    by_bus_per_min: float
    seconds: float
    blocks: frozenset[str]

    @property
    def people(self) -> int:
        """Everybody who passes."""
        return self.on_foot + self.by_bus

    @property
    def pass_s(self) -> float:
        """How long all take to pass one point of it; those on foot and those in buses side by side."""
        return 60 * max(self.on_foot / self.on_foot_per_min, self.by_bus / self.by_bus_per_min)

    @property
    def clearance_s(self) -> float:
        """When the last of them can have arrived at the earliest."""
        found = [
            _clearance_s(people, per_min, self.seconds)
            for people, per_min in ((self.on_foot, self.on_foot_per_min), (self.by_bus, self.by_bus_per_min))
        ]
        return max(found)


def walking_mps(per_m2: float) -> float:
    """Speed in a crowd of so many people a square metre (Weidmann 1993).

    >>> round(walking_mps(0.5), 2), round(walking_mps(2.0), 2), walking_mps(5.4)
    (1.3, 0.61, 0.0)
    """
    if per_m2 <= 0:
        return FREE_MPS
    return max(0.0, FREE_MPS * -math.expm1(-GAMMA * (1 / per_m2 - 1 / JAM_PER_M2)))


@cache
def most_per_m_s() -> float:
    """People through a metre of width in a second at the density at which most get through.

    >>> round(most_per_m_s(), 3)
    1.225
    """
    found = minimize_scalar(lambda one: -one * walking_mps(one), bounds=(0.5, 4.0), method="bounded")
    return float(-found.fun)


def width_of(width_m: float, rank: str, rules: StreetRules) -> tuple[float, bool]:
    """The width of a roadway, and whether it is assumed; that of its rank where nobody measured it."""
    if width_m > 0:
        return width_m, False
    return rules.widths_m.get(rank, rules.narrowest_m), True


def on_foot_per_min(width_m: float, rules: StreetRules) -> float:
    """People on foot through a roadway in a minute."""
    return 60 * most_per_m_s() * max(width_m * rules.walked_share, rules.narrowest_m)


def slowest(loads: Sequence[StreetLoad]) -> StreetLoad | None:
    """The stretch that takes longest to let its people through; of equals the one with most people."""
    return max(loads, key=lambda one: (one.pass_s, one.people, one.name), default=None)


def rate_of(loads: Sequence[StreetLoad], people: int, exits_per_min: float | None) -> float:
    """People a second who leave without a queue at the slowest stretch, nor at the exits where somebody knows
    what they let through. Where nobody passes any street, one metre of width lets them go."""
    worst = slowest(loads)
    rate = people * 1.0 / worst.pass_s if worst is not None and worst.pass_s > 0 else most_per_m_s()
    return rate if exits_per_min is None else min(rate, exits_per_min / 60)


def _clearance_s(people: int, per_min: float, seconds: float) -> float:
    if people == 0:
        return 0.0
    path = Path(max(1, int(per_min * STEP_S / 60)), steps_of(seconds, step_s=STEP_S))
    step = find_clearance([path], people)
    return math.inf if step is None else step * STEP_S
