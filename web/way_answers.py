"""What an incident's page of roads answers: a way, areas in time, who is soonest, or who covers what."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import QueryParams

from emergency.incidents.reading import Incident
from emergency.rules.resources import KIND_NAMES, Resource, ResourceKind
from gis_core.errors import BadInput, CitygridError, NotFound, Refused
from gis_core.roads.closures import OpenRoads
from gis_core.roads.isochrones import Isochrone
from gis_core.roads.routes import Route
from web.forms import parse
from web.way_forms import MINUTES, AreasAsked, CoverAsked, NearestAsked, RouteAsked
from web.way_shapes import place_of, say_place
from web.way_work import (
    CoverFound,
    Near,
    area_features,
    draw_areas,
    find_cover,
    find_way,
    list_near,
    near_features,
    notes_of,
    resources_asked,
    road_place,
    roads_for,
    route_feature,
    stop_feature,
)
from web.wiring import Wiring

ASKED: Mapping[str, str] = {"route": "路线", "areas": "时间圈", "nearest": "最快到达", "cover": "覆盖"}
KINDS_SENT: tuple[ResourceKind, ...] = ("team", "vehicle", "hospital", "warehouse", "shelter", "helipad")
MOST_LOST = 12


@dataclass(slots=True)
class Answer:
    """What was asked, what was found, and its features for the map."""

    ask: str = ""
    typed: dict[str, Any] = field(default_factory=dict)
    route: Route | None = None
    areas: Sequence[Isochrone] = ()
    near: Sequence[Near] = ()
    units: Sequence[Resource] = ()
    cover: CoverFound | None = None
    notes: Sequence[str] = ()
    cautions: Sequence[str] = ()
    features: list[dict[str, Any]] = field(default_factory=list)
    refusal: CitygridError | None = None
    kinds: Mapping[str, str] = field(default_factory=lambda: {one: KIND_NAMES[one] for one in KINDS_SENT})
    is_asked: bool = False


def answer(wiring: Wiring, incident: Incident, query: QueryParams) -> Answer:
    """The answer to a page's address; what cannot be answered is in `refusal`, with the form as it was."""
    ask = query.get("ask", "")
    if ask not in ASKED:
        return Answer()
    here = say_place(incident.place) if incident.place else ""
    default = "end" if ask == "route" else "place"
    sent = [(key, value) for key, value in query.multi_items() if key != default or value.strip()]
    if here and not any(key == default for key, _ in sent):
        sent.append((default, here))
    if not query.get("profile"):
        sent.append(("profile", "responder"))
    sent.append(("incident_no", incident.incident_no))
    typed: dict[str, Any] = dict(sent)
    typed |= {name: [v for key, v in sent if key == name] for name in ("kinds", "minutes", "leaving")}
    typed["kinds"] = typed["kinds"] or ["team"]
    typed["minutes"] = typed["minutes"] or [f"{one:g}" for one in MINUTES]
    found = Answer(ask, typed, is_asked=bool(query.get("run")))
    try:
        _ANSWERS[ask](wiring, QueryParams(sent), found)
    except (BadInput, Refused, NotFound) as refusal:
        found.refusal = refusal if found.is_asked else None
    return found


def _opened(wiring: Wiring, asked: Any, found: Answer, *, kinds: Any = ()) -> OpenRoads:
    with wiring.sessions() as session:
        roads = roads_for(wiring, session, asked)
        if kinds:
            found.units = resources_asked(session, kinds, every=getattr(asked, "every", False))
    found.notes = notes_of(roads.network)
    return roads


def _cautions(wiring: Wiring, roads: OpenRoads, *typed: str) -> list[str]:
    """What is to be known of places: inside a closure, or on roads that nothing leads to."""
    return [said for one in typed if (said := road_place(wiring, roads, one).words)]


def _route(wiring: Wiring, query: QueryParams, found: Answer) -> None:
    if not found.is_asked:
        return
    asked = parse(RouteAsked, query)
    found.features = [stop_feature(place_of(asked.start), "A"), stop_feature(place_of(asked.end), "B")]
    roads = _opened(wiring, asked, found)
    found.cautions = _cautions(wiring, roads, asked.start, asked.end)
    found.route = find_way(wiring, roads, asked)
    found.features = [route_feature(wiring, found.route), *found.features]


def _areas(wiring: Wiring, query: QueryParams, found: Answer) -> None:
    if not found.is_asked:
        return
    asked = parse(AreasAsked, query)
    roads = _opened(wiring, asked, found)
    found.cautions = _cautions(wiring, roads, asked.place)
    found.areas = draw_areas(wiring, roads, asked)
    found.features = area_features(wiring, found.areas)


def _nearest(wiring: Wiring, query: QueryParams, found: Answer) -> None:
    if not found.is_asked:
        return
    asked = parse(NearestAsked, query)
    roads = _opened(wiring, asked, found, kinds=asked.kinds)
    found.cautions = _cautions(wiring, roads, asked.place)
    found.near = list_near(wiring, roads, asked, found.units)
    found.features = [*near_features(wiring, found.near), stop_feature(place_of(asked.place), "")]


def _cover(wiring: Wiring, query: QueryParams, found: Answer) -> None:
    asked = parse(CoverAsked, query)
    roads = _opened(wiring, asked, found, kinds=asked.kinds)
    if not found.is_asked:
        return
    found.cover = find_cover(wiring, roads, asked, found.units)
    if found.cover is not None:
        gone = {one.code for one in found.cover.leaving}
        units = [Near(one, None) for one in found.cover.units]
        found.features = near_features(wiring, units)
        for one in found.features:
            one["properties"]["is_leaving"] = one["properties"]["code"] in gone


_ANSWERS: Mapping[str, Callable[[Wiring, QueryParams, Answer], None]] = {
    "route": _route,
    "areas": _areas,
    "nearest": _nearest,
    "cover": _cover,
}
