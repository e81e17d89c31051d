"""Where a place lies: inside, on a border, just outside, too far; drawn as maps."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_core.crs import PlaneSystem
from gis_core.index import AreaIndex
from gis_core.offset_systems import wgs84_to_gcj02
from gis_core.places import LonLat, PlanePoint
from grid.rules.locating import Located, Locator, OutsideFrame, UnitGrid, locate_place
from tests.rules.drawing import Drawing

COMMUNITY = "610303008007"


def code(letter: str) -> str:
    """A is grid 001, B is grid 002 and so on."""
    return f"{COMMUNITY}{ord(letter) - ord('A') + 1:03d}"


def frame(drawing: Drawing, *, zones: Mapping[str, str] | None = None) -> Locator:
    zones = zones or {}
    return Locator(
        [
            UnitGrid(
                code=code(letter),
                shape=drawing.area(letter),
                zone_code="GX01" if letter in zones else None,
                zone_name=zones.get(letter),
                responsibility_code="610303008R001",
            )
            for letter in reversed(drawing.letters())
        ],
        version=7,
        pull_in_m=15.0,
    )


CITY = Drawing("""
    A  A  A   B   B  .  .  .  .
    A  Aa Ab> Bc  B  .h .  .j .
    A  A  Ad_> B  Be .  .  .  .
    C  C  C   D   D  .  .  .  .
    Cf< C C   D   D  .  .  .  .
    .  .g .   .  .   .i .  .  .
