"""The gazetteer of the drawn city: numbers that rise along streets, names that say where they stand."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely import LineString

from gis_core.coverage import Ints, Shapes
from gis_core.geocoding.gazetteer import PlaceKind
from grid.city import City
from grid.gazetteer.categories import load_categories
from grid.sample_city import Drawing
from grid.sample_city.drawing import Ground, Places, UnitGrids
from grid.sample_city.facts import gather
from grid.sample_city.landscape import Landscape, lay_out
from grid.sample_city.places.drawn import draw_places
from grid.sample_city.places.named_streets import NamedStreets, find_crossings, follow
from grid.sample_city.places.standing import read_standing
from grid.sample_city.streets import Streets
from tests.drawn_city import drawn_city

pytestmark = pytest.mark.xdist_group("drawn city")  # drawn by one worker alone
BAOJI = City.load(Path(__file__).resolve().parents[2] / "data" / "baoji")
SMALL_HOLDS = (2_000, 8_000)


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return drawn_city()


@pytest.fixture(scope="module")
def places(drawing: Drawing) -> Places:
    return drawing.places


@pytest.fixture(scope="module")
def streets(drawing: Drawing) -> NamedStreets:
    return follow(drawing.streets)


@pytest.fixture(scope="module")
def scape() -> Landscape:
    return lay_out(gather(BAOJI), 1)


def plates_of(places: Places, street: str) -> tuple[Shapes, Ints]:
    """Plain plates of a street with their numbers as numbers."""
    plain = [n.isdigit() for n in places.numbers]
    mine = (places.streets == street) & plain
    return places.shapes[mine], places.numbers[mine].astype(np.int64)


def along_and_left(
    streets: NamedStreets, name: str, points: Shapes
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How far along a street of one piece points lie, and which of them on its left."""
    line = streets.lines[streets.line_street.tolist().index(streets.find(name))]
    along = shapely.line_locate_point(line, points)
    here, ahead = (
        shapely.get_coordinates(shapely.line_interpolate_point(line, along + d)) for d in (0.0, 0.5)
    )
    way, out = ahead - here, shapely.get_coordinates(points) - here
    return along, way[:, 0] * out[:, 1] - way[:, 1] * out[:, 0] > 0


def test_the_post_office_stands_fifty_metres_east_of_the_crossing(
    places: Places, streets: NamedStreets
) -> None:
    office = places.shapes[places.names == "经二路邮政支局"]
    met = find_crossings(streets)
    pair = (met.street == streets.find("经二路")) & (met.other == streets.find("红旗路"))
    along, _ = along_and_left(streets, "经二路", office)
    assert along - met.along_m[pair] == pytest.approx(50, abs=14)
    assert "经二路邮局" in places.further.texts


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("经二路", id="from west to east: north is odd"),
        pytest.param("红旗路", id="from south to north: west is odd"),
        pytest.param("中山西路", id="in the other district as well"),
    ],
)
def test_odd_numbers_stand_on_the_left_of_a_street_and_rise_along_it(
    places: Places, streets: NamedStreets, name: str
) -> None:
    points, numbers = plates_of(places, name)
    along, is_left = along_and_left(streets, name, points)
    assert len(numbers) > 20
    assert (is_left == (numbers % 2 == 1)).all()
    order = np.lexsort((numbers, is_left))
    assert (np.diff((along + 1e6 * is_left)[order]) > 0).all()


def test_a_plate_is_found_between_its_neighbours(places: Places, streets: NamedStreets) -> None:
    points, numbers = plates_of(places, "经二路")
    along, _ = along_and_left(streets, "经二路", points)
    odd = np.argsort(np.where(numbers % 2 == 1, numbers, 10_000))[: (numbers % 2).sum()]
    number, place = numbers[odd], along[odd]
    share = (number[1:-1] - number[:-2]) / (number[2:] - number[:-2])
    off = place[:-2] + share * (place[2:] - place[:-2]) - place[1:-1]
    assert np.abs(off).max() < 20
    assert np.abs(off).mean() < 6


def test_a_plate_of_a_street_hangs_once(places: Places, streets: NamedStreets) -> None:
    plates = places.names[np.isin(places.streets.astype(str), streets.names)]
    assert len(set(plates)) == len(plates) > 500


def test_plates_of_a_street_are_named_by_street_and_number(places: Places) -> None:
    mine = places.streets == "经二路"
    assert (places.names[mine] == "经二路" + places.numbers[mine] + "号").all()
    assert {number[0] for number in places.numbers[mine]} - set("123456789甲") == set()


def test_buildings_of_every_estate_are_counted_without_a_gap(places: Places) -> None:
    mine = np.array([number.endswith(("号楼", "栋")) for number in places.numbers])
    estates = list(zip(places.streets[mine], places.division_codes[mine], strict=True))
    numbers = [int(number.rstrip("号楼栋")) for number in places.numbers[mine]]
    counts = Counter(estates)
    assert len(counts) > 150
    assert len(set(zip(estates, numbers, strict=True))) == len(numbers)
    assert all(number <= counts[estate] for estate, number in zip(estates, numbers, strict=True))


