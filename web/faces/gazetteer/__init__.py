"""The face of the data officer: the gazetteer's list, places, imports."""
