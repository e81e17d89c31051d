"""Replay of a busy hour: 20,000 live cases and 180,000 positions of 500 movers, told, sent and opened."""

import gzip
import http.client
import shutil
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
from playwright.sync_api import sync_playwright
from sqlalchemy import Engine, text

from gis_core.clock import SystemClock, city_time
from gis_core.db import open_sessions
from grid.organisations import read_demo_people
from grid.positions.partitions import make, month_of
from tests.bench.figures import Figure
from tests.bench.wall_frames import HD
from tests.bench.web import ADD_CASES, CASES, bench_wiring, drawn_city
from tests.bench.web_load import serving

_figure = partial(Figure, "wall")
OPEN_CASES = 20_000
MOVERS = 500
EVERY_S = 10
ASKED = 8
SOFTWARE = ("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")

LIVE = text("""
    UPDATE cases."case" SET stage = 'dispatched', closed_at = NULL, department_code = 'BJ-PS',
        reported_at = CAST(:at AS timestamptz) - CASE WHEN n.n <= 600 THEN n.n * interval '6 seconds'
            ELSE n.n * interval '2 minutes' END
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM cases."case" ORDER BY id LIMIT :many) n
    WHERE n.id = cases."case".id
""")
ENDED = text("""
    UPDATE cases."case" SET closed_at = reported_at + interval '2 days' WHERE closed_at IS NOT NULL
""")
# Four facts of a live case with clocks and as much beside them as real ones have; one of each that is over.
FACTS = text("""
    INSERT INTO cases.fact (case_id, seq, at, by_name, by_role, transition_no, action, from_stage, to_stage,
        reason, body, prev_hash, hash)
    SELECT c.id, s.seq, c.reported_at + (s.seq - 1) * interval '10 minutes', '话务员', s.role, s.no, s.action,
        s.before, s.after, repeat('依据流程', 40),
        jsonb_build_object('department', 'BJ-PS', 'photos', repeat('x', 600),
            'clocks', jsonb_build_object(s.clock, jsonb_build_object(
                'limit', jsonb_build_array(2, 'working_day'), 'used_s', 0, 'extension', 0,
                'due_at', c.reported_at + interval '30 days', 'stopped_at', NULL,
                'at_risk_at', c.reported_at + interval '24 days',
                'started_at', c.reported_at, 'run_since', c.reported_at))),
        '\\x00', '\\x00'
    FROM cases."case" c, (VALUES
        (1, 'operator', 2, 'register', NULL, 'reported', 'accept'),
        (2, 'operator', 6, 'accept', 'reported', 'accepted', 'filing'),
        (3, 'duty_chief', 7, 'file_case', 'accepted', 'filed', 'dispatch'),
        (4, 'dispatcher', 11, 'dispatch', 'filed', 'dispatched', 'handling')
    ) AS s(seq, role, no, action, before, after, clock)
    WHERE (c.closed_at IS NULL OR s.seq = 1)
        AND c.reported_at + (s.seq - 1) * interval '10 minutes' <= CAST(:at AS timestamptz)
    ORDER BY 3
""")
WALKS = text("""
    INSERT INTO grid.position (mover_key, at, easting_m, northing_m, accuracy_m, received_at)
    SELECT 'v' || m, CAST(:at AS timestamptz) - s * interval '1 second',
        429885 + m * 7 + 40 * sin(s / 50.0 + m), 3804224 + m * 5 + 40 * cos(s / 50.0 + m), 8,
        CAST(:at AS timestamptz)
    FROM generate_series(1, :movers) AS m, generate_series(0, 3590, :every) AS s
""")
ADD_MOVERS = text("""
    INSERT INTO grid.mover (key, kind, name, skills)
    SELECT 'v' || m, 'vehicle', '车 ' || m, '{}' FROM generate_series(1, :movers) AS m
    ON CONFLICT (key) DO NOTHING
""")


def measure() -> list[Figure]:
    """Figures of a replay, server, database and browser on the same cores."""
    with drawn_city() as (engine, folder):
        at = SystemClock().now()
        _fill(engine, at)
        span = f"from={_written(at - timedelta(hours=1))}&to={_written(at)}"
        headers = _sign_in(engine, folder)
        with serving(engine.url.render_as_string(hide_password=False), folder) as port:
            facts = _asked(port, headers, f"/wall/replay/facts.json?{span}")
            ways = _asked(port, headers, f"/wall/replay/ways.json?{span}&purpose=evaluation")
            opened_s = _opened_s(port, headers, f"/wall/replay?{span}&purpose=evaluation")
        what = f"replay of an hour, {OPEN_CASES:,} live cases"
        return [
            _figure(f"{what}: facts, p50", facts[0], "ms", target=3_000),
            _figure(f"{what}: facts sent, compressed", facts[1], "kB", target=1_000),
            _figure(f"{what}: 180,000 positions of {MOVERS} movers, p50", ways[0], "ms", target=3_000),
            _figure(f"{what}: positions sent, compressed", ways[1], "kB", target=1_000),
            _figure(f"{what}: opened in Chromium, in software", opened_s, "s", target=10),
        ]


def _fill(engine: Engine, at: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(ADD_CASES, {"at": at, "many": CASES})
        connection.execute(LIVE, {"at": at, "many": OPEN_CASES})
        connection.execute(ENDED)
        connection.execute(FACTS, {"at": at})
    with open_sessions(engine).begin() as session:
        make(session, {month_of(at), month_of(at - timedelta(hours=1))})
        session.execute(ADD_MOVERS, {"movers": MOVERS})
        session.execute(WALKS, {"at": at, "movers": MOVERS, "every": EVERY_S})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text('VACUUM ANALYZE cases."case", cases.fact, grid.position'))


def _written(at: datetime) -> str:
    return f"{city_time(at):%Y-%m-%dT%H:%M:%S}"


def _sign_in(engine: Engine, folder: Path) -> dict[str, str]:
    """Headers of a leader's browser."""
    wiring = bench_wiring(engine, folder)
    opened = wiring.doorkeeper.sign_in(
        "leader", read_demo_people(wiring.city).password, address="127.0.0.1", user_agent="bench",
        at=wiring.clock.now(),
    )  # fmt: skip
    wiring.open_data.close()
    return {"Cookie": f"citygrid_session={opened.secret}", "Accept-Encoding": "gzip"}


def _asked(port: int, headers: dict[str, str], address: str) -> tuple[float, float]:
    """How long an answer takes, the middle of some, and its size as it is sent."""
    took_ms, size = [], 0
    for _ in range(ASKED):
        with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            started = perf_counter()
            connection.request("GET", address, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            took_ms.append((perf_counter() - started) * 1000)
            if answer.status != 200 or not gzip.decompress(body).startswith(b"{"):
                raise RuntimeError(f"{answer.status} for {address}")
            size = len(body)
    return float(np.median(took_ms)), size / 1000


def _opened_s(port: int, headers: dict[str, str], address: str) -> float:
    """From asking for the page until its first picture stands, the map's style and both answers included."""
    name, _, secret = headers["Cookie"].partition("=")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(SOFTWARE))
        context = browser.new_context(base_url=f"http://127.0.0.1:{port}", viewport=HD)
        context.add_cookies([{"name": name, "value": secret, "url": f"http://127.0.0.1:{port}"}])
        page = context.new_page()
        page.set_default_timeout(120_000)
        started = perf_counter()
        page.goto(address)
        page.wait_for_selector('.replay-page[data-ready="yes"]')
        took_s = perf_counter() - started
        browser.close()
    return took_s
