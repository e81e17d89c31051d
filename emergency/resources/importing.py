"""A file of resources of one kind, read row by row: good rows come out as resources, the others are named.

CSV and XLSX have the columns of an export; GeoJSON has them as properties beside points. The system of the
coordinates is named by whoever brings the file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isnan
from pathlib import Path
from typing import Any, cast

from emergency.rules.resource_cells import fields_of, one_of, yes_or_no
from emergency.rules.resources import (
    CODE,
    DETAILS,
    READINESS_NAMES,
    STATUS_NAMES,
    BadResource,
    Contact,
    Readiness,
    Resource,
    ResourceKind,
    checked,
    read_details,
)
from emergency.rules.sheltering.shelters import Status
from gis_core.crs import PlaneSystem
from gis_core.csv_files import bounded_lines, find_encoding, find_separator
from gis_core.csv_rows import CsvRows
from gis_core.errors import BadInput, CitygridError
from gis_core.file_bounds import check_workbook
from gis_core.places import LonLat

MOST_ROWS = 20_000
MOST_FAULTS = 500
SUFFIXES = (".csv", ".txt", ".xlsx", ".geojson", ".json")
FIELDS: Mapping[str, str] = {
    "code": "编号", "name": "名称", "organisation": "所属单位", "lon": "经度", "lat": "纬度",
    "place_text": "地点", "readiness": "状态", "readiness_since": "状态自", "checked_on": "检查日期",
    "contact_name": "联系人", "contact_phone": "联系电话", "contact_confirmed_on": "联系方式确认日期",
    "source": "来源", "status": "依据", "is_synthetic": "示意数据",
}  # fmt: skip
"""Columns of the file beside those of the kind, by key and as people head them; either is read."""
ALSO: Mapping[str, str] = {"东坐标": "lon", "北坐标": "lat", "easting_m": "lon", "northing_m": "lat"}
NEEDED = ("code", "name", "organisation")


class NotAResourceFile(BadInput):
    """The file cannot be read, or has no heading that names the columns of resources."""

    code = "not_a_resource_file"


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot come in: its line, its code, the column as people head it, why (Chinese)."""

    line: int
    code: str
    column: str
    words: str


