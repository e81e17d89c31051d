"""Civic reports of another system, read from its CSV: each row becomes a report or a reasoned refusal."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import Literal
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, field_validator

from cases.rules.evidence import MOST_PLACE_TEXT, clean_text
from gis_core.csv_files import find_encoding, find_separator
from gis_core.csv_rows import CsvRows, Row
from gis_core.errors import BadInput, CitygridError
from gis_core.places import LonLat
from gis_core.suspicion import diagnose
from grid.city import City, read_data

FIRST_YEAR = 2000
UNREADABLE = "\ufffd"


class BadImportFile(BadInput):
    """The CSV as a whole cannot be read, or lacks a column that the mapping names."""

    code = "bad_import_file"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Columns(_Data):
    """Headings of the columns that hold our fields."""

    id: str
    type: str
    time: str
    lon: str
    lat: str
    text: str
    place: str | None = None


class TimeFormat(_Data):
    """How the file writes moments: a strptime format, and the zone where the format has none."""

    format: str
    zone: str

    @field_validator("zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"没有“{name}”这个时区") from None
        return name


class MappedType(_Data):
    """One of our types."""

    kind: Literal["component", "matter"]
    code: str


class ImportMapping(_Data):
    """The mapping file: how another system's CSV is read."""

    name: str
    columns: Columns
    time: TimeFormat
    system: str
    types: dict[str, MappedType]


@dataclass(frozen=True, slots=True)
class ForeignReport:
    """A row that could be read; `place` is in CGCS2000 degrees (EPSG:4490)."""

    line: int
    cells: tuple[str, ...]
    foreign_id: str
    client_id: UUID
    kind: str
    type_code: str
    reported_at: datetime
    place: LonLat
    description: str
    place_text: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken: its line in the file, a stable code, and the reason in Chinese."""

    line: int
    foreign_id: str
    code: str
    reason: str
    cells: tuple[str, ...]


class _Unfit(BadInput):
    """A cell that does not say what it should."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_mapping(path: Path, types: Mapping[tuple[str, str], str]) -> ImportMapping:
    """The mapping file, its types checked against the catalogue; raises BadCityData, BadImportFile."""
    mapping = read_data(path, ImportMapping)
    strange = [f"{word} → {t.code}" for word, t in mapping.types.items() if (t.kind, t.code) not in types]
    if strange:
        raise BadImportFile(f"{path} 映射到了类别目录中没有的类别：{'、'.join(strange)}。")
    return mapping


def read_reports(
    path: Path, mapping: ImportMapping, *, city: City, at: datetime
) -> Iterator[ForeignReport | RefusedRow]:
    """Every row as a report or a refusal, streaming; raises BadImportFile for a hopeless file."""
    with path.open("rb") as raw:
        words = TextIOWrapper(raw, encoding=find_encoding(path), errors="replace", newline="")
        rows = CsvRows(words, separator=_find_separator(path, words))
        places = _find_columns(path, next(rows, Row(1, ())).cells, mapping.columns)
        reader = _RowReader(mapping, places, city, at)
        for row in rows:
            if any(cell.strip() for cell in row.cells):
                yield reader.read(row)


def _find_separator(path: Path, words: TextIOWrapper) -> str:
    head = words.readline(100_000)
    words.seek(0)
    if not head.strip():
        raise BadImportFile(f"{path} 是空文件，或第一行没有列名。")
    return find_separator(head)


def _find_columns(path: Path, heading: tuple[str, ...], columns: Columns) -> dict[str, int]:
    """Where each of our fields stands in a row."""
    names = [name.strip().lstrip("\ufeff") for name in heading]
    wanted = {field: name for field, name in columns.model_dump().items() if name is not None}
    missing = [name for name in wanted.values() if name not in names]
    if missing:
        raise BadImportFile(
            f"{path} 缺少这些列：{'、'.join(missing)}。文件中的列是：{'、'.join(names)}。"
            "请改正映射文件的 columns。",
            missing=missing,
        )
    return {field: names.index(name) for field, name in wanted.items()}


