"""What a camera sees: a sector on the ground, and the cameras that see a place best."""

from math import pi

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from gis_core.places import PlanePoint
from grid.rules.camera_views import View, angle_between, find_sight, middle_of, sector_of
from tests.rules.drawing import Drawing

# 10 m a cell; the camera stands at c and looks north with a field of 90°, 40 m far.
STREET = Drawing("""
    . .  .  .f . .  .
    . .l .  .n . .r .
    . .  .  .  . .  .
    . .w .  .c . .e .
    . .  .  .b . .  .
""")
NORTH = View(STREET.mark("c"), 0.0, 90.0, 40.0)
SEEN = [
    ("n", True, "20 m straight ahead"),
    ("f", True, "30 m straight ahead"),
    ("l", True, "on the left edge of its field"),
    ("r", True, "on the right edge of its field"),
    ("w", False, "beside it"),
    ("e", False, "beside it on the other side"),
    ("b", False, "behind it"),
    ("c", True, "at its own foot"),
]


@pytest.mark.parametrize(("mark", "is_seen", "because"), SEEN, ids=[row[-1] for row in SEEN])
def test_a_camera_sees_what_lies_in_its_sector(mark: str, is_seen: bool, because: str) -> None:
    assert (find_sight(NORTH, STREET.mark(mark)) is not None) == is_seen


RANGES = [
    (30.0, True, "as far as it is of use"),
    (29.9, False, "a hand farther than it is of use"),
]


@pytest.mark.parametrize(("range_m", "is_seen", "because"), RANGES, ids=[row[-1] for row in RANGES])
def test_a_camera_sees_as_far_as_its_range(range_m: float, is_seen: bool, because: str) -> None:
    view = View(STREET.mark("c"), 0.0, 90.0, range_m)
    assert (find_sight(view, STREET.mark("f")) is not None) == is_seen


def test_a_camera_that_turns_all_around_sees_what_is_behind_it() -> None:
    assert find_sight(View(STREET.mark("c"), 0.0, 360.0, 40.0), STREET.mark("b")) is not None


def test_a_camera_that_looks_across_north_sees_both_sides_of_it() -> None:
    view = View(STREET.mark("c"), 350.0, 90.0, 40.0)
    assert find_sight(view, STREET.mark("n")).off_deg == pytest.approx(10)  # type: ignore[union-attr]


RANKED = [
    ((0, 20), (0, 30), "the nearer one of two straight ahead"),
    ((0, 25), (20, 20), "straight ahead before the edge of the field"),
    ((10, 15), (0, 38), "near enough beside the middle before far ahead"),
]


@pytest.mark.parametrize(("first", "second", "because"), RANKED, ids=[row[-1] for row in RANKED])
def test_the_nearest_and_straightest_sight_comes_first(
    first: tuple[int, int], second: tuple[int, int], because: str
) -> None:
    foot = NORTH.place
    near, far = (
        find_sight(NORTH, PlanePoint(foot.easting_m + e, foot.northing_m + n)) for e, n in (first, second)
    )
    assert near.rank_m < far.rank_m  # type: ignore[union-attr]


FIELDS = st.floats(1, 360)
DIRECTIONS = st.floats(0, 359.9)


@given(DIRECTIONS, FIELDS, st.floats(-200, 200), st.floats(-200, 200))
def test_a_place_is_seen_exactly_when_it_lies_in_the_drawn_sector(
    direction: float, field: float, east: float, north: float
) -> None:
    view = View(PlanePoint(0, 0), direction, field, 100.0)
    sector, point = sector_of(view), Point(east, north)
    is_clear = sector.exterior.distance(point) > 0.2  # the drawn arc has corners
    assert not is_clear or sector.contains(point) == (find_sight(view, PlanePoint(east, north)) is not None)


@given(FIELDS)
def test_a_drawn_sector_has_the_area_of_a_sector(field: float) -> None:
    true_m2 = pi * 100**2 * field / 360
    assert sector_of(View(PlanePoint(0, 0), 30.0, field, 100.0)).area == pytest.approx(true_m2, rel=0.002)


@given(DIRECTIONS, DIRECTIONS)
def test_two_directions_are_never_more_than_half_a_turn_apart(one: float, other: float) -> None:
    assert 0 <= angle_between(one, other) <= 180
    assert angle_between(one, other) == pytest.approx(angle_between(other, one), abs=1e-9)


def test_a_camera_looks_at_the_middle_of_its_sector() -> None:
    assert middle_of(NORTH) == PlanePoint(NORTH.place.easting_m, NORTH.place.northing_m + 20)
