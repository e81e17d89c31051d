"""Vector tiles over HTTP: `/tiles/{layer}/{z}/{x}/{y}.mvt?v=…`."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from cases.mapping import draw_cases, draw_public_cases, last_fact_id
from gis_core.tiles import Tile, Window
from web.accounts.guards import open_without_visitor, requires_person
from web.accounts.people import Person
from web.api.drawing import EMPTY
from web.api.tile_cache import KeptTile
from web.filters import read_filter, visible_to
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/tiles", include_in_schema=False)

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
LIGHTS_EVERY_S = 15


@router.get("/cases/{z}/{x}/{y}.mvt")
def get_case_tile(
    *,
    request: Request,
    person: Annotated[Person, requires_person()],
    wiring: Wired,
    z: str,
    x: str,
    y: str,
) -> Response:
    """Cases the person may see, filtered as the list beside the map is, so that counts are equal."""
    tile = Tile.parse(z, x, y)
    wanted = visible_to(person, read_filter(request.query_params))

    def draw(session: Session, window: Window, at: datetime) -> bytes:
        return draw_cases(session, wanted, tile, window, at=at)

    return _of_the_moment(request, wiring, tile, key=("cases", wanted), draw=draw, reach="private")


@router.get("/public-cases/{z}/{x}/{y}.mvt", dependencies=[open_without_visitor])
def get_public_case_tile(*, request: Request, wiring: Wired, z: str, x: str, y: str) -> Response:
    """Cases as the public may see them: where, of what type, how far."""
    tile = Tile.parse(z, x, y)

    def draw(session: Session, window: Window, at: datetime) -> bytes:
        return draw_public_cases(session, tile, window, at=at)

    return _of_the_moment(request, wiring, tile, key=("public-cases",), draw=draw, reach="public")


def _of_the_moment(
    request: Request,
    wiring: Wiring,
    tile: Tile,
    *,
    key: tuple[object, ...],
    draw: Callable[[Session, Window, datetime], bytes],
    reach: str,
) -> Response:
    """A tile of cases: drawn anew after each fact and, as lights change, each quarter minute."""
    window = wiring.tiles.window(tile)
    rule = f"{reach}, max-age=0, must-revalidate"
    if window is None:
        return tile_response(request, EMPTY, etag='"empty"', rule=rule)
    at = wiring.clock.now()
    with wiring.sessions() as session:
        moment = (last_fact_id(session), int(at.timestamp() // LIGHTS_EVERY_S))
        full_key = (*key, tile, *moment)
        etag = '"' + sha256(repr(full_key).encode()).hexdigest()[:20] + '"'
        if is_known(request, etag):
            return Response(status_code=304, headers={"ETag": etag, "Cache-Control": rule})
        kept = wiring.tiles.keep(full_key, lambda: draw(session, window, at))
    return tile_response(request, kept, etag=etag, rule=rule)


@router.get("/{layer}/{z}/{x}/{y}.mvt", dependencies=[open_without_visitor])
def get_ground_tile(*, request: Request, wiring: Wired, layer: str, z: str, x: str, y: str) -> Response:
    """A tile of the ground; the same address with the same version never changes."""
    tile = Tile.parse(z, x, y)
    facts = wiring.map_facts()
    etag = f'"{layer}-{z}-{x}-{y}-{facts.tiles_version}"' if layer.isascii() else '""'
    is_fixed = request.query_params.get("v") == facts.tiles_version
    rule = "public, max-age=604800, immutable" if is_fixed else "public, max-age=0, must-revalidate"
    if is_known(request, etag):
        return Response(status_code=304, headers={"ETag": etag, "Cache-Control": rule})
    drawn = wiring.tiles.ground(layer, tile, version=facts.version)
    return tile_response(request, drawn, etag=etag, rule=rule)


def is_known(request: Request, etag: str) -> bool:
    """Whether the browser has this very tile."""
    return etag in request.headers.get("if-none-match", "")


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
