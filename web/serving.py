"""One web process, and one worker, until they are asked to stop."""

import signal
import socket
import sys
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING

import uvicorn

from web.running import end_with_parent
from web.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cases.operations import Cases
    from cases.whose import Frame
    from emergency.sources.fetching import Fetching
    from gis_core.db import Sessions
    from gis_core.jobs import Jobs
    from grid.city import City
    from grid.geocoding import CityGeocoder
    from grid.rules.locating import Locator
    from web.live import Hub

GRACE_S = 3
"""How long requests that are being answered keep a stopping web process alive."""


class Server(uvicorn.Server):
    """Answers pages, and lets go of event streams before it waits for what else is being answered."""

    def __init__(self, config: uvicorn.Config, hub: "Hub") -> None:
        super().__init__(config)
        self._hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing new in, end what is open; streams would otherwise last until they are cut."""
        self._hub.end_streams()
        await super().shutdown(sockets)


def _end_in_order(*_: object) -> None:
    sys.exit(0)


def serve_pages(settings: Settings, *, listener_fd: int | None, until_closed_fd: int | None) -> None:
    """Answer pages until SIGTERM or Ctrl-C, on a socket handed down by `citygrid up` or on one of our own."""
    from web.app import create_app
    from web.wiring import build_wiring

    wiring = build_wiring(settings)
    config = uvicorn.Config(
        create_app(wiring),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    if until_closed_fd is not None:
        end_with_parent(until_closed_fd)
    sockets = None if listener_fd is None else [socket.socket(fileno=listener_fd)]
    signal.signal(signal.SIGTERM, _end_in_order)  # uvicorn raises it again when everything is answered
    Server(config, wiring.hub).run(sockets=sockets)


JOBS_AT_ONCE = 4
"""Long ones, as imports, runs of many cases and files of lists, leave room for the sweeps."""


def work(settings: Settings, *, until_closed_fd: int | None) -> None:
    """Work off the job queue until SIGTERM or Ctrl-C."""
    from cases.evaluation.operations import Counting
    from cases.notices.alarms import Alarms
    from cases.photos import PhotoStore
    from cases.sweeps import Sweeps
    from emergency.room.reading import list_unnamed
    from gis_core.clock import SystemClock
    from gis_core.crs import PlaneSystem
    from gis_core.db import open_engine, open_sessions
    from gis_core.jobs import open_jobs, run_worker, send_named
    from grid.city import City
    from grid.gazetteer.importing import PlaceImporting
    from grid.geocode_batches.operations import WORK, Batches
    from grid.register.importing import Importing
    from web.desk_jobs import register_desks
    from web.gazetteer_jobs import GazetteerJobs
    from web.gazetteer_work import UPLOADS as PLACE_UPLOADS
    from web.geocode_jobs import GeocodeJobs
    from web.geocode_work import HOME
    from web.notice_work import forget_old_notices, open_delivering
    from web.register_jobs import RegisterJobs
    from web.register_work import UPLOADS

    if until_closed_fd is not None:
        end_with_parent(until_closed_fd)
    engine, clock = open_engine(settings.database_url, pool_size=JOBS_AT_ONCE), SystemClock()
    try:
        jobs = open_jobs(settings.database_url)
        sessions = open_sessions(engine)
        batches = Batches(sessions, settings.home / HOME)
        city = City.load(settings.data_dir)
        open_cases = cache(lambda: _open_cases(settings, sessions, city))
        chores = (
            _register_field(jobs, sessions, city, open_cases),
            _tidying(sessions),
            batches.sweep,
            partial(forget_old_notices, sessions),
            _register_incidents(jobs, sessions, settings, city, open_cases),
            _register_watch(jobs, sessions, city, open_cases),
            register_desks(jobs, sessions, open_cases, settings.home, clock),
        )

        def set_off_alarms() -> None:
            Alarms(sessions, clock, open_cases().teller).sweep()

        photos, resume = PhotoStore(settings.photos), lambda at: open_cases().resume_due(at)
        Sweeps(sessions, clock, photos, resume, set_off_alarms, chores, list_unnamed).register(jobs)
        open_delivering(settings, sessions, clock, city).register(jobs)
        Counting(sessions).register(jobs, clock)
        plane = PlaneSystem(city.plane_crs)
        RegisterJobs(Importing(sessions, city, plane), clock, settings.home / UPLOADS).register(jobs)
        GazetteerJobs(PlaceImporting(sessions, city, plane), clock, settings.home / PLACE_UPLOADS).register(
            jobs
        )
        _register_retaining(jobs, sessions, settings, city)
        open_geocoder = cache(lambda: _open_geocoder(settings, engine, city))
        GeocodeJobs(batches, clock, open_geocoder).register(jobs)
        with sessions.begin() as session:  # what a worker that died left behind is taken up at once
            send_named(WORK, session)
        run_worker(jobs, concurrency=JOBS_AT_ONCE)
    finally:
        engine.dispose()


def _register_field(
    jobs: "Jobs", sessions: "Sessions", city: "City", open_cases: "Callable[[], Cases]"
) -> Callable[[datetime], None]:
    """The sweep of the field; answers the chore that makes partitions for positions, done now, too."""
    from gis_core.clock import SystemClock
    from gis_core.crs import PlaneSystem
    from grid.positions.operations import Movers
    from web.field_jobs import register_field, sweep_field

    clock = SystemClock()
    movers = Movers.of(sessions, city, PlaneSystem(city.plane_crs), _NoReports())
    movers.partitions.make_ahead(clock.now())
    register_field(jobs, lambda: sweep_field(movers, open_cases().teller.book, clock))
    return movers.partitions.make_ahead


def _register_incidents(
    jobs: "Jobs",
    sessions: "Sessions",
    settings: Settings,
    city: "City",
    open_cases: "Callable[[], Cases]",
) -> Callable[[datetime], None]:
    """The sweeps of reports that are owed and of warnings; answers the chore that destroys personal data."""
    from emergency.incident_data import load_incident_book
    from emergency.incidents.escalating import Escalating
    from gis_core.clock import SystemClock
    from web.incident_jobs import destroy_old_personal_data, register_incidents
    from web.wiring import NATION

    clock, book = SystemClock(), load_incident_book(city, NATION)
    register_incidents(jobs, lambda: Escalating(sessions, book, open_cases().teller.book).sweep(clock.now()))
    _register_warnings(jobs, sessions, settings, city, open_cases)
    return partial(destroy_old_personal_data, sessions, city)


def _register_warnings(
    jobs: "Jobs",
    sessions: "Sessions",
    settings: Settings,
    city: "City",
    open_cases: "Callable[[], Cases]",
) -> None:
    """The sweep after warnings, and the reading of feeds."""
    from functools import cache

    from emergency.warning_data import load_warning_rules
    from emergency.warnings.following_up import FollowingUp
    from gis_core.clock import SystemClock
    from web.notice_work import open_channels
    from web.warning_jobs import register_feeds, register_warnings

    clock, rules = SystemClock(), load_warning_rules(city)
    site = settings.site_url.rstrip("/")
    follow = cache(
        lambda: FollowingUp(sessions, rules, open_cases().teller.book, open_channels(settings).sms, site)
    )
    register_warnings(jobs, lambda: follow().sweep(clock.now()))
    fetch = cache(lambda: _open_fetching(settings, sessions, city, open_cases().frame))
    register_feeds(jobs, lambda: fetch().sweep(clock.now()))


def _open_fetching(settings: Settings, sessions: "Sessions", city: "City", frame: "Frame") -> "Fetching":
    """What reads feeds of warnings and takes in what is new."""
    from cases.rules.deciding import Asking
    from emergency.incident_data import load_incident_book
    from emergency.incidents.operations import Incidents
    from emergency.sources.fetching import Fetching
    from gis_core.crs import PlaneSystem
    from web.warning_work import open_getter
    from web.wiring import NATION, open_warnings

    book = load_incident_book(city, NATION)
    warnings = open_warnings(settings, Incidents(sessions, PlaneSystem(city.plane_crs), frame, book), city)

    def take(document: bytes, asking: Asking, channel: str) -> bool:
        return warnings.receive(document, asking, channel=channel).is_new

    return Fetching(sessions, open_getter(settings), take)


def _register_watch(
    jobs: "Jobs", sessions: "Sessions", city: "City", open_cases: "Callable[[], Cases]"
) -> Callable[[datetime], None]:
    """The look for alarms, and sample gauges that go on; answers the chore that forgets old readings."""
    from emergency.measurements.instruments import list_instruments
    from emergency.measurements.sample import continue_sample
    from emergency.measurements.situations import Situations
    from emergency.measurements.watching import Watching
    from emergency.warnings.concerning import Concerns
    from gis_core.clock import SystemClock
    from gis_core.crs import PlaneSystem
    from web.incident_jobs import forget_old_readings, register_sample, register_watch

    clock, plane = SystemClock(), PlaneSystem(city.plane_crs)
    situations = Situations(list_instruments, Concerns.of(city, plane))
    continue_sample(sessions, clock.now())
    register_sample(jobs, lambda: continue_sample(sessions, clock.now()))
    watching = cache(lambda: Watching(sessions, plane, situations, open_cases().teller.book))
    register_watch(jobs, lambda: watching().sweep(clock.now()))
    return partial(forget_old_readings, sessions, city)


def _register_retaining(jobs: "Jobs", sessions: "Sessions", settings: Settings, city: "City") -> None:
    """The nightly cleaning of personal data whose time is over."""
    from gis_core.clock import SystemClock
    from web.retaining import Retaining

    Retaining(sessions, SystemClock(), settings, city).register(jobs)


def _tidying(sessions: "Sessions") -> Callable[[datetime], None]:
    """A chore: tidy what is kept of layers and of ended cases, each in its own transaction."""
    from cases.clusters import tidy as tidy_cases
    from grid.layers import tidy

    def tidy_all(_: datetime) -> None:
        with sessions.begin() as session:
            tidy(session)
        with sessions.begin() as session:
            tidy_cases(session)

    return tidy_all


class _NoReports:
    """The frame of a worker, which moves cases and takes none in."""

    @property
    def locator(self) -> "Locator":
        """There is none.

        :raises RuntimeError: always.
        """
        raise RuntimeError("a worker takes no reports")


def _open_cases(settings: Settings, sessions: "Sessions", city: "City") -> "Cases":
    """The operations on cases of a worker; opened when a case is first to be moved."""
    from cases.limits import load_calendar
    from cases.operations import Cases
    from cases.photos import PhotoStore
    from gis_core.clock import SystemClock, city_time
    from gis_core.crs import PlaneSystem
    from grid.catalogue import Catalogue
    from grid.organisations import load_responsibilities

    on = city_time(SystemClock().now()).date()
    return Cases(
        sessions=sessions,
        frame=_NoReports(),
        city=city,
        catalogue=Catalogue.load(city, on),
        calendar=load_calendar(city),
        rules=load_responsibilities(city, on),
        photos=PhotoStore(settings.photos),
        plane=PlaneSystem(city.plane_crs),
    )


def _open_geocoder(settings: Settings, engine: "Engine", city: "City") -> "CityGeocoder":
    """The geocoding engine of a worker, which follows the gazetteer; opened when the first file comes."""
    from gis_core.crs import PlaneSystem
    from gis_core.db import open_sessions
    from grid.frame import LiveFrame
    from web.wiring import follow_places

    sessions, plane = open_sessions(engine), PlaneSystem(city.plane_crs)
    frame = LiveFrame(sessions, plane, pull_in_m=city.pull_in_m)
    geocoder = follow_places(settings, engine, city, frame)
    geocoder.live.reload()
    geocoder.live.start()
    frame.start()
    return geocoder
