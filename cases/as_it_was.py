"""The cases of a span of the past as they stood when it began, and what happened in it. Reads only.

Two statements, whatever the span: the whole chains of the cases to which something happened, and every case
that stood open, was over by then but had something happen, or was reported in the span. How those stood that
nothing happened to is folded in SQL, the others by `cases.rules.as_it_stood`; a test compares the two.
Moments are UTC, places degrees (EPSG:4490).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from cases.private_places import BLUR_CELL_M
from cases.rules.as_it_stood import PLACE, TYPE, Stood, said_then, stood_after
from cases.rules.counting import ACTION_NO
from cases.rules.stages import STAGE_CLOCK
from gis_core.crs import PlaneSystem
from gis_core.errors import Refused
from gis_core.places import LonLat

MOST_STEPS = 20_000
"""Facts of a span: more are refused, for a replay that leaves some out is none."""
MOST_CASES = 30_000
"""Cases of a span, the newest reports first; where there are more, the picture says so."""
MOST_CHAINED = 400_000
"""Facts read of the cases to which something happened."""


class TooMuchHappened(Refused):
    """More happened in the span than one replay holds."""

    code = "replay_too_much"


@dataclass(frozen=True, slots=True)
class CaseThen:
    """A case as it stood when the span began; `stood` is None when it was reported later in the span.

    Of a private type it has the middle of a square of 100 m.
    """

    case_no: str
    kind: str
    type_code: str
    type_name: str
    community_code: str
    place: LonLat
    is_private: bool
    is_synthetic: bool
    stood: Stood | None


@dataclass(frozen=True, slots=True)
class StepThen:
    """Something that happened in the span: to which case (its place in the list), by which post, and how it
    stood after it; `moved` is its place after a correction of the place."""

    at: datetime
    case: int
    action: str
    role: str
    organisation_code: str | None
    from_stage: str | None
    stood: Stood
    moved: LonLat | None = None


@dataclass(frozen=True, slots=True)
class AsItWas:
    """A span of the past."""

    cases: tuple[CaseThen, ...]
    steps: tuple[StepThen, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class _Chained:
    """A fact of the chain of a case to which something happened."""

    case_id: int
    seq: int
    at: datetime
    action: str
    role: str
    organisation_code: str | None
    from_stage: str | None
    to_stage: str
    department: str | None
    clocks: Mapping[str, Mapping[str, Any]]
    changes: Mapping[str, Sequence[str]] | None


_CHAINS = text("""
    SELECT f.case_id, f.seq, f.at, f.action, f.by_role, f.by_organisation_code, f.from_stage, f.to_stage,
        f.given_department, coalesce(f.body -> 'clocks', '{}'),
        CASE WHEN f.action = 'correct' THEN f.body -> 'changes' END
    FROM cases.fact f
    WHERE f.at <= :until AND f.case_id IN
        (SELECT case_id FROM cases.fact WHERE at >= :since AND at <= :until AND case_id >= 0)
    ORDER BY f.case_id, f.seq LIMIT :most
