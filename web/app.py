"""The application: routes of every face, the API, tiles and the live stream, around one wiring."""

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from web.errors import Bugs, add_error_handlers
from web.rendering import STATIC
from web.security import SafeHeaders
from web.uploads import BodyLimit
from web.wiring import Wiring

ROUTERS = (
    "web.accounts.pages",
    "web.api.live",
    "web.api.v1",
    "web.api.calls",
    "web.api.places",
    "web.api.geocoding",
    "web.api.geocode_batches",
    "web.api.components",
    "web.api.cameras",
    "web.api.incidents",
    "web.api.resources",
    "web.api.effects",
    "web.api.roads",
    "web.api.room",
    "web.api.warnings",
    "web.api.readings",
    "web.api.tiles",
    "web.api.tile_documents",
    "web.api.feeds",
    "web.api.positions",
    "web.api.movers",
    "web.api.photos",
    "web.api.about",
    "web.api.open_data.pages",
    "web.api.open311.pages",
    "web.faces.public.following",
    "web.faces.public.receipts",
    "web.faces.public.warnings",
    "web.faces.public.pages",
    "web.faces.kiosk.pages",
    "web.faces.inspector.pages",
    "web.faces.inspector.sending",
    "web.faces.inspector.offline",
    "web.faces.inspector.emergency",
    "web.faces.inspector.reports",
    "web.faces.desk.pages",
    "web.faces.field.pages",
    "web.faces.department.pages",
    "web.faces.gazetteer.imports",
    "web.faces.gazetteer.files",
    "web.faces.gazetteer.pages",
    "web.faces.register.reviews",
    "web.faces.register.surveys",
    "web.faces.register.imports",
    "web.faces.register.files",
    "web.faces.register.pages",
    "web.faces.inspector.register",
    "web.faces.cameras.tours",
    "web.faces.cameras.watching",
    "web.faces.cameras.imports",
    "web.faces.cameras.files",
    "web.faces.cameras.pages",
    "web.faces.frame.pages",
    "web.faces.geocode.pages",
    "web.faces.duty.roster",
    "web.faces.duty.register_files",
    "web.faces.duty.register_imports",
    "web.faces.duty.registers",
    "web.faces.duty.register_one",
    "web.faces.duty.effects",
    "web.faces.duty.warning_receivers",
    "web.faces.duty.warning_trust",
    "web.faces.duty.warning_feeds",
    "web.faces.duty.roads",
    "web.faces.duty.sheltering",
    "web.faces.duty.siting",
    "web.faces.duty.heights",
    "web.faces.duty.warnings",
    "web.faces.duty.after_action",
    "web.faces.duty.plan_editor",
    "web.faces.duty.watch",
    "web.faces.duty.gauges",
    "web.faces.duty.plans",
    "web.faces.duty.response",
    "web.faces.duty.tasks",
    "web.faces.duty.room",
    "web.faces.duty.situation",
    "web.faces.duty.replay",
    "web.faces.duty.measures",
    "web.faces.duty.personal_data",
    "web.faces.duty.late",
    "web.faces.duty.pages",
    "web.faces.evaluation.files",
    "web.faces.evaluation.trying",
    "web.faces.evaluation.freezing",
    "web.faces.evaluation.pages",
    "web.faces.notices.settings",
    "web.faces.notices.log",
    "web.faces.notices.pages",
    "web.faces.privacy.pages",
    "web.faces.privacy.looks",
    "web.faces.privacy.incidents",
    "web.faces.wall.replay",
    "web.faces.wall.incident_replay",
    "web.faces.wall.incidents",
    "web.faces.wall.pages",
    "web.faces.workbench.filters",
    "web.faces.workbench.views",
    "web.faces.workbench.bulk",
    "web.faces.workbench.exports",
    "web.faces.case_sheets",
    "web.faces.pages",
)


class Assets(StaticFiles):
    """Files of pages: kept for a year under an address with a fingerprint, asked for again otherwise."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file with its rule for caches."""
        response = await super().get_response(path, scope)
        is_fixed = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_fixed else "no-cache"
        return response


def create_app(wiring: Wiring) -> FastAPI:
    """The application around `wiring`, which it starts and stops."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        wiring.start()
        yield
        wiring.stop()

    app = FastAPI(
        title="citygrid",
        version="1",
        lifespan=lifespan,
        # The pages of documentation load scripts from other hosts; the plain description stays.
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        middleware=[
            Middleware(SafeHeaders, is_https=wiring.settings.is_https, tile_hosts=wiring.basemaps.hosts),
            Middleware(Bugs),
            Middleware(BodyLimit),
            Middleware(GZipMiddleware, minimum_size=2048, compresslevel=4),
        ],
    )
    app.state.wiring = wiring
    add_error_handlers(app)
    for router in list_routers():
        app.include_router(router)
    app.mount("/static", Assets(directory=STATIC), name="static")
    return app


def list_routers() -> tuple[APIRouter, ...]:
    """The router of every module that answers requests."""
    return tuple(importlib.import_module(name).router for name in ROUTERS)


def list_routes() -> tuple[APIRoute, ...]:
    """Every route of every router."""
    return tuple(route for router in list_routers() for route in router.routes if isinstance(route, APIRoute))
