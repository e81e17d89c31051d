"""A file of heights looked at before it becomes the city's: read, laid over the plane, cut to the city."""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from shapely import box

from emergency.rules.heights import BadHeightsFacts, HeightsFacts
from gis_core.crs import PlaneSystem
from gis_core.errors import BadInput
from gis_core.terrain import OffTerrain, Terrain
from gis_core.terrain_files import MOST_CELLS, read_system, read_terrain
from grid.city import Bounds

BESIDE_M = 2_000.0
"""How far heights are kept beyond the box of the city: a flood near its edge sees a little further."""
FINEST_M, COARSEST_M = 0.25, 500.0


class HeightsElsewhere(BadInput):
    """The file has no height within the city."""

    code = "heights_elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A file that was looked at: its terrain within the city, and what is told of it.

    `city_share` is how much of the city's box has a height, `system` the file's own.
    """

    file_name: str
    sha256: str
    system: str
    terrain: Terrain
    lowest_m: float
    highest_m: float
    city_share: float


def look(
    path: Path,
    facts: HeightsFacts,
    *,
    plane: PlaneSystem,
    bounds: Bounds,
    today: date,
    system: str | None = None,
    cell_m: float | None = None,
    most_cells: int = MOST_CELLS,
) -> Looked:
    """Read a file; nothing is written.

    :raises BadHeightsFacts, HeightsElsewhere: beside what `read_terrain` refuses.
    """
    facts.checked(today=today)
    if cell_m is not None and not FINEST_M <= cell_m <= COARSEST_M:
        raise BadHeightsFacts(f"格网间距应在 {FINEST_M} 米至 {COARSEST_M:.0f} 米之间。请改正，留空则照文件。")
    whole = read_terrain(
        path,
        plane,
        source=facts.source.strip(),
        system=system,
        cell_m=cell_m,
        vertical=facts.vertical.strip(),
        surveyed_on=facts.surveyed_on,
        accuracy_m=facts.accuracy_m,
        most_cells=most_cells,
    )
    if not whole.vertical:
        raise BadHeightsFacts("文件没有说明高程基准。请写明，如“1985 国家高程基准”；水位要用同一基准。")
    west, south, east, north = city = _box(bounds, plane)
    try:
        terrain = whole.window(west - BESIDE_M, south - BESIDE_M, east + BESIDE_M, north + BESIDE_M)
    except OffTerrain as problem:
        raise HeightsElsewhere("文件的范围在本市之外。请检查文件和坐标系，或换一个文件。") from problem
    known = terrain.heights_m[np.isfinite(terrain.heights_m)]
    if not known.size:
        raise HeightsElsewhere("文件在本市范围内没有高程，全是无数据。请换一个文件。")
    if not known.min() < known.max():
        raise HeightsElsewhere("文件在本市范围内全是同一个高程，不像地面。请检查文件。")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Looked(
        file_name=path.name,
        sha256=digest,
        system=read_system(path, system),
        terrain=terrain,
        lowest_m=float(known.min()),
        highest_m=float(known.max()),
        city_share=_share(terrain, city),
    )


def _box(bounds: Bounds, plane: PlaneSystem) -> tuple[float, float, float, float]:
    """The box of the plane around the city's box of degrees."""
    degrees = box(bounds.west_deg, bounds.south_deg, bounds.east_deg, bounds.north_deg).segmentize(0.02)
    places = plane.to_plane_many(np.asarray(degrees.exterior.coords))
    (west, south), (east, north) = places.min(axis=0), places.max(axis=0)
    return float(west), float(south), float(east), float(north)


def _share(terrain: Terrain, city: tuple[float, float, float, float]) -> float:
    """Which part of the city's box has a height."""
    west, south, east, north = city
    try:
        inside = terrain.window(west, south, east, north).heights_m
    except OffTerrain:
        return 0.0
    return min(float(np.isfinite(inside).sum()) * terrain.cell_m**2 / ((east - west) * (north - south)), 1.0)
