"""A table of addresses that somebody brings: looked through once, then read row by row in bounded memory."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Self

from gis_core.csv_files import UTF_16_MARKS, bounded_lines, find_encoding, find_separator
from gis_core.csv_rows import CsvRows, Row
from gis_core.errors import BadInput

MOST_ROWS = 1_000_000
"""Of one file; a sheet of a spreadsheet holds no more."""
MOST_COLUMNS = 1_000
_HEAD_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 20
_TOO_WIDE = "这一行有 {n} 格，列名只有 {m} 个：有一格里的分隔符没有加引号，读不准地址。"


FittedRow = tuple[tuple[str, ...], str]
"""Cells as many as the heading has, and what keeps them from being read (Chinese), if anything."""


class EmptyAddressFile(BadInput):
    """The file is empty, or has nothing below its heading."""

    code = "empty_address_file"


class NotATable(BadInput):
    """The file is no text: a workbook, an archive, a picture."""

    code = "not_a_table"


class TooManyAddresses(BadInput):
    """The file has more rows than are geocoded at once."""

    code = "too_many_addresses"


class NoAddressFile(BadInput):
    """The file cannot be opened."""

    code = "no_address_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressFile:
    """What is known of a table after it was looked through."""

    path: Path
    sha256: str
    encoding: str
    separator: str
    heading: tuple[str, ...]
    rows: int

    @classmethod
    def look_through(cls, path: Path) -> Self:
        """Read the file once from end to end: UTF-8, GB18030, UTF-16; commas, semicolons or tabs; a heading.

        :raises NoAddressFile: when it cannot be opened.
        :raises EmptyAddressFile: when it has no heading or no row below it.
        :raises NotATable: when it is no text.
        :raises TooManyAddresses: beyond `MOST_ROWS`.
        :raises LineTooLong: for a line that cannot be a row.
        """
        with _opened(path) as raw:
            _need_text(raw.read(_HEAD_BYTES))
            raw.seek(0)
            digest = _digest(iter(lambda: raw.read(_BLOCK_BYTES), b""))
        encoding = find_encoding(path)
        with path.open(encoding=encoding, errors="replace", newline="") as words:
            separator = find_separator(next((line for line in bounded_lines(words) if line.strip()), ""))
        rows = _read(path, encoding, separator)
        heading = _need_heading(next(rows, Row(1, ())))
        count = sum(1 for _ in islice(rows, MOST_ROWS + 1))
        if not count:
            raise EmptyAddressFile("文件只有列名，没有数据行。")
        if count > MOST_ROWS:
            raise TooManyAddresses(f"文件超过 {MOST_ROWS:,} 行。请拆成几个文件，分批定位。")
        return cls(
            path=path,
            sha256=digest,
            encoding=encoding,
            separator=separator,
            heading=heading,
            rows=count,
        )

    def read_rows(self) -> Iterator[FittedRow]:
        """Every row below the heading, as wide as it, with what keeps it from being read, if anything."""
        rows = _read(self.path, self.encoding, self.separator)
        next(rows)
        for row in rows:
            yield fitted(row, self.heading, self.separator)


def fitted(row: Row, heading: tuple[str, ...], separator: str) -> FittedRow:
    """The cells of a row under its heading, and what is wrong with them (Chinese; empty when all is well).

    What is missing at the end is empty; what is too much stands in the last cell, and makes the row doubtful.

    >>> fitted(Row(2, ("1",)), ("编号", "地址"), ",")
    (('1', ''), '')
    >>> fitted(Row(2, ("1", "经二路", "路北")), ("编号", "地址"), ",")[0]
    ('1', '经二路,路北')
    """
    cells, width = row.cells, len(heading)
    if len(cells) <= width:
        return (*cells, *[""] * (width - len(cells))), row.fault
    is_empty = not any(cell.strip() for cell in cells[width:])
    if is_empty and not row.fault:
        return cells[:width], ""
    last = separator.join(cells[width - 1 :])
    return (*cells[: width - 1], last), row.fault or _TOO_WIDE.format(n=len(cells), m=width)


def _read(path: Path, encoding: str, separator: str) -> Iterator[Row]:
    """The rows of a file, its heading first; lines with nothing on them are none."""
    with _opened(path) as raw:
        words = TextIOWrapper(raw, encoding=encoding, errors="replace", newline="")
        for row in CsvRows(bounded_lines(words), separator=separator):
            if row.cells:
                yield row


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as problem:
        raise NoAddressFile(f"打不开文件 {path.name}（{problem.strerror}）。请检查路径。") from problem


def _digest(blocks: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


_KINDS = (
    (b"PK\x03\x04", "Excel 工作簿或压缩包"),
    (b"\xd0\xcf\x11\xe0", "旧版 Excel 工作簿"),
    (b"%PDF", "PDF"),
)


def _need_text(head: bytes) -> None:
    if not head.strip():
        raise EmptyAddressFile("文件是空的。请选择有列名和数据的 CSV 文件。")
    is_binary = b"\0" in head and not head.startswith(UTF_16_MARKS)
    kind = next((name for sign, name in _KINDS if head.startswith(sign)), "二进制文件" if is_binary else "")
    if kind:
        raise NotATable(f"这不是 CSV 表格，而是{kind}。请在表格软件中另存为“CSV UTF-8”后再试。")


def _need_heading(first: Row) -> tuple[str, ...]:
    heading = tuple(cell.strip().lstrip("\ufeff") for cell in first.cells)
    if first.fault:
        raise NotATable(f"读不出列名：{first.fault}请检查第一行。")
    if not any(heading):
        raise EmptyAddressFile("第一行没有列名。请在第一行写上各列的名称，如“地址”。")
    if len(heading) > MOST_COLUMNS:
        raise NotATable(f"第一行有 {len(heading):,} 格，最多 {MOST_COLUMNS:,} 列。请检查文件是不是 CSV。")
    return heading