""")


@pytest.mark.parametrize(
    ("mark", "letter"),
    [
        pytest.param("a", "A", id="inside one grid"),
        pytest.param("c", "B", id="inside its neighbour"),
        pytest.param("b", "A", id="on the border of two the smaller code has it"),
        pytest.param("d", "A", id="in the corner of four the smallest code has it"),
        pytest.param("e", "B", id="inside near the rim"),
        pytest.param("f", "C", id="on the outer border the only grid there has it"),
        pytest.param("g", "C", id="five metres outside the nearest grid takes it in"),
        pytest.param("h", "B", id="five metres outside on another side"),
        pytest.param("i", "D", id="seven metres off a corner"),
    ],
)
def test_every_place_has_one_unit_grid(mark: str, letter: str) -> None:
    assert frame(CITY).locate(CITY.mark(mark)).unit_grid_code == code(letter)


def test_a_place_inside_is_told_all_that_follows_from_its_grid() -> None:
    assert frame(CITY).locate(CITY.mark("a")) == Located(
        unit_grid_code="610303008007001",
        community_code="610303008007",
        subdistrict_code="610303008",
        district_code="610303",
        zone_code=None,
        responsibility_code="610303008R001",
        pulled_m=0,
        frame_version=7,
        reason="位于单元网格 610303008007001 内。",
    )


def test_a_place_on_a_border_is_told_which_grids_share_it() -> None:
    located = frame(CITY).locate(CITY.mark("b"))
    assert located.reason == "位于单元网格 610303008007001 与 610303008007002 的公共边界上，按编码最小归入。"


def test_a_place_in_a_corner_is_told_all_four_grids() -> None:
    assert frame(CITY).locate(CITY.mark("d")).reason.count("61030300800700") == 4


@pytest.mark.parametrize(
    ("mark", "metres"),
    [
        pytest.param("g", 5, id="straight out of the southern rim"),
        pytest.param("i", 7, id="across a corner, rounded"),
        pytest.param("a", 0, id="inside nothing is pulled"),
        pytest.param("f", 0, id="on the outer border nothing is pulled"),
    ],
)
def test_a_place_pulled_in_remembers_how_far(mark: str, metres: int) -> None:
    assert frame(CITY).locate(CITY.mark(mark)).pulled_m == metres


def test_a_place_a_hair_outside_still_says_that_it_was_pulled() -> None:
    outside = PlanePoint(CITY.mark("f").easting_m - 0.01, CITY.mark("f").northing_m)
    assert frame(CITY).locate(outside).pulled_m == 1


def test_of_two_grids_equally_near_the_smaller_code_takes_a_place_in() -> None:
    gap = Drawing("B .p A")
    assert frame(gap).locate(gap.mark("p")).unit_grid_code == code("A")


@pytest.mark.parametrize(
    ("off_m", "pulled_m"),
    [pytest.param(15.0, 15, id="15 m is still taken in"), pytest.param(14.9, 15, id="14.9 m")],
)
def test_the_city_says_how_far_out_a_place_is_taken_in(off_m: float, pulled_m: int) -> None:
    rim = CITY.mark("f")
    assert frame(CITY).locate(PlanePoint(rim.easting_m - off_m, rim.northing_m)).pulled_m == pulled_m


def test_a_place_too_far_out_is_refused_with_the_distance() -> None:
    with pytest.raises(OutsideFrame, match="距最近的单元网格 610303008007002 约 25 米") as refusal:
        frame(CITY).locate(CITY.mark("j"))
    assert refusal.value.code == "outside_frame"
    assert refusal.value.facts == {"nearest_code": "610303008007002", "distance_m": 25}


def test_a_place_in_another_city_is_refused_in_kilometres() -> None:
    with pytest.raises(OutsideFrame, match=r"约 1,\d{3} 公里.*坐标系"):
        frame(CITY).locate(PlanePoint(CITY.mark("a").easting_m + 1.2e6, CITY.mark("a").northing_m))


@pytest.mark.parametrize(
    "number", [pytest.param(float("nan"), id="no number"), pytest.param(float("inf"), id="infinite")]
)
def test_a_position_that_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(OutsideFrame, match="重新定位"):
        frame(CITY).locate(PlanePoint(number, 3_804_000.0))


def test_a_city_without_unit_grids_says_who_can_help() -> None:
    with pytest.raises(OutsideFrame, match="请联系数据管理员"):
        Locator([]).locate(PlanePoint(430_000.0, 3_804_000.0))


def test_less_than_half_a_grain_off_a_border_is_on_the_border() -> None:
    border = CITY.mark("b")
    beside = PlanePoint(border.easting_m + 0.0004, border.northing_m)
    assert frame(CITY).locate(beside).unit_grid_code == code("A")


def test_one_grain_beyond_a_border_is_the_neighbours() -> None:
    border = CITY.mark("b")
    beside = PlanePoint(border.easting_m + 1 / 1024, border.northing_m)
    assert frame(CITY).locate(beside).unit_grid_code == code("B")


PLANE = PlaneSystem(4545)
IN_TOWN = PLANE.to_lonlat(CITY.mark("a"))
ON_A_WEB_MAP = wgs84_to_gcj02(IN_TOWN)


def test_a_place_in_degrees_is_located() -> None:
    assert locate_place(frame(CITY), PLANE, IN_TOWN).unit_grid_code == code("A")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        pytest.param(LonLat(0.0, 0.0), "公里。坐标为 0,0", id="a phone without a fix"),
        pytest.param(ON_A_WEB_MAP, "米。坐标可能是 GCJ-02", id="copied from a web map"),
        pytest.param(LonLat(107.3, 34.3), "米。请检查", id="simply outside"),
        pytest.param(LonLat(IN_TOWN.lat_deg, 80.0), "公里。请检查", id="nowhere near"),
    ],
)
def test_a_refused_place_is_told_the_distance_and_the_likely_mistake(place: LonLat, said: str) -> None:
    with pytest.raises(OutsideFrame, match=said):
        locate_place(frame(CITY), PLANE, place)


def test_a_likely_mistake_is_told_to_programs_too() -> None:
    with pytest.raises(OutsideFrame) as refusal:
        locate_place(frame(CITY), PLANE, ON_A_WEB_MAP)
    assert refusal.value.facts["suspected"] == "maybe_gcj02"
    assert refusal.value.facts["nearest_code"] == code("D")


LAKE = Drawing("""
    A A  A  A   A  A A A A
    A A  A  A   A  A A A A
    A Bp B Aq . .r . A A
    A B  B  A   .  .s .  A A
    A A  A  A   .  . . A A
    A A  A  A   A  A A A A
