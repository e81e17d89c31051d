"""Positions over real HTTP beside reports of cases, and the nearest of 500 movers in memory."""

import http.client
import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from time import perf_counter
from uuid import uuid4

import numpy as np
from psycopg.types.json import Jsonb
from sqlalchemy import Engine, text

from gis_core.clock import SystemClock
from gis_core.crs import PlaneSystem
from gis_core.db import open_sessions
from gis_core.places import PlanePoint
from grid.positions import store
from grid.positions.live import LivePicture
from grid.positions.rules.limits import Limits
from tests.bench.figures import Figure
from tests.bench.web import CLIENTS, drawn_city, report_of, send, sign_in
from tests.bench.web_load import Ask, run_load, serving
from web.accounts.keys import issue_key

_figure = partial(Figure, "phone")
VEHICLES = 500
ROWS = 60
"""Positions of a batch: five minutes of a phone that says where it is every five seconds."""
REQUESTS = 800
WEST, SOUTH, EAST, NORTH = 107.02, 34.32, 107.28, 34.40  # the built-up valley, degrees
NEAREST = 2_000
SINGLES = 1_500
STEP_S = 5
REPORT_PAUSE_S = 0.2
"""A case every fifth of a second: twenty times the peak of 2,000 a day."""
_CLEAN = text("TRUNCATE grid.position, grid.position_batch, grid.grid_visit, grid.mover_place")
_PEER = text("""
    INSERT INTO grid.position (mover_key, at, easting_m, northing_m, accuracy_m, received_at)
    VALUES (:mover_key, :at, 429885, 3804224, 8, :at)
""")


def measure() -> list[Figure]:
    """Figures of positions with fsync, server and clients on the same cores."""
    with drawn_city() as (engine, folder):
        key = _prepare(engine)
        with serving(engine.url.render_as_string(hide_password=False), folder) as port:
            run_load(CLIENTS, 40, port, _sender(key, 0))
            with _cases_beside(port, sign_in(engine, folder)):
                batches = run_load(CLIENTS, REQUESTS, port, _sender(key, 1))
                singles = run_load(CLIENTS, SINGLES, port, _sender(key, 2, rows=1))
        rate = batches.rate * ROWS
        peer = _plain_inserts(engine)
        return [
            _figure("positions over HTTP in batches of 60, beside reports", rate, "/s", target=3_000,
                    better="more", peer="plain inserts, one a transaction", peer_value=peer),
            _figure("batch of 60 positions, p95", batches.p95_ms, "ms", target=100),
            _figure("batches of one position", singles.rate, "/s", better="more"),
            _figure("batch of one position, p95", singles.p95_ms, "ms", target=100),
            *_nearest_figures(engine),
        ]  # fmt: skip


def _prepare(engine: Engine) -> str:
    """Vehicles and a key of their system."""
    sessions, at = open_sessions(engine), SystemClock().now()
    vehicles = [
        {
            "key": f"v{n + 1}", "name": f"车 {n + 1}", "skills": ["环卫"], "organisation_code": None,
            "is_synthetic": True,
        }
        for n in range(VEHICLES)
    ]  # fmt: skip
    with sessions.begin() as session:
        session.execute(_CLEAN)
        store.save_vehicles(session, vehicles)
    return issue_key(sessions, f"bench-{uuid4().hex[:8]}", scopes=["position"], per_hour=100_000, at=at)


def _sender(key: str, turn: int, *, rows: int = ROWS) -> Ask:
    """Batches of one vehicle each, moving along; each is later than the last one of its vehicle."""
    began = SystemClock().now() - timedelta(hours=30 * (3 - turn))
    headers = {"x-api-key": key, "Content-Type": "application/json"}

    def ask(connection: http.client.HTTPConnection, n: int) -> None:
        vehicle, lap = n % VEHICLES, n // VEHICLES
        start = began + timedelta(seconds=STEP_S * rows * lap)
        body = {"client_batch": str(uuid4()), "positions": _walk(vehicle, start, rows, lap)}
        send(connection, "POST", "/api/v1/positions", headers, json.dumps(body).encode(), 200)

    return ask


