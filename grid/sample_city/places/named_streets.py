"""Named streets as people number them: from one end to the other, metres along, left and right.

A street that reaches farther from west to east than from south to north runs eastward, any other northward.
Its left is then its north or west side. Distances count on over a gap in the street, straight.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis_core.coverage import Ints, Shapes
from grid.sample_city.drawing import Texts
from grid.sample_city.furnishing import Walk
from grid.sample_city.plan import Floats
from grid.sample_city.streets import WIDTHS_M, Streets


@dataclass(frozen=True, slots=True)
class NamedStreets:
    """Streets by name, in the order of the plan, and the parts they consist of in the order of running."""

    names: list[str]
    ranks: Texts
    widths_m: Floats
    lengths_m: Floats
    lines: Shapes  # parts, each running the street's way
    line_street: Ints
    line_from_m: Floats
    walk: Walk

    def at(self, street: Ints, along_m: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Points so far along streets, the direction there, and whether the street is there at all."""
        ends = np.concatenate([[0.0], np.cumsum(self.lengths_m + 1.0)])
        place = ends[street] + along_m
        line = np.searchsorted(ends[self.line_street] + self.line_from_m, place, side="right") - 1
        within = along_m - self.line_from_m[line]
        is_there = (self.line_street[line] == street) & (within <= self.walk.lengths_m[line]) & (along_m >= 0)
        points, ahead = self.walk.at(line, np.clip(within, 0.0, self.walk.lengths_m[line]))
        return points, ahead, is_there

    def aside(self, street: int, along_m: float, offset_m: float) -> Floats | None:
        """The point `offset_m` left of the middle (negative: right) so far along; None where no street is."""
        points, ahead, is_there = self.at(np.array([street]), np.array([along_m]))
        if not is_there[0]:
            return None
        return np.asarray(points[0] + np.array([-ahead[0, 1], ahead[0, 0]]) * offset_m)

    def along(self, line: Ints, points: Shapes) -> Floats:
        """How far along its street each point of a part lies, metres."""
        return np.asarray(self.line_from_m[line] + shapely.line_locate_point(self.lines[line], points))

    def find(self, name: str) -> int | None:
        """The number of a street."""
        return self.names.index(name) if name in self.names else None


def follow(streets: Streets) -> NamedStreets:
    """The named ones among streets, each turned and strung together the way it is numbered."""
    names = [name for name in dict.fromkeys(streets.names.tolist()) if name]
    lines: list[shapely.LineString] = []
    starts: list[float] = []
    owners: list[int] = []
    lengths: list[float] = []
    for number, name in enumerate(names):
        parts = _in_order(streets.lines[streets.names == name])
        done, last = 0.0, None
        for part in parts:
            first = np.array(part.coords[0])
            done += 0.0 if last is None else float(np.hypot(*(first - last)))
            lines.append(part)
            starts.append(done)
            owners.append(number)
            done, last = done + part.length, np.array(part.coords[-1])
        lengths.append(done)
    ranks = [streets.ranks[streets.names == name][0] for name in names]
    shapes = np.array(lines, dtype=object)
    return NamedStreets(
        names=names,
        ranks=np.array(ranks, dtype=object),
        widths_m=np.array([WIDTHS_M[rank] for rank in ranks]),
        lengths_m=np.array(lengths),
        lines=shapes,
        line_street=np.array(owners, dtype=np.int64),
        line_from_m=np.array(starts),
        walk=Walk(shapes),
    )


def _in_order(parts: Shapes) -> list[shapely.LineString]:
    west, south, east, north = shapely.total_bounds(parts)
    axis = 0 if east - west >= north - south else 1
    turned = [p if p.coords[-1][axis] >= p.coords[0][axis] else p.reverse() for p in parts]
    return sorted(turned, key=lambda part: float(part.coords[0][axis]))


@dataclass(frozen=True, slots=True)
class Crossings:
    """Where two named streets meet, each pair both ways: how far along the first, and which the second is."""

    street: Ints
    other: Ints
    along_m: Floats


def find_crossings(streets: NamedStreets) -> Crossings:
    """All crossings of named streets by street and distance; of two streets that meet twice the first."""
    left, right = shapely.STRtree(streets.lines).query(streets.lines, predicate="intersects")
    two = streets.line_street[left] != streets.line_street[right]
    left, right = left[two], right[two]
    met, which = shapely.get_parts(
        shapely.intersection(streets.lines[left], streets.lines[right]), return_index=True
    )
    is_point = shapely.get_type_id(met) == 0
    met, line, other = met[is_point], left[which[is_point]], streets.line_street[right[which[is_point]]]
    along = streets.along(line, met)
    street = streets.line_street[line]
    order = np.lexsort((along, other, street))
    first = np.r_[True, (np.diff(street[order]) != 0) | (np.diff(other[order]) != 0)]
    order = order[first[: len(order)]]
    order = order[np.lexsort((other[order], along[order], street[order]))]
    return Crossings(street[order], other[order], along[order])
