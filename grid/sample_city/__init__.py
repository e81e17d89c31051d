"""The drawn city: what no open source has, drawn by seed inside the real borders and flagged synthetic.

`draw` makes a `Drawing` (numpy and shapely only); `load` copies it into PostGIS in one transaction.
"""

from grid.sample_city.drawing import SIZES, Drawing, Size
from grid.sample_city.loading import FrameAlreadyDrawn, Loaded, load
from grid.sample_city.picture import draw

__all__ = ["SIZES", "Drawing", "FrameAlreadyDrawn", "Loaded", "Size", "draw", "load"]
