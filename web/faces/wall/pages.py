"""The wall: its page, its figures, the hot grids, a case as a scene, and calling a scene."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from cases.reading import get_case
from gis_core.errors import BadInput
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.errors import wants_json
from web.evaluation_work import formulas_of
from web.faces.wall.telling import RANKED_ROWS, Telling
from web.field_work import list_calls
from web.filters import SEES_WALL
from web.forms import parse
from web.rendering import local_path, page, see_other
from web.wall_calling import look_up, video_of
from web.wall_coverage import week_as_json
from web.wall_scenes import CALLERS, MAIN_WALL, SCENES, SceneSent, read_call, read_wall_name, tell
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter()
Viewer = Annotated[Person, requires(*SEES_WALL)]
Caller = Annotated[Person, requires(*CALLERS)]
NO_STORE = {"Cache-Control": "no-store"}


class NoSuchDistrict(BadInput):
    """The wall is asked for a district the city has not got."""

    code = "no_such_district"


@router.get("/wall")
def show_wall(
    request: Request, person: Viewer, wiring: Wired, style: str = "night", wall: str = MAIN_WALL
) -> Response:
    """One page without a mouse: the map in the middle, figures on both sides, scenes that go round."""
    glance = wiring.wall_figures.read("", wiring.clock.now(), formulas_of(wiring.city))
    shown = {
        "is_night": style != "day",
        "wall": read_wall_name(wall),
        "figures": _telling(request, wiring).figures(glance),
        "calls": _calls(request, wiring),
        "scenes": SCENES,
        "districts": [
            {"code": one.code, "name": one.name, "box": one.box} for one in wiring.wall_figures.districts()
        ],
    }
    return page(request, "wall/wall.html", shown)


@router.get("/wall/figures")
def get_figures(request: Request, person: Viewer, wiring: Wired, area: str = "") -> Response:
    """The figures of the city, or of one district (`?area=610303`), at most a second old.

    :raises NoSuchDistrict: when the city has no such district.
    """
    if area and area not in wiring.city.districts:
        raise NoSuchDistrict("没有这个区县，请从列表中选择。", fields=["area"])
    glance = wiring.wall_figures.read(area, wiring.clock.now(), formulas_of(wiring.city))
    return JSONResponse(_telling(request, wiring).figures(glance), headers=NO_STORE)


@router.get("/wall/hot-grids")
def get_hot_grids(request: Request, person: Viewer, wiring: Wired) -> Response:
    """The unit grids with most reports of the last seven days as GeoJSON (EPSG:4490), the hottest first."""
    hot = wiring.wall_figures.hot_grids(wiring.clock.now())
    features = [
        {
            "type": "Feature",
            "properties": {"code": one.code, "n": one.n, "open": one.n_open, "lon": one.lon, "lat": one.lat},
            "geometry": json.loads(one.outline),
        }
        for one in hot
    ]
    return JSONResponse({"type": "FeatureCollection", "features": features}, headers=NO_STORE)


@router.get("/wall/coverage")
def get_coverage(request: Request, person: Viewer, wiring: Wired) -> Response:
    """Which grids nobody walked in seven days: sums, streets, and one outline (GeoJSON, EPSG:4490)."""
    week = wiring.wall_figures.week(wiring.clock.now())
    told = week_as_json(week, wiring.wall_figures.names().divisions, RANKED_ROWS)
    outline = {"type": "Feature", "properties": {}, "geometry": json.loads(week.unwalked or "null")}
    return JSONResponse(told | {"unwalked": outline}, headers=NO_STORE)


@router.get("/wall/calls")
def get_calls(request: Request, person: Viewer, wiring: Wired) -> Response:
    """The calls for help that nobody has answered, the newest first, with the community they come from."""
    return JSONResponse({"calls": _calls(request, wiring)}, headers=NO_STORE)


@router.get("/wall/cases/{case_no}")
def get_shown_case(request: Request, case_no: str, person: Viewer, wiring: Wired) -> Response:
    """A case as the wall shows it: no contact, no description, private types without their exact place."""
    with wiring.sessions() as session:
        detail = get_case(session, case_no, wiring.clock.now(), types=wiring.type_names)
    return JSONResponse(_telling(request, wiring).case(detail), headers=NO_STORE)


@router.get("/wall/video")
def get_video(request: Request, person: Viewer, wiring: Wired, wall: str = MAIN_WALL) -> Response:
    """The cameras that were called to a wall, with their playlists and the seconds of each.

    :raises NothingCalled: when none are, or the call is over.
    """
    with wiring.sessions() as session:
        told = video_of(session, wiring, read_wall_name(wall))
    return JSONResponse(told, headers=NO_STORE)


@router.post("/wall/scene")
def call_scene(request: Request, form: FormSent, person: Caller, wiring: Wired) -> Response:
    """Show a scene on every wall of a name at once: `scene`, what it shows, `wall`, as a form.

    :raises BadScene: when it lacks what it is to show; what `look_up` raises for what there is none of.
    """
    at, sent = wiring.clock.now(), parse(SceneSent, form)
    called = read_call(sent, wiring.city.districts, by=person.name, by_id=person.id, at=at)
    with wiring.sessions.begin() as session:
        called = look_up(session, wiring, sent, called, at)
        tell(session, called)
    if wants_json(request):
        told = {"wall": called.wall, "scene": called.scene, "until": called.until}
        return JSONResponse(told | {"holds_s": called.holds_s})
    next_page = form.get("next")
    return see_other(local_path(next_page if isinstance(next_page, str) else None, "/wall"))


def _calls(request: Request, wiring: Wiring) -> list[dict[str, Any]]:
    telling = _telling(request, wiring)
    return [telling.call(one) for one in list_calls(wiring) if one.state == "open"]


def _telling(request: Request, wiring: Wiring) -> Telling:
    language = choose_language(request)
    say: Any = wiring.words.translator(language)
    names = wiring.wall_figures.names()
    return Telling(wiring, language, say, names.divisions, names.organisations)
