"""A route in Chinese words: which streets, how far, which turns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from gis_core.coverage import Floats
from gis_core.measure import bearing_deg, direction_word
from gis_core.places import PlanePoint

NAMELESS = "无名道路"
STRAIGHT_DEG, SLIGHT_DEG, BACK_DEG = 20.0, 45.0, 160.0
_TURNS = ("左转", "右转", "掉头")
SAME_WAY_WITHIN_M = 10.0
"""A turn is seen from so far before and after a crossing, not from the last centimetre of a line."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run along one street without a stop: its name (empty for none), corners in the order driven, cost."""

    name: str
    corners: Floats
    length_m: float
    seconds: float
    wait_s: float = 0.0
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence of a route, and where it applies."""

    words: str
    name: str
    length_m: float
    seconds: float
    at: PlanePoint


def tell(runs: Sequence[Run]) -> tuple[Step, ...]:
    """The steps of a route: one for each street, one for each wait, and the arrival."""
    steps: list[Step] = []
    before: Floats | None = None
    for run in runs:
        at = PlanePoint(*run.corners[0].tolist())
        if run.wait_s > 0:
            names = "、".join(f"“{name}”" for name in run.waits_for)
            steps.append(Step(f"等候{say_seconds(run.wait_s)}，待{names}解除", run.name, 0.0, run.wait_s, at))
        steps.append(Step(_sentence(run, before), run.name, run.length_m, run.seconds, at))
        before = run.corners
    if runs:
        steps.append(Step("到达目的地", runs[-1].name, 0.0, 0.0, PlanePoint(*runs[-1].corners[-1].tolist())))
    return tuple(steps)


def _sentence(run: Run, before: Floats | None) -> str:
    name, how_far = run.name or NAMELESS, say_metres(run.length_m)
    if before is None:
        return f"沿{name}向{direction_word(heading_deg(run.corners))}行驶{how_far}"
    turn = turn_word(heading_deg(before, at_end=True), heading_deg(run.corners))
    return f"{turn}进入{name}，行驶{how_far}"


def is_same_run(run: Run, name: str, corners: Floats) -> bool:
    """Whether one goes on along the same street; without names nearly straight on is the same."""
    if run.name != name:
        return False
    return bool(name) or turn_word(heading_deg(run.corners, at_end=True), heading_deg(corners)) not in _TURNS


def heading_deg(corners: Floats, *, at_end: bool = False) -> float:
    """The direction in which a line begins, or ends, over some metres; degrees from grid north."""
    line = shapely.LineString(corners)
    along_m = min(SAME_WAY_WITHIN_M, line.length)
    one, other = (line.length - along_m, line.length) if at_end else (0.0, along_m)
    start, end = line.interpolate(one), line.interpolate(other)
    return bearing_deg(PlanePoint(start.x, start.y), PlanePoint(end.x, end.y))


def turn_word(before_deg: float, after_deg: float) -> str:
    """The turn between two directions.

    >>> [turn_word(0.0, angle) for angle in (10, 30, 90, 178, 270, 330)]
    ['直行', '向右前方', '右转', '掉头', '左转', '向左前方']
    """
    turn_deg = (after_deg - before_deg + 180.0) % 360.0 - 180.0
    if abs(turn_deg) <= STRAIGHT_DEG:
        return "直行"
    if abs(turn_deg) >= BACK_DEG:
        return "掉头"
    side = "右" if turn_deg > 0 else "左"
    return f"向{side}前方" if abs(turn_deg) <= SLIGHT_DEG else f"{side}转"


def say_metres(length_m: float) -> str:
    """A length as people say it.

    >>> say_metres(4.0), say_metres(347.0), say_metres(2345.0)
    ('不到10米', '350米', '2.3公里')
    """
    if length_m < 10:
        return "不到10米"
    return f"{round(length_m, -1):.0f}米" if length_m < 995 else f"{length_m / 1000:.1f}公里"


def say_seconds(seconds: float) -> str:
    """A time as people say it.

    >>> say_seconds(20.0), say_seconds(600.0), say_seconds(7500.0)
    ('不到1分钟', '10分钟', '2小时5分钟')
    """
    minutes = round(seconds / 60)
    if minutes < 1:
        return "不到1分钟"
    hours, rest = divmod(minutes, 60)
    return f"{rest}分钟" if not hours else f"{hours}小时{rest}分钟" if rest else f"{hours}小时"


def joined(corners: Sequence[Floats]) -> Floats:
    """Corners of pieces driven one after the other, none twice in a row."""
    every = np.concatenate(corners)
    keep = np.ones(len(every), dtype=bool)
    keep[1:] = (np.diff(every, axis=0) != 0).any(axis=1)
    kept = every[keep]
    return kept if len(kept) > 1 else np.repeat(every[:1], 2, axis=0)
