"""The frame as a survey office would hand it over, with defects planted for whoever learns to find them."""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely import Polygon, affinity

from grid.rules.codes import UnitGridCode
from grid.rules.quality import SeenGrid


@dataclass(frozen=True, slots=True)
class Planted:
    """A defect put in on purpose: what kind the check should call it, and the code of the grid."""

    kind: str
    code: str
    words: str


def plant_defects(grids: list[SeenGrid], *, seed: int) -> tuple[list[SeenGrid], list[Planted]]:
    """The frame with one defect of each usual kind, in grids far from one another; the same for a seed."""
    found = list(grids)
    places = _apart(grids, count=7, seed=seed)
    planted: list[Planted] = []

    def change(n: int, kind: str, words: str, **changes: object) -> None:
        planted.append(Planted(kind, found[n].code, words))
        found[n] = replace(found[n], **changes)  # type: ignore[arg-type]  # fields of SeenGrid

    one, two, three, four, five, six, seven = places
    change(one, "overlap", "向外多画 4 米", shape=_shape(grids[one]).buffer(4, join_style="mitre"))
    middle = _shape(grids[two]).representative_point().buffer(6, quad_segs=4)
    change(two, "gap", "中间挖去一块", shape=_shape(grids[two]).difference(middle))
    wrong = UnitGridCode.parse(grids[three].code)
    other = f"{wrong.community_code[:9]}{(int(wrong.community_code[9:]) + 1) % 1000:03d}"
    change(three, "wrong_prefix", "社区代码填错", code=f"{other}{wrong.sequence:03d}")
    change(four, "duplicate_code", "与旁边的网格同码", code=grids[_beside(grids, four)].code)
    change(five, "invalid_ring", "边界打了个结", shape=_knotted(_shape(grids[five])))
    change(six, "bad_code", "编码里有全角数字", code=grids[six].code[:-1] + "７")
    moved = affinity.translate(_shape(grids[seven]), 30.0, 0.0)
    change(seven, "uncovered", "整体偏了 30 米", shape=moved)
    return found, planted


def _shape(grid: SeenGrid) -> Polygon:
    assert isinstance(grid.shape, Polygon)
    return grid.shape


def _apart(grids: list[SeenGrid], *, count: int, seed: int) -> list[int]:
    """Places of grids of usual size, each far from the others."""
    middles = shapely.get_coordinates(shapely.centroid(np.array([g.shape for g in grids], dtype=object)))
    rng = np.random.default_rng([seed, 300])
    chosen = [int(rng.integers(len(grids)))]
    while len(chosen) < count:
        away = np.min([np.hypot(*(middles - middles[n]).T) for n in chosen], axis=0)
        far = np.flatnonzero(away > np.quantile(away, 0.6))
        chosen.append(int(far[rng.integers(len(far))]))
    return chosen


def _beside(grids: list[SeenGrid], n: int) -> int:
    """The grid of the same community next to one."""
    same = [k for k, grid in enumerate(grids) if grid.code[:12] == grids[n].code[:12] and k != n]
    return min(same, key=lambda k: _shape(grids[k]).distance(_shape(grids[n])))


def _knotted(shape: Polygon) -> Polygon:
    """The outline with a corner dragged out across the other side, so that it crosses itself."""
    corners = shapely.get_coordinates(shape.exterior)[:-1]
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    at = int(sides.argmax())
    middle = (corners[at] + corners[(at + 1) % len(corners)]) / 2
    centre = shapely.get_coordinates(shape.centroid)[0]
    return Polygon(np.insert(corners, at + 1, centre + (centre - middle) * 1.5, axis=0))
