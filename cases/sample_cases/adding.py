"""Writing a year of sample cases: read the drawn city, live every case, copy rows and facts."""

import gc
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from cases.clusters import counting_at_the_end
from cases.evidence_rules import load_field_rules
from cases.limits import load_calendar, load_stage_limits
from cases.notices.store import hush
from cases.photos import PhotoStore
from cases.rules.deadlines import clocks_as_data
from cases.rules.deciding import Assignee, Known
from cases.rules.facts import Fact, fact_of
from cases.rules.worktime import CalendarMissing
from cases.sample_cases.habits import choose_criterion
from cases.sample_cases.happenings import Happenings, Town, happen
from cases.sample_cases.lingering import linger
from cases.sample_cases.lives import Life, Posts, Start, live
from cases.sample_cases.pictures import Eyes, draw_pictures
from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import Refused
from gis_core.journal import FIRST, canonical
from gis_core.places import LonLat, PlanePoint
from grid.bulk import copy_rows, drop_indexes
from grid.catalogue import Catalogue
from grid.city import City
from grid.organisations import load_responsibilities
from grid.reading import read_frame
from grid.rules.criteria import Criterion
from grid.rules.locating import Located, Locator
from grid.rules.responsibility import Assignment, Keeper, NoOneAnswers, Responsibilities, find_department
from grid.sample_city.drawing import PAST_CASES, Size
from grid.sample_city.loading import hexes
from grid.sample_city.valley import to_grain_array

Progress = Callable[[str, int, int], None]
SOURCES = ("inspector", "public", "hotline", "video", "web", "leader", "media")
SOURCE_WEIGHTS = (0.79, 0.085, 0.075, 0.025, 0.015, 0.005, 0.005)
ALPHABET = np.array(list("23456789ABCDEFGHJKMNPQRSTUVWXYZ"))
LINGERING_SHARE = 0.011
LEAST_LINGERING = 36
BATCH = 2_000


def add_past_cases(
    sessions: Sessions,
    *,
    city: City,
    size: Size,
    seed: int = 1,
    at: datetime,
    count: int | None = None,
    progress: Progress | None = None,
    photos: PhotoStore | None = None,
) -> int:
    """Add sample cases of the year before `at`, in one transaction; answers how many.

    The city must have been drawn. About one in a hundred is still open, at every stage and with every
    light; the rest ended. Every row is flagged synthetic, every chain holds. About a millisecond a case.
    Late cases have drawn photos with what the rules of evidence find, where there is a store for them.

    :raises NoDemoPeople: when the demo accounts, who handle the cases, have not been made.
    """
    wanted = PAST_CASES[size] if count is None else count
    with sessions() as session:
        frame = read_frame(session, PlaneSystem(city.plane_crs))
    with sessions.begin() as session:
        locator = Locator(frame.grids, version=frame.version, pull_in_m=city.pull_in_m)
        writer = _Writer(session, city, locator, seed, at)
        if photos is not None:
            rules = load_field_rules(city, city_time(at).date())
            writer.eyes = Eyes(draw_pictures(photos), rules, np.random.default_rng([seed, 211]))
        with _uncollected():
            written = writer.write(wanted, progress or (lambda _what, _done, _all: None))
        hush(session, at=at)  # nobody is told of what was late before the city was drawn
    return written


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles meanwhile: millions of small values without one made it a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class NoDemoPeople(Refused):
    """The accounts of the demonstration, who handle sample cases, have not been made."""

    code = "no_demo_people"


@dataclass(slots=True)
class _Lived:
    """A case that was lived, before it has its number."""

    life: Life
    case_id: int
    last_hash: bytes


