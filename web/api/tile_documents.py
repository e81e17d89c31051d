"""TileJSON over HTTP: `/tiles/{layer}.json` says where a layer's tiles are and what is in them.

What it lists depends on who asks: under the name `components` staff are led to tiles that tell more. A filter
in the address of the document is in the addresses of its tiles.
"""

from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse

from web.accounts.guards import open_to_all, open_without_visitor
from web.accounts.people import NotSignedIn, Visitor
from web.api.tile_layers import MOST_ZOOM, STANDING, Sheet, TileLayer, get_layer, standing_name
from web.api.tiles import is_known, not_modified
from web.filters import (
    COMPONENT_FILTERS,
    FILTERS,
    PUBLIC_CASE_FILTERS,
    kept,
    read_component_filter,
    read_filter,
    read_public_case_filter,
    read_public_component_filter,
)
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/tiles", include_in_schema=False)

RULE = "private, no-cache"
VERSIONS_RULE = "public, max-age=2"
NAMES_OF = {
    "components": COMPONENT_FILTERS,
    "staff-components": COMPONENT_FILTERS,
    "cases": FILTERS,
    "wall-cases": FILTERS,
    "public-cases": PUBLIC_CASE_FILTERS,
}
"""What the filter of a layer may say; other layers take none."""


@router.get("/{layer}.json")
def get_tile_document(
    request: Request, visitor: Annotated[Visitor, open_to_all], wiring: Wired, layer: str
) -> Response:
    """The TileJSON of a layer as the visitor may have it; a filter that cannot be read is refused here."""
    found = get_layer(layer)
    if layer == "components" and visitor.person is not None:
        found = get_layer("staff-components")
    if found.is_for_staff and visitor.person is None:
        raise NotSignedIn("请先登录。登录后会回到这一页。")
    document = tile_document(
        wiring, found, query=_kept_filters(wiring, found, request.query_params), base=_base(request)
    )
    etag = '"' + sha256(repr(document).encode()).hexdigest()[:20] + '"'
    if is_known(request, etag):
        return not_modified(etag, RULE)
    return JSONResponse(document, headers={"ETag": etag, "Cache-Control": RULE, "Vary": "Cookie"})


@router.get("/versions", dependencies=[open_without_visitor])
def get_tile_versions(wiring: Wired) -> Response:
    """The versions that addresses of tiles carry now, for maps without a stream; answered from memory."""
    return JSONResponse(wiring.tile_versions.known(), headers={"Cache-Control": VERSIONS_RULE})


def tile_document(
    wiring: Wiring, layer: TileLayer, *, query: list[tuple[str, str]], base: str
) -> dict[str, Any]:
    """TileJSON 3.0 of a layer. Addresses of tiles carry the version: a map knows by it what it shows, and
    browsers may keep public ones."""
    city, bounds = wiring.city, wiring.city.bounds
    standing = standing_name(layer.name)
    if standing is not None:
        query = [*query, ("v", wiring.tiles.version(STANDING[standing]))]
    tail = "?" + urlencode(query) if query else ""
    return {
        "tilejson": "3.0.0",
        "name": layer.name,
        "description": layer.about,
        "scheme": "xyz",
        "tiles": [f"{base}/tiles/{layer.name}/{{z}}/{{x}}/{{y}}.mvt{tail}"],
        "minzoom": layer.least_zoom,
        "maxzoom": MOST_ZOOM,
        "bounds": [bounds.west_deg, bounds.south_deg, bounds.east_deg, bounds.north_deg],
        "center": [city.centre.lon_deg, city.centre.lat_deg, max(layer.least_zoom, int(city.zoom.first))],
        "attribution": city.name + ("（示意数据）" if wiring.map_facts().is_synthetic else ""),
        "vector_layers": [_sheet(sheet) for sheet in layer.sheets],
    }


def _sheet(sheet: Sheet) -> dict[str, Any]:
    return {
        "id": sheet.id,
        "description": sheet.about,
        "fields": sheet.fields,
        "minzoom": sheet.least_zoom,
        "maxzoom": sheet.most_zoom,
    }


def _kept_filters(wiring: Wiring, layer: TileLayer, query: QueryParams) -> list[tuple[str, str]]:
    """The filter of the address as it goes into the tiles' addresses; read, so that a bad one is refused."""
    match layer.name:
        case "components":
            read_public_component_filter(query, wiring.catalogue)
        case "staff-components":
            read_component_filter(query, wiring.catalogue)
        case "cases" | "wall-cases":
            read_filter(query)
        case "public-cases":
            read_public_case_filter(query)
    return kept(query, NAMES_OF.get(layer.name, ()))


def _base(request: Request) -> str:
    """Scheme and host as the browser sees them: other clients than ours need whole addresses."""
    scheme = "https" if request.app.state.wiring.settings.is_https else request.url.scheme
    return f"{scheme}://{request.url.netloc}"
