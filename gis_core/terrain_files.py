"""Files of heights: GeoTIFF and ASCII grids in and out, in the plane system whatever they lie in.

What a file does not say of its system must be said for it; what contradicts is refused. Heights are metres.
What was written as a sample stays one.
"""

import re
import warnings
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from gis_core.crs import Pairs, PlaneSystem, plane_reader, plane_writer, system_named
from gis_core.errors import BadInput
from gis_core.terrain import BadTerrain, Heights, Terrain, bilinear

DRIVERS = {".tif": "GTiff", ".tiff": "GTiff", ".asc": "AAIGrid"}
"""What is opened, by the ending: never a format that leads on to other files or addresses."""
MOST_CELLS = 60_000_000
"""As much as a reader takes at once: 7,700 × 7,700 cells, 240 MB."""
LOWEST_M, HIGHEST_M = -500.0, 9_000.0
"""No ground of the Earth's land lies outside; other numbers are centimetres, feet or a forgotten hole."""


LONGEST_HEADING = 4096
_NO_NUMBER = re.compile(rb"[^0-9eE+\-.\s]")
METRES = frozenset({"", "m", "metre", "metres", "meter", "meters", "米"})


class NoTerrainSystem(BadInput):
    """Neither the file nor the caller says which system the raster lies in."""

    code = "no_terrain_system"


class TerrainTooLarge(BadInput):
    """The raster has more cells than are read at once."""

    code = "terrain_too_large"


def read_terrain(
    path: Path,
    plane: PlaneSystem,
    *,
    source: str,
    system: str | None = None,
    cell_m: float | None = None,
    vertical: str = "",
    surveyed_on: date | None = None,
    accuracy_m: float | None = None,
    is_synthetic: bool = False,
    most_cells: int = MOST_CELLS,
) -> Terrain:
    """A GeoTIFF or ASCII grid in the plane system; another system or skew cells are resampled (bilinear).

    `system` is asked for only when the file says none; one that contradicts the file is refused. `cell_m` is
    the side of a cell when the file is resampled; by default about that of the file.

    :raises BadTerrain: not a raster, several bands, or numbers that no heights are.
    :raises NoTerrainSystem: when nothing says the system.
    :raises UnknownSystem: for another datum than CGCS2000 or WGS84 (`gis_core.crs`).
    :raises TerrainTooLarge: above `most_cells`, in the file or resampled.
    """
    raster = _read_raster(path, most_cells)
    name = _settle_system(raster.system, system)
    raw, transform = raster.heights_m, raster.transform
    _check_heights(raw)
    common: dict[str, Any] = {
        "plane": plane,
        "source": source,
        "vertical": vertical or raster.vertical,
        "surveyed_on": surveyed_on,
        "accuracy_m": accuracy_m,
        "is_synthetic": is_synthetic or raster.is_sample,
    }
    is_square = transform.b == transform.d == 0 and transform.a > 0 and abs(transform.a + transform.e) < 1e-6
    if name == f"EPSG:{plane.srid}" and is_square and (cell_m is None or cell_m == transform.a):
        return Terrain(heights_m=raw, west_m=transform.c, north_m=transform.f, cell_m=transform.a, **common)
    return _resample(raw, transform, name, _Wanted(cell_m, most_cells), common)


def read_system(path: Path, system: str | None = None) -> str:
    """The name of the system in which a file's cells lie; its own, or else the one that is said.

    :raises BadTerrain, NoTerrainSystem, UnknownSystem: as `read_terrain` does.
    """
    import rasterio

    with rasterio.open(path, driver=DRIVERS[path.suffix.lower()]) as file:
        told, _ = _systems_of(file.crs.to_wkt() if file.crs else "")
    return _settle_system(told, system)


def write_terrain(terrain: Terrain, path: Path) -> None:
    """A GeoTIFF (deflated, NaN for holes) with the plane system, the source and whether it is a sample."""
    import rasterio

    rows, columns = terrain.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=columns, height=rows, count=1, dtype="float32", nodata=float("nan"),
        crs=f"EPSG:{terrain.plane.srid}", transform=terrain.transform(), compress="deflate", predictor=3,
    ) as out:  # fmt: skip
        out.write(terrain.heights_m, 1)
        out.update_tags(
            SOURCE=terrain.source, IS_SYNTHETIC=str(terrain.is_synthetic).lower(), VERTICAL=terrain.vertical
        )


@dataclass(frozen=True, slots=True)
class _Raster:
    """What a file holds: heights, where they lie, and the systems it names, empty where it names none."""

    heights_m: Heights
    transform: Any
    system: str
    vertical: str
    is_sample: bool


def _read_raster(path: Path, most_cells: int) -> _Raster:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    driver = DRIVERS.get(path.suffix.lower())
    if driver is None:
        raise BadTerrain("只读 GeoTIFF（.tif）和 ASCII 格网（.asc）。请转换后重试。")
    try:
        if driver == "AAIGrid":
            _require_numbers(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path, driver=driver) as file:
                _require_heights(file, most_cells)
                system, vertical = _systems_of(file.crs.to_wkt() if file.crs else "")
                heights = file.read(1, masked=True, out_dtype="float32").filled(np.nan)
                scale, offset = file.scales[0], file.offsets[0]
                if (scale, offset) != (1.0, 0.0):
                    heights = (heights * scale + offset).astype(np.float32)
                is_sample = file.tags().get("IS_SYNTHETIC") == "true"
                return _Raster(heights, file.transform, system, vertical, is_sample)
    except (RasterioError, OSError, CRSError) as problem:
        raise BadTerrain(
            "读不出高程格网，文件可能不完整。请重新取得 GeoTIFF 或 ASCII 格网（.tif、.asc）。"
        ) from problem


