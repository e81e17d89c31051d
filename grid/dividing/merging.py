"""Merging blocks that are too small, across the weakest border first."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

import numpy as np

from gis_core.coverage import Floats, Ints
from grid.dividing.blocks import BANK, BARRIER, Blocks

LOCAL = 2
"""The strongest road (a local street, counted from 1) across which small blocks join; tiny ones always do."""


def merge_small(blocks: Blocks, areas_m2: Floats, *, least_m2: float, tiny_m2: float, most_m2: float) -> Ints:
    """For each block the block it becomes part of: itself where it stands alone.

    The smallest goes first. It joins the neighbour behind the weakest border with which it stays within
    `most_m2`, of equals the one with the longest border. Below `tiny_m2` it joins whatever is there.
    """
    merger = _Merger(blocks, areas_m2, most_m2=most_m2)
    queue = [(area, n) for n, area in enumerate(areas_m2.tolist()) if area < least_m2]
    heapify(queue)
    while queue:
        area, n = heappop(queue)
        if merger.root(n) != n or merger.areas[n] != area:
            continue  # it has become part of another, or has grown
        target = merger.choose(n, is_tiny=area < tiny_m2)
        if target is None:
            continue
        kept = merger.join(n, target)
        if merger.areas[kept] < least_m2:
            heappush(queue, (merger.areas[kept], kept))
    return np.array([merger.root(n) for n in range(len(areas_m2))], dtype=np.int64)


class _Merger:
    def __init__(self, blocks: Blocks, areas_m2: Floats, *, most_m2: float) -> None:
        self.areas = areas_m2.tolist()
        self.most_m2 = most_m2
        self.parent = list(range(len(self.areas)))
        self.is_water = blocks.is_water.tolist()
        self.links: list[dict[int, tuple[int, float]]] = [{} for _ in self.areas]
        for (a, b), shared, strength in zip(
            blocks.pairs.tolist(), blocks.shared_m.tolist(), blocks.strength.tolist(), strict=True
        ):
            self.links[a][b] = self.links[b][a] = (strength, shared)

    def root(self, n: int) -> int:
        while self.parent[n] != n:
            self.parent[n] = self.parent[self.parent[n]]
            n = self.parent[n]
        return n

    def choose(self, n: int, *, is_tiny: bool) -> int | None:
        """The neighbour to join; None when every border is too strong or every neighbour too large."""
        options = sorted(self._options(n, is_tiny=is_tiny))
        return options[0][-1] if options else None

    def _options(self, n: int, *, is_tiny: bool) -> Iterator[tuple[int, bool, float, int]]:
        for other, (strength, shared) in self.links[n].items():
            is_over = self.areas[n] + self.areas[other] > self.most_m2
            if not is_tiny and (strength > LOCAL or is_over):
                continue
            parts = max(strength - LOCAL, 0) if strength < BARRIER else strength
            yield parts, is_over and strength < BANK, -shared, other

    def join(self, n: int, target: int) -> int:
        """Make `n` part of `target`; answers the block that stays."""
        self.parent[n] = target
        self.areas[target] += self.areas[n]
        for other, (strength, shared) in list(self.links[n].items()):
            del self.links[other][n]
            if other == target:
                continue
            old = self.links[target].get(other)
            new = (strength, shared) if old is None else (min(strength, old[0]), shared + old[1])
            self.links[target][other] = self.links[other][target] = new
        self.links[n] = {}
        return target
