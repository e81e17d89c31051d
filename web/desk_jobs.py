"""What the worker does for desks: steps for many cases, and the removal of what is kept for a time only."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from cases.bulk.operations import sweep as sweep_bulk
from cases.operations import Cases
from gis_core.clock import Clock
from gis_core.db import Sessions
from gis_core.jobs import Jobs
from web.accounts.desk_views import sweep as sweep_views
from web.bulk_jobs import BulkJobs
from web.bulk_work import bulk_acts_of


def register_desks(
    jobs: Jobs, sessions: Sessions, open_cases: Callable[[], Cases], clock: Clock
) -> Callable[[datetime], None]:
    """Make the jobs of desks known; answers the hourly chore of sweeping up after them."""
    open_acts = cache(lambda: bulk_acts_of(sessions, open_cases()))
    BulkJobs(sessions, open_acts, clock).register(jobs)

    def sweep(at: datetime) -> None:
        for sweep_one in (sweep_views, sweep_bulk):
            with sessions.begin() as session:
                sweep_one(session, at)

    return sweep
