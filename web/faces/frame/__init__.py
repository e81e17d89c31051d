"""The frame on a map: unit grids split, merged, redrawn and filled by the data officer."""
