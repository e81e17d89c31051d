"""How far one gets within some minutes, as areas: reached roads and the blocks between them, buffered.

The roads reached include the reached parts of those one does not get to the end of. A block all of whose roads are
reached, and that is no larger than `FILL_M2`, counts as reached; the area is the buffer of all that. Nested budgets
give nested areas. `towards` asks the other way round: from where can one be here within the budget.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from gis_core.coverage import Floats, Ints, Shapes
from gis_core.errors import BadInput
from gis_core.roads.blocks import find_blocks
from gis_core.roads.closures import OpenRoads
from gis_core.roads.network import Bools
from gis_core.roads.places import RoadPlace, RoadPlaces
from gis_core.roads.searching import search
from gis_core.shapes import PlaneMultiPolygon

BUFFER_M = 40.0
LEAST_BUFFER_M, MOST_BUFFER_M = 1.0, 200.0
FILL_M2 = 100_000.0
"""Blocks up to ten hectares are reached when all roads around them are; larger ones are hills, rivers, yards."""
MOST_BUDGETS = 8
LONGEST_S = 4 * 3600.0
_CORNERS_PER_QUARTER = 4
_WHOLE = 1.0 - 1e-9
_SPLINTER_M2 = 2_500.0  # a hole of 50 m across tells nobody anything


class BadBudget(BadInput):
    """Budgets that are none, too many, or too long."""

    code = "bad_budget"


@dataclass(frozen=True, slots=True)
class Isochrone:
    """Where one gets to within a budget: the area, and how many metres of road are in it."""

    budget_s: float
    area: PlaneMultiPolygon
    road_m: float


@dataclass(frozen=True, slots=True, eq=False)
class ReachedRoads:
    """Parts of stretches reached: which stretch, from which share of its length to which."""

    stretches: Ints
    from_share: Floats
    to_share: Floats

    @property
    def is_whole(self) -> Bools:
        """Which of them are reached from end to end."""
        whole: Bools = self.to_share - self.from_share >= _WHOLE
        return whole


def draw_isochrones(
    roads: OpenRoads,
    places: Sequence[RoadPlace],
    budgets_s: Sequence[float],
    *,
    towards: bool = False,
    buffer_m: float = BUFFER_M,
    fill_m2: float = FILL_M2,
) -> tuple[Isochrone, ...]:
    """One area for each budget, the shortest first; of several places the nearest counts.

    :raises BadBudget: when there is no budget, or one is not between 0 and four hours.
    """
    budgets = sorted(set(budgets_s))
    _check(budgets, buffer_m)
    origins = RoadPlaces.of(places)
    reach = search(roads, origins, towards=towards, limit_s=budgets[-1], nearest_only=True)
    found: list[Isochrone] = []
    inner: BaseGeometry = Polygon()
    for budget_s in budgets:
        reached = list_reached(roads, reach.seconds[0], origins, budget_s, towards=towards)
        inner = _area(roads, reached, inner, buffer_m, fill_m2)
        found.append(Isochrone(budget_s, _multi(inner), _length_m(roads, reached)))
    return tuple(found)


def _check(budgets: Sequence[float], buffer_m: float) -> None:
    if not budgets or len(budgets) > MOST_BUDGETS:
        raise BadBudget(f"请给出 1 至 {MOST_BUDGETS} 个时限，得到 {len(budgets)} 个。")
    if not all(0.0 < budget <= LONGEST_S for budget in budgets):
        raise BadBudget(f"时限须大于 0，且不超过 {LONGEST_S / 3600:.0f} 小时。请更正后重试。")
    if not LEAST_BUFFER_M <= buffer_m <= MOST_BUFFER_M:
        raise BadBudget(f"缓冲距离须在 {LEAST_BUFFER_M:.0f} 至 {MOST_BUFFER_M:.0f} 米之间。请更正后重试。")


def list_reached(
    roads: OpenRoads, node_s: Floats, places: RoadPlaces, budget_s: float, *, towards: bool = False
) -> ReachedRoads:
    """The stretches and parts of them reached within a budget, from the seconds of every node.

    A stretch reached from both ends with a gap between comes in two rows.
    """
    network = roads.network
    left_s = np.where(node_s <= budget_s, budget_s - node_s, 0.0)
    # From its start one drives along a stretch, from its end against it; towards a place the other way round.
    costs = np.where(roads.closed.reshape(-1, 2), np.inf, network.seconds)
    at_start_s, at_end_s = (costs[:, 1], costs[:, 0]) if towards else (costs[:, 0], costs[:, 1])
    from_start = np.minimum(left_s[network.starts] / at_start_s, 1.0)
    from_end = np.minimum(left_s[network.ends] / at_end_s, 1.0)
    whole = from_start + from_end >= _WHOLE
    rows = [
        (np.flatnonzero(whole), 0.0, 1.0),
        ((first := np.flatnonzero(~whole & (from_start > 0))), 0.0, from_start[first]),
        ((last := np.flatnonzero(~whole & (from_end > 0))), 1.0 - from_end[last], 1.0),
        *_around_places(roads, places, budget_s, towards=towards),
    ]
    stretches = np.concatenate([row[0] for row in rows])
    shares = [np.concatenate([np.broadcast_to(row[n], row[0].shape) for row in rows]) for n in (1, 2)]
    return ReachedRoads(stretches, shares[0], shares[1])


def _around_places(
    roads: OpenRoads, places: RoadPlaces, budget_s: float, *, towards: bool
) -> list[tuple[Ints, float | Floats, float | Floats]]:
    """What is reached on the very stretches that the places stand on."""
    network = roads.network
    found: list[tuple[Ints, float | Floats, float | Floats]] = []
    for stretch, along_m in zip(places.stretches.tolist(), places.along_m.tolist(), strict=True):
        length_m = float(network.lengths_m[stretch])
        if stretch < 0 or length_m <= 0:
            continue
        along_s, against_s = network.seconds[stretch, ::-1] if towards else network.seconds[stretch]
        low_m = max(0.0, along_m - budget_s / float(against_s) * length_m)
        high_m = min(length_m, along_m + budget_s / float(along_s) * length_m)
        low_m = low_m if roads.is_part_open(stretch, low_m, along_m) else along_m
        high_m = high_m if roads.is_part_open(stretch, along_m, high_m) else along_m
        if high_m > low_m:
            found.append((np.array([stretch]), low_m / length_m, high_m / length_m))
    return found


def _length_m(roads: OpenRoads, reached: ReachedRoads) -> float:
    """Metres of road reached; where parts lie on one another only once."""
    whole = np.unique(reached.stretches[reached.is_whole])
    total = float(roads.network.lengths_m[whole].sum())
    parts = np.flatnonzero(~np.isin(reached.stretches, whole))
    order = parts[np.lexsort((reached.from_share[parts], reached.stretches[parts]))]
    last, until = -1, 0.0
    for n in order.tolist():
        stretch, low, high = int(reached.stretches[n]), float(reached.from_share[n]), float(reached.to_share[n])
        begin = max(low, until) if stretch == last else low
        total += max(0.0, high - begin) * float(roads.network.lengths_m[stretch])
        until = max(until, high) if stretch == last else high
        last = stretch
    return total


def _area(
    roads: OpenRoads, reached: ReachedRoads, inner: BaseGeometry, buffer_m: float, fill_m2: float
) -> BaseGeometry:
    """The reached ground, and all of the smaller area that must lie in it."""
    network = roads.network
    is_whole = np.zeros(network.stretch_count, dtype=bool)
    is_whole[reached.stretches[reached.is_whole]] = True
    blocks = find_blocks(network)
    filled = blocks.list_filled(is_whole, fill_m2)
    has_filled = np.where(blocks.of_side >= 0, filled[blocks.of_side] if len(filled) else False, False)
    left, right = has_filled[::2], has_filled[1::2]
    rim = network.shapes[left != right]
    loose = network.shapes[is_whole & ~left & ~right]
    partial = _cut(network.shapes, reached)
    lines = np.concatenate([rim, loose, partial])
    if not len(lines):
        return inner
    edge = shapely.buffer(
        shapely.line_merge(shapely.multilinestrings(lines)), buffer_m, quad_segs=_CORNERS_PER_QUARTER
    )
    # The rim alone bounds what is filled, so only it is put together, however many blocks lie within.
    grounds = [edge, inner] + ([shapely.build_area(shapely.geometrycollections(rim))] if len(rim) else [])
    return _without_splinters(shapely.union_all(grounds))


def _cut(shapes: Shapes, reached: ReachedRoads) -> Shapes:
    parts = np.flatnonzero(~reached.is_whole)
    found = np.empty(len(parts), dtype=object)
    found[:] = [
        substring(shapes[reached.stretches[n]], reached.from_share[n], reached.to_share[n], normalized=True)
        for n in parts
    ]
    return found[shapely.get_type_id(found) == shapely.GeometryType.LINESTRING]


def _without_splinters(area: BaseGeometry) -> BaseGeometry:
    """The area without its tiniest holes."""
    parts = []
    for part in shapely.get_parts(area):
        rings = shapely.get_rings(part)
        holes = rings[1:]
        parts.append(Polygon(rings[0], holes[shapely.area(shapely.polygons(holes)) >= _SPLINTER_M2]) if len(holes) else part)
    return MultiPolygon(parts)


def _multi(area: BaseGeometry) -> PlaneMultiPolygon:
    parts = [part for part in shapely.get_parts(area) if isinstance(part, Polygon) and not part.is_empty]
    return PlaneMultiPolygon(MultiPolygon(parts))
