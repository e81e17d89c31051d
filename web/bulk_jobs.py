"""The worker's part of steps for many cases: in turns, so that no small run waits for a large one."""

from collections.abc import Callable
from dataclasses import dataclass

from cases.bulk.operations import WORK, BulkActs
from cases.bulk.reading import list_open
from gis_core.clock import Clock
from gis_core.db import Sessions
from gis_core.jobs import JobContext, Jobs


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class BulkJobs:
    """What a worker does for many cases; the operations are opened when there is something to do."""

    sessions: Sessions
    open_acts: Callable[[], BulkActs]
    clock: Clock

    def register(self, jobs: Jobs) -> None:
        """Make the job known; every minute it takes up what a worker that died left behind."""

        @jobs.periodic(cron="* * * * *", periodic_id="take_up_bulk")
        @jobs.task(name=WORK, pass_context=True, retry=3)
        def work(context: JobContext, timestamp: int = 0) -> None:
            self.work(context.should_abort)

    def work(self, is_asked_to_stop: Callable[[], bool] = _never) -> None:
        """Try and take steps, half a second of each run in turn, until nothing is open or the worker stops.

        Two workers never move the same case: each holds the case's line while it does.
        """
        with self.sessions() as session:
            if not list_open(session):
                return
        acts = self.open_acts()
        while (waiting := acts.list_open()) and not is_asked_to_stop():
            for run in waiting:
                acts.go_on(run, self.clock.now)
