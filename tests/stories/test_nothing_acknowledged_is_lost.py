"""Reports come in while one process after another is killed: what was acknowledged is there, once."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text

from cases.explain import find_broken_cases
from gis_core.cluster import Cluster
from gis_core.db import open_engine, open_sessions
from grid.organisations import read_demo_people
from tests.case_city import baoji
from tests.face_city import fill_city, report_of, token_in

SENDERS = 2
PAUSE_S = 0.02
WITHIN_S = 30.0
ORDER = 'SELECT case_no FROM cases."case" WHERE client_id = ANY(:sent) ORDER BY case_no'

pytestmark = pytest.mark.xdist_group("killing")


def wait_for(is_so: Callable[[], bool], what: str) -> None:
    """Wait until it is so; at most half a minute."""
    end = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Up:
    """`citygrid up` on a folder of its own, and what it started."""

    home: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """As a person types it."""
        words = [sys.executable, "-m", "web.cli", "up", "--port", str(self.port)]
        environment = {**os.environ, "CITYGRID_HOME": str(self.home)}
        with (self.home / "up.log").open("ab") as log:
            self.process = subprocess.Popen(words, env=environment, stdout=log, stderr=subprocess.STDOUT)
        # What answers at first may be the last breath of a web process whose `up` was killed.
        wait_for(lambda: self.find("serve") is not None and self.answers(), "the first page")

    def answers(self) -> bool:
        """Whether the site says that it is well."""
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5).status_code == 200
        return False

    def find(self, verb: str) -> int | None:
        """The process that `up` started with this verb."""
        assert self.process is not None
        pid = self.process.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                if verb.encode() in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                    return int(child)
        return None

    def database(self) -> int | None:
        """The database's process; None while there is none."""
        with contextlib.suppress(OSError, ValueError):
            pid = int((self.home / "data" / "postmaster.pid").read_text().split()[0])
            return pid if b"postgres" in Path(f"/proc/{pid}/comm").read_bytes() else None
        return None

    def kill(self, find: Callable[[], int | None]) -> None:
        """Kill -9, and wait until another one has taken its place and the site is well again."""
        killed = find()
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: find() not in (None, killed), f"another process in place of {killed}")
        wait_for(self.answers, f"the site to be well after the death of {killed}")

    def kill_itself(self) -> None:
        """Kill `up` with -9 and start it again at once, as whoever looks after processes does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.start()

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(WITHIN_S)

    def end(self) -> None:
        """Leave no process behind, whatever the test came to."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@dataclass
class Phone:
    """Sends one report after another, each until it is acknowledged, with the same id every time."""

    address: str
    acknowledged: dict[str, str] = field(default_factory=dict)
    troubles: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    client: httpx.Client | None = None

    def start(self) -> None:
        """Sign in and begin to send."""
        client = httpx.Client(base_url=self.address, timeout=10)
        token = token_in(client.get("/sign-in").text)
        words = {"login": "operator1", "password": read_demo_people(baoji()).password, "csrf": token}
        client.post("/sign-in", data=words)
        client.headers["x-csrf-token"] = client.get("/api/v1/me").json()["csrf_token"]
        self.client = client
        self.thread = threading.Thread(target=self._send_on, args=[client], daemon=True)
        self.thread.start()

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """An open page hears of changes: its stream keeps a dying web process for some seconds."""
        assert self.client is not None
        with self.client.stream("GET", "/live") as heard:
            assert heard.status_code == 200
            yield

    def finish(self) -> None:
        """Send the last report through, then stop."""
        self.is_over.set()
        assert self.thread is not None
        self.thread.join(WITHIN_S)

    def _send_on(self, client: httpx.Client) -> None:
        with contextlib.closing(client):
            while not self.is_over.wait(PAUSE_S):
                self._send(client, report_of())

    def _send(self, client: httpx.Client, report: dict[str, object]) -> None:
        end = time.monotonic() + WITHIN_S
        while time.monotonic() < end:
            try:
                answer = client.post("/api/v1/reports", json=report)
            except httpx.TransportError as trouble:
                self.troubles[type(trouble).__name__] += 1
            else:
                if answer.status_code == 201:
                    self.acknowledged[str(report["client_id"])] = answer.json()["case_no"]
                    return
                self._note(answer)
            time.sleep(0.1)
        self.wrong.append(f"{report['client_id']} was never acknowledged")

    def _note(self, answer: httpx.Response) -> None:
        """A 503 is the promised answer while the database is away; anything else is a fault."""
        self.troubles[f"{answer.status_code}"] += 1
        if answer.status_code != 503:
            self.wrong.append(answer.text[:300])


@dataclass(frozen=True)
class Aftermath:
    """What is left when everything was killed once."""

    phones: list[Phone]
    engine: Engine
    exit_code: int

    @property
    def acknowledged(self) -> dict[str, str]:
        """Case numbers by the ids that the phones gave."""
        return {sent: no for phone in self.phones for sent, no in phone.acknowledged.items()}

    def filed(self) -> dict[str, str]:
        """Case numbers in the database by the ids that the phones gave."""
        with self.engine.connect() as connection:
            rows = connection.execute(text('SELECT client_id::text, case_no FROM cases."case"'))
            return {row.client_id: row.case_no for row in rows}


@pytest.fixture(scope="module")
def aftermath() -> Iterator[Aftermath]:
    """Two phones report all the time; database, web, worker and `up` itself are killed one after another."""
    with tempfile.TemporaryDirectory(prefix="citygrid-test-") as folder:
        Path(folder).chmod(0o755)  # the database's own user walks through it
        cluster = Cluster(Path(folder) / "home")
        engine = open_engine(cluster.start())
        fill_city(engine)
        up = Up(cluster.folder)
        try:
            up.start()
            phones = [Phone(f"http://127.0.0.1:{up.port}") for _ in range(SENDERS)]
            for phone in phones:
                phone.start()
            up.kill(up.database)
            up.kill(lambda: up.find("serve"))
            up.kill(lambda: up.find("worker"))
            with phones[0].watching():
                up.kill_itself()
            for phone in phones:
                phone.finish()
            exit_code = up.stop()
            engine.dispose()
            cluster.start()
            yield Aftermath(phones, engine, exit_code)
        finally:
            up.end()
            engine.dispose()
            cluster.stop()


def test_every_acknowledged_report_is_a_case_by_its_number(aftermath: Aftermath) -> None:
    filed = aftermath.filed()
    assert aftermath.acknowledged.items() <= filed.items()


def test_every_death_was_felt_and_work_went_on(aftermath: Aftermath) -> None:
    assert sum((phone.troubles for phone in aftermath.phones), Counter()).total() > 0
    assert len(aftermath.acknowledged) > 20
    assert [fault for phone in aftermath.phones for fault in phone.wrong] == []


def test_a_report_sent_again_after_a_death_is_filed_once(aftermath: Aftermath) -> None:
    filed = aftermath.filed()
    assert (filed.keys(), len(set(filed.values()))) == (aftermath.acknowledged.keys(), len(filed))


def test_no_number_is_left_out(aftermath: Aftermath) -> None:
    numbers = sorted(int(no[-6:]) for no in aftermath.filed().values())
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_chain_of_facts_holds(aftermath: Aftermath) -> None:
    with open_sessions(aftermath.engine)() as session:
        assert find_broken_cases(session, newest=1_000_000) == {}


def test_ctrl_c_stops_everything_in_order(aftermath: Aftermath) -> None:
    assert aftermath.exit_code == 0
