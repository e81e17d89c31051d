"""Who is where: the live picture, the nearest free one, calls for help, tracks, coverage, attendance."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gis_core.clock import city_time
from gis_core.places import LonLat
from grid.positions.coverage import Attendance, by_responsibility, list_attendance, list_coverage
from grid.positions.reading import list_grid_names
from grid.positions.tracks import OWN, Look, Track, list_looks, read_track
from web.accounts.guards import Checked, requires, requires_person
from web.accounts.people import Person
from web.accounts.senders import mover_key
from web.field_work import AnswerSent, SosSent, answer_call, call_for_help, list_calls
from web.forms import Day, parse
from web.movers_told import DECIMALS, SEES_FIELD, SEES_MOVERS, mover_as_feature, sos_as_json
from web.uploads import Malformed
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/api/v1", tags=["movers"])
Watcher = Annotated[Person, requires(*SEES_MOVERS)]
Leader = Annotated[Person, requires(*SEES_FIELD)]
Signed = Annotated[Person, requires_person()]
LONGEST_COVERAGE = timedelta(days=92)


class NearAsked(BaseModel):
    """Near which place (degrees EPSG:4490), how many, with which skill, free ones alone."""

    model_config = ConfigDict(extra="ignore")

    lon: float = Field(ge=-180, le=180, allow_inf_nan=False, title="经度")
    lat: float = Field(ge=-90, le=90, allow_inf_nan=False, title="纬度")
    n: int = Field(5, ge=1, le=50, title="个数")
    skill: str = Field("", max_length=20, title="技能")
    kind: str = Field("", pattern="^(person|vehicle)?$", title="人或车")
    free: bool = Field(False, title="空闲")


class TrackAsked(BaseModel):
    """From when to when, and what for."""

    model_config = ConfigDict(extra="ignore")

    since: AwareDatetime = Field(alias="from", title="起")
    until: AwareDatetime = Field(alias="to", title="止")
    purpose: str = Field("", max_length=24, title="目的")


class DaysAsked(BaseModel):
    """From which day to which, both included; the last seven days."""

    model_config = ConfigDict(extra="ignore")

    since: Day | None = Field(None, alias="from", title="起始日期")
    until: Day | None = Field(None, alias="to", title="截止日期")


@router.get("/movers")
def get_movers(_: Watcher, wiring: Wired) -> dict[str, Any]:
    """Everybody on duty and every vehicle that was heard of within half a day, as GeoJSON."""
    at = wiring.clock.now()
    limits = wiring.movers.limits_at(at)
    return {
        "type": "FeatureCollection",
        "at": city_time(at).isoformat(),
        "stale_after_s": limits.stale_after_s,
        "features": [mover_as_feature(one, limits, at) for one in wiring.picture.movers()],
    }


@router.get("/movers/near")
def get_near_movers(request: Request, _: Watcher, wiring: Wired) -> dict[str, Any]:
    """The nearest movers of whom something was heard lately, nearest first, in metres as the crow flies."""
    asked = parse(NearAsked, request.query_params)
    point = wiring.plane.to_plane(LonLat(asked.lon, asked.lat))
    found = wiring.picture.nearest(point, asked.n, skill=asked.skill, kind=asked.kind, is_free=asked.free)
    at = wiring.clock.now()
    limits = wiring.movers.limits_at(at)
    return {
        "movers": [
            mover_as_feature(one.mover, limits, at)["properties"]
            | {
                "away_m": round(one.away_m, 1),
                "lon": round(one.mover.place.lon_deg, DECIMALS),
                "lat": round(one.mover.place.lat_deg, DECIMALS),
            }
            for one in found
        ]
    }


@router.post("/sos", dependencies=[Checked])
def send_sos(
    person: Signed, wiring: Wired, sent: Annotated[SosSent, Body()], response: Response
) -> dict[str, Any]:
    """Call for help, on duty or not; the same call again for the same `client_id`. 201 the first time."""
    sos = call_for_help(wiring, person, sent)
    response.status_code = 201 if sos.is_new else 200
    return sos_as_json(sos, wiring.plane)


@router.get("/sos")
def get_sos(_: Watcher, wiring: Wired) -> dict[str, Any]:
    """Calls for help that nobody has answered, and those of the last day; the newest first."""
    return {"sos": [sos_as_json(one, wiring.plane) for one in list_calls(wiring)]}


@router.post("/sos/{sos_id}/answer", dependencies=[Checked])
def answer_sos(
    sos_id: int, person: Watcher, wiring: Wired, sent: Annotated[AnswerSent, Body()]
) -> dict[str, Any]:
    """Answer a call; the first answer stands, and whoever comes second is told whose it is.

    :raises SosNotFound: when there is no such call.
    """
    return sos_as_json(answer_call(wiring, person, min(sos_id, 2**62), sent.note), wiring.plane)


@router.get("/tracks/{key}")
def get_track(
    key: str, request: Request, person: Signed, wiring: Wired, response: Response
) -> dict[str, Any]:
    """Where somebody was `from` a moment `to` another, at most two days. The look is written down first.

    One's own track needs no purpose; that of others is for duty chiefs and leaders, with a `purpose`.
    """
    asked = parse(TrackAsked, request.query_params)
    is_own = key == mover_key(person)
    role = "own" if is_own else person.acting_as(*SEES_FIELD)
    look = Look(person.id, person.name, role, OWN if is_own else asked.purpose)
    with wiring.sessions.begin() as session:
        track = read_track(
            session,
            wiring.plane,
            _key(key),
            look,
            since=asked.since,
            until=asked.until,
            at=wiring.clock.now(),
        )
    response.headers["Cache-Control"] = "no-store"
    return track_as_json(track)


def _key(key: str) -> str:
    return key.replace("\x00", "")[:19]


def track_as_json(track: Track) -> dict[str, Any]:
    """A track with its points as rows of numbers."""
    return {
        "key": track.key,
        "name": track.name,
        "kind": track.kind,
        "is_cut": track.is_cut,
        "columns": ["epoch_s", "lon", "lat", "accuracy_m", "speed_mps", "heading_deg"],
        "points": [
            [
                round(one.at.timestamp(), 1),
                round(one.lon_deg, DECIMALS),
                round(one.lat_deg, DECIMALS),
                one.accuracy_m,
                one.speed_mps,
                one.heading_deg,
            ]
            for one in track.points
        ],
    }


@router.get("/track-looks")
def get_track_looks(
    _: Annotated[Person, requires("auditor")],
    wiring: Wired,
    before: Annotated[int | None, Query(ge=1, lt=2**62)] = None,
) -> dict[str, Any]:
    """Who looked at whose track, for which time and what for; the newest first."""
    with wiring.sessions() as session:
        looks = list_looks(session, before=before)
    return {
        "looks": [
            {
                "id": one.id, "at": city_time(one.at).isoformat(), "person_name": one.person_name,
                "role": one.role, "mover": one.mover_key, "mover_name": one.mover_name,
                "from": city_time(one.since).isoformat(), "to": city_time(one.until).isoformat(),
                "purpose": one.purpose,
            }
            for one in looks
        ]
    }  # fmt: skip


@router.get("/coverage")
def get_coverage(request: Request, _: Leader, wiring: Wired) -> dict[str, Any]:
    """Unit grids that people walked `from` a day `to` another, by responsibility grid, least walked first."""
    since, until = days_of(parse(DaysAsked, request.query_params), wiring.clock.now())
    with wiring.sessions() as session:
        walks = list_coverage(session, since, until, wiring.movers.rules.visit_rules())
        groups = by_responsibility(walks)
        names = list_grid_names(session, tuple(one.code for one in groups if one.code))
    return {
        "from": since, "to": until, "grids": len(walks), "walked": sum(1 for one in walks if one.days),
        "responsibility_grids": [
            {
                "code": one.code, "name": names.get(one.code or "", one.code), "grids": one.grids,
                "walked": one.walked, "share": round(one.share, 4), "unwalked": one.unwalked,
            }
            for one in groups
        ],
        "days": {one.code: one.days for one in walks if one.days},
    }  # fmt: skip


def days_of(asked: DaysAsked, at: datetime) -> tuple[date, date]:
    """The days asked for; the last seven when nothing is said.

    :raises Malformed: when they are the wrong way round, or a quarter of a year or more.
    """
    until = asked.until or city_time(at).date()
    if until.year < 2000:
        raise Malformed("日期太早，没有数据。请重新选择。", fields=["to"])
    since = asked.since or until - timedelta(days=6)
    if not timedelta(0) <= until - since < LONGEST_COVERAGE:
        raise Malformed("请选择先后正确、不超过 92 天的一段日期。", fields=["from", "to"])
    return since, until


@router.get("/attendance")
def get_attendance(_: Leader, wiring: Wired, on: Annotated[date | None, Query()] = None) -> dict[str, Any]:
    """Everybody who was on duty on a day: hours, and the share of the own grids that was walked."""
    day, rows = read_attendance(wiring, on)
    return {"on": day, "people": [attendance_as_json(one) for one in rows]}


def read_attendance(wiring: Wiring, on: date | None) -> tuple[date, tuple[Attendance, ...]]:
    """A day, today unless said, and who was on duty."""
    at = wiring.clock.now()
    day = on or city_time(at).date()
    if not 2000 <= day.year < 9000:
        raise Malformed("日期超出范围，请重新选择。", fields=["on"])
    with wiring.sessions() as session:
        return day, list_attendance(session, day, wiring.movers.rules.visit_rules(), at=at)


def attendance_as_json(one: Attendance) -> dict[str, Any]:
    """Somebody's day."""
    return {
        "key": one.key, "name": one.name, "organisation_code": one.organisation_code,
        "started_at": city_time(one.started_at).isoformat(),
        "ended_at": one.ended_at and city_time(one.ended_at).isoformat(),
        "on_duty_s": one.on_duty_s, "own_grids": one.own_grids, "own_walked": one.own_walked,
        "share": None if one.share is None else round(one.share, 4), "grids_walked": one.grids_walked,
        "positions": one.positions,
    }  # fmt: skip
