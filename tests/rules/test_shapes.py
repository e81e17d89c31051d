"""Shapes on the ground: grain, validity, coverage, measures, GeoJSON."""

import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Polygon

from gis_core.crs import PlaneSystem
from gis_core.geojson import BadGeoJson, Feature, read_collection, write_collection
from gis_core.measure import area_m2, bearing_deg, direction_word, distance_m, length_m
from gis_core.places import PlanePoint, to_grain
from gis_core.shapes import (
    BrokenShape,
    PlaneLine,
    PlanePolygon,
    find_coverage_faults,
    is_on_grain,
    repair,
    require_polygon,
    snap_points,
    snap_to_grain,
    to_ewkb,
    to_lonlat,
    to_plane,
)
from tests.rules.drawing import Drawing

CITY_PLANE = PlaneSystem(4545)
BOW_TIE = Polygon([(0, 0), (20, 20), (20, 0), (0, 20)])

RING = Drawing("""
    A A A
    A B A
    A A A
""")


@given(st.floats(-1e7, 1e7))
def test_one_number_and_many_fall_on_the_same_grain(value_m: float) -> None:
    assert snap_points(np.array([[value_m, 0.0]]))[0, 0] == to_grain(value_m)


def test_borders_that_grids_share_stay_shared_on_the_grain() -> None:
    west = Polygon([(0, 0), (10.00031, 3.33333), (0, 10)])
    east = Polygon([(10.00031, 3.33333), (20, 10), (0, 10)])
    snapped = [snap_to_grain(west), snap_to_grain(east)]
    assert all(is_on_grain(shape) for shape in snapped)
    assert find_coverage_faults(snapped).tolist() == []


def test_grids_that_overlap_are_found() -> None:
    assert find_coverage_faults([RING.area("A"), RING.area("B").buffer(1)]).tolist() == [0, 1]


def test_a_narrow_gap_between_grids_is_found_when_asked_for() -> None:
    apart = [shapely.box(0, 0, 10, 10), shapely.box(10.5, 0, 20, 10)]
    assert find_coverage_faults(apart).tolist() == []
    assert find_coverage_faults(apart, gap_m=1.0).tolist() == [0, 1]


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(BOW_TIE, id="a border that crosses itself"),
        pytest.param(Polygon(), id="nothing"),
        pytest.param(LineString([(0, 0), (1, 1)]), id="a line"),
        pytest.param(MultiPolygon([shapely.box(0, 0, 1, 1)]), id="several parts"),
    ],
)
def test_only_a_sound_polygon_becomes_a_grid(shape: shapely.Geometry) -> None:
    with pytest.raises(BrokenShape, match="请"):
        require_polygon(shape)


def test_a_sound_polygon_passes_as_it_is() -> None:
    assert require_polygon(RING.area("A")) is not None


def test_a_broken_border_is_mended_without_losing_ground() -> None:
    mended = repair(BOW_TIE)
    assert mended.is_valid
    assert area_m2(mended) == 200.0
    assert is_on_grain(mended)


def test_a_shape_without_ground_cannot_be_mended() -> None:
    with pytest.raises(BrokenShape, match="没有面积"):
        repair(Polygon([(0, 0), (10, 0), (20, 0)]))


def test_a_hole_is_not_counted_as_ground() -> None:
    assert area_m2(PlanePolygon(RING.area("A"))) == 800.0


def test_a_street_is_as_long_as_its_stretches() -> None:
    assert length_m(PlaneLine(LineString([(0, 0), (30, 40), (30, 100)]))) == 110.0


@pytest.mark.parametrize(
    ("east_m", "north_m", "word"),
    [
        pytest.param(0.0, 10.0, "北", id="north"),
        pytest.param(10.0, 10.0, "东北", id="northeast"),
        pytest.param(10.0, 1.0, "东", id="nearly east"),
        pytest.param(10.0, -10.0, "东南", id="southeast"),
        pytest.param(-1.0, -10.0, "南", id="nearly south"),
        pytest.param(-10.0, -10.0, "西南", id="southwest"),
        pytest.param(-10.0, 0.0, "西", id="west"),
        pytest.param(-10.0, 10.0, "西北", id="northwest"),
        pytest.param(-1.0, 10.0, "北", id="nearly north from the west"),
    ],
)
def test_directions_are_said_as_people_say_them(east_m: float, north_m: float, word: str) -> None:
    here = PlanePoint(430_000.0, 3_804_000.0)
    there = PlanePoint(here.easting_m + east_m, here.northing_m + north_m)
    assert direction_word(bearing_deg(here, there)) == word


def test_distance_is_the_same_both_ways() -> None:
    here, there = PlanePoint(0.0, 0.0), PlanePoint(30.0, 40.0)
    assert distance_m(here, there) == distance_m(there, here) == 50.0


def test_a_grid_goes_out_in_degrees_and_comes_back_onto_its_grain() -> None:
    grid = RING.area("A")
    assert to_plane(to_lonlat(grid, CITY_PLANE), CITY_PLANE).equals_exact(grid)


def test_a_written_shape_names_its_system() -> None:
    assert shapely.get_srid(shapely.from_wkb(to_ewkb(RING.area("A"), CITY_PLANE))) == 4545


def test_geojson_is_longitude_first_and_counter_clockwise() -> None:
    clockwise = Polygon([(107.1, 34.3), (107.1, 34.4), (107.200000004, 34.4), (107.1, 34.3)])
    (feature,) = write_collection([Feature(clockwise, {"code": "610303"}, id=7)])["features"]
    ring = feature["geometry"]["coordinates"][0]
    assert feature["id"] == 7
    assert Polygon(ring).exterior.is_ccw
    assert set(ring) == {(107.1, 34.3), (107.1, 34.4), (107.2, 34.4)}


def test_geojson_written_can_be_read() -> None:
    feature = Feature(shapely.Point(107.2378, 34.3633), {"name": "市政府"}, id="a")
    assert read_collection(json.dumps(write_collection([feature]))) == (feature,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{", "JSON", id="cut off"),
        pytest.param("[" * 100_000, "JSON", id="endlessly nested"),
        pytest.param(b"\xff\xfe\xfa", "JSON", id="no text"),
        pytest.param("[]", "最外层", id="a bare list"),
        pytest.param('{"type": "Topology"}', "最外层", id="another format"),
        pytest.param(
            '{"type": "FeatureCollection", "features": [3]}', "第 1 个", id="a number for a feature"
        ),
        pytest.param(
            '{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[1]]}}',
            "第 1 个",
            id="a broken ring",
        ),
        pytest.param(
            '{"type": "Feature", "geometry": {"type": "Point", "coordinates": [429885, 3804224]}}',
            "不是经纬度",
            id="metres",
        ),
        pytest.param(
            '{"type": "Feature", "properties": 3, "geometry": {"type": "Point", "coordinates": [107, 34]}}',
            "属性",
            id="a number for the properties",
        ),
        pytest.param(
            '{"type": "FeatureCollection", "crs": {"properties": {"name": "EPSG:4545"}}, "features": []}',
            "4545",
            id="a declared plane",
        ),
    ],
)
def test_what_is_no_geojson_is_refused_with_the_reason(text: str | bytes, said: str) -> None:
    with pytest.raises(BadGeoJson, match=said):
        read_collection(text)
