"""The road network as arrays: nodes, stretches between them, and directed edges compiled once.

A stretch is a piece of centre line between two nodes. Each has two directed edges: number 2·s along its
geometry and 2·s + 1 against it; one that may not be driven costs infinity and is not in the graph.
Coordinates are metres of the city's plane system. Nothing here changes after it is built.
"""

from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely import STRtree

from gis_core.coverage import Floats, Ints, Shapes
from gis_core.errors import BadInput
from gis_core.places import PlanePoint
from gis_core.roads.speeds import SpeedTable

if TYPE_CHECKING:
    import networkx

Bools = NDArray[np.bool_]
Small = NDArray[np.int32]
LEAST_S = 1e-6
"""What a stretch costs at least: a stored zero would be a way for one library and none for another."""

AT_NODE_M = 0.01
"""Who stands so near to an end of a stretch stands at the crossing."""


class BadRoadData(BadInput):
    """Centre lines that make no network."""

    code = "bad_road_data"


@dataclass(frozen=True, slots=True)
class CutOff:
    """Stretches that cannot be driven to from the main part and back again."""

    names: tuple[str, ...]
    stretches: int
    length_m: float
    at: PlanePoint
    is_apart: bool  # no road leads there at all; otherwise one-way streets are to blame

    @property
    def words(self) -> str:
        """What a surveyor should look at, in Chinese."""
        names = "、".join(self.names[:3]) or "无名道路"
        why = "与主路网不相连" if self.is_apart else "因单行，与主路网不能往返"
        return f"{names}等 {self.stretches} 段、{self.length_m:.0f} 米{why}"


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """What building found: how much was read, mended and left out, and what is cut off."""

    lines: int = 0
    broken_lines: int = 0
    snapped_ends: int = 0
    dropped_stubs: int = 0
    turn_restrictions_left_out: int = 0
    is_synthetic: bool = False
    tolerance_m: float = 0.0


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """Nodes, stretches and what they cost; compared by identity, for it is built once and then shared."""

    points: Floats  # (nodes, 2): easting, northing
    shapes: Shapes  # a line each, from its start node to its end node
    starts: Ints
    ends: Ints
    lengths_m: Floats
    seconds: Floats  # (stretches, 2): along the geometry, against it; infinity where that is forbidden
    names: tuple[str, ...]
    ranks: tuple[str, ...]
    keys: tuple[str, ...]
    layers: Ints
    widths_m: Floats  # of the roadway, kerb to kerb; 0 where nobody knows
    report: NetworkReport = field(default_factory=NetworkReport)
    version: str = ""
    speeds: SpeedTable | None = None

    @classmethod
    def assemble(
        cls,
        points: Floats,
        starts: Sequence[int] | Ints,
        ends: Sequence[int] | Ints,
        seconds: Floats,
        *,
        shapes: Shapes | None = None,
        names: Sequence[str] = (),
        ranks: Sequence[str] = (),
        keys: Sequence[str] = (),
        layers: Sequence[int] | Ints = (),
        widths_m: Sequence[float] | Floats = (),
        report: NetworkReport | None = None,
        version: str = "",
        speeds: SpeedTable | None = None,
    ) -> "RoadNetwork":
        """A network of known nodes; without `shapes` stretches run straight.

        :raises BadRoadData: when there is no stretch, an end is no node, or a cost is negative or no number.
        """
        start, end = np.asarray(starts, dtype=np.int64), np.asarray(ends, dtype=np.int64)
        points = np.asarray(points, dtype=np.float64)
        costs = np.asarray(seconds, dtype=np.float64)
        count = len(start)
        _check(points, start, end, costs)
        if shapes is None:
            shapes = np.asarray(shapely.linestrings(np.stack([points[start], points[end]], axis=1)))
        return cls(
            points=points,
            shapes=shapes,
            starts=start,
            ends=end,
            lengths_m=np.asarray(shapely.length(shapes)),
            seconds=np.maximum(costs, LEAST_S),
            names=tuple(names) or ("",) * count,
            ranks=tuple(ranks) or ("",) * count,
            keys=tuple(keys) or tuple(f"{n}" for n in range(count)),
            layers=np.asarray(layers, dtype=np.int64) if len(layers) else np.zeros(count, dtype=np.int64),
            widths_m=np.asarray(widths_m, dtype=np.float64) if len(widths_m) else np.zeros(count),
            report=report or NetworkReport(),
            version=version,
            speeds=speeds,
        )

    def __len__(self) -> int:
        return len(self.points)

    @property
    def stretch_count(self) -> int:
        """How many stretches there are; edges have twice as many numbers."""
        return len(self.starts)

    @cached_property
    def tails(self) -> Ints:
        """The node each edge leaves."""
        return np.column_stack([self.starts, self.ends]).ravel()

    @cached_property
    def heads(self) -> Ints:
        """The node each edge leads to."""
        return np.column_stack([self.ends, self.starts]).ravel()

    @cached_property
    def edge_seconds(self) -> Floats:
        """What each edge costs."""
        return self.seconds.ravel()

    @cached_property
    def leaving(self) -> "Adjacency":
        """Edges by the node they leave."""
        return Adjacency.of(self.tails, self.heads, self.edge_seconds, len(self))

    @cached_property
    def arriving(self) -> "Adjacency":
        """Edges by the node they lead to: the graph walked backwards."""
        return Adjacency.of(self.heads, self.tails, self.edge_seconds, len(self))

    @cached_property
    def tree(self) -> STRtree:
        """Stretches by where they run."""
        return STRtree(self.shapes)

    @cached_property
    def positions(self) -> dict[str, int]:
        """Stretches by their keys."""
        return {key: n for n, key in enumerate(self.keys)}

    @cached_property
    def parts(self) -> Ints:
        """The part each node belongs to: from any node of a part one can drive to any other and back."""
        return self._components("strong")

    @cached_property
    def main_part(self) -> int:
        """The part with the most nodes."""
        return int(np.bincount(self.parts).argmax())

    @cached_property
    def main_share(self) -> float:
        """The share of nodes in the main part."""
        return float((self.parts == self.main_part).mean())

    def is_on_main_part(self, stretch: int) -> bool:
        """Whether both ends of a stretch belong to the main part."""
        main = self.main_part
        return bool(self.parts[self.starts[stretch]] == main and self.parts[self.ends[stretch]] == main)

    @cached_property
    def cut_off(self) -> tuple[CutOff, ...]:
        """What is cut off from the main part, the longest first."""
        main = self.parts == self.main_part
        lost = np.flatnonzero(~(main[self.starts] & main[self.ends]))
        weak = self._components("weak")
        main_weak = weak[np.flatnonzero(main)[0]]
        # Pieces that hang together, whichever way one may drive in them.
        count = len(self)
        links = coo_array(
            (np.ones(len(lost)), (self.starts[lost], self.ends[lost])), shape=(count, count)
        ).tocsr()
        _, piece = connected_components(links, directed=False)
        # Two pieces that meet only in the main part are two.
        inner = np.where(main[self.starts[lost]], self.ends[lost], self.starts[lost])
        found = [self._cut_off(lost[piece[inner] == one], main_weak, weak) for one in np.unique(piece[inner])]
        return tuple(sorted(found, key=lambda part: -part.length_m))

    @cached_property
    def typical_mps(self) -> float:
        """The speed of the middle stretch, metres a second: for guesses, never for answers."""
        free = np.isfinite(self.seconds[:, 0])
        mps = self.lengths_m[free] / self.seconds[free, 0]
        return float(np.median(mps)) if mps.size and np.median(mps) > 0 else 1.0

    def to_networkx(self, closed: Bools | None = None) -> "networkx.MultiDiGraph[int]":
        """The same network as a model for people and tests: edges bear `seconds`, `length_m`, `name`, `rank`.

        The key of an edge is its number; edges marked in `closed` are left out.
        """
        import networkx

        graph: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
        for node, (east, north) in enumerate(self.points.tolist()):
            graph.add_node(node, easting_m=east, northing_m=north)
        for edge in np.flatnonzero(np.isfinite(self.edge_seconds)).tolist():
            if closed is not None and closed[edge]:
                continue
            stretch = edge // 2
            graph.add_edge(
                int(self.tails[edge]),
                int(self.heads[edge]),
                key=edge,
                seconds=float(self.edge_seconds[edge]),
                length_m=float(self.lengths_m[stretch]),
                name=self.names[stretch],
                rank=self.ranks[stretch],
            )
        return graph

    def on_foot(self, kmh: float) -> "RoadNetwork":
        """The same roads walked at one speed, one-way streets in both directions."""
        seconds = np.repeat((self.lengths_m * 3.6 / kmh)[:, None], 2, axis=1)
        return replace(self, seconds=np.maximum(seconds, LEAST_S), speeds=None)

    def with_version(self, version: str) -> "RoadNetwork":
        """The same network under another version."""
        # A shallow copy keeps what was worked out already.
        same = copy(self)
        object.__setattr__(same, "version", version)
        return same

    def _components(self, connection: Literal["weak", "strong"]) -> Ints:
        drawn = np.isfinite(self.edge_seconds)
        links = coo_array(
            (np.ones(int(drawn.sum())), (self.tails[drawn], self.heads[drawn])), shape=(len(self), len(self))
        ).tocsr()
        _, part = connected_components(links, directed=True, connection=connection)
        return np.asarray(part, dtype=np.int64)

    def _cut_off(self, stretches: Ints, main_weak: int, weak: Ints) -> CutOff:
        names = Counter(self.names[n] for n in stretches.tolist() if self.names[n])
        longest = stretches[int(self.lengths_m[stretches].argmax())]
        middle = shapely.line_interpolate_point(self.shapes[longest], 0.5, normalized=True)
        return CutOff(
            names=tuple(name for name, _ in names.most_common()),
            stretches=len(stretches),
            length_m=float(self.lengths_m[stretches].sum()),
            at=PlanePoint(float(middle.x), float(middle.y)),
            is_apart=bool(weak[self.starts[longest]] != main_weak),
        )


