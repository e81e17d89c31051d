"""Lists of cases by keyset and their counts, all under one filter. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from cases.conditions import conditions_of, see_wanted
from cases.filtering import CaseFilter, Cursor, CursorOfOtherOrder, Order, TypeNames
from cases.rules.stages import OPEN_STAGES
from cases.summaries import NO_NAMES, SUMMARIES, CaseSummary, light_of, summary_of
from cases.tables import NEVER, URGENCY, CaseRow

MOST_ROWS = 200
LATELY = 8_000
"""How many of the newest cases are read for words before the index on words is asked."""
WIDER = 10
"""How many times that span is read when the first held some, but not a page of them."""


@dataclass(frozen=True, slots=True)
class CasePage:
    """Some cases, and where the next page begins; None on the last one."""

    rows: tuple[CaseSummary, ...]
    next_cursor: Cursor | None


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
    see_wanted(session, wanted)
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
    see_wanted(session, wanted)
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


@dataclass(frozen=True, slots=True)
class SeenCase:
    """A report as it counts for alarms: of which type, where, when; nothing of who made it."""

    type_code: str
    unit_grid_code: str
    zone_code: str | None
    reported_at: datetime


def list_seen(
    session: Session,
    types: Sequence[str],
    *,
    since: datetime,
    until: datetime,
    is_drill: bool = False,
    most: int = 20_000,
) -> list[SeenCase]:
    """Reports of these types (whole codes or their beginnings) between two moments, in one query.

    Those of drills or all others, never both. Those found not to be true, or declined, are left out.
    """
    if not types:
        return []
    of_drill = CaseFilter(is_drill=is_drill)
    see_wanted(session, of_drill)
    columns = [getattr(CaseRow, name) for name in SeenCase.__slots__]
    query = select(*columns).where(
        CaseRow.reported_at > since,
        CaseRow.reported_at <= until,
        CaseRow.stage.not_in(("declined", "voided")),
        or_(*(CaseRow.type_code.startswith(one, autoescape=True) for one in types)),
        *conditions_of(of_drill, until),
    )
    return [SeenCase(*row) for row in session.execute(query.order_by(CaseRow.reported_at).limit(most))]


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
    see_wanted(session, by_stage)
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
