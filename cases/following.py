"""A case as its reporters follow it without an account, and the cases that belong to it."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, or_, select
from sqlalchemy.orm import Session

from cases.conditions import plain
from cases.filtering import TypeNames
from cases.reading import CaseFact, list_facts
from cases.rules.stages import PUBLIC_STAGES
from cases.summaries import NO_NAMES, CaseSummary
from cases.tables import CaseRow, JoinedRow

MOST_RELATIVES = 50


@dataclass(frozen=True, slots=True)
class PublicStep:
    """A step as the public may see it: when, and the public stage reached."""

    at: datetime
    stage: str


@dataclass(frozen=True, slots=True)
class PublicCase:
    """A case as its reporter may see it without an account: nobody's name, no internal words.

    `public_text` is what a desk has written for everybody; beside it type and community are all that is told.
    """

    case_no: str
    stage: str
    kind: str
    type_code: str
    type_name: str
    unit_grid_code: str
    public_text: str | None
    reported_at: datetime
    steps: tuple[PublicStep, ...]
    closed_at: datetime | None
    reopen_count: int
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Relative:
    """A case that belongs to another: merged into it, split off it, or the one it was split off."""

    case_no: str
    stage: str
    kind: str
    type_code: str
    type_name: str
    merged_into: str | None
    parent_no: str | None


def find_public_case(
    session: Session, case_no: str, track_code: str, *, types: TypeNames = NO_NAMES
) -> PublicCase | None:
    """The case for somebody who knows its number and its code; None when either is wrong."""
    query = _public_query(case_no)
    row = session.execute(query).mappings().one_or_none()
    if row is None or not _is_code_of(session, row, plain(track_code).upper().encode()):
        return None
    merged_into = row["merged_into"]
    if merged_into is not None:  # what becomes of the problem is told there
        kept = session.execute(_public_query(merged_into)).mappings().one()
        return replace(_public_case(session, kept, types), case_no=row["case_no"], merged_into=merged_into)
    return _public_case(session, row, types)


def _public_query(case_no: str) -> Select[Any]:
    columns: tuple[Any, ...] = (
        CaseRow.id, CaseRow.case_no, CaseRow.stage, CaseRow.kind, CaseRow.type_code, CaseRow.unit_grid_code,
        CaseRow.public_text, CaseRow.reported_at, CaseRow.closed_at, CaseRow.reopen_count, CaseRow.track_code,
        CaseRow.merged_into, CaseRow.join_count,
    )  # fmt: skip
    return select(*columns).where(CaseRow.case_no == plain(case_no))


def _is_code_of(session: Session, row: RowMapping, given: bytes) -> bool:
    """Whether a code is the reporter's, or that of somebody who said "me too"."""
    codes = [row["track_code"]]
    if row["join_count"]:
        codes += session.scalars(select(JoinedRow.track_code).where(JoinedRow.case_id == row["id"]))
    return any(hmac.compare_digest(code.encode(), given) for code in codes)


def _public_case(session: Session, row: RowMapping, types: TypeNames) -> PublicCase:
    return PublicCase(
        case_no=row["case_no"],
        stage=PUBLIC_STAGES[row["stage"]],
        kind=row["kind"],
        type_code=row["type_code"],
        type_name=types.get((row["kind"], row["type_code"]), row["type_code"]),
        unit_grid_code=row["unit_grid_code"],
        public_text=row["public_text"],
        reported_at=row["reported_at"],
        steps=_public_steps(list_facts(session, row["id"])),
        closed_at=row["closed_at"],
        reopen_count=row["reopen_count"],
    )


def _public_steps(facts: Iterable[CaseFact]) -> tuple[PublicStep, ...]:
    """The moments at which the public stage changed."""
    steps: list[PublicStep] = []
    for fact in facts:
        stage = PUBLIC_STAGES[fact.to_stage]
        if not steps or steps[-1].stage != stage:
            steps.append(PublicStep(fact.at, stage))
    return tuple(steps)


def list_relatives(
    session: Session, case: CaseSummary, *, types: TypeNames = NO_NAMES
) -> tuple[Relative, ...]:
    """Cases merged into this one, its parts, its parent and the case it was merged into; one query."""
    others = [no for no in (case.merged_into, case.parent_no) if no is not None]
    columns = (CaseRow.case_no, CaseRow.stage, CaseRow.kind, CaseRow.type_code)
    query = (
        select(*columns, CaseRow.merged_into, CaseRow.parent_no)
        .where(
            or_(
                CaseRow.merged_into == case.case_no,
                CaseRow.parent_no == case.case_no,
                CaseRow.case_no.in_(others),
            )
        )
        .order_by(CaseRow.id)
        .limit(MOST_RELATIVES)
    )
    return tuple(
        Relative(**row, type_name=types.get((row["kind"], row["type_code"]), row["type_code"]))
        for row in session.execute(query).mappings()
    )
