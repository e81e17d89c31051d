"""Where something stands on the network: the nearest stretch, how far along it, and how far beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from gis_core.coverage import Floats, Ints, Shapes
from gis_core.errors import BadInput
from gis_core.places import PlanePoint
from gis_core.roads.closures import Closure, OpenRoads
from gis_core.roads.network import AT_NODE_M, RoadNetwork

FARTHEST_M = 500.0
"""Who stands farther from every road is not on the network."""

CLOSE_M = (60.0, 240.0)
"""Most places stand so near to a road: of many at once these are looked for first."""


class OffRoads(BadInput):
    """A place too far from every road."""

    code = "off_roads"


@dataclass(frozen=True, slots=True)
class RoadPlace:
    """A point and its foot on the nearest stretch.

    `along_m` is measured from the start of the stretch; `beside_m` is the straight way from the point to its
    foot, which no search counts. `inside` are the closures in force on whose ground the point lies.
    """

    point: PlanePoint
    foot: PlanePoint
    stretch: int
    along_m: float
    beside_m: float
    is_cut_off: bool = False
    inside: tuple[Closure, ...] = ()

    @property
    def words(self) -> str:
        """What a person should know about the place, in Chinese; empty when there is nothing to say."""
        said = [f"位于封控区“{one.name}”内" for one in self.inside]
        if self.is_cut_off:
            said.append("所在道路与主路网不连通")
        return "；".join(said)


def find_place(roads: OpenRoads, point: PlanePoint, *, farthest_m: float = FARTHEST_M) -> RoadPlace:
    """Where on the network a point stands; of stretches equally near the first that is open, or the first.

    :raises OffRoads: when every road is farther away than `farthest_m`, saying how far.
    """
    network = roads.network
    spot = shapely.Point(point.easting_m, point.northing_m)
    if not np.isfinite([point.easting_m, point.northing_m]).all():
        raise OffRoads("坐标不是数，无法定位到道路。请重新选点。")
    near, away_m = network.tree.query_nearest(spot, return_distance=True, all_matches=True)
    if float(away_m[0]) > farthest_m:
        raise OffRoads(_too_far(float(away_m[0]), farthest_m), away_m=round(float(away_m[0])))
    near = np.sort(near)
    is_open = near[~roads.closed[2 * near]]
    stretch = int(is_open[0] if len(is_open) else near[0])
    line = network.shapes[stretch]
    along_m = float(line.project(spot))
    foot = line.interpolate(along_m)
    return RoadPlace(
        point=point,
        foot=PlanePoint(float(foot.x), float(foot.y)),
        stretch=stretch,
        along_m=along_m,
        beside_m=float(away_m[0]),
        is_cut_off=not network.is_on_main_part(stretch),
        inside=tuple(roads.list_around(point)),
    )


def _too_far(away_m: float, farthest_m: float) -> str:
    how_far = f"{away_m / 1000:.1f} 千米" if away_m >= 1000 else f"{away_m:.0f} 米"
    return (
        f"该地点离最近的道路 {how_far}，超过 {farthest_m:.0f} 米，不在路网内。"
        "请在道路附近选点，或补充道路数据。"
    )


@dataclass(frozen=True, slots=True, eq=False)
class RoadPlaces:
    """Many places at once: stretch and metres along it of each; where it is off the roads, stretch -1."""

    stretches: Ints
    along_m: Floats
    beside_m: Floats

    def __len__(self) -> int:
        return len(self.stretches)

    @property
    def off_roads(self) -> Ints:
        """Which of them are too far from every road."""
        return np.flatnonzero(self.stretches < 0)

    def chosen(self, rows: "Ints | slice") -> "RoadPlaces":
        """Some of them."""
        return RoadPlaces(self.stretches[rows], self.along_m[rows], self.beside_m[rows])

    @classmethod
    def of(cls, places: Sequence[RoadPlace]) -> "RoadPlaces":
        """Single places as rows."""
        return cls(
            np.array([one.stretch for one in places], dtype=np.int64),
            np.array([one.along_m for one in places], dtype=np.float64),
            np.array([one.beside_m for one in places], dtype=np.float64),
        )


def find_places(network: RoadNetwork, points: Floats, *, farthest_m: float = FARTHEST_M) -> RoadPlaces:
    """Where on the network rows of easting and northing stand; those too far away are marked, not refused."""
    points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    spots = np.asarray(shapely.points(points), dtype=object)
    stretches = np.full(len(points), -1, dtype=np.int64)
    beside_m = np.full(len(points), np.inf)
    sound = np.flatnonzero(np.isfinite(points).all(axis=1))
    rest = sound
    for within_m in CLOSE_M:
        which, near, away_m = _find_close(network, spots, rest, within_m)
        stretches[which], beside_m[which] = near, away_m
        rest = rest[stretches[rest] < 0]
    (far, nearest), far_m = network.tree.query_nearest(
        spots[rest], max_distance=farthest_m, return_distance=True, all_matches=False
    )
    stretches[rest[far]], beside_m[rest[far]] = nearest, far_m
    stretches[beside_m > farthest_m] = -1
    along_m = np.zeros(len(points))
    found = stretches >= 0
    along_m[found] = shapely.line_locate_point(network.shapes[stretches[found]], spots[found])
    return RoadPlaces(stretches, along_m, beside_m)


def _find_close(
    network: RoadNetwork, spots: Shapes, wanted: Ints, within_m: float
) -> tuple[Ints, Ints, Floats]:
    """Which of the wanted spots have a road so near, the nearest stretch of each, and how far it is.

    Asking for boxes is many times quicker than asking for the nearest.
    """
    east, north = shapely.get_x(spots[wanted]), shapely.get_y(spots[wanted])
    boxes = shapely.box(east - within_m, north - within_m, east + within_m, north + within_m)
    which, near = network.tree.query(boxes)
    away_m = shapely.distance(spots[wanted[which]], network.shapes[near])
    order = np.lexsort((near, away_m, which))
    order = order[away_m[order] <= within_m]
    first = order[np.diff(which[order], prepend=-1) != 0]
    return wanted[which[first]], near[first].astype(np.int64), away_m[first]


@dataclass(frozen=True, slots=True, eq=False)
class Accesses:
    """How places hang on the nodes: two rows of (node, seconds) each; infinity where that way is shut.

    Towards a place when `towards`, from it otherwise. Column 0 is the start of the stretch, column 1 its end.
    """

    nodes: Ints  # (places, 2)
    seconds: Floats  # (places, 2)


def access(roads: OpenRoads, places: RoadPlaces, *, towards: bool) -> Accesses:
    """The partial edges between places and both ends of their stretches, closures in force obeyed."""
    network = roads.network
    off = places.stretches < 0
    stretch = np.where(off, 0, places.stretches)
    nodes = np.column_stack([network.starts[stretch], network.ends[stretch]])
    lengths_m = network.lengths_m[stretch]
    share = np.clip(places.along_m / np.where(lengths_m > 0, lengths_m, 1.0), 0.0, 1.0)
    along, against = network.seconds[stretch, 0], network.seconds[stretch, 1]
    to_start, to_end = (along, against) if towards else (against, along)
    with np.errstate(invalid="ignore"):  # infinity times nothing, mended below
        seconds = np.column_stack([to_start * share, to_end * (1.0 - share)])
    at_start, at_end = places.along_m <= AT_NODE_M, places.along_m >= lengths_m - AT_NODE_M
    # Who stands at a crossing is there, whatever the stretch allows.
    seconds[at_start, 0] = 0.0
    seconds[at_end, 1] = 0.0
    seconds[off] = np.inf
    for n in np.flatnonzero(roads.closed[2 * stretch] & ~off).tolist():
        along_m, length_m = float(places.along_m[n]), float(lengths_m[n])
        if not roads.is_part_open(int(stretch[n]), 0.0, along_m):
            seconds[n, 0] += roads.penalty_s
        if not roads.is_part_open(int(stretch[n]), along_m, length_m):
            seconds[n, 1] += roads.penalty_s
    return Accesses(nodes, seconds)
