"""Taking positions in and going on and off duty: one transaction each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import numpy as np
from shapely import LineString, Point, prepare
from sqlalchemy.orm import Session

from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import Conflict, Refused
from gis_core.places import PlanePoint
from grid.city import City
from grid.positions import reading, store
from grid.positions.city_rules import PositionRules, load_position_rules, load_vehicles
from grid.positions.partitions import Partitions
from grid.positions.reading import Duty
from grid.positions.rules.judging import Box, Judgement, Placed, clock_offset_s, drop_jumps, screen
from grid.positions.rules.limits import Limits
from grid.positions.rules.samples import Refusal, Sample, read_moment, read_rows
from grid.positions.rules.straying import astray_since
from grid.positions.store import Locked, Newest
from grid.rules.locating import Locator

MOST_REFUSED_TOLD = 200
"""Refusals that an answer lists; more are counted."""


class ConsentIsOld(Refused):
    """What was agreed to is not the text in force."""

    code = "consent_is_old"


class DutyMomentWrong(Conflict):
    """Somebody went on or off duty at a moment that cannot be."""

    code = "duty_moment_wrong"


class Frame(Protocol):
    """What is asked of the frame."""

    @property
    def locator(self) -> Locator:
        """The locator in force."""


@dataclass(frozen=True, slots=True)
class Walker:
    """A person as the register of movers knows one."""

    key: str
    name: str
    organisation_code: str | None
    responsibility_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it came: from whom, under which number, and its rows."""

    sender: str
    client_batch: UUID
    rows: object
    own: str | None = None
    sent_at: object = None


@dataclass(frozen=True)
class Movers:
    """Positions and duty of one city; safe to share between threads."""

    sessions: Sessions
    city: City
    plane: PlaneSystem
    frame: Frame
    rules: PositionRules
    partitions: Partitions
    around: Box
    lines: Mapping[str, LineString] = field(default_factory=dict)

    @classmethod
    def of(cls, sessions: Sessions, city: City, plane: PlaneSystem, frame: Frame) -> "Movers":
        """The movers of a city's folder."""
        bounds = city.bounds
        box = Box(bounds.west_deg, bounds.south_deg, bounds.east_deg, bounds.north_deg)
        return cls(
            sessions,
            city,
            plane,
            frame,
            load_position_rules(city),
            Partitions(sessions),
            box,
            _lines(city, plane),
        )

    def limits_at(self, at: datetime) -> Limits:
        """The limits in force at a moment."""
        return self.rules.limits_on(city_time(at).date())

    def take(self, batch: Batch, *, at: datetime) -> dict[str, Any]:
        """Take a batch: how many positions were new, how many known, which are refused and why.

        The same batch of the same sender gets the same answer.

        :raises NoPositions, TooManyPositions: for what is no batch.
        """
        limits = self.limits_at(at)
        samples, refused = read_rows(batch.rows, own=batch.own, most=limits.most_in_batch)
        sent_at = read_moment(batch.sent_at)
        with self.sessions() as session:
            if (answer := reading.find_answer(session, batch.sender, batch.client_batch)) is not None:
                return answer
        self.partitions.need(self._moments(at, limits))
        with self.sessions.begin() as session:
            taken = self._take(session, samples, limits, at=at, sent_at=sent_at)
            answer = _answer(taken, (*refused, *taken.refused), len(samples))
            return store.keep_answer(session, batch.sender, batch.client_batch, answer, at=at)

    @staticmethod
    def _moments(at: datetime, limits: Limits) -> tuple[datetime, ...]:
        """The two ends of the time of which positions are taken; it is shorter than a month."""
        return at - timedelta(hours=limits.oldest_h), at + timedelta(seconds=limits.clock_tolerance_s)

    def _take(
        self,
        session: Session,
        samples: Sequence[Sample],
        limits: Limits,
        *,
        at: datetime,
        sent_at: datetime | None,
    ) -> "_Taken":
        oldest = at - timedelta(hours=limits.oldest_h)
        locked = store.lock_movers(session, _firsts(samples, limits, sent_at, at), oldest=oldest)
        known = {key: one.known for key, one in locked.items()}
        around = self.around.widened(limits.surroundings_km * 1000.0)
        passed, refused = screen(samples, known, around, limits, now=at, sent_at=sent_at)
        judged = drop_jumps(self._placed(passed), known, limits)
        if not judged.taken:
            return _Taken(0, (*refused, *judged.refused))
        grids = self._grids(judged.taken)
        newest = self._newest(judged, grids, locked, limits)
        n = store.take(session, judged.taken, [code for code, _ in grids], newest, at=at)
        offsets = {one.sample.mover: one.clock_offset_s for one in judged.taken}
        changed = {key: s for key, s in offsets.items() if s and s != known[key].clock_offset_s}
        store.keep_offsets(session, changed)
        return _Taken(n, (*refused, *judged.refused))

    def _placed(self, passed: Sequence[tuple[Sample, int]]) -> list[Placed]:
        """Positions with their points, all projected at once."""
        if not passed:
            return []
        pairs = np.array([(one.place.lon_deg, one.place.lat_deg) for one, _ in passed])
        points = self.plane.to_plane_many(pairs).tolist()
        return [
            Placed(sample, PlanePoint(*point), offset_s)
            for (sample, offset_s), point in zip(passed, points, strict=True)
        ]

    def _grids(self, taken: Sequence[Placed]) -> list[tuple[str | None, str | None]]:
        """The unit grid and the responsibility grid of each position; none outside the frame."""
        locator = self.frame.locator
        found = locator.locate_many(np.array([(one.point.easting_m, one.point.northing_m) for one in taken]))
        grids = [locator.grid_at(n) if n >= 0 else None for n in found.tolist()]
        return [(one.code, one.responsibility_code) if one else (None, None) for one in grids]

    def _newest(
        self,
        judged: Judgement,
        grids: Sequence[tuple[str | None, str | None]],
        locked: Mapping[str, Locked],
        limits: Limits,
    ) -> list[Newest]:
        """The newest place of each mover that moved on, and since when it is astray."""
        by_mover: dict[str, list[tuple[Placed, bool]]] = {}
        for one, (_, responsible) in zip(judged.taken, grids, strict=True):
            mover = one.sample.mover
            last_at = locked[mover].newest_at
            if last_at is None or one.sample.at > last_at:
                in_place = self._is_in_place(mover, locked[mover], one.point, responsible, limits)
                by_mover.setdefault(mover, []).append((one, in_place))
        return [
            Newest(
                mover,
                seen[-1][0],
                astray_since(locked[mover].astray_since, ((one.sample.at, ok) for one, ok in seen)),
            )
            for mover, seen in by_mover.items()
        ]

    def _is_in_place(
        self, mover: str, held: Locked, point: PlanePoint, responsible: str | None, limits: Limits
    ) -> bool:
        """Whether a mover is where it should be; whoever has neither grids nor a line is everywhere."""
        if held.known.kind == "person":
            return not held.responsibility_codes or responsible in held.responsibility_codes
        line = self.lines.get(mover)
        return line is None or bool(
            line.distance(Point(point.easting_m, point.northing_m)) <= limits.line_width_m
        )

    def find_grid(self, point: PlanePoint) -> str | None:
        """The unit grid that holds a point; None outside the frame."""
        n = int(self.frame.locator.locate_many(np.array([(point.easting_m, point.northing_m)]))[0])
        return self.frame.locator.grid_at(n).code if n >= 0 else None

    def start_duty(
        self, who: Walker, consent_version: str, *, at: datetime, said_at: datetime | None = None
    ) -> Duty:
        """Go on duty, having agreed to the text in force; who is on duty already stays so.

        `said_at` is the moment of a phone that had no network then.

        :raises ConsentIsOld: when the text has another version by now.
        :raises DutyMomentWrong: for a moment in the future, or longer ago than positions are taken.
        """
        if consent_version != self.rules.consent.version:
            raise ConsentIsOld("位置告知书已更新，还没有上岗。请阅读新的告知书，同意后再上岗。")
        moment = self._moment(said_at, at)
        skills = self.rules.skills.get(who.organisation_code or "", ())
        with self.sessions.begin() as session:
            store.save_person(session, who.key, who.name, skills, who.organisation_code)
            store.start_duty(
                session, who.key, at=moment, version=consent_version, codes=who.responsibility_codes
            )
            duty = reading.find_duty(session, who.key)
        assert duty is not None
        return duty

    def end_duty(self, key: str, *, at: datetime, said_at: datetime | None = None) -> Duty | None:
        """Go off duty; positions from after the moment are let go. None for who never was on duty.

        :raises DutyMomentWrong: as of `start_duty`.
        """
        moment = self._moment(said_at, at)
        with self.sessions.begin() as session:
            store.end_duty(session, key, at=moment)
            return reading.find_duty(session, key)

    def _moment(self, said_at: datetime | None, at: datetime) -> datetime:
        """The moment somebody says, no later than now."""
        limits = self.limits_at(at)
        if said_at is None:
            return at
        if said_at > at + timedelta(seconds=limits.clock_tolerance_s):
            raise DutyMomentWrong("上下岗的时刻在将来，没有写入。请核对手机时间后重试。")
        if said_at < at - timedelta(hours=limits.oldest_h):
            raise DutyMomentWrong(f"上下岗的时刻早于 {limits.oldest_h} 小时前，没有写入。请与值班长联系。")
        return min(said_at, at)