@dataclass(frozen=True, eq=False)
class Adjacency:
    """Edges in the order of the nodes one walks from, as compressed rows."""

    starts: Small  # where the edges of each node begin, and one more
    nodes: Small  # the node each leads to
    edges: Ints  # the number of each edge
    seconds: Floats

    @classmethod
    def of(cls, from_nodes: Ints, to_nodes: Ints, seconds: Floats, count: int) -> "Adjacency":
        """Compressed rows of the edges that may be driven."""
        edges = np.flatnonzero(np.isfinite(seconds))
        edges = edges[np.argsort(from_nodes[edges], kind="stable")]
        starts = np.zeros(count + 1, dtype=np.int32)
        np.cumsum(np.bincount(from_nodes[edges], minlength=count), out=starts[1:])
        return cls(starts, to_nodes[edges].astype(np.int32), edges, seconds[edges])

    @cached_property
    def rows(self) -> list[list[tuple[int, int, float]]]:
        """(edge, node, seconds) by node, as plain numbers: what a search written in Python walks over."""
        every = list(zip(self.edges.tolist(), self.nodes.tolist(), self.seconds.tolist(), strict=True))
        bounds = self.starts.tolist()
        return [every[first:last] for first, last in pairwise(bounds)]


def _check(points: Floats, starts: Ints, ends: Ints, seconds: Floats) -> None:
    if not len(starts):
        raise BadRoadData("没有可用的道路中心线。请先导入街道。")
    if seconds.shape != (len(starts), 2) or len(ends) != len(starts):
        raise BadRoadData("道路数据的行数不一致。请重新导入街道。")
    joined = np.concatenate([starts, ends])
    if joined.min() < 0 or joined.max() >= len(points) or not np.isfinite(points).all():
        raise BadRoadData("有路段的端点不在路网中。请检查街道数据。")
    if np.isnan(seconds).any() or (seconds < 0).any():
        raise BadRoadData("有路段的通行时间为负或不是数。请检查速度和长度。")
