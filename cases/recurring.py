"""Components that break again and again: which ones had how many cases since when. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.tables import CaseRow
from grid.rules.codes import unit_grids_of

MOST = 500


@dataclass(frozen=True, slots=True)
class Recurring:
    """A component with the cases it had: how many, how many are open, the first and the last."""

    component_code: str
    cases: int
    open_cases: int
    first_at: datetime
    last_at: datetime


def list_recurring(
    session: Session, *, least: int, since: datetime, area_code: str | None = None, most: int = MOST
) -> tuple[Recurring, ...]:
    """Components with at least so many cases reported since a moment, those with the most first.

    Declined and voided cases do not count: there was nothing wrong with the component.
    """
    counted = func.count()
    query = (
        select(
            CaseRow.component_code,
            counted,
            func.count().filter(CaseRow.closed_at.is_(None)),
            func.min(CaseRow.reported_at),
            func.max(CaseRow.reported_at),
        )
        .where(
            CaseRow.component_code.is_not(None),
            CaseRow.reported_at >= since,
            CaseRow.stage.not_in(("declined", "voided")),
        )
        .group_by(CaseRow.component_code)
        .having(counted >= least)
        .order_by(counted.desc(), func.max(CaseRow.reported_at).desc())
        .limit(most)
    )
    if area_code is not None:
        query = query.where(CaseRow.unit_grid_code.between(*unit_grids_of(area_code)))
    return tuple(
        Recurring(str(code), cases, still_open, first_at, last_at)
        for code, cases, still_open, first_at, last_at in session.execute(query)
    )
