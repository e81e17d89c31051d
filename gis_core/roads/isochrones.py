"""How far one gets within some minutes, as areas: reached roads and the blocks between them, buffered.

The roads reached include the reached parts of those one does not get to the end of. A block all of whose
roads are reached, and that is no larger than `FILL_M2`, counts as reached; the area is the buffer of all
that. Nested budgets give nested areas. `towards` asks from where one can be here within the budget.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gis_core.coverage import Floats, Ints, Shapes
from gis_core.errors import BadInput
from gis_core.roads.blocks import find_blocks
from gis_core.roads.closures import OpenRoads
from gis_core.roads.cutting import cut_lines
from gis_core.roads.network import AT_NODE_M, Bools, RoadNetwork
from gis_core.roads.places import RoadPlace, RoadPlaces
from gis_core.roads.searching import search
from gis_core.shapes import PlaneMultiPolygon

BUFFER_M = 40.0
LEAST_BUFFER_M, MOST_BUFFER_M = 1.0, 200.0
FILL_M2 = 100_000.0
"""Blocks up to ten hectares are reached when all roads around them are; larger ones are hills and rivers."""
MOST_BUDGETS = 8
LONGEST_S = 4 * 3600.0
_Row = tuple[Ints, float | Floats, float | Floats]
"""Stretches, and from which share of each to which."""
_CORNERS_PER_QUARTER, _CORNERS_OF_ENDS = 4, 2  # loose ends are many and short
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
        is_whole = _is_whole(roads, reached)
        inner = _area(roads, reached, is_whole, inner, buffer_m=buffer_m, fill_m2=fill_m2)
        found.append(Isochrone(budget_s, _multi(inner), _length_m(roads, reached, is_whole)))
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
    rows: list[_Row] = [
        (np.flatnonzero(whole), 0.0, 1.0),
        ((first := np.flatnonzero(~whole & (from_start > 0))), 0.0, from_start[first]),
        ((last := np.flatnonzero(~whole & (from_end > 0))), 1.0 - from_end[last], 1.0),
        *_around_places(roads, places, budget_s, towards=towards),
    ]
    stretches = np.concatenate([row[0] for row in rows])
    low = np.concatenate([np.broadcast_to(row[1], row[0].shape) for row in rows])
    high = np.concatenate([np.broadcast_to(row[2], row[0].shape) for row in rows])
    return ReachedRoads(stretches, low, high)


def _around_places(roads: OpenRoads, places: RoadPlaces, budget_s: float, *, towards: bool) -> list[_Row]:
    """What is reached on the very stretches that the places stand on."""
    network = roads.network
    found: list[_Row] = []
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


def _is_whole(roads: OpenRoads, reached: ReachedRoads) -> Bools:
    """Which stretches are reached from end to end."""
    is_whole = np.zeros(roads.network.stretch_count, dtype=bool)
    is_whole[reached.stretches[reached.is_whole]] = True
    return is_whole


def _length_m(roads: OpenRoads, reached: ReachedRoads, is_whole: Bools) -> float:
    """Metres of road reached; where parts lie on one another only once."""
    lengths_m = roads.network.lengths_m
    parts = np.flatnonzero(~is_whole[reached.stretches])
    order = parts[np.lexsort((reached.from_share[parts], reached.stretches[parts]))]
    stretch, low, high = reached.stretches[order], reached.from_share[order], reached.to_share[order]
    # Of one stretch there are seldom more than two parts: each begins no earlier than those before it end.
    total, last, until = 0.0, -1, 0.0
    for n, begin, end in zip(stretch.tolist(), low.tolist(), high.tolist(), strict=True):
        until = max(begin, until if n == last else 0.0)
        total += max(0.0, end - until) * float(lengths_m[n])
        until, last = max(until, end), n
    return float(lengths_m[is_whole].sum()) + total


def _area(
    roads: OpenRoads,
    reached: ReachedRoads,
    is_whole: Bools,
    inner: BaseGeometry,
    *,
    buffer_m: float,
    fill_m2: float,
) -> BaseGeometry:
    """The reached ground, and all of the smaller area that must lie in it."""
    network = roads.network
    blocks = find_blocks(network)
    filled = np.append(blocks.list_filled(is_whole, fill_m2), False)  # the open country, -1, never is
    left, right = filled[blocks.of_side[::2]], filled[blocks.of_side[1::2]]
    rim = network.shapes[left != right]
    lines = np.concatenate([network.shapes[is_whole & ~left & ~right], _cut(network, reached, is_whole)])
    # The rim alone bounds what is filled, so only it is put together, however many blocks lie within.
    core = shapely.build_area(shapely.geometrycollections(rim))
    around = shapely.buffer(core, buffer_m, quad_segs=_CORNERS_PER_QUARTER)
    loose = shapely.buffer(lines, buffer_m, quad_segs=_CORNERS_OF_ENDS)
    area = shapely.union(shapely.union(shapely.disjoint_subset_union_all(loose), around), inner)
    return _without_splinters(area, min(_SPLINTER_M2, fill_m2))


def _cut(network: RoadNetwork, reached: ReachedRoads, is_whole: Bools) -> Shapes:
    """The reached parts of stretches that are not reached from end to end."""
    length_m = network.lengths_m[reached.stretches]
    from_m, to_m = reached.from_share * length_m, reached.to_share * length_m
    parts = ~is_whole[reached.stretches] & (to_m - from_m > AT_NODE_M)
    return cut_lines(network.shapes[reached.stretches[parts]], from_m[parts], to_m[parts])


def _without_splinters(area: BaseGeometry, least_m2: float) -> BaseGeometry:
    """The area without its tiniest holes."""
    parts = shapely.get_parts(area)
    rings, owners = shapely.get_rings(parts, return_index=True)
    is_shell = np.diff(owners, prepend=-1) != 0
    kept = is_shell | (shapely.area(shapely.polygons(rings)) >= least_m2)
    return MultiPolygon(
        [
            Polygon(rings[is_shell & (owners == n)][0], list(rings[kept & ~is_shell & (owners == n)]))
            for n in range(len(parts))
        ]
    )


def _multi(area: BaseGeometry) -> PlaneMultiPolygon:
    parts = [part for part in shapely.get_parts(area) if isinstance(part, Polygon) and not part.is_empty]
    return PlaneMultiPolygon(MultiPolygon(parts))
