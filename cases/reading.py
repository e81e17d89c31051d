"""One case as people look at it: its facts, photos and what is kept of a report. Reads only.

Places are answered in degrees (EPSG:4490).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    and_,
    or_,
    select,
)
from sqlalchemy.orm import Session

from cases.conditions import plain
from cases.filtering import TypeNames
from cases.rules.angles import Direction
from cases.rules.deadlines import Clocks, clocks_from_data
from cases.rules.shots import Shot
from cases.rules.stages import action_label
from cases.sight import DRILL, show_drills
from cases.summaries import NO_NAMES, SUMMARIES, CaseSummary, place_columns, summary_of
from cases.tables import CaseRow, EveryCase, FactRow, PhotoRow
from gis_core.errors import NotFound
from gis_core.places import LonLat
from grid.rules.criteria import Limit


class CaseNotFound(NotFound):
    """There is no case of this number, or the code beside it does not fit."""

    code = "case_not_found"


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


def get_case(session: Session, case_no: str, at: datetime, *, types: TypeNames = NO_NAMES) -> CaseDetail:
    """The case with its facts and photos; three queries. For staff: of a drill, too. Raises CaseNotFound."""
    query = _DETAILS.where(CaseRow.case_no == plain(case_no))
    row = session.execute(query).mappings().one_or_none()
    if row is None and case_no.startswith(DRILL):
        show_drills(session)
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
    query = select(EveryCase.case_no, EveryCase.id, EveryCase.last_hash).order_by(
        EveryCase.reported_at.desc(), EveryCase.id.desc()
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
    query = select(EveryCase.case_no, EveryCase.revision).where(
        EveryCase.stage == "suspended", EveryCase.suspended_until <= at
    )
    due = session.execute(query.order_by(EveryCase.suspended_until))
    return [(row.case_no, row.revision) for row in due]


def list_unknown_photos(session: Session, sha256s: Sequence[str]) -> set[str]:
    """Those of the photos that no case has."""
    query = select(PhotoRow.sha256).where(PhotoRow.sha256.in_(sha256s))
    return {*sha256s} - {*session.execute(query).scalars()}


def list_photos(session: Session, case_id: int) -> tuple[CasePhoto, ...]:
    """The photos of a case in the order they were added."""
    query = select(*_PHOTO).where(PhotoRow.case_id == case_id).order_by(PhotoRow.id)
    return tuple(CasePhoto(*row) for row in session.execute(query))


def list_photos_of_case(session: Session, case_no: str) -> tuple[CasePhoto, ...]:
    """The photos of a case by its number, in the order they were added; none of a case that is not there."""
    query = select(EveryCase.id).where(EveryCase.case_no == plain(case_no))
    case_id = session.execute(query).scalar_one_or_none()
    return () if case_id is None else list_photos(session, case_id)


def get_kept(session: Session, client_id: UUID) -> Kept:
    """What was made of the report with this client id; raises CaseNotFound."""
    query = (
        select(
            EveryCase.case_no, EveryCase.track_code, EveryCase.stage, EveryCase.unit_grid_code,
            EveryCase.proposed_department_code, FactRow.reason, *place_columns(EveryCase),
        )
        .join(FactRow, and_(FactRow.case_id == EveryCase.id, FactRow.seq == 1))
        .where(EveryCase.client_id == client_id)
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
        select(EveryCase.case_no)
        .join(PhotoRow, PhotoRow.case_id == EveryCase.id)
        .where(PhotoRow.sha256 == plain(sha256))
        .order_by(EveryCase.id.desc())
        .limit(most)
    )
    return tuple(session.scalars(query))


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
_DETAIL_NAMES = (
    "closed_at",
    *(c.key for c in _DETAIL if c.key not in ("limit_value", "limit_unit", "clocks", "helping_codes")),
)
_FACT = tuple(getattr(FactRow, name) for name in CaseFact.__slots__)
_PHOTO = tuple(getattr(PhotoRow, name) for name in CasePhoto.__slots__)


_DETAILS = SUMMARIES.add_columns(*_DETAIL)
