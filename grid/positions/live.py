"""Where everybody is just now: in memory, in an rtree index, followed across processes.

Each process reads the newest places after a notice on `mover`, at most once a second, and swaps what moved in
its index. PostGIS stays the truth. A place older than the limit is stale: it is shown so, and never proposed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import hypot
from threading import Lock

import numpy as np
from rtree.index import Index, Property
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.clock import Clock
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.following import Follower
from gis_core.places import LonLat, PlanePoint
from grid.positions.rules.limits import Limits
from grid.positions.store import CHANNEL

APART_S = 1.0
FORGET_AFTER = timedelta(hours=12)
"""A place older than this says nothing of where somebody is; the picture leaves it out."""
TASKS_EVERY = timedelta(seconds=5)
"""How often the tasks of people are counted anew."""

CountTasks = Callable[[Session], Mapping[str, int]]
"""How many tasks each mover has in hand, by key; the grid does not know what a task is."""

_READ = text("""
    SELECT m.key, m.kind, m.name, m.skills, m.organisation_code, p.at, p.easting_m, p.northing_m,
        p.heading_deg, p.accuracy_m, p.astray_since, d.started_at AS on_duty_since
    FROM grid.mover_place p JOIN grid.mover m ON m.key = p.mover_key
    LEFT JOIN grid.duty d ON d.mover_key = m.key AND d.ended_at IS NULL
    WHERE m.is_active AND p.at >= :since AND (m.kind = 'vehicle' OR d.id IS NOT NULL)
