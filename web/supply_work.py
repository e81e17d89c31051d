"""What warehouses can bring to an incident of what the tasks of its plans ask for, by travel time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from math import inf

from sqlalchemy.orm import Session

from emergency.incidents.reading import Incident
from emergency.resources.stock import held_in
from emergency.rules.plans.merging import MergedTask
from emergency.rules.plans.supplies import Supply, supplies
from emergency.rules.resources import Resource
from gis_core.clock import city_time
from gis_core.errors import BadInput, NotFound, Refused
from web.way_forms import MOST_NEAREST, NearestAsked
from web.way_shapes import say_place
from web.way_work import list_near, resources_asked, roads_for
from web.wiring import Wiring


def list_supplies(
    wiring: Wiring, session: Session, incident: Incident, tasks: Sequence[MergedTask], at: datetime
) -> tuple[Supply, ...]:
    """Every kind that the tasks ask for, the shortest first; none where the registers have no warehouse."""
    stores = resources_asked(session, ("warehouse",))
    if not stores or not any(task.resources for task in tasks):
        return ()
    times = _seconds(wiring, session, incident, stores)
    held = [
        one if times is None else replace(one, seconds=times.get(one.code, inf))
        for store in stores
        for one in held_in(store)
    ]
    return supplies(tasks, held, on=city_time(at).date())


def _seconds(
    wiring: Wiring, session: Session, incident: Incident, stores: Sequence[Resource]
) -> dict[str, float] | None:
    """How long from each warehouse that has a way; None where the place is not known or not on a road."""
    if incident.place is None:
        return None
    asked = NearestAsked.model_validate(
        {
            "place": say_place(incident.place),
            "profile": "responder",
            "incident_no": incident.incident_no,
            "count": min(len(stores), MOST_NEAREST),
        }
    )
    try:
        roads = roads_for(wiring, session, asked)
        found = list_near(wiring, roads, asked, stores)
    except (BadInput, Refused, NotFound):
        return None
    return {one.resource.code: one.seconds for one in found if one.seconds is not None}
