"""A point of the plane beside a column of places, so that the column's index serves what is asked of both."""

from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import InstrumentedAttribute

from gis_core.places import PlanePoint


def point_beside(column: InstrumentedAttribute[Any], point: PlanePoint) -> ColumnElement[Any]:
    """The point (plane metres) in the plane system of a geometry column.

    The system is asked of the column and not of its rows: with ST_SRID(geom) the point would hang on each
    row, and PostGIS looks through no index for that.
    """
    table = column.class_.__table__
    srid = func.Find_SRID(table.schema, table.name, column.key)
    return func.ST_SetSRID(func.ST_MakePoint(point.easting_m, point.northing_m), srid)