def batched(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of `size` items, the last one shorter."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


class _Writer:
    """One writing: the city's rules as in force on the day, and the drawn city in memory."""

    def __init__(self, session: Session, city: City, locator: Locator, seed: int, at: datetime) -> None:
        on = city_time(at).date()
        self.session, self.city, self.locator, self.seed, self.at = session, city, locator, seed, at
        self.plane = PlaneSystem(city.plane_crs)
        self.catalogue = Catalogue.load(city, on)
        self.rules: Responsibilities = load_responsibilities(city, on)
        self.known = Known(
            calendar=load_calendar(city),
            stage_limits=load_stage_limits(city, on),
            types={(t.kind, t.code): t.name for t in self.catalogue.types},
            criteria={
                c.code: c for t in self.catalogue.types for c in self.catalogue.criteria_of(t.kind, t.code)
            },
            departments=self.rules.organisation_names,
        )
        self.posts = self._read_posts()
        self.last_numbers = self._last_numbers()
        self.rng = np.random.default_rng([seed, 210])
        self.eyes: Eyes | None = None
        self._assigned: dict[tuple[str, str | None, str, str, str | None], Assignment | None] = {}

    def write(self, wanted: int, tell: Progress) -> int:
        """Live and copy all cases; answers how many."""
        town = self._read_town()
        tell("cases", 0, wanted + 1)
        happenings = happen(town, wanted, seed=self.seed, at=self.at)
        starts = self._starts(town, happenings)
        first_id = self._take_ids(wanted)
        slow = max(LEAST_LINGERING, int(LINGERING_SHARE * wanted))
        indexes = drop_indexes(self.session, "cases", ("case",)) if wanted > BATCH else []
        count = 0
        with counting_at_the_end(self.session) if wanted > BATCH else nullcontext():
            for number, batch in enumerate(batched(enumerate(starts), BATCH)):
                tell("cases", number * BATCH, wanted + 1)
                fact_rows: list[tuple[datetime, str]] = []
                found = [
                    self._live(start, first_id + place, fact_rows, turn=place - (wanted - slow))
                    for place, start in batch
                ]
                count += self._copy([one for one in found if one is not None], fact_rows)
        self._keep_counters()
        for statement in indexes:
            self.session.execute(text(statement))
        for table in ('"case"', "fact", "case_counter", "ended_count"):
            self.session.execute(text(f"ANALYZE cases.{table}"))
        tell("cases", wanted + 1, wanted + 1)
        return count

    def _live(
        self, start: Start, case_id: int, fact_rows: list[tuple[datetime, str]], *, turn: int
    ) -> _Lived | None:
        criteria = self.catalogue.criteria_of(start.kind, start.type_code)
        criterion = choose_criterion(start.words, criteria)
        department = (
            start.whose.organisation_code if start.whose else next(iter(self.rules.territory.values()))
        )
        try:
            life = self._lived(start, criterion, department, turn)
        except CalendarMissing:
            # A limit that runs into a year without a calendar yet: such a case is not made up.
            return None
        prev = FIRST
        for seq, step in enumerate(life.steps, start=1):
            fact = fact_of(step.decision, step.asking, case_id=case_id, seq=seq, from_stage=step.from_stage)
            row, prev = _fact_row(fact, prev)
            fact_rows.append((fact.at, row))
        return _Lived(life, case_id, prev)

    def _lived(self, start: Start, criterion: Criterion, department: str, turn: int) -> Life:
        """A life that is over, or, from turn 0 on, one that waits somewhere."""
        if turn >= 0:
            return linger(
                start, criterion, department,
                known=self.known, posts=self.posts, at=self.at, turn=turn, rng=self.rng, eyes=self.eyes,
            )  # fmt: skip
        life = Life(start, self.known, self.posts, until=self.at, rng=self.rng, eyes=self.eyes)
        live(life, criterion, department, self.rng, self.posts)
        return life

    def _starts(self, town: Town, happenings: Happenings) -> Iterator[Start]:
        """Reports in the order of time, located, with the department that the rules name."""
        order = happenings.order
        points = happenings.points[order]
        lonlat = self.plane.to_lonlat_many(points)
        streets = self._street_names(points)
        sources = np.array(SOURCES, dtype=object)[self.rng.choice(len(SOURCES), len(order), p=SOURCE_WEIGHTS)]
        lot = self.rng.random(len(order))
        ids = self.rng.bytes(16 * len(order))
        for place, row in enumerate(order.tolist()):
            habit = happenings.habits[happenings.habit[row]]
            component = int(happenings.component[row])
            where = self.locator.locate(PlanePoint(float(points[place, 0]), float(points[place, 1])))
            owner = None if component < 0 else town.component_owners[component]
            words = habit.words[int(lot[place] * len(habit.words))]
            yield Start(
                client_id=UUID(bytes=ids[16 * place : 16 * place + 16], version=4),
                kind=habit.kind,
                type_code=habit.type_code,
                words=f"{streets[place]}{words}",
                place=LonLat(round(float(lonlat[place, 0]), 7), round(float(lonlat[place, 1]), 7)),
                place_text=streets[place],
                source=sources[place],
                component_code=None if component < 0 else town.component_codes[component],
                where=where,
                whose=self._whose(where, habit.kind, habit.type_code, owner),
                reported_at=happenings.reported_at[row],
            )

    def _whose(self, where: Located, kind: str, type_code: str, owner: str | None) -> Assignment | None:
        key = (where.subdistrict_code, where.zone_code, kind, type_code, owner)
        if key not in self._assigned:
            try:
                self._assigned[key] = find_department(self.rules, where, kind, type_code, Keeper(owner))
            except NoOneAnswers:
                self._assigned[key] = None
        return self._assigned[key]

    def _read_posts(self) -> Posts:
        """The people of the demonstration, by post."""
        rows = self.session.execute(
            text(
                "SELECT id, name, roles, organisation_code FROM accounts.person"
                " WHERE is_demo AND is_active ORDER BY id"
            )
        ).all()
        people = [Assignee(row.id, row.name, tuple(row.roles), row.organisation_code) for row in rows]

        def of(role: str) -> tuple[Assignee, ...]:
            found = tuple(p for p in people if role in p.roles)
            if not found:
                raise NoDemoPeople("还没有演示账号，示意案件无人办理。请先运行 citygrid demo 建立演示账号。")
            return found

        return Posts(
            inspectors=of("inspector"),
            operators=of("operator"),
            duty_chiefs=of("duty_chief"),
            dispatchers=of("dispatcher"),
            leaders=of("leader"),
            departments={p.organisation_code or "": p for p in reversed(people) if "department" in p.roles},
        )

    def _read_town(self) -> Town:
        grids = self.session.execute(
            text(
                "SELECT code, land_use, ST_X(ST_Centroid(geom)) x, ST_Y(ST_Centroid(geom)) y"
                " FROM grid.unit_grid WHERE valid_to IS NULL ORDER BY code"
            )
        ).all()
        place_of = {row.code: place for place, row in enumerate(grids)}
        rows = self.session.execute(
            text(
                "SELECT code, type_code, ST_X(geom) x, ST_Y(geom) y, unit_grid_code g, owner_code"
                " FROM grid.component ORDER BY code LIMIT 400000"
            )
        ).all()
        codes, types, xs, ys, inside, owners = zip(*rows, strict=True)
        return Town(
            component_codes=np.array(codes, dtype=object),
            component_types=np.array(types, dtype=object),
            component_points=np.column_stack([xs, ys]).astype(np.float64),
            component_grids=np.array([place_of[code] for code in inside]),
            component_owners=np.array(owners, dtype=object),
            grid_codes=np.array([row.code for row in grids], dtype=object),
            grid_uses=np.array([row.land_use for row in grids], dtype=object),
            grid_middles=np.array([[row.x, row.y] for row in grids], dtype=np.float64),
        )

    def _street_names(self, points: Any) -> list[str]:
        """The nearest named street of each point, as people say where something is."""
        rows = self.session.execute(
            text("SELECT name, ST_AsBinary(geom) AS wkb FROM grid.street WHERE name IS NOT NULL ORDER BY id")
        ).all()
        if not rows:
            return [""] * len(points)
        lines = shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], dtype=object))
        places = shapely.points(points)
        nearest = shapely.STRtree(lines).nearest(places)
        away = shapely.distance(places, lines[nearest])
        return [
            f"{rows[n].name}{'' if far < 25 else '附近' if far < 250 else '以里'}"
            for n, far in zip(nearest.tolist(), away.tolist(), strict=True)
        ]

    def _take_ids(self, count: int) -> int:
        """The first of `count` case ids that nobody else gets."""
        taken = text("SELECT setval('cases.case_id', nextval('cases.case_id') + :more)")
        last = self.session.scalar(taken, {"more": count})
        return int(last or 0) - count

    def _copy(self, lived: list[_Lived], fact_rows: list[tuple[datetime, str]]) -> int:
        """Copy one batch, facts in the order of time; answers how many cases it held."""
        lived = sorted(lived, key=lambda one: (one.life.start.reported_at, one.case_id))
        numbers = _numbers(lived, self.last_numbers)
        copy_rows(self.session, 'cases."case"', _CASE_COLUMNS, self._case_rows(lived, numbers))
        fact_rows.sort(key=lambda pair: pair[0])
        copy_rows(self.session, "cases.fact", _FACT_COLUMNS, ((row,) for _, row in fact_rows))
        copy_rows(self.session, "cases.photo", _PHOTO_COLUMNS, _photo_rows(lived))
        return len(lived)

    def _keep_counters(self) -> None:
        """Tell the counters of numbers where the sample ended, so that the next report goes on from there."""
        keep = text(
            'INSERT INTO cases.case_counter (district_code, "on", last)'
            " VALUES (:district, CAST(:day AS date), :last)"
            ' ON CONFLICT (district_code, "on") DO UPDATE SET last = EXCLUDED.last'
        )
        rows = [{"district": d, "day": day, "last": last} for (d, day), last in self.last_numbers.items()]
        if rows:
            self.session.execute(keep, rows)

    def _last_numbers(self) -> dict[tuple[str, str], int]:
        rows = self.session.execute(
            text("SELECT district_code, to_char(\"on\", 'YYYYMMDD'), last FROM cases.case_counter")
        )
        return {(district, day): last for district, day, last in rows}

    def _case_rows(self, lived: list[_Lived], numbers: list[str]) -> Iterator[tuple[str, ...]]:
        codes = [
            "".join(row) for row in ALPHABET[self.rng.integers(0, len(ALPHABET), (len(lived), 8))].tolist()
        ]
        points = self.plane.to_plane_many(
            np.array([[one.life.start.place.lon_deg, one.life.start.place.lat_deg] for one in lived]).reshape(
                -1, 2
            )
        )
        shapes = hexes(np.asarray(shapely.points(to_grain_array(points))), self.plane.srid)
        for one, number, code, shape in zip(lived, numbers, codes, shapes, strict=True):
            yield _case_row(one, number, code, shape)


