"""Centre lines as surveyed → a network: cut where they cross, loose ends joined within a stated tolerance.

Lines of one layer are joined wherever they cross or touch. Lines of different layers (a bridge over a street)
are joined only where one of them ends on the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import STRtree
from shapely.ops import substring

from gis_core.coverage import Floats, Ints, Shapes
from gis_core.places import GRAIN_PER_M
from gis_core.roads.network import BadRoadData, Bools, NetworkReport, RoadNetwork
from gis_core.roads.speeds import SpeedTable
from gis_core.shapes import snap_points

GRAIN_M = 1.0 / GRAIN_PER_M
TOLERANCE_M = 2.0
"""A loose end so near to another street's kerb is taken to meet it."""
STUB_M = 2.0
"""A dead end so short past a crossing is taken for a slip of the pen."""
BOTH, ALONG, AGAINST = 0, 1, -1
"""A street both ways · one way along its geometry · one way against it."""


@dataclass(frozen=True, slots=True, eq=False)
class CentreLines:
    """Rows of centre lines in plane metres; what is left empty is the same for all."""

    shapes: Shapes
    names: Sequence[str]
    ranks: Sequence[str]
    keys: Sequence[str] = ()
    one_way: Sequence[int] = ()  # BOTH, ALONG or AGAINST
    layers: Sequence[int] = ()  # 0 is the ground, bridges above, tunnels below
    widths_m: Sequence[float] | Floats = ()  # kerb to kerb: surveyed lanes often end at the kerb of a street
    limits_kmh: Sequence[float] = ()  # a speed limit of this very line; NaN where there is none
    is_synthetic: bool = False
    turn_restrictions_left_out: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Sound lines on the grain, with the row each came from."""

    shapes: Shapes
    rows: Ints
    layers: Ints
    half_widths_m: Floats

    def with_shapes(self, shapes: Shapes, lines: "list[int] | Ints") -> "_Lines":
        """Other shapes, each of the line named beside it."""
        return _Lines(shapes, self.rows[lines], self.layers[lines], self.half_widths_m[lines])


def build_network(
    lines: CentreLines,
    speeds: SpeedTable,
    *,
    tolerance_m: float = TOLERANCE_M,
    stub_m: float = STUB_M,
    version: str = "",
) -> RoadNetwork:
    """The network of surveyed centre lines.

    Broken and empty lines are left out and counted in `report`. The key of a stretch is the key of its line
    and its place along it, as `12/0`, `12/1`.

    :raises BadRoadData: when no line is left. :raises BadSpeed: when a rank has no speed.
    """
    sound = _sound(lines)
    if not len(sound.shapes):
        raise BadRoadData("没有可用的道路中心线。请先导入街道，线须为两点以上的折线。")
    joined, snapped = _join_loose_ends(sound, tolerance_m)
    pieces, parents = _cut_at_crossings(joined)
    keep = _without_stubs(pieces, shapely.length(joined.shapes)[parents], stub_m)
    dropped = int((~keep).sum())
    pieces, parents = pieces[keep], parents[keep]
    rows = joined.rows[parents]
    pieces = _turned_as_drawn(pieces, joined.shapes[parents])
    points, starts, ends = _nodes(pieces)
    ranks = [lines.ranks[n] for n in rows.tolist()]
    report = NetworkReport(
        lines=len(lines.shapes),
        broken_lines=len(lines.shapes) - len(sound.shapes),
        snapped_ends=snapped,
        dropped_stubs=dropped,
        turn_restrictions_left_out=lines.turn_restrictions_left_out,
        is_synthetic=lines.is_synthetic,
        tolerance_m=tolerance_m,
    )
    return RoadNetwork.assemble(
        points,
        starts,
        ends,
        costs_of(shapely.length(pieces), ranks, speeds, lines, rows),
        shapes=pieces,
        names=[lines.names[n] for n in rows.tolist()],
        ranks=ranks,
        keys=_keys(pieces, joined.shapes[parents], rows, lines.keys),
        layers=joined.layers[parents],
        widths_m=2 * joined.half_widths_m[parents],
        report=report,
        version=version,
        speeds=speeds,
    )


def costs_of(
    lengths_m: Floats, ranks: Sequence[str], speeds: SpeedTable, lines: CentreLines, rows: Ints
) -> Floats:
    """Seconds along and against each stretch: length by the speed of its rank, or by a lower limit."""
    by_rank = {rank: speeds.mps_of(rank) for rank in set(ranks)}
    mps = np.array([by_rank[rank] for rank in ranks], dtype=np.float64)
    if len(lines.limits_kmh):
        mps = np.fmin(mps, np.asarray(lines.limits_kmh, dtype=np.float64)[rows] / 3.6)
    seconds = np.repeat((lengths_m / mps)[:, None], 2, axis=1)
    if len(lines.one_way):
        way = np.asarray(lines.one_way)[rows]
        seconds[way == ALONG, 1] = np.inf
        seconds[way == AGAINST, 0] = np.inf
    return seconds


def _sound(lines: CentreLines) -> _Lines:
    """Lines with at least two different corners, all finite, on the grain."""
    shapes = np.asarray(lines.shapes, dtype=object)
    is_line = shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING
    bounds = shapely.bounds(shapes)
    good = np.flatnonzero(is_line & ~shapely.is_empty(shapes) & np.isfinite(bounds).all(axis=1))
    snapped = shapely.transform(shapely.force_2d(shapes[good]), snap_points)
    snapped = shapely.remove_repeated_points(snapped)
    long_enough = shapely.length(snapped) >= GRAIN_M
    rows = good[long_enough]
    layers = np.asarray(lines.layers, dtype=np.int64)[rows] if len(lines.layers) else np.zeros_like(rows)
    widths_m = (
        np.asarray(lines.widths_m, dtype=np.float64)[rows] if len(lines.widths_m) else np.zeros(len(rows))
    )
    return _Lines(np.asarray(snapped[long_enough], dtype=object), rows, layers, widths_m / 2)


def _join_loose_ends(lines: _Lines, tolerance_m: float) -> tuple[_Lines, int]:
    """Loose ends led on to the nearest other street whose kerb is within the tolerance; and how many were."""
    ends = np.concatenate([shapely.get_point(lines.shapes, 0), shapely.get_point(lines.shapes, -1)])
    owners = np.tile(np.arange(len(lines.shapes)), 2)
    # A grain more, so that who stands at the very distance is in, however it was rounded.
    reach_m = tolerance_m + lines.half_widths_m + GRAIN_M
    end, other = STRtree(lines.shapes).query(ends, predicate="dwithin", distance=float(reach_m.max()))
    away_m = shapely.distance(ends[end], lines.shapes[other])
    near = (other != owners[end]) & (away_m <= reach_m[other])
    end, other, away_m = end[near], other[near], away_m[near]
    touching = np.zeros(len(ends), dtype=bool)
    # An end just past a crossing is no loose one; what lies beyond is dropped later as a stub.
    crossing = shapely.intersection(lines.shapes[owners[end]], lines.shapes[other])
    past_m = shapely.distance(crossing, ends[end])  # no number where they do not meet
    touching[end[(away_m == 0.0) | (past_m <= reach_m[other])]] = True
    # A ring touches itself.
    touching |= np.tile(shapely.is_closed(lines.shapes), 2)
    loose = ~touching[end]
    end, other, away_m = end[loose], other[loose], away_m[loose]
    order = np.lexsort((away_m, end))
    end, other = end[order], other[order]
    away_m = away_m[order]
    first = np.flatnonzero(np.diff(end, prepend=-1))
    moved = list(lines.shapes)
    for one, target in zip(end[first].tolist(), other[first].tolist(), strict=True):
        moved[owners[one]] = _led_on(
            moved[owners[one]], lines.shapes[target], tolerance_m, at_start=one < len(moved)
        )
    shapes = np.empty(len(moved), dtype=object)
    shapes[:] = moved
    snapped = int((away_m[first] > GRAIN_M).sum())  # less is rounding, no slip of a surveyor
    return _cut_where_layers_meet(lines.with_shapes(shapes, np.arange(len(shapes)))), snapped


def _led_on(
    line: shapely.LineString, target: shapely.LineString, tolerance_m: float, *, at_start: bool
) -> shapely.LineString:
    """The line with one end led to the nearest point of another, to its end where that is near enough."""
    corners = shapely.get_coordinates(line)
    end = shapely.Point(corners[0 if at_start else -1])
    foot = target.interpolate(target.project(end))
    for place in (0, -1):
        corner = shapely.get_point(target, place)
        if corner.distance(end) <= tolerance_m:
            foot = corner
    added = snap_points(shapely.get_coordinates(foot))
    parts = (added, corners) if at_start else (corners, added)
    return shapely.remove_repeated_points(shapely.LineString(np.concatenate(parts)))


def _cut_where_layers_meet(lines: _Lines) -> _Lines:
    """Lines cut where a line of another layer ends on them."""
    if not np.any(lines.layers != lines.layers[0]):
        return lines
    ends = np.concatenate([shapely.get_point(lines.shapes, 0), shapely.get_point(lines.shapes, -1)])
    layers = np.tile(lines.layers, 2)
    end, other = STRtree(lines.shapes).query(ends, predicate="dwithin", distance=GRAIN_M)
    foreign = lines.layers[other] != layers[end]
    cuts: dict[int, list[Floats]] = {}
    for one, target in zip(end[foreign].tolist(), other[foreign].tolist(), strict=True):
        cuts.setdefault(target, []).append(shapely.get_coordinates(ends[one])[0])
    shapes: list[shapely.LineString] = []
    owners: list[int] = []
    for n, line in enumerate(lines.shapes.tolist()):
        parts = _cut_at(line, cuts[n]) if n in cuts else [line]
        shapes.extend(parts)
        owners.extend([n] * len(parts))
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return lines.with_shapes(array, owners)


def _cut_at(line: shapely.LineString, corners: list[Floats]) -> list[shapely.LineString]:
    """The line in parts that end exactly at the points given."""
    places = sorted((line.project(shapely.Point(corner)), tuple(corner)) for corner in corners)
    parts: list[shapely.LineString] = []
    begin, begin_at = 0.0, tuple(line.coords[0])
    for along_m, corner in [*places, (line.length, tuple(line.coords[-1]))]:
        if along_m - begin > GRAIN_M:
            inner = list(substring(line, begin, along_m).coords)[1:-1]
            parts.append(shapely.LineString([begin_at, *inner, corner]))
            begin, begin_at = along_m, corner
    return parts


def _cut_at_crossings(lines: _Lines) -> tuple[Shapes, Ints]:
    """Pieces between crossings, layer by layer, and the line each is a piece of."""
    pieces: list[Shapes] = []
    parents: list[Ints] = []
    for layer in np.unique(lines.layers):
        members = np.flatnonzero(lines.layers == layer)
        shapes = lines.shapes[members]
        # Snap rounding: every crossing becomes a corner on the grain, on both lines alike.
        noded = np.asarray(shapely.get_parts(shapely.union_all(shapes, grid_size=GRAIN_M)), dtype=object)
        noded = noded[shapely.get_type_id(noded) == shapely.GeometryType.LINESTRING]
        middles = shapely.line_interpolate_point(noded, 0.5, normalized=True)
        piece, parent = STRtree(shapes).query(middles, predicate="dwithin", distance=4 * GRAIN_M)
        # Of several lines in one place the nearest, then the first.
        order = np.lexsort((parent, np.round(shapely.distance(middles[piece], shapes[parent]), 3), piece))
        piece, parent = piece[order], parent[order]
        first = np.flatnonzero(np.diff(piece, prepend=-1))
        pieces.append(noded[piece[first]])
        parents.append(members[parent[first]])
    return np.concatenate(pieces), np.concatenate(parents)


def _without_stubs(pieces: Shapes, parent_lengths_m: Floats, stub_m: float) -> Bools:
    """Which pieces are more than slips of the pen past a crossing."""
    _, starts, ends = _nodes(pieces)
    degree = np.bincount(np.concatenate([starts, ends]))
    lengths = shapely.length(pieces)
    is_dead_end = (degree[starts] == 1) != (degree[ends] == 1)
    keep: Bools = ~(is_dead_end & (lengths <= stub_m) & (parent_lengths_m > 2 * lengths))
    return keep


def _turned_as_drawn(pieces: Shapes, parents: Shapes) -> Shapes:
    """Pieces that run the way their line was drawn."""
    quarter, half = (shapely.line_interpolate_point(pieces, part, normalized=True) for part in (0.4, 0.6))
    against = shapely.line_locate_point(parents, quarter) > shapely.line_locate_point(parents, half)
    return np.asarray(np.where(against, shapely.reverse(pieces), pieces), dtype=object)


def _nodes(pieces: Shapes) -> tuple[Floats, Ints, Ints]:
    """Each end once, and which of them each piece starts and ends at."""
    first = shapely.get_coordinates(shapely.get_point(pieces, 0))
    last = shapely.get_coordinates(shapely.get_point(pieces, -1))
    points, place = np.unique(np.concatenate([first, last]), axis=0, return_inverse=True)
    place = place.ravel()
    return points, place[: len(pieces)], place[len(pieces) :]


def _keys(pieces: Shapes, parents: Shapes, rows: Ints, keys: Sequence[str]) -> list[str]:
    """The key of each piece's line, and its place along it."""
    along = shapely.line_locate_point(parents, shapely.line_interpolate_point(pieces, 0.5, normalized=True))
    begins = [_beginning(line) for line in parents.tolist()]
    named = [keys[n] if len(keys) else f"{n}" for n in rows.tolist()]
    counts: dict[str, int] = {}
    found = [""] * len(pieces)
    # A line that was cut where layers meet is in several parts; their order is that of its corners.
    for n in sorted(range(len(pieces)), key=lambda n: (named[n], begins[n], along[n])):
        place = counts.get(named[n], 0)
        counts[named[n]] = place + 1
        found[n] = f"{named[n]}/{place}"
    return found


def _beginning(line: shapely.LineString) -> tuple[float, float]:
    return (float(line.coords[0][0]), float(line.coords[0][1]))
