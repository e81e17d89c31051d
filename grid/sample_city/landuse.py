"""What a piece of ground is used for, by the plan's weights, with like beside like."""

import numpy as np
import shapely
from numpy.typing import NDArray

from gis_core.coverage import Ints, Shapes
from grid.sample_city.blocks import chance
from grid.sample_city.landscape import Landscape
from grid.sample_city.plan import Floats

USES: tuple[str, ...] = (
    "residential", "commercial", "courtyard", "school", "industrial",
    "park", "field", "slope", "riverside", "water",
)  # fmt: skip
GRID_M2: dict[str, float] = {
    "residential": 12_900.0,
    "commercial": 11_600.0,
    "courtyard": 10_600.0,
    "school": 20_000.0,
    "industrial": 25_000.0,
    "park": 36_000.0,
    "field": 46_000.0,
    "slope": 75_000.0,
    "riverside": 24_000.0,
    "water": 62_000.0,
}
"""Size of a unit grid by land use: about ten thousand square metres where people live (GB/T 30428.1)."""
WITH_LANES = frozenset({"residential", "commercial", "courtyard", "industrial", "school"})


def uses_of(cells: Shapes, blocks: Ints, scape: Landscape) -> NDArray[np.object_]:
    """The land use of each cell of the frame."""
    middles = shapely.point_on_surface(cells)
    points = shapely.get_coordinates(middles)
    uses = _drawn_by_lot(points, blocks, scape)
    away = shapely.distance(middles, shapely.union_all(scape.planned.lines))
    uses[away > 430] = "slope"
    uses[(away > 300) & (away <= 430) & (chance(points, scape.seed + 5) < 0.7)] = "field"
    edge = shapely.distance(middles, scape.frame.boundary)
    lot = chance(points, scape.seed + 7)
    uses[(edge < 110) & (lot < 0.75)] = "slope"
    uses[(edge >= 110) & (edge < 200) & (lot < 0.4)] = "field"
    for park in scape.facts.plan.parks:
        uses[np.hypot(*(points - park.at).T) < park.radius_m] = "park"
    width = shapely.area(cells) / shapely.length(cells)
    bank = shapely.distance(middles, scape.main_river)
    uses[(bank < 130) & ((width < 32) | (bank < 60))] = "riverside"
    uses[shapely.contains_properly(scape.water, middles)] = "water"
    return uses


def _drawn_by_lot(points: Floats, blocks: Ints, scape: Landscape) -> NDArray[np.object_]:
    names = USES[:7]
    weights = np.full((len(points), len(names)), 1e-6)
    for area in scape.facts.plan.uses:
        near = np.exp(-0.5 * (np.hypot(*(points - area.at).T) / area.radius_m) ** 2)
        for use, weight in area.weights:
            weights[:, names.index(use)] += near * weight
    shares = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    # Half of the cells follow the lot of their block, so that works and estates lie together; parks never do.
    own = chance(points, scape.seed + 3)
    block_lot = chance(np.column_stack([blocks * 17.31, blocks * 5.77]), scape.seed + 4)
    follows = chance(points, scape.seed + 6) < 0.5
    chosen = _pick(shares, np.where(follows, block_lot, own), names)
    is_green = np.isin(chosen.astype(str), ["park", "field"])
    return np.asarray(np.where(is_green, _pick(shares, own, names), chosen), dtype=object)


def _pick(shares: Floats, lot: Floats, names: tuple[str, ...]) -> NDArray[np.object_]:
    place = np.minimum((lot[:, None] > shares).sum(axis=1), len(names) - 1)
    return np.asarray(np.array(names, dtype=object)[place])
