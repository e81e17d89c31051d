"""How thick components stand: counts in squares of the plane system, for zooms that cannot show each one."""

from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from gis_core.db import Sessions
from gis_core.tiles import Tile, Window, drawn_point, layer_sql, tile_sql

CELL_M = 125
"""Side of the smallest square, on the ground: eight pixels at zoom 12."""
CELLS_FROM = 12

Cells = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Density:
    """Counts by square; a square's numbers are its south-west corner divided by its side."""

    cells: Cells  # rows of (east number, north number, count)

    @classmethod
    def read(cls, sessions: Sessions) -> "Density":
        """Count every component of the register; 0.1 s for 300,000."""
        asked = text(
            "SELECT floor(ST_X(geom) / :cell_m)::int, floor(ST_Y(geom) / :cell_m)::int, count(*)"
            " FROM grid.component GROUP BY 1, 2"
        )
        with sessions() as session:
            rows = session.execute(asked, {"cell_m": CELL_M}).all()
        return cls(np.array([tuple(row) for row in rows], dtype=np.int64).reshape(-1, 3))

    def within(self, window: Window, *, zoom: int) -> tuple[Cells, int]:
        """Squares whose centres lie in the window, of a side that suits the zoom; the side in metres.

        Every component is counted in exactly one square of a zoom.
        """
        step = 2 ** min(5, max(0, CELLS_FROM - zoom))
        side_m = CELL_M * step
        coarse = self.cells // [step, step, 1]
        low = (np.array([window.west_m, window.south_m]) / side_m - 1).astype(np.int64)
        high = (np.array([window.east_m, window.north_m]) / side_m + 1).astype(np.int64)
        near = coarse[((coarse[:, :2] >= low) & (coarse[:, :2] <= high)).all(axis=1)]
        places, where = np.unique(near[:, :2], axis=0, return_inverse=True)
        counts = np.bincount(where.ravel(), weights=near[:, 2], minlength=len(places)).astype(np.int64)
        return np.column_stack([places, counts]).astype(np.int64), side_m


class DensityOfVersion:
    """The density of the newest version of the frame that was asked for; counted once a version."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._lock = Lock()
        self._version: int | None = None
        self._density = Density(np.empty((0, 3), dtype=np.int64))

    def get(self, version: int) -> Density:
        """The density at a version; the first to ask counts, others wait."""
        with self._lock:
            if self._version != version:
                self._density = Density.read(self._sessions)
                self._version = version
            return self._density


DENSITY_SQL = tile_sql(
    (
        layer_sql(
            "component_density",
            "SELECT n, cell_m, geom FROM (SELECT n, CAST(:cell_m AS int) AS cell_m, "
            + drawn_point("ST_SetSRID(ST_MakePoint(e, nn), :srid)", buffer=0)
            + " AS geom FROM unnest(CAST(:east AS float8[]), CAST(:north AS float8[]), CAST(:n AS int[]))"
            " AS c(e, nn, n)) AS d WHERE geom IS NOT NULL",
        ),
    )
)


def density_parameters(density: Density, tile: Tile, window: Window) -> dict[str, object]:
    """Parameters of `DENSITY_SQL`: each square by its centre, its count and its side."""
    cells, side_m = density.within(window, zoom=tile.zoom)
    return {
        "east": ((cells[:, 0] + 0.5) * side_m).tolist(),
        "north": ((cells[:, 1] + 0.5) * side_m).tolist(),
        "n": cells[:, 2].tolist(),
        "cell_m": side_m,
        "srid": window.srid,
        **tile.as_parameters(),
    }
