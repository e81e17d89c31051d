"""Movers and calls for help on the wire: events of the live stream, GeoJSON, and who may see them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi.sse import format_sse_event

from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from grid.positions.live import LiveMover
from grid.positions.rules.limits import Limits
from grid.positions.sos import Sos

SEES_MOVERS = ("operator", "duty_chief", "dispatcher", "leader", "wall")
"""Who sees where people on duty and vehicles are just now."""
SEES_FIELD = ("leader", "duty_chief")
"""Who sees coverage, attendance and, for a purpose, tracks."""
DECIMALS = 6
"""Of degrees: a tenth of a metre."""


def movers_event(rows: Sequence[LiveMover], gone: Sequence[str] = ()) -> bytes:
    """Who moved: key, longitude, latitude, heading, moment (seconds since 1970), 1 for free; and who left."""
    told = [
        [
            one.key,
            round(one.place.lon_deg, DECIMALS),
            round(one.place.lat_deg, DECIMALS),
            None if one.heading_deg is None else round(one.heading_deg),
            int(one.at.timestamp()),
            int(one.is_free),
        ]
        for one in rows
    ]
    at = max((city_time(one.at).isoformat() for one in rows), default=None)
    data = {"at": at, "rows": told, "gone": list(gone)}
    return format_sse_event(event="movers", data_str=json.dumps(data, separators=(",", ":")))


def sos_event(call: Mapping[str, Any]) -> bytes:
    """A call for help, or its answer."""
    return format_sse_event(event="sos", data_str=json.dumps(call, ensure_ascii=False))


def mover_as_feature(one: LiveMover, limits: Limits, at: datetime) -> dict[str, Any]:
    """A mover as GeoJSON."""
    where = [round(one.place.lon_deg, DECIMALS), round(one.place.lat_deg, DECIMALS)]
    return {
        "type": "Feature",
        "id": one.key,
        "geometry": {"type": "Point", "coordinates": where},
        "properties": {
            "key": one.key,
            "kind": one.kind,
            "name": one.name,
            "at": city_time(one.at).isoformat(),
            "heading_deg": one.heading_deg,
            "accuracy_m": one.accuracy_m,
            "is_stale": one.is_stale(at, limits),
            "is_free": one.is_free,
            "tasks": one.tasks,
            "skills": list(one.skills),
            "organisation_code": one.organisation_code,
            "astray_since": one.astray_since and city_time(one.astray_since).isoformat(),
        },
    }


def sos_as_json(sos: Sos, plane: PlaneSystem) -> dict[str, Any]:
    """A call for help as streams and the API tell it; no place where nobody knows one."""
    place = plane.to_lonlat(sos.point) if sos.point else None
    return {
        "id": sos.id,
        "key": sos.key,
        "name": sos.name,
        "lon": place and round(place.lon_deg, DECIMALS),
        "lat": place and round(place.lat_deg, DECIMALS),
        "accuracy_m": sos.accuracy_m,
        "is_last_known": sos.is_last_known,
        "at": city_time(sos.at).isoformat(),
        "state": sos.state,
        "answered_at": sos.answered_at and city_time(sos.answered_at).isoformat(),
        "answered_by": sos.answered_by_name,
        "note": sos.note,
    }
