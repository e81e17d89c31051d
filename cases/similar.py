"""Cases that may be the same problem as a report, and what a caller was heard of before. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, and_, func, or_, select
from sqlalchemy.orm import Session

from cases.conditions import conditions_of
from cases.filtering import CaseFilter, TypeNames
from cases.private_places import FARTHEST_M, public_place
from cases.rules.duplicates import LONGEST, POSSIBLE, Likeness, Seen, likeness, reach_m
from cases.summaries import (
    NO_NAMES,
    SUMMARIES,
    CaseSummary,
    summary_of,
)
from cases.tables import CaseRow, JoinedRow
from gis_core.places import PlanePoint
from gis_core.stored_points import point_beside

MOST_LOOKED_AT = 100
MOST_SHOWN = 5
CALLS_SINCE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Alike:
    """A case that may be the same problem: how far away, how alike and why, how old."""

    case: CaseSummary
    distance_m: float
    likeness: Likeness
    age: timedelta


def list_alike(
    session: Session,
    new: Seen,
    point: PlanePoint,
    *,
    at: datetime,
    accuracy_m: float | None = None,
    besides: str | None = None,
    is_public: bool = False,
    is_drill: bool = False,
    types: TypeNames = NO_NAMES,
) -> tuple[Alike, ...]:
    """Cases like a report at `point` (plane metres), the most alike first, at most five; one query.

    `besides` is the report's own number when it has one. Cases that ended as none, or that are repeats
    themselves, are not offered; with `is_drill` those of drills are, else none of them. With `is_public`
    private types are looked for where the public sees them.
    """
    reach = reach_m(new.kind, accuracy_m)
    here = point_beside(CaseRow.geom, point)
    place = public_place() if is_public else CaseRow.geom
    away = func.ST_Distance(place, here).label("away_m")
    is_near = and_(
        func.ST_DWithin(CaseRow.geom, here, reach + FARTHEST_M),  # which the index serves
        func.ST_DWithin(place, here, reach),
        CaseRow.kind == new.kind,
        func.left(CaseRow.type_code, 2) == new.type_code[:2],
    )
    is_one = CaseRow.component_code == new.component_code
    query = (
        SUMMARIES.add_columns(CaseRow.component_code, away)
        .where(
            is_near if new.component_code is None else or_(is_near, is_one),
            or_(CaseRow.closed_at.is_(None), CaseRow.closed_at > at - LONGEST),
            CaseRow.stage.not_in(("declined", "voided")),
            *conditions_of(CaseFilter(is_drill=is_drill), at),
        )
        .order_by(CaseRow.closed_at.is_(None).desc(), away)
        .limit(MOST_LOOKED_AT)
    )
    if besides is not None:
        query = query.where(CaseRow.case_no != besides, CaseRow.parent_no.is_distinct_from(besides))
    found = [_alike(row, new, reach, at, types) for row in session.execute(query).mappings()]
    likely = [one for one in found if one.likeness.score >= POSSIBLE]
    return tuple(sorted(likely, key=lambda one: (-one.likeness.score, one.distance_m)))[:MOST_SHOWN]


def _alike(row: RowMapping, new: Seen, reach: float, at: datetime, types: TypeNames) -> Alike:
    case = summary_of(row, at, types)
    known = Seen(
        case.kind, case.type_code, row["component_code"], case.description, case.reported_at, row["closed_at"]
    )
    how = likeness(new, known, distance_m=row["away_m"], reach=reach, at=at)
    return Alike(case, row["away_m"], how, at - case.reported_at)


def list_of_caller(
    session: Session, phone: str, *, at: datetime, types: TypeNames = NO_NAMES
) -> tuple[CaseSummary, ...]:
    """What a caller has reported or joined in the last year, the newest first, at most five; one query.

    Whoever may see contacts may ask; the number is compared as it was written down.
    """
    joined = select(JoinedRow.case_id).where(JoinedRow.contact_phone == phone)
    query = (
        SUMMARIES.where(
            or_(CaseRow.contact_phone == phone, CaseRow.id.in_(joined)),
            CaseRow.reported_at >= at - CALLS_SINCE,
        )
        .order_by(CaseRow.reported_at.desc(), CaseRow.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(summary_of(row, at, types) for row in session.execute(query).mappings())
