"""What pages need for receivers of warnings: forms, the list as a file and from one."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData, UploadFile

from emergency.cap.receipts import KIND_NAMES, DeliveryState, ReceiverKind
from emergency.receivers.listed import CHANNEL_NAMES, COLUMNS, Listed, ReceiverChannel, from_cells
from emergency.receivers.reading import KeptReceiver
from gis_core.csv_cells import as_meant
from gis_core.csv_files import bounded_lines, find_separator
from gis_core.csv_rows import CsvRows
from gis_core.errors import BadInput, Refused
from web.forms import Day

STATE_NAMES: Mapping[DeliveryState, str] = {
    DeliveryState.TO_SEND: "待告知",
    DeliveryState.SENT: "已告知，待确认",
    DeliveryState.DELIVERED: "已送达，待确认",
    DeliveryState.CONFIRMED: "已确认",
    DeliveryState.FAILED: "没有接通",
}
MOST_BYTES = 1024 * 1024
MOST_ROWS = 2_000
MOST_FAULTS = 20


class NoReceiverFile(BadInput):
    """There is no file in the form, or none that is a list of receivers."""

    code = "no_warning_receiver_file"


class ReceiverRowsAtFault(Refused):
    """Rows are at fault: nothing of the file is written."""

    code = "warning_receiver_rows_at_fault"


class ReceiverSent(BaseModel):
    """The form of a receiver."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field("", max_length=200, title="名称")
    kind: ReceiverKind = Field(title="类别")
    person: str = Field("", max_length=120, title="接收人")
    phone: str = Field("", max_length=64, title="电话")
    channel: ReceiverChannel = Field("phone", title="渠道")
    valid_until: Day | None = Field(None, title="有效期至")

    def listed(self) -> Listed:
        """The receiver that it says."""
        return Listed(self.name, self.kind, self.person, self.phone, self.channel, self.valid_until)


class NotedSent(BaseModel):
    """The form that says what came of a call."""

    model_config = ConfigDict(extra="ignore")

    do: Literal["told", "confirmed", "failed"] = Field(title="结果")
    words: str = Field("", max_length=400, title="说明")


def rows_of(receivers: Sequence[KeptReceiver]) -> Iterator[list[str]]:
    """The list as a table, its heading first; an import reads it back."""
    yield list(COLUMNS.values())
    for one in receivers:
        listed = one.listed
        until = listed.valid_until.isoformat() if listed.valid_until else ""
        kind, channel = KIND_NAMES[listed.kind], CHANNEL_NAMES[listed.channel]
        yield [listed.name, kind, listed.person, listed.phone, channel, until]


def read_file(form: FormData) -> list[Listed]:
    """The receivers of a CSV that came with a form.

    :raises NoReceiverFile: without a CSV of such columns.
    :raises ReceiverRowsAtFault: naming the rows that are, by line.
    """
    upload = form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise NoReceiverFile("请选择一个 CSV 文件，首行是列名。")
    content = upload.file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise NoReceiverFile("文件超过 1 MB，不像接收单位名单。没有写入任何内容。")
    words = io.StringIO(_decoded(content), newline="")
    separator = find_separator(words.readline(MOST_BYTES))
    words.seek(0)
    rows = CsvRows(bounded_lines(words), separator=separator)
    heading = next(rows, None)
    keys = {title: key for key, title in COLUMNS.items()}
    titles = [keys.get(cell.strip(), "") for cell in heading.cells] if heading else []
    if not {"name", "kind", "phone"} <= set(titles):
        raise NoReceiverFile("首行应有列名：名称、类别、电话；可有接收人、渠道、有效期至。")
    return _read_rows(rows, titles)


def _read_rows(rows: CsvRows, titles: Sequence[str]) -> list[Listed]:
    receivers: list[Listed] = []
    faults: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        if not any(cell.strip() for cell in row.cells):
            continue
        if len(receivers) + len(faults) >= MOST_ROWS:
            raise NoReceiverFile(f"文件超过 {MOST_ROWS} 行，不像接收单位名单。没有写入任何内容。")
        cells = {title: as_meant(cell.strip()) for title, cell in zip(titles, row.cells, strict=False)}
        try:
            if row.fault:
                raise NoReceiverFile(row.fault)
            one = from_cells(cells)
            if (first := seen.setdefault((one.kind, one.name), row.line)) != row.line:
                raise NoReceiverFile(f"与第 {first} 行是同一个单位。")
            receivers.append(one)
        except BadInput as problem:
            faults.append(f"第 {row.line} 行：{problem}")
    if faults:
        raise ReceiverRowsAtFault(f"整份没有写入。{''.join(faults[:MOST_FAULTS])}")
    return receivers


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NoReceiverFile("文件的文字编码读不出来。请另存为 UTF-8 的 CSV。")
