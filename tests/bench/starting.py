"""How long `script/server` takes until its first page answers, everything being installed."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from gis_core.cluster import Cluster
from tests.bench.figures import Figure

_figure = partial(Figure, "main")
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 300.0


class NeverAnswered(Exception):
    """The server ended or stayed silent; its output is the message."""


def measure() -> list[Figure]:
    """First start of `small` and `city`, and a restart of `city`, beside a bare database cluster."""
    with _folder() as bare, _folder() as small, _folder() as city:
        bare_s = _bare_cluster_s(bare)
        small_s = _first_page_s(small, "small")
        city_s = _first_page_s(city, "city")
        again_s = _first_page_s(city, "city")
    peer = "initdb, start and PostGIS alone"
    return [
        _figure("first start, small", small_s, "s", 10.0, peer=peer, peer_value=bare_s),
        _figure("first start, city", city_s, "s", 60.0, peer=peer, peer_value=bare_s),
        _figure("restart, city", again_s, "s", 6.0, peer=peer, peer_value=bare_s),
    ]


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as name:
        yield Path(name)


def _bare_cluster_s(home: Path) -> float:
    cluster = Cluster(home)
    cluster.hold("script/bench")
    started = time.perf_counter()
    cluster.start()
    taken = time.perf_counter() - started
    cluster.stop()
    cluster.release()
    return taken


def _first_page_s(home: Path, size: str) -> float:
    port = _free_port()
    started = time.perf_counter()
    with _server(home, size, port) as process:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - started > PATIENCE_S:
                raise NeverAnswered(process.stdout.read().decode() if process.stdout else "")
            time.sleep(0.05)
        return time.perf_counter() - started


@contextlib.contextmanager
def _server(home: Path, size: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [ROOT / "script" / "server", "--port", str(port), "--size", size],
        env={**os.environ, "CITYGRID_HOME": str(home), "CITYGRID_DATABASE_URL": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
