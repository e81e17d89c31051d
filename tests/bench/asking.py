"""Asking for tiles as a browser does, and what they took: shared by the benchmarks of tiles."""

import http.client
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np

from tests.bench.figures import Figure

figure = partial(Figure, "grid")
"""A figure of the group `grid`."""
BUILT_UP = (107.02, 34.32, 107.28, 34.40)  # west, south, east, north, degrees
ZOOMS = (8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
SPOTS = 24


@dataclass(frozen=True, slots=True)
class Seen:
    """What one tile took and weighed."""

    zoom: int
    took_ms: float
    bytes: int
    etag: str


def ask_all(
    port: int, layer: str, queries: tuple[str, ...], headers: Mapping[str, str] | None = None
) -> list[Seen]:
    """Every tile of every zoom around the spots, once for each filter."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    ask(connection, f"/tiles/{layer}/9/0/0.mvt", 9, headers)
    return [
        ask(connection, f"/tiles/{layer}/{zoom}/{column}/{row}.mvt{quoted(query)}", zoom, headers)
        for query in queries
        for zoom in ZOOMS
        for column, row in tiles_of(zoom, SPOTS)
    ]


def ask(
    connection: http.client.HTTPConnection,
    address: str,
    zoom: int,
    headers: Mapping[str, str] | None = None,
    status: tuple[int, ...] = (200, 204),
) -> Seen:
    """One tile; RuntimeError when the answer has another status."""
    started = perf_counter()
    connection.request("GET", address, headers={"Accept-Encoding": "gzip", **(headers or {})})
    answer = connection.getresponse()
    body = answer.read()
    took_ms = (perf_counter() - started) * 1000
    if answer.status not in status:
        raise RuntimeError(f"{address}: {answer.status} {body[:300]!r}")
    return Seen(zoom, took_ms, len(body), answer.headers.get("ETag", ""))


def tiles_of(zoom: int, spots: int) -> list[tuple[int, int]]:
    """Tiles of a zoom around places of the built-up city, each once."""
    random = np.random.default_rng(1)
    places = random.uniform(BUILT_UP[:2], BUILT_UP[2:], (spots, 2))
    return list(dict.fromkeys(_tile(zoom, lon, lat) for lon, lat in places))


def _tile(zoom: int, lon: float, lat: float) -> tuple[int, int]:
    wide = 2**zoom
    row = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * wide
    return int((lon + 180) / 360 * wide), int(row)


def quoted(query: str) -> str:
    """A filter as it stands in an address."""
    return query.replace("破损", "%E7%A0%B4%E6%8D%9F")


def p95(seen: list[Seen], zoom: int | None = None) -> float:
    """Nineteen of twenty tiles, of one zoom or of all, came within this."""
    return float(np.percentile([one.took_ms for one in seen if zoom in (None, one.zoom)], 95))


def worst(seen: list[Seen]) -> float:
    """The p95 of the slowest zoom."""
    return max(p95(seen, zoom) for zoom in {one.zoom for one in seen})
