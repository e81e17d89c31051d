"""Patrol tours: cameras in an order with seconds each, made by desks, played at their own address."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from gis_core.errors import BadInput, CitygridError, Conflict, NotFound, Refused
from grid.cameras.reading import CameraFilter, get_tour, list_cameras, list_tours
from grid.rules.tours import LEAST_S, MOST_S, MOST_STOPS, BadTour, Stop, checked_tour
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.api.cameras import tour_json
from web.camera_work import VIEWERS, cameras_of, today
from web.faces.queues import places_of
from web.register_work import asking_of
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/desk/cameras/tours")
Viewer = Annotated[Person, requires(*VIEWERS)]
USUAL_S = 10
MOST_CHOICES = 2_000


@router.get("")
def show_tours(request: Request, person: Viewer, wiring: Wired) -> Response:
    """Every tour, and the form of a new one."""
    return _tours_page(request, wiring, person)


@router.post("")
def make_tour(request: Request, form: FormSent, person: Viewer, wiring: Wired) -> Response:
    """Keep a tour, new or in place of one (`tour_id`)."""
    tour_id = _number(form.get("tour_id"))
    asking = asking_of(person, person.acting_as(*VIEWERS), wiring.clock.now())
    try:
        tour = checked_tour(_words(form, "name"), _stops(form))
        number = cameras_of(wiring).keep_tour(tour, asking=asking, tour_id=tour_id)
    except (BadInput, Refused, Conflict, NotFound) as refusal:
        return _tours_page(request, wiring, person, refusal=refusal, typed=form)
    return see_other(f"/desk/cameras/tours/{number}")


@router.get("/{tour_id}")
def play_tour(request: Request, tour_id: int, person: Viewer, wiring: Wired) -> Response:
    """A tour as it is played: one camera after the other, with pause and next."""
    with wiring.sessions() as session:
        tour = get_tour(session, wiring.plane, tour_id, today(wiring))
    shown = {
        "tab": "tours",
        "tour": tour,
        "tour_json": tour_json(tour),
        "places": places_of(person),
        "now": wiring.clock.now(),
    }
    return page(request, "cameras/tour.html", shown)


@router.post("/{tour_id}/remove")
def remove_tour(tour_id: int, form: FormSent, person: Viewer, wiring: Wired) -> Response:
    """Remove a tour."""
    cameras_of(wiring).remove_tour(tour_id)
    return see_other("/desk/cameras/tours")


def _tours_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    *,
    refusal: CitygridError | None = None,
    typed: FormData | None = None,
) -> Response:
    on = today(wiring)
    with wiring.sessions() as session:
        tours = list_tours(session, wiring.plane, on)
        choices = list_cameras(session, wiring.plane, CameraFilter(), on, most=MOST_CHOICES).rows
    shown = {
        "tab": "tours",
        "tours": tours,
        "choices": choices,
        "names": {one.code: one.camera.name for one in choices},
        "refusal": refusal,
        "typed": _typed(request, tours, typed),
        "limits": {"least_s": LEAST_S, "most_s": MOST_S, "stops": MOST_STOPS, "usual_s": USUAL_S},
        "places": places_of(person),
        "now": wiring.clock.now(),
    }
    return page(request, "cameras/tours.html", shown, status=422 if refusal else 200)


def _typed(request: Request, tours: Any, form: FormData | None) -> dict[str, Any]:
    """What the form shows: what was typed, the tour that is to be changed (`change`), or nothing."""
    if form is not None:
        pairs = zip(form.getlist("camera"), form.getlist("seconds"), strict=False)
        return {
            "name": _words(form, "name"),
            "tour_id": _number(form.get("tour_id")),
            "stops": [(str(code)[:32], str(seconds)[:6]) for code, seconds in pairs],
        }
    changed = _number(request.query_params.get("change"))
    for tour in tours:
        if tour.id == changed:
            stops = [(stop.shown.code, str(stop.seconds)) for stop in tour.stops]
            return {"name": tour.name, "tour_id": tour.id, "stops": stops}
    return {"name": "", "tour_id": None, "stops": []}


def _stops(form: FormData) -> list[Stop]:
    """The stops of a form: rows of a camera and its seconds, in their order; rows without a camera are none.

    :raises BadTour: when seconds are no number.
    """
    stops = []
    for code, seconds in zip(form.getlist("camera"), form.getlist("seconds"), strict=False):
        if not str(code).strip():
            continue
        if (number := _number(seconds)) is None:
            raise BadTour(f"停留时间应为 {LEAST_S} 到 {MOST_S} 之间的整数秒，请改正。", field="seconds")
        stops.append(Stop(str(code).strip()[:32], number))
    return stops


def _words(form: FormData, name: str) -> str:
    found = form.get(name)
    return found if isinstance(found, str) else ""


def _number(words: Any) -> int | None:
    said = str(words or "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None
