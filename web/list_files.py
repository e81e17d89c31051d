"""Lists as files to take away: CSV that spreadsheets open, GeoJSON that maps open; sent as they are read."""

import csv
import io
import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from starlette.responses import StreamingResponse

from gis_core.clock import city_time
from gis_core.csv_cells import harmless
from gis_core.errors import Refused

Form = Literal["csv", "geojson"]
MOST_ROWS = 50_000
MEDIA_TYPES: Mapping[Form, str] = {"csv": "text/csv; charset=utf-8", "geojson": "application/geo+json"}
SAMPLE = "示意数据，由程序生成，不是真实情况。"
BYTE_ORDER_MARK = "\ufeff"
"""By it Excel knows that a CSV is in UTF-8."""
DEGREES = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}

Say = Callable[..., str]
Cell = str | int | float | None


class ListTooLong(Refused):
    """The list has more rows than a file may."""

    code = "list_too_long"


@dataclass(frozen=True, slots=True)
class Line:
    """A row as files tell it: cells for people, properties for programs, a GeoJSON geometry in degrees."""

    cells: Sequence[Cell]
    properties: Mapping[str, object]
    geometry: str
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file of a list: its names (ASCII, and as people read it), its headings, its rows page by page."""

    plain_name: str
    name: str
    headings: Sequence[str]
    pages: Iterable[Sequence[Line]]


def need_few(counted: int) -> None:
    """Refuse a list that is too long for a file.

    :raises ListTooLong: when more than `MOST_ROWS` were counted.
    """
    if counted > MOST_ROWS:
        raise ListTooLong(
            f"符合条件的超过 {MOST_ROWS} 条，一次导不出来。请用区域、类型等条件缩小范围，或者在后台导出。"
        )


def file_response(form: Form, file: ListFile, *, say: Say, at: datetime) -> StreamingResponse:
    """The file as an answer that is sent while it is read; named with the moment, in the city's time."""
    tail = f"-{city_time(at):%Y%m%d-%H%M}.{form}"
    named = f"attachment; filename=\"{file.plain_name}{tail}\"; filename*=UTF-8''{quote(file.name + tail)}"
    written = _as_csv(file, say) if form == "csv" else _as_geojson(file, say)
    headers = {"Content-Disposition": named, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(written, media_type=MEDIA_TYPES[form], headers=headers)


def write_text(path: Path, form: Form, file: ListFile, say: Say) -> Generator[int]:
    """Write a list to a file; yields how many rows are done after each page."""
    counted = _Counted(file.pages)
    told = ListFile(file.plain_name, file.name, file.headings, counted)
    with path.open("w", encoding="utf-8", newline="") as out:
        for part in _as_csv(told, say) if form == "csv" else _as_geojson(told, say):
            out.write(part)
            yield counted.n


class _Counted:
    """Pages of lines that count themselves as they are read."""

    def __init__(self, pages: Iterable[Sequence[Line]]) -> None:
        self._pages = pages
        self.n = 0

    def __iter__(self) -> Iterator[Sequence[Line]]:
        for page in self._pages:
            self.n += len(page)
            yield page


def table_response(plain_name: str, rows: Iterable[Sequence[Cell]]) -> StreamingResponse:
    """Rows, their heading first, as a CSV that spreadsheets open; sent as they are read."""
    headers = {
        "Content-Disposition": f'attachment; filename="{plain_name}.csv"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(_table(rows), media_type=MEDIA_TYPES["csv"], headers=headers)


def _table(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    for row in rows:
        yield _rows([_safe(row)])


def spaced(code: str, *places: int) -> str:
    """A code in groups, as pages show it; whole, a spreadsheet would round it as if it were a number.

    >>> spaced("61030301002000001", 6, 11)
    '610303 01002 000001'
    """
    starts, ends = (0, *places), (*places, len(code))
    return " ".join(code[start:end] for start, end in zip(starts, ends, strict=True))


def _as_csv(file: ListFile, say: Say) -> Iterator[str]:
    yield BYTE_ORDER_MARK + _rows([file.headings])
    n, has_samples = 0, False
    for page in file.pages:
        yield _rows([_safe(line.cells) for line in page])
        n, has_samples = n + len(page), has_samples or any(line.is_synthetic for line in page)
    # last, so that the first row is the headings, and a file without it is one that broke off
    yield _rows([[], [say("共 {n} 条。", n=n)], *([[say(SAMPLE)]] if has_samples else [])])


def _safe(cells: Sequence[Cell]) -> list[Cell]:
    return [harmless(cell) if isinstance(cell, str) else cell for cell in cells]


def _rows(rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _as_geojson(file: ListFile, say: Say) -> Iterator[str]:
    head = {"type": "FeatureCollection", "name": file.plain_name, "crs": DEGREES}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "features": ['
    comma, has_samples = "\n", False
    for page in file.pages:
        written = [_feature(line) for line in page]
        if written:
            yield comma + ",\n".join(written)
            comma = ",\n"
        has_samples = has_samples or any(line.is_synthetic for line in page)
    note = f', "note": {json.dumps(say(SAMPLE), ensure_ascii=False)}' if has_samples else ""
    yield f"\n]{note}}}\n"


def _feature(line: Line) -> str:
    told = json.dumps(dict(line.properties), ensure_ascii=False, default=_as_text)
    return f'{{"type": "Feature", "properties": {told}, "geometry": {line.geometry}}}'


def _as_text(value: object) -> str:
    return city_time(value).isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
