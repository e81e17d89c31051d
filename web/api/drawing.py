"""Drawing tiles from PostGIS and keeping them."""

import json
from collections.abc import Callable, Mapping

from sqlalchemy import text

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.tiles import Box, NoSuchLayer, Tile, Window, find_window
from web.api.density import DENSITY_SQL, DensityOfVersion, density_parameters
from web.api.ground_tiles import COMPONENTS_FROM, SHAPES
from web.api.tile_cache import KeptTile, TileCache, pack

EMPTY = pack(b"")
MARGIN_DEG = 0.3
"""How far beyond the city's bounds the map still shows something, degrees."""
# Below this zoom shapes are simplified to half a pixel (a pixel is eight units of a tile).
SIMPLIFIED_BELOW = 16


class TileDrawer:
    """Draws the tiles of one city; what it keeps belongs to a version of the frame."""

    def __init__(
        self, sessions: Sessions, plane: PlaneSystem, bounds: Box, *, short_names: Mapping[str, str]
    ) -> None:
        """`short_names` says how zones are called on the map, by code."""
        self._sessions = sessions
        self._plane = plane
        self._short_names = json.dumps(dict(short_names), ensure_ascii=False)
        self._bounds = Box(
            bounds.west_deg - MARGIN_DEG,
            bounds.south_deg - MARGIN_DEG,
            bounds.east_deg + MARGIN_DEG,
            bounds.north_deg + MARGIN_DEG,
        )
        self._cache = TileCache()
        self._density = DensityOfVersion(sessions)

    def ground(self, layer: str, tile: Tile, *, version: int) -> KeptTile:
        """A tile of the ground (`base`, `grids`, `components`) at a version of the frame.

        :raises NoSuchLayer: for any other layer.
        """
        if layer not in SHAPES:
            raise NoSuchLayer(f"没有名为“{layer[:40]}”的瓦片图层。")
        window = self.window(tile)
        if window is None:
            return EMPTY
        return self._cache.get((layer, tile, version), lambda: self._draw(layer, tile, window, version))

    def warm_up(self, *, version: int) -> None:
        """Count components now, so that the first low-zoom tile need not wait for it."""
        self._density.get(version)

    def window(self, tile: Tile) -> Window | None:
        """The part of the plane the tile shows; None outside the city and its margin."""
        return find_window(tile, self._plane, self._bounds)

    def run(self, sql: str, parameters: Mapping[str, object]) -> bytes:
        """The tile that a statement of `gis_core.tiles.tile_sql` makes."""
        with self._sessions() as session:
            return bytes(session.execute(text(sql), dict(parameters)).scalar_one() or b"")

    def keep(self, key: tuple[object, ...], draw: Callable[[], bytes]) -> KeptTile:
        """The tile kept under `key`, drawn when there is none."""
        return self._cache.get(key, draw)

    def _draw(self, layer: str, tile: Tile, window: Window, version: int) -> bytes:
        if layer == "components" and tile.zoom < COMPONENTS_FROM:
            density = self._density.get(version)
            return self.run(DENSITY_SQL, density_parameters(density, tile, window))
        sql = SHAPES[layer](tile.zoom)
        if sql is None:
            return b""
        shape = shape_parameters(tile, window, self._middle_deg)
        return self.run(sql, {**shape, "short_names": self._short_names})

    @property
    def _middle_deg(self) -> float:
        return (self._bounds.south_deg + self._bounds.north_deg) / 2


def shape_parameters(tile: Tile, window: Window, lat_deg: float) -> dict[str, object]:
    """Parameters of statements that cut, simplify and project shapes."""
    tolerance_m = 4 * tile.unit_m(lat_deg) if tile.zoom < SIMPLIFIED_BELOW else 0.0
    return {**tile.as_parameters(), **window.as_parameters(), "tolerance_m": tolerance_m}
