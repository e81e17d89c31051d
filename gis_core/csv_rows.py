"""A CSV of somebody else read row by row: a row that is broken costs itself alone.

A quote that is never closed makes every CSV reader take the rest of the file for one cell. Here such a row
is given back as broken, and reading goes on with the very next line.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_LINES = 100
"""A row of more lines than this has a quote that is not closed; longer texts are refused anyway."""
OPEN_QUOTE = "引号没有成对，读不出这一行；其后各行照常读取。"
TOO_LARGE = f"有一格超过 {csv.field_size_limit():,} 字，读不出这一行。"


@dataclass(frozen=True, slots=True)
class Row:
    """A row with the line of the file where it begins; `fault` says (Chinese) why it cannot be read."""

    line: int
    cells: tuple[str, ...]
    fault: str = ""


class CsvRows:
    """Rows of a CSV, its heading first, each as wide as the heading when it spans lines.

    >>> [(row.line, row.cells[0], bool(row.fault)) for row in CsvRows(["id,text\\n", '1,"a\\n', "2,b\\n"])]
    [(1, 'id', False), (2, '1', True), (3, '2', False)]
    """

    def __init__(self, lines: Iterable[str], *, separator: str = ",") -> None:
        self.separator = separator
        self._lines = _Lines(lines)
        self._reader = csv.reader(self._lines, delimiter=separator, strict=True)
        self._width = 0

    def __iter__(self) -> Iterator[Row]:
        """The rows that are left."""
        return self

    def __next__(self) -> Row:
        """The next row."""
        line = self._lines.begin()
        try:
            cells = next(self._reader)
        except csv.Error as problem:
            return self._give_up(line, TOO_LARGE if "field larger" in str(problem) else OPEN_QUOTE)
        self._width = self._width or len(cells)
        if len(self._lines.taken) > 1 and len(cells) != self._width:
            return self._give_up(line, OPEN_QUOTE)  # it closed at the quote of a later row
        return Row(line, tuple(cells))

    def _give_up(self, line: int, fault: str) -> Row:
        """The first line alone is lost; the others are read again."""
        first = self._lines.give_back_all_but_first()
        return Row(line, tuple(first.rstrip("\r\n").split(self.separator)), fault)


class _Lines:
    """Lines of a file, those of the row under way remembered so that they can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._ahead: deque[str] = deque()
        self._number = 0
        self.taken: list[str] = []

    def begin(self) -> int:
        """A new row begins; answers the number of its first line."""
        self.taken = []
        return self._number + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES:
            raise csv.Error("row of too many lines")
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self._number += 1
        self.taken.append(line)
        return line

    def give_back_all_but_first(self) -> str:
        first, *others = self.taken
        self._ahead.extendleft(reversed(others))
        self._number -= len(others)
        return first
