"""Drawing tiles from PostGIS and keeping them, each under the version of the snapshot it was drawn from."""

import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from psycopg.errors import QueryCanceled
from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import Refused
from gis_core.tiles import Box, Tile, Window, find_window
from web.api.ground_tiles import SHAPES
from web.api.tile_cache import KeptTile, TileCache, pack
from web.api.tile_layers import as_version

EMPTY = pack(b"")
MARGIN_DEG = 0.3
"""How far beyond the city's bounds the map still shows something, degrees."""
# Below this zoom shapes are simplified to half a pixel (a pixel is eight units of a tile).
SIMPLIFIED_BELOW = 16
DRAWN_WITHIN_MS = 8_000
"""A tile that takes longer is given up, so that no request can hold a connection for long."""
LIMITS = (
    func.set_config("statement_timeout", str(DRAWN_WITHIN_MS), True),
    # A helping process would need 50 ms to learn the projection; most tiles are drawn in less.
    func.set_config("max_parallel_workers_per_gather", "0", True),
)

Draw = Callable[[Session, Window], bytes]


class TileTooSlow(Refused):
    """The tile took longer to draw than anybody should wait."""

    code = "tile_too_slow"


@dataclass(frozen=True, slots=True)
class Asked:
    """A tile that somebody asks for (`wanted` keeps filters and roles apart), and how it is drawn."""

    layer: str
    tile: Tile
    wanted: Hashable
    versions: tuple[ColumnElement[Any], ...]
    draw: Draw

    def etag(self, version: str) -> str:
        """The strong ETag of the tile at a version of its layer."""
        tile = self.tile
        which = sha256(repr(self.wanted).encode()).hexdigest()[:12]
        return f'"{self.layer}-{tile.zoom}-{tile.column}-{tile.row}-{which}-{version}"'


class TileDrawer:
    """Draws the tiles of one city and keeps them by layer, filter, role and version."""

    def __init__(
        self, sessions: Sessions, plane: PlaneSystem, bounds: Box, *, short_names: Mapping[str, str]
    ) -> None:
        """`short_names` says how zones are called on the map, by code."""
        self._sessions = sessions
        self._plane = plane
        self._short_names = json.dumps(dict(short_names), ensure_ascii=False)
        self.bounds = bounds
        self._bounds = Box(
            bounds.west_deg - MARGIN_DEG,
            bounds.south_deg - MARGIN_DEG,
            bounds.east_deg + MARGIN_DEG,
            bounds.north_deg + MARGIN_DEG,
        )
        self._cache = TileCache()

    def window(self, tile: Tile) -> Window | None:
        """The part of the plane the tile shows; None outside the city and its margin."""
        return find_window(tile, self._plane, self._bounds)

    def version(self, parts: tuple[ColumnElement[Any], ...]) -> str:
        """The version of a layer now; one small query."""
        with self._sessions() as session:
            session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})  # two round trips less
            return as_version(tuple(session.execute(select(*parts)).one()))

    def find(self, asked: Asked, version: str) -> KeptTile | None:
        """The tile as it was kept at a version; None when it was not drawn yet or has made room."""
        return self._cache.find((asked.layer, asked.tile, asked.wanted, version))

    def draw(self, asked: Asked, window: Window) -> tuple[str, KeptTile]:
        """The tile drawn now, and the version it shows: both are read from one snapshot.

        Whatever is committed meanwhile, a tile is kept under the version of its own rows, never a newer one.

        :raises TileTooSlow: when drawing takes longer than `DRAWN_WITHIN_MS`.
        """
        with self._sessions() as session:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            _, _, *parts = session.execute(select(*LIMITS, *asked.versions)).one()
            version = as_version(tuple(parts))
            try:
                kept = pack(asked.draw(session, window))
            except OperationalError as error:
                if not isinstance(error.orig, QueryCanceled):
                    raise
                raise TileTooSlow("这幅瓦片绘制超时。请放大地图，或用筛选条件减少内容后重试。") from error
        self._cache.keep((asked.layer, asked.tile, asked.wanted, version), kept)
        return version, kept

    def draw_ground(self, session: Session, layer: str, tile: Tile, window: Window) -> bytes:
        """A tile of the ground, `base` or `grids`."""
        sql = SHAPES[layer](tile.zoom)
        if sql is None:
            return b""
        shape = shape_parameters(tile, window, self._middle_deg)
        found = session.execute(text(sql), {**shape, "short_names": self._short_names})
        return bytes(found.scalar_one() or b"")

    @property
    def _middle_deg(self) -> float:
        return (self._bounds.south_deg + self._bounds.north_deg) / 2


def shape_parameters(tile: Tile, window: Window, lat_deg: float) -> dict[str, object]:
    """Parameters of statements that cut, simplify and project shapes."""
    tolerance_m = 4 * tile.unit_m(lat_deg) if tile.zoom < SIMPLIFIED_BELOW else 0.0
    return {**tile.as_parameters(), **window.as_parameters(), "tolerance_m": tolerance_m}
