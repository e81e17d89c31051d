"""Long work of desks at a million cases: a step for 50,000 of them, files of all of them; for the record.

It takes some twenty minutes beside the filling, so it is a group of its own: `script/bench long`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from time import perf_counter, sleep
from uuid import uuid4

from sqlalchemy import Engine, text

from cases.bulk.operations import MOST_CASES, BulkActs
from cases.bulk.reading import get_run
from cases.exports.reading import Export
from cases.filtering import CaseFilter
from cases.rules.deciding import Asking
from gis_core.clock import SystemClock
from gis_core.db import open_sessions
from tests.bench.evaluation import add_a_million
from tests.bench.figures import Figure
from tests.bench.web import bench_wiring, drawn_city
from web.bulk_work import bulk_acts_of
from web.export_work import ExportDesk

TAKEN = 500
"""How many of the steps that can be taken are; the rest would take as long each."""
SAMPLED_S = 0.05
SINCE = text('SELECT reported_at FROM cases."case" ORDER BY reported_at DESC OFFSET :many LIMIT 1')
LEADER = text("SELECT id, name FROM accounts.person WHERE 'leader' = ANY(roles) ORDER BY id LIMIT 1")


def measure() -> list[Figure]:
    """Figures of long work; database and worker share the cores."""
    with drawn_city() as (engine, folder):
        add_a_million(engine, open_sessions(engine), with_words=True)
        return measure_on(engine, folder)


def measure_on(engine: Engine, folder: Path) -> list[Figure]:
    """The figures on a database that is filled."""
    wiring = bench_wiring(engine, folder)
    acts = bulk_acts_of(wiring.sessions, wiring.cases)
    desk = ExportDesk(wiring.sessions, folder / "exports", wiring.catalogue, wiring.words)
    return [*_bulk(engine, acts), *_file(desk, "xlsx"), *_file(desk, "csv"), *_file(desk, "geojson")]


def _bulk(engine: Engine, acts: BulkActs) -> list[Figure]:
    """Choosing 50,000 cases, trying a step for all of them, taking it for some."""
    clock = SystemClock()
    with engine.connect() as connection:
        since = connection.execute(SINCE, {"many": MOST_CASES - 1}).scalar_one()
        person_id, name = connection.execute(LEADER).one()
    asking = Asking(at=clock.now(), person_id=person_id, name=name, role="leader")
    with _timed() as chosen:
        run_id = acts.choose(
            uuid4(), asking, CaseFilter(reported_from=since), [], roles=("leader",), back="/"
        )
    acts.ask(run_id, asking, "urge", {"text": "请尽快办理。", "revision": 1})
    with acts.sessions() as session:
        run = get_run(session, run_id, person_id)
    with _heaviest() as grown, _timed() as tried:
        rows = sum(acts.check(run, clock.now()))
    acts.start(run_id, asking)
    with _timed() as taken:
        many = sum(islice(acts.take(run, clock.now), TAKEN))
    return [
        _figure(f"choosing {rows:,} cases", chosen[0], "s"),
        _figure(f"trying a step for {rows:,} cases", tried[0], "s"),
        _figure("… memory grown by", grown[0], "MB"),
        _figure(
            f"taking it, each in its own transaction ({many} of them)", taken[0] / many * 1000, "ms each"
        ),
    ]


def _file(desk: ExportDesk, form: str) -> list[Figure]:
    """A file of all cases."""
    at = SystemClock().now()
    export = Export(
        id=len(form), by_person_id=1, title="全部案件", form=form, language="zh", query="tab=all",
        status="running", rows=0, rows_done=0, size_bytes=None, at=at, ended_at=None,
    )  # fmt: skip
    with _heaviest() as grown, _timed() as taken:
        rows = max(desk.write(export, at))
    size = desk.path(export).stat().st_size / 1e6
    desk.remove(export)
    return [
        _figure(f"{form.upper()} of {rows:,} cases ({size:,.0f} MB)", taken[0], "s"),
        _figure("… memory grown by", grown[0], "MB"),
    ]


@contextmanager
def _timed() -> Iterator[list[float]]:
    took, began = [0.0], perf_counter()
    yield took
    took[0] = perf_counter() - began


@contextmanager
def _heaviest() -> Iterator[list[float]]:
    """By how many MB this process grew at most meanwhile."""
    grown, began, is_over = [0.0], _resident_mb(), threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            grown[0] = max(grown[0], _resident_mb() - began)
            sleep(SAMPLED_S)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield grown
    finally:
        is_over.set()
        watcher.join()


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1e6


def _figure(name: str, value: float, unit: str) -> Figure:
    return Figure("long work of desks", name, value, unit)
