"""Cases as people look at them: lists by keyset, one case with its facts, counts, changes. Reads only.

Places are answered in degrees (EPSG:4490). Names of types come from the catalogue, so callers hand in
`types`; without them a type is shown by its code.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    Text,
    and_,
    column,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    table,
    text,
    tuple_,
)
from sqlalchemy import case as sql_case
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from cases.filtering import CaseFilter, Cursor, CursorOfOtherOrder, Order, TypeNames
from cases.rules.angles import Direction
from cases.rules.deadlines import Clocks, clocks_from_data, light
from cases.rules.evidence import without_phones
from cases.rules.shots import Shot
from cases.rules.stages import OPEN_STAGES, action_label
from cases.tables import NEVER, URGENCY, WORD_PARTS, CaseCounterRow, CaseRow, FactRow, PhotoRow
from gis_core.degrees import in_degrees
from gis_core.errors import NotFound
from gis_core.places import LonLat
from grid.rules.codes import unit_grids_of
from grid.rules.criteria import Limit

NO_NAMES: TypeNames = {}
NO_APPEAL = "none"
MOST_ROWS = 200
MOST_CHANGES = 1_000
CASE_NO_DIGITS = 20
LATELY = 8_000
"""How many of the newest cases are read for words before the index on words is asked."""
WIDER = 10
"""How many times that span is read when the first held some, but not a page of them."""
SHORT_CASE_NO = re.compile(r"(\d{2})-(\d{4})-(\d{6})", re.ASCII)
"""A case number as rows of a list show it: end of the district's code, month and day, number."""


class CaseNotFound(NotFound):
    """There is no case of this number, or the code beside it does not fit."""

    code = "case_not_found"


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
    reporter_id: int | None
    inspector_id: int | None
    crew_id: int | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """Some cases, and where the next page begins; None on the last one."""

    rows: tuple[CaseSummary, ...]
    next_cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class CaseFact:
    """One step of a case's story; the hashes are those of its chain."""

    id: int
    case_id: int
    seq: int
    at: datetime
    by_person_id: int | None
    by_name: str
    by_role: str
    by_organisation_code: str | None
    transition_no: int
    action: str
    from_stage: str | None
    to_stage: str
    reason: str
    body: Mapping[str, Any]
    prev_hash: bytes
    hash: bytes

    @property
    def label(self) -> str:
        """The Chinese word of what was done."""
        return action_label(self.action)


