"""The worker's part of files of lists: in turns, so that no small file waits for a large one."""

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass
from time import perf_counter

from sqlalchemy.exc import DBAPIError

from cases.exports import store
from cases.exports.reading import Export, list_open
from gis_core.clock import Clock
from gis_core.db import Sessions
from gis_core.jobs import JobContext, Jobs
from web.export_work import WORK, ExportDesk

log = logging.getLogger(__name__)

TURN_S = 0.5


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ExportJobs:
    """What a worker does for files of lists."""

    sessions: Sessions
    open_desk: Callable[[], ExportDesk]
    clock: Clock

    def register(self, jobs: Jobs) -> None:
        """Make the job known; every minute it takes up what a worker that died left behind."""

        @jobs.periodic(cron="* * * * *", periodic_id="take_up_exports")
        @jobs.task(name=WORK, pass_context=True, retry=3)
        def work(context: JobContext, timestamp: int = 0) -> None:
            self.work(context.should_abort)

    def work(self, is_asked_to_stop: Callable[[], bool] = _never) -> None:
        """Write all files that are waiting, half a second of each in turn, until none is left."""
        with self.sessions() as session:
            if not list_open(session):
                return
        desk = self.open_desk()
        running: dict[int, tuple[Export, Generator[int]]] = {}
        try:
            while not is_asked_to_stop() and (self._claim(desk, running) or running):
                for export, rows in list(running.values()):
                    if not self._turn(desk, export, rows):
                        running.pop(export.id)[1].close()
        finally:
            for _, rows in running.values():
                rows.close()

    def _claim(self, desk: ExportDesk, running: dict[int, tuple[Export, Generator[int]]]) -> bool:
        """Take up what nobody is at; whether there was something."""
        at, is_new = self.clock.now(), False
        with desk.sessions.begin() as session:
            for export in list_open(session):
                if export.id not in running and store.claim(session, export.id, at):
                    running[export.id] = (export, desk.write(export, at))
                    is_new = True
        return is_new

    def _turn(self, desk: ExportDesk, export: Export, rows: Generator[int]) -> bool:
        """Write some rows; False when there will be no further turn. One bad file keeps no other waiting."""
        started, n = perf_counter(), 0
        try:
            for n in rows:  # noqa: B007  # the last one is what is told
                if perf_counter() - started > TURN_S:
                    break
            else:
                self._end(desk, export, "done", desk.path(export).stat().st_size)
                return False
            with desk.sessions.begin() as session:
                is_wanted = store.note_progress(session, export.id, n, self.clock.now())
        except DBAPIError:
            raise
        except Exception:
            log.exception("list %s cannot be written", export.id)
            self._end(desk, export, "broken", None)
            is_wanted = False
        if not is_wanted:
            rows.close()
            desk.remove(export)
        return is_wanted

    def _end(self, desk: ExportDesk, export: Export, status: str, size_bytes: int | None) -> None:
        with desk.sessions.begin() as session:
            store.end(session, export.id, status, self.clock.now(), size_bytes=size_bytes)
