"""Survey files: Shapefile, GeoPackage, GeoJSON, FileGDB, CSV with WKT; read in batches, within bounds.

A file says its system of reference, its encoding and its fields; what it does not say must be said for it,
and what it says wrongly is found out where that can be. Nothing is guessed in silence. Reading is GDAL's.
"""

import re
import shutil
import tempfile
import warnings
import zipfile
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
from gis_core.errors import BadInput

MOST_ZIP_BYTES = 4 * 1024**3
MOST_ZIP_RATIO = 200
MOST_ZIP_MEMBERS = 2_000
MOST_VERTICES = 1_000_000
"""Of one shape; the outline of a whole province has some hundred thousand."""
BATCH = 50_000
SNIFFED_ROWS = 2_000
SUFFIXES = (".shp", ".gpkg", ".geojson", ".json", ".gdb", ".csv", ".zip", ".fgb")
WKT_NAMES = ("WKT", "wkt", "geom", "geometry", "图形")
CURVED = re.compile(r"CURVE|CIRCULARSTRING|SURFACE", re.IGNORECASE)
A_CURVE = b"\x01" + (10).to_bytes(4, "little")
"""The heading of a curve polygon in well-known binary."""
KINDS = {1: "点", 2: "线", 3: "面", 4: "多点", 5: "多线", 6: "多面", 7: "混合图形"}


class BadSpatialFile(BadInput):
    """The file cannot be read as a survey file at all."""

    code = "bad_spatial_file"


class ZipBomb(BadInput):
    """An archive that would unfold to far more than it is."""

    code = "zip_bomb"


class NoSystem(BadInput):
    """Neither the file nor the caller says which system the coordinates are of."""

    code = "no_system"


