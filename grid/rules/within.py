"""Which division a place lies in, from outlines in the plane: the finest that holds all of it.

For places that lie in no unit grid, and for whole registers at once. On a shared border the smallest code
wins, as in the frame (`grid/rules/locating.py`).
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from gis_core.coverage import Shapes
from gis_core.crs import Pairs


class Divisions:
    """Outlines of divisions, in memory; only read after it is built.

    >>> here = Divisions(["610303008007", "610303"], shapely.box([0, 0], [0, 0], [10, 99], [10, 99]))
    >>> here.find_codes(np.array([[10.0, 5.0], [50.0, 50.0], [200.0, 0.0]]))
    ['610303008007', '610303', '']
    >>> here.find_codes_of_all(shapely.linestrings([[(1, 1), (9, 9)], [(1, 1), (50, 9)]]))
    ['610303008007', '610303']
    """

    __slots__ = ("_levels",)

    def __init__(self, codes: Sequence[str], shapes: Shapes) -> None:
        order = sorted(range(len(codes)), key=lambda n: (-_fineness(codes[n]), codes[n]))
        self._levels: list[tuple[list[str], shapely.STRtree]] = []
        for _, level in groupby(order, key=lambda n: _fineness(codes[n])):
            mine = list(level)
            self._levels.append(([codes[n] for n in mine], shapely.STRtree(shapes[mine])))

    def find_codes(self, points: Pairs) -> list[str]:
        """The finest division of each row (easting, northing); empty where none holds it."""
        return self._find(np.asarray(shapely.points(points), dtype=object), is_whole=False)

    def find_codes_of_all(self, shapes: Shapes) -> list[str]:
        """The finest division that holds all of each shape; empty where it reaches beyond them."""
        return self._find(shapes, is_whole=True)

    def _find(self, shapes: Shapes, *, is_whole: bool) -> list[str]:
        found = [""] * len(shapes)
        left = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
        for codes, tree in self._levels:
            if not len(left):
                break
            predicate: Literal["covered_by", "intersects"] = "covered_by" if is_whole else "intersects"
            asking, holding = tree.query(shapes[left], predicate=predicate)
            for n, area in _first(asking, holding):
                found[int(left[n])] = codes[area]
            left = np.setdiff1d(left, left[asking])
        return found


def _fineness(code: str) -> int:
    """Digits of a code that say something: a city's last two are zeros."""
    return len(code.removesuffix("00")) if len(code) == 6 else len(code)


def _first(asking: NDArray[np.intp], holding: NDArray[np.intp]) -> Iterable[tuple[int, int]]:
    """For each that asks the first that holds it."""
    order = np.lexsort((holding, asking))
    asking, holding = asking[order], holding[order]
    starts = np.flatnonzero(np.diff(asking, prepend=-1))
    return zip(asking[starts].tolist(), holding[starts].tolist(), strict=True)
