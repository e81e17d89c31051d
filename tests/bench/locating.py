"""Locating places in the frame, beside geopandas, one tree query a place, and PostGIS as the oracle."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, perf_counter_ns
from typing import TypeAlias, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon, STRtree
from sqlalchemy import Engine, text

from gis_core.places import PlanePoint
from grid.rules.locating import Locator, UnitGrid
from tests.bench.figures import Figure
from tests.databases import RUN_FOLDER, Databases, begin_run, end_run

_figure = partial(Figure, "main")
Points: TypeAlias = NDArray[np.float64]
Positions: TypeAlias = NDArray[np.int64]
Subject = TypeVar("Subject")

GRIDS = 8_000
PLACES = 1_000_000
PLACES_ALONE = 20_000
WEST_M, SOUTH_M, EAST_M, NORTH_M = 420_000.0, 3_798_000.0, 440_000.0, 3_808_000.0
SRID = 4545

MAKE = f"CREATE TABLE oracle (position integer PRIMARY KEY, geom geometry(POLYGON, {SRID}))"
FILL = f"INSERT INTO oracle VALUES (:position, ST_GeomFromWKB(:shape, {SRID}))"
INDEX = "CREATE INDEX ON oracle USING gist (geom)"
# The border rule in SQL; positions count in order of code.
ASK = f"""
SELECT coalesce((SELECT position FROM oracle
                 WHERE ST_Intersects(geom, ST_SetSRID(ST_Point(easting, northing), {SRID}))
                 ORDER BY position LIMIT 1), -1)
FROM unnest(cast(:eastings AS float8[]), cast(:northings AS float8[])) WITH ORDINALITY
     AS places (easting, northing, row)
ORDER BY row
"""


def measure() -> list[Figure]:
    """Figures of locating at 8,000 unit grids."""
    shapes = draw_city()
    anywhere = _anywhere(PLACES)
    started = perf_counter()
    locator = Locator(
        UnitGrid(code=f"610303{position // 999 + 1:06d}{position % 999 + 1:03d}", shape=shape)
        for position, shape in enumerate(shapes)
    )
    building_s = perf_counter() - started
    with _database() as engine:
        _store(engine, shapes)
        return [
            _figure("building the index of 8,000 grids", building_s, "s", target=2.0),
            _alone(locator, shapes, anywhere[:PLACES_ALONE]),
            _together(locator, shapes, anywhere),
            _disagreements(engine, locator, anywhere, name="places of 1,000,000 where PostGIS disagrees"),
            _disagreements(
                engine, locator, on_borders(shapes), name="places on borders where PostGIS disagrees"
            ),
        ]


def draw_city() -> list[Polygon]:
    """Irregular unit grids without gaps, 158 m across on average.

    Vertices are multiples of 8 grains, so that each eighth of a border is a stored place exactly on it.
    """
    random = np.random.default_rng(610300)
    corners = random.uniform([WEST_M, SOUTH_M], [EAST_M, NORTH_M], (GRIDS, 2))
    city = shapely.box(WEST_M, SOUTH_M, EAST_M, NORTH_M)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(corners), extend_to=city))
    snapped = shapely.transform(shapely.intersection(cells, city), lambda spots: np.rint(spots * 128) / 128)
    return list(snapped)


def on_borders(shapes: list[Polygon]) -> Points:
    """Every vertex, and places exactly on every border: at an eighth, three eighths and the middle."""
    rings = [shapely.get_coordinates(shape) for shape in shapes]
    starts, ends = np.vstack([ring[:-1] for ring in rings]), np.vstack([ring[1:] for ring in rings])
    return np.vstack([starts + (ends - starts) * part / 8 for part in (0, 1, 3, 4)])


def _anywhere(count: int) -> Points:
    """Places in the city and a little around it, on the stored grain."""
    spread = np.random.default_rng(1).uniform(
        [WEST_M - 50, SOUTH_M - 50], [EAST_M + 50, NORTH_M + 50], (count, 2)
    )
    return np.asarray(np.rint(spread * 1024) / 1024, dtype=np.float64)


def _alone(locator: Locator, shapes: list[Polygon], places: Points) -> Figure:
    """One place at a time, places outside left out: they are refused, not located."""
    inside = places[locator.locate_many(places, pulling_in=True) >= 0]
    tree = STRtree(shapes)
    points = [PlanePoint(easting, northing) for easting, northing in inside.tolist()]
    dots = list(shapely.points(inside))
    ours_us = median(_timings_us(locator.locate, points))
    tree_us = median(_timings_us(lambda dot: tree.query(dot, predicate="intersects"), dots))
    return _figure(
        "locating one place, p50",
        ours_us,
        "µs",
        target=10.0,
        peer="shapely STRtree query",
        peer_value=tree_us,
    )


def _together(locator: Locator, shapes: list[Polygon], places: Points) -> Figure:
    """A million places at once; the peer gets its points and its tree made beforehand."""
    import geopandas

    grids = geopandas.GeoDataFrame(geometry=shapes)
    dots = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(places[:, 0], places[:, 1]))
    assert grids.sindex is not None
    ours_s = median(_seconds(lambda: locator.locate_many(places)) for _ in range(3))
    peer_s = median(_seconds(lambda: dots.sjoin(grids, predicate="intersects")) for _ in range(3))
    peer_rate = PLACES / peer_s / 1e6
    return Figure(
        group="main",
        name="locating a million places at once",
        value=PLACES / ours_s / 1e6,
        unit="M/s",
        target=3 * peer_rate,
        better="more",
        peer="geopandas.sjoin",
        peer_value=peer_rate,
    )


def _disagreements(engine: Engine, locator: Locator, places: Points, *, name: str) -> Figure:
    ours, oracle = locator.locate_many(places), _ask_postgis(engine, places)
    return _figure(name, float((ours != oracle).sum()), f"of {len(places):,}", target=0.0, peer="PostGIS")


def _ask_postgis(engine: Engine, places: Points) -> Positions:
    answers: list[int] = []
    with engine.connect() as connection:
        for chunk in np.array_split(places, max(1, len(places) // 50_000)):
            eastings, northings = chunk.T.tolist()
            answers += connection.scalars(text(ASK), {"eastings": eastings, "northings": northings}).all()
    return np.array(answers, dtype=np.int64)


def _store(engine: Engine, shapes: list[Polygon]) -> None:
    rows = [{"position": position, "shape": shape.wkb} for position, shape in enumerate(shapes)]
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
        connection.execute(text(MAKE))
        connection.execute(text(FILL), rows)
        connection.execute(text(INDEX))
        connection.execute(text("ANALYZE oracle"))


@contextmanager
def _database() -> Iterator[Engine]:
    """An empty database on a server of this run's own (or the one tests use)."""
    is_ours = RUN_FOLDER not in os.environ
    if is_ours:
        begin_run()
    try:
        with Databases(Path(os.environ[RUN_FOLDER])).clone("template1", "bench_locating") as engine:
            yield engine
    finally:
        if is_ours:
            end_run()


def _timings_us(act: Callable[[Subject], object], subjects: list[Subject]) -> list[float]:
    """How long each act takes, microseconds."""
    timings = []
    for subject in subjects:
        started = perf_counter_ns()
        act(subject)
        timings.append((perf_counter_ns() - started) / 1e3)
    return timings


def _seconds(act: Callable[[], object]) -> float:
    started = perf_counter()
    act()
    return perf_counter() - started
