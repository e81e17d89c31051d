"""A file of addresses answered row by row: written as it goes, taken up where it broke off, held by one.

Beside the rows written so far (`OUT.part`) a small file keeps how many rows and bytes they are and what was
counted. It is replaced at a stroke after the rows are on the disk, so that after any death the rows are cut
back to what it says, and the next row is answered. The whole file appears under its name at the end.
"""

import csv
import fcntl
import hashlib
import io
import json
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO

from gis_core.csv_cells import harmless
from gis_core.errors import BadInput, Conflict
from gis_core.geocoding.characters import MOST_CHARACTERS
from gis_core.places import LonLat
from grid.answer_rows import COLUMNS, answer_row
from grid.geocode_batches.address_file import AddressFile, FittedRow
from grid.geocode_batches.report import ALL_OUTCOMES
from grid.geocode_batches.tally import EMPTY, UNREAD, Tally
from grid.geocoding import CityGeocoder
from grid.rules.address_columns import joined, result_headings

FORMAT = 1
"""Of what is kept of a run; another release's is begun anew."""
SAVE_EVERY_S = 0.5
CHUNK = 50
"""Rows between two looks at the clock."""
MOST_TEXT = 1_000
"""Characters of an address that the engine is given; of words it reads the first 200."""
MOST_CELL = 32_767
"""Characters of a cell that came which are written back: a spreadsheet holds no more, a reader hardly any."""
BYTE_ORDER_MARK = "\ufeff"
UNREADABLE = "\ufffd"
_STATE, _LOCK = "progress.json", "lock"
_GARBLED = "地址中有无法识别的字符。请检查文件编码，另存为 UTF-8 后再试。"
_NOT_FILLED = "这一行没有填写地址。"
_CUT = f"文字超过 {MOST_CHARACTERS} 字，只读了开头"


class BatchBusy(Conflict):
    """Another process works on this very file."""

    code = "batch_busy"


