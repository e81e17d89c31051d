"""Cases at a million: creating, lists under every filter, detail, counts of desks, steps, all mixed.

Beside them stand figures of Signalen 2.50, measured on this size of machine at 20,000 cases.
"""

import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import perf_counter, process_time
from urllib.parse import quote
from uuid import uuid4

import numpy as np
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event, text

from gis_core.db import open_sessions
from tests.bench.evaluation import add_a_million
from tests.bench.figures import Figure
from tests.bench.web import Desk, drawn_city, open_client, report_of, send, sign_in
from tests.bench.web_load import run_load, serving

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
DESKS = ("/desk/operator", "/desk/operator?tab=all", "/desk/operator?tab=finished")
SIGNALEN = "Signalen 2.50 at 20,000"
NUMBERS = text('SELECT case_no FROM cases."case" WHERE closed_at IS NULL ORDER BY id DESC LIMIT :many')
REPORTED = text("""
    SELECT c.case_no, c.revision, c.kind, c.type_code FROM cases."case" c
    WHERE c.stage = 'reported' AND c.source = 'hotline' ORDER BY c.id DESC LIMIT :many
""")


@dataclass(frozen=True, slots=True)
class Taken:
    """What calls took: the most statements of one, median CPU and wall of each, and the 95th hundredth."""

    statements: int
    cpu_ms: float
    wall_ms: float
    p95_ms: float


def measure() -> list[Figure]:
    """Figures of cases; the database shares the cores with who asks."""
    with drawn_city() as (engine, folder):
        add_a_million(engine, open_sessions(engine), with_words=True)
        client = open_client(engine, folder)
        figures = [*_creating(engine, client), *_lists(engine, client), *_details(engine, client)]
        figures += [*_desks(engine, client), *_steps(engine, client)]
        with serving(engine.url.render_as_string(hide_password=False), folder) as port:
            figures += _mixed(engine, folder, port)
        return figures


def _taken(engine: Engine, calls: Iterator[Callable[[], object]]) -> Taken:
    """Make the calls one after the other; the first one warms up."""
    heard: list[int] = []
    times: list[tuple[int, float, float]] = []

    def hear(*_told: object) -> None:
        heard.append(1)

    event.listen(engine, "before_cursor_execute", hear)
    next(calls)()
    for call in calls:
        heard.clear()
        cpu, wall = process_time(), perf_counter()
        call()
        times.append((len(heard), (process_time() - cpu) * 1000, (perf_counter() - wall) * 1000))
    event.remove(engine, "before_cursor_execute", hear)
    statements, cpus, walls = zip(*times, strict=True)
    return Taken(
        max(statements), float(np.median(cpus)), float(np.median(walls)), float(np.percentile(walls, 95))
    )


def _creating(engine: Engine, client: TestClient) -> list[Figure]:
    def create(n: int) -> None:
        client.post("/api/v1/reports", json=report_of(n)).raise_for_status()

    taken = _taken(engine, ((lambda n=n: create(n)) for n in range(CREATED)))
    return [
        Figure("cases", "create: statements", taken.statements, "", 12, peer=SIGNALEN, peer_value=45),
        Figure("cases", "create: CPU", taken.cpu_ms, "ms", 12, peer=SIGNALEN, peer_value=69),
    ]


def _lists(engine: Engine, client: TestClient) -> list[Figure]:
    def look(query: str) -> None:
        client.get(f"/api/v1/cases?{query}").raise_for_status()

    found = {query: _taken(engine, ((lambda q=query: look(q)) for _ in range(LOOKED))) for query in LISTS}
    slowest = max(found, key=lambda query: found[query].p95_ms)
    return [
        Figure(
            "cases", f"list of 50 under {len(LISTS)} filters: statements, the most",
            max(one.statements for one in found.values()), "", 6, peer=SIGNALEN, peer_value=268,
        ),
        Figure(
            "cases", "list of 50: CPU, the most",
            max(one.cpu_ms for one in found.values()), "ms", 20, peer=SIGNALEN, peer_value=509,
        ),
        Figure("cases", f"list of 50: p95 of the slowest ({slowest})", found[slowest].p95_ms, "ms", 60),
        Figure("cases", "list of 50: median of all filters", _median(found.values()), "ms"),
    ]  # fmt: skip


