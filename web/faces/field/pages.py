"""The page of the field: people on duty and vehicles, coverage of grids, tracks; calls for help answered."""

import json
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import QueryParams

from gis_core.clock import CITY_ZONE, city_time
from gis_core.errors import BadInput, NotFound
from grid.positions.coverage import by_responsibility, list_coverage
from grid.positions.live import LiveMover
from grid.positions.reading import MoverName, list_grid_names, list_movers
from grid.positions.tracks import PURPOSES, Look, Track, hours_of, read_track
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.api.movers import DaysAsked, days_of, read_attendance, track_as_json
from web.faces.queues import places_of
from web.field_work import answer_call, list_calls
from web.forms import Day, parse
from web.movers_told import SEES_FIELD
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/desk/field")
Leader = Annotated[Person, requires(*SEES_FIELD)]
TABS = {"people": "在岗", "coverage": "覆盖", "track": "轨迹"}
MOST_SHOWN = 60
"""Responsibility grids listed; the least walked come first."""


class DayAsked(BaseModel):
    """The day of a list."""

    model_config = ConfigDict(extra="ignore")

    on: Day | None = Field(None, title="日期")


class TrackAsked(BaseModel):
    """Whose track of which day, and what for."""

    model_config = ConfigDict(extra="ignore")

    key: str = Field("", max_length=19, title="人员或车辆")
    on: Day | None = Field(None, title="日期")
    purpose: str = Field("", max_length=24, title="目的")


@router.get("")
def show_field(request: Request, person: Leader, wiring: Wired, tab: str = "people") -> Response:
    """The map of the field, and beside it the tab: people on duty, coverage, or a track."""
    query = request.query_params
    chosen = tab if tab in TABS else "people"
    fill = {"people": _people, "coverage": _coverage, "track": _track}[chosen]
    shown: dict[str, Any] = {
        "tab": chosen,
        "tabs": TABS,
        "calls": list_calls(wiring),
        "places": places_of(person),
        "now": wiring.clock.now(),
        "refusal": None,
    }
    status = 200
    try:
        shown |= fill(wiring, person, query)
    except (BadInput, NotFound) as refusal:
        shown |= fill(wiring, person, QueryParams()) | {"refusal": refusal}
        status = 400 if isinstance(refusal, BadInput) else 404
    return page(request, "field/field.html", shown, status=status)


@router.post("/sos/{sos_id}")
def answer(sos_id: int, form: FormSent, person: Leader, wiring: Wired) -> Response:
    """Answer a call for help; back to the people."""
    answer_call(wiring, person, min(sos_id, 2**62), str(form.get("note", ""))[:500])
    return see_other("/desk/field")


def _people(wiring: Wiring, _: Person, query: QueryParams) -> dict[str, Any]:
    """Everybody who was on duty that day with hours and grids, and where each is now; vehicles below."""
    day, rows = read_attendance(wiring, parse(DayAsked, query).on)
    live = {one.key: one for one in wiring.picture.movers()}
    vehicles = [one for one in live.values() if one.kind == "vehicle"]
    at = wiring.clock.now()
    limits = wiring.movers.limits_at(at)
    stale = {key for key, one in live.items() if one.is_stale(at, limits)}
    return {
        "day": day,
        "people": rows,
        "vehicles": sorted(vehicles, key=lambda one: int(one.key[1:])),
        "live": live,
        "stale": stale,
        "state_of": lambda key: _state_of(live.get(key), stale),
    }


def _state_of(one: LiveMover | None, stale: set[str]) -> str:
    """How somebody is doing, as the light of the row: off, stale, astray or off_line, busy or free."""
    if one is None:
        return "off"
    if one.key in stale:
        return "stale"
    if one.astray_since is not None:
        return "astray" if one.kind == "person" else "off_line"
    return "free" if one.is_free else "busy"


def _coverage(wiring: Wiring, _: Person, query: QueryParams) -> dict[str, Any]:
    """Responsibility grids by the part of their unit grids that was walked, the least first."""
    since, until = days_of(parse(DaysAsked, query), wiring.clock.now())
    with wiring.sessions() as session:
        walks = list_coverage(session, since, until, wiring.movers.rules.visit_rules())
        groups = by_responsibility(walks)
        names = list_grid_names(session, tuple(one.code for one in groups if one.code))
    return {
        "since": since,
        "until": until,
        "groups": groups[:MOST_SHOWN],
        "more": len(groups) - MOST_SHOWN,
        "names": names,
        "walked": sum(1 for one in walks if one.days),
        "grids": len(walks),
    }


def _track(wiring: Wiring, person: Person, query: QueryParams) -> dict[str, Any]:
    """The form of a track, and the track when a purpose was given; the look is written down first."""
    asked = parse(TrackAsked, query)
    at = wiring.clock.now()
    day = asked.on or city_time(at).date()
    with wiring.sessions() as session:
        known: tuple[MoverName, ...] = list_movers(session)
    shown: dict[str, Any] = {"asked": asked, "day": day, "known": known, "purposes": PURPOSES, "track": None}
    if not (asked.key and asked.purpose):
        return shown
    track = _read(wiring, person, asked, day, at)
    points = json.dumps(track_as_json(track), ensure_ascii=False).replace("<", "\\u003c")
    return shown | {"track": track, "hours": hours_of(track), "points": points}


def _read(wiring: Wiring, person: Person, asked: TrackAsked, day: date, at: datetime) -> Track:
    since = datetime.combine(day, time(), CITY_ZONE)
    look = Look(person.id, person.name, person.acting_as(*SEES_FIELD), asked.purpose)
    with wiring.sessions.begin() as session:
        key = asked.key.replace("\x00", "")
        return read_track(
            session, wiring.plane, key, look, since=since, until=since + timedelta(days=1), at=at
        )
