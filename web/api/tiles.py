"""Vector tiles over HTTP: `/tiles/{layer}/{z}/{x}/{y}.mvt`, filters and `?v=` behind it.

An ETag names layer, filter and version. A browser that has the tile is answered after one small query, or
after none when the version stands in the address: what that address means never changes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from cases.filtering import CaseFilter
from cases.mapping import draw_cases, draw_public_cases, draw_wall_cases, open_case_of
from gis_core.tiles import MOST_ZOOM, NoSuchLayer, Tile, Window
from grid.mapping import StaffSight, draw_components
from web.accounts.guards import open_without_visitor, requires_person_and
from web.accounts.people import Person
from web.api.drawing import EMPTY, Asked
from web.api.ground_tiles import SHAPES
from web.api.tile_cache import KeptTile
from web.api.tile_layers import TILE_LAYERS, as_version, version_parts
from web.filters import (
    SEES_WALL,
    read_component_filter,
    read_filter,
    read_public_case_filter,
    read_public_component_filter,
    visible_to,
)
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/tiles", include_in_schema=False)

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
ZOOMS = frozenset(str(zoom) for zoom in range(MOST_ZOOM + 1))
VERSION = re.compile(r"[0-9a-f.-]{1,60}", re.ASCII)
ASK_AGAIN = "max-age=0, must-revalidate"
FOR_EVER = "public, max-age=604800, immutable"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody signed in who asks for a tile, and the version of its layer, learned in the same query."""

    person: Person
    version: str
    at: datetime


def reads(layer: str) -> Any:
    """A dependency that lets in who is signed in and yields the Reader of a layer's tile; one query."""

    def parts(request: Request, at: datetime) -> Sequence[ColumnElement[Any]]:
        zoom = str(request.path_params["z"])
        return version_parts(layer, at=at, zoom=int(zoom) if zoom in ZOOMS else 0)

    def reader(person: Person, told: tuple[Any, ...], at: datetime) -> Reader:
        return Reader(person, as_version(told), at)

    return requires_person_and(parts, reader)


@router.get("/cases/{z}/{x}/{y}.mvt")
def get_case_tile(
    *, request: Request, reader: Annotated[Reader, reads("cases")], wiring: Wired, z: str, x: str, y: str
) -> Response:
    """Cases the person may see, filtered as the list beside the map is, so that counts are equal."""
    tile = Tile.parse(z, x, y)
    wanted = visible_to(reader.person, read_filter(request.query_params))

    def draw(session: Session, window: Window) -> bytes:
        return draw_cases(session, wanted, tile, window, at=reader.at)

    asked = Asked("cases", tile, wanted, version_parts("cases", at=reader.at), draw)
    return _answer(request, wiring, asked, reader=reader)


@router.get("/wall-cases/{z}/{x}/{y}.mvt")
def get_wall_case_tile(
    *, request: Request, reader: Annotated[Reader, reads("wall-cases")], wiring: Wired, z: str, x: str, y: str
) -> Response:
    """Open cases as the wall shows them, to the posts that may open it."""
    reader.person.acting_as(*SEES_WALL)
    tile, wanted = Tile.parse(z, x, y), read_filter(request.query_params)

    def draw(session: Session, window: Window) -> bytes:
        return draw_wall_cases(session, wanted, tile, window, at=reader.at)

    asked = Asked("wall-cases", tile, wanted, version_parts("wall-cases", at=reader.at), draw)
    return _answer(request, wiring, asked, reader=reader)


@router.get("/public-cases/{z}/{x}/{y}.mvt", dependencies=[open_without_visitor])
def get_public_case_tile(*, request: Request, wiring: Wired, z: str, x: str, y: str) -> Response:
    """Cases as the public may see them: where, of what type, how far; filtered by type and day of report."""
    tile, at = Tile.parse(z, x, y), wiring.clock.now()
    wanted = read_public_case_filter(request.query_params)

    def draw(session: Session, window: Window) -> bytes:
        return draw_public_cases(session, wanted, tile, window, at=at)

    return _answer(
        request, wiring, Asked("public-cases", tile, wanted, version_parts("public-cases", at=at), draw)
    )


