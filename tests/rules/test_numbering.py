"""Unit grids of a community are numbered as a map is read."""

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from grid.rules.numbering import TooManyGrids, number_unit_grids
from tests.rules.drawing import Drawing

COMMUNITY = "610303008007"

COMMUNITY_MAP = Drawing("""
    D D A A . C
    D D A A C C
    F F F B B B
    F F F B B B
    . E E E E .
""")


def reading_order(drawing: Drawing) -> str:
    letters = drawing.letters()
    codes = number_unit_grids(COMMUNITY, [drawing.area(letter) for letter in letters])
    return "".join(letter for _, letter in sorted(zip(map(str, codes), letters, strict=True)))


def test_grids_are_numbered_from_west_to_east_in_bands_from_north_to_south() -> None:
    assert reading_order(COMMUNITY_MAP) == "DACFBE"


def test_a_grid_a_little_lower_stays_in_its_band() -> None:
    stairs = Drawing("""
        C C . . . .
        C C B B . .
        C C B B A A
        C C B B A A
        . . B B A A
        . . . . A A
    """)
    assert reading_order(stairs) == "CBA"


def test_a_grid_half_a_height_lower_begins_a_new_band() -> None:
    stairs = Drawing("""
        . . B B
        A A B B
        A A . .
    """)
    assert reading_order(stairs) == "AB"  # exactly half a height is still the same band
    deeper = Drawing("""
        . . B B
        . . B B
        A A . .
        A A . .
    """)
    assert reading_order(deeper) == "BA"


@given(st.permutations("ABCDEF"))
@settings(deadline=None, max_examples=30)
def test_the_order_in_which_grids_were_drawn_changes_no_number(letters: list[str]) -> None:
    codes = number_unit_grids(COMMUNITY, [COMMUNITY_MAP.area(letter) for letter in letters])
    assert "".join(sorted(letters, key=lambda one: str(codes[letters.index(one)]))) == "DACFBE"


def test_numbers_once_used_are_not_given_again() -> None:
    codes = number_unit_grids(COMMUNITY, [shapely.box(0, 0, 9, 9), shapely.box(9, 0, 18, 9)], after=41)
    assert [str(code) for code in codes] == ["610303008007042", "610303008007043"]


def test_a_community_without_grids_has_no_numbers() -> None:
    assert number_unit_grids(COMMUNITY, []) == ()


def test_a_community_cannot_have_a_thousand_grids() -> None:
    with pytest.raises(TooManyGrids, match="999"):
        number_unit_grids(COMMUNITY, [shapely.box(0, 0, 9, 9)] * 2, after=998)
