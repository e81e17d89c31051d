"""Which positions of a batch are taken: by the clock, by place, by who is on duty, by how fast one can be.

A phone's clock may be wrong, by a minute or by a day. A batch says at which moment of that clock it was sent
(`sent_at`); the difference to the moment it came in is the clock's error, constant while the phone is on. It
is added to every moment of the batch and kept with each position, so that what was said can be told again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import cos, hypot, radians
from typing import Literal

from gis_core.places import LonLat, PlanePoint
from grid.positions.rules.limits import Limits
from grid.positions.rules.samples import UNKNOWN, Refusal, Sample

Kind = Literal["person", "vehicle"]
FUTURE, TOO_OLD, ELSEWHERE, COARSE = "from_the_future", "too_old", "outside_surroundings", "too_coarse"
OFF_DUTY, TOO_FAST = "not_on_duty", "too_fast"
M_PER_DEG = 111_320.0
"""Of latitude; good to half a percent, for a border that is assumed anyway."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time on duty, both ends included; `until` is None while it lasts."""

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime, longest: timedelta) -> bool:
        """Whether a moment belongs to it; one that nobody ended holds no longer than `longest`."""
        return self.since <= at <= (self.until or self.since + longest)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a mover before a batch: when it is on duty, where it was before, its clock's error."""

    kind: Kind
    spans: tuple[Span, ...] = ()
    before: tuple[datetime, PlanePoint] | None = None
    clock_offset_s: int = 0


