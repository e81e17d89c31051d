"""Every route is guarded or public on purpose, and every form that changes something carries its token."""

from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from web.accounts.guards import checked, roles_of, sent_form
from web.app import list_routes

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
PUBLIC = {
    "/",
    "/map",
    "/report",
    "/report/done",
    "/kiosk",
    "/warnings",
    "/warnings/feed.atom",
    "/warnings/{identifier}.xml",
    "/warnings/receipts/{token}",
    "/track",
    "/track/follow",
    "/track/rate",
    "/stop",
    "/sign-in",
    "/sign-out",
    "/healthz",
    "/words/{language}.json",
    "/tiles/{layer}/{z}/{x}/{y}.mvt",
    "/tiles/public-cases/{z}/{x}/{y}.mvt",
    "/ogc",
    "/ogc/conformance",
    "/ogc/openapi",
    "/ogc/collections",
    "/ogc/collections/{name}",
    "/ogc/collections/{name}/queryables",
    "/ogc/collections/{name}/schema",
    "/ogc/collections/{name}/items",
    "/ogc/collections/{name}/items/{feature_id}",
    "/tiles/components/{z}/{x}/{y}.mvt",
    "/tiles/{layer}.json",
    "/tiles/versions",
    "/open311/discovery.{fmt}",
    "/open311/v2/discovery.{fmt}",
    "/open311/v2/services",
    "/open311/v2/services.{fmt}",
    "/open311/v2/services/{service_code}",
    "/open311/v2/services/{service_code}.{fmt}",
    "/open311/v2/requests",
    "/open311/v2/requests.{fmt}",
    "/open311/v2/requests/{case_no}",
    "/open311/v2/requests/{case_no}.{fmt}",
    "/open311/v2/tokens/{token}",
    "/open311/v2/tokens/{token}.{fmt}",
    "/open311/v2/servicerequestupdates",
    "/open311/v2/servicerequestupdates.{fmt}",
    "/open311/v2/media/{sha256}.jpg",
    "/api/v1/map",
    "/api/v1/me",
    "/api/v1/batch",
    "/api/v1/geocode",
    "/api/v1/locate",
    "/api/v1/locate/batch",
    "/api/v1/parse",
    "/api/v1/reverse",
    "/api/v1/suggest",
    "/api/v1/divisions/{code}",
    "/api/v1/catalogue",
    "/api/v1/evidence-rules",
    "/api/v1/transitions",
    "/api/v1/reports",
    "/api/v1/reports/with-photos",
    "/api/v1/reports/similar",
    "/api/v1/cases/{case_no}/join",
    "/report/similar",
    "/track/reopen",
    "/sw.js",
    "/m/offline",
    "/m/map-worker.mjs",
    "/m/style.css",
    "/m/manifest.webmanifest",
}


def calls_of(dependant: Dependant) -> Iterator[object]:
    """Every function a route depends on, however deep."""
    for part in dependant.dependencies:
        yield part.call
        yield from calls_of(part)


ROUTES = list_routes()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{','.join(route.methods)} {route.path}")
def test_a_route_says_who_may_come(route: APIRoute):
    roles = [found for call in calls_of(route.dependant) if (found := roles_of(call))]
    assert roles, "say requires(…), requires_person(), open_to_all or open_without_visitor"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{','.join(route.methods)} {route.path}")
def test_only_listed_routes_are_public(route: APIRoute):
    roles = {role for call in calls_of(route.dependant) for role in roles_of(call) or ()}
    assert roles != {"public"} or route.path in PUBLIC


@pytest.mark.parametrize(
    "route",
    [route for route in ROUTES if route.methods & CHANGING],
    ids=lambda route: route.path,
)
def test_what_changes_something_checks_its_token(route: APIRoute):
    calls = set(calls_of(route.dependant))
    # A key in the body is no cookie: no other page's form can carry it unknowing.
    assert {checked, sent_form} & calls or any(hasattr(call, "takes_key") for call in calls)
