"""What is known at a moment, for the triggers of plans: readings, warnings, sensors, cases; few queries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from cases.listing import list_seen
from emergency.incidents.reading import Incident
from emergency.measurements.reading import Latest, list_latest, list_rain, read_clock
from emergency.rules.alarms import standing_of
from emergency.rules.drill_clock import DrillClock
from emergency.rules.plans.asking import Asked
from emergency.rules.plans.situation import (
    CaseSeen,
    Gauge,
    Reading,
    SensorState,
    Situation,
)
from emergency.rules.readings import Instrument
from emergency.rules.responding import about
from emergency.sources.reading import list_feeds
from emergency.warnings.concerning import Concerns
from emergency.warnings.reading import list_holding
from gis_core.clock import city_time

RIVER: tuple[Literal["flow_m3_s"], Literal["stage_m"]] = ("flow_m3_s", "stage_m")
ListInstruments = Callable[[Session], Sequence[Instrument]]


@dataclass(frozen=True, slots=True)
class Situations:
    """Where what is known comes from."""

    list_instruments: ListInstruments
    concerns: Concerns

    def situation_of(
        self, session: Session, incident: Incident | None, at: datetime, asked: Asked
    ) -> Situation:
        """What is known for an incident, with None for the city alone; a drill sees what drills send."""
        known = self.known_at(session, at, asked, is_drill=incident is not None and incident.is_drill)
        return about(incident.state, known) if incident else known

    def known_at(self, session: Session, at: datetime, asked: Asked, *, is_drill: bool = False) -> Situation:
        """What is known of the city at a moment, of no incident; a drill's readings and cases at its own."""
        clock = read_clock(session) if is_drill else DrillClock()
        moment = clock.at(at)
        instruments = self.list_instruments(session)
        latest = list_latest(session, [one.code for one in instruments], is_drill=is_drill)
        warnings = self.concerns.in_force(list_holding(session, at, is_drill=is_drill), at)
        gauges = [one for one in instruments if not one.is_sensor]
        since = moment - timedelta(hours=max(asked.rain_hours, 1)) - _longest_stale(gauges)
        heard_at = _warnings_heard(session, at, is_drill=is_drill)
        return Situation(
            at=moment,
            gauges=tuple(_gauge(one) for one in gauges),
            rainfalls=tuple(
                list_rain(session, {one.code: one.name for one in gauges}, since=since, is_drill=is_drill)
            ),
            readings=_river(gauges, latest),
            sensors=tuple(_sensor(one, latest, moment) for one in instruments if one.is_sensor),
            warnings=warnings,
            cases=_cases(session, asked, at, clock, is_drill=is_drill),
            heard_at={"cases": moment} | {name: clock.at(heard) for name, heard in heard_at.items()},
            has_incident=False,
        )


def _warnings_heard(session: Session, at: datetime, *, is_drill: bool) -> dict[str, datetime]:
    """Until when warnings are known: ours at once, those of a feed that fell silent until then."""
    silent = [one.heard_at for one in list_feeds(session) if not is_drill and one.is_silent(at)]
    if None in silent:
        return {}
    return {"warnings": min([at, *(one for one in silent if one is not None)])}


def _gauge(one: Instrument) -> Gauge:
    return Gauge(one.name, one.areas, one.measures, one.stale_after_min, dict(one.sensible))


def _longest_stale(gauges: Sequence[Instrument]) -> timedelta:
    return timedelta(minutes=max((one.stale_after_min for one in gauges), default=0.0))


def _river(gauges: Sequence[Instrument], latest: Latest) -> tuple[Reading, ...]:
    return tuple(
        Reading(one.name, measure, heard.value, city_time(heard.at))
        for one in gauges
        for measure, heard in latest.get(one.code, {}).items()
        if measure in RIVER
    )


def _sensor(one: Instrument, latest: Latest, at: datetime) -> SensorState:
    """A sensor that never said anything was last heard too long ago."""
    heard = latest.get(one.code, {})
    if not heard:
        never = at - timedelta(minutes=one.stale_after_min + 1)
        return SensorState(one.name, one.sort, one.areas, "normal", never, one.stale_after_min)
    at = max(said.at for said in heard.values())
    return SensorState(one.name, one.sort, one.areas, standing_of(one, heard), at, one.stale_after_min)


def _cases(
    session: Session, asked: Asked, at: datetime, clock: DrillClock, *, is_drill: bool
) -> tuple[CaseSeen, ...]:
    """Reports by the clock of what asks: those of a drill that is played, at the times of its scenario."""
    since = clock.began_at or at - timedelta(hours=asked.case_hours)
    return tuple(
        CaseSeen(one.type_code, _areas(one.unit_grid_code, one.zone_code), clock.at(one.reported_at))
        for one in list_seen(session, asked.case_types, since=since, until=at, is_drill=is_drill)
    )


def _areas(unit_grid_code: str, zone_code: str | None) -> tuple[str, ...]:
    return (unit_grid_code[:12], *((zone_code,) if zone_code else ()))
