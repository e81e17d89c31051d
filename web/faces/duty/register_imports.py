"""Resources of one kind by file: looked at first, row by row, then written when somebody says so, or not."""

import hashlib
import re
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import APIRouter, Request, Response

from emergency.resources.importing import FIELDS, SUFFIXES, ResourceReader, headings_of
from emergency.resources.operations import BroughtIn
from emergency.resources.previewing import Preview, Previewing
from emergency.rules.resources import KIND_NAMES, BadResource, ResourceKind
from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from gis_core.places import LonLat
from grid.city import City
from grid.organisations import list_organisations
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.faces.duty.register_parts import REFUSALS, around, status_of
from web.kept_uploads import keep_upload
from web.rendering import page
from web.resource_work import KEEPERS, keeper_of, looking_of, resources_of
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/duty/registers/import")
Keeper = Annotated[Person, requires(*KEEPERS)]
UPLOADS = "resource-imports"
SYSTEM_NAMES = {
    "EPSG:4490": "CGCS2000 经纬度", "WGS84": "WGS84 经纬度", "GCJ-02": "GCJ-02（高德、腾讯地图）",
    "BD-09": "BD-09（百度地图）", "EPSG:4545": "CGCS2000 平面坐标，108°E，不带带号（米）",
    "EPSG:4524": "CGCS2000 平面坐标，36 带（米）",
}  # fmt: skip
KEPT_NAME = re.compile(r"[0-9a-f]{64}")
SHOWN_ROWS = 200
FAR_DEG = 1.0
"""A place so far beyond the city's map has a wrong system or a wrong number (assumed)."""


class NoResourceFile(BadInput):
    """There is no file in the form, or nobody said of which kind and system it is."""

    code = "no_resource_file"


class ResourceFileGone(Conflict):
    """The file that was looked at is no longer kept."""

    code = "resource_file_gone"


class ResourceRowsAtFault(Refused):
    """Rows are at fault: nothing of the file is written."""

    code = "resource_rows_at_fault"


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which kind and in which system a file is."""

    kind: ResourceKind
    system: str


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that was looked at."""

    asked: Asked
    path: Path
    preview: Preview


@router.get("")
def show_import(request: Request, person: Keeper, wiring: Wired) -> Response:
    """The form of an import, and what a file must look like."""
    return _page(request, wiring, person)


@router.post("")
def check_file(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Look at a file: nothing is written, rows at fault are named."""
    try:
        asked = _asked(form)
        kept = keep_upload(
            form,
            wiring.settings.home / UPLOADS,
            is_taken=lambda name: name.endswith(SUFFIXES),
            refuse=lambda: NoResourceFile("请选择一个 CSV、XLSX 或 GeoJSON 文件。"),
            named_by=lambda path: hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        looked = _look(wiring, person, asked, kept)
    except REFUSALS as refusal:
        return _page(request, wiring, person, form=form, refusal=refusal)
    return _page(request, wiring, person, form=form, looked=looked)


@router.post("/apply")
def apply_file(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Write the resources of a file that was looked at: all of them, or none."""
    try:
        asked = _asked(form)
        kept = _find(wiring, str(form.get("file_key") or ""))
        looked = _look(wiring, person, asked, kept)
        if looked.preview.at_fault:
            raise ResourceRowsAtFault("这份文件有行有误，整份没有写入。请改正后重新检查。")
        resources = [plan.resource for plan in looked.preview.plans]
        asking = keeper_of(person, wiring.clock.now())
        reason = f"由文件 {kept.name} 导入。"
        done = resources_of(wiring).bring_in(resources, reason=reason, asking=asking)
    except REFUSALS as refusal:
        return _page(request, wiring, person, form=form, refusal=refusal)
    shutil.rmtree(kept.parent, ignore_errors=True)
    return _page(request, wiring, person, form=form, done=done)


def _asked(form: FormSent) -> Asked:
    kind, system = str(form.get("kind") or ""), str(form.get("system") or "")
    if kind not in KIND_NAMES:
        raise NoResourceFile("请选择文件里是哪一种资源。")
    if system not in SYSTEM_NAMES:
        raise NoResourceFile("请选择坐标系。不知道时请向提供文件的单位问清，系统不猜。")
    return Asked(cast(ResourceKind, kind), system)


def _look(wiring: Wiring, person: Person, asked: Asked, path: Path) -> Looked:
    today = looking_of(wiring, person).today
    with wiring.sessions() as session:
        organisations: dict[str, str] = {}
        for one in list_organisations(session):
            organisations |= {one.code: one.code, one.name: one.code, one.short_name: one.code}
        reader = ResourceReader(
            kind=asked.kind,
            plane=wiring.plane,
            organisations=organisations,
            place_of=partial(_place, wiring.city, asked.system),
            source=f"文件 {path.name}",
            today=today,
        )
        asking, bounds = keeper_of(person, wiring.clock.now()), wiring.city.bounds
        preview = Previewing(session, reader, asking, bounds.contains).look(reader.read(path))
    return Looked(asked, path, preview)


def _place(city: City, system: str, easting: float, northing: float) -> LonLat:
    place, bounds = city.read_position(easting, northing, system), city.bounds
    is_near = (
        bounds.west_deg - FAR_DEG <= place.lon_deg <= bounds.east_deg + FAR_DEG
        and bounds.south_deg - FAR_DEG <= place.lat_deg <= bounds.north_deg + FAR_DEG
    )
    if not is_near:
        raise BadResource("位置离本市很远，请核对坐标和坐标系。", field="lon")
    return place


def _find(wiring: Wiring, key: str) -> Path:
    """The file that was kept under a key.

    :raises ResourceFileGone: when there is none.
    """
    folder = wiring.settings.home / UPLOADS / key
    if not KEPT_NAME.fullmatch(key) or not folder.is_dir():
        raise ResourceFileGone("检查过的文件已不在了，请重新选择文件并检查。")
    return next(folder.iterdir())


def _page(
    request: Request,
    wiring: Wiring,
    person: Person,
    *,
    form: FormSent | None = None,
    looked: Looked | None = None,
    done: BroughtIn | None = None,
    refusal: CitygridError | None = None,
) -> Response:
    kind = str(form.get("kind") or "") if form else ""
    chosen = {key: str(form.get(key) or "")[:20] if form else "" for key in ("kind", "system")}
    shown: dict[str, Any] = {
        "chosen": chosen,
        "looked": looked,
        "columns": headings_of(cast(ResourceKind, kind)) if kind in KIND_NAMES else FIELDS,
        "system_names": SYSTEM_NAMES,
        "shown_rows": SHOWN_ROWS,
        "done": done,
        "refusal": refusal,
        **around(wiring, person),
    }
    return page(request, "duty/registers_import.html", shown, status=status_of(refusal))
