"""A fire front as an ellipse lit at its rear focus (its shape after Anderson 1983).

L/W = 0.936·e^(0.2566·U) + 0.461·e^(−0.1548·U) − 0.397 with U the mid-flame wind in m/s; head/back ratio
(LB + √(LB²−1))/(LB − √(LB²−1)). How fast the head runs is given, not worked out: fuel and slope decide it.
"""

from collections.abc import Sequence
from math import exp, pi, sqrt

import numpy as np
from shapely import Polygon

from emergency.rules.effects.checks import BadEffectNumber, need, need_direction, need_point
from emergency.rules.effects.outlines import along, chords, wind_to_deg
from emergency.rules.effects.results import Effect, Parameter, Source, Zone, as_area
from emergency.rules.effects.wording import Label, Say
from gis_core.places import PlanePoint

LONGEST = 8.0
"""Fires longer than this are not drawn so (as fire spread programs do; recalled)."""
STRONGEST_MPS = 40.0
FORMULA = "L/W = 0.936·e^(0.2566U) + 0.461·e^(−0.1548U) − 0.397；长 = (R + R/HB)·t，起火点在后焦点"


def length_to_width(wind_mps: float) -> float:
    """Length against width for a mid-flame wind; 1 in a calm.

    :raises BadEffectNumber: for a wind that cannot be.

    >>> [round(length_to_width(u), 3) for u in (0, 1, 2, 4, 6)]
    [1.0, 1.208, 1.505, 2.464, 4.149]
    """
    need(wind_mps, Label.WIND.value, low=0.0, high=STRONGEST_MPS, unit="米/秒")
    return max(0.936 * exp(0.2566 * wind_mps) + 0.461 * exp(-0.1548 * wind_mps) - 0.397, 1.0)


def head_to_back(ratio: float) -> float:
    """How many times faster the head runs than the back, from length against width.

    >>> head_to_back(1.0), round(head_to_back(2.0), 3)
    (1.0, 13.928)
    """
    need(ratio, Label.RATIO.value, low=1.0, high=1000.0, unit="")
    root = sqrt(ratio**2 - 1)
    return (ratio + root) / (ratio - root)


def ellipse(at: PlanePoint, *, head_m: float, back_m: float, ratio: float, towards_deg: float) -> Polygon:
    """The ellipse that reaches `head_m` ahead of the place where it was lit and `back_m` behind it."""
    half_length = (head_m + back_m) / 2
    half_width = half_length / ratio
    turn = np.linspace(0.0, 2 * pi, chords(half_length * ratio) + 1)[:-1]
    places = np.column_stack([(head_m - back_m) / 2 + half_length * np.cos(turn), half_width * np.sin(turn)])
    return Polygon(along(at, towards_deg, places))


def fire(
    at: PlanePoint,
    *,
    wind_mps: float,
    wind_from_deg: float,
    head_rate_m_per_min: float,
    after_min: Sequence[float],
) -> Effect:
    """Where the front stands after some times, the soonest first; the wind is that at flame height.

    :raises BadEffectNumber: for numbers that cannot be.
    """
    need_point(at)
    towards = wind_to_deg(need_direction(wind_from_deg, Label.WIND_FROM.value))
    need(head_rate_m_per_min, Label.HEAD_RATE.value, low=0.01, high=500.0, unit="米/分钟")
    if not after_min:
        raise BadEffectNumber("没有要画的时刻。请至少填一个起火后的分钟数。", name="after_min")
    for minutes in after_min:
        need(minutes, "起火后时间", low=1.0, high=7 * 24 * 60.0, unit="分钟")
    worked_out = length_to_width(wind_mps)
    ratio = min(worked_out, LONGEST)
    head_back = head_to_back(ratio)
    zones = []
    for minutes in sorted(set(after_min)):
        head_m = head_rate_m_per_min * minutes
        need(head_m, "火头推进距离", low=0.01, high=200_000.0, unit="米")
        outline = ellipse(at, head_m=head_m, back_m=head_m / head_back, ratio=ratio, towards_deg=towards)
        zones.append(
            Zone(
                code=f"fire_{minutes:g}",
                name=Say.FIRE_AFTER.of(minutes=minutes),
                shape=as_area(outline),
                threshold=Say.FIRE_HEAD_AT.of(metres=head_m),
                reach_m=head_m,
            )
        )
    return Effect(
        model="fire",
        title=Label.FIRE.value,
        formula=FORMULA,
        zones=tuple(zones),
        parameters=(
            Parameter(Label.WIND.value, wind_mps, "米/秒"),
            Parameter(Label.WIND_FROM.value, wind_from_deg, "度"),
            Parameter(Label.HEAD_RATE.value, head_rate_m_per_min, "米/分钟"),
        ),
        figures=(
            Parameter(Label.RATIO.value, ratio, "", "derived"),
            Parameter(Label.HEAD_BACK.value, head_back, "", "derived"),
            Parameter(Label.BACK_RATE.value, head_rate_m_per_min / head_back, "米/分钟", "derived"),
        ),
        warnings=(Say.FIRE_ROUND_OFF.of(wind=wind_mps, ratio=worked_out),) if worked_out > LONGEST else (),
        limits=(Say.FIRE_FREE.of(), Say.FIRE_RATE_GIVEN.of()),
        sources=(
            Source("Anderson 1983（长宽比，见 PyPI pyretechnics）", "sourced"),
            Source("Finney（火头火尾速度比）", "recalled"),
        ),
    )
