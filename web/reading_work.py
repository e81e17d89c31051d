"""Readings as they come: a JSON list of another system, a table or a single value that a person types."""

import csv
import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData, UploadFile

from emergency.rules.readings import MEASURE_NAMES
from gis_core.clock import CITY_ZONE
from web.uploads import Malformed

MOST_AT_ONCE = 5_000
MOST_BYTES = 2_000_000
COLUMNS: Mapping[str, str] = {
    "时间": "at",
    "要素": "measure",
    "数值": "value",
    "时段分钟": "minutes",
}
"""Columns of a table that a person brings, and the fields of a reading."""
STANDING_WORDS = {"正常": "normal", "报警": "alarm", "故障": "fault"}
MOMENTS = ("%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M")


def readings_in(value: object) -> list[object]:
    """The readings of a JSON list, each as it is: whatever is wrong with one is told of that one.

    :raises Malformed: when it is no list, or too long.
    """
    data = (
        value.file.read(MOST_BYTES + 1)
        if isinstance(value, UploadFile)
        else str(value or "").encode("utf-8", "replace")
    )
    if len(data) > MOST_BYTES:
        raise Malformed(
            f"读数文件超过 {MOST_BYTES // 1_000_000} MB，没有写入。请分批发送。", fields=["readings"]
        )
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as problem:
        raise Malformed(
            "readings 不是 JSON 列表，没有写入。请发送一个读数列表。", fields=["readings"]
        ) from problem
    if not isinstance(found, list):
        raise Malformed("readings 不是 JSON 列表，没有写入。请发送一个读数列表。", fields=["readings"])
    return _not_too_many(found)


def readings_typed(form: FormData, code: str) -> list[object]:
    """What a person brings for one instrument: a file, a pasted table, or one value.

    :raises Malformed: when there is nothing to read, or no table.
    """
    file = form.get("file")
    table = str(form.get("table") or "")
    if isinstance(file, UploadFile) and file.filename:
        table = _decoded(file.file.read(MOST_BYTES + 1))
    if table.strip():
        return _not_too_many(_rows(table, code))
    value = str(form.get("value") or "").strip()
    if not value:
        raise Malformed("没有读数。请填写一个数值，或粘贴、上传一个表。", fields=["value"])
    named = {name: str(form.get(name) or "") for name in ("at", "measure", "minutes")}
    return [_reading(named | {"value": value}, code)]


def _rows(table: str, code: str) -> list[object]:
    delimiter = "\t" if "\t" in table.partition("\n")[0] else ","
    lines = [row for row in csv.reader(io.StringIO(table), delimiter=delimiter) if any(map(str.strip, row))]
    heading = [COLUMNS.get(cell.strip(), cell.strip()) for cell in next(iter(lines), ())]
    if not {"at", "value"} <= set(heading):
        wanted = "、".join(COLUMNS)
        raise Malformed(f"表的第一行应是列名：{wanted}；时间和数值不可少。没有写入。", fields=["table"])
    return [_reading(dict(zip(heading, row, strict=False)), code) for row in lines[1:]]


def _reading(said: Mapping[str, str], code: str) -> dict[str, Any]:
    measures = {name: measure for measure, name in MEASURE_NAMES.items()}
    told = {name: said.get(name, "").strip() for name in ("at", "measure", "value", "minutes")}
    sent: dict[str, Any] = {
        "instrument": code,
        "measure": measures.get(told["measure"], told["measure"]),
        "at": _moment(told["at"]),
        "value": STANDING_WORDS.get(told["value"], told["value"]),
    }
    return sent | ({"minutes": told["minutes"]} if told["minutes"] else {})


def _moment(words: str) -> str:
    """A moment as tables write it in ISO form; what is none stays as it is, to be refused by name."""
    for form in MOMENTS:
        try:
            return datetime.strptime(words, form).replace(tzinfo=CITY_ZONE).isoformat()
        except ValueError:
            continue
    return words


def _decoded(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise Malformed("文件太大，没有写入。请分成几份。", fields=["file"])
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Malformed("文件不是文本表格，没有写入。请另存为 CSV 再上传。", fields=["file"])


def _not_too_many(found: list[object]) -> list[object]:
    if len(found) > MOST_AT_ONCE:
        raise Malformed(f"一次最多 {MOST_AT_ONCE} 条读数，没有写入。请分批。", fields=["readings"])
    return found
