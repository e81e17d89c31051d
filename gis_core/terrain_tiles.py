"""A terrain in square pieces, so that a small part of it is read without the rest."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from gis_core.terrain import Heights, Terrain

SIDE = 512
"""Cells along an edge of a piece: 1 MB of heights, 10 km at 20 m."""
Spot = tuple[int, int]
"""Row and column of a piece, from the north-west."""


def cut_tiles(terrain: Terrain) -> Iterator[tuple[Spot, bytes]]:
    """The pieces that hold a height, deflated; what is beyond the edge of the terrain is a hole."""
    rows, columns = terrain.shape
    for top in range(0, rows, SIDE):
        for left in range(0, columns, SIDE):
            part = terrain.heights_m[top : top + SIDE, left : left + SIDE]
            if np.isfinite(part).any():
                yield (top // SIDE, left // SIDE), _packed(part)


def join_tiles(frame: Terrain, tiles: Mapping[Spot, bytes]) -> Terrain:
    """The terrain of some pieces; `frame` says where the first cell of the whole lies."""
    top, left = min(row for row, _ in tiles), min(column for _, column in tiles)
    high = max(row for row, _ in tiles) - top + 1
    wide = max(column for _, column in tiles) - left + 1
    heights = np.full((high * SIDE, wide * SIDE), np.nan, dtype=np.float32)
    for (row, column), packed in tiles.items():
        y, x = (row - top) * SIDE, (column - left) * SIDE
        heights[y : y + SIDE, x : x + SIDE] = _unpacked(packed)
    side_m = SIDE * frame.cell_m
    return replace(
        frame, heights_m=heights, west_m=frame.west_m + left * side_m, north_m=frame.north_m - top * side_m
    )


def _packed(part: Heights) -> bytes:
    whole = np.full((SIDE, SIDE), np.nan, dtype="<f4")
    whole[: part.shape[0], : part.shape[1]] = part
    return zlib.compress(whole.tobytes())


def _unpacked(packed: bytes) -> Heights:
    values = np.frombuffer(zlib.decompress(packed), dtype="<f4").reshape(SIDE, SIDE)
    return values.astype(np.float32)
