"""Clients and a server process for benchmarks over real HTTP."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import uvicorn

ANSWERS_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """What clients saw: how many answers a second, and how long each took."""

    rate: float
    times_ms: list[float]

    @property
    def p95_ms(self) -> float:
        """Nineteen of twenty answers came within this."""
        return float(np.percentile(self.times_ms, 95))


Ask = Callable[[http.client.HTTPConnection, int], None]


def run_load(clients: int, requests: int, port: int, ask: Ask, *, pause_s: float = 0.0) -> Load:
    """Let `clients` ask one after the other on connections of their own, `requests` in all.

    With a pause each rests about so long after an answer, as people who type do.
    """
    each = requests // clients

    def one(client: int) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        rests = np.random.default_rng(client).uniform(0.5 * pause_s, 1.5 * pause_s, each).tolist()
        times = []
        for n in range(each):
            time.sleep(rests[n])
            started = time.perf_counter()
            ask(connection, client * each + n)
            times.append((time.perf_counter() - started) * 1000)
        connection.close()
        return times

    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        times = [ms for found in pool.map(one, range(clients)) for ms in found]
    return Load(each * clients / (time.perf_counter() - started), times)


@contextmanager
def serving(database_url: str, photos: Path) -> Iterator[int]:
    """A server process of our own on a free port; answers the port."""
    with serving_process(database_url, photos) as (port, _):
        yield port


def cpu_s(pid: int) -> float:
    """The processor time that a process has used, in seconds; Linux keeps a clock for each."""
    return time.clock_gettime((~pid << 3) | 2)


@contextmanager
def serving_process(database_url: str, photos: Path) -> Iterator[tuple[int, int]]:
    """As `serving`, with the number of the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = os.environ | {
        "CITYGRID_DATABASE_URL": database_url,
        "CITYGRID_PHOTO_DIR": str(photos),
        "CITYGRID_HOME": str(photos),
        "CITYGRID_PORT": str(port),
    }
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.web_load"], env=environment)
    try:
        _wait(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    until = time.monotonic() + ANSWERS_WITHIN_S
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                _let_settle(port)
                return
        except OSError:
            time.sleep(0.1)
        if time.monotonic() > until:
            raise TimeoutError("the server for the benchmark did not answer")


def _let_settle(port: int) -> None:
    """Wait for the index of places, whose building would be measured with everything else."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", "/api/v1/suggest?q=a")
    connection.getresponse().read()
    connection.close()


def main() -> None:
    """The server process: one web process, as `citygrid serve` runs it."""
    from web.app import create_app
    from web.settings import load_settings
    from web.wiring import build_wiring

    settings = load_settings()
    uvicorn.run(
        create_app(build_wiring(settings)),
        port=settings.port,
        log_level="error",
        access_log=False,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
