"""The city's layers for exposure, out of the drawn city's corner: floor by unit grid, components, streets."""

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from shapely import box
from sqlalchemy import Engine, text

from emergency.city_layers import CityLayers, NoRiver, NoTerrain, people_layer
from emergency.effect_data import load_effect_data
from emergency.resources.operations import Resources
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions, open_sessions
from gis_core.places import PlanePoint
from gis_core.terrain import Terrain
from grid.city import City
from grid.frame import bump
from grid.seed import seed
from grid.standing import list_grid_floors
from tests import databases
from tests.case_city import COMMUNITY, FRIDAY_MORNING, JINGER_ROAD, baoji
from tests.databases import Databases
from tests.face_city import ADD_GRID, IN_FORCE
from tests.resource_city import OFFICER, register, resource
from web.effect_forms import EffectSent, effect_of

PLANE = PlaneSystem(baoji().plane_crs)
MIDDLE = PLANE.to_plane(JINGER_ROAD)
DATA = load_effect_data(baoji())
GROUND = text("""
    INSERT INTO grid.ground (kind, rank, geom, is_synthetic)
    VALUES (:kind, :rank, ST_GeomFromWKB(:wkb, :srid), true)
""")
STREET = text("""
    INSERT INTO grid.street (name, rank, width_m, geom, is_synthetic)
    VALUES ('经二路', 'arterial', 20, ST_SetSRID(ST_MakeLine(ST_MakePoint(:west, :north),
        ST_MakePoint(:east, :north)), :srid), true)
""")


def add_ground(engine: Engine, kind: str, rank: int, side_m: float, *, east_m: float = 0.0) -> None:
    at = MIDDLE.easting_m + east_m, MIDDLE.northing_m
    shape = box(at[0], at[1], at[0] + side_m, at[1] + side_m).wkb
    with engine.begin() as connection:
        connection.execute(GROUND, {"kind": kind, "rank": rank, "wkb": shape, "srid": PLANE.srid})


@pytest.fixture
def corner(city_databases: Databases, worker_id: str) -> Iterator[Engine]:
    """Two unit grids of 100 m, beside each other, in a database of their own."""
    template = city_databases.template("migrated", databases.fill_migrated)
    with city_databases.clone(template, f"effect_layers_{worker_id}") as engine:
        with open_sessions(engine).begin() as session:
            for n, east in enumerate((MIDDLE.easting_m, MIDDLE.easting_m + 100)):
                shape = box(east, MIDDLE.northing_m, east + 100, MIDDLE.northing_m + 100).wkb
                values = {"code": f"{COMMUNITY}{n + 1:03d}", "shape": shape, "srid": PLANE.srid}
                session.execute(ADD_GRID, values | {"on": IN_FORCE})
            session.execute(text("UPDATE grid.unit_grid SET land_use = 'residential'"))
            bump(session)
        yield engine


@pytest.fixture
def sessions(corner: Engine) -> Sessions:
    return open_sessions(corner)


@pytest.fixture
def city(sessions: Sessions) -> CityLayers:
    return CityLayers(sessions, baoji(), PLANE, DATA)


def test_people_are_the_floor_of_the_grid_over_the_floor_of_one(corner: Engine, city: CityLayers) -> None:
    add_ground(corner, "building", 5, 20)
    people = city.layers().people
    assert people
    assert people.residents.tolist() == pytest.approx([400 * 5 / 40, 0])
    assert people.are_estimated.all()


def test_a_building_without_storeys_has_one(corner: Engine, sessions: Sessions) -> None:
    add_ground(corner, "building", 0, 20, east_m=110)
    with sessions() as session:
        floors = list_grid_floors(session)
    assert [round(one.floor_m2) for one in floors] == [0, 400]


def test_only_buildings_hold_people(corner: Engine, city: CityLayers) -> None:
    add_ground(corner, "green", 3, 20)
    assert city.layers().people is None


def test_a_land_use_without_factors_counts_nobody(corner: Engine, sessions: Sessions) -> None:
    add_ground(corner, "building", 2, 20)
    with sessions() as session:
        floors = [replace(one, land_use="moon") for one in list_grid_floors(session)]
    people = people_layer(floors, DATA.floors)
    assert people
    assert people.residents.sum() == 0


def test_every_factor_says_that_it_is_assumed() -> None:
    assert {one.status for one in DATA.floors.uses.values()} == {"assumed"}


def test_layers_are_read_once_and_again_when_the_ground_changes(corner: Engine, city: CityLayers) -> None:
    first = city.layers()
    assert city.layers() is first
    add_ground(corner, "building", 2, 20)
    assert city.layers().people is not None


