"""The ground that nobody walked on some days, as one shape to draw from far away."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from grid.positions.coverage import as_json, text_of_walks
from grid.positions.rules.visits import VisitRule

# Walks and unit grids as `coverage.py` reads them. Grids share their borders, so the union has no seams.
_UNWALKED = text_of_walks("""
    WITH rules AS ({RULES})
    SELECT ST_AsGeoJSON(ST_Transform(ST_SimplifyPreserveTopology(ST_Union(g.geom), :least_m), 4490), 5)
    FROM grid.unit_grid g
    WHERE g.valid_to IS NULL AND NOT EXISTS (
        SELECT FROM grid.grid_visit v JOIN grid.mover m ON m.key = v.mover_key AND m.kind = 'person'
        JOIN rules r ON {COUNTS}
        WHERE v.unit_grid_code = g.code AND v.walked_on BETWEEN :since AND :until)
""")
LEAST_M = 5.0
"""Bends of the outline smaller than this are left out, in metres: on a wall a pixel is more."""


def find_unwalked(session: Session, since: date, until: date, rules: Sequence[VisitRule]) -> str | None:
    """The unit grids in force that nobody walked from `since` to `until`, both included, as one outline.

    GeoJSON geometry in degrees (EPSG:4490); None where every grid was walked.
    """
    found = session.scalar(
        _UNWALKED, {"since": since, "until": until, "rules": as_json(rules), "least_m": LEAST_M}
    )
    return None if found is None else str(found)
