"""A web process is stopped while walls and desks look: all are let go of, and no fault is written."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from grid.organisations import read_demo_people
from tests.case_city import baoji
from tests.face_city import token_in
from web.wiring import Wiring

STREAMS = 20
WITHIN_S = 30.0
pytestmark = [pytest.mark.xdist_group("killing"), pytest.mark.timeout(120)]


class WebProcess:
    """`citygrid serve` on the city's database."""

    def __init__(self, wiring: Wiring, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        self.address, self.log = f"http://127.0.0.1:{port}", home / "serve.log"
        url = wiring.engine.url.render_as_string(hide_password=False)
        environment = {**os.environ, "CITYGRID_DATABASE_URL": url, "CITYGRID_HOME": str(home)}
        words = [sys.executable, "-m", "web.cli", "serve", "--port", port]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(words, env=environment, stdout=log, stderr=log)

    def is_up(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/healthz", timeout=5).status_code == 200
        return False

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + WITHIN_S
    while not is_so() and time.monotonic() < until:
        time.sleep(0.05)
    assert is_so()


@pytest.fixture
def web(wiring: Wiring, tmp_path: Path) -> Iterator[WebProcess]:
    process = WebProcess(wiring, tmp_path)
    yield process
    if process.process.poll() is None:
        process.process.kill()
        process.process.wait(15)


@pytest.fixture
def desk(web: WebProcess) -> Iterator[httpx.Client]:
    """An operator, signed in at the running server."""
    wait_for(web.is_up)
    limits = httpx.Limits(max_connections=STREAMS + 1)
    with httpx.Client(base_url=web.address, timeout=15, limits=limits) as client:
        token = token_in(client.get("/sign-in").text)
        words = {"login": "operator1", "password": read_demo_people(baoji()).password, "csrf": token}
        client.post("/sign-in", data=words)
        yield client


def hear_hello(lines: Iterator[str]) -> bool:
    """Read a stream as far as its opening goes."""
    return any(line == "event: hello" for line in lines)


def test_a_server_that_is_stopped_lets_go_of_everybody_who_looks(web: WebProcess, desk: httpx.Client) -> None:
    with ExitStack() as looking:
        streams = [looking.enter_context(desk.stream("GET", "/live")).iter_lines() for _ in range(STREAMS)]
        assert all(hear_hello(lines) for lines in streams)
        assert web.stop() == 0
        assert not any("event: case" in list(lines) for lines in streams)  # a stream torn off would raise
    assert web.log.read_text() == ""
