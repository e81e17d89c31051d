"""The ground that nobody walked on some days, as one shape to draw from far away."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

# Walks and unit grids as `coverage.py` reads them. Grids share their borders, so the union has no seams.
_UNWALKED = text("""
    SELECT ST_AsGeoJSON(ST_Transform(ST_SimplifyPreserveTopology(ST_Union(g.geom), :least_m), 4490), 5)
    FROM grid.unit_grid g
    WHERE g.valid_to IS NULL AND NOT EXISTS (
        SELECT FROM grid.grid_visit v JOIN grid.mover m ON m.key = v.mover_key AND m.kind = 'person'
        WHERE v.unit_grid_code = g.code AND v.walked_on BETWEEN :since AND :until)
""")
LEAST_M = 5.0
"""Bends of the outline smaller than this are left out, in metres: on a wall a pixel is more."""


def find_unwalked(session: Session, since: date, until: date) -> str | None:
    """The unit grids in force that nobody walked from `since` to `until`, both included, as one outline.

    GeoJSON geometry in degrees (EPSG:4490); None where every grid was walked.
    """
    found = session.scalar(_UNWALKED, {"since": since, "until": until, "least_m": LEAST_M})
    return None if found is None else str(found)