_CASE_COLUMNS = (
    "id, case_no, client_id, revision, stage, kind, type_code, criterion_code, component_code, description,"
    " geom, place_text, position_source, unit_grid_code, responsibility_code, zone_code, pulled_m,"
    " frame_version, source, reporter_id, inspector_id, department_code, proposed_department_code,"
    " contact_name, track_code, reported_at, filed_at, dispatched_at, finished_at, closed_at, stage_since,"
    " limit_value, limit_unit, stage_due_at, stage_at_risk_at, clocks, rework_count, is_overdue_handled,"
    " is_verified_true, is_recheck_passed, is_handled_at_once, asked_from, is_ask_endorsed, extension_count,"
    " suspension_count, suspended_until, is_supervised, urge_count, has_open_urge, answer_due_at,"
    " is_void_asked, appeal, is_lateness_exempt, last_hash, is_synthetic"
)
_PHOTO_COLUMNS = (
    "case_id, fact_seq, role, sha256, width_px, height_px, size_bytes, shot, distance_m, direction_deg,"
    " is_direction_magnetic"
)
_FACT_COLUMNS = (
    "case_id, seq, at, by_person_id, by_name, by_role, by_organisation_code, transition_no, action,"
    " from_stage, to_stage, reason, body, prev_hash, hash"
)


