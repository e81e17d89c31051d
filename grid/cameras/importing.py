"""A CSV of cameras read row by row: what is good comes out as cameras, what is not is named with its line."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import cast

from gis_core.crs import PlaneSystem
from gis_core.csv_files import bounded_lines, find_encoding, find_separator
from gis_core.csv_rows import CsvRows, Row
from gis_core.errors import BadInput, CitygridError
from gis_core.places import LonLat
from grid.rules.cameras import CODE, BadCamera, Camera, Protocol, checked_camera

MOST_ROWS = 20_000
MOST_FAULTS = 500
FIELDS: Mapping[str, str] = {
    "code": "编号", "name": "名称", "lon": "经度", "lat": "纬度", "direction_deg": "朝向",
    "field_deg": "视场角", "range_m": "可视距离", "protocol": "协议", "address": "地址",
    "hls_address": "HLS地址", "owner": "权属单位", "source": "来源", "valid_from": "启用日期",
    "is_synthetic": "示意数据",
}  # fmt: skip
"""Columns of the file, by key and as people head them; either is read."""
MAY_LACK = {"hls_address", "source", "valid_from", "is_synthetic"}
_YES = {"是", "1", "true", "yes", "y"}


class NotACameraFile(BadInput):
    """The file has no heading that names the columns of cameras."""

    code = "not_a_camera_file"


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot come in: its line in the file, its camera's code, the column, why (Chinese)."""

    line: int
    code: str
    column: str
    words: str


@dataclass(slots=True)
class CamerasRead:
    """What a file says: its good cameras in order, the first faults, how many rows there are of each."""

    cameras: list[Camera] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    at_fault: int = 0

    @property
    def rows(self) -> int:
        """Rows of the file without its heading."""
        return len(self.cameras) + self.at_fault


@dataclass(frozen=True, slots=True)
class CameraReader:
    """What a file is read with: the owners by code and name, how its degrees become a place, what it says
    where a row says nothing."""

    plane: PlaneSystem
    owners: Mapping[str, str]
    place_of: Callable[[float, float], LonLat]
    source: str
    valid_from: date

    def read(self, path: Path) -> CamerasRead:
        """The cameras of a file; no row that is broken costs another.

        :raises NotACameraFile: when a column is missing, or there are too many rows. LineTooLong.
        """
        with path.open(encoding=find_encoding(path), errors="replace", newline="") as words:
            first = words.readline(100_000)
            words.seek(0)
            rows = CsvRows(bounded_lines(words), separator=find_separator(first))
            heading = next(rows, None)
            columns = _columns(heading.cells if heading else ())
            return self._read_rows(rows, columns)

    def _read_rows(self, rows: Iterable[Row], columns: Mapping[str, int]) -> CamerasRead:
        read, seen = CamerasRead(), dict[str, int]()
        for row in rows:
            if _is_note(row):
                continue
            if read.rows >= MOST_ROWS:
                raise NotACameraFile(f"文件超过 {MOST_ROWS:,} 行，请分成几个文件。")
            cells = {key: row.cells[n].strip() if n < len(row.cells) else "" for key, n in columns.items()}
            fault = self._take(row, cells, seen, read)
            if fault is not None:
                read.at_fault += 1
                if len(read.faults) < MOST_FAULTS:
                    read.faults.append(fault)
        return read

    def _take(
        self, row: Row, cells: Mapping[str, str], seen: dict[str, int], read: CamerasRead
    ) -> Fault | None:
        code = cells["code"][:32]
        if row.fault:
            return Fault(row.line, code, "", row.fault)
        if code in seen:
            return Fault(row.line, code, "code", f"编号与第 {seen[code]} 行重复，每台摄像机只写一行。")
        try:
            camera = checked_camera(self._camera(cells))
        except CitygridError as problem:
            return Fault(row.line, code, str(problem.facts.get("field", "")), problem.message)
        seen[code] = row.line
        read.cameras.append(camera)
        return None

    def _camera(self, cells: Mapping[str, str]) -> Camera:
        owner = self.owners.get(cells["owner"])
        if owner is None:
            raise BadCamera(f"没有名为“{cells['owner'][:40]}”的单位，请填单位代码或全称。", field="owner")
        place = self.place_of(_number(cells, "lon"), _number(cells, "lat"))
        return Camera(
            code=cells["code"],
            name=cells["name"],
            place=self.plane.to_plane(place),
            direction_deg=_number(cells, "direction_deg"),
            field_deg=_number(cells, "field_deg"),
            range_m=_number(cells, "range_m"),
            protocol=cast(Protocol, cells["protocol"].lower()),
            address=cells["address"],
            hls_address=cells.get("hls_address", ""),
            owner_code=owner,
            source=cells.get("source", "") or self.source,
            valid_from=_day(cells, self.valid_from),
            is_synthetic=cells.get("is_synthetic", "").lower() in _YES,
        )


def _is_note(row: Row) -> bool:
    """Whether a row is empty, or words below a list as our own files have them, and no camera."""
    said = [cell.strip() for cell in row.cells if cell.strip()]
    return not said or (len(said) == 1 and bool(row.cells[0].strip()) and not CODE.fullmatch(said[0]))


def _columns(heading: Sequence[str]) -> dict[str, int]:
    """Where each column stands.

    :raises NotACameraFile: naming those that are missing.
    """
    known = {name: key for key, name in FIELDS.items()} | {key: key for key in FIELDS}
    at = {
        known[said]: n
        for n, cell in enumerate(heading)
        if (said := cell.strip().lstrip("\ufeff").replace(" ", "").split("（")[0]) in known
    }
    missing = [name for key, name in FIELDS.items() if key not in at and key not in MAY_LACK]
    if missing:
        raise NotACameraFile(f"文件缺少列：{'、'.join(missing)}。请按导出的表头填写后重试。")
    return at


def _number(cells: Mapping[str, str], key: str) -> float:
    try:
        number = float(cells[key].removesuffix("°"))
    except ValueError:
        number = float("nan")
    if not abs(number) < float("inf"):
        raise BadCamera(f"{FIELDS[key]}“{cells[key][:20]}”不是数字。", field=key)
    return number


def _day(cells: Mapping[str, str], else_on: date) -> date:
    said = cells.get("valid_from", "")
    if not said:
        return else_on
    try:
        return date.fromisoformat(said.replace("/", "-"))
    except ValueError:
        raise BadCamera(f"启用日期“{said[:20]}”应如 2026-09-18。", field="valid_from") from None
