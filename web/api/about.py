"""What pages ask for besides cases: the map's facts, words of scripts, whether the process is well."""

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import text
from starlette.responses import JSONResponse

from gis_core.errors import NotFound
from web.accounts.guards import open_without_visitor
from web.api.tile_layers import TILE_LAYERS
from web.wiring import Wired
from web.words import LANGUAGES

router = APIRouter(dependencies=[open_without_visitor])


@router.get("/api/v1/map")
def get_map(wiring: Wired) -> dict[str, Any]:
    """Where the map opens, what it may show, the TileJSON of each layer, and whether its data are samples."""
    city, facts = wiring.city, wiring.map_facts()
    bounds = city.bounds
    return {
        "city": {"code": city.code, "name": city.name, "name_en": city.name_en},
        "centre": [city.centre.lon_deg, city.centre.lat_deg],
        "zoom": {"first": city.zoom.first, "least": city.zoom.least, "most": city.zoom.most},
        "bounds": [bounds.west_deg, bounds.south_deg, bounds.east_deg, bounds.north_deg],
        "crs": f"EPSG:{city.geographic_crs}",
        "version": facts.version,
        "layers": {name: f"/tiles/{name}.json" for name in TILE_LAYERS},
        "tiles": {name: f"/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt" for name in TILE_LAYERS},
        "synthetic": facts.is_synthetic,
        "attribution": city.name + ("(示意数据)" if facts.is_synthetic else ""),
    }


@router.get("/words/{language}.json", include_in_schema=False)
def get_words(language: str, wiring: Wired) -> JSONResponse:
    """What scripts say in a language; empty for Chinese, which is in the scripts."""
    if language not in LANGUAGES:
        raise NotFound("没有这种语言。")
    words = dict(wiring.words.for_scripts.get(language, {}))
    return JSONResponse(words, headers={"Cache-Control": "no-cache"})


@router.get("/healthz", include_in_schema=False)
def get_health(wiring: Wired) -> Response:
    """Answers 200 when the database answers; 503 by way of the error pages otherwise."""
    with wiring.sessions() as session:
        session.execute(text("SELECT 1"))
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
