"""The gazetteer: a list with its map, a place with its history and its form, a new place."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from gis_core.geocoding.gazetteer import KIND_NAMES, PlaceKind
from grid.gazetteer.categories import load_categories
from grid.gazetteer.reading import (
    STANDINGS,
    BadPlaceFilter,
    NoSuchPlace,
    count_kinds,
    get_place,
    get_shape,
    list_places,
)
from grid.reading import list_division_names
from grid.rules.gazetteer import SORT_NAMES
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.faces.gazetteer.filters import FILTERS, read_place_filter
from web.faces.gazetteer.forms import (
    DRAWN_NAMES,
    FIELDS,
    Filled,
    PlaceSent,
    StepSent,
    is_drawn_anew,
    place_sent,
    shape_sent,
    values_of,
)
from web.faces.queues import places_of
from web.filters import kept
from web.forms import parse
from web.gazetteer_work import gazetteer_of, tell_place_life
from web.register_work import asking_of
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/gazetteer")
Officer = Annotated[Person, requires("data_officer")]
STANDING_NAMES = {"in_force": "使用中", "ended": "已停用", "all": "使用中和已停用"}
NEW_VALUES = dict.fromkeys(FIELDS, "") | {
    "kind": PlaceKind.POI.value,
    "drawn": "point",
    "position_source": "map",
}
MOST_ID = 2**62


@router.get("")
def show_gazetteer(request: Request, person: Officer, wiring: Wired, after: str = "") -> Response:
    """Places as filtered, the map of exactly these, and the sheet of the one that is open."""
    query = request.query_params
    wanted = read_place_filter(wiring, query)
    if after and not _number(after):
        raise BadPlaceFilter("下一页的链接不完整。请从地名列表重新打开。")
    with wiring.sessions() as session:
        found = list_places(session, wanted, after=_number(after))
        shown = {
            "tab": "list",
            "wanted": wanted,
            "rows": found.rows,
            "next_id": found.next_id,
            "is_later": bool(_number(after)),
            "counts": count_kinds(session) if wanted.is_empty and not after else {},
            "sheet": _find_sheet(session, wiring, query.get("place") or ""),
            "address": _addresses(request, "/gazetteer"),
            "file_address": lambda form: _addresses(request, f"/gazetteer/places.{form}")(place=None),
            **around(session, wiring, person),
        }
    return page(request, "gazetteer/list.html", shown)


@router.get("/new")
def show_new(request: Request, person: Officer, wiring: Wired) -> Response:
    """The form of a new place; an address may say where it lies (`lon`, `lat`) and what it is called."""
    given = {key: request.query_params.get(key, "")[:200] for key in ("lon", "lat", "name", "kind")}
    values = NEW_VALUES | {key: value for key, value in given.items() if value}
    with wiring.sessions() as session:
        return _new_page(request, session, wiring, person, values)


@router.post("/new")
def add_place(request: Request, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Add a place; refused, the page has the form as it was."""
    asking = asking_of(person, "data_officer", wiring.clock.now())
    try:
        sent = parse(PlaceSent, form)
        place = place_sent(sent, shape_sent(sent, wiring.plane))
        number = gazetteer_of(wiring).add(place, reason=sent.reason, asking=asking)
    except (BadInput, Refused, Conflict) as refusal:
        with wiring.sessions() as session:
            return _new_page(request, session, wiring, person, NEW_VALUES | _typed(form), refusal=refusal)
    return see_other(f"/gazetteer/places/{number}?done=1")


@router.get("/places/{place_id}")
def show_place(request: Request, place_id: int, person: Officer, wiring: Wired) -> Response:
    """Everything about a place on one page, with the form that changes it."""
    with wiring.sessions() as session:
        return _place_page(request, session, wiring, person, place_id)


@router.get("/places/{place_id}/shapes")
def get_shapes(place_id: int, person: Officer, wiring: Wired) -> dict[str, Any]:
    """The shape of a place as GeoJSON, for the map."""
    with wiring.sessions() as session:
        detail = get_place(session, _known(place_id))
    one = detail.summary
    geometry = json.loads(detail.geojson)
    role = {"Point": "after", "LineString": "line", "MultiLineString": "line"}.get(geometry["type"], "area")
    features = [_feature(geometry, {"role": role, "label": one.name})]
    return {"type": "FeatureCollection", "features": features}


