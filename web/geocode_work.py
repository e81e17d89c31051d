"""What the command line, pages, the API and the worker need to geocode files of addresses."""

import re
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from starlette.datastructures import FormData, UploadFile
from starlette.responses import FileResponse, Response

from gis_core.clock import city_time
from gis_core.errors import BadInput
from grid.geocode_batches.operations import Batches
from grid.geocode_batches.reading import Batch
from grid.rules.register import Asking
from web.accounts.people import Person
from web.register_work import asking_of
from web.settings import Settings
from web.wiring import Wiring

HOME = "geocode"
"""Where in the home folder files of addresses lie, and how far those of the command line are."""
ROLES = ("operator", "duty_chief", "dispatcher", "leader", "data_officer", "admin")
"""Posts that may bring files of addresses; each sees its own."""
STATUS_NAMES = {
    "draft": "待选列", "waiting": "等待定位", "running": "正在定位", "done": "已完成", "cancelled": "已停止",
    "refused": "不能定位",
}  # fmt: skip
MOST_FILE_NAME = 120
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\]+")


class NoFileSent(BadInput):
    """A form without its file."""

    code = "no_file_sent"


def batches_of(wiring: Wiring) -> Batches:
    """The operations on files of addresses."""
    return Batches(wiring.sessions, wiring.settings.home / HOME)


def batch_asking(wiring: Wiring, person: Person) -> Asking:
    """The person at this moment, in the role that lets them bring files of addresses."""
    return asking_of(person, person.acting_as(*ROLES), wiring.clock.now())


def receive(batches: Batches, form: FormData, asking: Asking) -> int:
    """Keep the file of a form; the number of its batch.

    :raises NoFileSent: when there is none.
    :raises BadInput: when it is no table of addresses.
    """
    upload = form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise NoFileSent("请选择要定位的 CSV 文件。")
    arriving = batches.arrivals() / f"{uuid4().hex}.csv"
    try:
        with arriving.open("wb") as out:
            shutil.copyfileobj(upload.file, out)
        return batches.bring(arriving, _file_name(upload.filename), asking)
    finally:
        arriving.unlink(missing_ok=True)


def _file_name(sent: str) -> str:
    """What a browser calls the file, without folders and signs that no name has.

    >>> _file_name("C:\\\\表\\\\地址.csv"), _file_name("\\n")
    ('地址.csv', 'addresses.csv')
    """
    return _UNFIT.split(sent.strip())[-1][-MOST_FILE_NAME:].strip() or "addresses.csv"


def result_response(wiring: Wiring, batch: Batch) -> Response:
    """The answers of a batch as a file, named with the day.

    :raises NoResultYet: FilesGone.
    """
    path = batches_of(wiring).result(batch)
    tail = f"-{city_time(wiring.clock.now()):%Y%m%d}.csv"
    name = batch.file_name.rsplit(".", 1)[0] + "-定位结果" + tail
    named = f"attachment; filename=\"geocoded-{batch.id}{tail}\"; filename*=UTF-8''{quote(name)}"
    headers = {"Content-Disposition": named, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type="text/csv; charset=utf-8", headers=headers)


def folder_of_command(settings: Settings, out: Path) -> Path:
    """Where the command line keeps how far it is with the answers that go to `out`."""
    return settings.home / HOME / "files" / sha256(str(out.resolve()).encode()).hexdigest()[:16]


def batch_json(batch: Batch) -> dict[str, Any]:
    """A batch as the API tells it."""
    address = f"/api/v1/geocode/batches/{batch.id}"
    near = batch.near
    return {
        "id": batch.id,
        "file_name": batch.file_name,
        "status": batch.status,
        "status_name": STATUS_NAMES[batch.status],
        "rows": batch.rows,
        "rows_done": batch.rows_done,
        "columns": [batch.heading[n] for n in batch.columns],
        "near": {"lon": near.lon_deg, "lat": near.lat_deg} if near else None,
        "report": _plain(batch.report),
        "refusal": _plain(batch.refusal),
        "created_at": batch.at.isoformat(),
        "ended_at": batch.ended_at.isoformat() if batch.ended_at else None,
        "url": address,
        "result_url": f"{address}/result" if batch.status == "done" and batch.has_files else None,
    }


def _plain(kept: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if kept is None else dict(kept)
