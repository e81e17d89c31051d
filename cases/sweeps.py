"""What has to be done though nobody asks: lights that change with the clock, photos that nothing names.

A light is computed whenever it is looked at, so that nothing is lost while no worker runs; the sweep only
tells live viewers (channel `case_light`, payload case number) to draw again. Alarms are set off every four
seconds, so that none is told later than five.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cases import store
from cases.photos import PhotoStore
from cases.reading import list_turned, list_unknown_photos
from gis_core.clock import Clock
from gis_core.db import Sessions
from gis_core.jobs import PROMPT, Jobs
from grid.register.reviews import list_evidence

SWEEP_WINDOW = timedelta(minutes=2)
"""Twice the time between sweeps: a viewer may be told twice, and is never not told."""
ALARMS_CRON = "* * * * * */4"
"""Every four seconds: the sixth field is that of seconds."""
ABANDONED_AFTER = timedelta(hours=24)
FOLDERS = 256

Chore = Callable[[datetime], object]


def _nothing(at: datetime) -> None:
    """No cases to resume: a worker that only sweeps up."""


def _no_alarms() -> None:
    """No clocks to watch."""


def _unnamed(session: Session, sha256s: Sequence[str]) -> set[str]:
    """No other package keeps pictures."""
    return {*sha256s}


@dataclass(frozen=True, slots=True)
class Sweeps:
    """The sweeps of one worker; `resume` is `Cases.resume_due`, `set_off_alarms` that of `Alarms`.

    `chores` are those of other packages, `list_unnamed` tells which pictures no other package names either.
    """

    sessions: Sessions
    clock: Clock
    photos: PhotoStore
    resume: Chore = _nothing
    set_off_alarms: Callable[[], object] = _no_alarms
    chores: tuple[Chore, ...] = ()
    list_unnamed: Callable[[Session, Sequence[str]], set[str]] = _unnamed

    def register(self, jobs: Jobs) -> None:
        """Hang the sweeps on the queue's timetable: alarms every 4 s, lights every minute, others hourly."""

        @jobs.periodic(cron="* * * * *")
        @jobs.task(queueing_lock="sweep_lights", name="cases.sweep_lights")
        def sweep_lights(timestamp: int) -> None:
            self.sweep_lights()

        @jobs.periodic(cron=ALARMS_CRON)
        @jobs.task(queue=PROMPT, queueing_lock="set_off_alarms", name="cases.set_off_alarms")
        def set_off_alarms(timestamp: int) -> None:
            self.set_off_alarms()

        @jobs.periodic(cron="* * * * *")
        @jobs.task(queueing_lock="resume_suspended", name="cases.resume_suspended")
        def resume_suspended(timestamp: int) -> None:
            self.resume(self.clock.now())

        @jobs.periodic(cron="17 * * * *")
        @jobs.task(queueing_lock="sweep_up", name="cases.sweep_up")
        def sweep_up(timestamp: int) -> None:
            self.sweep_up()

    def sweep_lights(self) -> int:
        """Tell live viewers of the cases whose light changed lately; answers how many."""
        until = self.clock.now()
        with self.sessions.begin() as session:
            turned = list_turned(session, since=until - SWEEP_WINDOW, until=until)
            store.tell_lights(session, turned)
        return len(turned)

    def sweep_up(self) -> None:
        """Remove photos that no case names after a day, and do the chores of others."""
        now = self.clock.now()
        for folder in range(now.hour, FOLDERS, 24):
            self._sweep_photos(folder, now - ABANDONED_AFTER)
        for chore in self.chores:
            chore(now)

    def _sweep_photos(self, folder: int, before: datetime) -> None:
        """One folder; the hours of a day go through all of them."""
        old = [*self.photos.list_older(before, folder=folder)]
        with self.sessions() as session:
            unknown = list_unknown_photos(session, old) if old else set()
            unknown -= list_evidence(session, sorted(unknown)) if unknown else set()
            unknown = self.list_unnamed(session, sorted(unknown)) if unknown else set()
        for sha256 in unknown:
            self.photos.remove(sha256)