@router.get("/components/{z}/{x}/{y}.mvt", dependencies=[open_without_visitor])
def get_component_tile(*, request: Request, wiring: Wired, z: str, x: str, y: str) -> Response:
    """Components as everybody may see them: type and class of state."""
    tile = Tile.parse(z, x, y)
    wanted = read_public_component_filter(request.query_params, wiring.catalogue)

    def draw(session: Session, window: Window) -> bytes:
        return draw_components(session, wanted, tile, window, sight=None)

    versions = version_parts("components", at=wiring.clock.now())
    return _answer(request, wiring, Asked("components", tile, wanted, versions, draw))


@router.get("/staff-components/{z}/{x}/{y}.mvt")
def get_staff_component_tile(
    *,
    request: Request,
    reader: Annotated[Reader, reads("staff-components")],
    wiring: Wired,
    z: str,
    x: str,
    y: str,
) -> Response:
    """Components with who answers for each, and the open case about it that the person may see."""
    tile = Tile.parse(z, x, y)
    wanted = read_component_filter(request.query_params, wiring.catalogue)
    seen = visible_to(reader.person, CaseFilter(is_open=True))

    def open_case(component_code: ColumnElement[str]) -> Any:
        return open_case_of(component_code, seen, at=reader.at)

    def draw(session: Session, window: Window) -> bytes:
        return draw_components(session, wanted, tile, window, sight=StaffSight(open_case))

    versions = version_parts("staff-components", at=reader.at, zoom=tile.zoom)
    asked = Asked("staff-components", tile, (wanted, seen), versions, draw)
    return _answer(request, wiring, asked, reader=reader)


@router.get("/{layer}/{z}/{x}/{y}.mvt", dependencies=[open_without_visitor])
def get_ground_tile(*, request: Request, wiring: Wired, layer: str, z: str, x: str, y: str) -> Response:
    """A tile of the ground: base map or unit grids."""
    tile = Tile.parse(z, x, y)
    if layer not in SHAPES:
        raise NoSuchLayer(f"没有名为“{layer[:40]}”的瓦片图层。现有：{'、'.join(TILE_LAYERS)}。")

    def draw(session: Session, window: Window) -> bytes:
        return wiring.tiles.draw_ground(session, layer, tile, window)

    return _answer(
        request, wiring, Asked(layer, tile, None, version_parts(layer, at=wiring.clock.now()), draw)
    )


def _answer(request: Request, wiring: Wiring, asked: Asked, *, reader: Reader | None = None) -> Response:
    """The tile, or 304 when the browser has it; what is for one person is never left to shared caches."""
    window = wiring.tiles.window(asked.tile)
    reach = "public" if reader is None else "private"
    if window is None:
        return tile_response(request, EMPTY, etag='"empty"', rule=f"{reach}, {ASK_AGAIN}")
    named = request.query_params.get("v", "") if reader is None else ""
    if not VERSION.fullmatch(named):
        named = ""
    if named and is_known(request, asked.etag(named)):
        return not_modified(asked.etag(named), FOR_EVER)

    def rule_of(version: str) -> str:
        return FOR_EVER if named == version else f"{reach}, {ASK_AGAIN}"

    version = reader.version if reader is not None else wiring.tiles.version(asked.versions)
    if is_known(request, asked.etag(version)):
        return not_modified(asked.etag(version), rule_of(version))
    kept = wiring.tiles.find(asked, version)
    if kept is None:
        version, kept = wiring.tiles.draw(asked, window)
    return tile_response(request, kept, etag=asked.etag(version), rule=rule_of(version))


def is_known(request: Request, etag: str) -> bool:
    """Whether the browser has this very tile."""
    known = request.headers.get("if-none-match", "")
    return etag in (one.strip().removeprefix("W/") for one in known.split(","))


def not_modified(etag: str, rule: str) -> Response:
    """The answer to who has the tile already."""
    return Response(status_code=304, headers={"ETag": etag, "Cache-Control": rule})


def tile_response(request: Request, tile: KeptTile, *, etag: str, rule: str) -> Response:
    """A tile as an answer; unpacked for the rare client that takes no gzip."""
    headers = {"ETag": etag, "Cache-Control": rule, "Vary": "Accept-Encoding"}
    body = tile.body
    if tile.is_gzipped:
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            body = tile.unpacked()
    return Response(body, media_type=MEDIA_TYPE, headers=headers)
