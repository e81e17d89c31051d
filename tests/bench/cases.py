"""Cases at a million: creating, lists under every filter, detail, counts of desks, steps, all mixed.

Beside them stand figures of Signalen 2.50, measured on this size of machine at 20,000 cases.
"""

import http.client
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import perf_counter
from urllib.parse import quote, unquote

import numpy as np
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event, text

from cases.filtering import CaseFilter
from cases.listing import count_stages
from cases.notices.alarms import Alarms
from gis_core.clock import SystemClock
from gis_core.db import open_sessions
from tests.bench.evaluation import add_a_million
from tests.bench.figures import Figure
from tests.bench.web import bench_wiring, drawn_city, open_client, report_of, send, sign_in
from tests.bench.web_load import cpu_s, run_load, serving_process

COUNTED = 3
"""How many calls of a kind are made in this process, for the number of their statements."""
CREATED, LOOKED, STEPS, MIXED, CLIENTS = 200, 30, 100, 2_400, 4
WORDS = ("井盖", "经二路", "倒塌", "路灯不亮")
LISTS = (
    "", "stage=reported", "stage=in_progress", "light=overdue&open=true", "light=at_risk&open=true",
    "light=normal&open=true", "area=610302", "area=610302001", "area=610302001002", "zone=GX01",
    "department=BJ-PS", "kind=component", "type=01002", "major=01", "source=hotline", "since=2026-11-01",
    "until=2026-01-01", "open=true", "open=false", "supervised=true", "urged=true", "answer=true",
    "reworked=true", "extended=true", "late=true", "appeal=asked", "helping=JT-SZ",
    *(f"q={quote(word)}" for word in WORDS),
)  # fmt: skip
BURST = 500
SWEPT_EVERY_S = 4.0
"""The worker sweeps so often (`cases.sweeps`): what falls due just after a sweep waits so long."""
DUE_NOW = text("""
    UPDATE cases."case" SET alarm = 0,
        stage_at_risk_at = now() - interval '2 seconds', stage_due_at = now() - interval '1 second'
    WHERE id IN (
        SELECT id FROM cases."case" WHERE closed_at IS NULL AND stage_due_at IS NOT NULL ORDER BY id
        LIMIT :many)
""")
DESKS = ("/desk/operator", "/desk/operator?tab=all", "/desk/operator?tab=finished")
SIGNALEN = "Signalen 2.50 at 20,000"
NUMBERS = text('SELECT case_no FROM cases."case" WHERE closed_at IS NULL ORDER BY id DESC LIMIT :many')
REPORTED = text("""
    SELECT c.case_no, c.revision, c.kind, c.type_code FROM cases."case" c
    WHERE c.stage = 'reported' AND c.source = 'hotline' ORDER BY c.id DESC LIMIT :many
""")


@dataclass(frozen=True, slots=True)
class Taken:
    """What calls took: the most statements of one, median CPU of the server and wall, the 95th hundredth."""

    statements: int
    cpu_ms: float
    wall_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API and the status that it must have."""

    method: str
    address: str
    body: bytes | None = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A server process that is asked, and the same application in this process for counting statements."""

    engine: Engine
    client: TestClient
    headers: dict[str, str]
    port: int
    pid: int


def measure() -> list[Figure]:
    """Figures of cases; server, database and who asks share the cores."""
    with drawn_city() as (engine, folder):
        add_a_million(engine, open_sessions(engine), with_words=True)
        return measure_on(engine, folder)


def measure_on(engine: Engine, folder: Path) -> list[Figure]:
    """The figures on a database that is filled."""
    client, headers = open_client(engine, folder), sign_in(engine, folder)
    with serving_process(engine.url.render_as_string(hide_password=False), folder) as (port, pid):
        asked = Asked(engine, client, headers, port, pid)
        figures = [*_creating(asked), *_lists(asked), *_details(asked), *_desks(asked), *_steps(asked)]
        figures += _mixed(engine, headers, port)
    return figures + _alarms(engine, folder)


def _taken(asked: Asked, calls: Sequence[Call]) -> Taken:
    """Make the calls one after the other: the first in this process for their statements, the rest of the
    server, which the first of those warms up."""
    connection = http.client.HTTPConnection("127.0.0.1", asked.port)
    times: list[tuple[float, float]] = []
    for call in calls[COUNTED:]:
        cpu, wall = cpu_s(asked.pid), perf_counter()
        send(connection, call.method, call.address, asked.headers, call.body, call.status)
        times.append(((cpu_s(asked.pid) - cpu) * 1000, (perf_counter() - wall) * 1000))
    connection.close()
    cpus, walls = zip(*times[1:], strict=True)
    most = max(_statements(asked, call) for call in calls[:COUNTED])
    return Taken(most, float(np.median(cpus)), float(np.median(walls)), float(np.percentile(walls, 95)))


def _statements(asked: Asked, call: Call) -> int:
    heard: list[int] = []

    def hear(*_told: object) -> None:
        heard.append(1)

    event.listen(asked.engine, "before_cursor_execute", hear)
    asked.client.request(
        call.method, call.address, content=call.body, headers={"Content-Type": "application/json"}
    ).raise_for_status()
    event.remove(asked.engine, "before_cursor_execute", hear)
    return len(heard)


def _creating(asked: Asked) -> list[Figure]:
    calls = [Call("POST", "/api/v1/reports", json.dumps(report_of(n)).encode(), 201) for n in range(CREATED)]
    taken = _taken(asked, calls)
    return [
        Figure("cases", "create: statements", taken.statements, "", 12, peer=SIGNALEN, peer_value=45),
        Figure("cases", "create: CPU of the server", taken.cpu_ms, "ms", 12, peer=SIGNALEN, peer_value=69),
        Figure("cases", "create: wall", taken.wall_ms, "ms"),
    ]


