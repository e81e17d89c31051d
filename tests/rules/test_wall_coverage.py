"""Streets by the part of their unit grids that nobody walked; few grids are no sample."""

from grid.positions.coverage import GridWalks
from web.wall_coverage import by_street


def walks(street: str, grids: int, walked: int) -> list[GridWalks]:
    return [
        GridWalks(f"{street}00{n:04}", None, int(n < walked), int(n < walked), None) for n in range(grids)
    ]


def test_the_street_with_the_largest_unwalked_part_comes_first():
    found = by_street([*walks("610302001", 20, 15), *walks("610302002", 10, 4)])
    assert [(one.code, one.unwalked) for one in found] == [("610302002", 6), ("610302001", 5)]


def test_a_street_with_nine_grids_is_small_and_stands_after_all_others():
    found = by_street([*walks("610302001", 9, 0), *walks("610302002", 10, 10)])
    assert [(one.code, one.is_small) for one in found] == [("610302002", False), ("610302001", True)]