def _numbers(lived: list[_Lived], last: dict[tuple[str, str], int]) -> list[str]:
    """Numbers in the order of reports, by district and day, after those given out; `last` is kept up."""
    numbers = []
    for one in lived:
        start = one.life.start
        key = (start.where.district_code, f"{city_time(start.reported_at):%Y%m%d}")
        last[key] = last.get(key, 0) + 1
        numbers.append(f"{key[0]}{key[1]}{last[key]:06d}")
    return numbers


def _case_row(one: _Lived, number: str, track_code: str, shape: str) -> tuple[str, ...]:
    start, state = one.life.start, one.life.state
    where, running = start.where, state.stage_running
    opening = one.life.steps[0].decision.body
    asked = one.life.steps[0].asking
    contact = "示意来电人" if asked.role == "operator" else None
    values: tuple[object, ...] = (
        one.case_id, number, start.client_id, len(one.life.steps), state.stage, start.kind, start.type_code,
        state.criterion_code, start.component_code, start.words, shape, start.place_text,
        opening["position_source"],
        where.unit_grid_code, where.responsibility_code, where.zone_code, where.pulled_m, where.frame_version,
        start.source, state.reporter_id, state.inspector_id, state.department_code,
        start.whose and start.whose.organisation_code, contact, track_code, state.reported_at,
        state.filed_at, state.dispatched_at, state.finished_at, state.closed_at, state.stage_since,
        state.limit and state.limit.value, state.limit and state.limit.unit,
        running and running.due_at, running and running.at_risk_at,
        clocks_as_data(state.clocks), state.rework_count, state.is_overdue_handled, state.is_verified_true,
        state.is_recheck_passed, state.is_handled_at_once, state.asked_from, state.is_ask_endorsed,
        state.extension_count, state.suspension_count, state.suspended_until, state.is_supervised,
        state.urge_count, state.has_open_urge, state.answer_due_at, state.is_void_asked, state.appeal,
        state.is_lateness_exempt, one.last_hash, True,
    )  # fmt: skip
    return tuple(map(_cell, values))


