"""Shapes in the plane and in degrees, kept apart by type; the stored grain, validity and coverage."""

from typing import NewType, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from gis_core.crs import Pairs, PlaneSystem
from gis_core.errors import BadInput
from gis_core.places import GRAIN_PER_M

PlanePolygon = NewType("PlanePolygon", Polygon)
"""A polygon in the city's plane system, metres."""
PlaneMultiPolygon = NewType("PlaneMultiPolygon", MultiPolygon)
"""A multi-part polygon in the city's plane system, metres."""
PlaneLine = NewType("PlaneLine", LineString)
"""A line in the city's plane system, metres."""

AnyShape = TypeVar("AnyShape", bound=BaseGeometry)


class BrokenShape(BadInput):
    """A shape that has no inside: it crosses itself, is empty, or is of another kind than asked for."""

    code = "broken_shape"


def snap_to_grain(shape: AnyShape) -> AnyShape:
    """The shape with every vertex moved to the nearest stored grain (2^-10 m); kind and order stay.

    Vertices that shapes share move together, so shared borders stay shared. A shape thinner than
    the grain may break; `require_polygon` finds that out.

    >>> snap_to_grain(LineString([(0.0001, 0.5), (1.0006, 2.0)])).wkt
    'LINESTRING (0 0.5, 1.0009765625 2)'
    """
    return shapely.transform(shape, snap_points)


def snap_points(points: Pairs) -> Pairs:
    """Rows of easting, northing moved to the nearest stored grain."""
    return np.rint(points * GRAIN_PER_M) / GRAIN_PER_M


def is_on_grain(shape: BaseGeometry) -> bool:
    """Whether every vertex is a multiple of 2^-10 m, as every stored one is.

    >>> is_on_grain(shapely.Point(0.5, 0.25)), is_on_grain(shapely.Point(0.1, 0.0))
    (True, False)
    """
    vertices = shapely.get_coordinates(shape)
    return bool((vertices == snap_points(vertices)).all())


def require_polygon(shape: BaseGeometry) -> PlanePolygon:
    """The shape itself, when it is a valid polygon with an inside.

    :raises BrokenShape: saying what is wrong and where.
    """
    if not isinstance(shape, Polygon) or shape.is_empty:
        raise BrokenShape(f"需要一个非空的单面，得到的是 {shape.geom_type}。请检查图形。")
    if not shape.is_valid:
        raise BrokenShape(f"面的边界有误：{explain_validity(shape)}。请修正图形后重新提交。")
    return PlanePolygon(shape)


def repair(shape: Polygon | MultiPolygon) -> PlaneMultiPolygon:
    """A broken area made valid: loops resolved, lines and points dropped, vertices on the grain.

    :raises BrokenShape: when no area is left.

    >>> bow_tie = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> repair(bow_tie).area
    2.0
    """
    mended = shapely.make_valid(snap_to_grain(shape), method="structure", keep_collapsed=False)
    for _ in range(3):
        # New crossings rarely lie on the grain, and moving them can cross a thin part again.
        mended = shapely.make_valid(snap_to_grain(mended), method="structure", keep_collapsed=False)
        if is_on_grain(mended):
            break
    parts = [part for part in shapely.get_parts(mended) if isinstance(part, Polygon) and not part.is_empty]
    if not parts:
        raise BrokenShape("图形没有面积，无法修复。请重新绘制。")
    return PlaneMultiPolygon(MultiPolygon(parts))


def pins_of(shapes: NDArray[np.object_]) -> Pairs:
    """Where the pin of each shape goes: a point itself, the middle of the longest line, a point in an area.

    Rows of easting, northing; NaN for what is missing or empty.

    >>> line = shapely.MultiLineString([[(0, 0), (10, 0)], [(20, 0), (21, 0)]])
    >>> pins_of(np.array([shapely.Point(1, 2), line, None], dtype=object)).tolist()
    [[1.0, 2.0], [5.0, 0.0], [nan, nan]]
    """
    pins: NDArray[np.object_] = np.asarray(shapely.point_on_surface(shapes), dtype=object)
    many = shapely.get_type_id(shapes) == shapely.GeometryType.MULTILINESTRING
    lines = np.asarray(shapes, dtype=object)
    if many.any():
        lines = lines.copy()
        lines[many] = [max(shape.geoms, key=lambda part: part.length) for shape in lines[many]]
    is_line = shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING
    pins[is_line] = shapely.line_interpolate_point(lines[is_line], 0.5, normalized=True)
    return np.column_stack([shapely.get_x(pins), shapely.get_y(pins)])


def find_coverage_faults(shapes: list[Polygon], *, gap_m: float = 0.0) -> NDArray[np.intp]:
    """Positions of shapes whose border overlaps a neighbour, or leaves a gap narrower than `gap_m` to one.

    Shared borders must have the same vertices on both sides. Empty when the shapes are a coverage.

    >>> find_coverage_faults([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]).tolist()
    []
    >>> find_coverage_faults([shapely.box(0, 0, 1.5, 1), shapely.box(1, 0, 2, 1)]).tolist()
    [0, 1]
    """
    edges = shapely.coverage_invalid_edges(np.array(shapes, dtype=object), gap_width=gap_m)
    return np.flatnonzero(~shapely.is_empty(edges))


def to_lonlat(shape: AnyShape, plane: PlaneSystem) -> AnyShape:
    """A plane shape in degrees (EPSG:4490), longitude first, vertex by vertex."""
    return shapely.transform(shape, plane.to_lonlat_many)


def to_plane(shape: AnyShape, plane: PlaneSystem) -> AnyShape:
    """A shape in degrees (EPSG:4490) in the plane system, vertices on the stored grain."""
    return shapely.transform(shape, lambda places: snap_points(plane.to_plane_many(places)))


def to_ewkb(shape: Geometry, plane: PlaneSystem) -> bytes:
    """The shape as PostGIS takes it: EWKB with the SRID of its plane system."""
    return shapely.to_wkb(shapely.set_srid(shape, plane.srid), include_srid=True)
