"""Roads over real HTTP in a city of 30,000 crossings: areas in time, and how soon a closure is obeyed."""

import http.client
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from urllib.parse import urlencode
from uuid import uuid4

import numpy as np
from sqlalchemy import Engine, text

from gis_core.clock import SystemClock
from gis_core.crs import PlaneSystem
from gis_core.db import open_engine, open_sessions
from gis_core.migrating import migrate
from gis_core.places import PlanePoint
from grid.city import City
from grid.seed import seed
from tests.bench.figures import Figure
from tests.bench.roads import ACROSS, SOUTH_M, STEP_M, WEST_M, draw_city
from tests.bench.web import BAOJI, QUICK, sign_in
from tests.bench.web_load import serving
from tests.databases import RUN_FOLDER, Databases, begin_run, end_run
from web.accounts.seed import seed_demo_people

_figure = partial(Figure, "roads")
SPOTS, CLOSURES, WARM = 60, 20, 5
HALF_M = 90.0
ADD = text("""
    INSERT INTO grid.street (name, rank, width_m, geom, is_synthetic)
    VALUES (:name, :rank, 12, ST_GeomFromWKB(:wkb, :srid), true)
""")


def measure(across: int = ACROSS) -> list[Figure]:
    """Figures of roads over HTTP, one client on one connection."""
    random = np.random.default_rng(7)
    with _city(across) as (engine, folder), serving(_url(engine), folder) as port:
        asking = _Asking(port, sign_in(engine, folder, "duty1"), across, random)
        areas = [asking.areas() for _ in range(SPOTS + WARM)][WARM:]
        obeyed = [asking.close() for _ in range(CLOSURES)]
    size = f"{across * across:,} crossings"
    return [
        _figure(f"areas of 5, 10 and 15 min over HTTP, {size}, p50", float(np.percentile(areas, 50)), "ms"),
        _figure(
            f"areas of 5, 10 and 15 min over HTTP, {size}, p95", float(np.percentile(areas, 95)), "ms",
            target=150,
        ),
        _figure(
            f"a closure is obeyed after saving, over HTTP, {size}, p95", float(np.percentile(obeyed, 95)),
            "ms", target=50,
        ),
    ]  # fmt: skip


class _Asking:
    """A duty officer's browser that asks about places all over the city."""

    def __init__(self, port: int, headers: dict[str, str], across: int, random: np.random.Generator) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers, self.across, self.random = headers, across, random
        self.plane = PlaneSystem(4545)

    def areas(self) -> float:
        """Milliseconds until the three areas around some place are there."""
        started = perf_counter()
        answer = self._get("isochrones", {"place": self._say(self._anywhere())})
        taken = perf_counter() - started
        assert len(json.loads(answer)["features"]) == 3
        return taken * 1000

    def close(self) -> float:
        """Milliseconds from the answer to a closure that was sent until a route into it is refused."""
        middle = self._anywhere()
        start = PlanePoint(middle.easting_m - 6 * STEP_M, middle.northing_m)
        asked = {"start": self._say(start), "end": self._say(middle)}
        self._get("route", asked)
        corners = "\n".join(
            self._say(PlanePoint(middle.easting_m + x * HALF_M, middle.northing_m + y * HALF_M))
            for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        )
        sent = {
            "client_id": str(uuid4()),
            "name": "封控",
            "why": "测量",
            "drawn": "area",
            "vertices": corners,
        }
        body = urlencode(sent | {"csrf": self.headers["X-CSRF-Token"]})
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request("POST", "/duty/roads/close", body, self.headers | form)
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 303, answer.status
        started = perf_counter()
        after = json.loads(self._get("route", asked))
        taken = perf_counter() - started
        assert after["code"] == "no_route", after
        return taken * 1000

    def _get(self, what: str, fields: dict[str, str]) -> bytes:
        self.connection.request("GET", f"/api/v1/roads/{what}?{urlencode(fields)}", headers=self.headers)
        answer = self.connection.getresponse()
        found = answer.read()
        assert answer.status in (200, 422), found[:200]
        return found

    def _anywhere(self) -> PlanePoint:
        east_m, north_m = self.random.uniform(0.25, 0.75, 2) * self.across * STEP_M
        return PlanePoint(WEST_M + east_m, SOUTH_M + north_m)

    def _say(self, point: PlanePoint) -> str:
        place = self.plane.to_lonlat(point)
        return f"{place.lon_deg:.7f},{place.lat_deg:.7f}"


@contextmanager
def _city(across: int) -> Iterator[tuple[Engine, Path]]:
    """A database of our own with people and streets, and a folder."""
    is_ours = RUN_FOLDER not in os.environ
    if is_ours:
        begin_run()
    try:
        databases = Databases(Path(os.environ[RUN_FOLDER]))
        name = databases.template(f"bench_ways_{across}", partial(_fill, across))
        engine = open_engine(databases.address_of(name))
        with tempfile.TemporaryDirectory() as folder:
            yield engine, Path(folder)
        engine.dispose()
    finally:
        if is_ours:
            end_run()


def _fill(across: int, engine: Engine) -> None:
    city = City.load(BAOJI)
    plane = PlaneSystem(city.plane_crs)
    migrate(engine, srid=plane.srid)
    sessions = open_sessions(engine)
    seed(sessions, city, SystemClock().now())
    seed_demo_people(sessions, city, hasher=QUICK)
    lines = draw_city(np.random.default_rng(7), across)
    rows = [
        {"name": name, "rank": rank, "wkb": shape.wkb, "srid": plane.srid}
        for shape, name, rank in zip(lines.shapes, lines.names, lines.ranks, strict=True)
    ]
    with engine.begin() as connection:
        connection.execute(ADD, rows)


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)
