"""The wall: figures beside many cases, a fact to a thousand viewers, frames a second in software, memory.

`CITYGRID_BENCH_WALL_MINUTES` sets how long memory is watched (20 without a word); at 0 it is left out.
"""

import asyncio
import json
import os
import resource
from functools import partial
from pathlib import Path
from statistics import median
from threading import Thread
from time import perf_counter, sleep
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Page
from sqlalchemy import Engine, event, text

from gis_core.clock import SystemClock
from tests.bench.figures import Figure
from tests.bench.wall_frames import WAYS, frames, move, opened
from tests.bench.web import add_cases, bench_wiring, drawn_city, report_of, sign_in
from tests.bench.web_load import serving
from web.evaluation_work import formulas_of

_figure = partial(Figure, "wall")
VIEWERS = 1_000
FACTS = 40
FACTS_APART_S = 0.5
OPEN_CASES = 20_000
READINGS = 30
MINUTES = "CITYGRID_BENCH_WALL_MINUTES"
SETTLES_S = 60.0
OPEN_UP = text("""
    UPDATE cases."case" SET stage = 'reported', closed_at = NULL,
        stage_due_at = :at + (id % 400 - 40) * interval '7 minutes',
        stage_at_risk_at = :at + (id % 400 - 60) * interval '7 minutes'
    WHERE id IN (SELECT id FROM cases."case" ORDER BY id LIMIT :many)
""")


def measure() -> list[Figure]:
    """Figures of the wall, server, viewers and browser on the same cores."""
    _allow_sockets(4 * VIEWERS)
    with drawn_city() as (engine, folder):
        add_cases(engine)
        with engine.begin() as connection:
            connection.execute(OPEN_UP, {"many": OPEN_CASES, "at": SystemClock().now()})
            connection.execute(text("SELECT cases.count_ended_anew()"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text('VACUUM ANALYZE cases."case"'))
        figures = _reading(engine, folder)
        with serving(engine.url.render_as_string(hide_password=False), folder) as port:
            headers = sign_in(engine, folder)
            figures.append(_fact_to_viewers(port, headers))
            for way in WAYS:
                figures += frames(way, port, headers["Cookie"])
            with opened(WAYS[0], port, headers["Cookie"]) as page:
                move(page)
                figures += _memory(page, port, headers)
        return figures


def _allow_sockets(many: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < many:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(many, hard), hard))


def _reading(engine: Engine, folder: Path) -> list[Figure]:
    """The figures read from the database, as one process does at most once a second."""
    wiring = bench_wiring(engine, folder)
    formulas = formulas_of(wiring.city)
    wiring.wall_figures.read("", wiring.clock.now(), formulas)
    heard: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: heard.append(statement))
    took_ms = []
    for _ in range(READINGS):
        heard.clear()
        sleep(1.01)
        started = perf_counter()
        wiring.wall_figures.read("", wiring.clock.now(), formulas)
        took_ms.append((perf_counter() - started) * 1000)
    wiring.open_data.close()
    return [
        _figure("figures of 100,000 cases, 20,000 open, read", float(np.percentile(took_ms, 95)), "ms",
                target=150),
        _figure("statements of figures once a second", len(heard), "", target=9),
    ]  # fmt: skip


# a fact to a thousand viewers


async def _view(port: int, cookie: str, heard: dict[str, list[float]], ready: asyncio.Semaphore) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asked = f"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nAccept: text/event-stream\r\n\r\n"
    writer.write(asked.encode())
    await reader.readuntil(b"event: hello")
    ready.release()
    while line := await reader.readline():
        if line.startswith(b'data: {"case_no"'):
            heard.setdefault(json.loads(line[6:])["case_no"], []).append(perf_counter())


async def _watch(port: int, headers: dict[str, str]) -> list[float]:
    """Seconds from sending a report until each viewer hears of it."""
    heard: dict[str, list[float]] = {}
    ready = asyncio.Semaphore(0)
    viewers = [asyncio.create_task(_view(port, headers["Cookie"], heard, ready)) for _ in range(VIEWERS)]
    for _ in range(VIEWERS):
        await ready.acquire()
    sent: dict[str, float] = {}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as desk:
        for n in range(FACTS):
            started = perf_counter()
            answer = await desk.post("/api/v1/reports", json=report_of(n))
            sent[answer.raise_for_status().json()["case_no"]] = started
            await asyncio.sleep(FACTS_APART_S)
    await asyncio.sleep(2)
    for one in viewers:
        one.cancel()
    if any(len(heard.get(no, [])) < VIEWERS for no in sent):
        raise RuntimeError("some viewers have not heard of every fact")
    return [at - sent[no] for no in sent for at in heard[no]]


def _fact_to_viewers(port: int, headers: dict[str, str]) -> Figure:
    took_s = asyncio.run(_watch(port, headers))
    name = f"report sent until it is on {VIEWERS:,} streams, p95"
    return _figure(name, float(np.percentile(took_s, 95)) * 1000, "ms", target=500)


# the page itself


def _memory(page: Page, port: int, headers: dict[str, str]) -> list[Figure]:
    """How much the heap has grown after some minutes of facts, scenes and movement, both after tidying."""
    minutes = float(os.environ.get(MINUTES, "20"))
    if not minutes:
        return []
    stop: list[bool] = []
    facts = Thread(target=_report_on, args=(port, headers, stop), daemon=True)
    facts.start()
    sleep(min(SETTLES_S, minutes * 20))
    first = _heap_mb(page)
    sleep(minutes * 60)
    last = _heap_mb(page)
    stop.append(True)
    facts.join(10)
    return [
        _figure(f"heap of the wall after {minutes:g} minutes", last, "MB"),
        _figure(f"growth of the heap in {minutes:g} minutes", last - first, "MB", target=5),
    ]


def _heap_mb(page: Page) -> float:
    """The heap in use: the middle of three looks, each after everything unused was given back."""
    session = page.context.new_cdp_session(page)
    looks = []
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
        used: dict[str, Any] = session.send("Runtime.getHeapUsage")
        looks.append(used["usedSize"] / 1e6)
    session.detach()
    return median(looks)


def _report_on(port: int, headers: dict[str, str], stop: list[bool]) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as desk:
        n = 0
        while not stop:
            desk.post("/api/v1/reports", json=report_of(n))
            n += 1
            sleep(1)
