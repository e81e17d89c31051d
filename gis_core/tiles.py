"""Vector tiles: which ground a tile covers, and the PostGIS statement that draws it.

Tiles are those of the web (Web Mercator, y from the north, 4096 units wide). Shapes are chosen and
simplified in the city's plane system, then projected: Web Mercator draws and never measures.
"""

from dataclasses import dataclass
from math import atan, cos, degrees, pi, radians, sinh
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.errors import BadInput, NotFound

EXTENT = 4096
BUFFER = 64
"""Units drawn beyond the edge, so that lines and pins do not stop there."""
MOST_ZOOM = 22
_AROUND_M = 40_075_016.685_578_488


class NoSuchTile(NotFound):
    """The pyramid has no such tile."""

    code = "no_such_tile"


class NoSuchLayer(NotFound):
    """There is no such layer of tiles."""

    code = "no_such_layer"


class BadTile(BadInput):
    """The address of a tile holds something that is no number."""

    code = "bad_tile"


@dataclass(frozen=True, slots=True)
class Box:
    """A box in degrees, EPSG:4490."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float


@dataclass(frozen=True, slots=True)
class Window:
    """A box in the city's plane system, metres."""

    west_m: float
    south_m: float
    east_m: float
    north_m: float
    srid: int

    def as_parameters(self) -> dict[str, float | int]:
        """The box as parameters of `WINDOW_SQL`."""
        return {
            "w_west": self.west_m,
            "w_south": self.south_m,
            "w_east": self.east_m,
            "w_north": self.north_m,
            "srid": self.srid,
        }


