"""The frame as the database holds it: unit grids in force, names of divisions and zones, the version."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.errors import BadInput
from gis_core.shapes import require_polygon
from grid.rules.locating import UnitGrid
from grid.tables import DivisionRow, FrameVersionRow, UnitGridRow, ZoneRow


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


def read_frame(session: Session, plane: PlaneSystem) -> FrameInForce:
    """The frame in force as of one moment; the session must not have begun its transaction.

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
        ).where(UnitGridRow.valid_to.is_(None))
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