@router.post("/places/{place_id}/change")
def change_place(request: Request, place_id: int, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Change a place with a reason; refused, the page has the form as it was."""
    asking = asking_of(person, "data_officer", wiring.clock.now())
    typed = _typed(form)
    with wiring.sessions() as session:
        before = values_of(get_place(session, _known(place_id)))
        shape = get_shape(session, place_id)
    try:
        sent = parse(PlaceSent, form)
        if is_drawn_anew(typed, before):
            shape = shape_sent(sent, wiring.plane)
        gazetteer_of(wiring).change(
            place_id,
            place_sent(sent, shape),
            reason=sent.reason,
            seen_revision=sent.revision,
            asking=asking,
        )
    except (BadInput, Refused, Conflict) as refusal:
        with wiring.sessions() as session:
            values = before | typed
            return _place_page(request, session, wiring, person, place_id, refusal=refusal, values=values)
    return see_other(f"/gazetteer/places/{place_id}?done=1")


@router.post("/places/{place_id}/{step}")
def take_step(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, place_id: int, step: str, form: FormSent, person: Officer, wiring: Wired
) -> Response:
    """End a place, restore it, or take the last step back."""
    asking = asking_of(person, "data_officer", wiring.clock.now())
    gazetteer = gazetteer_of(wiring)
    steps: dict[str, Callable[..., None]] = {
        "end": gazetteer.end,
        "restore": gazetteer.restore,
        "undo": gazetteer.undo,
    }
    if step not in steps:
        raise NoSuchPlace("没有这一页。请从地名列表重新打开。")
    try:
        sent = parse(StepSent, form)
        more = {"on": sent.on} if step == "end" else {}
        steps[step](_known(place_id), reason=sent.reason, seen_revision=sent.revision, asking=asking, **more)
    except (BadInput, Refused, Conflict) as refusal:
        with wiring.sessions() as session:
            return _place_page(request, session, wiring, person, place_id, refusal=refusal)
    return see_other(f"/gazetteer/places/{place_id}?done=1")


def _new_page(
    request: Request,
    session: Session,
    wiring: Wiring,
    person: Person,
    values: Mapping[str, str],
    *,
    refusal: CitygridError | None = None,
) -> Response:
    shown = {
        "tab": "new",
        "form": Filled(values),
        "refusal": refusal,
        "drawn_names": DRAWN_NAMES,
        **around(session, wiring, person),
    }
    return page(request, "gazetteer/new.html", shown, status=422 if refusal else 200)


def _place_page(
    request: Request,
    session: Session,
    wiring: Wiring,
    person: Person,
    place_id: int,
    *,
    refusal: CitygridError | None = None,
    values: Mapping[str, str] | None = None,
) -> Response:
    sheet = sheet_of(session, wiring, _known(place_id))
    shown = {
        "tab": "list",
        "sheet": sheet,
        "form": Filled(values or values_of(sheet["detail"])),
        "refusal": refusal,
        "done": bool(request.query_params.get("done")),
        "drawn_names": DRAWN_NAMES,
        **around(session, wiring, person),
    }
    return page(request, "gazetteer/place.html", shown, status=422 if refusal else 200)


def sheet_of(session: Session, wiring: Wiring, place_id: int) -> dict[str, Any]:
    """What a sheet says of a place: its names, where it lies, its life.

    :raises NoSuchPlace: when there is none of that number.
    """
    detail = get_place(session, place_id)
    categories = load_categories(wiring.city)
    names = list_division_names(session)
    code = detail.summary.division_code
    return {
        "detail": detail,
        "p": detail.summary,
        "sort_names": SORT_NAMES,
        "where": [names[part] for part in (code[:6], code[:9], code[:12]) if part in names and part]
        if code[:1].isdigit()
        else [code],
        "life": tell_place_life(detail, categories),
        "may_undo": bool(detail.facts) and "undoes" not in detail.facts[-1].body,
    }


def _find_sheet(session: Session, wiring: Wiring, words: str) -> dict[str, Any] | None:
    """The sheet of the place that an address opens, if it opens one.

    :raises BadPlaceFilter: when that is no number.
    :raises NoSuchPlace: when there is none of that number.
    """
    if not words:
        return None
    number = _number(words)
    if not number:
        raise BadPlaceFilter(f"“{words[:40]}”不是地名的编号。请从列表重新打开。")
    return sheet_of(session, wiring, number)


def around(session: Session, wiring: Wiring, person: Person) -> dict[str, Any]:
    """What every page of the gazetteer shows around its own."""
    names = list_division_names(session)
    served = [code for code in names if code[:6] in wiring.city.districts and len(code) in (6, 9)]
    return {
        "places": places_of(person),
        "areas": [(code, names[code]) for code in sorted(served)],
        "kind_names": KIND_NAMES,
        "categories": load_categories(wiring.city),
        "standings": [(one, STANDING_NAMES[one]) for one in STANDINGS],
        "today": wiring.clock.now(),
        "now": wiring.clock.now(),
    }


def _typed(form: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a form as they were typed."""
    return {key: value for key in FIELDS if isinstance(value := form.get(key), str)}


def _number(words: str) -> int:
    return int(words) if words.isascii() and words.isdigit() and len(words) < 16 else 0


def _known(place_id: int) -> int:
    """A number that a place can have.

    :raises NoSuchPlace: when it is beyond all of them.
    """
    if not 0 < place_id < MOST_ID:
        raise NoSuchPlace("地名库中没有这个编号的地名。请从列表重新打开。")
    return place_id


def _addresses(request: Request, path: str) -> Any:
    """This page's address with some of its parts changed; None leaves one out."""

    def address(**changes: str | None) -> str:
        said = [
            (name, value)
            for name, value in kept(request.query_params, (*FILTERS, "place"))
            if name not in changes
        ]
        said += [(name, value) for name, value in changes.items() if value]
        return f"{path}?{urlencode(said)}" if said else path

    return address


def _feature(geometry: Any, properties: dict[str, str]) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}
