"""Roads over HTTP: ways, areas reached in time, who is soonest, all times, what is closed; docs/ways.md."""

from typing import Annotated, Any

from fastapi import APIRouter, Request

from emergency.incidents.reading import get_incident
from emergency.ways.reading import list_shown
from gis_core.roads.wording import say_seconds
from web.accounts.guards import requires
from web.accounts.people import Person
from web.api.incidents import incident_feature
from web.forms import parse
from web.incident_work import SEES_INCIDENTS
from web.sheltering_forms import ShelteringAsked
from web.sheltering_shown import features_of
from web.sheltering_work import as_body, solve
from web.way_answers import answer
from web.way_forms import AreasAsked, ClosuresAsked, MatrixAsked, NearestAsked, RouteAsked
from web.way_shapes import collection
from web.way_work import (
    area_features,
    closure_features,
    draw_areas,
    find_way,
    list_near,
    measure,
    near_features,
    notes_of,
    place_told,
    resources_asked,
    road_place,
    roads_for,
    route_feature,
)
from web.wiring import Wired

router = APIRouter(prefix="/api/v1", tags=["roads"])
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]


@router.get("/closures")
def show_closures(
    request: Request, person: Annotated[Person, requires(*SEES_INCIDENTS, "wall")], wiring: Wired
) -> dict[str, Any]:
    """Closures in force and planned as areas and lines (EPSG:4490), of one incident (`incident_no`) or all;
    with `past=1` those that ended or were lifted too."""
    asked, at = parse(ClosuresAsked, request.query_params), wiring.clock.now()
    with wiring.sessions() as session:
        found = list_shown(session, at=at, incident_no=asked.incident_no or None, with_past=asked.past)
    return collection(closure_features(wiring, found, at), at=at.isoformat())


@router.get("/incidents/{incident_no}/roads")
def show_on_page(request: Request, incident_no: str, person: Reader, wiring: Wired) -> dict[str, Any]:
    """What an incident's page of roads draws: the closures that hold for it, the incident, and the answer to
    what the page's address asks."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
        closures = [
            one
            for one in list_shown(session, at=at)
            if not one.is_drill or one.incident_no == incident.incident_no
        ]
    found = answer(wiring, incident, request.query_params)
    here = [] if incident.place is None else [incident_feature(incident)]
    return collection([*found.features, *closure_features(wiring, closures, at), *here])


@router.get("/incidents/{incident_no}/sheltering")
def show_sheltering(request: Request, incident_no: str, person: Reader, wiring: Wired) -> dict[str, Any]:
    """Who goes where from a zone: zone, blocks, flows and shelters as features, beside them the plan as a
    fact would keep it; nothing is written. Parameters as on the page (docs/sheltering.md)."""
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
    found = solve(wiring, incident, parse(ShelteringAsked, request.query_params))
    return collection(
        features_of(found, wiring), plan=as_body(found, wiring), notes=notes_of(wiring.roads.network)
    )


@router.get("/roads/route")
def show_route(request: Request, person: Reader, wiring: Wired) -> dict[str, Any]:
    """The quickest way from `start` to `end` (each “longitude,latitude”) for a `profile` (public, responder)
    at a moment (`at`, now without one), with its steps; `wait=1` obeys closures as they begin and end under
    way. Without a way 422 `no_route` names the closures in it."""
    asked = parse(RouteAsked, request.query_params)
    with wiring.sessions() as session:
        roads = roads_for(wiring, session, asked)
    route = find_way(wiring, roads, asked)
    places = {side: place_told(road_place(wiring, roads, getattr(asked, side))) for side in ("start", "end")}
    return collection(
        [route_feature(wiring, route)],
        words=list(route.words),
        time=say_seconds(route.seconds),
        places=places,
        version=roads.network.version,
        notes=notes_of(roads.network),
    )


@router.get("/roads/isochrones")
def show_areas(request: Request, person: Reader, wiring: Wired) -> dict[str, Any]:
    """Areas from where one is at `place` within some `minutes` (5,10,15 without), or with `direction=from`
    where one gets to; the widest first."""
    asked = parse(AreasAsked, request.query_params)
    with wiring.sessions() as session:
        roads = roads_for(wiring, session, asked)
    areas = draw_areas(wiring, roads, asked)
    return collection(
        area_features(wiring, areas), version=roads.network.version, notes=notes_of(roads.network)
    )


@router.get("/roads/nearest")
def show_nearest(request: Request, person: Reader, wiring: Wired) -> dict[str, Any]:
    """The `count` (at most 50) resources of some `kinds` that are soonest at `place`, the soonest first;
    available ones, all with `every=1`. Those of fewer that have no way are last, without seconds."""
    asked = parse(NearestAsked, request.query_params)
    with wiring.sessions() as session:
        roads = roads_for(wiring, session, asked)
        known = resources_asked(session, asked.kinds, every=asked.every)
    near = list_near(wiring, roads, asked, known)
    return collection(
        near_features(wiring, near), version=roads.network.version, notes=notes_of(roads.network)
    )


@router.get("/roads/matrix")
def show_matrix(request: Request, person: Reader, wiring: Wired) -> dict[str, Any]:
    """Seconds from each of `origins` (rows) to each of `places` (columns), at most 100 each, parted by
    semicolons; null where there is no way. `off_roads` are positions too far from every road."""
    asked = parse(MatrixAsked, request.query_params)
    with wiring.sessions() as session:
        roads = roads_for(wiring, session, asked)
    return measure(wiring, roads, asked) | {
        "version": roads.network.version,
        "notes": notes_of(roads.network),
    }
