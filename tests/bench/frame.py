"""The frame: locating beside shapely, geopandas and PostGIS; dividing a city; how soon a change is live."""

import http.client
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import psycopg
import shapely
from shapely import LineString, Polygon
from sqlalchemy import Engine, text

from gis_core.clock import SystemClock
from gis_core.crs import PlaneSystem
from gis_core.db import open_engine, open_sessions
from gis_core.migrating import migrate
from gis_core.places import PlanePoint
from grid.city import City
from grid.dividing import Ground, Targets, divide
from grid.dividing.ground import RANKS
from grid.frame_history import Editor
from grid.operations import FrameEdit, FrameEditing
from grid.reading import get_frame_version
from grid.rules.locating import Locator, UnitGrid
from grid.rules.quality import SeenGrid, check_frame
from grid.sample_city import Drawing, draw, load
from grid.seed import seed
from tests.bench import locating
from tests.bench.figures import Figure
from tests.bench.locating import Points, Positions
from tests.bench.web_load import serving
from tests.databases import RUN_FOLDER, Databases, begin_run, end_run

_figure = partial(Figure, "grid")
BAOJI = Path(__file__).parents[2] / "data" / "baoji"
ALONE = 20_000
ASKED_ALONE = 400
BUILT_UP_M_PER_M2 = 0.002
LIVE_TRIES = 5
LARGE = (("park", "公园绿地"), ("slope", "坡地林地"), ("water", "水域"))
SOME_GRIDS = """
SELECT code, ST_XMin(geom) AS w, ST_XMax(geom) AS e, ST_Y(ST_Centroid(geom)) AS y FROM grid.unit_grid
WHERE land_use = 'residential' ORDER BY code LIMIT :n
"""
JOIN = """
SELECT p.n, coalesce(min(g.position), -1) FROM oracle g
CROSS JOIN LATERAL (SELECT n FROM places p WHERE p.geom && g.geom AND ST_Intersects(g.geom, p.geom)) p
GROUP BY p.n
"""


def measure() -> list[Figure]:
    """Figures of the grid engine."""
    shapes = locating.draw_city()
    places = locating._anywhere(locating.PLACES)
    locator = Locator(UnitGrid(code=_code(n), shape=shape) for n, shape in enumerate(shapes))
    with locating._database() as engine:
        locating._store(engine, shapes)
        found = [*_together(engine, locator, shapes, places), *_alone(engine, locator, places)]
        found.append(
            _figure("places on borders where PostGIS disagrees",
                    _disagreements(engine, locator, locating.on_borders(shapes)), "", target=0)
        )  # fmt: skip
    return [*found, *_dividing(), _live()]


def _code(n: int) -> str:
    return f"610303{n // 999 + 1:06d}{n % 999 + 1:03d}"


def _together(engine: Engine, locator: Locator, shapes: list[Polygon], places: Points) -> list[Figure]:
    import geopandas

    ours_s = median(locating._seconds(lambda: locator.locate_many(places)) for _ in range(5))
    tree, dots = shapely.STRtree(shapes), shapely.points(places)
    tree_s = median(locating._seconds(lambda: tree.query(dots, predicate="intersects")) for _ in range(3))
    grids = geopandas.GeoDataFrame(geometry=shapes)
    frame = geopandas.GeoDataFrame(geometry=dots)
    join_s = median(locating._seconds(lambda: frame.sjoin(grids, predicate="intersects")) for _ in range(3))
    postgis_s, answers = _postgis_join(engine, places)
    peers = {"shapely STRtree": tree_s, "geopandas.sjoin": join_s, "PostGIS lateral join": postgis_s}
    name, best_s = min(peers.items(), key=lambda peer: peer[1])
    wrong = int((locator.locate_many(places) != answers).sum())
    return [
        _figure("locating 1,000,000 places", 1 / ours_s, "M/s", target=4 / best_s, better="more",
                peer=f"{name}, the fastest of {len(peers)}", peer_value=1 / best_s),
        *(_figure(f"locating 1,000,000 places beside {peer}", 1 / ours_s, "M/s", better="more", peer=peer,
                  peer_value=1 / seconds) for peer, seconds in peers.items()),
        _figure("places of 1,000,000 where the PostGIS join disagrees", wrong, "", target=0),
    ]  # fmt: skip


