"""Which unit grids were walked, and how much of their own people walk; from visits, which outlive tracks."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from gis_core.clock import CITY_ZONE
from grid.positions.rules.visits import VisitRule


@dataclass(frozen=True, slots=True)
class GridWalks:
    """A unit grid: on how many days it was walked, by how many people, and when last."""

    code: str
    responsibility_code: str | None
    days: int
    people: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attendance:
    """Somebody's day: hours on duty, and how many of the own unit grids were walked."""

    key: str
    name: str
    organisation_code: str | None
    started_at: datetime
    ended_at: datetime | None
    on_duty_s: int
    own_grids: int
    own_walked: int
    grids_walked: int
    positions: int

    @property
    def share(self) -> float | None:
        """The part of the own grids that was walked; None for whoever has none."""
        return self.own_walked / self.own_grids if self.own_grids else None


_RULES = """
    SELECT * FROM jsonb_to_recordset(CAST(:rules AS jsonb))
        AS r(since date, until date, positions int, span_s int)
"""
_COUNTS = """
    v.walked_on >= r.since AND v.walked_on < r.until AND v.positions >= r.positions
    AND v.last_at - v.first_at >= make_interval(secs => r.span_s)
"""
"""Whether a visit `v` is a walk by the rule `r` of its day."""


def text_of_walks(statement: str) -> TextClause:
    """A statement with the rules of visits as `{RULES}`, and `{COUNTS}` where a visit has to be a walk."""
    return text(statement.replace("{RULES}", _RULES).replace("{COUNTS}", _COUNTS))


# Vehicles pass; only people walk. A grid that was drawn anew begins without walks, for its code is new.
_COVERAGE = text_of_walks("""
    WITH rules AS ({RULES})
    SELECT g.code, g.responsibility_code, coalesce(v.days, 0), coalesce(v.people, 0), v.last_at
    FROM grid.unit_grid g
    LEFT JOIN (
        SELECT v.unit_grid_code, count(DISTINCT v.walked_on) FILTER (WHERE r.since IS NOT NULL) AS days,
            count(DISTINCT v.mover_key) FILTER (WHERE r.since IS NOT NULL) AS people,
            max(v.last_at) AS last_at
        FROM grid.grid_visit v JOIN grid.mover m ON m.key = v.mover_key AND m.kind = 'person'
        LEFT JOIN rules r ON {COUNTS}
        WHERE v.walked_on BETWEEN :since AND :until GROUP BY v.unit_grid_code
    ) v ON v.unit_grid_code = g.code
    WHERE g.valid_to IS NULL
    ORDER BY g.responsibility_code NULLS LAST, g.code
""")
_ATTENDANCE = text_of_walks("""
    WITH rules AS ({RULES}), bounds AS (
        SELECT CAST(:on AS date)::timestamp AT TIME ZONE :zone AS since,
            (CAST(:on AS date) + 1)::timestamp AT TIME ZONE :zone AS until
    ), days AS (
        SELECT d.mover_key, min(d.started_at) AS started_at,
            CASE WHEN bool_or(d.ended_at IS NULL) THEN NULL ELSE max(d.ended_at) END AS ended_at,
            sum(extract(epoch FROM
                least(coalesce(d.ended_at, :at), b.until) - greatest(d.started_at, b.since))) AS on_duty_s,
            (array_agg(to_jsonb(d.responsibility_codes) ORDER BY d.started_at DESC))[1] AS codes
        FROM grid.duty d, bounds b
        WHERE d.started_at < b.until AND coalesce(d.ended_at, :at) > b.since
        GROUP BY d.mover_key
    )
    SELECT m.key, m.name, m.organisation_code, days.started_at, days.ended_at, days.on_duty_s::int,
        own.n, own.walked, walks.n, walks.positions
    FROM days JOIN grid.mover m ON m.key = days.mover_key
    CROSS JOIN LATERAL (
        SELECT count(*) AS n, count(v.unit_grid_code) AS walked FROM grid.unit_grid g
        LEFT JOIN grid.grid_visit v
            ON v.unit_grid_code = g.code AND v.mover_key = m.key AND v.walked_on = :on
            AND EXISTS (SELECT FROM rules r WHERE {COUNTS})
        WHERE g.valid_to IS NULL AND days.codes ? g.responsibility_code
    ) own
    CROSS JOIN LATERAL (
        SELECT count(r.since) AS n, coalesce(sum(v.positions), 0) AS positions
        FROM grid.grid_visit v LEFT JOIN rules r ON {COUNTS}
        WHERE v.mover_key = m.key AND v.walked_on = :on
    ) walks
    ORDER BY m.name, m.key
""")


def as_json(rules: Sequence[VisitRule]) -> str:
    """The rules as statements read them."""
    return json.dumps([{**asdict(one), "since": f"{one.since}", "until": f"{one.until}"} for one in rules])


def list_coverage(
    session: Session, since: date, until: date, rules: Sequence[VisitRule]
) -> tuple[GridWalks, ...]:
    """Every unit grid in force and its walks on the days from `since` to `until`, both included.

    `last_at` is when anybody was there last, whether or not that was a walk.
    """
    given = {"since": since, "until": until, "rules": as_json(rules)}
    return tuple(GridWalks(*row) for row in session.execute(_COVERAGE, given))


def list_attendance(
    session: Session, on: date, rules: Sequence[VisitRule], *, at: datetime
) -> tuple[Attendance, ...]:
    """Everybody who was on duty on a day of the city; duty that lasts counts until `at`."""
    given = {"on": on, "zone": str(CITY_ZONE), "at": at, "rules": as_json(rules)}
    return tuple(Attendance(*row) for row in session.execute(_ATTENDANCE, given))


@dataclass(frozen=True, slots=True)
class ResponsibilityCoverage:
    """A responsibility grid: how many of its unit grids were walked, and which were not."""

    code: str | None
    grids: int
    walked: int
    unwalked: tuple[str, ...]

    @property
    def share(self) -> float:
        """The part that was walked."""
        return self.walked / self.grids if self.grids else 0.0


def by_responsibility(walks: Sequence[GridWalks]) -> tuple[ResponsibilityCoverage, ...]:
    """Coverage by responsibility grid, the least walked first; None for grids that nobody answers for."""
    groups: dict[str | None, list[GridWalks]] = {}
    for one in walks:
        groups.setdefault(one.responsibility_code, []).append(one)
    found = (
        ResponsibilityCoverage(
            code,
            len(grids),
            sum(1 for one in grids if one.days),
            tuple(one.code for one in grids if not one.days),
        )
        for code, grids in groups.items()
    )
    return tuple(sorted(found, key=lambda one: (one.share, one.code or "~")))
