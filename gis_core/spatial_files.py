"""Survey files: Shapefile, GeoPackage, GeoJSON, FileGDB, CSV with WKT; read in batches, within bounds.

A file says its system of reference, its encoding and its fields; what it does not say must be said for it,
and what it says wrongly is found out where that can be. Nothing is guessed in silence. Reading is GDAL's.
"""

import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from gis_core.coverage import Shapes
from gis_core.crs import system_named
from gis_core.dbf_tables import (
    AS_IT_LIES,
    BadEncoding,
    beside,
    canonical,
    codec_of,
    decode_columns,
    decode_names,
    find_encoding,
    need_company,
    rows_present,
)
from gis_core.errors import BadInput
from gis_core.file_bounds import (
    MOST_LINE_BYTES,
    MOST_VERTICES,
    SUFFIXES,
    BadSpatialFile,
    check_rows_of_text,
    unfold,
)

BATCH = 50_000
MOST_BATCH_BYTES = 128 * 1024**2
"""Of the file that a batch takes: rows that are large come fewer at a time."""
WALKED_ROWS = 200_000
"""Rows read at once from files that have to be walked through from their beginning each time."""
WKT_NAMES = ("WKT", "wkt", "geom", "geometry", "图形", "Shape")
CURVED_DRIVERS = frozenset({"GPKG", "OpenFileGDB", "FlatGeobuf", "CSV"})
"""Formats that know arcs; GDAL hands them over as lines of many corners, without a word."""
CURVES = "('CIRCULARSTRING', 'COMPOUNDCURVE', 'CURVEPOLYGON', 'MULTICURVE', 'MULTISURFACE')"
WALKED_DRIVERS = frozenset({"GeoJSON", "CSV", "FlatGeobuf"})
KINDS = {1: "点", 2: "线", 3: "面", 4: "多点", 5: "多线", 6: "多面", 7: "混合图形"}
NOT_PLANE = frozenset({15, 16, 17})
"""Polyhedral surfaces, networks of triangles, triangles."""

pyogrio.set_gdal_config_options({"OGR_CSV_MAX_LINE_SIZE": str(MOST_LINE_BYTES + 1024)})


class NoSystem(BadInput):
    """Neither the file nor the caller says which system the coordinates are of."""

    code = "no_system"


@dataclass(frozen=True, slots=True)
class Heading:
    """What a file says of itself."""

    path: Path
    layer: str
    driver: str
    system: str
    encoding: str
    fields: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row's shape cannot be taken: its row from 1, a code and a Chinese sentence."""

    row: int
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a file: from which row on (from 1), shapes in the file's own coordinates, columns.

    A shape is None where `problems` says why. Coordinates are flat, easting or longitude first.
    """

    first: int
    shapes: Shapes
    columns: Mapping[str, NDArray[Any]]
    problems: tuple[RowProblem, ...]

    def __len__(self) -> int:
        return len(self.shapes)

    def part(self, start: int, end: int) -> "Rows":
        """Rows from `start` up to `end`, counted from 0 within these."""
        if start == 0 and end >= len(self):
            return self
        first = self.first + start
        mine = tuple(p for p in self.problems if first <= p.row < self.first + end)
        columns = {name: column[start:end] for name, column in self.columns.items()}
        return Rows(first, self.shapes[start:end], columns, mine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the caller says of a file; None leaves it to the file.

    `is_northing_first` swaps coordinates; `may_be_flattened` drops heights instead of refusing the row.
    """

    layer: str | None = None
    system: str | None = None
    encoding: str | None = None
    is_northing_first: bool = False
    may_be_flattened: bool = False


@contextmanager
def opened(path: Path, told: Told | None = None) -> Iterator["SpatialFile"]:
    """The survey file at a path; archives are unfolded into a folder that goes away afterwards.

    :raises BadSpatialFile: ZipBomb, RowTooLong, NoSystem, BadEncoding, UnknownSystem.
    """
    if not path.exists():
        raise BadSpatialFile(f"找不到文件 {path.name}。请检查路径。")
    if path.suffix.lower() not in SUFFIXES:
        known = "、".join(SUFFIXES)
        raise BadSpatialFile(f"不认识 {path.suffix or path.name} 文件。可导入 {known}。")
    with tempfile.TemporaryDirectory(prefix="citygrid-") as folder:
        found = unfold(path, Path(folder)) if path.suffix.lower() == ".zip" else path
        if found.suffix.lower() == ".shp":
            need_company(found)
        check_rows_of_text(found)
        yield SpatialFile(found, told or Told())