""")
_CLOCK_OF_STAGE = " ".join(f"WHEN '{stage}' THEN '{clock}'" for stage, clock in STAGE_CLOCK.items())
_GIVES = ", ".join(str(ACTION_NO[action]) for action in ("dispatch", "approve_return"))
# Cases that are open, or were closed since, were open then or have been reported since; those that something
# happened to come in any case. Each lateral query walks the index of one chain from its end; OFFSET keeps the
# look for corrections in the index, which has no bodies.
_STOOD = text(f"""
    WITH asked AS (
        SELECT id, false AS is_touched FROM cases.seen_case WHERE closed_at IS NULL AND reported_at <= :until
        UNION ALL
        SELECT id, false FROM cases.seen_case WHERE closed_at >= :since AND reported_at <= :until
        UNION ALL SELECT unnest(CAST(:touched AS bigint[])), true
    ), picked AS (
        SELECT id, bool_or(is_touched) AS is_touched FROM asked GROUP BY id
    ), newest AS MATERIALIZED (
        SELECT c.id, p.is_touched, c.case_no, c.kind, c.type_code, c.unit_grid_code, c.is_synthetic,
            ST_X(c.geom) AS easting_m, ST_Y(c.geom) AS northing_m
        FROM cases.seen_case c JOIN picked p USING (id)
        ORDER BY p.is_touched DESC, c.reported_at DESC, c.id DESC LIMIT :most
    )
    SELECT (SELECT count(*) FROM newest) AS picked, c.id, c.case_no, c.kind, c.type_code, c.unit_grid_code,
        c.is_synthetic, c.easting_m, c.northing_m, p.kind IS NOT NULL AS is_private,
        s.to_stage AS stage, s.clock_name, k.due_at, k.at_risk_at, d.department, l.later
    FROM newest c
    LEFT JOIN cases.private_type p ON p.kind = c.kind AND p.type_code = c.type_code
    LEFT JOIN LATERAL (
        SELECT f.to_stage, CASE f.to_stage {_CLOCK_OF_STAGE} END AS clock_name FROM cases.fact f
        WHERE f.case_id = c.id AND f.at < :since ORDER BY f.seq DESC LIMIT 1
    ) s ON true
    LEFT JOIN LATERAL (
        SELECT o.clock ->> 'due_at' AS due_at, o.clock ->> 'at_risk_at' AS at_risk_at FROM (
            SELECT f.body -> 'clocks' -> s.clock_name AS clock FROM cases.fact f
            WHERE f.case_id = c.id AND f.at < :since AND f.body -> 'clocks' -> s.clock_name IS NOT NULL
            ORDER BY f.seq DESC LIMIT 1
        ) o
    ) k ON true
    LEFT JOIN LATERAL (
        SELECT f.given_department AS department FROM cases.fact f
        WHERE f.case_id = c.id AND f.at < :since AND f.action_no IN ({_GIVES}) ORDER BY f.seq DESC LIMIT 1
    ) d ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(g.body -> 'changes' ORDER BY g.seq) AS later
        FROM (SELECT seq FROM cases.fact WHERE case_id = c.id AND at >= :since AND action_no = 0 OFFSET 0) f
        JOIN cases.fact g ON g.case_id = c.id AND g.seq = f.seq AND g.action = 'correct'
    ) l ON true
    WHERE s.clock_name IS NOT NULL OR c.is_touched
    ORDER BY c.id