@dataclass(frozen=True, slots=True)
class CasePhoto:
    """A photo of a case; `role` is before, verify, after, recheck, help or join, `shot` near or far.

    `distance_m` is from the case, `direction_deg` clockwise from the north that the camera meant.
    """

    fact_seq: int
    role: str
    sha256: str
    width_px: int
    height_px: int
    taken_at: datetime | None
    shot: Shot | None = None
    distance_m: float | None = None
    direction_deg: float | None = None
    is_direction_magnetic: bool | None = None

    @property
    def direction(self) -> Direction | None:
        """Which way the camera looked, where it said so."""
        if self.direction_deg is None:
            return None
        return Direction(self.direction_deg, bool(self.is_direction_magnetic))


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """All of a case. `contact_name` and `contact_phone` are personal: for the supervision centre only."""

    summary: CaseSummary
    facts: tuple[CaseFact, ...]
    photos: tuple[CasePhoto, ...]
    criterion_code: str | None
    component_code: str | None
    responsibility_code: str | None
    limit: Limit | None
    clocks: Clocks
    position_source: str
    accuracy_m: float | None
    pulled_m: float
    frame_version: int
    track_code: str
    contact_name: str | None
    contact_phone: str | None
    public_text: str | None
    dispatched_at: datetime | None
    made_safe_at: datetime | None
    finished_at: datetime | None
    closed_at: datetime | None
    is_overdue_handled: bool | None
    is_verified_true: bool | None
    is_recheck_passed: bool | None
    helping_codes: tuple[str, ...]
    asked_from: str | None
    is_ask_endorsed: bool | None
    extension_count: int
    suspension_count: int
    is_lateness_exempt: bool
    last_hash: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """What the city has of a report that was sent before."""

    case_no: str
    track_code: str
    stage: str
    unit_grid_code: str
    place: LonLat
    proposed_department_code: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """A committed fact as live viewers need it: which case to draw again, and whom it concerns."""

    fact_id: int
    case_id: int
    case_no: str
    revision: int
    at: datetime
    action: str
    from_stage: str | None
    to_stage: str
    unit_grid_code: str
    department_code: str | None
    inspector_id: int | None
    crew_id: int | None
    reporter_id: int | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Facts since a horizon, and the horizon to resume from; `is_cut` when there were too many to list."""

    horizon: int
    rows: tuple[Change, ...]
    is_cut: bool


_Organisation = table("organisation", column("code"), column("name"), schema="grid")
_WORD_PARTS = WORD_PARTS.replace("description", '"case".description').replace(
    "place_text", '"case".place_text'
)


def light_of(at: datetime) -> ColumnElement[str]:
    """The light at `at` as SQL, as `cases.rules.deadlines.light` says it."""
    return sql_case(
        (CaseRow.stage == "suspended", "suspended"),
        (CaseRow.closed_at.is_not(None), "normal"),
        (CaseRow.stage_due_at <= at, "overdue"),
        (CaseRow.stage_at_risk_at <= at, "at_risk"),
        else_="normal",
    )


def list_cases(
    session: Session,
    wanted: CaseFilter,
    after: Cursor | None = None,
    limit: int = 50,
    *,
    at: datetime,
    types: TypeNames = NO_NAMES,
    order: Order = "newest",
) -> CasePage:
    """The cases that are wanted in this order, `limit` (at most 200) to a page: one query, at most four for
    words.

    :raises CursorOfOtherOrder: when `after` ends a page of the other order.
    """
    size = max(1, min(limit, MOST_ROWS))
    query = SUMMARIES.where(*conditions_of(wanted, at))
    if order == "newest":
        query = query.order_by(CaseRow.reported_at.desc(), CaseRow.id.desc())
    else:
        query = query.order_by(URGENCY, CaseRow.id)
        if wanted.stages and {*wanted.stages} <= {*OPEN_STAGES}:
            query = query.where(CaseRow.closed_at.is_(None))  # true of them all; `ix_case_urgent_open` asks
    if after is not None:
        query = query.where(_comes_after(after, order))
    query = query.limit(size + 1)
    is_by_words = bool(wanted.text) and order == "newest"
    found = _find_lately(session, query, wanted, _Page(after, size), at) if is_by_words else ()
    if len(found) <= size:
        found = session.execute(query).mappings().all()
    rows = tuple(summary_of(row, at, types) for row in found[:size])
    is_last = len(found) <= size
    return CasePage(rows, None if is_last else _cursor_of(rows[-1], order))


@dataclass(frozen=True, slots=True)
class _Page:
    """Which page of a list is wanted: what it begins after, and how many rows it has."""

    after: Cursor | None
    size: int


def _find_lately(
    session: Session, query: Select[Any], wanted: CaseFilter, page: _Page, at: datetime
) -> Sequence[RowMapping]:
    """What the query finds among the newest few thousand cases: enough for words that many cases have.

    For those the index on words has too many answers: at a million cases "经二路" took 195 ms by it, and
    words of one case in two hundred 60 ms.
    """
    others = conditions_of(replace(wanted, text=""), at)
    if page.after is not None:
        others.append(_comes_after(page.after, "newest"))
    newest = (
        select(CaseRow.reported_at).where(*others).order_by(CaseRow.reported_at.desc(), CaseRow.id.desc())
    )
    since = session.execute(newest.offset(LATELY).limit(1)).scalar()
    if since is None:
        return ()
    found = session.execute(query.where(CaseRow.reported_at >= since)).mappings().all()
    if len(found) > page.size or len(found) * WIDER < 2 * page.size:
        return found
    begins = page.after.moment if page.after is not None else None
    span = (begins or at) - since
    return session.execute(query.where(CaseRow.reported_at >= since - span * (WIDER - 1))).mappings().all()


def _comes_after(after: Cursor, order: Order) -> ColumnElement[bool]:
    if after.order != order:
        raise CursorOfOtherOrder("页码属于另一种排序，请从第一页重新查看。")
    if order == "urgent" and after.moment is None:
        # Said as an equality, for most cases have no deadline and the planner takes a range for nothing.
        return and_(URGENCY == NEVER, CaseRow.id > after.case_id)
    if order == "urgent":
        return tuple_(URGENCY, CaseRow.id) > tuple_(after.moment, after.case_id)
    return tuple_(CaseRow.reported_at, CaseRow.id) < tuple_(after.moment, after.case_id)


def _cursor_of(last: CaseSummary, order: Order) -> Cursor:
    return Cursor(order, last.stage_due_at if order == "urgent" else last.reported_at, last.id)


def count_cases(session: Session, wanted: CaseFilter, *, at: datetime, most: int | None = None) -> int:
    """How many cases are wanted; counting stops at `most`."""
    found = select(CaseRow.id).where(*conditions_of(wanted, at)).limit(most).subquery()
    return session.execute(select(func.count()).select_from(found)).scalar_one()


def count_by_grid(session: Session, *, since: datetime) -> dict[str, int]:
    """How many cases were reported in each unit grid since a moment; grids without one are left out."""
    query = (
        select(CaseRow.unit_grid_code, func.count().label("n"))
        .where(CaseRow.reported_at >= since)
        .group_by(CaseRow.unit_grid_code)
    )
    return {row.unit_grid_code: row.n for row in session.execute(query)}


@dataclass(frozen=True, slots=True)
class PlacedCase:
    """A case as rules of responsibility look at it, with the department that was proposed then."""

    case_no: str
    kind: str
    type_code: str
    unit_grid_code: str
    zone_code: str | None
    component_code: str | None
    proposed_department_code: str | None
    reported_at: datetime


def list_placed(
    session: Session, *, since: datetime, until: datetime, most: int = 200_000
) -> list[PlacedCase]:
    """Cases reported from `since` and before `until`, in the order of time."""
    columns = [getattr(CaseRow, name) for name in PlacedCase.__slots__]
    query = select(*columns).where(CaseRow.reported_at >= since, CaseRow.reported_at < until)
    rows = session.execute(query.order_by(CaseRow.reported_at, CaseRow.id).limit(most))
    return [PlacedCase(*row) for row in rows]


def count_stages(session: Session, wanted: CaseFilter, *, at: datetime) -> dict[tuple[str, str], int]:
    """How many open cases stand at each stage under each light; pairs without cases are left out."""
    light = light_of(at).label("light")
    query = (
        select(CaseRow.stage, light, func.count())
        .where(CaseRow.stage.in_(OPEN_STAGES), *conditions_of(wanted, at))
        .group_by(CaseRow.stage, light)
    )
    return {(stage, shown): n for stage, shown, n in session.execute(query)}


def count_desk(
    session: Session, by_stage: CaseFilter, marked: Mapping[str, CaseFilter], *, at: datetime
) -> tuple[dict[str, int], dict[str, int]]:
    """What a desk counts, in one query: open cases of a filter by stage, those of further ones by key."""
    stages = (
        select(CaseRow.stage.label("stage"), func.count().label("n"))
        .where(CaseRow.closed_at.is_(None), *conditions_of(by_stage, at))
        .group_by(CaseRow.stage)
        .subquery()
    )
    each = [
        select(func.count()).select_from(CaseRow).where(*conditions_of(one, at)).scalar_subquery()
        for one in marked.values()
    ]
    told = select(func.jsonb_object_agg(stages.c.stage, stages.c.n)).scalar_subquery()
    row = session.execute(select(told, *each)).one()
    return dict(row[0] or {}), dict(zip(marked, row[1:], strict=True))


def get_case(session: Session, case_no: str, at: datetime, *, types: TypeNames = NO_NAMES) -> CaseDetail:
    """The case with its facts and photos; three queries. Raises CaseNotFound."""
    query = _DETAILS.where(CaseRow.case_no == plain(case_no))
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise CaseNotFound(f"没有案卷号为“{case_no[:40]}”的案件，请核对。")
    has_limit = row["limit_value"] is not None
    return CaseDetail(
        summary=summary_of(row, at, types),
        facts=list_facts(session, row["id"]),
        photos=list_photos(session, row["id"]),
        limit=Limit(row["limit_value"], row["limit_unit"]) if has_limit else None,
        clocks=clocks_from_data(row["clocks"]),
        helping_codes=tuple(row["helping_codes"]),
        **{name: row[name] for name in _DETAIL_NAMES},
    )


def list_facts(session: Session, case_id: int, *, after: int = 0) -> tuple[CaseFact, ...]:
    """The facts of a case in order, those after place `after` in its chain."""
    query = select(*_FACT).where(FactRow.case_id == case_id, FactRow.seq > after).order_by(FactRow.seq)
    return tuple(CaseFact(*row) for row in session.execute(query))


def list_newest_chains(session: Session, newest: int) -> list[tuple[str, int, bytes]]:
    """Number, id and last hash of the cases reported last."""
    query = select(CaseRow.case_no, CaseRow.id, CaseRow.last_hash).order_by(
        CaseRow.reported_at.desc(), CaseRow.id.desc()
    )
    return [(row.case_no, row.id, row.last_hash) for row in session.execute(query.limit(newest))]


def list_turned(session: Session, *, since: datetime, until: datetime) -> list[str]:
    """Numbers of open cases whose light turned after `since` and not after `until`."""
    turned = or_(
        and_(CaseRow.stage_due_at > since, CaseRow.stage_due_at <= until),
        and_(CaseRow.stage_at_risk_at > since, CaseRow.stage_at_risk_at <= until),
    )
    is_live = and_(CaseRow.stage_due_at.is_not(None), CaseRow.closed_at.is_(None))
    query = select(CaseRow.case_no).where(turned, is_live, CaseRow.stage != "suspended")
    return list(session.execute(query).scalars())


def list_due_suspensions(session: Session, at: datetime) -> list[tuple[str, int]]:
    """Suspended cases whose day has come, the earliest first: number and revision."""
    query = select(CaseRow.case_no, CaseRow.revision).where(
        CaseRow.stage == "suspended", CaseRow.suspended_until <= at
    )
    return [(row.case_no, row.revision) for row in session.execute(query.order_by(CaseRow.suspended_until))]


def list_unknown_photos(session: Session, sha256s: Sequence[str]) -> set[str]:
    """Those of the photos that no case has."""
    query = select(PhotoRow.sha256).where(PhotoRow.sha256.in_(sha256s))
    return {*sha256s} - {*session.execute(query).scalars()}


def list_photos(session: Session, case_id: int) -> tuple[CasePhoto, ...]:
    """The photos of a case in the order they were added."""
    query = select(*_PHOTO).where(PhotoRow.case_id == case_id).order_by(PhotoRow.id)
    return tuple(CasePhoto(*row) for row in session.execute(query))


def get_kept(session: Session, client_id: UUID) -> Kept:
    """What was made of the report with this client id; raises CaseNotFound."""
    query = (
        select(
            CaseRow.case_no, CaseRow.track_code, CaseRow.stage, CaseRow.unit_grid_code,
            CaseRow.proposed_department_code, FactRow.reason, *place_columns(),
        )
        .join(FactRow, and_(FactRow.case_id == CaseRow.id, FactRow.seq == 1))
        .where(CaseRow.client_id == client_id)
    )  # fmt: skip
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise CaseNotFound("没有这次上报的记录，请重新提交。")
    return Kept(
        case_no=row["case_no"],
        track_code=row["track_code"],
        stage=row["stage"],
        unit_grid_code=row["unit_grid_code"],
        place=LonLat(row["lon"], row["lat"]),
        proposed_department_code=row["proposed_department_code"],
        reason=row["reason"],
    )


def list_photo_case_nos(session: Session, sha256: str, *, most: int = 100) -> tuple[str, ...]:
    """Numbers of the newest cases that have this photo; one picture may be evidence in several."""
    query = (
        select(CaseRow.case_no)
        .join(PhotoRow, PhotoRow.case_id == CaseRow.id)
        .where(PhotoRow.sha256 == plain(sha256))
        .order_by(CaseRow.id.desc())
        .limit(most)
    )
    return tuple(session.scalars(query))


_CHANGES = text("""
    WITH seen AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon)
    SELECT seen.horizon, f.id AS fact_id, f.case_id, c.case_no, f.seq AS revision, f.at, f.action,
           f.from_stage, f.to_stage, c.unit_grid_code, c.department_code, c.inspector_id, c.crew_id,
           c.reporter_id
    FROM seen
    LEFT JOIN (SELECT * FROM cases.fact WHERE xact >= :since ORDER BY xact, id LIMIT :most) f ON true
    LEFT JOIN cases."case" c ON c.id = f.case_id
    ORDER BY f.id
