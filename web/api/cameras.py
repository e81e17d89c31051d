"""Cameras over HTTP: what they see as GeoJSON, their video, tours. Browsers ask nobody else for any of it."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from cases.reading import get_case
from gis_core.places import LonLat
from gis_core.streams.playlists import KINDS
from gis_core.streams.sealing import NotSealed
from grid.cameras.reading import (
    MOST_DRAWN,
    Seeing,
    TourShown,
    get_camera,
    get_tour,
    list_cameras,
    list_tours,
    views_geojson,
)
from web.accounts.guards import requires
from web.accounts.people import Person
from web.camera_work import (
    KEEPERS,
    VIEWERS,
    WITH_CASES,
    get_camera_in_force,
    list_cameras_of_case,
    log_watch,
    read_camera_filter,
    today,
)
from web.filters import SEES_WALL
from web.wall_calling import find_caller
from web.wiring import Wired

router = APIRouter(prefix="/api/v1", tags=["cameras"])
Viewer = Annotated[Person, requires(*VIEWERS)]
OfCase = Annotated[Person, requires(*WITH_CASES)]
Watcher = Annotated[Person, requires(*VIEWERS, *SEES_WALL)]
Looker = Annotated[Person, requires(*VIEWERS, *KEEPERS)]
PLAYLIST = "application/vnd.apple.mpegurl"
NEVER_KEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{1,12})")


@router.get("/cameras")
def show_views(
    request: Request, person: Looker, wiring: Wired, code: str = "", case: str = ""
) -> dict[str, Any]:
    """What cameras see, as sectors (`role` sector) with their pins (`role` camera), EPSG:4490.

    Those of a filter (`q`, `owner`, `protocol`, `standing`), the one of a `code`, or those that see a `case`,
    whose place comes along, for posts that see cases. No address is told.
    """
    case = case if person.may_act_as(*WITH_CASES, *KEEPERS) else ""
    with wiring.sessions() as session:
        if case:
            summary = get_case(session, case, wiring.clock.now()).summary
            place = LonLat(summary.lon, summary.lat)
            seeing = list_cameras_of_case(session, wiring, place)
            shown = [one.shown for one in seeing if not code or one.shown.code == code]
        elif code:
            shown = [get_camera(session, wiring.plane, code)]
        else:
            wanted = read_camera_filter(request.query_params)
            shown = [*list_cameras(session, wiring.plane, wanted, today(wiring), most=MOST_DRAWN).rows]
    views = views_geojson(wiring.plane, shown)
    if case:
        pin = {"type": "Point", "coordinates": [place.lon_deg, place.lat_deg]}
        views["features"].append({"type": "Feature", "properties": {"role": "after"}, "geometry": pin})
    return views


@router.get("/cases/{case_no}/cameras")
def show_cameras_of_case(case_no: str, person: OfCase, wiring: Wired) -> dict[str, Any]:
    """The cameras that see the place of a case, the nearest and straightest first."""
    with wiring.sessions() as session:
        summary = get_case(session, case_no, wiring.clock.now()).summary
        seeing = list_cameras_of_case(session, wiring, LonLat(summary.lon, summary.lat))
    return {"cameras": [_seeing_json(one) for one in seeing]}


@router.get("/cameras/{code}/live/index.m3u8")
def show_playlist(code: str, person: Watcher, wiring: Wired, wall: str = "") -> Response:
    """The live picture of a camera as HLS; every address in it is one of ours. Who watches is written down.

    A `wall` plays what was called to it, and nothing else.

    :raises NoSuchCamera: CameraNotInForce, CameraNotCalled, NoStream, StreamNotAllowed, StreamAway,
        StreamDenied, BadStream, StreamsBusy.
    """
    caller = find_caller(wiring, person, code, wall[:24])
    with wiring.sessions() as session:
        camera = get_camera_in_force(session, wiring, code).camera
    playlist = wiring.streams.get_playlist(
        camera,
        person.id,
        lambda: log_watch(wiring, person, code, caller),
        called_by=caller.id if caller else 0,
    )
    return Response(playlist, media_type=PLAYLIST, headers=NEVER_KEPT)


@router.get("/cameras/{code}/live/{kind}/{sealed}")
def show_part(  # noqa: PLR0917  # what FastAPI hands in, by name
    code: str,
    kind: str,
    sealed: str,
    person: Watcher,
    wiring: Wired,
    range: Annotated[str, Header(max_length=60)] = "",  # the name of the header
) -> Response:
    """A segment, key or further playlist whose address a playlist of ours has given out."""
    known = next((one for one in KINDS if one == kind), None)
    if known is None:
        raise NotSealed("这个视频地址已失效，请重新打开摄像机。")
    find_caller(wiring, person, code)  # a call that is over shows no more
    asked = _RANGE.fullmatch(range)
    part = (int(asked[1]), int(asked[2])) if asked else None
    with wiring.sessions() as session:
        camera = get_camera_in_force(session, wiring, code).camera
    got = wiring.streams.get_part(camera, person.id, known, sealed, part)
    if part is None or not got.is_part:
        return Response(got.body, media_type=got.media_type, headers=NEVER_KEPT)
    told = {"Content-Range": f"bytes {part[0]}-{part[0] + len(got.body) - 1}/*"}
    return Response(got.body, 206, headers=NEVER_KEPT | told, media_type=got.media_type)


@router.get("/camera-tours")
def show_tours(person: Viewer, wiring: Wired) -> dict[str, Any]:
    """Every patrol tour with its stops."""
    with wiring.sessions() as session:
        tours = list_tours(session, wiring.plane, today(wiring))
    return {"tours": [tour_json(tour) for tour in tours]}


@router.get("/camera-tours/{tour_id}")
def show_tour(tour_id: int, person: Viewer, wiring: Wired) -> dict[str, Any]:
    """A patrol tour with its stops, each with the address of its playlist.

    :raises NoSuchTour: when there is none of that number.
    """
    with wiring.sessions() as session:
        return tour_json(get_tour(session, wiring.plane, tour_id, today(wiring)))


def tour_json(tour: TourShown) -> dict[str, Any]:
    """A tour as programs read it."""
    stops = [
        {
            "code": stop.shown.code,
            "name": stop.shown.camera.name,
            "seconds": stop.seconds,
            "lon": stop.shown.lon,
            "lat": stop.shown.lat,
            "is_synthetic": stop.shown.camera.is_synthetic,
            "playlist": f"/api/v1/cameras/{stop.shown.code}/live/index.m3u8"
            if stop.shown.camera.played_address
            else None,
        }
        for stop in tour.stops
    ]
    return {"id": tour.id, "name": tour.name, "seconds": tour.seconds, "stops": stops}


def _seeing_json(one: Seeing) -> dict[str, Any]:
    return {
        "code": one.shown.code,
        "name": one.shown.camera.name,
        "distance_m": round(one.sight.distance_m, 1),
        "direction_deg": round(one.sight.direction_deg, 1),
        "off_deg": round(one.sight.off_deg, 1),
        "is_live": bool(one.shown.camera.played_address),
        "is_synthetic": one.shown.camera.is_synthetic,
    }
