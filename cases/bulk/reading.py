"""Steps for many cases as people look at them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, select
from sqlalchemy.orm import Session

from cases.bulk.tables import BulkItemRow, BulkRunRow
from cases.tables import CaseRow
from gis_core.errors import NotFound

OPEN = ("checking", "running")
MOST_SHOWN = 200


class NoSuchRun(NotFound):
    """There is no such choice of cases, or it is somebody else's."""

    code = "no_such_bulk_run"


@dataclass(frozen=True, slots=True)
class BulkRun:
    """A step for many cases: who, what, how far."""

    id: int
    by_person_id: int
    by_name: str
    by_organisation_code: str | None
    roles: tuple[str, ...]
    back: str
    status: str
    action: str | None
    role: str | None
    sent: Mapping[str, Any] | None
    rows: int
    at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether the worker is at it."""
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class BulkItem:
    """One case of many and what became of it."""

    place: int
    case_no: str
    outcome: str
    code: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some cases cannot, or did not, take the step: how many, and one of them."""

    outcome: str
    code: str | None
    message: str | None
    n: int
    case_no: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the chosen cases stand now: how many at each stage, and of which types."""

    stages: Mapping[str, int]
    types: tuple[tuple[str, str], ...]


_RUN = tuple(getattr(BulkRunRow, name) for name in BulkRun.__slots__)
_ITEM = tuple(getattr(BulkItemRow, name) for name in BulkItem.__slots__)


def get_run(session: Session, run_id: int, person_id: int) -> BulkRun:
    """A person's own choice of cases; raises NoSuchRun."""
    asked = select(*_RUN).where(BulkRunRow.id == run_id, BulkRunRow.by_person_id == person_id)
    row = session.execute(asked).mappings().one_or_none()
    if row is None:
        raise NoSuchRun("没有这次批量办理，或者它是别人的。请从列表重新选择案件。")
    return _run(row)


def list_runs(session: Session, person_id: int, *, most: int = 30) -> tuple[BulkRun, ...]:
    """A person's own, the newest first, without those that never came further than a choice."""
    asked = select(*_RUN).where(BulkRunRow.by_person_id == person_id, BulkRunRow.status != "draft")
    rows = session.execute(asked.order_by(BulkRunRow.id.desc()).limit(most)).mappings()
    return tuple(_run(row) for row in rows)


def list_open(session: Session, *, most: int = 8) -> tuple[BulkRun, ...]:
    """What the worker has to do, the oldest first."""
    asked = select(*_RUN).where(BulkRunRow.status.in_(OPEN)).order_by(BulkRunRow.id).limit(most)
    return tuple(_run(row) for row in session.execute(asked).mappings())


def count_outcomes(session: Session, run_id: int) -> dict[str, int]:
    """How many cases have each outcome."""
    asked = select(BulkItemRow.outcome, func.count()).where(BulkItemRow.run_id == run_id)
    rows = session.execute(asked.group_by(BulkItemRow.outcome))
    return {str(outcome): int(n) for outcome, n in rows}


def list_reasons(session: Session, run_id: int, *, most: int = 20) -> tuple[Reason, ...]:
    """Why cases cannot or did not, the most frequent first."""
    n = func.count().label("n")
    asked = (
        select(BulkItemRow.outcome, BulkItemRow.code, BulkItemRow.message, n, func.min(BulkItemRow.case_no))
        .where(BulkItemRow.run_id == run_id, BulkItemRow.code.is_not(None))
        .group_by(BulkItemRow.outcome, BulkItemRow.code, BulkItemRow.message)
        .order_by(n.desc(), BulkItemRow.message)
        .limit(most)
    )
    return tuple(Reason(*row) for row in session.execute(asked))


def list_items(
    session: Session, run_id: int, *, after: int = 0, most: int = MOST_SHOWN, outcomes: Sequence[str] = ()
) -> tuple[BulkItem, ...]:
    """Cases in the order in which they were chosen, from after a place on."""
    asked = select(*_ITEM).where(BulkItemRow.run_id == run_id, BulkItemRow.place > after)
    if outcomes:
        asked = asked.where(BulkItemRow.outcome.in_(outcomes))
    return tuple(BulkItem(*row) for row in session.execute(asked.order_by(BulkItemRow.place).limit(most)))


def get_standing(session: Session, run_id: int) -> Standing:
    """Where the chosen cases stand now."""
    asked = (
        select(CaseRow.stage, CaseRow.kind, CaseRow.type_code, func.count().label("n"))
        .join(BulkItemRow, BulkItemRow.case_id == CaseRow.id)
        .where(BulkItemRow.run_id == run_id)
        .group_by(CaseRow.stage, CaseRow.kind, CaseRow.type_code)
    )
    stages: dict[str, int] = {}
    types: set[tuple[str, str]] = set()
    for stage, kind, type_code, n in session.execute(asked):
        stages[stage] = stages.get(stage, 0) + n
        types.add((kind, type_code))
    return Standing(stages, tuple(sorted(types)))


def _run(row: RowMapping) -> BulkRun:
    return BulkRun(**(dict(row) | {"roles": tuple(row["roles"])}))
