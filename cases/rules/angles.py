"""Where a camera looked: directions by compass, and whether two pictures were taken from the same angle."""

from dataclasses import dataclass
from math import isfinite
from typing import Literal

from gis_core.errors import Refused

POINTS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
IfOff = Literal["warn", "refuse"]


class BadDirection(Refused):
    """A direction that is no number of degrees from 0 to 360."""

    code = "bad_direction"


class OtherAngle(Refused):
    """The picture of the result looks another way than the one of the problem."""

    code = "other_angle"


@dataclass(frozen=True, slots=True)
class Direction:
    """Where a camera looked: degrees clockwise from north, magnetic or true; 0 to below 360."""

    deg: float
    is_magnetic: bool = False

    def true_deg(self, declination_deg: float) -> float:
        """Degrees from true north; `declination_deg` is how far east of it the needle points."""
        return (self.deg + declination_deg) % 360 if self.is_magnetic else self.deg


@dataclass(frozen=True, slots=True)
class AngleRule:
    """How many degrees two pictures may differ, what becomes of more, and the city's declination (east +)."""

    within_deg: float
    if_off: IfOff = "warn"
    declination_deg: float = 0.0


def read_direction(deg: float, *, is_magnetic: bool) -> Direction:
    """A direction as a client sends it; 360 is north.

    :raises BadDirection: for what is no angle from 0 to 360.
    """
    if not (isfinite(deg) and 0 <= deg <= 360):
        raise BadDirection("拍摄方向应是 0 到 360 度之间的数。请更新程序，或不填方向后重新提交。")
    return Direction(deg % 360, is_magnetic)


def between_deg(one: Direction, other: Direction, declination_deg: float = 0.0) -> float:
    """The angle between two directions, 0 to 180 degrees.

    >>> between_deg(Direction(350), Direction(20))
    30.0
    """
    apart = abs(one.true_deg(declination_deg) - other.true_deg(declination_deg)) % 360
    return float(min(apart, 360 - apart))


def compass_point(deg: float) -> str:
    """The nearest of the eight points.

    >>> compass_point(40), compass_point(350)
    ('东北', '北')
    """
    return POINTS[round(deg / 45) % 8]