@dataclass(slots=True)
class ResourcesRead:
    """What a file says: its good resources with their lines, the first faults, how many rows are at fault."""

    resources: list[tuple[int, Resource]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    at_fault: int = 0

    @property
    def rows(self) -> int:
        """Rows of the file without its heading."""
        return len(self.resources) + self.at_fault

    def note(self, fault: Fault) -> None:
        """Count a row at fault."""
        self.at_fault += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: Mapping[str, str]
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceReader:
    """What a file is read with: the kind of its rows, organisations by code and name, how its coordinates
    become a place, what holds where a row says nothing."""

    kind: ResourceKind
    plane: PlaneSystem
    organisations: Mapping[str, str]
    place_of: Callable[[float, float], LonLat]
    source: str
    today: date

    def read(self, path: Path) -> ResourcesRead:
        """The resources of a file; no row that is broken costs another.

        :raises NotAResourceFile: when it is none, a column is missing, or there are too many rows.
        """
        read, seen = ResourcesRead(), dict[str, int]()
        for row in self._rows(path):
            if read.rows >= MOST_ROWS:
                raise NotAResourceFile(f"文件超过 {MOST_ROWS:,} 行，请分成几个文件。")
            fault = self._take(row, seen, read)
            if fault is not None:
                read.note(fault)
        if not read.rows:
            raise NotAResourceFile("文件里没有数据行。请按导出的表头填写后重试。")
        return read

    def headings(self) -> dict[str, str]:
        """Every column by its key, as people head it."""
        return headings_of(self.kind)

    def _rows(self, path: Path) -> Iterator[_Row]:
        suffix = path.suffix.lower()
        if suffix == ".xlsx":
            return self._of_sheet(path)
        return self._of_shapes(path) if suffix in (".geojson", ".json") else self._of_text(path)

    def _of_text(self, path: Path) -> Iterator[_Row]:
        with path.open(encoding=find_encoding(path), errors="replace", newline="") as words:
            first = words.readline(100_000)
            words.seek(0)
            rows = CsvRows(bounded_lines(words), separator=find_separator(first))
            heading = next(rows, None)
            columns = self._columns(heading.cells if heading else ())
            for row in rows:
                if not _is_note(row.cells):
                    yield _Row(row.line, _cells(columns, row.cells), row.fault)

    def _of_sheet(self, path: Path) -> Iterator[_Row]:
        import pyogrio  # loaded only when somebody imports a workbook

        check_workbook(path)
        try:
            meta, _, _, values = pyogrio.raw.read(
                path, read_geometry=False, datetime_as_string=True, HEADERS="FORCE", FIELD_TYPES="STRING"
            )
        except (ValueError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as problem:
            raise NotAResourceFile("打不开这份工作簿。请另存为 XLSX 或 CSV 后重试。") from problem
        columns = self._columns([str(name) for name in meta["fields"]])
        for line, row in enumerate(zip(*values, strict=True), start=2):
            cells = ["" if cell is None else str(cell) for cell in row]
            if not _is_note(cells):
                yield _Row(line, _cells(columns, cells))

    def _of_shapes(self, path: Path) -> Iterator[_Row]:
        from gis_core.spatial_files import Told, middles_of, opened, texts_of  # GDAL, as above

        # The reader of survey files wants a system; which one it is, `place_of` knows.
        with opened(path, Told(system="EPSG:4490", may_be_flattened=True)) as file:
            columns = self._columns(file.heading.fields)
            for rows in file.read():
                bad = {problem.row: problem.words for problem in rows.problems}
                texts = [texts_of(column) for column in rows.columns.values()]
                middles = middles_of(rows.shapes)
                for n, cells in enumerate(zip(*texts, strict=True) if texts else ()):
                    east, north = middles[n].tolist()
                    place = {} if isnan(east) else {"lon": str(east), "lat": str(north)}
                    line = rows.first + n
                    yield _Row(line, _cells(columns, cells) | place, bad.get(line, ""))

    def _columns(self, heading: Sequence[str]) -> dict[str, int]:
        """Where each column stands.

        :raises NotAResourceFile: naming those that are missing.
        """
        names = self.headings()
        known = {_plain(name): key for key, name in names.items()} | {key: key for key in names}
        known |= {key.removeprefix("d_"): key for key in names if key.removeprefix("d_") not in FIELDS}
        known |= ALSO
        at = {known[said]: n for n, cell in enumerate(heading) if (said := _plain(cell)) in known}
        needed = [*NEEDED, *(f"d_{one.key}" for one in fields_of(DETAILS[self.kind]) if one.is_needed)]
        missing = [names[key] for key in needed if key not in at]
        if missing:
            raise NotAResourceFile(f"文件缺少列：{'、'.join(missing)}。请按导出的表头填写后重试。")
        return at

    def _take(self, row: _Row, seen: dict[str, int], read: ResourcesRead) -> Fault | None:
        code = row.cells.get("code", "")[:32]
        if row.fault:
            return Fault(row.line, code, "", row.fault)
        if code in seen:
            return Fault(row.line, code, "编号", f"编号与第 {seen[code]} 行重复，每项资源只写一行。")
        try:
            resource = checked(self._resource(row.cells), today=self.today)
        except CitygridError as problem:
            return Fault(row.line, code, self._title(str(problem.facts.get("field", ""))), problem.message)
        seen[code] = row.line
        read.resources.append((row.line, resource))
        return None

    def _title(self, key: str) -> str:
        names = self.headings()
        return names.get(f"d_{key}") or names.get(key, "")

    def _resource(self, cells: Mapping[str, str]) -> Resource:
        organisation = self.organisations.get(cells["organisation"])
        if organisation is None:
            said = cells["organisation"][:40]
            raise BadResource(f"没有名为“{said}”的单位，请填单位代码或全称。", field="organisation")
        details = {key[2:]: cell for key, cell in cells.items() if key.startswith("d_") and cell}
        checked_on = _day(cells, "checked_on")
        place = self._place(cells)
        return Resource(
            code=cells["code"],
            kind=self.kind,
            name=cells["name"],
            organisation_code=organisation,
            point=None if place is None else self.plane.to_plane(place),
            place_text=cells.get("place_text", ""),
            readiness=cast(Readiness, one_of(READINESS_NAMES)(cells.get("readiness", "")) or "available"),
            readiness_since=_day(cells, "readiness_since") or checked_on or self.today,
            checked_on=checked_on,
            details=read_details(self.kind, details),
            contact=Contact(
                name=cells.get("contact_name", ""),
                phone=cells.get("contact_phone", ""),
                confirmed_on=_day(cells, "contact_confirmed_on"),
            ),
            source=cells.get("source", "") or self.source,
            status=_status(cells.get("status", "")),
            is_synthetic=yes_or_no(cells.get("is_synthetic", "")) is True,
        )

    def _place(self, cells: Mapping[str, str]) -> LonLat | None:
        if not cells.get("lon") and not cells.get("lat"):
            return None
        return self.place_of(_number(cells, "lon"), _number(cells, "lat"))


def headings_of(kind: ResourceKind) -> dict[str, str]:
    """Every column of a file of a kind by its key, as people head it."""
    return dict(FIELDS) | {f"d_{one.key}": one.title for one in fields_of(DETAILS[kind])}


def _status(words: str) -> Status:
    said = one_of(STATUS_NAMES)(words) or "assumed"
    if said not in STATUS_NAMES:
        raise BadResource(f"依据“{words[:20]}”应是有出处、待核对或假定。", field="status")
    return cast(Status, said)


def _cells(columns: Mapping[str, int], cells: Sequence[Any]) -> dict[str, str]:
    return {key: str(cells[n]).strip() if n < len(cells) else "" for key, n in columns.items()}


def _is_note(cells: Iterable[str]) -> bool:
    """Whether a row is empty, or words below a list as our own files have them, and no resource."""
    said = [cell.strip() for cell in cells if cell.strip()]
    return not said or (len(said) == 1 and not CODE.fullmatch(said[0]))


def _plain(name: str) -> str:
    return name.strip().lstrip("\ufeff").replace(" ", "").split("（")[0]


def _number(cells: Mapping[str, str], key: str) -> float:
    try:
        number = float(cells.get(key, "").removesuffix("°"))
    except ValueError:
        number = float("nan")
    if not abs(number) < float("inf"):
        raise BadResource(f"{FIELDS[key]}“{cells.get(key, '')[:20]}”不是数字。", field=key)
    return number


def _day(cells: Mapping[str, str], key: str) -> date | None:
    said = cells.get(key, "")
    if not said:
        return None
    try:
        return date.fromisoformat(said.replace("/", "-")[:10])
    except ValueError:
        raise BadResource(f"{FIELDS[key]}“{said[:20]}”应如 2026-09-18。", field=key) from None
