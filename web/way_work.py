"""Roads for pages and the API: from what is asked to routes, areas, times and who is soonest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from emergency.resources.reading import list_resources
from emergency.rules.closing import ENTRY_NAMES, STANDING_NAMES
from emergency.rules.resources import KIND_NAMES, READINESS_NAMES, Resource, ResourceKind
from emergency.ways.reading import SavedClosure
from gis_core.errors import BadInput
from gis_core.places import LonLat
from gis_core.roads.closures import OpenRoads
from gis_core.roads.cover import CoverChange, Demand, compare_cover
from gis_core.roads.isochrones import Isochrone, draw_isochrones
from gis_core.roads.matrices import measure_matrix
from gis_core.roads.nearest import Resources, list_nearest
from gis_core.roads.network import RoadNetwork
from gis_core.roads.places import RoadPlace, find_place, find_places
from gis_core.roads.routes import Route, find_route
from gis_core.roads.timed import find_timed_route
from gis_core.roads.wording import say_seconds
from web.resource_work import COLOURS, MARKS
from web.way_forms import (
    MOST_MATRIX,
    AreasAsked,
    CoverAsked,
    MatrixAsked,
    NearestAsked,
    RoadsAsked,
    RouteAsked,
)
from web.way_shapes import feature, place_of, places_of_text, spot
from web.wiring import Wiring

AREA_COLOURS = ("#1f5fa8", "#2b8a57", "#c79a00", "#d9660f", "#a3161c", "#6a3fa0", "#5b6874", "#5b6874")
"""From the shortest time to the longest; each has its minutes beside it too."""


class TooManyPlaces(BadInput):
    """More places than one question may name."""

    code = "too_many_road_places"


@dataclass(frozen=True, slots=True)
class Near:
    """A resource with how long it takes to the place that was asked about; None where it has no way."""

    resource: Resource
    seconds: float | None

    @property
    def words(self) -> str:
        """The time as people say it."""
        return "" if self.seconds is None else say_seconds(self.seconds)


@dataclass(frozen=True, slots=True)
class CoverFound:
    """Who covers whom before and after some units leave; `units` are all that were counted."""

    units: tuple[Resource, ...]
    leaving: tuple[Resource, ...]
    change: CoverChange
    lost: tuple[tuple[str, int], ...]


def roads_for(wiring: Wiring, session: Session, asked: RoadsAsked) -> OpenRoads:
    """The roads open to who asks: one statement, two when closures have changed."""
    return wiring.known_closures.open(
        session,
        wiring.roads.network,
        profile=asked.profile,
        at=asked.at or wiring.clock.now(),
        incident_no=asked.incident_no or None,
    )


def find_way(wiring: Wiring, roads: OpenRoads, asked: RouteAsked) -> Route:
    """The quickest way. Raises BadPlace, OffRoads, NoRoute."""
    start, end = (road_place(wiring, roads, one) for one in (asked.start, asked.end))
    if asked.wait:
        return find_timed_route(roads, start, end)
    return find_route(roads, start, end)


def road_place(wiring: Wiring, roads: OpenRoads, typed: str) -> RoadPlace:
    """Where something typed in stands on the roads. Raises BadPlace, OffRoads."""
    return find_place(
        roads, wiring.plane.to_plane(place_of(typed)),
        farthest_m=wiring.roads.rules.farthest_from_road_m.value,
    )  # fmt: skip


def draw_areas(wiring: Wiring, roads: OpenRoads, asked: AreasAsked) -> tuple[Isochrone, ...]:
    """Areas of some minutes. Raises BadPlace, OffRoads, BadBudget."""
    place = road_place(wiring, roads, asked.place)
    budgets = [one * 60 for one in asked.minutes]
    return draw_isochrones(roads, [place], budgets, towards=asked.direction == "towards")


def list_near(
    wiring: Wiring, roads: OpenRoads, asked: NearestAsked, known: Sequence[Resource]
) -> tuple[Near, ...]:
    """The soonest of the resources that have a place, the soonest first; those without a way are last."""
    placed = _placed(known)
    incident = road_place(wiring, roads, asked.place)
    if not placed:
        return ()
    by_code = {one.code: one for one in placed}
    points = [one.point for one in placed if one.point is not None]
    found = list_nearest(roads, incident, Resources.at(roads, list(by_code), points), asked.count)
    arrived = [Near(by_code[one.key], one.seconds) for one in found.arrivals]
    return (*arrived, *(Near(by_code[key], None) for key in found.unreachable))


def resources_asked(
    session: Session, kinds: Sequence[ResourceKind], *, every: bool = False
) -> tuple[Resource, ...]:
    """Resources of some kinds; those that are not available only when asked."""
    found = list_resources(session, kinds)
    return tuple(one for one in found if every or one.readiness == "available")


def measure(wiring: Wiring, roads: OpenRoads, asked: MatrixAsked) -> dict[str, Any]:
    """Seconds between places, null where there is no way. Raises BadPlace, TooManyPlaces."""
    sides = [places_of_text(one) for one in (asked.origins, asked.places)]
    if not all(0 < len(side) <= MOST_MATRIX for side in sides):
        raise TooManyPlaces(f"起点和终点各须 1 至 {MOST_MATRIX} 处，以分号隔开。请分批查询。")
    rows, columns = (find_places(roads.network, _points(wiring, side)) for side in sides)
    seconds = measure_matrix(roads, rows, columns)
    return {
        "seconds": [[round(one, 1) if np.isfinite(one) else None for one in row] for row in seconds.tolist()],
        "off_roads": {
            "origins": np.flatnonzero(rows.stretches < 0).tolist(),
            "places": np.flatnonzero(columns.stretches < 0).tolist(),
        },
    }


def find_cover(
    wiring: Wiring, roads: OpenRoads, asked: CoverAsked, known: Sequence[Resource]
) -> CoverFound | None:
    """What is covered still when units leave; None where nobody can be counted or nothing stands."""
    people, units = wiring.city_layers.layers().people, _placed(known)
    if people is None or not units:
        return None
    middles = np.array([(one.x, one.y) for one in map(_middle, people.shapes)])
    demand = Demand.at(roads, middles, people.residents)
    points = [one.point for one in units if one.point is not None]
    resources = Resources.at(roads, [one.code for one in units], points)
    leaving = np.array([one.code in asked.leaving for one in units], dtype=bool)
    change = compare_cover(roads, resources, leaving, demand, [one * 60 for one in asked.minutes])
    lost = np.unique(np.concatenate([one.lost for one in change.covers]))
    grids = people.grids
    named = [(str(grids.names[grids.index[n]]), round(float(people.residents[n]))) for n in lost.tolist()]
    gone = tuple(one for one in units if one.code in asked.leaving)
    return CoverFound(units, gone, change, tuple(sorted(named, key=lambda row: -row[1])))


def notes_of(network: RoadNetwork) -> list[str]:
    """What a reader must know of the times: how sure speeds are, what the network leaves out."""
    said = []
    status = network.speeds.weakest_status if network.speeds else "assumed"
    if status != "sourced":
        said.append(
            "车速是各等级道路的假定值或凭记忆引用的设计速度，待核；不含拥堵、信号灯和天气，时间只是下限。"
        )
    said.append("不含单行和转弯限制：街道数据没有这些内容。")
    if network.report.is_synthetic:
        said.append("道路为示意数据，不能用于真实行车。")
    if network.cut_off:
        said.append(f"有 {len(network.cut_off)} 处道路与主路网不连通。")
    return said


def closure_features(wiring: Wiring, closures: Sequence[SavedClosure], at: datetime) -> list[dict[str, Any]]:
    """Closures as the map and other systems take them."""
    return [feature(one.said.shape, wiring.plane, closure_told(one, at), key=one.key) for one in closures]


def closure_told(one: SavedClosure, at: datetime) -> dict[str, Any]:
    """A closure as properties of a feature."""
    standing = one.standing(at)
    return {
        "role": "closure",
        "key": one.key,
        "name": one.said.name,
        "label": one.said.name,
        "why": one.said.why,
        "standing": standing,
        "standing_name": STANDING_NAMES[standing],
        "begins_at": one.said.begins_at.isoformat(),
        "ends_at": one.said.ends_at and one.said.ends_at.isoformat(),
        "lifted_at": one.lifted_at and one.lifted_at.isoformat(),
        "may_enter": list(one.said.may_enter),
        "may_enter_names": [ENTRY_NAMES[name] for name in one.said.may_enter],
        "incident_no": one.incident_no,
        "is_drill": one.is_drill,
        "revision": one.revision,
    }


def route_feature(wiring: Wiring, route: Route) -> dict[str, Any]:
    """A route as a line with its steps."""
    told = {
        "role": "route",
        "seconds": round(route.seconds, 1),
        "wait_s": round(route.wait_s, 1),
        "length_m": round(route.length_m),
        "steps": [
            {
                "words": step.words,
                "name": step.name,
                "length_m": round(step.length_m),
                "seconds": round(step.seconds, 1),
                "at": _lonlat(wiring.plane.to_lonlat(step.at)),
            }
            for step in route.steps
        ],
    }
    return feature(route.line, wiring.plane, told)


def area_features(wiring: Wiring, areas: Sequence[Isochrone]) -> list[dict[str, Any]]:
    """Areas as zones, the widest first so that the nearest lies on top."""
    found = []
    for n, one in reversed(list(enumerate(areas))):
        minutes = one.budget_s / 60
        told = {
            "role": "zone",
            "minutes": minutes,
            "seconds": one.budget_s,
            "road_m": round(one.road_m),
            "name": f"{minutes:g} 分钟",
            "colour": AREA_COLOURS[n],
        }
        found.append(feature(one.area, wiring.plane, told))
    return found


def near_features(wiring: Wiring, near: Sequence[Near]) -> list[dict[str, Any]]:
    """Resources where they stand, with how soon they come."""
    return [
        feature(spot(one.resource.point), wiring.plane, near_told(one, rank), key=one.resource.code)
        for rank, one in enumerate(near, start=1)
        if one.resource.point is not None
    ]


def near_told(one: Near, rank: int) -> dict[str, Any]:
    """A resource and its time as properties of a feature."""
    known = one.resource
    return {
        "role": "resource",
        "code": known.code,
        "kind": known.kind,
        "kind_name": KIND_NAMES[known.kind],
        "name": known.name,
        "organisation_code": known.organisation_code,
        "mark": MARKS[known.kind],
        "colour": COLOURS[known.kind],
        "is_ready": known.readiness in ("available", "on_duty"),
        "readiness": known.readiness,
        "readiness_name": READINESS_NAMES[known.readiness],
        "rank": rank,
        "seconds": None if one.seconds is None else round(one.seconds, 1),
        "label": f"{rank} {one.words}" if one.words else "",
        "is_synthetic": known.is_synthetic,
    }


def stop_feature(place: LonLat, letter: str) -> dict[str, Any]:
    """A place that somebody asked about, with the letter that stands for it."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": _lonlat(place)},
        "properties": {"role": "stop", "letter": letter},
    }


def place_told(place: RoadPlace) -> Mapping[str, Any]:
    """What is to be known of a place on the roads."""
    return {
        "beside_m": round(place.beside_m),
        "is_cut_off": place.is_cut_off,
        "inside": [one.key for one in place.inside],
        "words": place.words,
    }


def _placed(known: Sequence[Resource]) -> tuple[Resource, ...]:
    return tuple(one for one in known if one.point is not None)


def _points(wiring: Wiring, places: Sequence[LonLat]) -> Any:
    found = [wiring.plane.to_plane(one) for one in places]
    return np.array([(one.easting_m, one.northing_m) for one in found])


def _middle(area: Any) -> Any:
    return area.representative_point()


def _lonlat(place: LonLat) -> list[float]:
    return [round(place.lon_deg, 6), round(place.lat_deg, 6)]