""")  # noqa: S608 - words of our own
_FIRST = text("SELECT min(reported_at) FROM cases.seen_case")


def find_first_report(session: Session) -> datetime | None:
    """When the first report came that is kept; None in a city without one."""
    return session.execute(_FIRST).scalar_one_or_none()


def read_as_it_was(
    session: Session,
    plane: PlaneSystem,
    *,
    since: datetime,
    until: datetime,
    types: Mapping[tuple[str, str], str],
    most: int = MOST_CASES,
) -> AsItWas:
    """How every case stood just before `since`, and every step from then to `until`, both included.

    :raises TooMuchHappened: for more than `MOST_STEPS` steps.
    """
    given = {"since": since, "until": until, "most": MOST_CHAINED + 1}
    read = [_Chained(*row) for row in session.execute(_CHAINS, given)]
    chains = {
        case_id: list(_in_order(facts)) for case_id, facts in groupby(read, key=lambda one: one.case_id)
    }
    happened = sum(one.at >= since for facts in chains.values() for one in facts)
    if happened > MOST_STEPS or len(read) > MOST_CHAINED:
        raise TooMuchHappened(f"这段时间里发生的事超过 {MOST_STEPS} 条，一次放不下。请缩短时段。")
    most = max(most, len(chains))
    asked = {"since": since, "until": until, "touched": list(chains), "most": most + 1}
    rows = session.execute(_STOOD, asked).mappings().all()
    before = {case_id: _before(facts, since) for case_id, facts in chains.items()}
    cases = _Cases(plane, types, rows).told(before)
    order = {row["id"]: n for n, row in enumerate(rows)}
    steps = [step for case_id, facts in chains.items() for step in _steps(facts, since, order[case_id])]
    told = [_blurred(step, plane) if cases[step.case].is_private else step for step in steps]
    is_cut = bool(rows) and rows[0]["picked"] > most
    return AsItWas(tuple(cases), tuple(sorted(told, key=lambda one: (one.at, one.case))), is_cut)


def _in_order(facts: Iterable[_Chained]) -> Iterator[_Chained]:
    """A chain in which no fact is earlier than the one before it: two that come at once may be written the
    other way round. What follows a fact that was not read is left out."""
    at = None
    for n, fact in enumerate(facts, start=1):
        if fact.seq != n:
            return
        at = fact.at if at is None else max(at, fact.at)
        yield fact if fact.at == at else replace(fact, at=at)


def _before(facts: Sequence[_Chained], since: datetime) -> Stood | None:
    stood = None
    for fact in facts:
        if fact.at < since:
            stood = stood_after(stood, fact)
    return stood


def _steps(facts: Sequence[_Chained], since: datetime, case: int) -> Iterator[StepThen]:
    stood = None
    for fact in facts:
        stood = stood_after(stood, fact)
        if fact.at >= since:
            changed = (fact.changes or {}).get(PLACE)
            yield StepThen(
                fact.at, case, fact.action, fact.role, fact.organisation_code, fact.from_stage, stood,
                _read_place(changed[1]) if changed else None,
            )  # fmt: skip


def _read_place(words: str) -> LonLat:
    lon, lat = (float(part) for part in words.split(","))
    return LonLat(lon, lat)


def _blurred(step: StepThen, plane: PlaneSystem) -> StepThen:
    if step.moved is None:
        return step
    point = plane.to_plane(step.moved)
    rounded = np.round(np.array([[point.easting_m, point.northing_m]]) / BLUR_CELL_M) * BLUR_CELL_M
    ((lon, lat),) = plane.to_lonlat_many(rounded).tolist()
    return replace(step, moved=LonLat(lon, lat))


class _Cases:
    """Rows as cases; places are worked out for all of them at once."""

    def __init__(
        self, plane: PlaneSystem, types: Mapping[tuple[str, str], str], rows: Sequence[RowMapping]
    ) -> None:
        self._plane = plane
        self._types = types
        self._private_names = {
            types.get((row["kind"], row["type_code"]), "") for row in rows if row["is_private"]
        }
        self._rows = rows

    def told(self, before: Mapping[int, Stood | None]) -> list[CaseThen]:
        """The cases; of those with a chain of their own, how they stood comes from it."""
        names = [self._type_name(row) for row in self._rows]
        private = [
            row["is_private"] or name in self._private_names
            for row, name in zip(self._rows, names, strict=True)
        ]
        return [
            CaseThen(
                row["case_no"], row["kind"], row["type_code"], name, _community(row), LonLat(lon, lat),
                is_private, row["is_synthetic"], before[row["id"]] if row["id"] in before else _stood(row),
            )
            for row, name, is_private, (lon, lat) in zip(
                self._rows, names, private, self._places(private), strict=True
            )
        ]  # fmt: skip

    def _type_name(self, row: RowMapping) -> str:
        today = self._types.get((row["kind"], row["type_code"]), row["type_code"])
        return said_then(today, row["later"] or (), TYPE)

    def _places(self, private: Sequence[bool]) -> list[tuple[float, float]]:
        """Where each lay then; those of private types in the middle of their square."""
        if not self._rows:
            return []
        points = np.array([(row["easting_m"], row["northing_m"]) for row in self._rows])
        for n, row in enumerate(self._rows):
            if row["later"]:
                was = said_then("", row["later"], PLACE)
                point = self._plane.to_plane(_read_place(was)) if was else None
                points[n] = (point.easting_m, point.northing_m) if point else points[n]
        blurred = np.round(points / BLUR_CELL_M) * BLUR_CELL_M
        chosen = np.where(np.array(private)[:, None], blurred, points)
        places: list[tuple[float, float]] = self._plane.to_lonlat_many(chosen).tolist()
        return places


def _community(row: RowMapping) -> str:
    """The community it lay in; empty when it was moved since, for facts keep the place alone."""
    is_moved = any(PLACE in changes for changes in row["later"] or ())
    return "" if is_moved else row["unit_grid_code"][:12]


def _stood(row: RowMapping) -> Stood | None:
    """How a case stood that nothing happened to, folded in SQL: only the clock of its stage is read."""
    if row["stage"] is None:
        return None
    clock = {"due_at": row["due_at"], "at_risk_at": row["at_risk_at"]}
    return Stood(row["stage"], row["department"], {row["clock_name"]: clock})
