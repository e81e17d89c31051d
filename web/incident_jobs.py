"""Sweeps of emergencies on the queue's timetable: reports that are owed, alarms; what goes after its time."""

from collections.abc import Callable
from datetime import datetime, timedelta

from cases.privacy_rules import load_retention
from emergency.measurement_rules import load_measurement_rules
from emergency.measurements.operations import WATCH
from emergency.measurements.store import forget_readings
from emergency.record.destroying import destroy_personal_data
from emergency.rules.record.destroying import rules_of
from gis_core.clock import city_time
from gis_core.db import Sessions
from gis_core.jobs import PROMPT, Jobs
from grid.city import City

EVERY_FOUR_SECONDS = "* * * * * */4"
"""The sixth field is that of seconds: nobody hears of a deadline later than five seconds after it."""
EVERY_TEN_MINUTES = "*/10 * * * *"


def register_incidents(jobs: Jobs, sweep: Callable[[], object]) -> None:
    """Hang the sweep on the timetable, among jobs that cannot wait."""

    @jobs.periodic(cron=EVERY_FOUR_SECONDS)
    @jobs.task(queue=PROMPT, queueing_lock="escalate_reports", name="emergency.escalate_reports")
    def escalate_reports(timestamp: int) -> None:
        sweep()


def register_watch(jobs: Jobs, sweep: Callable[[], object]) -> None:
    """Hang the look for alarms on the timetable; readings that come in wake it beside that."""

    @jobs.task(queue=PROMPT, name=WATCH)
    def watch() -> None:
        sweep()

    @jobs.periodic(cron=EVERY_FOUR_SECONDS)
    @jobs.task(queue=PROMPT, queueing_lock="watch_gauges", name="emergency.watch_by_time")
    def watch_by_time(timestamp: int) -> None:
        sweep()


def register_sample(jobs: Jobs, go_on: Callable[[], object]) -> None:
    """Let the gauges of a demonstration go on speaking; cities without sample instruments notice nothing."""

    @jobs.periodic(cron=EVERY_TEN_MINUTES)
    @jobs.task(queueing_lock="sample_readings", name="emergency.sample_readings")
    def sample_readings(timestamp: int) -> None:
        go_on()


def forget_old_readings(sessions: Sessions, city: City, at: datetime) -> None:
    """The hourly chore: readings go when the city's time for them is over."""
    days = load_measurement_rules(city).keep.value_on(city_time(at).date())
    with sessions.begin() as session:
        forget_readings(session, at - timedelta(days=days))


def destroy_old_personal_data(sessions: Sessions, city: City, at: datetime) -> None:
    """The hourly chore: personal data of responses go by the city's rules, each kind logged."""
    retention = load_retention(city)
    rules = rules_of(retention.days_on(city_time(at).date()), retention.version)
    destroy_personal_data(sessions, rules, at=at)