class _RowReader:
    """Reads rows one by one and remembers the ids it has seen."""

    def __init__(self, mapping: ImportMapping, places: Mapping[str, int], city: City, at: datetime) -> None:
        self.mapping = mapping
        self.places = places
        self.city = city
        self.at = at
        self._zone = ZoneInfo(mapping.time.zone)
        self._seen: dict[str, int] = {}

    def read(self, row: Row) -> ForeignReport | RefusedRow:
        """The row as a report, or why not."""
        line, cells = row.line, row.cells
        try:
            if row.fault:
                raise _Unfit("broken_row", row.fault)
            return self._read(line, cells)
        except CitygridError as problem:
            return RefusedRow(line, self._cell(cells, "id"), problem.code, problem.message, cells)

    def _read(self, line: int, cells: tuple[str, ...]) -> ForeignReport:
        if len(cells) <= max(self.places.values()):
            raise _Unfit("too_few_cells", f"这一行只有 {len(cells)} 格，少于列名所要求的格数。")
        used = "".join(self._cell(cells, field) for field in self.places)
        if UNREADABLE in used:
            raise _Unfit("bad_encoding", "这一行含有无法识别的字符，请检查文件编码。")
        foreign_id = clean_text(self._cell(cells, "id"), "编号", most=200)
        if not foreign_id:
            raise _Unfit("no_id", "没有编号。")
        if (first := self._seen.setdefault(foreign_id, line)) != line:
            raise _Unfit("repeated_id", f"编号与第 {first} 行相同。")
        mapped = self.mapping.types.get(self._cell(cells, "type"))
        if mapped is None:
            raise _Unfit("unmapped_type", f"映射文件没有列出类型“{self._cell(cells, 'type')[:40]}”。")
        return ForeignReport(
            line=line,
            cells=cells,
            foreign_id=foreign_id,
            client_id=uuid5(NAMESPACE_URL, f"citygrid:import:{self.mapping.name}:{foreign_id}"),
            kind=mapped.kind,
            type_code=mapped.code,
            reported_at=self._moment(self._cell(cells, "time")),
            place=self._place(self._cell(cells, "lon"), self._cell(cells, "lat")),
            description=clean_text(self._cell(cells, "text"), "问题描述"),
            place_text=clean_text(self._cell(cells, "place"), "地址", most=MOST_PLACE_TEXT),
        )

    def _cell(self, cells: tuple[str, ...], field: str) -> str:
        place = self.places.get(field)
        return "" if place is None or place >= len(cells) else cells[place].strip()

    def _moment(self, words: str) -> datetime:
        try:
            read = datetime.strptime(words, self.mapping.time.format)  # noqa: DTZ007 - the zone follows
            moment = (read if read.tzinfo else read.replace(tzinfo=self._zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise _Unfit("bad_time", f"时间“{words[:40]}”不合格式 {self.mapping.time.format}。") from None
        if moment > self.at + timedelta(days=1):
            raise _Unfit("future_time", f"时间“{words[:40]}”在将来。")
        if moment.year < FIRST_YEAR:
            raise _Unfit("early_time", f"时间“{words[:40]}”早于 {FIRST_YEAR} 年。")
        return moment

    def _place(self, lon: str, lat: str) -> LonLat:
        lon_deg, lat_deg = _number(lon, "经度"), _number(lat, "纬度")
        suspicions = diagnose(lon_deg, lat_deg, is_inside=self.city.bounds.contains)
        if suspicions and suspicions[0].code in ("zero_position", "swapped_axes"):
            raise _Unfit(suspicions[0].code, suspicions[0].message)
        return self.city.read_place(LonLat(lon_deg, lat_deg), self.mapping.system)


def _number(words: str, name: str) -> float:
    try:
        number = float(words)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _Unfit("bad_coordinate", f"{name}“{words[:40]}”不是数字。")
    return number
