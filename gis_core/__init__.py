"""Ground floor: geometry, projections, time, errors, database, journal, jobs; knows no city and no case."""