def test_streets_come_as_roads_and_none_as_not_given(corner: Engine, city: CityLayers) -> None:
    assert city.layers().roads is None
    ends = {"west": MIDDLE.easting_m, "east": MIDDLE.easting_m + 200, "north": MIDDLE.northing_m}
    with corner.begin() as connection:
        connection.execute(STREET, ends | {"srid": PLANE.srid})
    roads = city.layers().roads
    assert roads
    assert roads.names.tolist() == ["经二路"]


def test_a_city_that_was_not_drawn_has_no_heights(city: CityLayers) -> None:
    with pytest.raises(NoTerrain, match="没有本市的高程数据"):
        city.terrain_around(MIDDLE, 1_000.0)


def valley(_city: City, _seed: int) -> Terrain:
    """Heights of 600 m, and of 590 m in a trench of 100 m around the middle's easting."""
    heights = np.full((100, 100), 600.0, dtype=np.float32)
    heights[:, 45:55] = 590.0
    west, north = MIDDLE.easting_m - 500, MIDDLE.northing_m + 500
    return Terrain(
        heights_m=heights,
        west_m=west,
        north_m=north,
        cell_m=10,
        plane=PLANE,
        source="示意",
        is_synthetic=True,
    )


def test_a_drawn_city_is_flooded_from_the_breach_and_said_to_be_a_sample(
    corner: Engine, sessions: Sessions
) -> None:
    facts = json.dumps({"city": baoji().code, "seed": 1, "is_synthetic": True})
    with corner.begin() as connection:
        connection.execute(text("UPDATE grid.frame_version SET facts = CAST(:f AS jsonb)"), {"f": facts})
    city = CityLayers(sessions, baoji(), PLANE, DATA, draw=valley)
    effect = effect_of(EffectSent(model="flood", seed="breach"), JINGER_ROAD, city, FRIDAY_MORNING)
    wet = sum(zone.area_m2 for zone in effect.zones)
    assert (wet, "示意数据" in " ".join(effect.warnings)) == (100 * 1000, True)


def test_the_river_is_the_nearest_water(corner: Engine, city: CityLayers) -> None:
    at = PlanePoint(MIDDLE.easting_m, MIDDLE.northing_m)
    with pytest.raises(NoRiver):
        city.river_near(at)
    add_ground(corner, "river", 1, 50, east_m=500)
    add_ground(corner, "river", 1, 50, east_m=900)
    assert city.river_near(at).bounds[0] == pytest.approx(MIDDLE.easting_m + 500)


@pytest.fixture
def registers(corner: Engine, sessions: Sessions) -> Resources:
    seed(sessions, baoji(), FRIDAY_MORNING)
    return Resources(sessions, PLANE)


def test_a_city_without_registered_shelters_says_that_it_has_no_such_layer(city: CityLayers) -> None:
    assert city.layers().shelters is None


def test_a_registered_shelter_is_reckoned_with_as_soon_as_it_is_registered(
    registers: Resources, city: CityLayers
) -> None:
    before = city.layers().shelters
    register(registers, resource(point=PlanePoint(MIDDLE.easting_m + 50, MIDDLE.northing_m + 50)))
    found = city.layers().shelters
    assert before is None
    assert found
    assert (found.amounts.tolist(), found.grids.at(0)) == ([1500.0], f"{COMMUNITY}001")


def test_a_shelter_under_repair_has_no_places_to_lose(registers: Resources, city: CityLayers) -> None:
    register(registers, resource("BN-1", readiness="repair"), resource("BN-2", readiness="out_of_use"))
    found = city.layers().shelters
    assert found
    assert (found.codes.tolist(), found.amounts.tolist()) == (["BN-1"], [0.0])


def test_a_removed_shelter_is_no_longer_lost(registers: Resources, city: CityLayers) -> None:
    register(registers, resource())
    city.layers()
    registers.remove("BN-1", reason="拆除", seen_revision=1, asking=OFFICER)
    assert city.layers().shelters is None


def test_targets_and_hazard_sources_of_the_registers_stand_beside_the_gazetteer_s(
    registers: Resources, city: CityLayers
) -> None:
    register(registers, resource("FH-1", "target"), resource("WX-1", "hazard_source"))
    layers = city.layers()
    assert layers.targets
    assert layers.hazards
    assert layers.targets.amounts.tolist() == [620.0]
    assert layers.hazards.codes.tolist() == ["WX-1"]
