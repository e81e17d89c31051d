"""The register of components (部件): one by its code, and those standing near a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.errors import NotFound
from gis_core.places import PlanePoint
from gis_core.shapes import to_ewkb
from grid.rules.register import ALIAS_DIGITS, State
from grid.rules.responsibility import Keeper
from grid.tables import ComponentRow

REMOVED: State = "移除"


class NoSuchComponent(NotFound):
    """The register holds no component with that code."""

    code = "no_such_component"


@dataclass(frozen=True, slots=True)
class Component:
    """A component: its codes, who answers for it, its state, and where it stands (plane system)."""

    code: str
    type_code: str
    name: str
    point: PlanePoint
    unit_grid_code: str
    authority_code: str
    owner_code: str | None
    maintainer_code: str | None
    state: str
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class NearComponent:
    """A component and how far from the place it stands."""

    component: Component
    distance_m: float


COLUMNS = (
    ComponentRow.code,
    ComponentRow.type_code,
    ComponentRow.name,
    func.ST_X(ComponentRow.geom).label("easting_m"),
    func.ST_Y(ComponentRow.geom).label("northing_m"),
    ComponentRow.unit_grid_code,
    ComponentRow.authority_code,
    ComponentRow.owner_code,
    ComponentRow.maintainer_code,
    ComponentRow.state,
    ComponentRow.is_synthetic,
)


def get_component(session: Session, code: str) -> Component:
    """The component with a 17-digit code, or the 16-digit one that it had in older editions.

    :raises NoSuchComponent: when the register does not hold it.
    """
    by = ComponentRow.alias_code if len(code) == ALIAS_DIGITS else ComponentRow.code
    row = session.execute(select(*COLUMNS).where(by == code)).one_or_none()
    if row is None:
        raise NoSuchComponent(f"部件登记册中没有编码为 {code} 的部件。请核对编码。", component_code=code)
    return component_of(row)


def list_near(
    session: Session,
    point: PlanePoint,
    *,
    plane: PlaneSystem,
    within_m: float,
    type_code: str | None = None,
    limit: int = 10,
) -> tuple[NearComponent, ...]:
    """Components (of a type) no farther than `within_m`, the nearest first; equally near ones by code."""
    rows = session.execute(_near(point, plane, within_m, type_code, limit))
    return tuple(NearComponent(component_of(row), row.distance_m) for row in rows)


def _near(
    point: PlanePoint, plane: PlaneSystem, within_m: float, type_code: str | None, limit: int
) -> Select[Any]:
    here = func.ST_GeomFromEWKB(to_ewkb(shapely.Point(point.easting_m, point.northing_m), plane))
    distance_m = func.ST_Distance(ComponentRow.geom, here)
    question = (
        select(*COLUMNS, distance_m.label("distance_m"))
        .where(func.ST_DWithin(ComponentRow.geom, here, within_m))
        .order_by(distance_m, ComponentRow.code)
        .limit(limit)
    )
    return question if type_code is None else question.where(ComponentRow.type_code == type_code)


def component_of(row: Row[Any]) -> Component:
    """A component from a row of `COLUMNS`."""
    return Component(
        code=row.code,
        type_code=row.type_code,
        name=row.name,
        point=PlanePoint(row.easting_m, row.northing_m),
        unit_grid_code=row.unit_grid_code,
        authority_code=row.authority_code,
        owner_code=row.owner_code,
        maintainer_code=row.maintainer_code,
        state=row.state,
        is_synthetic=row.is_synthetic,
    )


def find_keeper(session: Session, code: str, type_code: str) -> Keeper | None:
    """Owner and maintainer of a component of a type; None when the register has none such, or it is gone."""
    asked = select(ComponentRow.owner_code, ComponentRow.maintainer_code, ComponentRow.revision).where(
        ComponentRow.code == code, ComponentRow.type_code == type_code, ComponentRow.state != REMOVED
    )
    row = session.execute(asked).one_or_none()
    if row is None:
        return None
    version = f"第 {row.revision} 版" if row.revision else "初次普查"
    return Keeper(row.owner_code, row.maintainer_code, f"部件 {code} 登记册{version}，")


def list_owners(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """Owners of the components among `codes` that have one on record."""
    asked = select(ComponentRow.code, ComponentRow.owner_code).where(
        ComponentRow.code.in_(codes), ComponentRow.owner_code.is_not(None)
    )
    return {row.code: row.owner_code or "" for row in session.execute(asked)}
