"""A CSV of somebody else as a file: its encoding, its separator, lines that are too long to be lines."""

from collections.abc import Iterator
from io import TextIOBase
from pathlib import Path

from gis_core.errors import BadInput

MOST_LINE_CHARACTERS = 1_000_000
"""Of one line; what is longer is no table, and reading it would take memory without bound."""
SEPARATORS = ",;\t"
_PART_CHARACTERS = 1 << 20


class LineTooLong(BadInput):
    """A line of a CSV is so long that it cannot be one."""

    code = "line_too_long"


UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""What a file begins with that spreadsheets save as Unicode text."""


def find_encoding(path: Path) -> str:
    """UTF-16 when the file says so; UTF-8 when all of it is, else GB18030 when all is, else UTF-8 with marks
    where it is not."""
    with path.open("rb") as raw:
        if raw.read(2) in UTF_16_MARKS:
            return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding, newline="") as words:
                while words.read(_PART_CHARACTERS):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    return "utf-8-sig"


def find_separator(heading: str) -> str:
    """What parts the cells of a heading: comma, semicolon or tab, whichever stands there most often.

    >>> find_separator("编号;地址,位置;类型"), find_separator("地址")
    (';', ',')
    """
    return max(SEPARATORS, key=heading.count)


def bounded_lines(words: TextIOBase) -> Iterator[str]:
    """The lines of a text, none of them read beyond `MOST_LINE_CHARACTERS`.

    :raises LineTooLong: naming the line, from 1.
    """
    number = 0
    while line := words.readline(MOST_LINE_CHARACTERS + 1):
        number += 1
        if len(line) > MOST_LINE_CHARACTERS:
            raise LineTooLong(
                f"第 {number:,} 行超过 {MOST_LINE_CHARACTERS:,} 字，不像表格的一行。请检查文件是不是 CSV。",
                line=number,
            )
        yield line
