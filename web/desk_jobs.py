"""What the worker does for desks: steps for many cases, files of lists, removal after their time."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

from cases.bulk.operations import sweep as sweep_bulk
from cases.operations import Cases
from gis_core.clock import Clock
from gis_core.db import Sessions
from gis_core.jobs import Jobs
from web.accounts.desk_views import sweep as sweep_views
from web.bulk_jobs import BulkJobs
from web.bulk_work import bulk_acts_of
from web.export_jobs import ExportJobs
from web.export_work import HOME, ExportDesk, sweep_files
from web.words import Words


def register_desks(
    jobs: Jobs, sessions: Sessions, open_cases: Callable[[], Cases], home: Path, clock: Clock
) -> Callable[[datetime], None]:
    """Make the jobs of desks known; answers the hourly chore of sweeping up after them."""
    open_acts = cache(lambda: bulk_acts_of(sessions, open_cases()))
    BulkJobs(sessions, open_acts, clock).register(jobs)
    home_of_exports = home / HOME
    open_desk = cache(lambda: ExportDesk(sessions, home_of_exports, open_cases().catalogue, Words.load()))
    ExportJobs(sessions, open_desk, clock).register(jobs)

    def sweep(at: datetime) -> None:
        for sweep_one in (sweep_views, sweep_bulk):
            with sessions.begin() as session:
                sweep_one(session, at)
        sweep_files(sessions, home_of_exports, at)

    return sweep
