"""Ground floor: geometry, projections, time, errors, database, journal and jobs; knows nothing of cities or cases."""
