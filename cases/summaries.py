"""A case as a row of a list: the query of summaries, made once, and what its rows mean.

Places are answered in degrees (EPSG:4490). Names of types come from the catalogue, so callers hand in
`types`; without them a type is shown by its code.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    column,
    literal_column,
    select,
    table,
)
from sqlalchemy import case as sql_case

from cases.filtering import TypeNames
from cases.rules.deadlines import light
from cases.rules.evidence import without_phones
from cases.tables import CaseColumns, CaseRow, PhotoRow
from gis_core.degrees import in_degrees

NO_NAMES: TypeNames = {}


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A row of a list. Moments are UTC; the light is that of the moment asked for."""

    id: int
    case_no: str
    revision: int
    stage: str
    kind: str
    type_code: str
    type_name: str
    description: str
    place_text: str
    lon: float
    lat: float
    unit_grid_code: str
    community_code: str
    zone_code: str | None
    department_code: str | None
    department_name: str | None
    proposed_department_code: str | None
    proposed_department_name: str | None
    source: str
    reported_at: datetime
    filed_at: datetime | None
    stage_since: datetime
    stage_due_at: datetime | None
    stage_at_risk_at: datetime | None
    case_due_at: datetime | None
    light: str
    is_supervised: bool
    urge_count: int
    has_open_urge: bool
    answer_due_at: datetime | None
    suspended_until: datetime | None
    is_void_asked: bool
    appeal: str | None
    is_handled_at_once: bool
    rework_count: int
    reopen_count: int
    join_count: int
    merged_into: str | None
    parent_no: str | None
    photo_sha: str | None
    is_synthetic: bool
    is_drill: bool
    reporter_id: int | None
    inspector_id: int | None
    crew_id: int | None


_Organisation = table("organisation", column("code"), column("name"), schema="grid")


def light_of(at: datetime) -> ColumnElement[str]:
    """The light at `at` as SQL, as `cases.rules.deadlines.light` says it."""
    return sql_case(
        (CaseRow.stage == "suspended", "suspended"),
        (CaseRow.closed_at.is_not(None), "normal"),
        (CaseRow.stage_due_at <= at, "overdue"),
        (CaseRow.stage_at_risk_at <= at, "at_risk"),
        else_="normal",
    )


def place_columns(
    of: type[CaseColumns] = CaseRow,
) -> tuple[ColumnElement[float], ColumnElement[float]]:
    """Longitude and latitude of a case, degrees EPSG:4490, as `lon` and `lat`."""
    lon, lat = in_degrees(of.geom)
    return lon.label("lon"), lat.label("lat")


_SUMMARY = (
    CaseRow.id, CaseRow.case_no, CaseRow.revision, CaseRow.stage, CaseRow.kind, CaseRow.type_code,
    CaseRow.description, CaseRow.place_text, CaseRow.unit_grid_code, CaseRow.zone_code,
    CaseRow.department_code, CaseRow.proposed_department_code, CaseRow.source, CaseRow.reported_at,
    CaseRow.filed_at, CaseRow.stage_since, CaseRow.stage_due_at, CaseRow.stage_at_risk_at,
    CaseRow.is_supervised, CaseRow.urge_count, CaseRow.has_open_urge, CaseRow.answer_due_at,
    CaseRow.suspended_until, CaseRow.is_void_asked, CaseRow.appeal, CaseRow.is_handled_at_once,
    CaseRow.rework_count, CaseRow.reopen_count, CaseRow.join_count, CaseRow.merged_into, CaseRow.parent_no,
    CaseRow.is_synthetic, CaseRow.is_drill, CaseRow.reporter_id, CaseRow.inspector_id, CaseRow.crew_id,
)  # fmt: skip
_SUMMARY_NAMES = tuple(c.key for c in _SUMMARY)


def _name_of(code: Any, label: str) -> ColumnElement[Any]:
    """The name of an organisation: a sub-query, so that of all rows sorted only those shown ask for it."""
    return select(_Organisation.c.name).where(_Organisation.c.code == code).scalar_subquery().label(label)


_FIRST_PHOTO = (
    select(PhotoRow.sha256)
    .where(PhotoRow.case_id == CaseRow.id)
    .order_by(PhotoRow.id)
    .limit(literal_column("1"))
    .scalar_subquery()
    .label("photo_sha")
)
_SUMMARIES = select(
    *_SUMMARY,
    CaseRow.closed_at,
    *place_columns(),
    CaseRow.clocks[literal_column("'case'")][literal_column("'due_at'")].astext.label("case_due"),
    _FIRST_PHOTO,
    _name_of(CaseRow.department_code, "department_name"),
    _name_of(CaseRow.proposed_department_code, "proposed_department_name"),
)
SUMMARIES = cast("Select[Any]", _SUMMARIES)
"""The query of summaries, made once; `summary_of` reads its rows."""


def summary_of(row: RowMapping, at: datetime, types: TypeNames) -> CaseSummary:
    """A row of `SUMMARIES` with its light at `at`; telephone numbers in words are blotted out
    (`cases/contacts.py` shows them)."""
    case_due = row["case_due"]
    told = {name: row[name] for name in _SUMMARY_NAMES}
    told |= {name: without_phones(told[name]) for name in ("description", "place_text")}
    is_over = row["closed_at"] is not None
    return CaseSummary(
        **told,
        type_name=types.get((row["kind"], row["type_code"]), row["type_code"]),
        lon=row["lon"],
        lat=row["lat"],
        community_code=row["unit_grid_code"][:12],
        department_name=row["department_name"],
        proposed_department_name=row["proposed_department_name"],
        case_due_at=None if case_due is None else datetime.fromisoformat(case_due),
        light="normal" if is_over else light(row["stage"], row["stage_due_at"], row["stage_at_risk_at"], at),
        photo_sha=row["photo_sha"],
    )
