"""Gauges and sensors of the registers as instruments: those that are in service."""

from sqlalchemy.orm import Session

from emergency.resources.reading import list_resources
from emergency.rules.readings import AlertLine, Instrument
from emergency.rules.resources import Gauge, Resource, Sensor

IN_SERVICE = ("available", "on_duty")
SENSIBLE_NAMES = {"rain_mm": "rain_mm_per_h", "flow_m3_s": "flow_m3_s", "stage_m": "stage_m"}
"""Measures as ranges of the register name them, and what sensible ranges call them; rain is by the hour."""


def list_instruments(session: Session) -> tuple[Instrument, ...]:
    """The gauges and sensors in service, one query; what is being repaired is not waited for."""
    kept = list_resources(session, ("gauge", "sensor"))
    return tuple(instrument_of(one) for one in kept if one.readiness in IN_SERVICE)


def instrument_of(one: Resource) -> Instrument:
    """A gauge or sensor of the register as an instrument."""
    details = one.details
    if isinstance(details, Gauge):
        sort = "雨量站" if details.measures == ("rain_mm",) else "水文站"
        return Instrument(
            one.code,
            one.name,
            sort,
            details.areas,
            details.measures,
            tuple(AlertLine(n.measure, n.value, n.name, n.status, n.source) for n in details.alerts),
            details.stale_after_min,
            {SENSIBLE_NAMES[n.measure]: (n.lowest, n.highest) for n in details.ranges},
            place_text=one.place_text,
            point=one.point,
            is_synthetic=one.is_synthetic,
        )
    if not isinstance(details, Sensor):
        raise TypeError(f"{one.kind} {one.code} is no instrument")
    lines = () if details.alarm_at is None else (AlertLine("value", details.alarm_at, "报警值", one.status),)
    return Instrument(
        one.code,
        one.name,
        details.what,
        details.areas,
        ("standing", "value"),
        lines,
        details.stale_after_min,
        unit=details.unit,
        place_text=one.place_text,
        point=one.point,
        is_synthetic=one.is_synthetic,
    )
