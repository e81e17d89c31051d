"""Stretches of street with one name put together: what hangs together is one street, what lies apart is two.

A register of streets has a row for each stretch between crossings; people mean the whole. Plane metres.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from gis_core.coverage import Shapes

APART_M = 50.0
"""Stretches of one name no farther apart are one street: a crossing or a bridge may part them (ours)."""


@dataclass(frozen=True, slots=True)
class StreetGroup:
    """A street: its name, its stretches by their places in what was given, and their lines joined."""

    name: str
    members: tuple[int, ...]
    shape: BaseGeometry

    @property
    def length_m(self) -> float:
        """Metres of all its stretches."""
        return float(self.shape.length)


def group_streets(names: Sequence[str], lines: Shapes, *, apart_m: float = APART_M) -> list[StreetGroup]:
    """Streets in the order of their names, of one name the longest first.

    >>> lines = shapely.linestrings([[(0, 0), (9, 0)], [(9, 0), (20, 0)], [(500, 0), (501, 0)]])
    >>> [(one.name, one.members, one.length_m) for one in group_streets(["新建路"] * 3, lines)]
    [('新建路', (0, 1), 20.0), ('新建路', (2,), 1.0)]
    """
    if not len(lines):
        return []
    labels = _labels(np.asarray(names, dtype=object), lines, apart_m)
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    groups = [
        StreetGroup(names[int(part[0])], tuple(part.tolist()), _joined(lines[part]))
        for part in np.split(order, starts[1:])
    ]
    return sorted(groups, key=lambda one: (one.name, -one.length_m, one.members))


def _labels(names: NDArray[np.object_], lines: Shapes, apart_m: float) -> NDArray[np.int64]:
    """A number for each stretch, the same for those of one street."""
    one, other = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=apart_m)
    same = names[one] == names[other]
    count = len(lines)
    beside = coo_array(
        (np.ones(int(same.sum()), dtype=np.int8), (one[same], other[same])), shape=(count, count)
    )
    found: NDArray[np.int64] = connected_components(beside, directed=False)[1].astype(np.int64)
    return found


def _joined(lines: Shapes) -> BaseGeometry:
    if len(lines) == 1:
        only: BaseGeometry = lines[0]
        return only
    merged: BaseGeometry = shapely.line_merge(shapely.MultiLineString(list(shapely.get_parts(lines))))
    return merged
