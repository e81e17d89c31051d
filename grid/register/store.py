"""Locked writes of the register: a component with its next fact, reviews, surveys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gis_core.places import PlanePoint
from grid.components import NoSuchComponent
from grid.register.facts import CHANGED, REGISTERED, next_fact
from grid.register.tables import ComponentFactRow, ProposalRow, SurveyFindingRow, SurveyRow
from grid.rules.register import Asking
from grid.tables import ComponentRow

NEW_CODE_LOCK = 4_713_100_000


@dataclass(frozen=True, slots=True)
class LockedComponent:
    """A component held by this transaction."""

    id: int
    code: str
    type_code: str
    state: str
    revision: int
    last_hash: bytes | None
    unit_grid_code: str
    authority_code: str
    owner_code: str | None
    maintainer_code: str | None
    remark: str | None
    easting_m: float
    northing_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NewComponent:
    """A component that somebody found on the street."""

    type_code: str
    name: str
    district_code: str
    point: PlanePoint
    unit_grid_code: str
    authority_code: str
    accuracy_class: str | None
    on: date


_LOCK = text("""
    SELECT id, code, type_code, state, revision, last_hash, unit_grid_code, authority_code, owner_code,
           maintainer_code, remark, ST_X(geom), ST_Y(geom)
    FROM grid.component WHERE code = :code FOR UPDATE
""")


def lock_component(session: Session, code: str) -> LockedComponent:
    """Hold a component until the transaction ends.

    :raises NoSuchComponent: when the register does not hold it.
    """
    row = session.execute(_LOCK, {"code": code}).one_or_none()
    if row is None:
        raise NoSuchComponent(
            f"部件登记册中没有编码为 {code[:20]} 的部件。请核对编码。", component_code=code[:20]
        )
    return LockedComponent(*row)


def change_component(
    session: Session,
    held: LockedComponent,
    changes: Mapping[str, object],
    *,
    point: PlanePoint | None,
    on: date,
    asking: Asking,
    reason: str,
    body: Mapping[str, Any],
    srid: int,
) -> None:
    """Write changed columns and the fact that says so."""
    fact = next_fact(asking, CHANGED, body, reason=reason, revision=held.revision, last_hash=held.last_hash)
    session.execute(insert(ComponentFactRow).values(fact.columns(component_id=held.id)))
    values: dict[str, object] = dict(changes) | {"changed_on": on} | fact.left_behind
    if point is not None:
        values["geom"] = _point(point, srid)
        values["shape"] = None
    session.execute(update(ComponentRow).where(ComponentRow.id == held.id).values(**values))


def add_component(
    session: Session, new: NewComponent, *, asking: Asking, reason: str, srid: int
) -> tuple[int, str]:
    """Register a component under the next number of its type in its district; its id and code."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": NEW_CODE_LOCK})
    code = _next_code(session, f"{new.district_code}{new.type_code}")
    body = {
        "authority_code": new.authority_code,
        "code": code,
        "easting_m": f"{new.point.easting_m:.3f}",
        "northing_m": f"{new.point.northing_m:.3f}",
        "state": "完好",
        "type_code": new.type_code,
        "unit_grid_code": new.unit_grid_code,
    }
    fact = next_fact(asking, REGISTERED, body, reason=reason)
    row = insert(ComponentRow).values(
        code=code,
        type_code=new.type_code,
        name=new.name,
        geom=_point(new.point, srid),
        unit_grid_code=new.unit_grid_code,
        authority_code=new.authority_code,
        state="完好",
        first_surveyed_on=new.on,
        source="监督员上报",
        is_synthetic=False,
        accuracy_class=new.accuracy_class,
        **fact.left_behind,
    )
    component_id = int(session.execute(row.returning(ComponentRow.id)).scalar_one())
    session.execute(insert(ComponentFactRow).values(fact.columns(component_id=component_id)))
    return component_id, code


def _next_code(session: Session, kind: str) -> str:
    last = session.scalar(
        select(ComponentRow.code)
        .where(ComponentRow.code.between(f"{kind}000000", f"{kind}999999"))
        .order_by(ComponentRow.code.desc())
        .limit(1)
    )
    return f"{kind}{int(last[-6:]) + 1 if last else 1:06d}"


def _point(point: PlanePoint, srid: int) -> str:
    return f"SRID={srid};POINT({point.easting_m!r} {point.northing_m!r})"


