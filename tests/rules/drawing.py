"""Maps drawn in a test: capitals are ground, a lower-case letter is a mark, top is north, a cell is 10 m."""

from dataclasses import dataclass, field

import shapely
from shapely import Polygon

from gis_core.places import PlanePoint

STEP_M = 10.0
WEST_M, SOUTH_M = 430_000.0, 3_804_000.0
"""South-west corner of every drawing, somewhere in Baoji (EPSG:4545)."""

_SIDES = {">": (1, 0), "<": (-1, 0), "^": (0, 1), "_": (0, -1)}


@dataclass(slots=True)
class Drawing:
    """Cells separated by blanks: `A` is ground, `.` is none, `Ap` bears the mark p in its middle.

    A mark followed by `>`, `<`, `^` or `_` stands on that side of its cell; by two of them, in the corner.
    """

    picture: str
    _cells: dict[str, list[Polygon]] = field(init=False, default_factory=dict)
    _marks: dict[str, PlanePoint] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        rows = [line.split() for line in self.picture.splitlines() if line.strip()]
        for up, row in enumerate(reversed(rows)):
            for across, token in enumerate(row):
                self._take(token, WEST_M + across * STEP_M, SOUTH_M + up * STEP_M)

    def area(self, letter: str) -> Polygon:
        """All cells of a letter as one polygon."""
        ground = shapely.union_all(self._cells[letter])
        assert isinstance(ground, Polygon), f"{letter} is drawn in several pieces"
        return ground

    def letters(self) -> tuple[str, ...]:
        """Letters of the ground, in order."""
        return tuple(sorted(self._cells))

    def mark(self, letter: str) -> PlanePoint:
        """Where a mark stands."""
        return self._marks[letter]

    def _take(self, token: str, west_m: float, south_m: float) -> None:
        if token[0] != ".":
            cell = shapely.box(west_m, south_m, west_m + STEP_M, south_m + STEP_M)
            self._cells.setdefault(token[0], []).append(cell)
        if len(token) > 1:
            sides = [_SIDES[side] for side in token[2:]]
            east = 0.5 + sum(side[0] for side in sides) / 2
            north = 0.5 + sum(side[1] for side in sides) / 2
            self._marks[token[1]] = PlanePoint(west_m + east * STEP_M, south_m + north * STEP_M)
