"""Small files of heights around the nine grids of the face city, right ones and bad ones."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.transform import from_origin

from gis_core.crs import PlaneSystem
from tests.case_city import JINGER_ROAD, baoji

PLANE = PlaneSystem(baoji().plane_crs)
MIDDLE = PLANE.to_plane(JINGER_ROAD)
CELL_M, CELLS = 10.0, 200
"""Two kilometres around the middle."""


def trench() -> NDArray[np.float32]:
    """A plain at 600 m that rises a little eastward, with a trench of 100 m at 590 m through the middle."""
    heights = np.full((CELLS, CELLS), 600.0, dtype=np.float32) + np.arange(CELLS, dtype=np.float32) / 100
    heights[:, 95:105] = 590.0
    return heights


def write(path: Path, heights: NDArray[np.float32] | None = None, **said: Any) -> Path:
    """A GeoTIFF of heights around the middle."""
    values = trench() if heights is None else heights
    west = said.pop("west_m", MIDDLE.easting_m - 1_000)
    north = said.pop("north_m", MIDDLE.northing_m + 1_000)
    unit = said.pop("unit", None)
    profile: dict[str, Any] = {
        "driver": "GTiff", "count": 1, "dtype": "float32",
        "height": values.shape[0], "width": values.shape[1],
        "crs": "EPSG:4545", "transform": from_origin(west, north, CELL_M, CELL_M), "compress": "deflate",
    } | said  # fmt: skip
    with rasterio.open(path, "w", **profile) as out:
        out.write(values, 1)
        if unit:
            out.units = (unit,)
    return path


def cut_short(path: Path) -> Path:
    """A GeoTIFF of which the last third did not arrive."""
    noise = np.random.default_rng(1).uniform(500, 700, (CELLS, CELLS)).astype(np.float32)
    whole = write(path, noise).read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    return path


def bomb(path: Path) -> Path:
    """A few bytes that promise 90 billion heights."""
    path.write_text("ncols 300000\nnrows 300000\nxllcorner 430000\nyllcorner 3803980\ncellsize 1\n1 2 3\n")
    return path
