"""Cases as other systems may see them: what, where, when, how far; no internal words, names or telephones.

They are told what the public map shows (`cases/mapping.py`), private types at the middle of their square.
Cases that have ended stay, and those that were declined or voided are told to who knows their number. Places
are answered in degrees (EPSG:4490).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, case, column, exists, select, table, tuple_
from sqlalchemy.orm import Session

from cases.conditions import plain
from cases.filtering import TypeNames
from cases.private_places import COMMUNITY_DIGITS, is_private, public_place
from cases.rules.stages import FINAL_STAGES, PUBLIC_STAGES
from cases.tables import CaseRow, FactRow, PhotoRow
from gis_core.degrees import in_degrees

HIDDEN_STAGES = ("declined", "voided")
"""Not on the public map, and not in lists."""
UNSEEN_STAGES = ("reported", "verifying", *HIDDEN_STAGES)
"""No post has accepted what was sent yet, or it was not accepted: its photos are not shown."""


@dataclass(frozen=True, slots=True)
class PublishedFilter:
    """Which cases another system wants; what is not named does not matter.

    `case_nos` overrides the rest. `types` are pairs of kind and code. Both ends of a period are included.
    """

    case_nos: tuple[str, ...] = ()
    types: tuple[tuple[str, str], ...] = ()
    is_open: bool | None = None
    reported_from: datetime | None = None
    reported_until: datetime | None = None
    changed_from: datetime | None = None
    changed_until: datetime | None = None

    @property
    def is_by_change(self) -> bool:
        """Whether it asks for what has changed, rather than for what was reported."""
        return self.changed_from is not None or self.changed_until is not None


@dataclass(frozen=True, slots=True)
class PublishedCase:
    """A case as another system sees it; moments are UTC, `stage` is the public stage.

    `grid_code` is that of the unit grid, of private types that of the community, and the place is rounded;
    `photo_sha` is the first photo of a report that came through the interface, once it was accepted;
    `merged_into` the number of the case under which the same problem goes on.
    """

    id: int
    case_no: str
    stage: str
    is_open: bool
    kind: str
    type_code: str
    type_name: str
    lon: float
    lat: float
    grid_code: str
    component_code: str | None
    department_name: str | None
    reported_at: datetime
    changed_at: datetime
    due_at: datetime | None
    photo_sha: str | None
    is_synthetic: bool
    merged_into: str | None
    public_text: str | None


@dataclass(frozen=True, slots=True)
class PublishedStep:
    """A moment at which the public stage of a case changed; `fact_id` numbers it for ever."""

    fact_id: int
    case_id: int
    case_no: str
    at: datetime
    stage: str
    merged_into: str | None


def list_published(
    session: Session, wanted: PublishedFilter, *, types: TypeNames, offset: int = 0, limit: int
) -> tuple[PublishedCase, ...]:
    """The cases that are wanted, the last reported (or the last changed) first; one query."""
    moment = CaseRow.stage_since if wanted.is_by_change else CaseRow.reported_at
    order = (moment.desc(), CaseRow.id.desc())
    # Rows of earlier pages are counted on an index; only those of this page are put into words.
    page = select(CaseRow.id).where(*_conditions(wanted)).order_by(*order).offset(offset).limit(limit)
    rows = session.execute(_published().where(CaseRow.id.in_(page)).order_by(*order)).mappings()
    return tuple(_case(row, types) for row in rows)


def list_steps(session: Session, case_ids: Sequence[int]) -> tuple[PublishedStep, ...]:
    """The public steps of some cases, in the order of time."""
    query = _steps().where(FactRow.case_id.in_(case_ids)).order_by(FactRow.id)
    return tuple(_step(row) for row in session.execute(query).mappings())


def list_steps_between(
    session: Session, since: datetime, until: datetime, *, offset: int = 0, limit: int
) -> tuple[PublishedStep, ...]:
    """The public steps of a period, both ends included, the first one first; one query."""
    query = (
        _steps()
        # Cases that have not changed since have no step since: their index is asked, not all the facts.
        .where(CaseRow.stage_since >= since, FactRow.at >= since, FactRow.at <= until)
        .order_by(FactRow.at, FactRow.id)
    )
    rows = session.execute(query.offset(offset).limit(limit)).mappings()
    return tuple(_step(row) for row in rows)


def is_photo_public(session: Session, sha256: str) -> bool:
    """Whether a photo came with a report of another system that was accepted."""
    shown = (
        select(PhotoRow.id)
        .join(CaseRow, CaseRow.id == PhotoRow.case_id)
        .where(PhotoRow.sha256 == plain(sha256), *_IS_SHOWN, _CAME_BY_KEY, ~is_private())
    )
    return bool(session.execute(select(exists(shown))).scalar_one())


_Organisation = table("organisation", column("code"), column("name"), schema="grid").alias("department")
_ApiReport = table("api_report", column("client_id"), schema="accounts")
_CAME_BY_KEY = exists(
    select(_ApiReport.c.client_id).where(_ApiReport.c.client_id == CaseRow.client_id)
).correlate(CaseRow)
_IS_SHOWN = (PhotoRow.role == "before", PhotoRow.fact_seq == 1, CaseRow.stage.not_in(UNSEEN_STAGES))
_PLAIN = (
    CaseRow.id, CaseRow.case_no, CaseRow.stage, CaseRow.kind, CaseRow.type_code, CaseRow.unit_grid_code,
    CaseRow.component_code, CaseRow.reported_at, CaseRow.stage_since, CaseRow.is_synthetic,
    CaseRow.merged_into, CaseRow.public_text,
)  # fmt: skip


def _published() -> Select[Any]:
    lon, lat = in_degrees(public_place())
    photo = (
        select(PhotoRow.sha256)
        .where(PhotoRow.case_id == CaseRow.id, *_IS_SHOWN, _CAME_BY_KEY, ~is_private())
        .order_by(PhotoRow.id)
        .limit(1)
        .correlate(CaseRow)
        .scalar_subquery()
    )
    columns: tuple[Any, ...] = (
        *_PLAIN,
        lon.label("lon"),
        lat.label("lat"),
        is_private().label("is_private"),
        CaseRow.clocks["case"]["due_at"].astext.label("due_at"),
        photo.label("photo_sha"),
        _Organisation.c.name.label("department_name"),
    )
    return select(*columns).outerjoin(_Organisation, _Organisation.c.code == CaseRow.department_code)


def _conditions(wanted: PublishedFilter) -> list[ColumnElement[bool]]:
    if wanted.case_nos:
        return [CaseRow.case_no.in_([plain(one) for one in wanted.case_nos])]
    found: list[ColumnElement[bool]] = [CaseRow.stage.not_in(HIDDEN_STAGES)]
    if wanted.types:
        found.append(tuple_(CaseRow.kind, CaseRow.type_code).in_(wanted.types))
    if wanted.is_open is not None:
        is_final = CaseRow.stage.in_(FINAL_STAGES)
        found.append(~is_final if wanted.is_open else is_final)
    bounds = (
        (CaseRow.reported_at, wanted.reported_from, wanted.reported_until),
        (CaseRow.stage_since, wanted.changed_from, wanted.changed_until),
    )
    for moment, first, last in bounds:
        found += [moment >= first] if first is not None else []
        found += [moment <= last] if last is not None else []
    return found


def _steps() -> Select[Any]:
    before = case(PUBLIC_STAGES, value=FactRow.from_stage)
    after = case(PUBLIC_STAGES, value=FactRow.to_stage)
    columns: tuple[Any, ...] = (FactRow.id, FactRow.case_id, CaseRow.case_no, FactRow.at, CaseRow.merged_into)
    return (
        select(*columns, after.label("stage"))
        .join(CaseRow, CaseRow.id == FactRow.case_id)
        .where(before.is_distinct_from(after))
    )


def _case(row: RowMapping, types: TypeNames) -> PublishedCase:
    is_open = row["stage"] not in FINAL_STAGES
    due = row["due_at"] if is_open else None
    return PublishedCase(
        id=row["id"],
        case_no=row["case_no"],
        stage=PUBLIC_STAGES[row["stage"]],
        is_open=is_open,
        kind=row["kind"],
        type_code=row["type_code"],
        type_name=types.get((row["kind"], row["type_code"]), row["type_code"]),
        lon=row["lon"],
        lat=row["lat"],
        # A unit grid beside a square of 100 m would leave but a corner of both.
        grid_code=row["unit_grid_code"][: COMMUNITY_DIGITS if row["is_private"] else None],
        component_code=row["component_code"],
        department_name=row["department_name"],
        reported_at=row["reported_at"],
        changed_at=row["stage_since"],
        due_at=None if due is None else datetime.fromisoformat(due),
        photo_sha=row["photo_sha"],
        is_synthetic=row["is_synthetic"],
        merged_into=row["merged_into"],
        public_text=row["public_text"],
    )


def _step(row: RowMapping) -> PublishedStep:
    stage = row["stage"]
    # Only the step that ended the case is told as a merger, not those before it.
    merged_into = row["merged_into"] if stage == "declined" else None
    return PublishedStep(row["id"], row["case_id"], row["case_no"], row["at"], stage, merged_into)