WINDOW_SQL = "ST_MakeEnvelope(:w_west, :w_south, :w_east, :w_north, :srid)"


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of the pyramid."""

    zoom: int
    column: int
    row: int

    def __post_init__(self) -> None:
        if not 0 <= self.zoom <= MOST_ZOOM:
            raise NoSuchTile(f"没有第 {self.zoom} 级瓦片，级别为 0 至 {MOST_ZOOM}。")
        last = 2**self.zoom - 1
        if not (0 <= self.column <= last and 0 <= self.row <= last):
            raise NoSuchTile(f"第 {self.zoom} 级没有瓦片 {self.column}/{self.row}，行列号为 0 至 {last}。")

    @classmethod
    def parse(cls, zoom: str, column: str, row: str) -> "Tile":
        """The tile of an address.

        >>> Tile.parse("14", "13070", "6526").zoom
        14

        :raises BadTile: when a part is no number; NoSuchTile when it is out of range.
        """
        if not all(part.isascii() and part.isdigit() and len(part) < 9 for part in (zoom, column, row)):
            raise BadTile("瓦片地址应为 级别/列号/行号，三个都是整数。")
        return cls(int(zoom), int(column), int(row))

    @property
    def box(self) -> Box:
        """The ground of the tile, its buffer included, degrees."""
        edge = BUFFER / EXTENT
        return Box(
            west_deg=self._lon(self.column - edge),
            south_deg=self._lat(self.row + 1 + edge),
            east_deg=self._lon(self.column + 1 + edge),
            north_deg=self._lat(self.row - edge),
        )

    def unit_m(self, lat_deg: float) -> float:
        """The length of one of the tile's 4096 units on the ground at a latitude, metres.

        >>> round(Tile(14, 13070, 6526).unit_m(34.36), 3)
        0.493
        """
        return _AROUND_M * cos(radians(lat_deg)) / float(2**self.zoom) / EXTENT

    def as_parameters(self) -> dict[str, int]:
        """The tile as parameters of `ST_TileEnvelope(:z, :x, :y)`."""
        return {"z": self.zoom, "x": self.column, "y": self.row}

    def _lon(self, column: float) -> float:
        return min(180.0, max(-180.0, column / float(2**self.zoom) * 360 - 180))

    def _lat(self, row: float) -> float:
        return degrees(atan(sinh(pi * (1 - 2 * min(1.0, max(0.0, row / float(2**self.zoom)))))))


def find_window(tile: Tile, plane: PlaneSystem, bounds: Box) -> Window | None:
    """The part of the plane a tile shows; None when it lies outside the city's bounds.

    Edges of a tile are bent in the plane, so they are walked in steps.
    """
    box = tile.box
    west, east = max(box.west_deg, bounds.west_deg), min(box.east_deg, bounds.east_deg)
    south, north = max(box.south_deg, bounds.south_deg), min(box.north_deg, bounds.north_deg)
    if west >= east or south >= north:
        return None
    lon, lat = np.linspace(west, east, 9), np.linspace(south, north, 9)
    edge = np.concatenate(
        [
            np.column_stack([lon, np.full(9, south)]),
            np.column_stack([lon, np.full(9, north)]),
            np.column_stack([np.full(9, west), lat]),
            np.column_stack([np.full(9, east), lat]),
        ]
    )
    points = plane.to_plane_many(edge)
    (low_e, low_n), (high_e, high_n) = points.min(axis=0), points.max(axis=0)
    return Window(float(low_e), float(low_n), float(high_e), float(high_n), plane.srid)


@dataclass(frozen=True, slots=True)
class Squares:
    """The squares into which a tile without its buffer is divided, as SQL over a column of points.

    `right` and `down` are where a point lies in the tile, in its units. Western and northern edges belong to
    a square; so a point belongs to one square of one tile. Places are scaled by powers of two alone, which
    rounds nothing: squares of every zoom nest, and agree on who lies on an edge.
    """

    column: ColumnElement[Any]
    row: ColumnElement[Any]
    right: ColumnElement[Any]
    down: ColumnElement[Any]
    is_here: ColumnElement[bool]

    @classmethod
    def of(cls, tile: Tile, points: Any, *, side_units: int) -> "Squares":
        """Squares of `side_units` (a power of two) over points of the plane system."""
        return cls.of_drawn(tile, func.ST_Transform(points, 3857), side_units=side_units)

    @classmethod
    def of_drawn(cls, tile: Tile, drawn: Any, *, side_units: int) -> "Squares":
        """The same over points that were projected to Web Mercator already."""
        east = (func.ST_X(drawn) + _AROUND_M / 2) / _AROUND_M
        south = (_AROUND_M / 2 - func.ST_Y(drawn)) / _AROUND_M
        units, across = 2**tile.zoom * EXTENT, EXTENT // side_units
        column = func.floor(east * float(2**tile.zoom * across)) - tile.column * across
        row = func.floor(south * float(2**tile.zoom * across)) - tile.row * across
        right = east * float(units) - float(tile.column * EXTENT)
        down = south * float(units) - float(tile.row * EXTENT)
        last = across - 1
        return cls(column, row, right, down, and_(column.between(0, last), row.between(0, last)))


def spot(tile: Tile, right: Any, down: Any) -> ColumnElement[Any]:
    """The point of Web Mercator at a place given in units of a tile, as SQL."""
    side_m = _AROUND_M / 2**tile.zoom
    east_m = right * (side_m / EXTENT) + (tile.column * side_m - _AROUND_M / 2)
    north_m = (_AROUND_M / 2 - tile.row * side_m) - down * (side_m / EXTENT)
    point: ColumnElement[Any] = func.ST_SetSRID(func.ST_MakePoint(east_m, north_m), 3857)
    return point


def is_within(points: Any, window: Window) -> ColumnElement[bool]:
    """Whether points of the plane system lie in a window, as SQL that an index serves."""
    box = func.ST_MakeEnvelope(window.west_m, window.south_m, window.east_m, window.north_m, window.srid)
    found: ColumnElement[bool] = points.bool_op("&&")(box)
    return found


def placed(points: Any, tile: Tile) -> ColumnElement[Any]:
    """Points of the plane system in units of a tile, as SQL; null outside the tile and its buffer."""
    envelope = func.ST_TileEnvelope(tile.zoom, tile.column, tile.row)
    return func.ST_AsMVTGeom(func.ST_Transform(points, 3857), envelope, EXTENT, BUFFER, True).label("geom")


def draw_layer(session: Session, name: str, rows: Select[Any]) -> bytes:
    """A tile of one layer from rows whose column `geom` is in tile units; null ones are left out."""
    features = rows.subquery("f")
    drawn = select(func.ST_AsMVT(literal_column("f"), name, EXTENT, "geom")).select_from(features)
    return bytes(session.execute(drawn).scalar_one() or b"")


def layer_sql(name: str, rows: str) -> str:
    """A layer of a tile from a query whose column `geom` is already in tile units."""
    return f"(SELECT coalesce(ST_AsMVT(f, '{name}', {EXTENT}, 'geom'), ''::bytea) FROM ({rows}) AS f)"


def drawn(shape: str, *, coarser: str = "1") -> str:
    """A shape of the plane system as tile units: cut to the window, simplified, projected.

    `coarser` is how many times the usual tolerance, as SQL.
    """
    cut = f"ST_ClipByBox2D({shape}, {WINDOW_SQL})"
    return (
        f"ST_AsMVTGeom(ST_Transform(ST_Simplify({cut}, :tolerance_m * {coarser}, false), 3857),"
        f" ST_TileEnvelope(:z, :x, :y), {EXTENT}, {BUFFER}, true)"
    )


def drawn_point(point: str, *, buffer: int = BUFFER) -> str:
    """A point of the plane system as tile units; null outside the tile and its buffer."""
    return f"ST_AsMVTGeom(ST_Transform({point}, 3857), ST_TileEnvelope(:z, :x, :y), {EXTENT}, {buffer}, true)"


def tile_sql(layers: tuple[str, ...]) -> str:
    """One statement for a tile of several layers."""
    return "SELECT " + " || ".join(layers)
