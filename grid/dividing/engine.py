"""From community outlines and the lines on the ground to numbered unit grids.

About 10,000 m2 each, closed, following roads, banks and railways, inside one community, courtyards and
buildings whole where they can be, borders shared exactly (GB/T 30428.1-2013 as recalled; DB11/T 2157-2023).
Pure and deterministic: the same ground gives the same grids, in whatever order it is listed.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis_core.coverage import Floats, Ints, Shapes, absorb_slivers, dissolve, faces_of, join
from grid.dividing.blocks import Blocks, lay_blocks
from grid.dividing.cutting import Spared, cut_large
from grid.dividing.ground import Ground
from grid.dividing.merging import merge_small
from grid.rules.numbering import number_unit_grids


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """How large grids should be, m2; those of `large_uses` may stay up to `large_m2`, with the reason."""

    target_m2: float = 10_000.0
    least_m2: float = 5_000.0
    tiny_m2: float = 2_000.0
    most_m2: float = 20_000.0
    split_from_m2: float = 15_000.0
    large_m2: float = 60_000.0
    large_uses: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DividedGrid:
    """A new unit grid; `reason` says why it stayed large or small, empty where it is as usual."""

    code: str
    shape: shapely.Polygon
    land_use: str
    load: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Division:
    """The grids of all communities in the order of codes, and how even the work is among them.

    `load_spread` is the coefficient of variation of loads per grid; NaN without loads.
    """

    grids: tuple[DividedGrid, ...]
    load_spread: float


def divide(ground: Ground, targets: Targets | None = None) -> Division:
    """Divide every community of the ground into unit grids.

    :raises TooManyGrids: when a community would need more than 999.
    """
    targets = targets or Targets()
    ground = ground.near_communities()
    if not len(ground.communities):
        return Division((), float("nan"))
    blocks = lay_blocks(ground)
    areas = _areas_of(blocks)
    into = merge_small(
        blocks, areas, least_m2=targets.least_m2, tiny_m2=targets.tiny_m2, most_m2=targets.most_m2
    )
    names, outlines = dissolve(
        blocks.faces, np.char.zfill(into[blocks.block_of].astype(str), 9).astype(object)
    )
    roots = names.astype(np.int64)
    pieces, whole = shapely.get_parts(outlines, return_index=True)
    community = blocks.community_of[roots][whole]
    uses = _uses_of(pieces, ground, is_water=blocks.is_water[roots][whole])
    shares = _shares(pieces, uses, ground.loads, targets)
    spared = Spared(shapely.STRtree(ground.buildings), shapely.STRtree(ground.courts))
    cuts = cut_large(pieces, shares, spared)
    shapes, community, uses = _close(pieces, cuts, community, uses, targets)
    return _numbered(shapes, community, uses, ground, targets)


def _areas_of(blocks: Blocks) -> Floats:
    return np.bincount(blocks.block_of, shapely.area(blocks.faces)).astype(np.float64)


def _uses_of(shapes: Shapes, ground: Ground, *, is_water: NDArray[np.bool_]) -> NDArray[np.object_]:
    """The use that takes most of each shape; water is water, and ground of no use on record has none."""
    uses = np.full(len(shapes), "", dtype=object)
    if len(ground.use_shapes):
        shape, area = shapely.STRtree(ground.use_shapes).query(shapes, predicate="intersects")
        shared = shapely.area(shapely.intersection(shapes[shape], ground.use_shapes[area]))
        kinds = sorted({*ground.uses})
        kind = np.array([kinds.index(use) for use in ground.uses], dtype=np.int64)[area]
        totals = np.zeros((len(shapes), len(kinds)))
        np.add.at(totals, (shape, kind), shared)
        most = totals.argmax(axis=1)
        is_most = totals[np.arange(len(shapes)), most] > 0.5 * shapely.area(shapes)
        uses[is_most] = np.array(kinds, dtype=object)[most[is_most]]
    uses[is_water] = "water"
    return uses


def _shares(shapes: Shapes, uses: NDArray[np.object_], loads: Floats, targets: Targets) -> Ints:
    """Into how many grids each block goes: by area, a little finer where much work arises."""
    areas = shapely.area(shapes)
    large = {use for use, _ in targets.large_uses}
    may_stay = np.array([use in large for use in uses], dtype=bool)
    target = np.where(may_stay, targets.large_m2 * 2 / 3, targets.target_m2)
    if len(loads):
        density = _count_in(shapes, loads) / np.maximum(areas, 1.0)
        usual = density[~may_stay].mean() if (~may_stay).any() else 0.0
        busy = np.clip(density / usual, 0.5, 2.0) if usual > 0 else np.ones(len(shapes))
        target = np.where(may_stay, target, np.maximum(target / busy**0.35, targets.least_m2 * 1.3))
    limit = np.where(may_stay, targets.large_m2, targets.split_from_m2)
    shares = np.maximum(1, np.rint(areas / target)).astype(np.int64)
    return np.where(areas > limit, np.maximum(shares, 2), 1)


def _count_in(shapes: Shapes, points: Floats) -> Ints:
    if not len(points) or not len(shapes):
        return np.zeros(len(shapes), dtype=np.int64)
    _, shape = shapely.STRtree(shapes).query(shapely.points(points), predicate="intersects")
    return np.bincount(shape, minlength=len(shapes)).astype(np.int64)


def _close(
    pieces: Shapes, cuts: Shapes, community: Ints, uses: NDArray[np.object_], targets: Targets
) -> tuple[Shapes, Ints, NDArray[np.object_]]:
    """Node outlines and cuts together, so that neighbours share every corner; leftovers join one."""
    shapes = faces_of(np.concatenate([shapely.boundary(pieces), cuts]))
    inside = shapely.point_on_surface(shapes)
    shape, piece = shapely.STRtree(pieces).query(inside, predicate="intersects")
    of = np.full(len(shapes), -1, dtype=np.int64)
    of[shape[::-1]] = piece[::-1]
    shapes, of = shapes[of >= 0], of[of >= 0]
    # land with land and water with water first; what then is left over joins whatever is there
    for weight_of_water in (1, 0):
        groups = community[of] * 2 + (uses[of] == "water") * weight_of_water
        into = absorb_slivers(shapes, groups.astype(object), np.full(len(shapes), targets.tiny_m2))
        shapes, _ = join(shapes, into)
        of = of[np.unique(into)]
    return shapes, community[of], uses[of]


def _numbered(
    shapes: Shapes, community: Ints, uses: NDArray[np.object_], ground: Ground, targets: Targets
) -> Division:
    loads = _count_in(shapes, ground.loads)
    reasons = dict(targets.large_uses)
    found: list[DividedGrid] = []
    for place, name in enumerate(ground.community_codes):
        mine = np.flatnonzero(community == place)
        for code, n in zip(number_unit_grids(name, list(shapes[mine])), mine, strict=True):
            area = shapes[n].area
            reason = reasons.get(uses[n], "") if area > targets.most_m2 else ""
            found.append(DividedGrid(str(code), shapely.normalize(shapes[n]), uses[n], int(loads[n]), reason))
    spread = float(loads.std() / loads.mean()) if len(ground.loads) and loads.sum() else float("nan")
    return Division(tuple(sorted(found, key=lambda grid: grid.code)), spread)
