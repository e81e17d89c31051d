"""`/ogc`: OGC API – Features of the open data, and a page for people who read them with QGIS or GDAL."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from web.accounts.guards import open_without_visitor
from web.api.open_data.answers import OFF, Answer, OpenDataOff
from web.api.open_data.collections import COLLECTIONS, LICENCES
from web.api.tile_layers import TILE_LAYERS
from web.origin import origin_of
from web.rendering import page
from web.wiring import Wired

router = APIRouter(prefix="/ogc", include_in_schema=False, dependencies=[open_without_visitor])

KEPT_S = 60


@router.get("")
def show_service(request: Request, wiring: Wired) -> Response:
    """What is offered: a page for people, JSON for programs."""
    if not wiring.open_data.is_on:
        raise OpenDataOff(OFF)
    if wants_page(request):
        shown = {
            "collections": COLLECTIONS,
            "counts": wiring.open_data.counts(),
            "licences": LICENCES,
            "base": base_of(request),
            "tile_layers": [one for one in TILE_LAYERS.values() if not one.is_for_staff],
        }
        return page(request, "public/open_data.html", shown)
    return _answer(request, wiring.open_data.landing)


@router.get("/conformance")
def show_conformance(request: Request, wiring: Wired) -> Response:
    """The classes of the standards that are kept."""
    return _answer(request, wiring.open_data.conformance)


@router.get("/openapi")
def show_definition(request: Request, wiring: Wired) -> Response:
    """The service as OpenAPI."""
    return _answer(request, wiring.open_data.definition)


@router.get("/collections")
def list_collections(request: Request, wiring: Wired) -> Response:
    """Everything that is published."""
    return _answer(request, wiring.open_data.collections)


@router.get("/collections/{name}")
def show_collection(request: Request, wiring: Wired, name: str) -> Response:
    """One collection: title, extent, systems of reference."""
    return _answer(request, wiring.open_data.collections, name)


@router.get("/collections/{name}/queryables")
def show_queryables(request: Request, wiring: Wired, name: str) -> Response:
    """What can be asked for."""
    return _answer(request, wiring.open_data.queryables, name)


@router.get("/collections/{name}/schema")
def show_schema(request: Request, wiring: Wired, name: str) -> Response:
    """The properties of a collection."""
    return _answer(request, wiring.open_data.schema, name)


@router.get("/collections/{name}/items")
def list_items(request: Request, wiring: Wired, name: str) -> Response:
    """Features in pages."""
    return _answer(request, wiring.open_data.items, name)


@router.get("/collections/{name}/items/{feature_id}")
def show_item(request: Request, wiring: Wired, name: str, feature_id: str) -> Response:
    """One feature."""
    return _answer(request, wiring.open_data.item, name, feature_id)


def wants_page(request: Request) -> bool:
    """Whether a person asks: a browser that prefers pages, and no other form was named."""
    if "f" in request.query_params:
        return request.query_params["f"] == "html"
    return "text/html" in request.headers.get("accept", "")


def base_of(request: Request) -> str:
    """The address of the service as the asker reached it."""
    return f"{origin_of(request)}/ogc"


def _answer(request: Request, ask: Callable[..., Answer], *names: str) -> Response:
    answer = ask(base_of(request), request.query_params.multi_items(), *names)
    headers = {
        **answer.headers,
        "Cache-Control": f"public, max-age={KEPT_S}",
        # Anybody's page may read what is open to anybody; no cookie of ours matters here.
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Content-Crs, Link",
    }
    return Response(answer.body, answer.status, headers, answer.media_type)
