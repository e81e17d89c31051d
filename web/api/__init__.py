"""Machine interfaces: version 1, tiles."""
