"""Tiles of a city with a million components over real HTTP: drawn anew, known, filtered, and beside tipg."""

import http.client
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import numpy as np
from argon2 import PasswordHasher
from sqlalchemy import Engine, text

from gis_core.db import open_engine, open_sessions
from gis_core.migrating import migrate
from grid.city import City
from grid.layers import recount
from grid.sample_city.loading import load
from grid.sample_city.picture import draw
from grid.seed import seed
from tests.bench.asking import SPOTS, ZOOMS, Seen, ask, ask_all, figure, p95, tiles_of, worst
from tests.bench.figures import Figure
from tests.bench.tipg import serving_tipg, tile_address
from tests.bench.web import Desk, sign_in
from tests.bench.web_load import serving
from tests.databases import RUN_FOLDER, Databases, begin_run, end_run
from web.accounts.seed import seed_demo_people

BAOJI = Path(__file__).parents[2] / "data" / "baoji"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PEER_SPOTS = 6
"""Below zoom 13 a tile takes tipg a second and more."""
FILTERS = ("?type=03007", "?major=01&state=faulty", "?state=faulty", "?grid=610303008007005")
STAFF_FILTERS = ("", "?owner=BJ-DX", "?type=01009&state=破损")


def measure() -> list[Figure]:
    """Figures of tiles at a million components; server, database and client share the cores."""
    with _city() as (engine, folder):
        address = engine.url.render_as_string(hide_password=False)
        with serving_tipg(engine.url) as port:
            peer = [seen for zoom in ZOOMS for seen in _ask_tipg(port, zoom)]
        with serving(address, folder) as port:
            desk = Desk(port, sign_in(engine, folder))
            public = ask_all(port, "components", ("",))
            filtered = ask_all(port, "components", FILTERS)
            staff = ask_all(port, "staff-components", STAFF_FILTERS, desk.headers)
            ground = {layer: ask_all(port, layer, ("",)) for layer in ("base", "grids")}
            known = _ask_again(port)
        return [
            *_beside_tipg(public, peer),
            figure(
                "tiles of components by type, state and grid, slowest zoom p95",
                worst(filtered),
                "ms",
                target=100,
            ),
            figure(
                "tiles of components for staff, by owner, slowest zoom p95", worst(staff), "ms", target=100
            ),
            *(
                figure(f"tiles of {layer}, slowest zoom p95", worst(seen), "ms", target=100)
                for layer, seen in ground.items()
            ),
            figure("tile known to the browser (304), one query, p95", known[0], "ms", target=5),
            figure("tile known under its version (304), no query, p95", known[1], "ms", target=5),
            figure("counting 1,000,000 components anew", _recount_s(engine), "s", target=5),
            figure("one component changed, counted on every level, p95", _edit_ms(engine), "ms", target=20),
        ]


def _beside_tipg(ours: list[Seen], peer: list[Seen]) -> Iterator[Figure]:
    """Every zoom by itself, then all of them."""
    for zoom in ZOOMS:
        yield figure(
            f"tiles of components drawn anew, zoom {zoom}, p95",
            p95(ours, zoom),
            "ms",
            target=100,
            peer="tipg",
            peer_value=p95(peer, zoom),
        )
    yield figure(
        "tiles of components drawn anew, all zooms, p95",
        p95(ours),
        "ms",
        target=100,
        peer="tipg",
        peer_value=p95(peer),
    )
    yield figure("the same, times as fast as tipg", p95(peer) / p95(ours), "×", target=3, better="more")
    yield figure(
        "heaviest tile of components, zoom 10",
        max(seen.bytes for seen in ours if seen.zoom == 10) / 1000,
        "kB",
        target=100,
        peer="tipg",
        peer_value=max(seen.bytes for seen in peer if seen.zoom == 10) / 1000,
    )


@contextmanager
def _city() -> Iterator[tuple[Engine, Path]]:
    """A database of our own with the drawn city of a million components."""
    if RUN_FOLDER not in os.environ:
        begin_run()
        try:
            with _city() as made:
                yield made
        finally:
            end_run()
        return
    databases = Databases(Path(os.environ[RUN_FOLDER]))
    engine = open_engine(databases.address_of(databases.template("bench_tiles", _fill)))
    with tempfile.TemporaryDirectory() as folder:
        yield engine, Path(folder)
    engine.dispose()


def _fill(engine: Engine) -> None:
    city, at = City.load(BAOJI), datetime(2026, 9, 18, tzinfo=UTC)
    migrate(engine, srid=city.plane_crs)
    sessions = open_sessions(engine)
    seed(sessions, city, at)
    seed_demo_people(sessions, city, hasher=QUICK)
    load(sessions, draw(city, "million"), city=city, at=at)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE grid.component, grid.component_count"))


def _ask_tipg(port: int, zoom: int) -> Iterator[Seen]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for column, row in tiles_of(zoom, PEER_SPOTS if zoom < 13 else SPOTS):
        yield ask(connection, tile_address(zoom, column, row), zoom)


def _ask_again(port: int) -> tuple[float, float]:
    """How long a 304 takes without and with the version in the address, p95."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times: tuple[list[float], list[float]] = ([], [])
    for zoom in ZOOMS:
        for column, row in tiles_of(zoom, SPOTS):
            address = f"/tiles/components/{zoom}/{column}/{row}.mvt"
            etag = ask(connection, address, zoom).etag
            version = "-".join(etag.strip('"').split("-")[5:])
            for kept, query in zip(times, ("", f"?v={version}"), strict=True):
                kept.append(ask(connection, address + query, zoom, {"If-None-Match": etag}, (304,)).took_ms)
    return float(np.percentile(times[0], 95)), float(np.percentile(times[1], 95))


def _recount_s(engine: Engine) -> float:
    started = perf_counter()
    with open_sessions(engine).begin() as session:
        recount(session)
    return perf_counter() - started


def _edit_ms(engine: Engine) -> float:
    change = text("UPDATE grid.component SET state = '丢失' WHERE id = :id")
    times = []
    for number in range(1, 101):
        started = perf_counter()
        with engine.begin() as connection:
            connection.execute(change, {"id": number * 1009})
        times.append((perf_counter() - started) * 1000)
    return float(np.percentile(times, 95))
