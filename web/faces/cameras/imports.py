"""Cameras by CSV: looked at first, bad rows named, and written when somebody says so."""

import hashlib
import re
import shutil
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from gis_core.places import LonLat
from grid.cameras.importing import FIELDS, CameraReader, CamerasRead
from grid.cameras.operations import BroughtIn
from grid.cameras.reading import list_owner_codes
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.camera_work import cameras_of, today
from web.faces.queues import places_of
from web.kept_uploads import keep_upload
from web.register_work import asking_of
from web.rendering import page
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/cameras/import")
Officer = Annotated[Person, requires("data_officer")]
UPLOADS = "camera-imports"
SYSTEM_NAMES = {"EPSG:4490": "CGCS2000 经纬度", "WGS84": "WGS84 经纬度", "GCJ-02": "GCJ-02（高德、腾讯地图）",
                "BD-09": "BD-09（百度地图）"}  # fmt: skip
KEPT_NAME = re.compile(r"[0-9a-f]{64}")
SHOWN_FAULTS = 200


class NoCameraFile(BadInput):
    """There is no CSV in the form."""

    code = "no_camera_file"


class CameraFileGone(Conflict):
    """The file that was looked at is no longer kept."""

    code = "camera_file_gone"


class CameraRowsAtFault(Refused):
    """Rows are at fault, and nobody chose to bring in the others."""

    code = "camera_rows_at_fault"


@router.get("")
def show_import(request: Request, person: Officer, wiring: Wired) -> Response:
    """The form of an import, and what a file must look like."""
    return _page(request, wiring, person)


@router.post("")
def check_file(request: Request, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Look at a file: nothing is written, bad rows are named."""
    system = str(form.get("system") or "EPSG:4490")[:20]
    try:
        kept = keep_upload(
            form,
            _folder(wiring),
            is_taken=lambda name: name.endswith((".csv", ".txt")),
            refuse=lambda: NoCameraFile("请选择一个 CSV 文件。"),
            named_by=lambda path: hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        read = _read(wiring, kept, system)
    except (BadInput, Refused) as refusal:
        return _page(request, wiring, person, refusal=refusal)
    return _page(request, wiring, person, read=read, kept=kept, system=system)


@router.post("/apply")
def apply_file(request: Request, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Write the cameras of a file that was looked at: all, or the good ones when that is said."""
    system = str(form.get("system") or "EPSG:4490")[:20]
    try:
        kept = _find(wiring, str(form.get("file_key") or ""))
        read = _read(wiring, kept, system)
        if read.at_fault and form.get("keep_good") != "true":
            raise CameraRowsAtFault("这份文件有行有误。请改正后重新检查，或选择只写入无误的行。")
        asking = asking_of(person, "data_officer", wiring.clock.now())
        reason = f"由文件 {kept.name} 导入。"
        done = cameras_of(wiring).bring_in(read.cameras, reason=reason, asking=asking)
    except (BadInput, Refused, Conflict) as refusal:
        return _page(request, wiring, person, refusal=refusal)
    shutil.rmtree(kept.parent, ignore_errors=True)
    return _page(request, wiring, person, done=done)


def _read(wiring: Wiring, path: Path, system: str) -> CamerasRead:
    with wiring.sessions() as session:
        owners = list_owner_codes(session)
    place_of = partial(_place, wiring, system)
    return CameraReader(wiring.plane, owners, place_of, path.name, today(wiring)).read(path)


def _place(wiring: Wiring, system: str, lon: float, lat: float) -> LonLat:
    return wiring.city.read_place(LonLat(lon, lat), system)


def _folder(wiring: Wiring) -> Path:
    return wiring.settings.home / UPLOADS


def _find(wiring: Wiring, key: str) -> Path:
    """The file that was kept under a key.

    :raises CameraFileGone: when there is none.
    """
    folder = _folder(wiring) / key
    if not KEPT_NAME.fullmatch(key) or not folder.is_dir():
        raise CameraFileGone("检查过的文件已不在了，请重新选择文件并检查。")
    return next(folder.iterdir())


def _page(
    request: Request,
    wiring: Wiring,
    person: Person,
    *,
    refusal: CitygridError | None = None,
    read: CamerasRead | None = None,
    kept: Path | None = None,
    system: str = "EPSG:4490",
    done: BroughtIn | None = None,
) -> Response:
    shown: dict[str, Any] = {
        "tab": "import",
        "read": read,
        "file_key": kept.parent.name if kept else "",
        "file_name": kept.name if kept else "",
        "system": system,
        "system_names": SYSTEM_NAMES,
        "fields": FIELDS,
        "shown_faults": SHOWN_FAULTS,
        "done": done,
        "refusal": refusal,
        "places": places_of(person),
        "now": wiring.clock.now(),
    }
    return page(request, "cameras/import.html", shown, status=422 if refusal else 200)
