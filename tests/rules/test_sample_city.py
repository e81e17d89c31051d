"""The drawn city keeps to what is real and to the rules of the frame."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from grid.city import City
from grid.divisions import read_divisions, read_street_names
from grid.rules.codes import ComponentCode, ResponsibilityCode, UnitGridCode
from grid.sample_city import Drawing, draw
from grid.sample_city.facts import CityFacts, gather
from tests.drawn_city import drawn_city

pytestmark = pytest.mark.xdist_group("drawn city")  # drawn by one worker alone
BAOJI = Path(__file__).resolve().parents[2] / "data" / "baoji"


@pytest.fixture(scope="module")
def city() -> City:
    return City.load(BAOJI)


@pytest.fixture(scope="module")
def facts(city: City) -> CityFacts:
    return gather(city)


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return drawn_city()


def test_neighbouring_unit_grids_share_their_borders_exactly(drawing: Drawing) -> None:
    assert shapely.coverage_is_valid(drawing.unit_grids.shapes)


def test_communities_cover_both_districts_without_a_gap(drawing: Drawing, facts: CityFacts) -> None:
    communities = drawing.areas.shapes[[len(code) == 12 for code in drawing.areas.codes]]
    assert shapely.coverage_is_valid(communities)
    both = shapely.union_all(list(facts.districts.values()))
    assert shapely.area(communities).sum() == pytest.approx(both.area, rel=1e-8)


def test_every_community_of_both_districts_has_an_outline(drawing: Drawing, city: City) -> None:
    real = {d.code for d in read_divisions(city) if d.level == "community" and d.code[:6] in city.districts}
    assert real <= set(drawing.areas.codes)


def test_the_drawn_districts_are_the_real_ones(drawing: Drawing, facts: CityFacts) -> None:
    drawn = dict(zip(drawing.areas.codes, drawing.areas.shapes, strict=True))
    off = [drawn[code].symmetric_difference(real).area for code, real in facts.districts.items()]
    assert max(off) < 200.0  # square metres along two hundred kilometres of border: the grain


def test_no_unit_grid_crosses_the_border_of_its_community(drawing: Drawing) -> None:
    outlines = dict(zip(drawing.areas.codes, drawing.areas.shapes, strict=True))
    communities = np.array([outlines[code] for code in drawing.unit_grids.community_codes])
    assert shapely.covers(communities, drawing.unit_grids.shapes).all()


def test_coordinates_lie_on_the_stored_grain(drawing: Drawing) -> None:
    corners = shapely.get_coordinates(drawing.unit_grids.shapes)
    assert (corners * 1024 == np.round(corners * 1024)).all()


def test_codes_are_well_formed_and_given_once(drawing: Drawing) -> None:
    grids, components = drawing.unit_grids, drawing.components
    codes = [UnitGridCode.parse(code) for code in grids.codes]
    assert [code.community_code for code in codes] == list(grids.community_codes)
    assert len({ComponentCode.parse(code) for code in components.codes}) == len(components)
    assert all(ResponsibilityCode.parse(code) for code in drawing.responsibility_grids.codes)


def test_a_responsibility_grid_is_one_piece_of_one_subdistrict(drawing: Drawing) -> None:
    assert set(shapely.get_num_geometries(drawing.responsibility_grids.shapes)) == {1}
    grids = drawing.unit_grids
    assert all(r[:9] == c[:9] for r, c in zip(grids.responsibility_codes, grids.codes, strict=True))


def test_small_holds_both_districts_and_a_piece_of_the_zone(drawing: Drawing, city: City) -> None:
    assert {code[:6] for code in drawing.unit_grids.codes} == set(city.districts)
    in_zone = drawing.unit_grids.zone_codes == drawing.zone_code
    assert 0 < in_zone.sum() < len(in_zone)


def test_jinger_road_crosses_hongqi_road_inside_the_frame(drawing: Drawing) -> None:
    streets = drawing.streets
    jinger, hongqi = (shapely.union_all(streets.lines[streets.names == n]) for n in ("经二路", "红旗路"))
    crossing = jinger.intersection(hongqi)
    assert shapely.intersects(drawing.unit_grids.shapes, crossing).any()


def test_streets_carry_only_real_names(drawing: Drawing, city: City) -> None:
    assert set(drawing.streets.names) - {""} <= {street.name for street in read_street_names(city)}


def test_a_component_stands_in_the_unit_grid_of_its_row(drawing: Drawing) -> None:
    components = drawing.components
    grids = drawing.unit_grids.shapes[components.grid_index]
    assert shapely.intersects(grids, shapely.points(components.points)).all()


def test_buildings_keep_off_the_borders_of_unit_grids(drawing: Drawing) -> None:
    buildings = drawing.ground.shapes[drawing.ground.kinds == "building"]
    lines = shapely.boundary(drawing.unit_grids.shapes)
    assert len(shapely.STRtree(buildings).query(lines, predicate="intersects")[1]) == 0


def test_the_same_seed_draws_the_same_city(drawing: Drawing, city: City) -> None:
    again = draw(city, "small", 1)
    assert (again.unit_grids.codes == drawing.unit_grids.codes).all()
    assert shapely.equals_exact(again.unit_grids.shapes, drawing.unit_grids.shapes).all()
    assert (again.components.points == drawing.components.points).all()


def test_another_seed_draws_another_city(drawing: Drawing, city: City) -> None:
    other = draw(city, "small", 2)
    assert not np.array_equal(other.components.points[:50], drawing.components.points[:50])
