"""The city's layers for exposure, out of the database: built once a version of its data, kept in the process.

People come as an estimate after the floor of buildings by unit grid; every factor of it is assumed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import sqrt
from threading import Lock

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from emergency.effect_data import EffectData, FloorFile
from emergency.heights.reading import find_in_force, read_around
from emergency.resource_layers import Placed, placed_resources, shelter_layer
from emergency.resources.reading import get_version
from emergency.rules.layers import (
    ComponentLayer,
    LayerFacts,
    Layers,
    PeopleLayer,
    PlaceKind,
    PlaceLayer,
    RoadLayer,
)
from emergency.rules.sheltering.shelters import Standard, Stay
from emergency.shelter_standards import load_shelter_rules
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import Refused
from gis_core.places import PlanePoint
from gis_core.terrain import Terrain
from grid.city import City
from grid.sample_city.terrain import draw_terrain
from grid.standing import (
    ComponentColumns,
    DrawnFrom,
    GridFloor,
    NamedPlace,
    StandingVersion,
    StreetLine,
    find_river,
    get_drawn_from,
    get_standing_version,
    list_grid_floors,
    list_places_of,
    list_street_lines,
    list_subdistrict_names,
    read_component_columns,
)

SUBDISTRICT = 9
MOST_CELLS_AROUND = 4_000_000
"""What a flood is worked out on at once: 10 km at 5 m, a second at most."""
SHELTER_STAY: Stay = "short"
"""Places of shelters are counted for a short stay: most people who are moved stay for days (assumed)."""
PEOPLE_SOURCE = "按建筑面积和土地用途估算，系数为假定"


class NoTerrain(Refused):
    """There are no heights of this city."""

    code = "no_terrain"


class NoRiver(Refused):
    """No water lies near the place."""

    code = "no_river_near"


@dataclass(slots=True)
class CityLayers:
    """Knows the layers of this process's city; safe to share between threads."""

    sessions: Sessions
    city: City
    plane: PlaneSystem
    data: EffectData
    draw: Callable[[City, int], Terrain] = draw_terrain
    _lock: Lock = field(default_factory=Lock)
    _version: StandingVersion | None = None
    _registers: int | None = None
    _standard: Standard | None = None
    _layers: Layers = field(default_factory=Layers)
    _terrain: tuple[DrawnFrom, Terrain] | None = None

    def layers(self) -> Layers:
        """The layers of the newest version of the data; what did not change is not read again."""
        with self._lock, self.sessions() as session:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            version, before = get_standing_version(session), self._version
            registers = get_version(session)
            if version != before or registers != self._registers:
                self._layers = self._read(session, version, before)
                self._version, self._registers = version, registers
            return self._layers

    def terrain_around(self, place: PlanePoint, around_m: float) -> Terrain:
        """Heights around a place: those that were brought in, or else the sample city's.

        Fine heights are taken from a smaller piece of ground, at most `MOST_CELLS_AROUND`.

        :raises NoTerrain: for a surveyed city, whose heights nobody has brought in.
        :raises OffTerrain: where there are none.
        """
        with self.sessions() as session:
            version = find_in_force(session)
            if version is not None:
                half_m = min(around_m, sqrt(MOST_CELLS_AROUND) / 2 * version.cell_m)
                return read_around(session, version, self.plane, _box_around(place, half_m))
            drawn = get_drawn_from(session)
        if drawn is None or drawn.city != self.city.code:
            raise NoTerrain("没有本市的高程数据，不能按水位推算淹没。请由数据员导入高程，或改用手绘范围。")
        return self._drawn_terrain(drawn).window(*_box_around(place, around_m))

    def _drawn_terrain(self, drawn: DrawnFrom) -> Terrain:
        """The sample city's heights, drawn once a process."""
        with self._lock:
            if self._terrain is None or self._terrain[0] != drawn:
                self._terrain = drawn, self.draw(self.city, drawn.seed)
            return self._terrain[1]

    def river_near(self, place: PlanePoint) -> BaseGeometry:
        """The nearest water of the map.

        :raises NoRiver: when there is none near.
        """
        with self.sessions() as session:
            found = find_river(session, place, srid=self.plane.srid)
        if found is None:
            raise NoRiver("附近的地图上没有河道。请改为从事发地点（溃口）起算。")
        return found

    def _read(self, session: Session, version: StandingVersion, before: StandingVersion | None) -> Layers:
        old = self._layers
        is_new_ground = before is None or (version.frame, version.ground) != (before.frame, before.ground)
        people, roads, names = old.people, old.roads, old.area_names
        if is_new_ground:
            floors = list_grid_floors(session)
            people = people_layer(floors, self.data.floors)
            roads = road_layer(list_street_lines(session))
            subdistricts = list_subdistrict_names(session)
            names = (*subdistricts, *((one.code, one.name) for one in floors if one.name))
        columns = read_component_columns(session)
        self._standard = self._standard or load_shelter_rules(self.city).get_standard(SHELTER_STAY)
        places, words = self.data.places, self.data.places.hazard_types
        named = list_places_of(session, places.hazards)
        return Layers(
            people=people,
            components=component_layer(columns),
            targets=place_layer(
                "targets",
                [*map(Placed, list_places_of(session, places.targets)), *placed_resources(session, "target")],
            ),
            hazards=place_layer(
                "hazards",
                [
                    *map(Placed, [*named, *hazardous(columns, words)]),
                    *placed_resources(session, "hazard_source"),
                ],
            ),
            shelters=shelter_layer(session, self._standard),
            roads=roads,
            area_names=names,
        )


