"""From a reading that is posted to the alarm that people see, past a real worker; and the look itself."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from sqlalchemy import Engine, text

from emergency.measurements.instruments import list_instruments
from emergency.measurements.operations import Measurements
from emergency.measurements.situations import Situations
from emergency.measurements.store import Brought
from emergency.measurements.watching import Watching
from emergency.plan_files import load_plans
from emergency.resources.operations import Resources
from emergency.response.store import add_version
from emergency.rules.resources import read_details
from emergency.warnings.concerning import Concerns
from gis_core.clock import SystemClock
from gis_core.db import Sessions, open_sessions
from tests.bench.figures import Figure
from tests.case_city import baoji
from tests.databases import RUN_FOLDER, Databases, begin_run, end_run
from tests.face_city import fill_city
from tests.incident_city import PLANE
from tests.resource_city import register, resource

_figure = partial(Figure, "emergency")
GAUGES, ROUNDS = 200, 8
LINE = {"measures": "流量", "areas": "610302", "alerts": "流量 | 300 | 警戒流量 | 假定 | 本项目假定"}
STANDS = text("SELECT count(*) FROM emergency.alarm WHERE key = 'line:G-0:flow_m3_s' AND until IS NULL")
PATIENCE_S = 60.0


def measure() -> list[Figure]:
    """Figures of a city with so many gauges and the sample plans."""
    is_ours = RUN_FOLDER not in os.environ
    if is_ours:
        begin_run()
    databases = Databases(Path(os.environ[RUN_FOLDER]))
    try:
        template = databases.template("bench_alarms", fill_city)
        with databases.clone(template, "bench_alarms_run") as engine, TemporaryDirectory() as home:
            sessions = open_sessions(engine)
            _register(sessions)
            return [*_look(sessions), *_told(engine, sessions, Path(home))]
    finally:
        if is_ours:
            end_run()


def _register(sessions: Sessions) -> None:
    details = read_details("gauge", LINE)
    names = ["益门镇站", "林家村站", *(f"站{n}" for n in range(2, GAUGES))]
    several = [resource(f"G-{n}", "gauge", name=name, details=details) for n, name in enumerate(names)]
    register(Resources(sessions, PLANE), *several)
    with sessions.begin() as session:
        for plan in load_plans(baoji()):
            add_version(session, plan, by="系统", at=SystemClock().now())
    _say(sessions, 20, *(f"G-{n}" for n in range(GAUGES)))


def _say(sessions: Sessions, flow: float, *codes: str) -> None:
    now = SystemClock().now()
    sent = [
        {"instrument": one, "measure": "flow_m3_s", "at": now.isoformat(), "value": flow} for one in codes
    ]
    Measurements(sessions, list_instruments).take(sent, Brought(now, "bench"))


def _look(sessions: Sessions) -> list[Figure]:
    situations = Situations(list_instruments, Concerns.of(baoji(), PLANE))
    watching, timings = Watching(sessions, PLANE, situations, None), []
    for _ in range(ROUNDS):
        started = perf_counter()
        watching.sweep(SystemClock().now())
        timings.append(perf_counter() - started)
    name = f"look for alarms: {GAUGES} gauges, six plans"
    return [_figure(name, median(timings) * 1000, "ms", target=400)]


def _told(engine: Engine, sessions: Sessions, home: Path) -> list[Figure]:
    timings = []
    with _worker(engine, home):
        for n in range(ROUNDS):
            is_high = n % 2 == 0
            started = perf_counter()
            _say(sessions, 320 if is_high else 20, "G-0")
            _wait(lambda: _count(sessions) == is_high)  # noqa: B023  # asked at once
            timings.append(perf_counter() - started)
    return [
        _figure("reading taken → alarm begins or ends, first past the worker's start", timings[0], "s"),
        _figure("reading taken → alarm begins or ends, slowest of the rest", max(timings[1:]), "s", target=5),
    ]


def _count(sessions: Sessions) -> int:
    with sessions() as session:
        return int(session.scalar(STANDS) or 0)


@contextmanager
def _worker(engine: Engine, home: Path) -> Iterator[None]:
    url = engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "CITYGRID_DATABASE_URL": url, "CITYGRID_HOME": str(home)}
    quiet = subprocess.DEVNULL
    words = [sys.executable, "-m", "web.cli", "worker"]
    process = subprocess.Popen(words, env=environment, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def _wait(is_so: Callable[[], bool]) -> None:
    until = perf_counter() + PATIENCE_S
    while not is_so():
        if perf_counter() > until:
            raise TimeoutError("no alarm")
        sleep(0.005)