class SpatialFile:
    """An open survey file."""

    def __init__(self, path: Path, told: Told) -> None:
        self._path, self._told = path, told
        self._is_shapefile = path.suffix.lower() == ".shp"
        self._present = rows_present(path) if self._is_shapefile else None
        self.heading = _read_heading(path, told, self._present)
        self._curved: frozenset[int] | None = None

    def read(self, *, after: int = 0, batch: int = BATCH) -> Iterator[Rows]:
        """Rows in order, a batch at a time, those after row `after`; memory is that of a batch.

        Rows that are large come fewer at a time. Files that can only be walked through from their beginning
        are read several batches at once.

        :raises BadSpatialFile: when the file ends before its last row.
        """
        count = self.heading.rows
        fitting = max(1, MOST_BATCH_BYTES * max(count, 1) // max(_bytes_of(self._path), 1))
        batch = min(batch, fitting)
        is_walked = self.heading.driver in WALKED_DRIVERS
        stride = max(batch, min(WALKED_ROWS, fitting)) if is_walked else batch
        for start in range(after, count, stride):
            rows = self._read_some(start, min(stride, count - start))
            if len(rows) < min(stride, count - start):
                raise BadSpatialFile(
                    f"{self._path.name} 应有 {count:,} 行，读到第 {start + len(rows):,} 行就断了。"
                    "文件可能没有传完，请重新取得后再导入。"
                )
            for at in range(0, len(rows), batch):
                yield rows.part(at, at + batch)

    def _read_some(self, skip: int, most: int) -> Rows:
        heading = self.heading
        with _gdal(heading.path):
            meta, fids, wkbs, fields = pyogrio.raw.read(
                heading.path,
                layer=heading.layer,
                encoding=AS_IT_LIES if self._is_shapefile else codec_of(heading.encoding) or None,
                skip_features=skip if self._present is None else int(self._present[skip]),
                max_features=most,
                datetime_as_string=True,
                return_fids=True,
                **_options(heading.path),
            )
        names = tuple(str(name) for name in meta["fields"])
        if self._is_shapefile:
            names = decode_names(names, heading.encoding)
        columns = dict(zip(names, fields, strict=True))
        problems: dict[int, tuple[str, str]] = {}
        if self._is_shapefile:
            columns, bad = decode_columns(columns, heading.encoding)
            for n, name in bad.items():
                problems[n] = "bad_text", f"字段“{name}”的文字无法按 {heading.encoding} 读出。"
        if curved := self._find_curved():
            for n in np.flatnonzero(np.isin(fids, list(curved))).tolist():
                problems[n] = "curved_shape", "图形含曲线。请先在制图软件中转为折线（densify）。"
        shapes = _shapes_of(wkbs, problems, self._told)
        listed = tuple(RowProblem(skip + 1 + n, *why) for n, why in sorted(problems.items()))
        return Rows(skip + 1, shapes, columns, listed)

    def _find_curved(self) -> frozenset[int]:
        """The ids of curved shapes: asked once, for they come out of GDAL as lines of many corners."""
        if self._curved is None:
            self._curved = frozenset()
            if self.heading.driver in CURVED_DRIVERS:
                layer = self.heading.layer.replace('"', '\\"')
                with _gdal(self.heading.path):
                    _, fids, _, _ = pyogrio.raw.read(
                        self.heading.path,
                        sql=f'SELECT FID FROM "{layer}" WHERE OGR_GEOMETRY IN {CURVES}',  # noqa: S608  # OGR's own dialect, read only
                        sql_dialect="OGRSQL",
                        read_geometry=False,
                        return_fids=True,
                        **_options(self.heading.path),
                    )
                self._curved = frozenset(fids.tolist())
        return self._curved


def _bytes_of(path: Path) -> int:
    """How large a file is; a FileGDB is a folder, and a shapefile has a table beside it."""
    if path.is_dir():
        return sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
    table = beside(path, ".dbf") if path.suffix.lower() == ".shp" else None
    return path.stat().st_size + (table.stat().st_size if table else 0)


def _options(path: Path) -> dict[str, Any]:
    if path.suffix.lower() != ".csv":
        return {}
    shapes = {"GEOM_POSSIBLE_NAMES": ",".join(WKT_NAMES)}
    if _has_shapes(path):
        return shapes  # beside them two columns would make every shape a point
    return shapes | {
        "X_POSSIBLE_NAMES": "lon,lng,longitude,lon_deg,x,easting,easting_m,经度,东坐标,横坐标",
        "Y_POSSIBLE_NAMES": "lat,latitude,lat_deg,y,northing,northing_m,纬度,北坐标,纵坐标",
    }


def _has_shapes(path: Path) -> bool:
    """Whether a column of a CSV is called as shapes are."""
    with path.open("rb") as file:
        heading = file.readline(MOST_LINE_BYTES)
    plain = heading.decode("utf-8-sig", "ignore") + "," + heading.decode("gb18030", "ignore")
    names = {name.strip(' "\r\n').casefold() for name in re.split(r"[,;\t]", plain)}
    return not names.isdisjoint(name.casefold() for name in WKT_NAMES)


def _read_heading(path: Path, told: Told, present: NDArray[np.int64] | None) -> Heading:
    is_shapefile = path.suffix.lower() == ".shp"
    with _gdal(path):
        layers = [str(name) for name, kind in pyogrio.list_layers(path).tolist() if kind is not None]
        if path.suffix.lower() == ".csv" and not layers:
            layers = [path.stem]
        layer = _choose_layer(path, layers, told.layer)
        # other formats say their encoding or are UTF-8
        encoding = canonical(told.encoding) if told.encoding else ""
        if is_shapefile:
            encoding = find_encoding(path, layer, told.encoding)
        info = pyogrio.read_info(
            path,
            layer=layer,
            encoding=AS_IT_LIES if is_shapefile else codec_of(encoding) or None,
            force_feature_count=True,
            **_options(path),
        )
    if info["geometry_type"] is None:
        columns = "、".join(WKT_NAMES)
        raise BadSpatialFile(
            f"{path.name} 里找不到图形：应有一列 {columns}（WKT），或经度、纬度两列。什么都没有写入。"
        )
    fields = tuple(str(name) for name in info["fields"])
    if is_shapefile:
        fields = decode_names(fields, encoding)
    if any("\ufffd" in name for name in fields):
        raise BadEncoding("字段名无法按所报编码读出。请注明编码，如 --encoding GBK。")
    return Heading(
        path=path,
        layer=layer,
        driver=str(info["driver"]),
        system=_find_system(info["crs"], told.system),
        encoding=encoding,
        fields=fields,
        rows=int(info["features"]) if present is None else len(present),
    )


@contextmanager
def _gdal(path: Path) -> Iterator[None]:
    """GDAL's complaints as errors of ours; its warnings about odd files are not ours to show."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (DataSourceError, DataLayerError) as problem:
        words = f"读不了 {path.name}：文件损坏、缺少配套文件，或不是所报的格式。请检查后重试。"
        raise BadSpatialFile(words, detail=str(problem)[:300]) from problem
    except UnicodeDecodeError as problem:
        raise BadEncoding("文字无法按所报编码读出。请注明编码，如 --encoding GBK。") from problem


def _choose_layer(path: Path, layers: Sequence[str], asked: str | None) -> str:
    if asked is not None:
        if asked not in layers:
            raise BadSpatialFile(f"{path.name} 中没有图层“{asked}”。有：{'、'.join(layers[:20])}。")
        return asked
    if not layers:
        raise BadSpatialFile(f"{path.name} 中没有带图形的图层。")
    if len(layers) > 1:
        raise BadSpatialFile(
            f"{path.name} 有 {len(layers)} 个图层，请用 --layer 指明一个：{'、'.join(layers[:20])}。"
        )
    return layers[0]


def _find_system(said: str | None, told: str | None) -> str:
    if told is not None:
        return system_named(told)
    if said is None:
        raise NoSystem(
            "文件没有说明坐标系（如缺少 .prj）。请用 --system 注明，如 --system EPSG:4524。什么都没有写入。"
        )
    return system_named(said)


def _shapes_of(wkbs: Any, problems: dict[int, tuple[str, str]], told: Told) -> Shapes:
    """Shapes of a batch; those that cannot be taken are None, and `problems` gets the reason."""
    texts: list[bytes | None] = []
    for n, wkb in enumerate(wkbs):
        trouble = None if wkb is None or n in problems else _trouble(wkb, told)
        if trouble is not None:
            problems[n] = trouble
        texts.append(None if n in problems else wkb)
    with np.errstate(invalid="ignore"):  # NaN is answered below
        shapes: Shapes = shapely.from_wkb(np.array([*texts, None], dtype=object)[:-1], on_invalid="ignore")
        shapes = shapely.force_2d(shapes)
    pairs, index = shapely.get_coordinates(shapes, return_index=True)
    for n in np.unique(index[~np.isfinite(pairs).all(axis=1)]).tolist():
        problems.setdefault(n, ("no_number", "坐标中有无效数值（NaN 或无穷大）。"))
    for n in np.flatnonzero(shapely.is_missing(shapes)).tolist():
        problems.setdefault(n, ("no_shape", "没有图形，或图形读不出。"))
    for n in np.flatnonzero(shapely.is_empty(shapes)).tolist():
        problems.setdefault(n, ("empty_shape", "图形是空的。"))
    shapes[list(problems)] = None
    if told.is_northing_first:
        shapes = shapely.transform(shapes, lambda pairs: pairs[:, ::-1])
    return shapes


def texts_of(column: NDArray[Any]) -> list[str]:
    """A column as texts without blanks around; nothing is an empty text, a whole number has no point.

    >>> texts_of(np.array([155.0, np.nan])), texts_of(np.array([" 经二路", None], dtype=object))
    (['155', ''], ['经二路', ''])
    """
    return [one.strip() if isinstance(one, str) else _text(one) for one in column.tolist()]


def _text(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN is nothing
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def middles_of(shapes: Shapes) -> NDArray[np.float64]:
    """A place for each shape, in the shapes' own coordinates; NaN without one."""
    middles = shapely.centroid(shapes)
    return np.column_stack([shapely.get_x(middles), shapely.get_y(middles)])


def _trouble(wkb: bytes, told: Told) -> tuple[str, str] | None:
    """What is wrong with a shape that can be told before it is built; None when nothing is."""
    if len(wkb) > MOST_VERTICES * 16 + 1024:
        words = f"图形约有 {len(wkb) // 16:,} 个顶点，最多 {MOST_VERTICES:,} 个。请先简化。"
        return "too_many_vertices", words
    kind = int.from_bytes(wkb[1:5], "little" if wkb[0] else "big")
    has_height = bool(kind & 0xC0000000) or (kind & 0x1FFFFFFF) >= 1000
    base = (kind & 0x1FFFFFFF) % 1000
    if base in NOT_PLANE:
        return "no_plane_shape", "图形是三角网或多面体，不是平面的点、线、面。请先转换。"
    if base not in KINDS:
        return "curved_shape", "图形含曲线。请先在制图软件中转为折线（densify）。"
    if has_height and not told.may_be_flattened:
        return "has_heights", "图形带高程。网格与部件只存平面位置；确认舍去高程请加 --flatten。"
    return None


DRIVERS = {
    ".shp": "ESRI Shapefile", ".gpkg": "GPKG", ".geojson": "GeoJSON", ".gdb": "OpenFileGDB", ".csv": "CSV",
    ".fgb": "FlatGeobuf",
}  # fmt: skip


def write_layer(
    path: Path,
    shapes: Shapes,
    columns: Mapping[str, Sequence[Any]],
    *,
    system: str,
    encoding: str | None = None,
    is_northing_first: bool = False,
) -> None:
    """Write shapes with their columns as a survey file of the kind that the name ends in.

    Shapefiles are written in GBK unless told otherwise, as offices here expect them. GeoJSON knows degrees
    only (RFC 7946), so shapes must come in them.

    :raises BadSpatialFile: when the ending is none that can be written.
    """
    suffix = path.suffix.lower()
    if suffix not in DRIVERS:
        raise BadSpatialFile(f"不能写 {path.suffix or path.name} 文件。可写 {'、'.join(DRIVERS)}。")
    if is_northing_first:
        shapes = shapely.transform(shapes, lambda pairs: pairs[:, ::-1])
    kinds = {shape.geom_type for shape in shapes if shape is not None}
    coding = encoding or ("GBK" if suffix == ".shp" else "UTF-8")
    options = {"GEOMETRY": "AS_WKT"} if suffix == ".csv" else {}
    with _gdal(path):
        pyogrio.raw.write(
            str(path),
            shapely.to_wkb(shapes),
            [np.array(list(values)) for values in columns.values()],
            fields=list(columns),
            crs=system,
            driver=DRIVERS[suffix],
            geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
            encoding=coding,
            layer_options=options,
        )