@dataclass(frozen=True, slots=True)
class Box:
    """The city with its surroundings, degrees."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float

    def holds(self, place: LonLat) -> bool:
        """Whether a place lies inside or on the edge."""
        return (
            self.west_deg <= place.lon_deg <= self.east_deg
            and self.south_deg <= place.lat_deg <= self.north_deg
        )

    def widened(self, by_m: float) -> "Box":
        """The box and so many metres around it."""
        lat_deg = by_m / M_PER_DEG
        lon_deg = lat_deg / cos(radians(max(abs(self.south_deg), abs(self.north_deg))))
        return Box(
            self.west_deg - lon_deg,
            self.south_deg - lat_deg,
            self.east_deg + lon_deg,
            self.north_deg + lat_deg,
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """A position with its point in the plane system, its moment corrected by `clock_offset_s`."""

    sample: Sample
    point: PlanePoint
    clock_offset_s: int


@dataclass(slots=True)
class Judgement:
    """What is taken of a batch, in order of mover and moment, and what is not."""

    taken: list[Placed] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def clock_offset_s(sent_at: datetime | None, came_at: datetime, known_s: int, tolerance_s: int) -> int:
    """Seconds to add to the moments of a batch: 0 for a clock that is right within the tolerance.

    A known error is kept while the new measure agrees with it within the tolerance, so that the same position
    sent again gets the same moment, however long the network took.

    >>> noon = datetime(2026, 9, 18, 12)
    >>> clock_offset_s(noon, noon + timedelta(days=1), 0, 120)
    86400
    >>> clock_offset_s(noon, noon + timedelta(days=1, seconds=7), 86400, 120)
    86400
    """
    if sent_at is None:
        return 0
    measured_s = round((came_at - sent_at).total_seconds())
    if abs(measured_s) <= tolerance_s:
        return 0
    return known_s if known_s and abs(measured_s - known_s) <= tolerance_s else measured_s


def screen(
    samples: Iterable[Sample],
    known: Mapping[str, Known],
    around: Box,
    limits: Limits,
    *,
    now: datetime,
    sent_at: datetime | None = None,
) -> tuple[list[tuple[Sample, int]], list[Refusal]]:
    """Positions that their own row does not rule out, with the correction of their clock; and the others."""
    passed: list[tuple[Sample, int]] = []
    refused: list[Refusal] = []
    offsets = {
        key: clock_offset_s(sent_at, now, one.clock_offset_s, limits.clock_tolerance_s)
        for key, one in known.items()
    }
    for sample in samples:
        offset_s = offsets.get(sample.mover, 0)
        corrected = _corrected(sample, offset_s)
        fault = _fault(corrected, known.get(sample.mover), around, limits, now)
        if fault is None and corrected is not None:
            passed.append((corrected, offset_s))
        elif fault is not None:
            refused.append(Refusal(sample.n, *fault))
    return passed, refused


def _corrected(sample: Sample, offset_s: int) -> Sample | None:
    """The sample by the right clock; None when no calendar has such a day."""
    if not offset_s:
        return sample
    try:
        return replace(sample, at=sample.at + timedelta(seconds=offset_s))
    except OverflowError:
        return None


def _fault(
    sample: Sample | None, known: Known | None, around: Box, limits: Limits, now: datetime
) -> tuple[str, str] | None:
    """What is wrong with one position by itself: a code and a sentence."""
    if known is None:
        return _unknown(sample)
    if sample is None or sample.at < now - timedelta(hours=limits.oldest_h):
        return TOO_OLD, f"早于 {limits.oldest_h} 小时前，不再接收。"
    if sample.at > now + timedelta(seconds=limits.clock_tolerance_s):
        return FUTURE, "时刻在将来。请核对手机时间，或在整批中写明 sent_at。"
    return _fault_of_place(sample, around, limits) or _fault_of_duty(sample, known, limits)


def _unknown(sample: Sample | None) -> tuple[str, str]:
    if sample is not None and sample.mover.startswith("p"):
        return OFF_DUTY, "没有上岗，位置不接收。请先上岗。"
    return UNKNOWN, "没有登记这辆车，或它已停用。请数据员登记车辆。"


def _fault_of_place(sample: Sample, around: Box, limits: Limits) -> tuple[str, str] | None:
    if not around.holds(sample.place):
        return ELSEWHERE, "不在本市及周边。请核对定位和坐标系。"
    if sample.accuracy_m is not None and sample.accuracy_m > limits.coarsest_m:
        return COARSE, f"精度差于 {limits.coarsest_m} 米，不能使用。请到开阔处重新定位。"
    return None


def _fault_of_duty(sample: Sample, known: Known, limits: Limits) -> tuple[str, str] | None:
    longest = timedelta(hours=limits.longest_duty_h)
    if known.kind == "person" and not any(span.holds(sample.at, longest) for span in known.spans):
        return OFF_DUTY, "当时没有上岗，位置不接收。"
    return None


def drop_jumps(placed: Sequence[Placed], known: Mapping[str, Known], limits: Limits) -> Judgement:
    """Keep out what nobody can have reached, measured from the position before it that was taken.

    A first place that was wrong heals by itself: the speed from it falls as time goes on. Two positions of
    one mover and moment are one; the first stays, and the other is neither taken nor refused.
    """
    judged = Judgement()
    before: dict[str, tuple[datetime, PlanePoint, float]] = {
        key: (one.before[0], one.before[1], 0.0) for key, one in known.items() if one.before is not None
    }
    for one in sorted(placed, key=lambda one: (one.sample.mover, one.sample.at, one.sample.n)):
        sample, last = one.sample, before.get(one.sample.mover)
        if last is not None and sample.at == last[0]:
            continue
        if last is not None and sample.at > last[0]:
            fastest_kmh = limits.fastest_kmh(known[sample.mover].kind)
            kmh = _kmh(last, one)
            if kmh > fastest_kmh:
                judged.refused.append(
                    Refusal(
                        sample.n, TOO_FAST, f"与前一位置相比时速 {kmh:.0f} 公里，超过 {fastest_kmh} 公里。"
                    )
                )
                continue
        before[sample.mover] = (sample.at, one.point, sample.accuracy_m or 0.0)
        judged.taken.append(one)
    return judged


def _kmh(last: tuple[datetime, PlanePoint, float], one: Placed) -> float:
    """The least speed from one position to the next: what both accuracies may explain is no way."""
    at, point, accuracy_m = last
    away_m = hypot(one.point.easting_m - point.easting_m, one.point.northing_m - point.northing_m)
    way_m = max(away_m - accuracy_m - (one.sample.accuracy_m or 0.0), 0.0)
    return way_m / (one.sample.at - at).total_seconds() * 3.6