def _walk(vehicle: int, start: datetime, rows: int, lap: int) -> list[dict[str, object]]:
    """Positions along a circle of its own, some 8 m/s."""
    centre_lon = WEST + (EAST - WEST) * ((vehicle * 37) % VEHICLES) / VEHICLES
    centre_lat = SOUTH + (NORTH - SOUTH) * ((vehicle * 91) % VEHICLES) / VEHICLES
    return [
        {
            "mover": f"v{vehicle + 1}",
            "at": (start + timedelta(seconds=STEP_S * n)).isoformat(),
            "lon": round(centre_lon + 0.005 * math.cos((lap * rows + n) * 0.08), 6),
            "lat": round(centre_lat + 0.004 * math.sin((lap * rows + n) * 0.08), 6),
            "accuracy_m": 8.0,
            "speed_mps": 8.0,
            "heading_deg": float(n % 360),
        }
        for n in range(rows)
    ]


@contextmanager
def _cases_beside(port: int, headers: dict[str, str]) -> Iterator[None]:
    """Reports of cases all the while, as a busy hotline sends them."""
    stop = Event()

    def report() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        n = 0
        while not stop.wait(REPORT_PAUSE_S):
            n += 1
            send(connection, "POST", "/api/v1/reports", headers, json.dumps(report_of(n)).encode(), 201)

    with ThreadPoolExecutor(1) as pool:
        reporting = pool.submit(report)
        try:
            yield
        finally:
            stop.set()
            reporting.result()


def _plain_inserts(engine: Engine) -> float:
    """The peer: one position a transaction, four threads, no HTTP and no rules; rows a second."""
    at = SystemClock().now()

    def insert(n: int) -> None:
        with engine.begin() as connection:
            connection.execute(
                _PEER, {"mover_key": f"v{n % VEHICLES + 1}", "at": at + timedelta(milliseconds=n)}
            )

    many = 1_000
    with ThreadPoolExecutor(CLIENTS) as pool:
        started = perf_counter()
        list(pool.map(insert, range(many)))
        return many / (perf_counter() - started)


def _nearest_figures(engine: Engine) -> list[Figure]:
    """The nearest five of 500 with a skill, in this process, and by PostGIS's distances for each question."""
    sessions, clock, plane = open_sessions(engine), SystemClock(), PlaneSystem(4545)
    random = np.random.default_rng(1)
    places = np.column_stack((random.uniform(WEST, EAST, VEHICLES), random.uniform(SOUTH, NORTH, VEHICLES)))
    points = plane.to_plane_many(places)
    with sessions.begin() as session:
        session.execute(_PLACE, {"rows": Jsonb([
            {"key": f"v{n + 1}", "e": e, "n": north} for n, (e, north) in enumerate(points.tolist())
        ]), "at": clock.now()})  # fmt: skip
    picture = LivePicture(sessions, plane, lambda _: Limits(stale_after_s=3_600), clock)
    picture.start()
    picture.catch_up()
    asked = [PlanePoint(*point) for point in points[random.integers(0, VEHICLES, NEAREST)].tolist()]
    times = [_timed(picture, point) for point in asked]
    peer = [_timed_sql(engine, point) for point in asked[:200]]
    started = perf_counter()
    picture.catch_up()
    caught_up_ms = (perf_counter() - started) * 1000
    picture.stop()
    return [
        _figure("nearest 5 of 500 movers, p95", float(np.percentile(times, 95)), "ms", target=1,
                peer="ordered in SQL", peer_value=float(np.percentile(peer, 95))),
        _figure("catching up with 500 movers", caught_up_ms, "ms"),
    ]  # fmt: skip


def _timed(picture: LivePicture, point: PlanePoint) -> float:
    started = perf_counter()
    found = picture.nearest(point, 5, skill="环卫", is_free=True)
    took_ms = (perf_counter() - started) * 1000
    if len(found) != 5 or found[0].away_m > 1:
        raise RuntimeError(f"not the nearest: {found}")
    return took_ms


def _timed_sql(engine: Engine, point: PlanePoint) -> float:
    with engine.connect() as connection:
        started = perf_counter()
        connection.execute(_NEAREST, {"e": point.easting_m, "n": point.northing_m}).all()
        return (perf_counter() - started) * 1000


_PLACE = text("""
    INSERT INTO grid.mover_place (mover_key, at, easting_m, northing_m)
    SELECT key, :at, e, n FROM jsonb_to_recordset(:rows) AS r(key text, e float8, n float8)
    ON CONFLICT (mover_key) DO UPDATE SET at = EXCLUDED.at, easting_m = EXCLUDED.easting_m,
        northing_m = EXCLUDED.northing_m
""")
_NEAREST = text("""
    SELECT mover_key FROM grid.mover_place
    ORDER BY (easting_m - :e) * (easting_m - :e) + (northing_m - :n) * (northing_m - :n) LIMIT 5
""")
