"""The table of a shapefile (dBASE): its encoding, characters cut in two by its widths, rows marked deleted.

Texts are taken as they lie in the file and decoded here, so that one that cannot be read is named by its row.
"""

import codecs
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
from numpy.typing import NDArray

from gis_core.errors import BadInput
from gis_core.file_bounds import BadSpatialFile

SNIFFED_ROWS = 2_000
AS_IT_LIES = "ISO-8859-1"
"""An encoding that keeps every byte."""
CHINESE = frozenset({"GBK", "GB2312", "GB18030", "CP936", "936", "ANSI936", "EUCCN"})
UTF8 = frozenset({"UTF8", "65001", "CP65001"})
LEAST_FOREIGN_BYTES = 12
"""So much must read as UTF-8 before a table that says otherwise is held to be it: two characters of GBK may
by chance.
"""
MOST_CUT_BYTES = 3
"""What a width in bytes leaves of a last character."""
DELETED = ord("*")


class BadEncoding(BadInput):
    """The text of the file is not in the encoding it says, or in none that is known."""

    code = "bad_encoding"


def beside(path: Path, suffix: str) -> Path | None:
    """The file of a shapefile that ends so, in capitals or not."""
    named = (path.with_suffix(ending) for ending in (suffix, suffix.upper()))
    return next((one for one in named if one.exists()), None)


def need_company(path: Path) -> None:
    """Refuse a shapefile that came without its index or its table; raises BadSpatialFile."""
    missing = [path.with_suffix(suffix).name for suffix in (".shx", ".dbf") if beside(path, suffix) is None]
    if missing:
        raise BadSpatialFile(
            f"{path.name} 缺少配套文件 {'、'.join(missing)}。"
            "Shapefile 的几个文件要放在一起，或打成一个 zip。什么都没有写入。"
        )


def find_encoding(path: Path, layer: str, told: str | None) -> str:
    """The encoding of a shapefile's table: what is told, what it says, or what it reads as.

    A table that says nothing is UTF-8 if it reads so, else GBK. One that says what it is not is refused,
    whether UTF-8 was said and GBK meant or the other way round.

    :raises BadEncoding: saying which encoding it looks like.
    """
    said = beside(path, ".cpg")
    declared = said.read_text(encoding="ascii", errors="replace").strip() if said else ""
    texts = _sniff(path, layer)
    is_utf8, is_gbk = (_reads_as(texts, name) for name in ("utf-8", "gb18030"))
    if not (told or declared):
        if is_utf8 or is_gbk:
            return "UTF-8" if is_utf8 else "GBK"
        raise BadEncoding("属性表的文字既不是 UTF-8 也不是 GBK。请用 --encoding 注明编码。什么都没有写入。")
    name = canonical(told or declared)
    like = next((n for n, fits in (("UTF-8", is_utf8), ("GBK", is_gbk)) if fits and n != name), None)
    may_be = like == "UTF-8" or name not in {"UTF-8", "GBK"}  # a Western table would take any bytes
    is_foreign = like is not None and may_be and sum(map(len, texts)) >= LEAST_FOREIGN_BYTES
    if not _reads_as(texts, codec_of(name)) or (told is None and is_foreign):
        hint = f"内容像 {like}，请加 --encoding {like}" if like else "请注明正确的编码"
        how = "按所报的" if told else "声明为"
        raise BadEncoding(f"属性表{how} {name}，但读出来不对，{hint}。什么都没有写入。")
    return name


def canonical(encoding: str) -> str:
    """The name we give an encoding: the Chinese family is GBK.

    :raises BadEncoding: when nobody knows it.

    >>> canonical("ANSI 936"), canonical("utf8"), canonical("gb2312")
    ('GBK', 'UTF-8', 'GBK')
    """
    plain = encoding.upper().replace("-", "").replace(" ", "").replace("_", "")
    if plain in CHINESE:
        return "GBK"
    if plain in UTF8:
        return "UTF-8"
    try:
        return codecs.lookup(encoding.strip()).name.upper()
    except LookupError:
        words = f"不认识编码“{encoding[:20]}”。请用 --encoding 注明，如 GBK 或 UTF-8。什么都没有写入。"
        raise BadEncoding(words) from None


def codec_of(encoding: str) -> str:
    """What reads an encoding: GB 18030 holds all of GBK."""
    return "gb18030" if encoding == "GBK" else encoding


def decode_text(text: str, codec: str) -> str | None:
    """A text as it lies in the file, decoded; a character that was cut in two at its end is dropped. None
    when it is of another encoding.
    """
    if text.isascii():
        return text
    raw = text.encode("latin-1", "replace")
    for cut in range(min(MOST_CUT_BYTES, len(raw)) + 1):
        try:
            return raw[: len(raw) - cut].decode(codec)
        except UnicodeDecodeError:
            continue
    return None


def decode_names(names: Sequence[str], encoding: str) -> tuple[str, ...]:
    """Names of fields decoded; raises BadEncoding."""
    found = [decode_text(name, codec_of(encoding)) for name in names]
    if None in found:
        raise BadEncoding(f"字段名无法按 {encoding} 读出。请注明编码，如 --encoding GBK。")
    return tuple(str(name) for name in found)


def decode_columns(
    columns: Mapping[str, NDArray[Any]], encoding: str
) -> tuple[dict[str, NDArray[Any]], dict[int, str]]:
    """Columns with their texts decoded, and the field that cannot be for each row (from 0) that has one."""
    codec = codec_of(encoding)
    decoded: dict[str, NDArray[Any]] = {}
    bad: dict[int, str] = {}
    for name, column in columns.items():
        if column.dtype != object:
            decoded[name] = column
            continue
        given = column.tolist()
        texts = [decode_text(value, codec) if isinstance(value, str) else value for value in given]
        lost = (n for n, text in enumerate(texts) if text is None and given[n] is not None)
        bad = dict.fromkeys(lost, name) | bad
        decoded[name] = np.array([*texts, None], dtype=object)[:-1]
    return decoded, bad


def rows_present(path: Path) -> NDArray[np.int64] | None:
    """Which records of a shapefile are not marked deleted; None when all are there or there is no table.

    GDAL leaves deleted ones out but counts them, and where it goes on after a batch.
    """
    table = beside(path, ".dbf")
    if table is None:
        return None
    with table.open("rb") as raw:
        head = raw.read(32)
    if len(head) < 32:
        return None
    count, start, width = struct.unpack("<IHH", head[4:12])
    if not width or start + count * width > table.stat().st_size:
        return None
    flags = np.memmap(table, dtype=np.uint8, mode="r", offset=start, shape=(count, width))[:, 0]
    present = np.flatnonzero(flags != DELETED).astype(np.int64)
    return None if len(present) == count else present


def _sniff(path: Path, layer: str) -> list[bytes]:
    """The bytes of texts of the first rows and of the names of fields, as they lie in the file."""
    meta, _, _, columns = pyogrio.raw.read(
        path, layer=layer, encoding=AS_IT_LIES, max_features=SNIFFED_ROWS, read_geometry=False
    )
    texts = [str(name) for name in meta["fields"]]
    for column in columns:
        if column.dtype == object:
            texts += [text for text in column.tolist() if isinstance(text, str)]
    return [text.encode("latin-1", "replace") for text in texts if not text.isascii()]


def _reads_as(texts: Sequence[bytes], encoding: str) -> bool:
    """Whether all texts are of an encoding; one cut off inside its last character still is."""
    return all(decode_text(text.decode("latin-1"), encoding) is not None for text in texts)
