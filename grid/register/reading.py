"""One component with its attributes and its facts, as people look at it. Reads only.

Places are answered in degrees (EPSG:4490). Lists are read by `grid/component_list.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from gis_core.degrees import SPOKEN
from grid.component_list import ComponentSummary, select_summaries, summary_of
from grid.components import NoSuchComponent
from grid.register.facts import content_of
from grid.register.tables import ComponentFactRow
from grid.rules.register import ALIAS_DIGITS, Asking
from grid.tables import ComponentRow, OrganisationRow


@dataclass(frozen=True, slots=True)
class ComponentFact:
    """One step in the life of a component."""

    seq: int
    at: datetime
    by_person_id: int | None
    by_name: str
    by_role: str
    by_organisation_code: str | None
    action: str
    reason: str
    body: Mapping[str, Any]
    prev_hash: bytes
    hash: bytes

    @property
    def content(self) -> dict[str, Any]:
        """What the hash is taken over."""
        asking = Asking(self.at, self.by_person_id, self.by_name, self.by_role, self.by_organisation_code)
        return content_of(asking, seq=self.seq, action=self.action, reason=self.reason, body=self.body)


@dataclass(frozen=True, slots=True)
class ComponentDetail:
    """All of a component: its attributes, the shape of a line or area, its facts in order."""

    summary: ComponentSummary
    maintainer_name: str | None
    first_surveyed_on: date
    changed_on: date | None
    source: str
    remark: str | None
    accuracy_class: str | None
    edition: str | None
    revision: int
    shape_geojson: str | None
    facts: tuple[ComponentFact, ...]


_Maintainer = aliased(OrganisationRow)


def get_detail(session: Session, code: str) -> ComponentDetail:
    """A component by its code of 17 or (in older editions) 16 digits; two queries.

    :raises NoSuchComponent: when the register does not hold it.
    """
    more = (
        _Maintainer.name,
        ComponentRow.first_surveyed_on,
        ComponentRow.changed_on,
        ComponentRow.source,
        ComponentRow.remark,
        ComponentRow.accuracy_class,
        ComponentRow.edition,
        ComponentRow.revision,
        func.ST_AsGeoJSON(func.ST_Transform(ComponentRow.shape, SPOKEN), 7),
    )
    plain = code.strip().replace("\x00", "")
    by = ComponentRow.alias_code if len(plain) == ALIAS_DIGITS else ComponentRow.code
    query = select_summaries(*more).outerjoin(_Maintainer, _Maintainer.code == ComponentRow.maintainer_code)
    row = session.execute(query.where(by == plain)).one_or_none()
    if row is None:
        raise NoSuchComponent(
            f"部件登记册中没有编码为 {plain[:20]} 的部件。请核对编码。", component_code=plain[:20]
        )
    names = ComponentDetail.__slots__[1:-1]
    given = dict(zip(names, row[len(ComponentSummary.__slots__) :], strict=True))
    return ComponentDetail(summary=summary_of(row), facts=list_facts(session, row.id), **given)


def list_facts(session: Session, component_id: int) -> tuple[ComponentFact, ...]:
    """The facts of a component in order."""
    columns = [getattr(ComponentFactRow, name) for name in ComponentFact.__slots__]
    query = select(*columns).where(ComponentFactRow.component_id == component_id)
    return tuple(ComponentFact(*row) for row in session.execute(query.order_by(ComponentFactRow.seq)))