def _lists(asked: Asked) -> list[Figure]:
    found = {query: _taken(asked, [Call("GET", f"/api/v1/cases?{query}")] * LOOKED) for query in LISTS}
    slowest = max(found, key=lambda query: found[query].p95_ms)
    name = f"list of 50: p95 of the slowest ({unquote(slowest)})"
    return [
        Figure(
            "cases", f"list of 50 under {len(LISTS)} filters: statements, the most",
            max(one.statements for one in found.values()), "", 6, peer=SIGNALEN, peer_value=268,
        ),
        Figure(
            "cases", "list of 50: CPU of the server, the most",
            max(one.cpu_ms for one in found.values()), "ms", 20, peer=SIGNALEN, peer_value=509,
        ),
        Figure("cases", name, found[slowest].p95_ms, "ms", 60),
        Figure("cases", "list of 50: median of all filters", _median(found.values()), "ms"),
    ]  # fmt: skip


def _median(taken: Iterable[Taken]) -> float:
    return float(np.median([one.wall_ms for one in taken]))


def _details(asked: Asked) -> list[Figure]:
    with asked.engine.connect() as connection:
        numbers = connection.execute(NUMBERS, {"many": STEPS}).scalars().all()
    taken = _taken(asked, [Call("GET", f"/api/v1/cases/{no}") for no in numbers])
    page = _taken(asked, [Call("GET", f"/cases/{no}") for no in numbers])
    return [
        Figure("cases", "detail: statements", taken.statements, "", 8, peer=SIGNALEN, peer_value=22),
        Figure("cases", "detail: CPU of the server", taken.cpu_ms, "ms", 10, peer=SIGNALEN, peer_value=54),
        Figure("cases", "detail: wall", taken.wall_ms, "ms"),
        Figure("cases", "detail as a page: statements", page.statements, ""),
        Figure("cases", "detail as a page: CPU of the server", page.cpu_ms, "ms"),
    ]


def _desks(asked: Asked) -> list[Figure]:
    """A desk with its list and the counts of all its parts, and the counts alone."""
    taken = [_taken(asked, [Call("GET", desk)] * LOOKED) for desk in DESKS]
    counts = [_counts_ms(asked.engine) for _ in range(LOOKED)]
    return [
        Figure("cases", "counts of a desk", float(np.median(counts)), "ms", 30),
        Figure("cases", "a desk, list and counts: the slowest", max(t.wall_ms for t in taken), "ms"),
        Figure("cases", "a desk: statements", max(t.statements for t in taken), ""),
    ]


def _counts_ms(engine: Engine) -> float:
    with open_sessions(engine)() as session:
        started = perf_counter()
        count_stages(session, CaseFilter(), at=SystemClock().now())
        return (perf_counter() - started) * 1000


def _steps(asked: Asked) -> list[Figure]:
    with asked.engine.connect() as connection:
        rows = connection.execute(REPORTED, {"many": STEPS}).all()
    calls = [_decline(row.case_no, row.revision) for row in rows]
    taken = _taken(asked, calls)
    return [
        Figure("cases", "step of a case", taken.wall_ms, "ms", 15),
        Figure("cases", "step of a case: CPU of the server", taken.cpu_ms, "ms"),
        Figure("cases", "step of a case: statements", taken.statements, ""),
    ]


def _alarms(engine: Engine, folder: Path) -> list[Figure]:
    """What a sweep costs that finds nothing, and after how long the last of a burst is told of."""
    sessions, cases = open_sessions(engine), bench_wiring(engine, folder).cases
    alarms = Alarms(sessions, SystemClock(), cases.teller)
    while alarms.sweep():
        pass
    idle = [_ms(alarms.sweep) for _ in range(LOOKED)]
    with sessions.begin() as session:
        due = session.execute(DUE_NOW, {"many": BURST}).rowcount  # type: ignore[attr-defined]
    burst_s = _ms(alarms.sweep) / 1000
    return [
        Figure("cases", "sweep of alarms that finds nothing", float(np.median(idle)), "ms"),
        Figure("cases", f"{due} cases due at once, the last is told of", burst_s + SWEPT_EVERY_S, "s", 5),
    ]


def _ms(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return (perf_counter() - started) * 1000


def _decline(case_no: str, revision: int) -> Call:
    wish = {"revision": revision, "reason_code": "resolved"}
    return Call("POST", f"/api/v1/cases/{case_no}/decline", json.dumps(wish).encode())


def _mixed(engine: Engine, headers: dict[str, str], port: int) -> list[Figure]:
    """Of ten calls five are lists, three details, one a report and one a step."""
    with engine.connect() as connection:
        numbers = connection.execute(NUMBERS, {"many": 500}).scalars().all()
        rows = connection.execute(REPORTED, {"many": 400}).all()
    waiting = iter(rows)
    turns = count()

    def call_of(n: int) -> Call:
        kind = n % 10
        row = next(waiting, None) if kind == 9 else None
        if kind < 5:
            return Call("GET", f"/api/v1/cases?{LISTS[next(turns) % 8]}")
        if kind == 8:
            return Call("POST", "/api/v1/reports", json.dumps(report_of(n)).encode(), 201)
        if row is not None:
            return _decline(row.case_no, row.revision)
        return Call("GET", f"/api/v1/cases/{numbers[n % len(numbers)]}")

    def ask(connection: http.client.HTTPConnection, n: int) -> None:
        call = call_of(n)
        send(connection, call.method, call.address, headers, call.body, call.status)

    load = run_load(CLIENTS, MIXED, port, ask)
    return [
        Figure("cases", "mixed, 4 clients, no error", load.rate, "/s", 120, better="more"),
        Figure("cases", "mixed: p95", load.p95_ms, "ms"),
    ]
