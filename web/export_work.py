"""Files of lists that the worker writes: where they lie, how they are named, how long they are kept."""

import shutil
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, quote

from starlette.datastructures import QueryParams
from starlette.responses import FileResponse, Response

from cases.exports import store
from cases.exports.reading import Export
from cases.filtering import CaseFilter
from cases.listing import MOST_ROWS, list_cases
from cases.summaries import CaseSummary
from gis_core.clock import city_time
from gis_core.db import Sessions
from gis_core.errors import Conflict
from grid.catalogue import Catalogue
from grid.reading import list_division_names, list_zone_names
from web.faces.case_files import HEADINGS, CaseTelling, tell_case
from web.filters import read_filter
from web.list_files import MEDIA_TYPES, Line, ListFile, write_text
from web.words import Words
from web.workbooks import write_workbook

HOME = "exports"
WORK = "lists.export"
"""The job of the worker, by the name under which it is sent for."""
KEPT = timedelta(days=7)
MOST_LINES = 1_000_000
FORMS = {"xlsx": "Excel（XLSX）", "csv": "CSV", "geojson": "GeoJSON"}
STATUS_NAMES = {
    "waiting": "等待导出", "running": "正在导出", "done": "可以下载", "cancelled": "已停止",
    "broken": "没有导成", "gone": "已到期删除",
}  # fmt: skip
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NoFileYet(Conflict):
    """The file is not written yet, or not there any more."""

    code = "no_file_yet"


@dataclass(frozen=True, slots=True)
class ExportDesk:
    """What writes files of lists needs: the city's names, the database, the folder."""

    sessions: Sessions
    home: Path
    catalogue: Catalogue
    words: Words

    def path(self, export: Export) -> Path:
        """Where a file lies."""
        return self.home / str(export.id) / f"list.{export.form}"

    def write(self, export: Export, at: datetime) -> Generator[int]:
        """Write a file, some rows at a time; it has its name only when it is whole."""
        path = self.path(export)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        arriving = path.with_name(f"arriving.{export.form}")
        say = self.words.translator(export.language)
        file = ListFile(
            f"cases-{export.id}",
            export.title,
            [say(heading) for heading in HEADINGS],
            self._lines(read_filter(QueryParams(parse_qsl(export.query))), self._telling(export), at),
        )
        if export.form == "xlsx":
            yield from write_workbook(arriving, file, say)
        else:
            yield from write_text(arriving, "csv" if export.form == "csv" else "geojson", file, say)
        arriving.rename(path)

    def remove(self, export: Export) -> None:
        """Remove what was written of a file."""
        with suppress(OSError):
            shutil.rmtree(self.home / str(export.id))

    def _lines(self, wanted: CaseFilter, telling: CaseTelling, at: datetime) -> Iterator[Sequence[Line]]:
        for rows in pages_of(self.sessions, wanted, at, types=telling.types, most=MOST_LINES):
            yield [tell_case(row, telling) for row in rows]

    def _telling(self, export: Export) -> CaseTelling:
        with self.sessions() as session:
            divisions, zones = list_division_names(session), list_zone_names(session)
        return CaseTelling.of(self.catalogue, self.words, export.language, divisions=divisions, zones=zones)


def sweep_files(sessions: Sessions, home: Path, at: datetime) -> None:
    """Remove files a week after they were asked for."""
    with sessions.begin() as session:
        gone = store.forget_files(session, at - KEPT)
    for number in gone:
        shutil.rmtree(home / str(number), ignore_errors=True)


def pages_of(
    sessions: Sessions, wanted: CaseFilter, at: datetime, *, types: dict[tuple[str, str], str], most: int
) -> Iterator[Sequence[CaseSummary]]:
    """Pages of cases, the newest report first; no connection is held while one is written.

    That order holds still while others work on the cases, so that none is told twice or left out.
    """
    after, n = None, 0
    while n < most:
        with sessions() as session:
            page = list_cases(session, wanted, after, MOST_ROWS, at=at, types=types)
        yield page.rows
        after, n = page.next_cursor, n + len(page.rows)
        if after is None:
            return


def export_response(path: Path, export: Export) -> Response:
    """The file, named as people read it.

    :raises NoFileYet: when it is not there.
    """
    if export.status != "done" or not path.is_file():
        raise NoFileYet(f"文件还没有导好，或者已到期删除（保存 {KEPT.days} 天）。请重新导出。")
    tail = f"-{city_time(export.at):%Y%m%d-%H%M}.{export.form}"
    named = f"attachment; filename=\"cases-{export.id}{tail}\"; filename*=UTF-8''{quote(export.title + tail)}"
    headers = {"Content-Disposition": named, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    media_types: Mapping[str, str] = {str(form): media for form, media in MEDIA_TYPES.items()}
    return FileResponse(path, media_type=media_types.get(export.form, _WORKBOOK), headers=headers)
