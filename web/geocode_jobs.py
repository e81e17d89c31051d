"""The worker's part of files of addresses: answered in turns, so that no small one waits for a large."""

import fcntl
import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from gis_core.clock import Clock
from gis_core.errors import CitygridError
from gis_core.jobs import JobContext, Jobs
from grid.geocode_batches.answering import Run, answer_file
from grid.geocode_batches.operations import WORK, Batches
from grid.geocode_batches.reading import Batch
from grid.geocoding import CityGeocoder

log = logging.getLogger(__name__)

Asked = Callable[[], bool]


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class GeocodeJobs:
    """What a worker does for files of addresses; the geocoder is opened when there is something to do."""

    batches: Batches
    clock: Clock
    open_geocoder: Callable[[], CityGeocoder]

    def register(self, jobs: Jobs) -> None:
        """Make the job known; every minute it takes up what a worker that died left behind."""

        @jobs.periodic(cron="* * * * *", periodic_id="take_up")
        @jobs.task(name=WORK, pass_context=True, retry=3)
        def work(context: JobContext, timestamp: int = 0) -> None:
            self.work(context.should_abort)

    def work(self, is_asked_to_stop: Asked = _never) -> None:
        """Answer all that is open, half a second of each in turn, until nothing is or the worker stops.

        Only one process does so at a time; a second one goes away at once.
        """
        with self._alone() as is_ours:
            if not is_ours:
                return
            runs: dict[int, Generator[Run]] = {}
            try:
                while (waiting := self.batches.list_open()) and not is_asked_to_stop():
                    for batch in waiting:
                        self._go_on(batch, runs)
            finally:
                for run in runs.values():
                    run.close()

    def _go_on(self, batch: Batch, runs: dict[int, Generator[Run]]) -> None:
        """One turn of one batch."""
        if batch.id not in runs:
            runs[batch.id] = answer_file(self.open_geocoder(), self.batches.order(batch))
        if not self._turn(batch.id, runs[batch.id]):
            runs.pop(batch.id).close()

    def _turn(self, batch_id: int, run: Generator[Run]) -> bool:
        """Answer some rows; False when there will be no further turn. One bad file keeps no other waiting."""
        try:
            return self.batches.note(batch_id, next(run), self.clock.now())
        except DBAPIError:
            raise
        except CitygridError as refusal:
            log.info("batch %s is refused: %s", batch_id, refusal.code)
            self.batches.refuse(batch_id, refusal.code, refusal.message, self.clock.now())
        except Exception:
            log.exception("batch %s cannot be answered", batch_id)
            message = "定位时系统出错了，这不是您的操作造成的。请告诉系统管理员。"
            self.batches.refuse(batch_id, "bug", message, self.clock.now())
        return False

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether this process is the one that answers; the kernel lets go when it dies."""
        self.batches.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.batches.home / "working").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True
