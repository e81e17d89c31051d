"""All cases of the city, or of one area, at a glance: what a wall shows. Reads only.

Each question is one statement on an index; none reads all cases. Areas are districts and what lies in them;
"" is the whole city. Moments are UTC, places degrees (EPSG:4490).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, column, func, select, table, text, values
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Session

from cases.filtering import CaseFilter, TypeNames
from cases.listing import count_stages
from cases.rules.usual_day import Hourly
from cases.summaries import NO_NAMES, SUMMARIES, CaseSummary, summary_of
from cases.tables import CaseRow, FactRow
from grid.rules.codes import unit_grids_of

_DAY = timedelta(days=1)
_Organisation = table("organisation", column("code"), column("name"), column("short_name"), schema="grid")


def in_area(area: str) -> list[ColumnElement[bool]]:
    """Cases of an area, as SQL."""
    return [CaseRow.unit_grid_code.between(*unit_grids_of(area))] if area else []


def count_open(session: Session, area: str, *, at: datetime) -> dict[tuple[str, str], int]:
    """How many open cases stand at each stage under each light."""
    return count_stages(session, CaseFilter(is_open=True, area_code=area or None), at=at)


@dataclass(frozen=True, slots=True)
class SinceMidnight:
    """What has happened today: cases filed and closed, and how often a case came to each stage."""

    filed: int
    closed: int
    came_to: dict[str, int]


def read_since(session: Session, area: str, since: datetime) -> SinceMidnight:
    """What has happened since a moment; one statement."""
    here = in_area(area)
    filed = select(func.count()).select_from(CaseRow).where(CaseRow.filed_at >= since, *here)
    closed = select(func.count()).select_from(CaseRow).where(
        CaseRow.closed_at >= since, CaseRow.stage == "closed", *here
    )  # fmt: skip
    moved = select(FactRow.to_stage.label("stage"), func.count().label("n")).where(
        FactRow.at >= since,
        FactRow.from_stage.is_distinct_from(FactRow.to_stage),
        FactRow.case_id >= 0,  # without drills
    )
    if here:
        moved = moved.join(CaseRow, CaseRow.id == FactRow.case_id).where(*here)
    steps = moved.group_by(FactRow.to_stage).subquery()
    told = select(func.jsonb_object_agg(steps.c.stage, steps.c.n)).scalar_subquery()
    row = session.execute(select(filed.scalar_subquery(), closed.scalar_subquery(), told)).one()
    return SinceMidnight(row[0], row[1], dict(row[2] or {}))


def count_by_hour(session: Session, area: str, days: Sequence[datetime]) -> list[Hourly]:
    """How many cases were reported in each hour of some days, each named by its midnight; one statement.

    Days have 24 hours: the city's clocks are not put forward or back.
    """
    first = min(days)
    begins = values(column("begins", TIMESTAMP(timezone=True)), name="day").data([(day,) for day in days])
    hour = func.floor(func.extract("epoch", CaseRow.reported_at - begins.c.begins) / 3600)
    query = (
        select(begins.c.begins, hour.label("hour"), func.count().label("n"))
        .join(
            CaseRow, (CaseRow.reported_at >= begins.c.begins) & (CaseRow.reported_at < begins.c.begins + _DAY)
        )
        .where(CaseRow.reported_at >= first, *in_area(area))
        .group_by(begins.c.begins, hour)
    )
    found: dict[datetime, dict[int, int]] = {day: {} for day in days}
    for begun, at_hour, n in session.execute(query):
        found[begun][int(at_hour)] = n
    return [found[day] for day in days]


def list_next_due(
    session: Session, area: str, *, at: datetime, most: int, types: TypeNames = NO_NAMES
) -> tuple[CaseSummary, ...]:
    """The open cases whose stage is due next, the next one first."""
    return _list_due(session, area, CaseRow.stage_due_at > at, at=at, most=most, types=types)


def list_overdue(
    session: Session, area: str, *, at: datetime, most: int, types: TypeNames = NO_NAMES
) -> tuple[CaseSummary, ...]:
    """The open cases that are over their deadline, those that have waited longest first."""
    return _list_due(session, area, CaseRow.stage_due_at <= at, at=at, most=most, types=types)


def _list_due(
    session: Session, area: str, is_due: ColumnElement[bool], *, at: datetime, most: int, types: TypeNames
) -> tuple[CaseSummary, ...]:
    query = (
        SUMMARIES.where(CaseRow.closed_at.is_(None), CaseRow.stage != "suspended", is_due, *in_area(area))
        .order_by(CaseRow.stage_due_at, CaseRow.id)
        .limit(most)
    )
    return tuple(summary_of(row, at, types) for row in session.execute(query).mappings())


@dataclass(frozen=True, slots=True)
class Overdue:
    """How many open cases of an organisation are over their deadline."""

    code: str
    name: str
    n: int


def count_overdue(session: Session, area: str, *, at: datetime) -> list[Overdue]:
    """Overdue cases by department, the most first; those that no department has yet are left out."""
    late = (
        select(CaseRow.department_code.label("code"), func.count().label("n"))
        .where(
            CaseRow.closed_at.is_(None),
            CaseRow.stage != "suspended",
            CaseRow.stage_due_at <= at,
            CaseRow.department_code.is_not(None),
            *in_area(area),
        )
        .group_by(CaseRow.department_code)
        .subquery()
    )
    name = func.coalesce(func.nullif(_Organisation.c.short_name, ""), _Organisation.c.name, late.c.code)
    query = (
        select(late.c.code, name.label("name"), late.c.n)
        .outerjoin_from(late, _Organisation, _Organisation.c.code == late.c.code)
        .order_by(late.c.n.desc(), late.c.code)
    )
    return [Overdue(*row) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class HotGrid:
    """A unit grid with many reports: its outline as GeoJSON geometry, the middle, and how many are open."""

    code: str
    community: str
    n: int
    n_open: int
    outline: str
    lon: float
    lat: float


_HOT = text("""
    WITH counted AS (
        SELECT unit_grid_code AS code, count(*) AS n, count(*) FILTER (WHERE closed_at IS NULL) AS n_open
        FROM cases.seen_case WHERE reported_at >= :since AND reported_at <= :at
        GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT :most)
    SELECT c.code, coalesce(d.name, '') AS community, c.n, c.n_open,
        ST_AsGeoJSON(ST_Transform(g.geom, 4490), 6) AS outline, ST_X(m.p) AS lon, ST_Y(m.p) AS lat
    FROM counted c
    JOIN grid.unit_grid g ON g.code = c.code AND g.valid_to IS NULL
    LEFT JOIN grid.division d ON d.code = left(c.code, 12) AND d.valid_to IS NULL
    CROSS JOIN LATERAL (SELECT ST_Transform(ST_PointOnSurface(g.geom), 4490) AS p) m
    ORDER BY c.n DESC, c.code
