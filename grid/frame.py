"""The frame in memory, kept up to date without a restart: each answer comes wholly from one version."""

import logging
from datetime import date
from threading import Event, Lock, Thread
from typing import Self

import psycopg
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.places import LonLat
from grid import reading, store
from grid.rules.locating import PULL_IN_M, Located, Locator, locate_place

log = logging.getLogger(__name__)

_WAKE_S = 0.5
_RECONNECT_S = 2.0
MOST_DAYS_KEPT = 4
"""Of past frames; each holds some 20 MB."""


def bump(session: Session) -> int:
    """Give the frame its next version: call it in every transaction that changes unit grids or zones."""
    return store.bump(session)


class LiveFrame:
    """The current locator of this process; PostGIS stays the truth.

    A write bumps the version and NOTIFYs `frame`; the listening thread builds the new locator beside
    the old one and swaps one reference. Whoever took `locator` goes on with the version it took.
    Behind pgbouncer the address must be one of session pooling, as for every LISTEN.
    """

    def __init__(self, sessions: Sessions, plane: PlaneSystem, *, pull_in_m: float = PULL_IN_M) -> None:
        self._sessions = sessions
        self._plane = plane
        self._pull_in_m = pull_in_m
        self._locator: Locator | None = None
        self._loading = Lock()
        self._stopping = Event()
        self._thread: Thread | None = None
        self._past: dict[tuple[date, int], Locator] = {}
        self._past_lock = Lock()

    @property
    def locator(self) -> Locator:
        """The locator of the newest version known here; take it once for questions that belong together."""
        return self._locator or self.reload()

    @property
    def version(self) -> int:
        """The version that `locator` answers from."""
        return self.locator.version

    def locate(self, place: LonLat) -> Located:
        """Where a place (EPSG:4490) lies.

        :raises OutsideFrame: when it lies too far outside every unit grid, with the likely mistake.
        :raises OutsidePlane: when it lies on another side of the Earth.
        """
        return locate_place(self.locator, self._plane, place)

    def reload(self) -> Locator:
        """Read the frame in force and answer from it from now on."""
        # One at a time, so that an older reading never replaces a newer one.
        with self._loading, self._sessions() as session:
            frame = reading.read_frame(session, self._plane)
            self._locator = Locator(frame.grids, version=frame.version, pull_in_m=self._pull_in_m)
            return self._locator

    def as_of(self, on: date) -> Locator:
        """The locator of a day; the last few days asked for are kept.

        Answers as the frame was in force at the end of that day, whatever has changed since.
        """
        version = self.version
        with self._past_lock:
            if (kept := self._past.get((on, version))) is not None:
                return kept
        with self._sessions() as session:
            frame = reading.read_frame(session, self._plane, on)
        locator = Locator(frame.grids, version=frame.version, pull_in_m=self._pull_in_m)
        with self._past_lock:
            self._past[on, version] = locator
            while len(self._past) > MOST_DAYS_KEPT:
                self._past.pop(next(iter(self._past)))
        return locator

    def start(self) -> Self:
        """Load the frame and begin to listen for changes."""
        self.reload()
        if self._thread is None:
            self._stopping.clear()
            self._thread = Thread(target=self._listen, name="frame-listener", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening; the last locator goes on answering."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except Exception:
                # A lost connection or a broken frame: the last good locator stays, and we try again.
                log.exception("frame: cannot follow changes, trying again in %s s", _RECONNECT_S)
                self._stopping.wait(_RECONNECT_S)

    def _follow(self) -> None:
        with self._connect() as connection:
            connection.execute(f"LISTEN {store.CHANNEL}")
            while not self._stopping.is_set():
                # Right after connecting too: a change may have come while nobody listened.
                if self._is_behind():
                    self.reload()
                while not self._stopping.is_set() and not self._hears(connection):
                    pass

    def _connect(self) -> psycopg.Connection:
        """A connection of its own, outside the pool, with the same address."""
        engine = self._sessions.kw["bind"]
        _, address = engine.dialect.create_connect_args(engine.url)
        return psycopg.connect(**address, autocommit=True, application_name="citygrid frame")

    def _hears(self, connection: psycopg.Connection) -> bool:
        return any(True for _ in connection.notifies(timeout=_WAKE_S, stop_after=1))

    def _is_behind(self) -> bool:
        with self._sessions() as session:
            return self._locator is None or reading.get_frame_version(session) != self._locator.version
