"""Lists as workbooks (XLSX), written row by row: memory does not grow with the list."""

import tempfile
from collections.abc import Generator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from gis_core.clock import city_time
from web.list_files import SAMPLE, Line, ListFile, Say

MOST_SHEET_ROWS = 1_048_576
"""Of the format; a longer list goes on in a further sheet."""
LONGEST_CELL = 32_767
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTHS = {"说明": 36, "地点": 28, "案卷号": 24, "单元网格": 18}
WIDTH = 13


def workbook_response(file: ListFile, *, say: Say, at: datetime) -> Response:
    """A short list as a workbook, named with the moment in the city's time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        for _ in write_workbook(path, file, say):
            pass  # all of it
        content = path.read_bytes()
    tail = f"-{city_time(at):%Y%m%d-%H%M}.xlsx"
    named = f"attachment; filename=\"{file.plain_name}{tail}\"; filename*=UTF-8''{quote(file.name + tail)}"
    headers = {"Content-Disposition": named, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def write_workbook(path: Path, file: ListFile, say: Say) -> Generator[int]:
    """Write a list as a workbook; yields how many rows are done after each page.

    Words are written as words: nothing that begins with "=" becomes a formula, no address a link.
    """
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(path, options)
    try:
        yield from _Sheets(book, file, say).write()
    finally:
        book.close()


class _Sheets:
    """The sheets of one list, filled from the top."""

    def __init__(self, book: Any, file: ListFile, say: Say) -> None:
        self._book, self._file, self._say = book, file, say
        self._bold = book.add_format({"bold": True, "bottom": 1})
        self._sheet: Any = None
        self._row = 0
        self._n = 0
        self._has_samples = False

    def write(self) -> Generator[int]:
        """All pages, then how many rows there are."""
        self._begin()
        for page in self._file.pages:
            for line in page:
                self._add(line)
            yield self._n
        notes = [self._say("共 {n} 条。", n=self._n), *([self._say(SAMPLE)] if self._has_samples else [])]
        for note in notes:
            self._row += 1
            if self._row < MOST_SHEET_ROWS:
                self._sheet.write_string(self._row, 0, note)
        yield self._n

    def _begin(self) -> None:
        self._sheet, self._row = self._book.add_worksheet(), 0
        self._sheet.freeze_panes(1, 1)
        for column, heading in enumerate(self._file.headings):
            self._sheet.set_column(column, column, WIDTHS.get(heading, WIDTH))
            self._sheet.write_string(0, column, heading, self._bold)
        self._row = 1

    def _add(self, line: Line) -> None:
        if self._row >= MOST_SHEET_ROWS:
            self._begin()
        for column, cell in enumerate(line.cells):
            if isinstance(cell, str):
                if cell:
                    self._sheet.write_string(self._row, column, cell[:LONGEST_CELL])
            elif cell is not None:
                self._sheet.write_number(self._row, column, cell)
        self._row, self._n = self._row + 1, self._n + 1
        self._has_samples |= line.is_synthetic
