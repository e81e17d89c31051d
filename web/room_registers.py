"""What registers and gauges know for an incident room: resources to call, readings near the place."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import hypot

from sqlalchemy.orm import Session

from emergency.incidents.reading import Incident
from emergency.measurements.instruments import list_instruments
from emergency.measurements.reading import list_latest, moment_of
from emergency.resources.reading import list_resources
from emergency.rules.readings import MEASURE_NAMES, UNITS
from emergency.rules.resources import Resource, ResourceKind
from gis_core.crs import PlaneSystem

CALLED_KINDS: tuple[ResourceKind, ...] = ("team", "vehicle", "warehouse", "expert", "helipad")


@dataclass(frozen=True, slots=True)
class ReadingNear:
    """The last value of a gauge near the place, with its age; `is_stale` when it should have spoken since."""

    gauge: str
    name: str
    value: float
    unit: str
    at: datetime
    distance_m: float
    is_stale: bool
    is_synthetic: bool


def list_callable(session: Session) -> tuple[Resource, ...]:
    """What can be called to an incident, of the registers."""
    return list_resources(session, CALLED_KINDS)


def find_callable(session: Session, name: str) -> Resource | None:
    """The resource of the registers with exactly that name; None where there is none, or several."""
    found = [one for one in list_callable(session) if one.name == name.strip()]
    return found[0] if len(found) == 1 else None


def list_readings_near(
    session: Session, plane: PlaneSystem, incident: Incident, at: datetime
) -> list[ReadingNear]:
    """Rain, flow and stage, each of the nearest gauge that ever spoke; none where the place is not known."""
    if incident.place is None:
        return []
    here = plane.to_plane(incident.place)
    gauges = [one for one in list_instruments(session) if one.point is not None]
    latest = list_latest(session, [one.code for one in gauges], is_drill=incident.is_drill)
    moment = moment_of(session, at, is_drill=incident.is_drill)
    found = []
    for one in gauges:
        if one.point is None:
            continue
        away_m = hypot(one.point.easting_m - here.easting_m, one.point.northing_m - here.northing_m)
        for measure, heard in latest.get(one.code, {}).items():
            if measure in UNITS:
                is_stale = moment - heard.at > timedelta(minutes=one.stale_after_min)
                name, unit = MEASURE_NAMES[measure], UNITS[measure]
                told = (one.name, name, heard.value, unit, heard.at, away_m, is_stale, one.is_synthetic)
                found.append(ReadingNear(*told))
    nearest = {one.name: one for one in sorted(found, key=lambda one: -one.distance_m)}
    return list(nearest.values())[::-1]
