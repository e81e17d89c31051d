"""Tiles kept in memory, oldest use first out, up to a number of bytes."""

import gzip
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock

MOST_BYTES = 96 * 1024 * 1024
GZIP_FROM_BYTES = 400


@dataclass(frozen=True, slots=True)
class KeptTile:
    """A tile as it is sent."""

    body: bytes
    is_gzipped: bool

    def unpacked(self) -> bytes:
        """The tile without gzip."""
        return gzip.decompress(self.body) if self.is_gzipped else self.body


def pack(mvt: bytes) -> KeptTile:
    """A tile ready to send; small ones are not worth packing."""
    if len(mvt) < GZIP_FROM_BYTES:
        return KeptTile(mvt, False)
    return KeptTile(gzip.compress(mvt, compresslevel=3, mtime=0), True)


class TileCache:
    """Tiles by key; safe to share between threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, KeptTile] = OrderedDict()

    def find(self, key: Hashable) -> KeptTile | None:
        """The tile kept under `key`; None when there is none."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def keep(self, key: Hashable, tile: KeptTile) -> None:
        """Keep a tile; those asked for longest ago make room."""
        with self._lock:
            self._put(key, tile)

    def _put(self, key: Hashable, tile: KeptTile) -> None:
        old = self._kept.pop(key, None)
        self._bytes += _cost(tile) - (_cost(old) if old else 0)
        self._kept[key] = tile
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= _cost(dropped)


def _cost(tile: KeptTile) -> int:
    return len(tile.body) + 200
