"""What a phone takes along of a part of the city: responsibility grids, components, streets.

Places are answered in degrees (EPSG:4490); boxes are given in degrees and widened by the caller.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gis_core.degrees import in_degrees
from gis_core.tiles import Box
from grid.tables import ComponentRow, ResponsibilityGridRow, StreetRow

DEGREES = 4490
MOST_COMPONENTS = 20_000
MOST_STREETS = 5_000


@dataclass(frozen=True, slots=True)
class DutyGrid:
    """A responsibility grid in force and the box around it."""

    code: str
    name: str
    box: Box


def list_duty_grids(session: Session, codes: Sequence[str]) -> tuple[DutyGrid, ...]:
    """Responsibility grids in force by their codes; codes that are none are left out."""
    shape = func.ST_Transform(ResponsibilityGridRow.geom, DEGREES)
    edges = (func.ST_XMin(shape), func.ST_YMin(shape), func.ST_XMax(shape), func.ST_YMax(shape))
    rows = session.execute(
        select(ResponsibilityGridRow.code, ResponsibilityGridRow.name, *edges)
        .where(ResponsibilityGridRow.code.in_(codes), ResponsibilityGridRow.valid_to.is_(None))
        .order_by(ResponsibilityGridRow.code)
    )
    return tuple(DutyGrid(code, name, Box(*map(float, box))) for code, name, *box in rows)


def list_outlines(session: Session, codes: Sequence[str]) -> list[dict[str, Any]]:
    """Outlines of responsibility grids in force: code, name, and `rings` of [lon, lat], holes among them.

    Outlines are simplified to about 2 m: a phone's position is no more exact.
    """
    shape = func.ST_AsGeoJSON(
        func.ST_Transform(func.ST_Simplify(ResponsibilityGridRow.geom, 2.0), DEGREES), 6
    )
    rows = session.execute(
        select(ResponsibilityGridRow.code, ResponsibilityGridRow.name, shape)
        .where(ResponsibilityGridRow.code.in_(codes), ResponsibilityGridRow.valid_to.is_(None))
        .order_by(ResponsibilityGridRow.code)
    )
    return [{"code": code, "name": name, "rings": _rings(json.loads(drawn))} for code, name, drawn in rows]


def _rings(shape: dict[str, Any]) -> list[Any]:
    """All rings of a polygon or of polygons, outer ones and holes alike."""
    if shape["type"] == "Polygon":
        return list(shape["coordinates"])
    return [ring for polygon in shape["coordinates"] for ring in polygon]


def list_packed_components(session: Session, box: Box) -> list[list[Any]]:
    """Components in a box as `[code, type_code, name, state, lon, lat]`, by code; at most 20,000."""
    lon, lat = in_degrees(ComponentRow.geom)
    columns = (ComponentRow.code, ComponentRow.type_code, ComponentRow.name, ComponentRow.state)
    rows = session.execute(
        select(*columns, lon, lat)
        .where(_meets(ComponentRow.geom, box))
        .order_by(ComponentRow.code)
        .limit(MOST_COMPONENTS)
    )
    return [[*row[:4], round(row[4], 6), round(row[5], 6)] for row in rows]


def list_packed_streets(session: Session, box: Box) -> list[list[Any]]:
    """Centre lines of streets in a box as `[name, [[lon, lat], …]]`; at most 5,000 stretches."""
    line = func.ST_AsGeoJSON(func.ST_Transform(StreetRow.geom, DEGREES), 6)
    rows = session.execute(
        select(StreetRow.name, line)
        .where(_meets(StreetRow.geom, box))
        .order_by(StreetRow.id)
        .limit(MOST_STREETS)
    )
    return [[name or "", part] for name, shape in rows for part in _lines(json.loads(shape))]


def _lines(shape: dict[str, Any]) -> list[Any]:
    return [shape["coordinates"]] if shape["type"] == "LineString" else shape["coordinates"]


def _meets(geom: Any, box: Box) -> ColumnElement[bool]:
    around = func.ST_MakeEnvelope(box.west_deg, box.south_deg, box.east_deg, box.north_deg, DEGREES)
    meets: ColumnElement[bool] = func.ST_Intersects(geom, func.ST_Transform(around, func.ST_SRID(geom)))
    return meets
