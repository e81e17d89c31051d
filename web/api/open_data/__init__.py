"""Open data for other systems: OGC API – Features, Parts 1 and 2, at `/ogc`, read by a role of its own."""
