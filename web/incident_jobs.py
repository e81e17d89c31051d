"""The sweep of reports that are owed on the queue's timetable, and what is destroyed after incidents."""

from collections.abc import Callable
from datetime import datetime, timedelta

from emergency.incidents.store import destroy_callers
from gis_core.db import Sessions
from gis_core.jobs import PROMPT, Jobs

EVERY_FOUR_SECONDS = "* * * * * */4"
"""The sixth field is that of seconds: nobody hears of a deadline later than five seconds after it."""
CALLERS_KEPT = timedelta(days=30)
"""How long names of callers stay after an incident is settled (assumed; law, article 85)."""


def register_incidents(jobs: Jobs, sweep: Callable[[], object]) -> None:
    """Hang the sweep on the timetable, among jobs that cannot wait."""

    @jobs.periodic(cron=EVERY_FOUR_SECONDS)
    @jobs.task(queue=PROMPT, queueing_lock="escalate_reports", name="emergency.escalate_reports")
    def escalate_reports(timestamp: int) -> None:
        sweep()


def forget_callers(sessions: Sessions, at: datetime) -> None:
    """The hourly chore: names and numbers of callers go, what they said stays."""
    with sessions.begin() as session:
        destroy_callers(session, at - CALLERS_KEPT)
