"""A clock turns while its worker lives, another while it is dead: both ring, once each, and in time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.face_city import report_of
from web.wiring import Wiring

WITHIN_S = 30.0
ALARMS = text("SELECT level, extract(epoch FROM at - turned_at)::float FROM cases.alarm ORDER BY level")
NOTICES = text("""
    SELECT occasion, post FROM cases.notice WHERE topic IN ('at_risk', 'overdue') ORDER BY id
""")
pytestmark = [pytest.mark.xdist_group("killing"), pytest.mark.timeout(120)]


class Worker:
    """`citygrid worker` on the city's database."""

    def __init__(self, wiring: Wiring, home: Path) -> None:
        url = wiring.engine.url.render_as_string(hide_password=False)
        self.environment = {**os.environ, "CITYGRID_DATABASE_URL": url, "CITYGRID_HOME": str(home)}
        self.log = home / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            words = [sys.executable, "-m", "web.cli", "worker"]
            self.process = subprocess.Popen(words, env=self.environment, stdout=log, stderr=log)

    def kill(self, with_signal: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(with_signal)
        return self.process.wait(15)


@pytest.fixture
def worker(wiring: Wiring, tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(wiring, tmp_path)
    yield worker
    if worker.process is not None and worker.process.poll() is None:
        worker.process.kill()
        worker.process.wait(15)


def rows(wiring: Wiring, query: object) -> list[tuple[object, ...]]:
    with wiring.sessions() as session:
        return [tuple(row) for row in session.execute(query)]  # type: ignore[call-overload]


def turn(wiring: Wiring, words: str) -> None:
    with wiring.sessions.begin() as session:
        session.execute(text(f'UPDATE cases."case" SET {words}'))


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + WITHIN_S
    while not is_so() and time.monotonic() < until:
        time.sleep(0.05)
    assert is_so()


@pytest.fixture
def report(wiring: Wiring, signed_in) -> None:
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    turn(wiring, "stage_at_risk_at = now() + interval '1 day', stage_due_at = now() + interval '2 days'")


def test_alarms_ring_in_time_and_outlive_their_worker(wiring: Wiring, worker: Worker, report: None) -> None:
    worker.start()
    wait_for(lambda: rows(wiring, text("SELECT 1 FROM procrastinate_workers")) != [])
    turn(wiring, "stage_at_risk_at = now() + interval '2 seconds'")
    wait_for(lambda: len(rows(wiring, ALARMS)) == 1)
    worker.kill(signal.SIGKILL)
    turn(wiring, "stage_due_at = now()")
    worker.start()
    wait_for(lambda: len(rows(wiring, ALARMS)) == 2)
    assert worker.kill(signal.SIGTERM) == 0
    assert rows(wiring, NOTICES) == [("at_risk", "operator"), ("overdue", "operator"), ("overdue", "leader")]
    assert float(str(rows(wiring, ALARMS)[0][1])) < 5
