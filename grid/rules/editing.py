"""Splitting, merging, redrawing and abolishing unit grids: what becomes of the ground, and of neighbours.

Nothing is renumbered: grids that change end, and what takes their place gets numbers after the largest ever
used in the community. A border that gains a corner gains it on both sides, so that it stays shared exactly.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gis_core.coverage import faces_of
from gis_core.errors import Refused
from gis_core.places import GRAIN_PER_M
from gis_core.shapes import snap_to_grain

EditKind = Literal["split", "merge", "redraw", "fill", "abolish"]
REACH_M = 3.0
"""How far short of the border a drawn line may end and still be taken to reach it."""
LEAST_PIECE_M2 = 1.0
MOST_CHOSEN = 200


class BadEdit(Refused):
    """What was chosen and drawn does not make an edit."""

    code = "bad_edit"


class LineMisses(BadEdit):
    """The drawn line does not part the grids it is drawn over."""

    code = "line_misses"


class GridsApart(BadEdit):
    """Grids that do not touch cannot become one."""

    code = "grids_apart"


class OverBorder(BadEdit):
    """Grids of different communities or zones cannot become one."""

    code = "over_border"


@dataclass(frozen=True, slots=True)
class Reshaped:
    """What an edit comes to: grids that end, shapes that take their place, neighbours with a new corner."""

    ended: tuple[str, ...]
    made: tuple[Polygon, ...]
    touched: Mapping[str, Polygon]


def kind_of(
    chosen: Sequence[str], lines: Sequence[LineString], gaps: int = 0, *, gives_way: bool = False
) -> EditKind:
    """What an edit is.

    One grid and a line split it, several without a line merge, with one are redrawn, as is what gives way to
    its neighbours; bare ground is filled.
    """
    if gaps:
        return "fill"
    if gives_way and not lines:
        return "redraw"
    if not lines:
        return "merge"
    return "split" if len(chosen) == 1 else "redraw"


def reshape(
    chosen: Mapping[str, Polygon],
    neighbours: Mapping[str, Polygon],
    lines: Sequence[LineString],
    gaps: Sequence[Polygon] = (),
    *,
    within: Polygon | MultiPolygon | None = None,
) -> Reshaped:
    """The chosen grids as one ground, parted anew by the drawn lines; all in plane metres.

    A line ends on the border or outside; up to 3 m short of it counts as reaching it. Neighbours are the
    grids that touch the chosen ones. `gaps` are pieces of bare ground that become part of it. With the
    outline of a community as `within` the chosen ground gives way: what lies over neighbours or beyond the
    outline is no longer its own.

    :raises BadEdit: LineMisses when a line parts nothing, GridsApart, OverBorder.

    >>> from shapely import box
    >>> cut = LineString([(-1, 50), (101, 50)])
    >>> result = reshape({"610303008007001": box(0, 0, 100, 100)}, {}, [cut])
    >>> [piece.area for piece in result.made]
    [5000.0, 5000.0]
    """
    _check(chosen, lines, len(gaps), gives_way=within is not None)
    mine = list(chosen.values())
    if within is not None:
        mine = [_given_way(shapely.union_all(mine), list(neighbours.values()), within)]
    ground = shapely.union_all([*mine, *gaps], grid_size=1 / GRAIN_PER_M)
    if not isinstance(ground, Polygon):
        raise GridsApart("所选网格不相邻，不能合成一片。请选相邻的网格。")
    cuts = [_cut(line, ground) for line in lines]
    parts = _parts_of(ground, cuts)
    if len(parts) < 2 and lines:
        raise LineMisses("画的线没有把网格分开。请让线的两端都画到网格边界以外。")
    return _settled(tuple(sorted(chosen)), parts, neighbours)


def _given_way(
    ground: BaseGeometry, neighbours: Sequence[Polygon], within: Polygon | MultiPolygon
) -> Polygon:
    """The largest piece that is left of the ground, on the grain."""
    left = ground.intersection(within).difference(shapely.union_all(neighbours))
    pieces = [
        piece
        for piece in shapely.get_parts(snap_to_grain(left))
        if isinstance(piece, Polygon) and piece.area > LEAST_PIECE_M2
    ]
    if not pieces:
        raise BadEdit("所选网格的地面全在别的网格里，让出后什么也不剩。请改为撤销它。")
    return max(pieces, key=lambda piece: piece.area)


def _check(chosen: Mapping[str, Polygon], lines: Sequence[LineString], gaps: int, *, gives_way: bool) -> None:
    if not chosen and not gaps:
        raise BadEdit("还没有选网格。请在地图上点选。")
    if len(chosen) > MOST_CHOSEN:
        raise BadEdit(f"一次最多选 {MOST_CHOSEN} 个网格。")
    if gives_way and not chosen:
        raise BadEdit("还没有选要校正的网格。请在地图上点选。")
    if len(chosen) == 1 and not lines and not gaps and not gives_way:
        raise BadEdit("只选了一个网格。请画线把它分开，或再选相邻的网格合并。")
    if len({code[:12] for code in chosen}) > 1:
        raise OverBorder("所选网格属于不同社区，网格不能跨社区。")


def _cut(line: LineString, ground: Polygon) -> LineString:
    """The line on the stored grain, its ends drawn out a little."""
    points = shapely.get_coordinates(line)
    points = points[np.r_[True, (np.diff(points, axis=0) != 0).any(axis=1)]]
    if len(points) < 2 or not np.isfinite(points).all():
        raise LineMisses("画的线太短。请至少点两下。")
    if not line.intersects(ground):
        raise LineMisses("画的线没有经过所选网格。")
    for end, before in ((0, 1), (-1, -2)):
        along = points[end] - points[before]
        points[end] = points[end] + along / np.hypot(*along) * REACH_M
    return snap_to_grain(LineString(points))


def _parts_of(ground: Polygon, cuts: Sequence[LineString]) -> list[Polygon]:
    lines = [shapely.boundary(ground), *(cut.intersection(ground.buffer(REACH_M)) for cut in cuts)]
    faces = faces_of(np.array(lines, dtype=object))
    inside = faces[shapely.covers(ground.buffer(0.01), faces)]
    small = inside[shapely.area(inside) < LEAST_PIECE_M2]
    if len(small):
        raise LineMisses("画的线切出了不到 1 平方米的碎片。请离拐角远一点重画。")
    return list(inside)


def _settled(ended: tuple[str, ...], parts: list[Polygon], neighbours: Mapping[str, Polygon]) -> Reshaped:
    """Node the new parts with the neighbours: whoever shares a border shares its corners.

    Ground that two of them claim stays with both, for the check to tell.
    """
    if not neighbours:
        return Reshaped(ended, tuple(parts), {})
    names, around = list(neighbours), list(neighbours.values())
    whole = np.array([*parts, *around], dtype=object)
    faces = faces_of(shapely.boundary(whole))
    face, owner = shapely.STRtree(whole).query(shapely.point_on_surface(faces), predicate="intersects")
    owned: dict[int, list[Polygon]] = defaultdict(list)
    for f, o in zip(face.tolist(), owner.tolist(), strict=True):
        owned[o].append(faces[f])
    found = {o: _joined(mine, whole[o]) for o, mine in owned.items()}
    made = tuple(found[n] for n in range(len(parts)))
    touched = {
        name: found[n]
        for n, name in enumerate(names, start=len(parts))
        if n in found and len(found[n].exterior.coords) != len(neighbours[name].exterior.coords)
    }
    return Reshaped(ended, made, touched)


def _joined(faces: list[Polygon], before: Polygon) -> Polygon:
    """Faces as one shape with every corner of its outline; as it was where they are not of one piece."""
    if len(faces) == 1:
        return faces[0]
    joined = shapely.coverage_union_all(faces)
    return joined if isinstance(joined, Polygon) else before
