"""Closures as values, and the roads open to a profile at a moment: a mask over edges, nothing rebuilt.

A stretch that a closure touches is closed from crossing to crossing, in both directions; what stands on its
free part is still reached from the free side. It is in force from `begins_at` on, at `ends_at` no longer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from math import inf

import numpy as np
import shapely
from shapely import LineString, MultiLineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring
from shapely.validation import explain_validity

from gis_core.coverage import Ints
from gis_core.errors import BadInput
from gis_core.places import PlanePoint
from gis_core.roads.network import AT_NODE_M, Adjacency, Bools, RoadNetwork

LINE_REACH_M = 15.0
"""A drawn line closes what it crosses, and a stretch most of which runs so near beside it."""
MOST_KEPT = 1_000
"""Closures of which a network remembers what they touch."""


class BadClosure(BadInput):
    """A closure that closes nothing, or ends before it begins."""

    code = "bad_closure"


class UnknownStretch(BadInput):
    """A closure names a stretch that the network does not have (any more)."""

    code = "unknown_stretch"


@dataclass(frozen=True, slots=True)
class Closure:
    """Roads that are closed: drawn as an area or a line in plane metres, or named by the keys of stretches.

    `key` is how profiles and answers speak of it, `name` how people do. Without `begins_at` it always was,
    without `ends_at` nobody knows when it ends.
    """

    key: str
    name: str
    shape: BaseGeometry | None = None
    stretches: frozenset[str] = frozenset()
    begins_at: datetime | None = None
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.shape is None and not self.stretches:
            raise BadClosure(f"封控“{self.name}”没有范围。请在地图上画出面或线，或选择路段。")
        if self.shape is not None:
            self._check(self.shape)
        for moment in (self.begins_at, self.ends_at):
            if moment is not None and moment.tzinfo is None:
                raise BadClosure(f"封控“{self.name}”的时间没有时区。请补充时区后重新提交。")
        if self.begins_at is not None and self.ends_at is not None and self.ends_at <= self.begins_at:
            raise BadClosure(f"封控“{self.name}”的结束时间不晚于开始时间。请更正时间。")

    def _check(self, shape: BaseGeometry) -> None:
        if not isinstance(shape, Polygon | MultiPolygon | LineString | MultiLineString) or shape.is_empty:
            raise BadClosure(f"封控“{self.name}”须为面或线，得到的是 {shape.geom_type}。请重新绘制。")
        if not np.isfinite(shapely.get_coordinates(shape)).all():
            raise BadClosure(f"封控“{self.name}”的坐标不是数。请重新绘制。")
        if isinstance(shape, Polygon | MultiPolygon) and not shape.is_valid:
            raise BadClosure(
                f"封控“{self.name}”的边界有误：{explain_validity(shape)}。请重新绘制，边界不要自相交叉。"
            )

    def is_in_force(self, at: datetime) -> bool:
        """Whether the roads are closed at a moment: from its first moment on, at its last no longer."""
        return (self.begins_at is None or self.begins_at <= at) and (
            self.ends_at is None or at < self.ends_at
        )

    @property
    def is_line(self) -> bool:
        """Whether it was drawn as a line."""
        return isinstance(self.shape, LineString | MultiLineString)

    @property
    def ground(self) -> BaseGeometry | None:
        """The ground it lies on; None when it names stretches alone."""
        return self.shape.buffer(LINE_REACH_M) if self.shape is not None and self.is_line else self.shape


@dataclass(frozen=True, slots=True)
class Profile:
    """Who travels: every closure holds for them but those whose keys are listed."""

    name: str
    may_enter: frozenset[str] = frozenset()


PUBLIC = Profile("public")
"""Everybody: closed means closed."""


def responder(may_enter: Iterable[str]) -> Profile:
    """Rescue teams that may enter the zones listed.

    >>> responder(["zone-1"]).may_enter
    frozenset({'zone-1'})
    """
    return Profile("responder", frozenset(may_enter))


def list_touched(network: RoadNetwork, closure: Closure) -> Ints:
    """Positions of the stretches a closure closes, in order; worked out once for each network.

    :raises UnknownStretch: when it names a stretch that is not there.
    """
    kept = _kept(network)
    if (known := kept.get(closure)) is not None:
        return known
    found = [_named(network, closure)]
    if closure.shape is not None:
        found.append(_along(network, closure) if closure.is_line else _within(network, closure.shape))
    touched = np.unique(np.concatenate(found))
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[closure] = touched
    return touched


def _kept(network: RoadNetwork) -> dict[Closure, Ints]:
    kept: dict[Closure, Ints] = network.__dict__.setdefault("_touched", {})
    return kept


def _named(network: RoadNetwork, closure: Closure) -> Ints:
    unknown = sorted(closure.stretches - network.positions.keys())
    if unknown:
        raise UnknownStretch(
            f"封控“{closure.name}”中的路段 {'、'.join(unknown[:3])} 不在现行路网中，街道可能已更新。"
            "请重新选择路段。",
            stretches=unknown,
        )
    return np.array([network.positions[key] for key in closure.stretches], dtype=np.int64)


def _within(network: RoadNetwork, shape: BaseGeometry) -> Ints:
    shapely.prepare(shape)
    return network.tree.query(shape, predicate="intersects").astype(np.int64)


def _along(network: RoadNetwork, closure: Closure) -> Ints:
    """Stretches that a line crosses, and those most of which it accompanies."""
    line, beside = closure.shape, closure.ground
    near = network.tree.query(beside, predicate="intersects")
    shapes = network.shapes[near]
    share = shapely.length(shapely.intersection(shapes, beside)) / network.lengths_m[near]
    closed = shapely.intersects(shapes, line) | (share > 0.5)
    return near[closed].astype(np.int64)


@dataclass(frozen=True, eq=False)
class OpenRoads:
    """A network as one profile finds it at one moment; take it once for questions that belong together.

    `closures` are all that hold for the profile, now or later; `closed` marks the edges closed at `at`.
    Driving into what is closed costs `penalty_s` more: infinity, unless somebody asks what is in the way.
    """

    network: RoadNetwork
    closures: tuple[Closure, ...] = ()
    profile: Profile = PUBLIC
    at: datetime | None = None
    closed: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    penalty_s: float = inf

    @cached_property
    def in_force(self) -> tuple[Closure, ...]:
        """The closures that hold for the profile at this moment."""
        at = self.at
        return tuple(one for one in self.closures if at is None or one.is_in_force(at))

    def list_closing(self, stretch: int) -> list[Closure]:
        """The closures in force that close a stretch."""
        return [one for one in self.in_force if _holds(list_touched(self.network, one), stretch)]

    def list_around(self, point: PlanePoint) -> list[Closure]:
        """The closures in force on whose ground a point lies, its border included."""
        return [
            one
            for one in self.in_force
            if (ground := one.ground) is not None
            and shapely.intersects_xy(ground, point.easting_m, point.northing_m)
        ]

    def is_part_open(self, stretch: int, from_m: float, to_m: float) -> bool:
        """Whether a part of a stretch, measured along it, is free of closures in force."""
        if not self.closed[2 * stretch]:
            return True
        return not any(
            is_part_touched(self.network, one, stretch, from_m, to_m) for one in self.list_closing(stretch)
        )

    @cached_property
    def leaving(self) -> Adjacency:
        """Edges by the node they leave; closed ones cost the penalty."""
        return self._masked(self.network.leaving)

    @cached_property
    def arriving(self) -> Adjacency:
        """Edges by the node they lead to; closed ones cost the penalty."""
        return self._masked(self.network.arriving)

    def _masked(self, rows: Adjacency) -> Adjacency:
        seconds = np.where(self.closed[rows.edges], rows.seconds + self.penalty_s, rows.seconds)
        return Adjacency(rows.starts, rows.nodes, rows.edges, seconds)


def open_roads(
    network: RoadNetwork,
    closures: Sequence[Closure] = (),
    *,
    profile: Profile = PUBLIC,
    at: datetime | None = None,
) -> OpenRoads:
    """The roads open to a profile at a moment; without a moment every closure is taken to be in force.

    :raises UnknownStretch: when a closure in force names a stretch that is not there.
    """
    if at is not None and at.tzinfo is None:
        raise BadClosure("查询时刻没有时区。请补充时区后重试。")
    holding = tuple(one for one in closures if one.key not in profile.may_enter)
    closed = np.zeros(2 * network.stretch_count, dtype=bool)
    for closure in holding:
        if at is None or closure.is_in_force(at):
            touched = list_touched(network, closure)
            closed[2 * touched] = True
            closed[2 * touched + 1] = True
    return OpenRoads(network, holding, profile, at, closed)


def is_part_touched(network: RoadNetwork, closure: Closure, stretch: int, from_m: float, to_m: float) -> bool:
    """Whether a closure lies on a part of a stretch that it closes, measured along the stretch."""
    if not _holds(list_touched(network, closure), stretch):
        return False
    is_spot = abs(to_m - from_m) <= AT_NODE_M
    if network.keys[stretch] in closure.stretches and not is_spot:
        return True
    if (ground := closure.ground) is None:
        return False
    part = substring(network.shapes[stretch], min(from_m, to_m), max(from_m, to_m))
    return bool(part.intersects(ground))


def window_s(closure: Closure, at: datetime) -> tuple[float, float]:
    """From when until when a closure holds, in seconds from a moment; infinity where it says nothing.

    >>> from datetime import UTC
    >>> eight, nine = (datetime(2026, 7, 16, hour, tzinfo=UTC) for hour in (8, 9))
    >>> window_s(Closure("dyke", "河堤", None, frozenset({"1"}), ends_at=nine), eight)
    (-inf, 3600.0)
    """
    begin_s = -inf if closure.begins_at is None else (closure.begins_at - at).total_seconds()
    end_s = inf if closure.ends_at is None else (closure.ends_at - at).total_seconds()
    return begin_s, end_s


def _holds(touched: Ints, stretch: int) -> bool:
    place = int(np.searchsorted(touched, stretch))
    return place < len(touched) and int(touched[place]) == stretch