def add_proposal(
    session: Session,
    *,
    client_id: UUID,
    kind: str,
    component_id: int | None,
    revision: int,
    type_code: str,
    state: str | None,
    point: PlanePoint | None,
    photo_sha256: str | None,
    note: str,
    survey_id: int | None,
    asking: Asking,
    srid: int,
) -> tuple[int, bool]:
    """Keep what the street says; its number, and whether it is new: sent twice, it is kept once."""
    row = (
        insert(ProposalRow)
        .values(
            client_id=client_id,
            kind=kind,
            component_id=component_id,
            revision=revision,
            type_code=type_code,
            state=state,
            geom=None if point is None else _point(point, srid),
            photo_sha256=photo_sha256,
            note=note,
            survey_id=survey_id,
            by_person_id=asking.person_id,
            by_name=asking.name,
            at=asking.at,
        )
        .on_conflict_do_nothing(index_elements=[ProposalRow.client_id])
        .returning(ProposalRow.id)
    )
    made = session.execute(row).scalar()
    if made is not None:
        return int(made), True
    known = session.scalar(select(ProposalRow.id).where(ProposalRow.client_id == client_id))
    return int(known or 0), False


def lock_proposal(session: Session, proposal_id: int) -> str | None:
    """Hold a review until the transaction ends; its status, None when there is none."""
    query = select(ProposalRow.status).where(ProposalRow.id == proposal_id).with_for_update()
    return session.scalar(query)


def find_proposed_point(session: Session, proposal_id: int) -> PlanePoint | None:
    """The place that a review proposes, in the plane."""
    row = session.execute(
        text(
            "SELECT ST_X(geom), ST_Y(geom) FROM grid.component_proposal WHERE id = :id AND geom IS NOT NULL"
        ),
        {"id": proposal_id},
    ).one_or_none()
    return None if row is None else PlanePoint(*row)


def decide_proposal(
    session: Session, proposal_id: int, *, status: str, reason: str, asking: Asking, component_id: int | None
) -> None:
    """Write what became of a review; a component registered by it is linked."""
    values: dict[str, object] = {
        "status": status,
        "decision": reason,
        "decided_by": asking.name,
        "decided_at": asking.at,
    }
    if component_id is not None:
        values["component_id"] = component_id
    session.execute(update(ProposalRow).where(ProposalRow.id == proposal_id).values(**values))


def add_survey(
    session: Session,
    *,
    theme: str,
    area_code: str,
    type_codes: list[str],
    inspector_ids: list[int],
    from_on: date,
    until_on: date,
    note: str,
    asking: Asking,
) -> int:
    """Write a survey; its number."""
    row = insert(SurveyRow).values(
        theme=theme,
        area_code=area_code,
        type_codes=type_codes,
        inspector_ids=inspector_ids,
        from_on=from_on,
        until_on=until_on,
        note=note,
        by_person_id=asking.person_id,
        by_name=asking.name,
        at=asking.at,
    )
    return int(session.execute(row.returning(SurveyRow.id)).scalar_one())


def close_survey(session: Session, survey_id: int, at: datetime) -> None:
    """Say that a survey is over; closed twice, the first time counts."""
    query = update(SurveyRow).where(SurveyRow.id == survey_id, SurveyRow.closed_at.is_(None))
    session.execute(query.values(closed_at=at))


def note_finding(
    session: Session,
    *,
    survey_id: int,
    component_id: int | None,
    proposal_id: int | None,
    unit_grid_code: str,
    result: str,
    asking: Asking,
) -> None:
    """Write what was seen; of a component the newest answer counts."""
    values = {
        "survey_id": survey_id,
        "component_id": component_id,
        "proposal_id": proposal_id,
        "unit_grid_code": unit_grid_code,
        "result": result,
        "by_person_id": asking.person_id,
        "by_name": asking.name,
        "at": asking.at,
    }
    row = insert(SurveyFindingRow).values(**values)
    if component_id is None:
        session.execute(row)
        return
    newest = {key: values[key] for key in ("result", "proposal_id", "by_person_id", "by_name", "at")}
    session.execute(
        row.on_conflict_do_update(
            index_elements=[SurveyFindingRow.survey_id, SurveyFindingRow.component_id],
            index_where=SurveyFindingRow.component_id.is_not(None),
            set_=newest,
        )
    )
