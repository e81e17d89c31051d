"""What tests stand on: a real PostGIS, a clock that stands still, and no network."""

import ipaddress
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis_core.clock import FixedClock
from gis_core.db import Sessions, open_sessions
from tests import databases
from tests.case_city import FRIDAY_MORNING
from tests.databases import RUN_FOLDER, Databases, clean_out
from tests.face_city import browser, face_engine, portal, served, signed_in, statements, visit, wiring

__all__ = ["browser", "face_engine", "portal", "served", "signed_in", "statements", "visit", "wiring"]


settings.register_profile("suite", deadline=None)  # speed lives in script/bench; a busy machine is no fault
settings.load_profile("suite")
SUITE_WITHIN_S = float(os.environ.get("CITYGRID_TEST_WITHIN_S", "900"))
"""A suite that takes longer is not run before every push: it fails, and somebody makes it quicker."""
BEGAN_S = time.monotonic()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that took too long, all tests passed or not."""
    took_s = time.monotonic() - BEGAN_S
    if took_s > SUITE_WITHIN_S and not hasattr(session.config, "workerinput"):
        print(f"\nThe suite took {took_s:.0f} s of {SUITE_WITHIN_S:.0f} s; --durations=20 shows where.")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.end_run()


class NetworkRefused(AssertionError):
    """A test reached for a host outside this machine."""


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every connection but Unix sockets and the loopback."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: object) -> None:
        _refuse_strangers(address[0] if isinstance(address, tuple) else None)
        return connect(self, address)  # type: ignore[arg-type]

    def guarded_look_up(host: object, *args: object, **options: object) -> object:
        _refuse_strangers(host)
        return look_up(host, *args, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


def _refuse_strangers(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", "testserver"):
        return
    try:
        is_loopback = ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise NetworkRefused(f"a test reached for {name}")


@pytest.fixture
def clock() -> FixedClock:
    """Friday 18 September 2026, half past nine in the city; tests move it."""
    return FixedClock(FRIDAY_MORNING)


@pytest.fixture(scope="session")
def city_databases() -> Databases:
    """The run's server, started for the first test that needs it."""
    return Databases(Path(os.environ[RUN_FOLDER]))


@pytest.fixture(scope="session")
def engine(city_databases: Databases, worker_id: str) -> Iterator[Engine]:
    """This worker's migrated database, empty but for what the running test wrote."""
    template = city_databases.template("migrated", databases.fill_migrated)
    with city_databases.clone(template, f"worker_{worker_id}") as engine:
        yield engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose work is rolled back, commits included."""
    with engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()


@pytest.fixture
def sessions(engine: Engine) -> Iterator[Sessions]:
    """Real transactions on this worker's database; every table is emptied afterwards."""
    yield open_sessions(engine)
    with engine.begin() as connection:
        connection.execute(text(clean_out()))
