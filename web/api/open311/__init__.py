"""Open311 GeoReport v2 for other systems, at `/open311/v2`: XML and JSON, read by all, written with a key."""
