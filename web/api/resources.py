"""Emergency resources over HTTP, as points for maps. No telephone number is in it."""

from typing import Annotated, Any

from fastapi import APIRouter, Request

from emergency.resources.reading import get_resource
from emergency.rules.resources import KIND_NAMES, READINESS_NAMES
from web.accounts.guards import requires
from web.accounts.people import Person
from web.resource_work import COLOURS, SEES_RESOURCES, ResourceSeen, list_seen, looking_of, read_query
from web.wiring import Wired

router = APIRouter(prefix="/api/v1", tags=["incidents"])


@router.get("/resources")
def show_resources(
    request: Request, person: Annotated[Person, requires(*SEES_RESOURCES)], wiring: Wired, code: str = ""
) -> dict[str, Any]:
    """Resources as filtered, or the one of a code, as points (EPSG:4490); those without a place are left out,
    and so are those beyond the city's map, unless one is asked for by its code."""
    looking = looking_of(wiring, person)
    with wiring.sessions() as session:
        if code:
            resource = get_resource(session, code[:32]).resource
            seen = [looking.see(resource)] if looking.may_see(resource) else []
        else:
            seen = list_seen(session, looking, read_query(request.query_params))
    bounds = wiring.city.bounds
    shown = [one for one in seen if one.place and (code or bounds.contains(one.place))]
    return {"type": "FeatureCollection", "features": [_feature(one) for one in shown]}


def _feature(one: ResourceSeen) -> dict[str, Any]:
    resource, place = one.resource, one.place
    return {
        "type": "Feature",
        "geometry": place and {"type": "Point", "coordinates": [place.lon_deg, place.lat_deg]},
        "properties": {
            "role": "resource",
            "code": resource.code,
            "kind": resource.kind,
            "kind_name": KIND_NAMES[resource.kind],
            "name": resource.name,
            "mark": one.mark,
            "colour": COLOURS[resource.kind],
            "readiness": resource.readiness,
            "readiness_name": READINESS_NAMES[resource.readiness],
            "is_ready": resource.readiness in ("available", "on_duty"),
            "is_synthetic": resource.is_synthetic,
            "href": one.address,
        },
    }
