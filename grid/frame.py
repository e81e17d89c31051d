"""The frame in memory, kept up to date without a restart: each answer comes wholly from one version."""

from datetime import date
from threading import Lock
from typing import Self

from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.following import Follower
from gis_core.places import LonLat
from grid import reading, store
from grid.rules.locating import PULL_IN_M, Located, Locator, locate_place

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
        self._follower = Follower("frame", sessions, (store.CHANNEL,), self._catch_up)
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
        self._follower.start()
        return self

    def stop(self) -> None:
        """Stop listening; the last locator goes on answering."""
        self._follower.stop()

    def _catch_up(self) -> None:
        with self._sessions() as session:
            is_behind = self._locator is None or reading.get_frame_version(session) != self._locator.version
        if is_behind:
            self.reload()