def _box_around(place: PlanePoint, half_m: float) -> tuple[float, float, float, float]:
    east, north = place.easting_m, place.northing_m
    return east - half_m, north - half_m, east + half_m, north + half_m


def people_layer(floors: Sequence[GridFloor], factors: FloorFile) -> PeopleLayer | None:
    """People by unit grid after the floor in it; None where the city has no grids or no buildings."""
    if not any(one.floor_m2 > 0 for one in floors):
        return None
    residents, workers = [], []
    for one in floors:
        use = factors.uses.get(one.land_use)
        residents.append(one.floor_m2 / use.m2_per_resident if use and use.m2_per_resident else 0.0)
        workers.append(one.floor_m2 / use.m2_per_worker if use and use.m2_per_worker else 0.0)
    facts = LayerFacts(
        name="人口", source=PEOPLE_SOURCE, is_synthetic=any(one.is_synthetic for one in floors)
    )
    return PeopleLayer.of(
        facts,
        np.array([one.shape for one in floors], dtype=object),
        np.array(residents),
        workers=np.array(workers),
        land_uses=[one.land_use for one in floors],
        subdistricts=[one.code[:SUBDISTRICT] for one in floors],
        grids=[one.code for one in floors],
        are_estimated=np.ones(len(floors), dtype=bool),
    )


def component_layer(columns: ComponentColumns) -> ComponentLayer:
    """Components by the code of their type."""
    return ComponentLayer.of(
        LayerFacts(name="部件", source="部件普查库", on=columns.on, is_synthetic=columns.is_synthetic),
        np.column_stack([columns.eastings_m, columns.northings_m]).reshape(-1, 2),
        classes=columns.type_codes,
        subdistricts=[code[:SUBDISTRICT] for code in columns.grid_codes],
        grids=columns.grid_codes,
    )


def place_layer(kind: PlaceKind, placed: Sequence[Placed]) -> PlaceLayer:
    """Places one by one, in the category that they have; those of the registers beside the gazetteer's."""
    places = [one.place for one in placed]
    names = {"targets": "防护目标", "hazards": "危险源", "shelters": "避难场所"}
    facts = LayerFacts(
        name=names[kind],
        source="地名地址库与部件普查库，按类别归类（假定）；应急资源登记册",
        is_synthetic=any(one.is_synthetic for one in places),
    )
    return PlaceLayer.of(
        kind,
        facts,
        np.array([one.shape for one in places], dtype=object),
        codes=[one.code for one in places],
        names=[one.name for one in places],
        sorts=[one.category for one in places],
        subdistricts=[one.grid_code[:SUBDISTRICT] for one in places],
        grids=[one.grid_code for one in places],
        amounts=np.array([one.amount for one in placed], dtype=np.float64),
    )


def hazardous(columns: ComponentColumns, words: Sequence[str]) -> list[NamedPlace]:
    """Components whose name says that they may harm by themselves."""
    rows = zip(
        columns.codes, columns.names, columns.grid_codes, columns.eastings_m, columns.northings_m, strict=True
    )
    return [
        NamedPlace(code, f"{name} {code[-6:]}", "component", shapely.Point(east, north), grid, False)
        for code, name, grid, east, north in rows
        if any(word in name for word in words)
    ]


def road_layer(lines: Sequence[StreetLine]) -> RoadLayer | None:
    """Streets; None where there are none."""
    if not lines:
        return None
    facts = LayerFacts(
        name="道路", source="地图道路", on=None, is_synthetic=any(one.is_synthetic for one in lines)
    )
    shapes = np.array([one.shape for one in lines], dtype=object)
    return RoadLayer.of(facts, shapes, codes=[o.code for o in lines], names=[o.name for o in lines])
