"""What lets the phone's pages open without network: worker, shell, pack, the app's description."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session
from starlette.responses import FileResponse, JSONResponse

from cases.summaries import CaseSummary
from gis_core.places import LonLat
from grid.city import City
from grid.packing import list_outlines
from web.accounts.guards import open_without_visitor, requires
from web.accounts.people import Person
from web.faces.inspector.tasks import OUTSIDE, list_tasks
from web.phone_pack import PackArea, area_content, build_pack, find_area
from web.phone_sentences import load_sentences
from web.phone_shell import MAP_WORKER, STYLE, list_shell, style_sheet, style_version
from web.rendering import OWNER_HEADER, STATIC, asset, page
from web.wiring import Wired, Wiring

router = APIRouter(include_in_schema=False)
OnThePhone = Annotated[Person, requires(*OUTSIDE)]
Lon = Annotated[float | None, Query(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float | None, Query(ge=-90, le=90, allow_inf_nan=False)]
SCRIPT = "text/javascript; charset=utf-8"


@router.get("/sw.js", dependencies=[open_without_visitor])
def get_worker() -> Response:
    """The service worker: our module with the list of the shell; another list makes another worker."""
    started = json.dumps({"shell": list_shell(), "offline": "/m/offline"}, ensure_ascii=False)
    script = f'import {{ start }} from "{asset("js/phone/worker.js")}";\nstart({started});\n'
    return Response(script, media_type=SCRIPT, headers={"Cache-Control": "no-cache"})


@router.get(STYLE, dependencies=[open_without_visitor])
def get_style(v: str = "") -> Response:
    """All style sheets of the phone's pages as one: over a slow link seven would take seven times as long."""
    is_fixed = v == style_version()
    headers = {"Cache-Control": "public, max-age=31536000, immutable" if is_fixed else "no-cache"}
    return Response(style_sheet(), media_type="text/css; charset=utf-8", headers=headers)


@router.get("/m/map-worker.mjs", dependencies=[open_without_visitor])
def get_map_worker() -> Response:
    """The worker of the map under an address of the phone's, so that the service worker answers it, too."""
    return FileResponse(STATIC / MAP_WORKER, media_type=SCRIPT, headers={"Cache-Control": "no-cache"})


@router.get("/m/offline", dependencies=[open_without_visitor])
def show_offline(request: Request) -> Response:
    """What is shown in place of a page that is not packed."""
    return page(request, "inspector/offline.html")


@router.get("/m/manifest.webmanifest", dependencies=[open_without_visitor])
def get_manifest(wiring: Wired) -> Response:
    """The description by which a phone installs the pages as an app."""
    headers = {"Cache-Control": "no-cache"}
    return JSONResponse(_manifest(wiring.city), media_type="application/manifest+json", headers=headers)


def _manifest_icons() -> list[dict[str, str]]:
    return [
        {"src": asset("icons/app-192.png"), "sizes": "192x192", "type": "image/png", "purpose": "any"},
        {"src": asset("icons/app-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any"},
        {"src": asset("icons/app-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]


def _manifest(city: City) -> dict[str, Any]:
    return {
        "id": "/m",
        "name": f"{city.name}城管通",
        "short_name": "城管通",
        "lang": "zh-CN",
        "start_url": "/m",
        "scope": "/m",
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#f7f8f9",
        "theme_color": "#1f5fa8",
        "icons": _manifest_icons(),
        "shortcuts": [{"name": "上报问题", "url": "/m/report"}, {"name": "任务", "url": "/m/tasks"}],
    }


@router.get("/m/pack.json")
def get_pack(person: OnThePhone, wiring: Wired, lon: Lon = None, lat: Lat = None) -> Response:
    """The contents of the person's pack: addresses, versions and about how large; nothing is fetched yet."""
    with wiring.sessions() as session:
        tasks, area = _tasks_and_area(session, wiring, person, _here(lon, lat))
        pack = build_pack(session, wiring, area, tasks, templates=load_sentences(wiring.city))
    return _personal(pack.as_json(f"p{person.id}"), person)


@router.get("/m/pack/area.json")
def get_area(person: OnThePhone, wiring: Wired, lon: Lon = None, lat: Lat = None) -> Response:
    """Components, streets and open cases of the pack's area, and sentences to begin a report with."""
    with wiring.sessions() as session:
        _, area = _tasks_and_area(session, wiring, person, _here(lon, lat))
        content = area_content(session, wiring, area, load_sentences(wiring.city))
    return _personal(content, person)


@router.get("/m/grids.json")
def get_grids(person: OnThePhone, wiring: Wired) -> Response:
    """Outlines of the person's responsibility grids, by which the phone says that one was left."""
    with wiring.sessions() as session:
        grids = list_outlines(session, person.responsibility_codes)
    return _personal({"owner": f"p{person.id}", "grids": grids}, person)


def _tasks_and_area(
    session: Session, wiring: Wiring, person: Person, here: LonLat | None
) -> tuple[list[CaseSummary], PackArea]:
    tasks = list_tasks(session, wiring, person)
    return tasks, find_area(session, wiring, person, tasks, here)


def _here(lon: float | None, lat: float | None) -> LonLat | None:
    return None if lon is None or lat is None else LonLat(lon, lat)


def _personal(content: dict[str, Any], person: Person) -> Response:
    headers = {"Cache-Control": "no-store", OWNER_HEADER: f"p{person.id}"}
    return JSONResponse(content, headers=headers)
