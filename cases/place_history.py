"""What was reported at a place before, of whatever type, open and ended, and how it ended. Reads only.

For whoever takes a call: the fifth report of one corner is another matter than the first. `cases/similar.py`
looks for the same problem; this list leaves nothing out but what is older or farther.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, false, func, null, or_, select
from sqlalchemy.orm import Session

from cases.filtering import TypeNames
from cases.rules.evidence import without_phones
from cases.rules.reasons import OTHER, REASONS
from cases.summaries import (
    NO_NAMES,
    SUMMARIES,
    CaseSummary,
    summary_of,
)
from cases.tables import CaseRow, FactRow
from gis_core.places import PlanePoint
from gis_core.stored_points import point_beside

WITHIN_M, MOST_WITHIN_M = 60.0, 500.0
MONTHS, MOST_MONTHS = 6, 24
A_MONTH = timedelta(days=30.4375)
MOST_SHOWN = 20
_TOLD = ("text", "reason", "reason_code", "note")
_ENDINGS = ("finish", "self_handle", "decline", "not_file", "void")


@dataclass(frozen=True, slots=True)
class Earlier:
    """A case of the place: how far away in metres (None when no place was asked for), and how it ended.

    `outcome` is what was done of it, or why nothing was; empty while it is open.
    """

    case: CaseSummary
    distance_m: float | None
    is_on_component: bool
    ended_at: datetime | None
    outcome: str


@dataclass(frozen=True, slots=True)
class PlaceHistory:
    """The cases of a place: those of the component first, then open ones, then the newest.

    `is_cut` when there are more than are listed.
    """

    rows: tuple[Earlier, ...]
    is_cut: bool

    @property
    def open_count(self) -> int:
        """How many of the cases listed are not over."""
        return sum(one.ended_at is None for one in self.rows)


def list_at_place(
    session: Session,
    point: PlanePoint | None,
    *,
    at: datetime,
    component_code: str | None = None,
    within_m: float = WITHIN_M,
    months: int = MONTHS,
    types: TypeNames = NO_NAMES,
) -> PlaceHistory:
    """What was reported within `within_m` metres of a point (plane system) or on a component, since so many
    months; one query. Neither a point nor a component is nothing.
    """
    is_one = false() if component_code is None else CaseRow.component_code == component_code
    found = [_is_near(point, within_m)] if point is not None else []
    found += [is_one] if component_code is not None else []
    if not found:
        return PlaceHistory((), is_cut=False)
    on_component = func.coalesce(is_one, false()).label("is_on_component")
    query = (
        SUMMARIES.add_columns(_away(point), on_component, _ending())
        .where(or_(*found), CaseRow.reported_at > at - months * A_MONTH)
        .order_by(
            on_component.desc(),
            CaseRow.closed_at.is_(None).desc(),
            CaseRow.reported_at.desc(),
            CaseRow.id.desc(),
        )
        .limit(MOST_SHOWN + 1)
    )
    rows = [_earlier(row, at, types) for row in session.execute(query).mappings()]
    return PlaceHistory(tuple(rows[:MOST_SHOWN]), is_cut=len(rows) > MOST_SHOWN)


def _is_near(point: PlanePoint, within_m: float) -> ColumnElement[bool]:
    return func.ST_DWithin(CaseRow.geom, point_beside(CaseRow.geom, point), within_m)


def _away(point: PlanePoint | None) -> ColumnElement[Any]:
    if point is None:
        return null().label("away_m")
    return func.ST_Distance(CaseRow.geom, point_beside(CaseRow.geom, point)).label("away_m")


def _ending() -> ColumnElement[Any]:
    """What the last fact that ended the work says, as data; `uq_fact_case_id_seq` finds it."""
    told = [part for name in _TOLD for part in (name, FactRow.body[name])]
    said = func.jsonb_build_object("action", FactRow.action, "body", func.jsonb_build_object(*told))
    return (
        select(said)
        .where(FactRow.case_id == CaseRow.id, FactRow.action.in_(_ENDINGS))
        .order_by(FactRow.seq.desc())
        .limit(1)
        .scalar_subquery()
        .label("ending")
    )


def _earlier(row: RowMapping, at: datetime, types: TypeNames) -> Earlier:
    is_over = row["closed_at"] is not None
    outcome = outcome_of(**row["ending"]) if is_over and row["ending"] else ""
    return Earlier(
        summary_of(row, at, types), row["away_m"], row["is_on_component"], row["closed_at"], outcome
    )


def outcome_of(action: str, body: Mapping[str, Any]) -> str:
    """How a case ended, in words, from the fact that ended it; telephone numbers are blotted out.

    >>> outcome_of("finish", {"text": "已更换井盖"}), outcome_of("decline", {"reason_code": "not_true"})
    ('已更换井盖', '核实不属实')
    """
    code = str(body.get("reason_code") or OTHER)
    why = REASONS.get(action, {}).get(code, "") if code != OTHER else ""
    words = str(body.get("text") or body.get("reason") or body.get("note") or "")
    return without_phones("：".join(part for part in (why, words) if part))