""")


@pytest.mark.parametrize(
    ("mark", "letter"),
    [
        pytest.param("p", "B", id="a grid enclosed by another keeps its own places"),
        pytest.param("q", "A", id="between enclave and lake is the outer grid's"),
        pytest.param("r", "A", id="near the shore of a hole the grid around takes it in"),
        pytest.param("s", "A", id="even the middle of a small hole is near enough"),
    ],
)
def test_holes_and_enclaves(mark: str, letter: str) -> None:
    assert frame(LAKE).locate(LAKE.mark(mark)).unit_grid_code == code(letter)


def test_a_place_in_a_hole_is_pulled_and_not_held() -> None:
    assert frame(LAKE).locate(LAKE.mark("s")).pulled_m > 0
    assert not frame(LAKE).holds(LAKE.mark("s"))


def test_a_grid_that_bends_around_its_neighbour_has_no_say_in_the_bend() -> None:
    bend = Drawing("""
        A A  A
        A Bp A
        A B  A
    """)
    assert frame(bend).locate(bend.mark("p")).unit_grid_code == code("B")


def test_the_zone_lies_over_the_grid_and_forges_no_division() -> None:
    located = frame(CITY, zones={"B": "宝鸡高新区"}).locate(CITY.mark("c"))
    assert (located.zone_code, located.district_code) == ("GX01", "610303")
    assert located.reason == "位于单元网格 610303008007002 内，属宝鸡高新区。"


def test_on_the_border_of_the_zone_the_grid_decides_not_the_zone() -> None:
    assert frame(CITY, zones={"B": "宝鸡高新区"}).locate(CITY.mark("b")).zone_code is None


def test_grids_that_overlap_by_mistake_still_give_one_answer() -> None:
    wide = [
        UnitGrid(code=code("B"), shape=shapely.box(0, 0, 400, 400)),
        UnitGrid(code=code("A"), shape=shapely.box(200, 0, 600, 400)),
    ]
    points = np.array([[100.0, 200.0], [300.0, 200.0], [500.0, 200.0]])
    assert Locator(wide).locate_many(points).tolist() == [1, 0, 0]


def test_many_places_get_what_each_alone_gets() -> None:
    locator = frame(CITY)
    points = np.array([[CITY.mark(m).easting_m, CITY.mark(m).northing_m] for m in "abcdefghij"])
    assert "".join("ABCD."[p] for p in locator.locate_many(points)) == "AABABC...."
    assert "".join("ABCD."[p] for p in locator.locate_many(points, pulling_in=True)) == "AABABCCBD."


def test_no_number_among_many_is_outside() -> None:
    assert frame(CITY).locate_many(np.array([[np.nan, 0.0], [np.inf, -np.inf]])).tolist() == [-1, -1]


def test_threads_may_ask_at_the_same_time() -> None:
    locator = frame(CITY)
    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(lambda _: locator.locate(CITY.mark("b")).unit_grid_code, range(200)))
    assert answers == {code("A")}


def slanted_city(seed: int) -> tuple[list[shapely.Polygon], np.ndarray]:
    """Irregular grids with gaps, and points inside, outside, on vertices, exactly on slanted borders."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 60, (8, 2))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(corners)))
    # Vertices on multiples of 8 grains: each eighth of a border is then a stored place on it.
    cells = [
        c for c in shapely.transform(cells, lambda v: np.rint(v * 128) / 128) if c.is_valid and c.area > 0
    ]
    kept = [cell for cell in cells if rng.uniform() > 0.2] or cells
    rings = [shapely.get_coordinates(cell) for cell in kept]
    starts, ends = np.vstack([r[:-1] for r in rings]), np.vstack([r[1:] for r in rings])
    on_borders = np.vstack([starts + (ends - starts) * part / 8 for part in range(8)])
    beside = on_borders + rng.integers(-1, 2, on_borders.shape) / 1024
    return kept, np.vstack((on_borders, beside, np.rint(rng.uniform(-80, 140, (200, 2)) * 1024) / 1024))


def test_a_border_that_meets_a_square_of_the_raster_in_one_corner_counts_there() -> None:
    # Its slope passes through corners of squares 1 m wide; floating point puts some of them just beside it.
    wedge = [shapely.Polygon([(20, 1), (61, 1), (20, 42)])]
    on_the_slope = np.array([[20.0 + step, 42.0 - step] for step in np.arange(0.0, 41.5, 0.5)])
    assert (AreaIndex(wedge).find_first_many(on_the_slope) == 0).all()


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_the_raster_never_disagrees_with_testing_every_grid(seed: int) -> None:
    grids, points = slanted_city(seed)
    index = AreaIndex(grids)
    holds = shapely.intersects_xy(np.array(grids)[:, None], points[:, 0], points[:, 1])
    assert (index.find_first_many(points) == np.where(holds.any(axis=0), holds.argmax(axis=0), -1)).all()
    alone = [index.list_holding(*point) for point in points.tolist()]
    assert [list(found) for found in alone] == [np.flatnonzero(column).tolist() for column in holds.T]


@given(st.integers(0, 2**32), st.randoms())
@settings(deadline=None, max_examples=20)
def test_the_order_in_which_grids_were_read_changes_nothing(seed: int, shuffling: object) -> None:
    shapes, points = slanted_city(seed)
    grids = [UnitGrid(code=f"{COMMUNITY}{n:03d}", shape=shape) for n, shape in enumerate(shapes, start=1)]
    shuffled = list(grids)
    shuffling.shuffle(shuffled)  # type: ignore[attr-defined]
    assert (Locator(grids).locate_many(points) == Locator(shuffled).locate_many(points)).all()