def _postgis_join(engine: Engine, places: Points) -> tuple[float, Positions]:
    """The best join PostGIS offers: grids over an index of the points; of several grids the first."""
    raw = engine.raw_connection()
    connection: psycopg.Connection = raw.driver_connection  # type: ignore[assignment]  # psycopg's own
    connection.execute(f"CREATE TEMP TABLE places (n int, geom geometry(POINT, {locating.SRID}))")
    with connection.cursor().copy("COPY places FROM STDIN") as copy:
        dots = shapely.set_srid(shapely.points(places), locating.SRID)
        for row in enumerate(shapely.to_wkb(dots, hex=True, include_srid=True)):
            copy.write_row(row)
    connection.execute("CREATE INDEX ON places USING gist (geom)")
    connection.execute("ANALYZE places")
    started = perf_counter()
    rows = connection.execute(JOIN).fetchall()
    seconds = perf_counter() - started
    answers = np.full(len(places), -1, dtype=np.int64)
    for n, position in rows:
        answers[n] = position
    raw.close()
    return seconds, answers


def _alone(engine: Engine, locator: Locator, places: Points) -> list[Figure]:
    inside = places[:ALONE][locator.locate_many(places[:ALONE], pulling_in=True) >= 0]
    points = [PlanePoint(east, north) for east, north in inside.tolist()]
    ours_us = median(locating._timings_us(locator.locate, points))
    raw = engine.raw_connection()
    connection: psycopg.Connection = raw.driver_connection  # type: ignore[assignment]  # psycopg's own
    ask = (
        "SELECT position FROM oracle WHERE ST_Intersects(geom, ST_SetSRID(ST_Point(%s, %s),"
        f" {locating.SRID})) ORDER BY position LIMIT 1"
    )

    def prepared(point: PlanePoint) -> object:
        return connection.execute(ask, (point.easting_m, point.northing_m), prepare=True).fetchone()

    postgis_us = median(locating._timings_us(prepared, points[:ASKED_ALONE]))
    raw.close()
    return [
        _figure("locating one place, p50", ours_us, "µs", target=5, peer="prepared PostGIS query",
                peer_value=postgis_us),
        _figure("locating one place, times a prepared PostGIS query", postgis_us / ours_us, "×", target=40,
                better="more"),
    ]  # fmt: skip


def _disagreements(engine: Engine, locator: Locator, places: Points) -> int:
    return int((locator.locate_many(places) != locating._ask_postgis(engine, places)).sum())


def _dividing() -> list[Figure]:
    """All built-up communities of the drawn city, with streets, banks, railways, estates and buildings."""
    ground = _ground(draw(City.load(BAOJI), "city"))
    started = perf_counter()
    division = divide(ground, Targets(large_uses=LARGE))
    seconds = perf_counter() - started
    seen = [SeenGrid(code=g.code, shape=g.shape, land_use=g.land_use) for g in division.grids]
    report = check_frame(seen, dict(zip(ground.community_codes, ground.communities, strict=True)))
    bare_m2 = report.area_of("gap") + report.area_of("uncovered")
    polygonize_s = locating._seconds(lambda: shapely.polygonize(shapely.get_parts(_noded(ground))))
    return [
        _figure(f"dividing {len(ground.community_codes)} communities into {len(seen):,} grids", seconds, "s",
                target=60, peer="noding and polygonizing the same lines alone", peer_value=polygonize_s),
        _figure("gaps of the divided frame", bare_m2, "m²", target=0),
        _figure("overlaps of the divided frame", report.area_of("overlap"), "m²", target=0),
        _figure("share of grids of 5,000 to 20,000 m²", report.share_between(5_000, 20_000), "", target=0.8,
                better="more"),
    ]  # fmt: skip


