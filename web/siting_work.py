"""Stations and stores sited over the city's people by travel time, within a time, told with the gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from emergency.resources.reading import list_resources
from emergency.rules.layers import PeopleLayer
from emergency.rules.resources import Resource
from emergency.rules.siting.candidates import gather, spread
from emergency.rules.siting.choosing import Choice, cover_all, cover_most, least_mean
from emergency.rules.siting.coverage import WithinLimit, report_coverage
from emergency.rules.siting.problems import BadSiting, DemandPoint, Site, Siting
from gis_core.errors import Refused
from gis_core.places import PlanePoint
from gis_core.roads.closures import OpenRoads
from gis_core.roads.matrices import measure_matrix
from gis_core.roads.places import RoadPlaces, find_places
from web.siting_forms import SitingAsked
from web.way_forms import RoadsAsked
from web.way_shapes import feature, places_of_text, spot
from web.way_work import roads_for
from web.wiring import Wiring

MOST_DEMAND = 1_500
Floats = NDArray[np.float64]


class NothingToSite(Refused):
    """Nobody is known who should be reached."""

    code = "nothing_to_site"


@dataclass(frozen=True, slots=True)
class SiteFound:
    """A place of the answer: one that stands (its resource's name) or a new one, with whom it serves."""

    id: str
    name: str
    point: PlanePoint
    is_kept: bool
    people: int
    farthest_min: float | None


@dataclass(frozen=True, slots=True)
class DemandFound:
    """A demand point with the minutes to the site that serves it; None where none is reached."""

    id: str
    point: PlanePoint
    people: int
    minutes: float | None


@dataclass(frozen=True, slots=True)
class SitingFound:
    """An answer with what it was made from; `before` is the cover of what stands, None when nothing does."""

    asked: SitingAsked
    sites: tuple[SiteFound, ...]
    demand: tuple[DemandFound, ...]
    choice: Choice
    after: WithinLimit
    before: WithinLimit | None
    candidates: int
    off_roads_people: int
    square_m: float
    is_synthetic: bool

    @property
    def mean_min(self) -> float | None:
        """Mean minutes of the people served."""
        seconds = self.choice.mean_distance
        return None if seconds is None else seconds / 60


def site(wiring: Wiring, asked: SitingAsked) -> SitingFound:
    """The answer, as it was worked out for the same question a moment ago, else now.

    :raises NothingToSite, BadSiting, CannotSite, BadPlace, BadRoadData.
    """
    people = wiring.city_layers.layers().people
    with wiring.sessions() as session:
        roads = roads_for(wiring, session, RoadsAsked(profile=asked.profile, at=None, incident_no=""))
        standing = [one for one in list_resources(session, (asked.kind,)) if one.point is not None]
        version = wiring.known_closures.standing(session).version
    if people is None or not float(people.residents.sum()) > 0:
        raise NothingToSite("没有本市的人口数据，无从选址。请先导入建筑或人口。")
    stand = ";".join(f"{one.code}@{one.point}" for one in standing)
    key = f"{asked.model_dump_json()}|{roads.network.version}|{version}|{id(people)}|{stand}"
    return wiring.sitings.find(key, lambda: _solve(wiring, asked, roads, people, standing))


def _solve(  # what one question is made of
    wiring: Wiring, asked: SitingAsked, roads: OpenRoads, people: PeopleLayer, standing: Sequence[Resource]
) -> SitingFound:
    points, weights, names, off_people, square_m = _demand(roads, people)
    kept = [one for one in standing if asked.keep]
    new = _candidates(wiring, asked, points, weights)
    kept_at = [one.point for one in kept if one.point is not None]
    where = np.vstack([_rows(kept_at), new]) if kept_at else new
    demand = [DemandPoint(name, float(weight)) for name, weight in zip(names, weights, strict=True)]
    sites = [
        *(Site(one.code, is_kept=True) for one in kept), *(Site(f"N{n + 1}") for n in range(len(new))),
    ]  # fmt: skip
    times = _minutes(roads, where, points)
    siting = Siting(demand, sites, times * 60)
    choice = _choose(asked, siting, len(kept))
    limit_s = asked.minutes * 60
    chosen = [n for n, one in enumerate(sites) if one.id in choice.site_ids]
    columns = np.array(chosen, dtype=np.int64)
    after = _cover(siting, columns, limit_s)
    served: dict[str, list[tuple[float, float]]] = {}
    minutes: list[float | None] = []
    for service, weight in zip(choice.services, choice.weights, strict=True):
        minutes.append(None if service.distance is None else service.distance / 60)
        if service.site_id is not None and service.distance is not None:
            served.setdefault(service.site_id, []).append((weight, service.distance / 60))
    called = {one.code: one.name for one in kept}
    found = tuple(
        SiteFound(
            sites[n].id,
            called.get(sites[n].id, ""),
            PlanePoint(*where[n].tolist()),
            sites[n].is_kept,
            round(sum(weight for weight, _ in served.get(sites[n].id, []))),
            max((one for _, one in served.get(sites[n].id, [])), default=None),
        )
        for n in chosen
    )
    rows = zip(names, points.tolist(), weights.tolist(), minutes, strict=True)
    return SitingFound(
        asked=asked,
        sites=found,
        demand=tuple(DemandFound(a, PlanePoint(*b), round(c), d) for a, b, c, d in rows),
        choice=choice,
        after=after,
        before=_cover(siting, np.arange(len(kept)), limit_s) if kept else None,
        candidates=len(new),
        off_roads_people=off_people,
        square_m=square_m,
        is_synthetic=people.facts.is_synthetic,
    )


def _demand(roads: OpenRoads, people: PeopleLayer) -> tuple[Floats, Floats, list[str], int, float]:
    """Points with people that stand on the roads, few enough to be solved, and how many people are off."""
    lived = np.flatnonzero(people.residents > 0)
    middles = shapely.point_on_surface(people.shapes[lived])
    points, weights = shapely.get_coordinates(middles), people.residents[lived]
    is_on = find_places(roads.network, points).stretches >= 0
    off = round(float(weights[~is_on].sum()))
    points, weights, lived = points[is_on], weights[is_on], lived[is_on]
    if not len(points):
        raise NothingToSite("有人的网格都离道路过远，无从选址。请检查街道数据。")
    chosen, gathered, square_m = gather(points, weights, MOST_DEMAND)
    names = [str(people.grids.names[people.grids.index[n]]) for n in lived[chosen].tolist()]
    return points[chosen], gathered, names, off, square_m


def _candidates(wiring: Wiring, asked: SitingAsked, points: Floats, weights: Floats) -> Floats:
    """Places that were named, else points of the demand spread over the city."""
    if not asked.places.strip():
        return points[spread(points, weights, asked.candidates)]
    named = [wiring.plane.to_plane(one) for one in places_of_text(asked.places)]
    if not named:
        raise BadSiting("没有需求点或候选点，无从选址。请先选定范围。")
    return _rows(named)


def _choose(asked: SitingAsked, siting: Siting, kept: int) -> Choice:
    if asked.model == "cover_all":
        return cover_all(siting, asked.minutes * 60, time_limit_s=asked.search_s)
    sites = kept + asked.more
    if asked.model == "cover_most":
        return cover_most(siting, asked.minutes * 60, sites, time_limit_s=asked.search_s)
    return least_mean(siting, sites, time_limit_s=asked.search_s)


def _cover(siting: Siting, columns: NDArray[np.int64], limit_s: float) -> WithinLimit:
    some = Siting(siting.demand, [siting.sites[n] for n in columns.tolist()], siting.distances[:, columns])
    return report_coverage(some, [limit_s]).limits[0]


def _minutes(roads: OpenRoads, sites: Floats, points: Floats) -> Floats:
    """Minutes from each site (columns) to each demand point (rows)."""
    sides: list[RoadPlaces] = [find_places(roads.network, one) for one in (sites, points)]
    return measure_matrix(roads, *sides).T / 60


def _rows(points: Sequence[PlanePoint]) -> Floats:
    return np.array([(one.easting_m, one.northing_m) for one in points], dtype=np.float64).reshape(-1, 2)


def features_of(found: SitingFound, wiring: Wiring) -> list[dict[str, Any]]:
    """Demand as dots, reached in time or not, and sites."""
    plane, limit = wiring.plane, found.asked.minutes
    dots = [
        feature(spot(one.point), plane, {
            "role": "demand", "code": one.id, "people": one.people,
            "minutes": None if one.minutes is None else round(one.minutes, 1),
            "is_covered": one.minutes is not None and one.minutes <= limit,
        })
        for one in found.demand
    ]  # fmt: skip
    sites = [
        feature(spot(one.point), plane, {
            "role": "site", "code": one.id, "name": one.name, "people": one.people, "is_kept": one.is_kept,
            "colour": "#1f5fa8" if one.is_kept else "#6a3fa0", "label": one.name or one.id,
        })
        for one in found.sites
    ]  # fmt: skip
    return [*dots, *sites]


def sheet_rows(found: SitingFound, wiring: Wiring) -> list[list[str]]:
    """Sites, then every demand point with its minutes."""
    rows = [["站点", "名称", "经度", "纬度", "现有", "服务人口", "最远分钟"]]
    for one in found.sites:
        place = wiring.plane.to_lonlat(one.point)
        far = "" if one.farthest_min is None else f"{one.farthest_min:.1f}"
        rows.append([
            one.id, one.name, f"{place.lon_deg:.6f}", f"{place.lat_deg:.6f}", "是" if one.is_kept else "否",
            str(one.people), far,
        ])  # fmt: skip
    rows.append(["需求点", "", "", "", "", "人口", "分钟"])
    for point in found.demand:
        minutes = "" if point.minutes is None else f"{point.minutes:.1f}"
        rows.append([point.id, "", "", "", "", str(point.people), minutes])
    return rows
