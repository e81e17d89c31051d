"""What a called scene plays: cameras one after the other, or a span of the past; who may see it, and why.

The machine behind a wall watches no camera of its own accord. It gets the video of what somebody called, as
long as the call holds, and the log says who called it.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from cases.as_it_was import find_first_report
from cases.reading import get_case
from emergency.incidents.reading import get_incident
from gis_core.errors import NotAllowed, NotFound
from grid.cameras.reading import CameraShown, get_camera, get_tour
from grid.cameras.watches import CalledBy
from web.accounts.people import Person
from web.camera_work import VIEWERS, get_camera_in_force, today
from web.forms import parse
from web.incident_replay import MomentAsked, read_replay
from web.wall_replay import ReplayAsked, need_kept, read_span, read_speed, written_moment
from web.wall_scenes import HOLDS, BadScene, Called, SceneSent, list_held
from web.wiring import Wiring

LOADING = timedelta(minutes=1)
"""What a replay may need on a wall before it plays; where it has ended, the wall goes on at once."""


class CameraNotCalled(NotAllowed):
    """Nobody has called this camera to a wall, or the call is over."""

    code = "camera_not_called"


class NothingCalled(NotFound):
    """No video has been called for this wall, or the call is over."""

    code = "nothing_called"


def look_up(session: Session, wiring: Wiring, sent: SceneSent, called: Called, at: datetime) -> Called:
    """The call with what it plays, and how long it holds.

    :raises CaseNotFound: IncidentNotFound, NoSuchCamera, CameraNotInForce, NoSuchTour; BadScene for a camera
        without a picture; BadReplay and its like for what cannot be replayed.
    """
    if called.scene == "case":
        get_case(session, called.case_no, at)
    if called.scene == "incident":
        get_incident(session, wiring.plane, called.incident_no)
    if called.scene == "camera":
        shown = get_camera_in_force(session, wiring, sent.camera)
        return replace(called, stops=_stops([(shown, int(HOLDS.total_seconds()))]))
    if called.scene == "tour":
        tour = get_tour(session, wiring.plane, _number(sent.tour), today(wiring))
        stops = _stops([(stop.shown, stop.seconds) for stop in tour.stops])
        round_s = sum(seconds for _, seconds in stops)
        return replace(called, title=tour.name, stops=stops).lasting(timedelta(seconds=round_s))
    if called.scene == "replay" and called.incident_no:
        return _replay_of_incident(wiring, sent, called)
    if called.scene == "replay":
        return _replay(session, sent, called, at)
    return called


def _stops(several: list[tuple[CameraShown, int]]) -> tuple[tuple[str, int], ...]:
    stops = tuple((shown.code, seconds) for shown, seconds in several if shown.camera.played_address)
    if not stops:
        raise BadScene("没有可看的画面：摄像机还没有接入网关。请数据管理员先接入。", fields=["camera"])
    return stops


def _replay(session: Session, sent: SceneSent, called: Called, at: datetime) -> Called:
    asked = parse(ReplayAsked, QueryParams({"from": sent.since, "to": sent.until, "speed": sent.speed}))
    span, speed, begins_s = read_span(asked, at), read_speed(asked), _number(sent.at)
    need_kept(span, find_first_report(session))
    left_s = max(0.0, (span.until - span.since).total_seconds() - begins_s) / speed
    address = f"{span.query}&speed={speed}&at={begins_s}"
    return replace(called, replay=address).lasting(timedelta(seconds=left_s) + LOADING)


def _replay_of_incident(wiring: Wiring, sent: SceneSent, called: Called) -> Called:
    """An incident from a moment on (`from`), or from its beginning where that is its last one."""
    asked = parse(MomentAsked, QueryParams({"at": sent.since, "speed": sent.speed}))
    found = read_replay(wiring, called.incident_no, asked, is_page=False)
    begins_s = found.at_s if found.next else 0.0
    begins = found.moment.at if found.next else found.begins
    address = urlencode({"at": written_moment(begins), "speed": asked.speed, "play": "yes"})
    left = timedelta(seconds=(found.length_s - begins_s) / asked.speed)
    return replace(called, replay=address).lasting(left + LOADING)


def _number(words: str) -> int:
    said = words.strip()
    return int(said) if said.isascii() and said.isdigit() else 0


def find_caller(wiring: Wiring, person: Person, code: str, wall: str = "") -> CalledBy | None:
    """Who called a camera to the wall on which a person looks at it; None for who watches at a desk.

    :raises CameraNotCalled: when the person watches no camera but what is called, and this one is not.
    """
    may_watch = person.may_act_as(*VIEWERS)
    if may_watch and not wall:
        return None
    for called in list_held(wiring.hub, wiring.clock.now()):
        if wall in ("", called.wall) and any(code == stop for stop, _ in called.stops):
            return CalledBy(called.by_id, called.by)
    if may_watch:
        return None
    raise CameraNotCalled("这台摄像机现在没有投到大屏。请值班长、派遣员或领导上墙后再看。")


def video_of(session: Session, wiring: Wiring, wall: str) -> dict[str, Any]:
    """The cameras that were called to a wall, as its page plays them.

    :raises NothingCalled: when none are.
    """
    for called in list_held(wiring.hub, wiring.clock.now()):
        if called.wall == wall and called.stops:
            stops = [_told_stop(get_camera(session, wiring.plane, code), n, wall) for code, n in called.stops]
            known = ("scene", "title", "by", "at", "until")
            return {name: getattr(called, name) for name in known} | {"stops": stops}
    raise NothingCalled("现在没有投到这块大屏的视频。")


def _told_stop(shown: CameraShown, seconds: int, wall: str) -> dict[str, Any]:
    return {
        "code": shown.code,
        "name": shown.camera.name,
        "seconds": seconds,
        "is_synthetic": shown.camera.is_synthetic,
        "playlist": f"/api/v1/cameras/{shown.code}/live/index.m3u8?wall={wall}",
    }
