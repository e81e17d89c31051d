"""The terrain: heights between cells, files of all sorts, water that stays where ground holds it."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import Affine, from_origin
from shapely import LineString, box

from gis_core.crs import PlaneSystem
from gis_core.errors import CitygridError
from gis_core.places import PlanePoint
from gis_core.terrain import OffTerrain, Terrain, connected
from gis_core.terrain_files import read_terrain, write_terrain
from grid.sample_city.terrain import draw_terrain
from tests.case_city import baoji

PLANE = PlaneSystem(4545)
WEST, NORTH = 430_000.0, 3_804_000.0
FILE_OF = "例"


def terrain(heights: object, cell_m: float = 10.0) -> Terrain:
    return Terrain(
        heights_m=np.array(heights, dtype=np.float32),
        west_m=WEST,
        north_m=NORTH,
        cell_m=cell_m,
        plane=PLANE,
        source=FILE_OF,
    )


@cache
def valley() -> Terrain:
    return draw_terrain(baoji())


RAMP = terrain([[0, 10, 20], [30, 40, 50], [60, 70, 80]])
ASKED = [
    (5, 5, 0.0, "the middle of the first cell"),
    (15, 15, 40.0, "the middle of the middle one"),
    (10, 5, 5.0, "half way to the neighbour"),
    (10, 10, 20.0, "the corner of four cells"),
    (12, 17, 43.0, "anywhere on a plane is exact"),
    (0, 0, 0.0, "the outer half cell goes on level"),
    (30, 30, 80.0, "the far corner belongs to the raster"),
]


@pytest.mark.parametrize(("east", "south", "height", "because"), ASKED, ids=[row[-1] for row in ASKED])
def test_heights_between_cells(east: float, south: float, height: float, because: str):
    assert RAMP.get_height_m(PlanePoint(WEST + east, NORTH - south)) == pytest.approx(height)


@pytest.mark.parametrize("east", [-0.01, 30.01, float("inf"), float("nan")])
def test_a_place_off_the_terrain_is_told(east: float):
    with pytest.raises(OffTerrain):
        RAMP.get_height_m(PlanePoint(WEST + east, NORTH - 5))


def test_a_hole_has_no_height_but_its_neighbours_have():
    holed = terrain([[1, np.nan, 3]])
    assert holed.get_height_m(PlanePoint(WEST + 5, NORTH - 5)) == 1
    with pytest.raises(OffTerrain):
        holed.get_height_m(PlanePoint(WEST + 8, NORTH - 5))


@given(st.floats(0, 30), st.floats(0, 30))
def test_a_height_lies_between_the_lowest_and_the_highest(east: float, south: float):
    assert 0 <= RAMP.get_height_m(PlanePoint(WEST + east, NORTH - south)) <= 80


def test_water_does_not_slip_through_a_slanting_dyke():
    low = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]], dtype=bool)
    seed = np.zeros((3, 3), dtype=bool)
    seed[0, 2] = True
    assert connected(low, seed).astype(int).tolist() == [[0, 1, 1], [0, 0, 1], [0, 0, 0]]


def test_areas_run_along_the_edges_of_cells():
    mask = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=bool)
    ring = RAMP.polygons(mask)
    assert (ring.area, len(ring.geoms[0].interiors)) == (800.0, 1)
    assert ring.bounds == RAMP.bounds


def test_a_line_touches_every_cell_on_its_way():
    way = LineString([(WEST + 1, NORTH - 1), (WEST + 29, NORTH - 12)])
    assert RAMP.cells_touched(way).astype(int).tolist() == [[1, 1, 1], [0, 0, 1], [0, 0, 0]]


def test_a_window_is_the_same_ground():
    part = valley().window(425_000, 3_802_000, 426_010, 3_803_000)
    at = PlanePoint(425_500, 3_802_500)
    assert part.shape == (50, 51)
    assert part.get_height_m(at) == valley().get_height_m(at)


def test_a_terrain_comes_back_from_its_file(tmp_path: Path):
    write_terrain(replace(RAMP, is_synthetic=True), tmp_path / "a.tif")
    back = read_terrain(tmp_path / "a.tif", PLANE, source=FILE_OF)
    assert (back.bounds, back.cell_m) == (RAMP.bounds, 10.0)
    assert np.array_equal(back.heights_m, RAMP.heights_m)
    with rasterio.open(tmp_path / "a.tif") as file:
        assert file.tags()["IS_SYNTHETIC"] == "true"


ASCII = "ncols 3\nnrows 2\nxllcorner 430000\nyllcorner 3803980\ncellsize 10\nNODATA_value -9999\n{rows}\n"


def test_an_ascii_grid_is_read_in_the_system_that_is_said(tmp_path: Path):
    (tmp_path / "a.asc").write_text(ASCII.format(rows="1 2 3\n4 -9999 6"))
    read = read_terrain(tmp_path / "a.asc", PLANE, source=FILE_OF, system="EPSG:4545")
    assert read.bounds == (WEST, NORTH - 20, WEST + 30, NORTH)
    assert np.isnan(read.heights_m[1, 1])
    assert read.hole_share == pytest.approx(1 / 6)


def in_degrees(path: Path) -> Path:
    """A plane of heights that rises 1 m per 10 m eastward, as a file in degrees."""
    step = 0.0002
    lon, lat = np.meshgrid(107.2 + (np.arange(120) + 0.5) * step, 34.4 - (np.arange(120) + 0.5) * step)
    east = PLANE.to_plane_many(np.column_stack([lon.ravel(), lat.ravel()]))[:, 0]
    values = ((east - 426_000) / 10).reshape(120, 120).astype(np.float32)
    with rasterio.open(path, "w", driver="GTiff", width=120, height=120, count=1, dtype="float32",
                       crs="EPSG:4490", transform=from_origin(107.2, 34.4, step, step)) as out:  # fmt: skip
        out.write(values, 1)
    return path


def test_a_file_in_degrees_is_laid_over_the_plane(tmp_path: Path):
    read = read_terrain(in_degrees(tmp_path / "d.tif"), PLANE, source=FILE_OF)
    west, south, east, north = read.bounds
    middle = PlanePoint((west + east) / 2, (south + north) / 2)
    assert read.get_height_m(middle) == pytest.approx((middle.easting_m - 426_000) / 10, abs=0.01)


def test_a_file_turned_upside_down_is_set_right(tmp_path: Path):
    south_up = Affine(10, 0, WEST, 0, 10, NORTH - 20)
    with rasterio.open(tmp_path / "u.tif", "w", driver="GTiff", width=2, height=2, count=1, dtype="float32",
                       crs="EPSG:4545", transform=south_up) as out:  # fmt: skip
        out.write(np.array([[1, 2], [3, 4]], dtype=np.float32), 1)
    read = read_terrain(tmp_path / "u.tif", PLANE, source=FILE_OF)
    assert read.heights_m.tolist() == [[3, 4], [1, 2]]


def broken(path: Path, what: str) -> tuple[Path, str | None]:
    if what == "text":
        path.write_text("这不是格网")
        return path, None
    if what == "ascii":
        path.write_text(ASCII.format(rows="1 2 3\n4 5 6"))
        return path, None
    if what == "empty":
        path.write_text(ASCII.format(rows="-9999 -9999 -9999\n-9999 -9999 -9999"))
        return path, "EPSG:4545"
    system = {"xian": "EPSG:2379", "far": "EPSG:4545"}.get(what, "EPSG:4545")
    profile = {"bands": 3 if what == "bands" else 1, "value": 56_000.0 if what == "centimetres" else 560.0}
    transform = Affine.identity() if what == "nowhere" else from_origin(WEST, NORTH, 10, 10)
    with rasterio.open(path, "w", driver="GTiff", width=2, height=2, count=profile["bands"], dtype="float32",
                       crs=system, transform=transform) as out:  # fmt: skip
        for band in range(1, int(profile["bands"]) + 1):
            out.write(np.full((2, 2), profile["value"], dtype=np.float32), band)
    return path, "EPSG:4524" if what == "two" else None


BROKEN = [
    ("text", "bad_terrain", "words are no raster"),
    ("bands", "bad_terrain", "a photo from the air has three bands"),
    ("centimetres", "bad_terrain", "560 m written in centimetres"),
    ("empty", "bad_terrain", "nothing but holes"),
    ("two", "bad_terrain", "file and caller name two systems"),
    ("ascii", "no_terrain_system", "an ASCII grid without a .prj, and nobody says"),
    ("xian", "system_needs_parameters", "Xi'an 1980 needs the survey office"),
]


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize(("what", "code", "because"), [*BROKEN, ("nowhere", "bad_terrain", "no coordinates")])
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, what: str, code: str, because: str):
    suffix = ".asc" if what in {"ascii", "empty"} else ".tif"
    path, system = broken(tmp_path / f"x{suffix}", what)
    with pytest.raises(CitygridError) as refused:
        read_terrain(path, PLANE, source=FILE_OF, system=system)
    assert refused.value.code == code


def test_the_drawn_valley_is_a_sample_and_always_the_same():
    assert valley().is_synthetic
    assert "示意" in valley().source
    assert np.array_equal(draw_terrain(baoji()).heights_m, valley().heights_m)


def test_the_drawn_river_falls_eastward_between_higher_ground():
    heights = valley().heights_m
    lowest = heights[300:620].min(axis=0)
    assert lowest[100] > lowest[700] > lowest[1400]
    assert heights.max() > 1_000
    assert valley().hole_share == 0


def test_a_box_beside_the_terrain_is_refused():
    with pytest.raises(OffTerrain):
        valley().window(*box(0, 0, 10, 10).bounds)