def _require_numbers(path: Path) -> None:
    """Words among the numbers of an ASCII grid, which its reader would take for heights of 0 m."""
    with path.open("rb") as file:
        line = file.readline(LONGEST_HEADING)
        while line[:1].isalpha():
            line = file.readline(LONGEST_HEADING)
        while line:
            if found := _NO_NUMBER.search(line):
                sign = found[0].decode("utf-8", "replace")
                raise BadTerrain(
                    f"格网里有不是数的字符“{sign}”。请重新导出，没有高程的单元用 NODATA_value 标记。"
                )
            line = file.read(1 << 20)


def _require_heights(file: Any, most_cells: int) -> None:
    if file.count != 1:
        raise BadTerrain(f"文件有 {file.count} 个波段，高程文件只应有一个。请导出单波段的高程后重试。")
    if file.width * file.height > most_cells:
        cells = file.width * file.height
        raise TerrainTooLarge(f"格网有 {cells} 个单元，最多读 {most_cells} 个。请裁剪后重试。")
    if file.transform.is_identity:
        raise BadTerrain("文件没有坐标信息，不知道格网在哪里。请用带坐标的文件。")
    if file.dtypes[0].startswith("complex"):
        raise BadTerrain("文件里不是普通的数，不是高程。请导出单波段的高程后重试。")
    unit = (file.units[0] or "").strip().lower()
    if unit not in METRES:
        raise BadTerrain(f"文件说高程的单位是“{unit[:20]}”，不是米。请换算成米后重试。")


def _systems_of(wkt: str) -> tuple[str, str]:
    """The system in which cells lie and that of heights, as a file says them; empty where it says none."""
    if not wkt:
        return "", ""
    system = CRS.from_wkt(wkt)
    if not system.is_compound:
        return wkt, ""
    across, up = system.sub_crs_list
    if any(axis.unit_conversion_factor != 1.0 for axis in up.axis_info):
        raise BadTerrain(f"文件的高程系统“{up.name}”不以米为单位。请换算成米后重试。")
    return across.to_wkt(), up.name


def _settle_system(told: str, system: str | None) -> str:
    if not told and not system:
        raise NoTerrainSystem("文件没有说明坐标系。请在导入时指定，如 EPSG:4545。")
    said = system_named(told) if told else None
    asked = system_named(system) if system else None
    if said is not None and asked is not None and said != asked:
        raise BadTerrain(f"文件自称是 {said}，指定的却是 {asked}。请核对后只留一个。")
    return said or asked or ""


def _check_heights(heights: Heights) -> None:
    known = heights[np.isfinite(heights)]
    if not known.size:
        raise BadTerrain("文件里没有一个高程值。请检查无数据标记。")
    heights[~np.isfinite(heights)] = np.nan
    low, high = float(known.min()), float(known.max())
    if low < LOWEST_M or high > HIGHEST_M:
        raise BadTerrain(
            f"高程从 {low:.0f} 到 {high:.0f}，不像以米为单位的地面高程。请检查单位和无数据标记后重试。"
        )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Cells as they are asked for: their side, about the file's when None, and how many at most."""

    cell_m: float | None
    most_cells: int


def _resample(
    raw: Heights, transform: Any, system: str, wanted: "_Wanted", common: dict[str, Any]
) -> Terrain:
    plane: PlaneSystem = common["plane"]
    to_plane, from_plane = plane_reader(system, plane), plane_writer(system, plane)
    rows, columns = raw.shape
    rim = to_plane(_rim(transform, rows, columns))
    if not np.isfinite(rim).all():
        raise BadTerrain("格网的范围无法换算到本市的平面坐标。请检查坐标系是否写对。")
    (west, south), (east, north) = rim.min(axis=0), rim.max(axis=0)
    side = wanted.cell_m or float(np.sqrt((east - west) * (north - south) / (rows * columns)))
    wide, high = int(np.ceil((east - west) / side)), int(np.ceil((north - south) / side))
    if not 0 < wide * high <= wanted.most_cells:
        raise TerrainTooLarge(f"换算后有 {wide * high} 个单元，最多 {wanted.most_cells} 个。请加大格网间距。")
    heights = np.empty((high, wide), dtype=np.float32)
    inverse = ~transform
    eastings = west + (np.arange(wide) + 0.5) * side
    for row in range(high):
        northing = np.full(wide, north - (row + 0.5) * side)
        there = from_plane(np.column_stack([eastings, northing]))
        across = inverse.a * there[:, 0] + inverse.b * there[:, 1] + inverse.c
        down = inverse.d * there[:, 0] + inverse.e * there[:, 1] + inverse.f
        heights[row] = bilinear(raw, down - 0.5, across - 0.5)
    return Terrain(heights_m=heights, west_m=float(west), north_m=float(north), cell_m=side, **common)


def _rim(transform: Any, rows: int, columns: int) -> Pairs:
    """Points along the outer edge of a raster, in the file's own coordinates."""
    steps = np.linspace(0.0, 1.0, 21)
    zero, one = np.zeros(21), np.ones(21)
    across = np.concatenate([steps, steps, zero, one]) * columns
    down = np.concatenate([zero, one, steps, steps]) * rows
    return np.column_stack(
        [
            transform.a * across + transform.b * down + transform.c,
            transform.d * across + transform.e * down + transform.f,
        ]
    )
