"""The sweep of the field on the queue's timetable: who is astray, whose duty was forgotten."""

from collections.abc import Callable

from cases.notices.field import hearers_of, tell_field
from cases.notices.wording import NoticeBook
from gis_core.clock import Clock
from gis_core.jobs import PROMPT, Jobs
from grid.positions.operations import Movers
from grid.positions.rules.limits import Limits
from grid.positions.straying import end_forgotten, raise_strays
from web.field_words import place_words, said_of

EVERY_MINUTE = "* * * * *"


def register_field(jobs: Jobs, run: Callable[[], object]) -> None:
    """Hang the sweep on the timetable, once a minute, among jobs that cannot wait."""

    @jobs.periodic(cron=EVERY_MINUTE)
    @jobs.task(queue=PROMPT, queueing_lock="sweep_field", name="grid.sweep_field")
    def sweep_field_job(timestamp: int) -> None:
        run()


def sweep_field(movers: Movers, book: NoticeBook, clock: Clock) -> int:
    """End forgotten duty, raise alarms of those astray and tell duty chiefs; answers how many alarms."""
    at = clock.now()
    limits: Limits = movers.limits_at(at)
    with movers.sessions.begin() as session:
        end_forgotten(session, limits, at=at)
        strays = raise_strays(session, limits, at=at)
        for one in strays:
            occasion = f"astray_{one.fence}"
            values = said_of(
                one.name, place_words(movers.plane, one.point, one.unit_grid_code), since=one.since
            )
            tell_field(session, book, occasion, hearers_of(occasion), values, seq=one.id, at=at)
    return len(strays)
