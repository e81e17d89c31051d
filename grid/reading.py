"""The frame as the database holds it: unit grids in force, names of divisions and zones, the version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.errors import BadInput, NotFound
from gis_core.places import PlanePoint
from gis_core.shapes import require_polygon
from gis_core.stored_points import point_beside
from grid.rules.locating import UnitGrid
from grid.rules.quality import SeenGrid
from grid.tables import DivisionRow, FrameChangeRow, FrameVersionRow, UnitGridRow, ZoneRow


class WrongPlane(BadInput):
    """Unit grids are stored in another plane system than the city's data folder names."""

    code = "wrong_plane_system"


@dataclass(frozen=True, slots=True)
class FrameInForce:
    """Every unit grid in force, and the version of the frame they belong to."""

    version: int
    grids: tuple[UnitGrid, ...]


def get_frame_version(session: Session) -> int:
    """The version of the frame; 0 when none was ever drawn or imported."""
    return session.scalar(select(FrameVersionRow.version)) or 0


def read_frame(session: Session, plane: PlaneSystem, on: date | None = None) -> FrameInForce:
    """The frame in force now, or on a day; the session must not have begun its transaction.

    :raises WrongPlane: when the grids are stored in another plane system.
    :raises BrokenShape: when a stored outline is no valid polygon.
    """
    # One snapshot for all three questions: no writer can come between version and grids.
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    version = get_frame_version(session)
    zone_names = list_zone_names(session)
    rows = session.execute(
        select(
            UnitGridRow.code,
            UnitGridRow.zone_code,
            UnitGridRow.responsibility_code,
            func.ST_AsEWKB(UnitGridRow.geom).label("ewkb"),
        ).where(UnitGridRow.valid_to.is_(None) if on is None else _is_in_force_on(on))
    ).all()
    shapes = _outlines([bytes(row.ewkb) for row in rows], plane)
    grids = tuple(
        UnitGrid(
            code=row.code,
            shape=shape,
            zone_code=row.zone_code,
            zone_name=zone_names.get(row.zone_code),
            responsibility_code=row.responsibility_code,
        )
        for row, shape in zip(rows, shapes, strict=True)
    )
    return FrameInForce(version, grids)


def list_zone_names(session: Session) -> dict[str, str]:
    """Names of the zones in force, by code."""
    rows = session.execute(select(ZoneRow.code, ZoneRow.name).where(ZoneRow.valid_to.is_(None)))
    return {row.code: row.name for row in rows}


class NoSuchDivision(NotFound):
    """No division had that code on that day."""

    code = "no_such_division"


@dataclass(frozen=True, slots=True)
class DivisionOnDay:
    """A division as it was on a day; `valid_to` is the first day on which it no longer was."""

    code: str
    name: str
    level: str
    kind: str
    parent_code: str | None
    valid_from: date
    valid_to: date | None


def get_division_on(session: Session, code: str, on: date) -> DivisionOnDay:
    """The division with a code on a day; before the register began, as the register first has it.

    :raises NoSuchDivision: when there was none.
    """
    columns = [getattr(DivisionRow, name) for name in DivisionOnDay.__slots__]
    rows = session.execute(
        select(*columns).where(DivisionRow.code == code).order_by(DivisionRow.valid_from)
    ).all()
    found = [DivisionOnDay(*row) for row in rows]
    for one in found:
        if one.valid_to is None or on < one.valid_to:
            return one
    raise NoSuchDivision(f"{on} 没有代码为 {code[:20]} 的区划。请核对代码和日期。")


def list_division_names(session: Session) -> dict[str, str]:
    """Names of the divisions in force, by code: districts, streets and towns, communities and villages."""
    rows = session.execute(select(DivisionRow.code, DivisionRow.name).where(DivisionRow.valid_to.is_(None)))
    return {row.code: row.name for row in rows}


def _outlines(texts: list[bytes], plane: PlaneSystem) -> list[Polygon]:
    shapes = shapely.from_wkb(np.array(texts, dtype=object))
    strangers = set(shapely.get_srid(shapes).tolist()) - {plane.srid}
    if strangers:
        raise WrongPlane(
            f"单元网格的坐标系为 EPSG:{strangers}，与城市配置的 EPSG:{plane.srid} 不符。请重新导入网格。"
        )
    return [require_polygon(shape) for shape in shapes]


def read_community_shapes(
    session: Session, codes: Sequence[str] | None = None
) -> dict[str, Polygon | MultiPolygon]:
    """Outlines of communities in force, plane metres, by code; all of them when none are named."""
    asked = select(DivisionRow.code, func.ST_AsBinary(DivisionRow.geom).label("wkb")).where(
        DivisionRow.level == "community", DivisionRow.valid_to.is_(None), DivisionRow.geom.is_not(None)
    )
    if codes is not None:
        asked = asked.where(DivisionRow.code.in_(codes))
    rows = session.execute(asked.order_by(DivisionRow.code)).all()
    shapes = shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], dtype=object))
    return {row.code: shape for row, shape in zip(rows, shapes.tolist(), strict=True)}


def is_frame_synthetic(session: Session) -> bool:
    """Whether some unit grid in force is drawn, not surveyed."""
    asked = select(UnitGridRow.id).where(UnitGridRow.valid_to.is_(None), UnitGridRow.is_synthetic).limit(1)
    return session.execute(asked).first() is not None


def read_communities_at(session: Session, point: PlanePoint) -> dict[str, Polygon | MultiPolygon]:
    """Outlines of the communities in force that a point lies in or on, by code."""
    here = point_beside(DivisionRow.geom, point)
    asked = select(DivisionRow.code).where(
        DivisionRow.level == "community",
        DivisionRow.valid_to.is_(None),
        func.ST_Intersects(DivisionRow.geom, here),
    )
    codes = list(session.execute(asked.order_by(DivisionRow.code)).scalars())
    return read_community_shapes(session, codes) if codes else {}


def read_seen_frame(session: Session, on: date | None = None) -> list[SeenGrid]:
    """The frame as a check looks at it: in force now, or on a day."""
    edits = select(FrameChangeRow.id).where(FrameChangeRow.kind.in_(("split", "merge", "redraw", "fill")))
    asked = select(
        UnitGridRow.code,
        UnitGridRow.responsibility_code,
        UnitGridRow.land_use,
        func.coalesce(UnitGridRow.made_by.in_(edits), False).label("is_edited"),
        func.ST_AsBinary(UnitGridRow.geom).label("wkb"),
    ).where(UnitGridRow.valid_to.is_(None) if on is None else _is_in_force_on(on))
    rows = session.execute(asked.order_by(UnitGridRow.code)).all()
    shapes = shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], dtype=object))
    return [
        SeenGrid(
            code=row.code,
            shape=shape,
            responsibility_code=row.responsibility_code,
            land_use=row.land_use,
            is_first_generation=not row.is_edited,
        )
        for row, shape in zip(rows, shapes.tolist(), strict=True)
    ]


def _is_in_force_on(on: date) -> ColumnElement[bool]:
    return and_(UnitGridRow.valid_from <= on, or_(UnitGridRow.valid_to.is_(None), UnitGridRow.valid_to > on))