def _noded(ground: Ground) -> shapely.Geometry:
    edges = shapely.boundary(ground.communities), shapely.boundary(ground.waters)
    lines = [*edges, ground.streets, ground.barriers]
    return shapely.union_all(np.concatenate(lines), grid_size=2.0**-10)


def _ground(drawing: Drawing) -> Ground:
    areas, streets, ground = drawing.areas, drawing.streets, drawing.ground
    communities = np.array([len(code) == 12 for code in areas.codes])
    codes, shapes = areas.codes[communities], areas.shapes[communities]
    community, street = shapely.STRtree(streets.lines).query(shapes, predicate="intersects")
    metres = shapely.length(shapely.intersection(shapes[community], streets.lines[street]))
    density = np.bincount(community, metres, minlength=len(shapes)) / shapely.area(shapes)
    built = density > BUILT_UP_M_PER_M2
    kinds = ground.kinds

    def of(*names: str) -> np.ndarray:
        return ground.shapes[np.isin(kinds, names)]

    uses = np.flatnonzero(np.isin(kinds, ("hill", "green", "park")))
    return Ground(
        community_codes=tuple(codes[built]),
        communities=shapes[built],
        streets=streets.lines,
        widths_m=streets.widths_m.astype(np.float64),
        ranks=np.array([RANKS.index(rank) for rank in streets.ranks]),
        barriers=of("railway"),
        waters=of("water", "river"),
        courts=of("estate"),
        buildings=of("building"),
        use_shapes=ground.shapes[uses],
        uses=tuple("slope" if kinds[n] == "hill" else "park" for n in uses),
    )


def _live() -> Figure:
    """From the commit of a split until two web processes answer from the new frame; the slowest try."""
    with _city() as engine, tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        address = engine.url.render_as_string(hide_password=False)
        ports = [servers.enter_context(serving(address, Path(folder))) for _ in range(2)]
        city = City.load(BAOJI)
        sessions = open_sessions(engine)
        editing = FrameEditing(sessions, PlaneSystem(city.plane_crs))
        with sessions() as session:
            rows = session.execute(text(SOME_GRIDS), {"n": LIVE_TRIES}).all()
        took = []
        for row in rows:
            line = LineString([(row.w - 5, row.y), (row.e + 5, row.y)])
            with sessions() as session:
                seen = get_frame_version(session)
            edit = FrameEdit(codes=(row.code,), lines=(line,))
            at = SystemClock().now()
            editing.save(edit, seen_version=seen, by=Editor(None, "bench"), at=at, reason="bench")
            started = perf_counter()
            while any(_version(port) <= seen for port in ports):
                time.sleep(0.01)
            took.append(perf_counter() - started)
    return _figure("a change of the frame is live in two processes", max(took), "s", target=1)


def _version(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/api/v1/locate?lon=107.1445&lat=34.369")
    found: int = json.loads(connection.getresponse().read())["frame_version"]
    connection.close()
    return found


@contextmanager
def _city() -> Iterator[Engine]:
    if RUN_FOLDER not in os.environ:
        begin_run()
        with _city() as engine:
            yield engine
        end_run()
        return
    databases = Databases(Path(os.environ[RUN_FOLDER]))
    engine = open_engine(databases.address_of(databases.template("bench_frame", _fill)))
    yield engine
    engine.dispose()


def _fill(engine: Engine) -> None:
    city, at = City.load(BAOJI), datetime(2026, 9, 18, tzinfo=UTC)
    migrate(engine, srid=city.plane_crs)
    sessions = open_sessions(engine)
    seed(sessions, city, at)
    load(sessions, draw(city, "city"), city=city, at=at)
