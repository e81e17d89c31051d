"""The sweep after warnings on the queue's timetable, and the reading of feeds."""

from collections.abc import Callable

from gis_core.jobs import PROMPT, Jobs
from web.incident_jobs import EVERY_FOUR_SECONDS

EVERY_QUARTER_MINUTE = "* * * * * */15"
"""The sixth field is that of seconds."""


def register_warnings(jobs: Jobs, sweep: Callable[[], object]) -> None:
    """Hang the sweep on the timetable, among jobs that cannot wait."""

    @jobs.periodic(cron=EVERY_FOUR_SECONDS)
    @jobs.task(queue=PROMPT, queueing_lock="follow_up_warnings", name="emergency.follow_up_warnings")
    def follow_up_warnings(timestamp: int) -> None:
        sweep()


def register_feeds(jobs: Jobs, sweep: Callable[[], object]) -> None:
    """Hang the reading of feeds on the timetable; a slow one keeps nothing prompt waiting."""

    @jobs.periodic(cron=EVERY_QUARTER_MINUTE)
    @jobs.task(queueing_lock="read_warning_feeds", name="emergency.read_warning_feeds")
    def read_warning_feeds(timestamp: int) -> None:
        sweep()