def _photo_rows(lived: list[_Lived]) -> Iterator[tuple[str, ...]]:
    for one in lived:
        for seq, step in enumerate(one.life.steps, start=1):
            for role, photo in step.decision.photos:
                looks = photo.direction
                values = (
                    one.case_id, seq, role, photo.sha256, photo.width_px, photo.height_px, photo.size_bytes,
                    photo.shot, photo.distance_m, looks and looks.deg, looks and looks.is_magnetic,
                )  # fmt: skip
                yield tuple(map(_cell, values))


def _fact_row(fact: Fact, prev_hash: bytes) -> tuple[str, bytes]:
    """A fact as a line for COPY, and its hash: `Fact.sealed` with the body written as JSON only once.

    Keys of the canonical form are sorted, and `body` stands between `at` and `by_name`.
    """
    content = fact.content()
    body = canonical(fact.body)
    before = canonical({"action": content["action"], "at": content["at"]})
    after = canonical({key: value for key, value in content.items() if key not in ("action", "at", "body")})
    digest = hashlib.sha256(b"".join((prev_hash, before[:-1], b',"body":', body, b",", after[1:]))).digest()
    cells = [_cell(value) for key, value in content.items() if key != "body"]
    return "\t".join((*cells, _escaped(body.decode()), _cell(prev_hash), _cell(digest))), digest


def _cell(value: object) -> str:
    """A value as COPY's text format has it."""
    write = _WRITERS.get(type(value))
    return str(value) if write is None else write(value)


def _escaped(value: str) -> str:
    if "\\" not in value and value.isprintable():
        return value
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _none: r"\N",
    str: _escaped,
    bool: lambda flag: "t" if flag else "f",
    bytes: lambda raw: "\\\\x" + raw.hex(),
    datetime: datetime.isoformat,
    dict: lambda data: _escaped(json.dumps(data, ensure_ascii=False, separators=(",", ":"))),
}