""")


def no_tasks(_: Session) -> Mapping[str, int]:
    """Nobody has anything to do."""
    return {}


@dataclass(frozen=True, slots=True)
class LiveMover:
    """Somebody on duty, or a vehicle, with the newest place: degrees and plane metres."""

    key: str
    kind: str
    name: str
    skills: tuple[str, ...]
    organisation_code: str | None
    at: datetime
    point: PlanePoint
    place: LonLat
    heading_deg: float | None
    accuracy_m: float | None
    astray_since: datetime | None
    on_duty_since: datetime | None
    tasks: int = 0
    is_free: bool = True

    def is_stale(self, at: datetime, limits: Limits) -> bool:
        """Whether nothing was heard of it for too long."""
        return at - self.at > timedelta(seconds=limits.stale_after_s)


@dataclass(frozen=True, slots=True)
class Near:
    """A mover and how far it is as the crow flies."""

    mover: LiveMover
    away_m: float


@dataclass(frozen=True, slots=True)
class Moved:
    """What has changed in the picture: who moved or became free or busy, and who is no longer in it."""

    rows: tuple[LiveMover, ...]
    gone: tuple[str, ...]


class LivePicture:
    """The movers of this process's city; safe to share between threads.

    Until `start` nothing follows, and whoever asks has the places read first.
    """

    def __init__(
        self,
        sessions: Sessions,
        plane: PlaneSystem,
        limits_at: Callable[[datetime], Limits],
        clock: Clock,
        count_tasks: CountTasks = no_tasks,
    ) -> None:
        self._sessions = sessions
        self._plane = plane
        self._limits_at = limits_at
        self._clock = clock
        self._count_tasks = count_tasks
        self._movers: dict[str, LiveMover] = {}
        self._numbers: dict[str, int] = {}
        self._keys: dict[int, str] = {}
        self._index = Index(properties=Property(dimension=2))
        self._lock = Lock()
        self._reading = Lock()
        self._tasks: Mapping[str, int] = {}
        self._tasks_at: datetime | None = None
        self._is_following = False
        self._hearers: list[Callable[[Moved], None]] = []
        self._follower = Follower("movers", sessions, (CHANNEL,), self.catch_up, every_s=5.0, apart_s=APART_S)

    def on_moved(self, hear: Callable[[Moved], None]) -> None:
        """Have `hear` told of what moved, at most once a second, on the following thread."""
        self._hearers.append(hear)

    def start(self) -> None:
        """Begin to follow."""
        self._is_following = True
        self._follower.start()

    def stop(self) -> None:
        """Follow no more."""
        self._follower.stop()
        self._is_following = False

    def movers(self) -> tuple[LiveMover, ...]:
        """Everybody in the picture, by key."""
        self._look()
        with self._lock:
            return tuple(sorted(self._movers.values(), key=lambda one: one.key))

    def find(self, key: str) -> LiveMover | None:
        """One of them; None for who is off duty or was not heard of for half a day."""
        self._look()
        with self._lock:
            return self._movers.get(key)

    def nearest(
        self, point: PlanePoint, n: int, *, skill: str = "", kind: str = "", is_free: bool = False
    ) -> tuple[Near, ...]:
        """The nearest movers that are not stale, nearest first; of a kind, with a skill, free when asked."""
        self._look()
        at = self._clock.now()
        limits = self._limits_at(at)

        def fits(one: LiveMover) -> bool:
            return (
                (not skill or skill in one.skills)
                and (not kind or kind == one.kind)
                and (one.is_free or not is_free)
                and not one.is_stale(at, limits)
            )

        with self._lock:
            return self._nearest(point, n, fits)

    def _nearest(self, point: PlanePoint, n: int, fits: Callable[[LiveMover], bool]) -> tuple[Near, ...]:
        """Ask the index for more and more until enough of them fit."""
        box = (point.easting_m, point.northing_m, point.easting_m, point.northing_m)
        asked = 4 * n
        while True:
            found = [self._movers[self._keys[number]] for number in self._index.nearest(box, asked)]
            fitting = [
                Near(
                    one,
                    hypot(one.point.easting_m - point.easting_m, one.point.northing_m - point.northing_m),
                )
                for one in found
                if fits(one)
            ]
            if len(fitting) >= n or len(found) >= len(self._movers):
                return tuple(sorted(fitting, key=lambda near: (near.away_m, near.mover.key))[:n])
            asked *= 4

    def catch_up(self) -> None:
        """Read the newest places, and tell of those that changed."""
        with self._reading:
            at = self._clock.now()
            with self._sessions() as session:
                rows = session.execute(_READ, {"since": at - FORGET_AFTER}).all()
                if self._tasks_at is None or at - self._tasks_at >= TASKS_EVERY:
                    self._tasks, self._tasks_at = self._count_tasks(session), at
            moved = self._swap(self._placed(rows, self._limits_at(at)))
        if moved.rows or moved.gone:
            for hear in self._hearers:
                hear(moved)

    def _look(self) -> None:
        if not self._is_following:
            self._tasks_at = None
            self.catch_up()

    def _placed(self, rows: Sequence[object], limits: Limits) -> dict[str, LiveMover]:
        if not rows:
            return {}
        points = np.array([(row.easting_m, row.northing_m) for row in rows])  # type: ignore[attr-defined]
        places = self._plane.to_lonlat_many(points).tolist()
        found = (
            _mover(row, LonLat(*place), self._tasks, limits) for row, place in zip(rows, places, strict=True)
        )
        return {one.key: one for one in found}

    def _swap(self, new: dict[str, LiveMover]) -> Moved:
        """Put the new picture in place of the old one; in the index only what moved."""
        with self._lock:
            old = self._movers
            changed = [one for key, one in new.items() if old.get(key) != one]
            gone = [key for key in old if key not in new]
            self._take_out(old[one.key] for one in changed if one.key in old)
            self._take_out(old[key] for key in gone)
            for one in changed:
                number = self._numbers.setdefault(one.key, len(self._numbers))
                self._keys[number] = one.key
                self._index.insert(number, _box(one.point))
            self._movers = new
        return Moved(tuple(changed), tuple(gone))

    def _take_out(self, movers: Iterable[LiveMover]) -> None:
        for one in movers:
            self._index.delete(self._numbers[one.key], _box(one.point))


def _box(point: PlanePoint) -> tuple[float, float, float, float]:
    return (point.easting_m, point.northing_m, point.easting_m, point.northing_m)


def _mover(row: object, place: LonLat, tasks: Mapping[str, int], limits: Limits) -> LiveMover:
    names = (
        "key", "kind", "name", "organisation_code", "at", "heading_deg", "accuracy_m", "astray_since",
        "on_duty_since",
    )  # fmt: skip
    one = LiveMover(
        **{name: getattr(row, name) for name in names},
        skills=tuple(row.skills),  # type: ignore[attr-defined]
        point=PlanePoint(row.easting_m, row.northing_m),  # type: ignore[attr-defined]
        place=place,
    )
    n = tasks.get(one.key, 0)
    return replace(one, tasks=n, is_free=n < limits.busy_from)
