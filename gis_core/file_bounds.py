"""Bounds of survey files, looked at before a driver opens them: archives, and rows of text that are too long.

GDAL builds a feature of GeoJSON whole before anything can be asked of it, and leaves out what is too long for
it in a table without a word. So such files are walked through once, a few megabytes at a time.
"""

import errno
import lzma
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gis_core.errors import BadInput

MOST_ZIP_BYTES = 4 * 1024**3
MOST_ZIP_RATIO = 200
MOST_ZIP_MEMBERS = 2_000
MOST_WORKBOOK_BYTES = 200 * 1024**2
"""Of a workbook unpacked; its rows are held in memory while they are read."""
MOST_VERTICES = 1_000_000
"""Of one shape; the outline of a whole province has some hundred thousand."""
MOST_LINE_BYTES = 96 * 1024**2
"""Of one row of a table: a million vertices as text."""
SUFFIXES = (".shp", ".gpkg", ".geojson", ".json", ".gdb", ".csv", ".zip", ".fgb")
_PART_BYTES = 4 * 1024**2
_SHAPE_KEY = b'"geometry"'


class BadSpatialFile(BadInput):
    """The file cannot be read as a survey file at all."""

    code = "bad_spatial_file"


class ZipBomb(BadInput):
    """An archive that would unfold to far more than it is."""

    code = "zip_bomb"


class RowTooLong(BadInput):
    """A row is so large that the driver could not read it in bounded memory."""

    code = "row_too_long"


def check_rows_of_text(path: Path) -> None:
    """Walk through a GeoJSON or a table and refuse the first row that is too large; other files are not read.

    :raises RowTooLong: naming the row, from 1.
    """
    suffix = path.suffix.lower()
    if suffix in {".geojson", ".json"}:
        _check_json(path)
    elif suffix == ".csv":
        _check_table(path)


def _check_json(path: Path) -> None:
    """Vertices between one shape and the next are counted by their brackets; a name that a feature's own
    attributes repeat only makes the count smaller.
    """
    for row, vertices in _count_vertices(path):
        if vertices > MOST_VERTICES + 2:
            raise RowTooLong(
                f"第 {max(row, 1):,} 行的图形约有 {vertices:,} 个顶点，最多 {MOST_VERTICES:,} 个。"
                "请先简化。什么都没有写入。",
                row=max(row, 1),
            )


def _count_vertices(path: Path) -> Iterator[tuple[int, int]]:
    """Opening brackets after each mention of a shape, with how many there were before."""
    row, count, rest = 0, 0, b""
    with path.open("rb") as raw:
        while part := raw.read(_PART_BYTES):
            text, at = rest + part, 0
            end = len(text) - len(_SHAPE_KEY)
            while 0 <= (found := text.find(_SHAPE_KEY, at)) < end:
                yield row, count + text.count(b"[", at, found)
                row, count, at = row + 1, 0, found + len(_SHAPE_KEY)
            end = max(end, at)
            count += text.count(b"[", at, end)
            rest = text[end:]
    yield row, count + rest.count(b"[")


def _check_table(path: Path) -> None:
    for row, size in enumerate(_lengths_of_lines(path)):
        if size > MOST_LINE_BYTES:
            raise RowTooLong(
                f"第 {max(row, 1):,} 行有 {size / 1024**2:,.0f} MB，一行最多 {MOST_LINE_BYTES // 1024**2} MB"
                "（或引号没有成对）。请先简化图形。什么都没有写入。",
                row=max(row, 1),
            )


def _lengths_of_lines(path: Path) -> Iterator[int]:
    """Bytes of each line of a table, its heading first; a line break between quotes is none."""
    size, is_quoted = 0, False
    with path.open("rb") as raw:
        while part := raw.readline(_PART_BYTES):
            size += len(part)
            is_quoted ^= bool(part.count(b'"') & 1)
            if part.endswith(b"\n") and not is_quoted:
                yield size
                size = 0
    if size:
        yield size


def unfold(path: Path, folder: Path) -> Path:
    """Unfold an archive, within bounds, and find the one survey file in it.

    :raises ZipBomb: BadSpatialFile.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(path, members)
            for member in members:
                _copy_member(archive, member, folder)
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            raise
        raise BadSpatialFile(f"{path.name} 里有写不出来的文件名，没有解开。") from problem
    except (*_BROKEN, lzma.LZMAError, zlib.error) as problem:
        raise BadSpatialFile(f"{path.name} 不是能打开的压缩包（损坏、有密码或目录不实）。") from problem
    return _survey_file_in(folder)


_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, EOFError, ValueError)


def check_workbook(path: Path) -> None:
    """Look at a workbook (XLSX) before a driver opens it.

    :raises ZipBomb: when it is too large unpacked.
    :raises BadSpatialFile: when it is none.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (*_BROKEN, OSError) as problem:
        raise BadSpatialFile(f"{path.name} 不是能打开的工作簿。请另存为 XLSX 或 CSV 后重试。") from problem
    _check_members(path, members)
    if sum(member.file_size for member in members) > MOST_WORKBOOK_BYTES:
        raise ZipBomb(f"{path.name} 解开后超过 {MOST_WORKBOOK_BYTES // 1024**2} MB，没有打开。请分成几份。")
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise BadSpatialFile(f"{path.name} 不是能打开的工作簿。请另存为 XLSX 或 CSV 后重试。")


def _survey_file_in(folder: Path) -> Path:
    """The one survey file of a folder; the files of a FileGDB are one, archives within archives are none."""
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.name[:2] != "._")
    found = [p for p in found if not any(parent.suffix.lower() == ".gdb" for parent in p.parents)]
    archives = [p for p in found if p.suffix.lower() == ".zip"]
    found = [p for p in found if p not in archives]
    if archives and not found:
        raise BadSpatialFile("压缩包里还是压缩包，没有再解开。请把测绘文件直接打成一个 zip。")
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