class BadEncoding(BadInput):
    """The text of the file is not in the encoding it says, or in none that is known."""

    code = "bad_encoding"


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

    :raises BadSpatialFile: ZipBomb, NoSystem, BadEncoding, UnknownSystem.
    """
    if not path.exists():
        raise BadSpatialFile(f"找不到文件 {path.name}。请检查路径。")
    if path.suffix.lower() not in SUFFIXES:
        known = "、".join(SUFFIXES)
        raise BadSpatialFile(f"不认识 {path.suffix or path.name} 文件。可导入 {known}。")
    with tempfile.TemporaryDirectory(prefix="citygrid-") as folder:
        found = _unfold(path, Path(folder)) if path.suffix.lower() == ".zip" else path
        yield SpatialFile(found, told or Told())


class SpatialFile:
    """An open survey file."""

    def __init__(self, path: Path, told: Told) -> None:
        self._path, self._told = path, told
        self.heading = _read_heading(path, told)

    def read(self, *, after: int = 0, batch: int = BATCH) -> Iterator[Rows]:
        """Rows in order, a batch at a time, those after row `after`; memory is that of a batch."""
        for start in range(after, self.heading.rows, batch):
            yield self._read_some(start, batch)

    def _read_some(self, skip: int, most: int) -> Rows:
        heading = self.heading
        with _gdal(heading.path):
            meta, _, wkbs, fields = pyogrio.raw.read(
                heading.path,
                layer=heading.layer,
                encoding=heading.encoding or None,
                skip_features=skip,
                max_features=most,
                datetime_as_string=True,
                **_options(heading.path),
            )
        columns = dict(zip(meta["fields"].tolist(), fields, strict=True))
        wkbs = _without_curves(wkbs, columns) if heading.driver == "CSV" else wkbs
        shapes, problems = _shapes_of(wkbs, skip + 1, self._told)
        return Rows(skip + 1, shapes, columns, problems)


def _options(path: Path) -> dict[str, Any]:
    if path.suffix.lower() != ".csv":
        return {}
    return {
        "GEOM_POSSIBLE_NAMES": ",".join(WKT_NAMES),
        "X_POSSIBLE_NAMES": "lon,lng,longitude,x,经度,东坐标",
        "Y_POSSIBLE_NAMES": "lat,latitude,y,纬度,北坐标",
    }


def _read_heading(path: Path, told: Told) -> Heading:
    with _gdal(path):
        layers = [str(name) for name, kind in pyogrio.list_layers(path).tolist() if kind is not None]
        if path.suffix.lower() == ".csv" and not layers:
            layers = [path.stem]
        layer = _choose_layer(path, layers, told.layer)
        encoding = _find_encoding(path, layer, told.encoding)
        info = pyogrio.read_info(
            path, layer=layer, encoding=encoding or None, force_feature_count=True, **_options(path)
        )
    if CURVED.search(str(info["geometry_type"]).replace(" ", "")):
        raise BadSpatialFile(f"图层“{layer}”存的是曲线图形。请先在制图软件中转为折线（densify）。")
    fields = tuple(str(name) for name in info["fields"])
    if any("\ufffd" in name for name in fields):
        raise BadEncoding("字段名无法按所报编码读出。请注明编码，如 --encoding GBK。")
    return Heading(
        path=path,
        layer=layer,
        driver=str(info["driver"]),
        system=_find_system(info["crs"], told.system),
        encoding=encoding,
        fields=fields,
        rows=int(info["features"]),
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
            "文件没有说明坐标系（如缺少 .prj）。请用 --system 注明，例如 --system EPSG:4524。什么都没有写入。"
        )
    return system_named(said)


def _find_encoding(path: Path, layer: str, told: str | None) -> str:
    """The encoding of a shapefile's table; other formats say it or are UTF-8.

    A table that says UTF-8 (or nothing) and is none is read as GB 18030 only when somebody says so, or when
    it says nothing at all.
    """
    if path.suffix.lower() != ".shp":
        return told or ""
    if told is not None:
        return told
    said = path.with_suffix(".cpg")
    declared = said.read_text(encoding="ascii", errors="replace").strip() if said.exists() else ""
    texts = _sniff(path, layer)
    is_utf8, is_gbk = (_reads_as(texts, name) for name in ("utf-8", "gb18030"))
    if declared.upper().replace("-", "") in {"UTF8", "65001"}:
        if not is_utf8:
            hint = "，内容像 GBK，请加 --encoding GBK" if is_gbk else "，请注明正确的编码"
            raise BadEncoding(f"属性表声明为 UTF-8，但读不出{hint}。什么都没有写入。")
        return "UTF-8"
    if declared:
        return declared
    if is_utf8:
        return "UTF-8"
    if is_gbk:
        return "GBK"
    raise BadEncoding("属性表的文字既不是 UTF-8 也不是 GBK。请用 --encoding 注明编码。什么都没有写入。")


def _sniff(path: Path, layer: str) -> list[bytes]:
    """The bytes of texts of the first rows and of the names of fields, as they lie in the file."""
    meta, _, _, columns = pyogrio.raw.read(
        path, layer=layer, encoding="ISO-8859-1", max_features=SNIFFED_ROWS, read_geometry=False
    )
    texts = [str(name) for name in meta["fields"]]
    for column in columns:
        if column.dtype == object:
            texts += [text for text in column.tolist() if isinstance(text, str)]
    return [text.encode("latin-1", "replace") for text in texts if not text.isascii()]


def _reads_as(texts: Sequence[bytes], encoding: str) -> bool:
    """Whether all texts are of an encoding; one cut off inside its last character still is."""
    return all(any(_decodes(text[: len(text) - cut], encoding) for cut in range(4)) for text in texts)


def _decodes(text: bytes, encoding: str) -> bool:
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _shapes_of(wkbs: Any, first: int, told: Told) -> tuple[Shapes, tuple[RowProblem, ...]]:
    """Shapes of a batch; those that cannot be taken are None, with the reason."""
    texts = np.array([None if wkb is None else bytes(wkb) for wkb in wkbs], dtype=object)
    problems: dict[int, tuple[str, str]] = {}
    for n, text in enumerate(texts.tolist()):
        if text is not None and (trouble := _trouble(text, told)) is not None:
            problems[n] = trouble
            texts[n] = None
    shapes: Shapes = shapely.from_wkb(texts, on_invalid="ignore")
    for n in np.flatnonzero(shapely.is_missing(shapes)).tolist():
        problems.setdefault(n, ("no_shape", "没有图形，或图形读不出。"))
    shapes = shapely.force_2d(shapes)
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    for n in np.flatnonzero(~finite & ~shapely.is_missing(shapes)).tolist():
        empty = shapely.is_empty(shapes[n])
        problems[n] = ("empty_shape", "图形是空的。") if empty else ("no_number", "坐标中有无效数值（NaN）。")
        shapes[n] = None
    if told.is_northing_first:
        shapes = shapely.transform(shapes, lambda pairs: pairs[:, ::-1])
    listed = (RowProblem(first + n, code, words) for n, (code, words) in sorted(problems.items()))
    return shapes, tuple(listed)


def _without_curves(wkbs: Any, columns: Mapping[str, NDArray[Any]]) -> list[bytes | None]:
    """The shapes of a table; one whose text is a curve is put back as such, for GDAL has made lines of it."""
    texts = next((columns[name] for name in WKT_NAMES if name in columns), None)
    if texts is None:
        return list(wkbs)
    return [
        A_CURVE if isinstance(text, str) and CURVED.search(text) else wkb
        for wkb, text in zip(wkbs, texts, strict=True)
    ]


def _trouble(wkb: bytes, told: Told) -> tuple[str, str] | None:
    """What is wrong with a shape that can be told before it is built; None when nothing is."""
    if len(wkb) > MOST_VERTICES * 16 + 1024:
        words = f"图形约有 {len(wkb) // 16:,} 个顶点，最多 {MOST_VERTICES:,} 个。请先简化。"
        return "too_many_vertices", words
    kind = int.from_bytes(wkb[1:5], "little" if wkb[0] else "big")
    has_height = bool(kind & 0xC0000000) or (kind & 0x1FFFFFFF) >= 1000
    base = (kind & 0x1FFFFFFF) % 1000
    if base not in KINDS:
        return "curved_shape", "图形含曲线。请先在制图软件中转为折线（densify）。"
    if has_height and not told.may_be_flattened:
        return "has_heights", "图形带高程。网格与部件只存平面位置；确认舍去高程请加 --flatten。"
    return None


def _unfold(path: Path, folder: Path) -> Path:
    """Unfold an archive, within bounds, and find the one survey file in it."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(path, members)
            for member in members:
                _copy_member(archive, member, folder)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as problem:
        raise BadSpatialFile(f"{path.name} 不是能打开的压缩包（损坏或有密码）。") from problem
    found = sorted(
        p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.suffix.lower() != ".zip"
    )
    found = [p for p in found if not any(parent.suffix.lower() == ".gdb" for parent in p.parents)]
    if len(found) != 1:
        names = "、".join(p.name for p in found[:10]) or "没有"
        raise BadSpatialFile(f"压缩包里应有一个测绘文件，现在是：{names}。请分开导入。")
    return found[0]


def _check_members(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    whole = sum(member.file_size for member in members)
    packed = max(path.stat().st_size, 1)
    if len(members) > MOST_ZIP_MEMBERS or whole > MOST_ZIP_BYTES or whole / packed > MOST_ZIP_RATIO:
        raise ZipBomb(
            f"{path.name} 解开后有 {len(members):,} 个文件、{whole / 1024**2:,.0f} MB，超出限度，没有解开。"
        )
    if any(member.filename.startswith("/") or ".." in Path(member.filename).parts for member in members):
        raise BadSpatialFile(f"{path.name} 中有越出压缩包的路径，没有解开。")


def _copy_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    """Write a member, never more than it says it is."""
    if member.is_dir():
        return
    target = folder / member.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, target.open("wb") as out:
        shutil.copyfileobj(_Bounded(source, member.file_size), out)


class _Bounded:
    """A stream that ends, with an error, where it was said to end."""

    def __init__(self, source: Any, most: int) -> None:
        self._source, self._left = source, most

    def read(self, size: int = -1) -> bytes:
        """Some bytes."""
        data: bytes = self._source.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ZipBomb("压缩包里的文件比它声明的大，没有解开。")
        return data


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
