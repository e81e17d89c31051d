"""The sweep of reports that are owed on the queue's timetable, and what is destroyed after incidents."""

from collections.abc import Callable
from datetime import datetime

from cases.privacy_rules import load_retention
from emergency.record.operations import destroy_personal_data
from gis_core.clock import city_time
from gis_core.db import Sessions
from gis_core.jobs import PROMPT, Jobs
from grid.city import City

EVERY_FOUR_SECONDS = "* * * * * */4"
"""The sixth field is that of seconds: nobody hears of a deadline later than five seconds after it."""


def register_incidents(jobs: Jobs, sweep: Callable[[], object]) -> None:
    """Hang the sweep on the timetable, among jobs that cannot wait."""

    @jobs.periodic(cron=EVERY_FOUR_SECONDS)
    @jobs.task(queue=PROMPT, queueing_lock="escalate_reports", name="emergency.escalate_reports")
    def escalate_reports(timestamp: int) -> None:
        sweep()


def forget_callers(sessions: Sessions, city: City, at: datetime) -> None:
    """The hourly chore: what names callers goes by the city's rule, and is logged; what they said stays."""
    rules = load_retention(city)
    days = rules.days_on(city_time(at).date())["incident_callers"]
    destroy_personal_data(sessions, at=at, days=days, rule_version=rules.version)