def test_buildings_are_read_row_by_row_from_the_north_west() -> None:
    yard = shapely.box(0, 0, 200, 100)
    houses = [shapely.box(x, y, x + 30, y + 12) for x, y in ((10, 10), (60, 10), (60, 60), (10, 60))]
    standing = read_standing(Ground.of("building", np.array(houses)), _grids(np.array([yard])))
    assert standing.middles.tolist() == [[25, 66], [75, 66], [25, 16], [75, 16]]


def test_a_street_is_numbered_from_the_west_and_on_over_a_gap() -> None:
    east, west = LineString([(500, 0), (300, 0)]), LineString([(0, 0), (200, 0)])
    street = follow(_streets([east, west], ["经二路", "经二路"]))
    points, _, is_there = street.at(np.array([0, 0, 0]), np.array([50.0, 250.0, 350.0]))
    assert points[[0, 2]].tolist() == [[50, 0], [350, 0]]
    assert is_there.tolist() == [True, False, True]
    assert street.lengths_m == 500


def test_crossings_are_found_from_both_streets() -> None:
    lines = [LineString([(0, 0), (400, 0)]), LineString([(100, 300), (100, -50)])]
    met = find_crossings(follow(_streets(lines, ["经二路", "红旗路"])))
    assert (met.street.tolist(), met.other.tolist(), met.along_m.tolist()) == ([0, 1], [1, 0], [100, 50])


def test_every_kind_of_place_is_there_and_of_a_known_category(places: Places) -> None:
    known = set(load_categories(BAOJI).by_code)
    is_poi = places.kinds == PlaceKind.POI
    assert set(places.categories[is_poi]) <= known
    assert set(places.categories[~is_poi]) == {""}
    assert set(places.kinds) == {"door_plate", "poi", "block", "zone"}
    assert SMALL_HOLDS[0] < len(places) < SMALL_HOLDS[1]


def test_a_place_lies_in_the_community_of_its_row(drawing: Drawing, places: Places) -> None:
    mine = np.flatnonzero(places.kinds != PlaceKind.ZONE)
    pins = shapely.point_on_surface(places.shapes[mine])
    place, grid = shapely.STRtree(drawing.unit_grids.shapes).query(pins, predicate="intersects")
    right = drawing.unit_grids.community_codes[grid] == places.division_codes[mine[place]]
    assert set(place[right]) == set(range(len(mine)))


def test_the_east_gate_of_an_estate_stands_in_the_east(places: Places) -> None:
    keys = zip(places.names, places.division_codes, strict=True)
    middles = dict(zip(keys, shapely.get_x(shapely.centroid(places.shapes)), strict=True))
    gates = [(name, code) for name, code in middles if name.endswith("东门")]
    east = [middles[gate] - middles[gate[0].removesuffix("东门"), gate[1]] for gate in gates]
    assert min(east) > 5


def test_no_name_of_a_point_of_interest_comes_twice_in_a_community(places: Places) -> None:
    is_poi = places.kinds == PlaceKind.POI
    keys = list(zip(places.names[is_poi], places.division_codes[is_poi], strict=True))
    assert len(set(keys)) == len(keys)


def test_only_former_names_end_and_all_of_them_do(places: Places) -> None:
    is_former = places.further.sorts == "former"
    assert ((places.further.until != "") == is_former).all()
    assert is_former.any()
    assert places.further.place_index.max() < len(places)


def test_a_part_of_the_city_has_the_places_it_has_within_the_whole(
    drawing: Drawing, scape: Landscape
) -> None:
    codes = drawing.unit_grids.community_codes.astype(str)
    some = np.unique(codes)[::2]
    part = _keys(_draw_again(drawing, scape, np.isin(codes, some)), some)
    whole = _keys(_draw_again(drawing, scape, np.ones(len(codes), dtype=bool)), some)
    assert len(part) > 500
    assert part == whole


def test_another_seed_gives_other_numbers_and_names(drawing: Drawing, scape: Landscape) -> None:
    other = _draw_again(drawing, replace(scape, seed=2), np.ones(len(drawing.unit_grids), dtype=bool))
    same = set(other.names) & set(drawing.places.names)
    assert len(same) < 0.7 * len(set(other.names))


def _draw_again(drawing: Drawing, scape: Landscape, which: NDArray[np.bool_]) -> Places:
    grids = drawing.unit_grids
    return draw_places(
        scape,
        streets=drawing.streets,
        grids=UnitGrids(*(getattr(grids, name)[which] for name in UnitGrids.__slots__)),
        ground=drawing.ground,
        areas=drawing.areas,
        built_up=grids.shapes,
    )


def _keys(places: Places, communities: NDArray[np.str_]) -> set[tuple[str, str, str, bytes]]:
    mine = np.isin(places.division_codes.astype(str), communities)
    wkb = shapely.to_wkb(places.shapes)
    return set(
        zip(places.names[mine], places.kinds[mine], places.division_codes[mine], wkb[mine], strict=True)
    )


def _streets(lines: list[LineString], names: list[str]) -> Streets:
    return Streets(
        np.array(lines), np.array(names, dtype=object), np.full(len(lines), "arterial", dtype=object)
    )


def _grids(shapes: Shapes) -> UnitGrids:
    texts = np.full(len(shapes), "", dtype=object)
    return UnitGrids(texts, texts, texts, texts, texts, shapes)
