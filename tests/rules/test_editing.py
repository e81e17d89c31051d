"""Splitting, merging and redrawing on drawn maps: no ground is lost, and borders stay shared exactly."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon, box

from gis_core.shapes import is_on_grain
from grid.rules.editing import BadEdit, GridsApart, LineMisses, OverBorder, kind_of, reshape
from tests.rules.drawing import SOUTH_M, WEST_M, Drawing

CITY = Drawing("""
    A A A B B C
    A A A B B C
    A A A D D D
""")
COMMUNITY = "610303008007"
WHOLE = box(WEST_M, SOUTH_M, WEST_M + 60, SOUTH_M + 30)
CODES = {"A": f"{COMMUNITY}001", "B": f"{COMMUNITY}002", "C": f"{COMMUNITY}003", "D": f"{COMMUNITY}004"}


def chosen(letters: str) -> dict[str, Polygon]:
    return {CODES[letter]: CITY.area(letter) for letter in letters}


def others(letters: str) -> dict[str, Polygon]:
    return {code: CITY.area(letter) for letter, code in CODES.items() if letter not in letters}


def line(*points: tuple[float, float]) -> LineString:
    """A line through places in metres from the drawing's south-western corner."""
    return LineString([(WEST_M + east, SOUTH_M + north) for east, north in points])


def areas(shapes: object) -> list[float]:
    return sorted(round(shape.area) for shape in shapes)  # type: ignore[attr-defined]  # shapes


def test_a_drawn_line_splits_a_grid() -> None:
    result = reshape(chosen("A"), others("A"), [line((-5, 15), (35, 15))])
    assert (areas(result.made), result.ended) == ([450, 450], (CODES["A"],))


def test_a_line_that_ends_a_little_short_still_splits() -> None:
    assert areas(reshape(chosen("A"), others("A"), [line((1, 15), (29, 15))]).made) == [450, 450]


def test_two_lines_make_four() -> None:
    cross = [line((-5, 15), (35, 15)), line((15, -5), (15, 35))]
    assert areas(reshape(chosen("A"), others("A"), cross).made) == [225, 225, 225, 225]


def test_neighbours_merge_into_one() -> None:
    assert areas(reshape(chosen("BC"), others("BC"), []).made) == [600]


def test_a_border_is_redrawn_by_merging_and_parting_anew() -> None:
    result = reshape(chosen("BC"), others("BC"), [line((40, 5), (40, 35))])
    assert (areas(result.made), result.ended) == ([200, 400], (CODES["B"], CODES["C"]))


def test_a_neighbour_gains_the_corner_of_the_new_border_and_keeps_its_ground() -> None:
    result = reshape(chosen("A"), others("A"), [line((-5, 15), (35, 15))])
    ((code, shape),) = result.touched.items()
    corners = shapely.get_coordinates(shape).tolist()
    assert (code, shape.area, [WEST_M + 30, SOUTH_M + 15] in corners) == (CODES["B"], 400, True)


@settings(max_examples=60, deadline=None)
@given(st.floats(1.5, 28.5), st.floats(1.5, 28.5))
def test_whatever_is_cut_the_city_stays_covered_exactly(west_m: float, east_m: float) -> None:
    around = others("A")
    result = reshape(chosen("A"), around, [line((-5, west_m), (35, east_m))])
    whole = np.array([*result.made, *(around | result.touched).values()], dtype=object)
    assert shapely.coverage_is_valid(whole)
    assert sum(shape.area for shape in result.made) == pytest.approx(900, abs=0.1)
    assert all(is_on_grain(shape) for shape in result.made)


def moved(letter: str, east_m: float, north_m: float) -> dict[str, Polygon]:
    return {
        CODES[letter]: shapely.transform(CITY.area(letter), lambda pairs: np.add(pairs, (east_m, north_m)))
    }


def test_grids_that_overlap_merge_into_all_their_ground() -> None:
    result = reshape(moved("B", 4, 0) | chosen("C"), others("BC"), [])
    assert areas(result.made) == [520]  # B's 400 and C's 200, 80 of them twice


def test_ground_that_a_neighbour_claims_too_is_not_lost() -> None:
    result = reshape(moved("B", -4, 0), others("B"), [line((36, 5), (36, 35))])
    assert areas(result.made) == [200, 200]


def test_a_grid_that_gives_way_keeps_what_no_neighbour_has() -> None:
    result = reshape(moved("B", 4, 4), others("B"), [], within=WHOLE)
    assert (areas(result.made), result.ended) == ([256], (CODES["B"],))


@settings(max_examples=40, deadline=None)
@given(st.floats(-9, 9), st.floats(-9, 9))
def test_a_grid_out_of_place_is_put_right_by_giving_way_and_filling(east_m: float, north_m: float) -> None:
    city, around = WHOLE, others("B")
    wrong = {
        code: shapely.set_precision(shape, 1 / 1024) for code, shape in moved("B", east_m, north_m).items()
    }
    bare = shapely.difference(city, shapely.union_all([*wrong.values(), *around.values()]))
    gaps = [part for part in shapely.get_parts(bare) if part.area > 1]
    result = reshape(wrong, around, [], gaps, within=city)
    whole = np.array([*result.made, *(around | result.touched).values()], dtype=object)
    filled = 400 - bare.area + sum(part.area for part in gaps)  # a hair of bare ground is nobody's gap
    assert sum(shape.area for shape in result.made) == pytest.approx(filled, abs=0.1)
    assert shapely.coverage_is_valid(whole)


REFUSED = [
    ("A", [line((40, 0), (60, 30))], LineMisses, "the line runs elsewhere"),
    ("A", [line((5, 5), (15, 15))], LineMisses, "the line ends inside"),
    ("A", [line((5, 5), (5, 5))], LineMisses, "a point is no line"),
    ("A", [line((-5, 0.01), (35, 0.01))], LineMisses, "a hair is no grid"),
    ("AC", [], GridsApart, "they do not touch"),
    ("A", [], BadEdit, "one grid and no line is nothing to do"),
    ("", [], BadEdit, "nothing is chosen"),
]


@pytest.mark.parametrize(("letters", "lines", "error", "because"), REFUSED, ids=[r[-1] for r in REFUSED])
def test_what_makes_no_edit_is_refused(
    letters: str, lines: list[LineString], error: type[BadEdit], because: str
) -> None:
    with pytest.raises(error, match="。"):
        reshape(chosen(letters), others(letters), lines)


def test_grids_of_two_communities_do_not_merge() -> None:
    over = chosen("B") | {"610303008008001": box(WEST_M + 50, SOUTH_M + 10, WEST_M + 60, SOUTH_M + 30)}
    with pytest.raises(OverBorder):
        reshape(over, {}, [])


def test_a_grid_that_lies_in_others_altogether_cannot_give_way() -> None:
    with pytest.raises(BadEdit, match="撤销"):
        reshape(moved("C", -40, 0), others("C"), [], within=WHOLE)


def test_an_edit_is_named_for_what_it_does() -> None:
    cut = [line((0, 0), (1, 1))]
    assert [kind_of(["a"], cut), kind_of(["a", "b"], []), kind_of(["a", "b"], cut)] == [
        "split", "merge", "redraw",
    ]  # fmt: skip
