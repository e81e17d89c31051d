"""Small networks for tests: Sioux Falls, grids of streets, a diamond; and ways to speak of them shortly."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import shapely
from shapely import LineString

from gis_core.places import PlanePoint
from gis_core.roads.closures import Closure, OpenRoads, open_roads
from gis_core.roads.network import RoadNetwork
from gis_core.roads.noding import CentreLines, build_network
from gis_core.roads.places import RoadPlace, find_place
from gis_core.roads.speeds import Speed, SpeedTable

AT = datetime(2026, 7, 16, 20, 0, tzinfo=UTC)
SPEEDS = SpeedTable({"street": Speed(36.0, "assumed", "test"), "lane": Speed(18.0, "assumed", "test")})
"""10 and 5 metres a second."""

# Free-flow times of bstabler/TransportationNetworks, both directions alike: node, node, time.
_LINKS = """
    1 2 6  1 3 4  2 6 5  3 4 4  3 12 4  4 5 2  4 11 6  5 6 4  5 9 5  6 8 2  7 8 3  7 18 2  8 9 10
    8 16 5  9 10 3  10 11 5  10 15 6  10 16 4  10 17 8  11 12 6
    11 14 4  12 13 3  13 24 4  14 15 5  14 23 4  15 19 3  15 22 3
    16 17 2  16 18 3  17 19 2  18 20 4  19 20 4  20 21 6  20 22 5  21 22 2  21 24 3  22 23 4  23 24 2
"""
SIOUX_FALLS = np.array(_LINKS.split(), dtype=np.int64).reshape(-1, 3)


def sioux_falls() -> RoadNetwork:
    """24 nodes on a circle, 76 links; the key of a stretch is `10-16`."""
    start, end, time = SIOUX_FALLS.T
    angles = np.arange(24) * 2 * np.pi / 24
    return RoadNetwork.assemble(
        np.column_stack([np.sin(angles), np.cos(angles)]) * 1000,
        start - 1,
        end - 1,
        np.column_stack([time, time]).astype(np.float64),
        keys=[f"{one}-{other}" for one, other, _ in SIOUX_FALLS],
    )


def grid_town(size: int, *, step_m: float = 100.0, step_s: float = 1.0) -> RoadNetwork:
    """Crossings in rows and columns, streets between neighbours; node number = row * size + column."""
    number = np.arange(size * size).reshape(size, size)
    starts = np.concatenate([number[:-1].ravel(), number[:, :-1].ravel()])
    ends = np.concatenate([number[1:].ravel(), number[:, 1:].ravel()])
    row, column = np.divmod(np.arange(size * size), size)
    seconds = np.full((len(starts), 2), step_s)
    return RoadNetwork.assemble(np.column_stack([column, row]) * step_m, starts, ends, seconds)


def diamond() -> RoadNetwork:
    """From 起 to 终: 200 s by the short branch (stretches 0 and 1), 500 s by the long one (2 and 3)."""
    points = np.array([[0.0, 0.0], [100.0, 50.0], [100.0, -50.0], [200.0, 0.0]])
    seconds = np.repeat([[100.0], [100.0], [250.0], [250.0]], 2, axis=1)
    names = ["近路", "近路", "远路", "远路"]
    return RoadNetwork.assemble(points, [0, 1, 0, 2], [1, 3, 2, 3], seconds, names=names)


def town(*lines: Iterable[tuple[float, float]], **more: object) -> RoadNetwork:
    """A network of centre lines, all of them streets unless told otherwise."""
    shapes = np.empty(len(lines), dtype=object)
    shapes[:] = [LineString(list(line)) for line in lines]
    told: dict[str, object] = {"names": [""] * len(lines), "ranks": ["street"] * len(lines)} | more
    tolerance_m = told.pop("tolerance_m", 2.0)
    return build_network(CentreLines(shapes, **told), SPEEDS, tolerance_m=tolerance_m)  # type: ignore[arg-type]


def at_node(roads: OpenRoads, node: int) -> RoadPlace:
    """A place at a crossing."""
    return spot(roads, *roads.network.points[node].tolist())


def spot(roads: OpenRoads, east_m: float, north_m: float, **more: float) -> RoadPlace:
    """A place at a point."""
    return find_place(roads, PlanePoint(east_m, north_m), **more)


def closing(*keys: str, begins_s: float | None = None, ends_s: float | None = None, key: str = "") -> Closure:
    """Stretches closed by their keys, from and until so many seconds from AT."""
    return Closure(
        key or f"c{keys[0]}", f"封控{keys[0]}", None, frozenset(keys), moment(begins_s), moment(ends_s)
    )


def drawn(shape: shapely.Geometry, name: str = "河堤封控", key: str = "dyke", **when: float) -> Closure:
    """A drawn closure."""
    return Closure(key, name, shape, frozenset(), moment(when.get("begins_s")), moment(when.get("ends_s")))


def moment(seconds: float | None) -> datetime | None:
    """So many seconds from AT."""
    return None if seconds is None else AT + timedelta(seconds=seconds)


def opened(network: RoadNetwork, *closures: Closure, at: datetime | None = AT) -> OpenRoads:
    """What the public finds at AT."""
    return open_roads(network, closures, at=at)
