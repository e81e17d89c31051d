"""What sheltering is solved from: blocks of a zone with their people, shelters of the registers, ways out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from cases.rules.worktime import CalendarMissing
from emergency.rules.effects.results import as_area
from emergency.rules.exposure import present
from emergency.rules.inside import Area
from emergency.rules.resources import READINESS_NAMES, Resource, ShelterDetails
from emergency.rules.sheltering.allocating import Allocation
from emergency.rules.sheltering.blocks import Block, Way, WayCode
from emergency.rules.sheltering.shelters import Shelter
from emergency.rules.sheltering.streets import StreetLoad, on_foot_per_min, width_of
from gis_core.clock import city_time
from gis_core.errors import Refused
from gis_core.roads.closures import Closure, OpenRoads, open_roads
from gis_core.roads.leaving import open_outwards
from gis_core.roads.loads import StretchLoad, Trip, load_stretches
from gis_core.roads.matrices import measure_matrix
from gis_core.roads.network import RoadNetwork
from gis_core.roads.places import RoadPlaces, find_places
from web.sheltering_forms import ShelteringAsked
from web.wiring import Wiring

MOST_BLOCKS = 3_000
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Opened:
    """Roads of one way of going, and where blocks and shelters stand on them."""

    roads: OpenRoads
    starts: RoadPlaces
    ends: RoadPlaces

    def seconds(self) -> Floats:
        """From each block to each shelter."""
        return measure_matrix(self.roads, self.starts, self.ends)


@dataclass(frozen=True, slots=True)
class Ground:
    """The ways that people have out of a zone, with the roads that they go on."""

    ways: list[Way]
    roads: dict[WayCode, Opened]


class NobodyToMove(Refused):
    """No people are known in the zone."""

    code = "nobody_to_move"


class ZoneTooLarge(Refused):
    """More blocks than one plan takes."""

    code = "sheltering_zone_too_large"


def blocks_within(
    wiring: Wiring, zone: BaseGeometry, asked: ShelteringAsked, at: datetime
) -> tuple[tuple[Block, ...], tuple[BaseGeometry, ...]]:
    """Unit grids with people inside the zone and their parts within it; people shared out by area.

    :raises NobodyToMove, ZoneTooLarge: when there are none, or too many.
    """
    people = wiring.city_layers.layers().people
    if people is None:
        raise NobodyToMove("没有本市的人口数据，无法安排转移。请先导入建筑或人口。")
    presence = wiring.city_layers.data.presence
    moment = asked.moment
    if moment == "now":
        moment = presence.moment_of(at, is_working_day=_is_working_day(wiring, at))
    there = present(people, presence, moment)
    area = as_area(zone)
    rows, shares = Area.of(area).shares(people.shapes, people.bounds, people.areas_m2)
    counts = np.rint(there[rows] * shares).astype(int)
    chosen = np.flatnonzero(counts > 0)
    if not len(chosen):
        raise NobodyToMove("这个范围内没有登记的人口，无须转移。请检查范围。")
    if len(chosen) > MOST_BLOCKS:
        raise ZoneTooLarge(f"范围内有 {len(chosen)} 个网格，超过 {MOST_BLOCKS} 个。请分片安排。")
    names = dict(wiring.city_layers.layers().area_names)
    blocks, parts = [], []
    for n in chosen.tolist():
        row = int(rows[n])
        code = str(people.grids.names[people.grids.index[row]])
        blocks.append(Block(code, names.get(code, code), int(counts[n])))
        parts.append(shapely.intersection(people.shapes[row], area))
    return tuple(blocks), tuple(parts)


def shelter_of(one: Resource) -> Shelter:
    """A shelter of the registers as the solver takes it; one in repair or out of use says so."""
    details = one.details
    assert isinstance(details, ShelterDetails)
    ready = one.readiness in ("available", "on_duty")
    return Shelter(
        id=one.code,
        name=one.name,
        effective_area_m2=details.effective_area_m2,
        ground=None if one.point is None else shapely.Point(one.point.easting_m, one.point.northing_m),
        features=frozenset(details.features),
        stays=frozenset(details.stays),
        most_people=details.most_people,
        taken=details.taken,
        not_ready_why="" if ready else READINESS_NAMES[one.readiness],
        contact=one.contact.name,
    )


def ways_out(
    wiring: Wiring,
    *,
    asked: ShelteringAsked,
    zone: BaseGeometry,
    parts: Sequence[BaseGeometry],
    shelters: Sequence[Shelter],
    closures: Sequence[Closure],
    at: datetime,
) -> Ground:
    """Times of each way: out of the zone, never into it again; closures of the zone are left the same way."""
    around = [one for one in closures if one.ground is not None and one.ground.intersects(zone)]
    others = [one for one in closures if one not in around]
    ground = shapely.union_all([zone, *(one.ground for one in around if one.is_in_force(at))])
    starts = np.array([(p.x, p.y) for p in (part.representative_point() for part in parts)])
    ends = np.array(
        [(np.nan, np.nan) if one.ground is None else one.ground.coords[0] for one in shelters]
    ).reshape(-1, 2)
    kmh = wiring.roads.rules.on_foot.kmh

    def opened(network: RoadNetwork) -> Opened:
        roads = open_outwards(open_roads(network, others, at=at), ground)
        return Opened(roads, find_places(network, starts), find_places(network, ends))

    found = Ground([], {})
    if asked.go in ("on_foot", "both"):
        walked = found.roads["on_foot"] = opened(on_foot(wiring.roads.network, kmh))
        seconds = walked.seconds()
        found.ways.append(Way("on_foot", seconds, metres=seconds * kmh / 3.6))
    if asked.go in ("bus", "both"):
        driven = found.roads["bus"] = opened(wiring.roads.network)
        found.ways.append(Way("bus", driven.seconds(), seats=asked.seats))
    return found


def carried(
    wiring: Wiring,
    ground: "Ground",
    allocation: Allocation,
    blocks: Sequence[Block],
    shelters: Sequence[Shelter],
) -> list[StreetLoad]:
    """What each stretch has to carry when everybody takes the quickest way to the shelter they go to."""
    rules, seats = wiring.shelter_rules.streets, next((w.seats for w in ground.ways if w.seats), None) or 1
    rows = {one.id: n for n, one in enumerate(blocks)}
    columns = {one.id: n for n, one in enumerate(shelters)}
    by_way: dict[WayCode, dict[int, StretchLoad]] = {}
    ids: dict[WayCode, list[str]] = {}
    for way, opened in ground.roads.items():
        going = [one for one in allocation.assignments if one.way == way]
        trips = [Trip(rows[one.block_id], columns[one.shelter_id], one.people) for one in going]
        by_way[way] = load_stretches(opened.roads, opened.starts, opened.ends, trips)
        ids[way] = [one.block_id for one in going]
    network = wiring.roads.network
    found = []
    for stretch in sorted({n for loads in by_way.values() for n in loads}):
        here = {way: loads[stretch] for way, loads in by_way.items() if stretch in loads}
        width_m, is_assumed = width_of(float(network.widths_m[stretch]), network.ranks[stretch], rules)
        people = {way: load.people for way, load in here.items()}
        found.append(
            StreetLoad(
                name=network.names[stretch],
                width_m=width_m,
                is_width_assumed=is_assumed,
                on_foot=people.get("on_foot", 0),
                by_bus=people.get("bus", 0),
                on_foot_per_min=on_foot_per_min(width_m, rules),
                by_bus_per_min=rules.buses_per_min * seats,
                seconds=min(load.seconds for load in here.values()),
                blocks=frozenset(ids[way][n] for way, load in here.items() for n in load.trips or ()),
            )
        )
    return found


@lru_cache(maxsize=1)
def on_foot(network: RoadNetwork, kmh: float) -> RoadNetwork:
    """The network walked, made once for each network."""
    return network.on_foot(kmh)


def _is_working_day(wiring: Wiring, at: datetime) -> bool:
    on = city_time(at).date()
    try:
        return wiring.calendar.is_working_day(on)
    except CalendarMissing:
        return on.weekday() < 5