def _firsts(
    samples: Sequence[Sample], limits: Limits, sent_at: datetime | None, at: datetime
) -> dict[str, datetime]:
    """The first moment of each mover in a batch by the right clock, as nearly as the batch itself tells."""
    offset = timedelta(seconds=clock_offset_s(sent_at, at, 0, limits.clock_tolerance_s))
    firsts: dict[str, datetime] = {}
    for one in samples:
        firsts[one.mover] = min(one.at, firsts.get(one.mover, one.at))
    try:
        return {key: first + offset for key, first in firsts.items()}
    except OverflowError:
        return firsts


@dataclass(frozen=True, slots=True)
class _Taken:
    n: int
    refused: tuple[Refusal, ...]


def _answer(taken: _Taken, refused: Sequence[Refusal], samples: int) -> dict[str, Any]:
    told = sorted(refused, key=lambda one: one.n)
    return {
        "taken": taken.n,
        "known": samples - len(taken.refused) - taken.n,
        "refused": [
            {"n": one.n, "code": one.code, "message": one.message} for one in told[:MOST_REFUSED_TOLD]
        ],
        "refused_count": len(told),
    }


def _lines(city: City, plane: PlaneSystem) -> dict[str, LineString]:
    """Planned lines of vehicles in the plane system, prepared."""
    found = {}
    for vehicle in load_vehicles(city).vehicles:
        if len(vehicle.line) > 1:
            line = LineString(plane.to_plane_many(np.array(vehicle.line)))
            prepare(line)
            found[vehicle.key] = line
    return found


def seed_vehicles(sessions: Sessions, city: City) -> int:
    """Write the register of vehicles; running it again changes nothing. Answers how many there are."""
    file = load_vehicles(city)
    rows = [
        {
            "key": one.key,
            "name": one.name,
            "skills": list(one.skills),
            "organisation_code": one.organisation,
            "is_synthetic": file.is_synthetic,
        }
        for one in file.vehicles
    ]
    with sessions.begin() as session:
        store.save_vehicles(session, rows)
    return len(rows)