class BadOutput(BadInput):
    """The answers cannot be written where they were asked for."""

    code = "cannot_write_answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A file to answer: which columns say the address, near where, where the answers go.

    `folder` is where the order keeps how far it is; it belongs to this order alone.
    """

    file: AddressFile
    columns: tuple[int, ...]
    near: LonLat | None
    out: Path
    folder: Path

    @property
    def key(self) -> str:
        """The same for the same file with the same settings."""
        told = [
            FORMAT,
            self.file.sha256,
            list(self.columns),
            None if self.near is None else asdict(self.near),
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    @property
    def part(self) -> Path:
        """Where the answers are while there are rows left."""
        return self.out.with_name(self.out.name + ".part")


@dataclass(slots=True)
class Run:
    """How far an order is: bytes written, what was counted; `stamp` tells a finished file from another."""

    key: str
    size: int = 0
    tally: Tally = field(default_factory=Tally)
    stamp: int | None = None

    @property
    def rows(self) -> int:
        """Rows that are answered."""
        return self.tally.rows

    @property
    def is_done(self) -> bool:
        """Whether every row is."""
        return self.stamp is not None


def answer_file(geocoder: CityGeocoder, order: Order) -> Generator[Run]:
    """Answer the rows that are left, in their order; yields about twice a second, the last time when done.

    What was yielded is on the disk. Closed or killed in between, the next call goes on there; a file that is
    done is answered at once unless the gazetteer has changed since (components and grids alone do not count).

    :raises BatchBusy: when another process has the order in hand.
    :raises BadOutput: when the answers cannot be written.
    """
    with _writable(order.out), _alone(order.folder):
        run = _take_up(order, geocoder.live.engine.version)
        if not run.is_done:
            with order.part.open("r+b" if run.size else "wb") as out:
                out.truncate(run.size)
                out.seek(run.size)
                yield from _go_on(geocoder, order, run, out)
            os.replace(order.part, order.out)
            run.stamp = order.out.stat().st_mtime_ns
            _save(order, run)
        yield run


def preview(geocoder: CityGeocoder, order: Order, *, most: int = 5) -> list[list[str]]:
    """The first rows of a file as they would be answered, under `COLUMNS`; nothing is written."""
    width = len(order.file.heading)
    rows = islice(order.file.read_rows(), most)
    return [_answer(geocoder, order, row, Tally())[width:] for row in rows]


def _go_on(geocoder: CityGeocoder, order: Order, run: Run, out: BinaryIO) -> Iterator[Run]:
    """Answer what is left into the open file; each yield is saved."""
    rows = islice(order.file.read_rows(), run.rows, None)
    if not run.size:
        headings = [*order.file.heading, *result_headings(order.file.heading, COLUMNS)]
        out.write((BYTE_ORDER_MARK + _lines([headings])).encode())
    began = perf_counter()
    while batch := list(islice(rows, CHUNK)):
        run.tally.note_version(geocoder.live.engine.version)
        out.write(_lines(_answer(geocoder, order, one, run.tally) for one in batch).encode())
        if perf_counter() - began > SAVE_EVERY_S:
            _keep(order, run, out, perf_counter() - began)
            yield run
            began = perf_counter()
    _keep(order, run, out, perf_counter() - began)


def _answer(geocoder: CityGeocoder, order: Order, row: FittedRow, tally: Tally) -> list[str]:
    """A row with its answer behind it."""
    cells, fault = row
    text = joined(cells, order.columns)
    if UNREADABLE in text:
        fault = fault or _GARBLED
    if fault:
        tally.count_unanswered(UNREAD)
        return [*cells, *_unanswered(text, UNREAD, fault)]
    return [*cells, *_answered(geocoder, text, order.near, tally)]


def _answered(geocoder: CityGeocoder, text: str, near: LonLat | None, tally: Tally) -> list[str]:
    if not text:
        tally.count_unanswered(EMPTY)
        return _unanswered("", EMPTY, _NOT_FILLED)
    answer = geocoder.geocode(text[:MOST_TEXT], near=near, most=4)
    tally.count(answer)
    row = answer_row(geocoder, answer)
    if len(text) > MOST_CHARACTERS:
        why = COLUMNS.index("依据")
        row[why] = "；".join(filter(None, (row[why], _CUT)))
    return row


def _unanswered(text: str, outcome: str, why: str) -> list[str]:
    said = {"地点": text[:MOST_TEXT], "结果": ALL_OUTCOMES[outcome], "依据": why}
    return [said.get(name, "") for name in COLUMNS]


def _lines(rows: Iterator[list[str]] | list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(
        [harmless(cell[:MOST_CELL], keeps_numbers=True) for cell in row] for row in rows
    )
    return text.getvalue()


def _take_up(order: Order, version: str) -> Run:
    """The run as it was kept, where its rows are still there; else a new one."""
    run = find_run(order.folder)
    if run is None or run.key != order.key:
        return Run(order.key)
    if run.is_done:
        is_same = _is_same_file(order.out, run) and is_same_gazetteer(run.tally.versions, version)
        return run if is_same else Run(order.key)
    return run if order.part.exists() and order.part.stat().st_size >= run.size else Run(order.key)


def find_run(folder: Path) -> Run | None:
    """What is kept of the run in a folder; None where there is nothing that can be read."""
    try:
        kept: dict[str, Any] = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        return Run(kept["key"], kept["size"], Tally.from_json(kept["tally"]), kept["stamp"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_same_gazetteer(versions: Sequence[str], version: str) -> bool:
    """Whether places are still what they were when the last row was answered; components may have changed."""
    return bool(versions) and _major(versions[-1]) == _major(version)


def _major(version: str) -> str:
    return version.rpartition("-")[0]


def _is_same_file(out: Path, run: Run) -> bool:
    try:
        found = out.stat()
    except OSError:
        return False
    return (found.st_size, found.st_mtime_ns) == (run.size, run.stamp)


def _keep(order: Order, run: Run, out: BinaryIO, seconds: float) -> None:
    """Bring the rows to the disk, then say how many they are."""
    out.flush()
    os.fsync(out.fileno())
    run.size = out.tell()
    run.tally.seconds += seconds
    _save(order, run)


def _save(order: Order, run: Run) -> None:
    kept = {"key": run.key, "size": run.size, "stamp": run.stamp, "tally": run.tally.to_json()}
    fresh = order.folder / (_STATE + ".new")
    fresh.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    os.replace(fresh, order.folder / _STATE)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the order; the kernel lets go when we die."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BatchBusy("这个文件正由另一个进程定位。请等它结束。") from None
        yield


@contextmanager
def _writable(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise BadOutput(f"结果 {out.name} 写不进去（{problem.strerror}）。请换一个位置后再试。") from problem