""")


def list_changes(session: Session, since_xact: int, *, most: int = MOST_CHANGES) -> Changes:
    """Facts of transactions from `since_xact` on, and the horizon from which to ask next.

    A fact may come twice, never not at all: the horizon is the oldest transaction that still ran.
    """
    found = session.execute(_CHANGES, {"since": since_xact, "most": most + 1}).mappings().all()
    names = Change.__slots__
    rows = [Change(**{name: row[name] for name in names}) for row in found if row["fact_id"] is not None]
    return Changes(found[0]["horizon"], tuple(rows[:most]), len(rows) > most)


def place_columns() -> tuple[ColumnElement[float], ColumnElement[float]]:
    """Longitude and latitude of a case, degrees EPSG:4490, as `lon` and `lat`."""
    lon, lat = in_degrees(CaseRow.geom)
    return lon.label("lon"), lat.label("lat")


_SUMMARY = (
    CaseRow.id, CaseRow.case_no, CaseRow.revision, CaseRow.stage, CaseRow.kind, CaseRow.type_code,
    CaseRow.description, CaseRow.place_text, CaseRow.unit_grid_code, CaseRow.zone_code,
    CaseRow.department_code, CaseRow.proposed_department_code, CaseRow.source, CaseRow.reported_at,
    CaseRow.filed_at, CaseRow.stage_since, CaseRow.stage_due_at, CaseRow.stage_at_risk_at,
    CaseRow.is_supervised, CaseRow.urge_count, CaseRow.has_open_urge, CaseRow.answer_due_at,
    CaseRow.suspended_until, CaseRow.is_void_asked, CaseRow.appeal, CaseRow.is_handled_at_once,
    CaseRow.rework_count, CaseRow.reopen_count, CaseRow.join_count, CaseRow.merged_into, CaseRow.parent_no,
    CaseRow.is_synthetic, CaseRow.reporter_id, CaseRow.inspector_id, CaseRow.crew_id,
)  # fmt: skip
_DETAIL = (
    CaseRow.criterion_code, CaseRow.component_code, CaseRow.responsibility_code, CaseRow.limit_value,
    CaseRow.limit_unit, CaseRow.clocks,
    CaseRow.position_source, CaseRow.accuracy_m, CaseRow.pulled_m, CaseRow.frame_version,
    CaseRow.track_code, CaseRow.contact_name, CaseRow.contact_phone, CaseRow.public_text,
    CaseRow.dispatched_at, CaseRow.made_safe_at, CaseRow.finished_at,
    CaseRow.is_overdue_handled, CaseRow.is_verified_true, CaseRow.is_recheck_passed, CaseRow.helping_codes,
    CaseRow.asked_from, CaseRow.is_ask_endorsed,
    CaseRow.extension_count, CaseRow.suspension_count, CaseRow.is_lateness_exempt, CaseRow.last_hash,
)  # fmt: skip
_SUMMARY_NAMES = tuple(c.key for c in _SUMMARY)
_DETAIL_NAMES = (
    "closed_at",
    *(c.key for c in _DETAIL if c.key not in ("limit_value", "limit_unit", "clocks", "helping_codes")),
)
_FACT = tuple(getattr(FactRow, name) for name in CaseFact.__slots__)
_PHOTO = tuple(getattr(PhotoRow, name) for name in CasePhoto.__slots__)


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
_DETAILS = SUMMARIES.add_columns(*_DETAIL)


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


def conditions_of(wanted: CaseFilter, at: datetime) -> list[ColumnElement[bool]]:
    """What is wanted, as SQL; the order of the conditions means nothing."""
    equals = {
        CaseRow.zone_code: wanted.zone_code,
        CaseRow.department_code: wanted.department_code,
        CaseRow.kind: wanted.kind,
        CaseRow.type_code: wanted.type_code,
        CaseRow.component_code: wanted.component_code,
        CaseRow.source: wanted.source,
        CaseRow.inspector_id: wanted.inspector_id,
        CaseRow.reporter_id: wanted.reporter_id,
        CaseRow.crew_id: wanted.crew_id,
        CaseRow.is_synthetic: wanted.is_synthetic,
        CaseRow.responsibility_code: wanted.responsibility_code,
        CaseRow.criterion_code: wanted.criterion_code,
    }
    found = [name == value for name, value in equals.items() if value is not None]
    found += _mark_conditions(wanted)
    if wanted.stages:
        found.append(CaseRow.stage.in_(wanted.stages))
    if wanted.lights:
        is_open = wanted.is_open is True
        found.append(or_(*(_shows(one, at, is_open=is_open) for one in wanted.lights)))
    if wanted.area_code is not None:
        found.append(CaseRow.unit_grid_code.between(*unit_grids_of(wanted.area_code)))
    if wanted.is_open is not None:
        found.append(CaseRow.closed_at.is_(None) if wanted.is_open else CaseRow.closed_at.is_not(None))
    if wanted.reported_from is not None:
        found.append(CaseRow.reported_at >= wanted.reported_from)
    if wanted.reported_until is not None:
        found.append(CaseRow.reported_at < wanted.reported_until)
    if wanted.filed_from is not None:
        found.append(CaseRow.filed_at >= wanted.filed_from)
    if wanted.filed_until is not None:
        found.append(CaseRow.filed_at < wanted.filed_until)
    return [*found, *_text_conditions(wanted.text.strip()), *_box_conditions(wanted)]


def _mark_conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """What is wanted of a case's marks and of what happened to it, as SQL.

    Written with constants, as `ix_case_reworked` and its like have them: a parameter proves nothing to the
    planner.
    """
    never: ColumnElement[int] = literal_column("0")
    has_photo = exists().where(PhotoRow.case_id == CaseRow.id)
    happened: dict[Any, bool | None] = {
        CaseRow.rework_count > never: wanted.is_reworked,
        CaseRow.extension_count > never: wanted.is_extended,
        CaseRow.suspension_count > never: wanted.was_suspended,
        CaseRow.urge_count > never: wanted.is_urged,
        or_(CaseRow.answer_due_at.is_not(None), CaseRow.has_open_urge): wanted.awaits_answer,
        CaseRow.is_supervised: wanted.is_supervised,
        CaseRow.is_void_asked: wanted.is_void_asked,
        CaseRow.is_handled_at_once: wanted.is_handled_at_once,
        CaseRow.is_overdue_handled: wanted.is_late,  # neither before handling has ended
        has_photo: wanted.has_photos,
    }
    found = [has if value else not_(has) for has, value in happened.items() if value is not None]
    if wanted.appeal is not None:
        found.append(
            CaseRow.appeal.is_(None) if wanted.appeal == NO_APPEAL else CaseRow.appeal == wanted.appeal
        )
    if wanted.major is not None:
        found.append(func.left(CaseRow.type_code, 2) == wanted.major)
    if wanted.helping_code is not None:
        found.append(CaseRow.helping_codes.contains([wanted.helping_code]))
        found.append(CaseRow.helping_codes != literal_column("'{}'"))
    if wanted.closed_from is not None:
        found.append(CaseRow.closed_at >= wanted.closed_from)
    if wanted.closed_until is not None:
        found.append(CaseRow.closed_at < wanted.closed_until)
    return found


def _shows(light: str, at: datetime, *, is_open: bool) -> ColumnElement[bool]:
    """Whether a case, of which it may be known that it is open, shows a light; so written that the planner
    takes every other open case to show it.

    Statistics of deadlines lie here: nearly all rows have none, and those that have are the open ones. The
    planner took ten thousand overdue cases for three and sorted them all for one page.
    """
    runs = CaseRow.stage != "suspended"
    is_live = runs if is_open else and_(CaseRow.closed_at.is_(None), runs)
    is_due = func.coalesce(CaseRow.stage_due_at <= at, false())
    is_near = func.coalesce(CaseRow.stage_at_risk_at <= at, false())
    if light == "suspended":
        return CaseRow.stage == "suspended"
    if light == "overdue":
        return and_(is_live, is_due)
    if light == "at_risk":
        return and_(is_live, is_near, not_(is_due))
    is_calm = and_(runs, not_(or_(is_due, is_near)))
    return is_calm if is_open else or_(CaseRow.closed_at.is_not(None), is_calm)


def _text_conditions(words: str) -> list[ColumnElement[bool]]:
    """Cases whose description or place has every word, or whose number is, begins as or is short for them."""
    if not words:
        return []
    digits = "".join(words.split())
    if digits.isascii() and digits.isdecimal() and len(digits) == CASE_NO_DIGITS:
        return [CaseRow.case_no == digits]
    if short := SHORT_CASE_NO.fullmatch(words):
        return [CaseRow.case_no.in_(_numbers_of(short))]
    found = [and_(*(_says(word) for word in words.split()))]
    if digits.isascii() and digits.isdecimal() and len(digits) < CASE_NO_DIGITS:
        # as a range of full numbers, which sorts alike in every collation
        first, last = digits.ljust(CASE_NO_DIGITS, "0"), digits.ljust(CASE_NO_DIGITS, "9")
        found.append(CaseRow.case_no.between(first, last))
    return [or_(*found)]


def _says(word: str) -> ColumnElement[bool]:
    return and_(
        *_has_parts(word),
        or_(
            CaseRow.description.icontains(word, autoescape=True),
            CaseRow.place_text.icontains(word, autoescape=True),
        ),
    )


def _has_parts(words: str) -> list[ColumnElement[bool]]:
    """What lets the index on words find them: pairs of characters side by side, or the one character.

    Letters whose case differs from language to language are left to the comparison itself.
    """
    signs = words.lower()
    starts = [*range(0, len(signs) - 1, 2), len(signs) - 2] if len(signs) > 1 else []
    pairs = {signs[n : n + 2] for n in starts} if starts else {signs}
    sure = sorted(p for p in pairs if all(c.isascii() or c.lower() == c.upper() for c in p))
    if not sure:
        return []
    parts: ColumnElement[Any] = literal_column(_WORD_PARTS, ARRAY(Text))
    return [parts.contains(sure)]


def _numbers_of(short: re.Match[str]) -> Select[Any]:
    """The full numbers, of any year, that lists show as 02-1126-000014."""
    area, day, number = short.groups()
    on, district = CaseCounterRow.on, CaseCounterRow.district_code
    return select(district + func.to_char(on, "YYYYMMDD") + number).where(
        district.like(f"____{area}"), func.to_char(on, "MMDD") == day
    )


def _box_conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    if wanted.box is None:
        return []
    low, high = wanted.box.south_west, wanted.box.north_east
    degrees = func.ST_MakeEnvelope(low.lon_deg, low.lat_deg, high.lon_deg, high.lat_deg, 4490)
    # A sub-query is worked out once; the bare expression would be worked out for every row.
    plane = select(func.ST_Transform(degrees, func.Find_SRID("cases", "case", "geom"))).scalar_subquery()
    return [CaseRow.geom.intersects(plane)]


def plain(code: str) -> str:
    """A code as PostgreSQL can compare it: without zero characters and broken surrogates."""
    return code.strip().replace("\x00", "").encode("utf-8", "replace").decode()
