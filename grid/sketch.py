"""What lies around a place, for a small map on paper: streets and the unit grid, in the plane system."""

from dataclasses import dataclass

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.places import PlanePoint

_AROUND = text("""
    WITH sheet AS (SELECT ST_MakeEnvelope(:west, :south, :east, :north, :srid) AS box)
    SELECT 'street' AS kind, coalesce(s.name, '') AS name, s.width_m,
        ST_AsBinary(ST_ClipByBox2D(s.geom, w.box)) AS shape
    FROM grid.street AS s, sheet AS w WHERE s.geom && w.box
    UNION ALL
    SELECT 'grid', g.code, 0, ST_AsBinary(g.geom) FROM grid.unit_grid AS g
    WHERE g.code = :grid_code AND g.valid_to IS NULL
""")


@dataclass(frozen=True, slots=True)
class Line:
    """A line around the place: metres east and north of it, the width of a street (0 for borders)."""

    name: str
    width_m: float
    corners: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Sketch:
    """Streets within reach of a place, and the outline of its unit grid."""

    reach_m: float
    streets: tuple[Line, ...]
    borders: tuple[Line, ...]


def sketch_around(
    session: Session, place: PlanePoint, grid_code: str, *, reach_m: float, srid: int
) -> Sketch:
    """What lies within `reach_m` east, west, north and south of a place; one query."""
    east, north = place.easting_m, place.northing_m
    box = {
        "west": east - reach_m, "south": north - reach_m, "east": east + reach_m, "north": north + reach_m,
        "srid": srid, "grid_code": grid_code,
    }  # fmt: skip
    found: dict[str, list[Line]] = {"street": [], "grid": []}
    for row in session.execute(_AROUND, box):
        for part in shapely.get_parts(shapely.from_wkb(bytes(row.shape))).tolist():
            line = part.exterior if part.geom_type == "Polygon" else part
            corners = tuple((x - east, y - north) for x, y in shapely.get_coordinates(line).tolist())
            if len(corners) > 1:
                found[row.kind].append(Line(row.name, row.width_m, corners))
    return Sketch(reach_m, tuple(found["street"]), tuple(found["grid"]))