def _median(taken: object) -> float:
    return float(np.median([one.wall_ms for one in taken]))  # type: ignore[attr-defined]  # values of a dict


def _details(engine: Engine, client: TestClient) -> list[Figure]:
    with engine.connect() as connection:
        numbers = connection.execute(NUMBERS, {"many": STEPS}).scalars().all()

    def look(case_no: str) -> None:
        client.get(f"/api/v1/cases/{case_no}").raise_for_status()

    taken = _taken(engine, ((lambda no=no: look(no)) for no in numbers))
    page = _taken(engine, ((lambda no=no: client.get(f"/cases/{no}").raise_for_status()) for no in numbers))
    return [
        Figure("cases", "detail: statements", taken.statements, "", 8, peer=SIGNALEN, peer_value=22),
        Figure("cases", "detail: CPU", taken.cpu_ms, "ms", 10, peer=SIGNALEN, peer_value=54),
        Figure("cases", "detail as a page: statements", page.statements, ""),
        Figure("cases", "detail as a page: CPU", page.cpu_ms, "ms"),
    ]


def _desks(engine: Engine, client: TestClient) -> list[Figure]:
    """A desk with its list and the counts of all its parts; counts alone are what is over the list."""
    taken = [
        _taken(engine, ((lambda d=desk: client.get(d).raise_for_status()) for _ in range(LOOKED)))
        for desk in DESKS
    ]
    counts = [_counts_ms(engine, client) for _ in range(LOOKED)]
    return [
        Figure("cases", "counts of a desk", float(np.median(counts)), "ms", 30),
        Figure("cases", "a desk, list and counts: the slowest", max(t.wall_ms for t in taken), "ms"),
        Figure("cases", "a desk: statements", max(t.statements for t in taken), ""),
    ]


def _counts_ms(engine: Engine, client: TestClient) -> float:
    from cases.filtering import CaseFilter
    from cases.reading import count_stages
    from gis_core.clock import SystemClock

    with open_sessions(engine)() as session:
        started = perf_counter()
        count_stages(session, CaseFilter(), at=SystemClock().now())
        return (perf_counter() - started) * 1000


def _steps(engine: Engine, client: TestClient) -> list[Figure]:
    with engine.connect() as connection:
        rows = connection.execute(REPORTED, {"many": STEPS}).all()

    def decline(case_no: str, revision: int) -> None:
        wish = {"revision": revision, "reason_code": "resolved"}
        client.post(f"/api/v1/cases/{case_no}/decline", json=wish).raise_for_status()

    taken = _taken(engine, ((lambda row=row: decline(row.case_no, row.revision)) for row in rows))
    return [
        Figure("cases", "step of a case", taken.wall_ms, "ms", 15),
        Figure("cases", "step of a case: statements", taken.statements, ""),
    ]


def _mixed(engine: Engine, folder: Path, port: int) -> list[Figure]:
    desk = Desk(port, sign_in(engine, folder))
    with engine.connect() as connection:
        numbers = connection.execute(NUMBERS, {"many": 500}).scalars().all()
        rows = connection.execute(REPORTED, {"many": 400}).all()
    waiting = iter(rows)
    turns = count()

    def ask(connection: http.client.HTTPConnection, n: int) -> None:
        kind = n % 10
        row = next(waiting, None) if kind == 9 else None
        if kind < 5:
            send(connection, "GET", f"/api/v1/cases?{LISTS[next(turns) % 8]}", desk.headers, None, 200)
        elif kind < 8 or (kind == 9 and row is None):
            send(connection, "GET", f"/api/v1/cases/{numbers[n % len(numbers)]}", desk.headers, None, 200)
        elif kind == 8:
            body = json.dumps(report_of(n) | {"client_id": str(uuid4())}).encode()
            send(connection, "POST", "/api/v1/reports", desk.headers, body, 201)
        else:
            body = json.dumps({"revision": row.revision, "reason_code": "resolved"}).encode()
            send(connection, "POST", f"/api/v1/cases/{row.case_no}/decline", desk.headers, body, 200)

    load = run_load(CLIENTS, MIXED, port, ask)
    return [
        Figure("cases", "mixed, 4 clients, no error", load.rate, "/s", 120, better="more"),
        Figure("cases", "mixed: p95", load.p95_ms, "ms"),
    ]