""")


def list_hot_grids(session: Session, *, since: datetime, at: datetime, most: int) -> list[HotGrid]:
    """The unit grids with most reports since a moment, the hottest first; a single report makes none hot."""
    rows = session.execute(_HOT, {"since": since, "at": at, "most": most})
    return [HotGrid(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class District:
    """A district of the city: its name and the box around most of its unit grids, degrees EPSG:4490.

    Unit grids are dense where people live: hills at the edge would make everything else too small to read.
    """

    code: str
    name: str
    box: tuple[float, float, float, float] | None


_DISTRICTS = text("""
    SELECT d.code, d.name, b.west, b.south, b.east, b.north
    FROM grid.division d
    LEFT JOIN (
        SELECT code, e[1] AS west, e[2] AS east, n[1] AS south, n[2] AS north
        FROM (SELECT code, percentile_cont(ARRAY[0.02, 0.98]) WITHIN GROUP (ORDER BY ST_X(p)) AS e,
                  percentile_cont(ARRAY[0.02, 0.98]) WITHIN GROUP (ORDER BY ST_Y(p)) AS n
              FROM (SELECT left(community_code, 6) AS code, ST_Transform(ST_Centroid(geom), 4490) AS p
                    FROM grid.unit_grid WHERE valid_to IS NULL) g
              GROUP BY code) m
    ) b ON b.code = d.code
    WHERE d.valid_to IS NULL AND d.code = ANY(:codes) ORDER BY d.code
""")


def list_districts(session: Session, codes: Sequence[str]) -> list[District]:
    """Names and boxes of districts."""
    rows = session.execute(_DISTRICTS, {"codes": list(codes)})
    return [
        District(code, name, None if west is None else (west, south, east, north))
        for code, name, west, south, east, north in rows
    ]
