"""The gazetteer as people look at it, and as the geocoding index is built from it. Reads only."""

from grid.gazetteer.index_reading import begin_reading, get_version, list_index_areas, list_index_places

__all__ = ["begin_reading", "get_version", "list_index_areas", "list_index_places"]
