"""Heights of the city: a file is looked at, brought in, and another version is taken again."""

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cases.rules.deciding import Asking
from emergency.heights.looking import Looked, look
from emergency.heights.reading import HeightsVersion, list_choices, list_heights
from gis_core.clock import city_time
from gis_core.errors import BadInput, CitygridError, Conflict, NotFound, Refused
from gis_core.terrain_files import DRIVERS
from grid.standing import get_drawn_from
from web.accounts.guards import FormSent, asking, requires
from web.accounts.people import Person
from web.errors import status_of
from web.faces.queues import places_of
from web.forms import parse
from web.heights_work import HeightsSent, relief
from web.incident_work import SEES_INCIDENTS
from web.kept_uploads import keep_upload
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/duty/heights")
KEEPERS = ("data_officer", "commander")
Reader = Annotated[Person, requires(*SEES_INCIDENTS, "data_officer")]
Keeper = Annotated[Person, requires(*KEEPERS)]
UPLOADS = "heights-imports"
KEPT_NAME = re.compile(r"[0-9a-f]{64}")
MOST_CELLS = 20_000_000
"""What a page lays over the plane while somebody waits; larger files are brought in by the command line."""
REFUSALS = (BadInput, Refused, Conflict, NotFound)
SYSTEM_NAMES = {
    "": "照文件所写", "EPSG:4490": "CGCS2000 经纬度", "EPSG:4326": "WGS84 经纬度",
    "EPSG:4545": "CGCS2000 平面坐标，108°E，不带带号（米）", "EPSG:4524": "CGCS2000 平面坐标，36 带（米）",
}  # fmt: skip


class NoHeightsFile(BadInput):
    """There is no file of heights in the form."""

    code = "no_heights_file"


class HeightsFileGone(Conflict):
    """The file that was looked at is no longer kept."""

    code = "heights_file_gone"


class TakeSent(BaseModel):
    """Which version is to hold, 0 for none, why, and the last choice that the page knew."""

    model_config = ConfigDict(extra="ignore")

    version: int = Field(ge=0, lt=2**31, title="版本")
    why: str = Field("", max_length=200, title="原因")
    seen: int = Field(ge=0, lt=2**31, title="页面版本")


@dataclass(frozen=True, slots=True)
class Shown:
    """A file that was looked at, with its picture."""

    looked: Looked
    key: str
    picture: str


@router.get("")
def show_heights(request: Request, person: Reader, wiring: Wired) -> Response:
    """The version in force with its source, day and accuracy, all others, and the form of an import."""
    return _page(request, wiring, person)


@router.post("")
def check_file(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Look at a file: nothing is written."""
    try:
        sent = parse(HeightsSent, form)
        kept = keep_upload(
            form,
            wiring.settings.home / UPLOADS,
            is_taken=lambda name: name.endswith(tuple(DRIVERS)),
            refuse=lambda: NoHeightsFile("请选择一个 GeoTIFF（.tif）或 ASCII 格网（.asc）文件。"),
            named_by=_hash_of,
        )
        try:
            looked = _look(wiring, kept, sent)
        except CitygridError:
            shutil.rmtree(kept.parent, ignore_errors=True)
            raise
    except REFUSALS as refusal:
        return _page(request, wiring, person, form=form, refusal=refusal)
    shown = Shown(looked, kept.parent.name, relief(looked.terrain))
    return _page(request, wiring, person, form=form, shown=shown)


@router.post("/apply")
def bring_in(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Bring in a file that was looked at; it is in force from now on."""
    try:
        kept = _find(wiring, str(form.get("file_key") or ""))
        looked = _look(wiring, kept, parse(HeightsSent, form))
        wiring.heights.bring_in(looked, _asking(wiring, person))
    except REFUSALS as refusal:
        return _page(request, wiring, person, form=form, refusal=refusal)
    shutil.rmtree(kept.parent, ignore_errors=True)
    return see_other("/duty/heights")


@router.post("/take")
def take_version(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Take another version, or none."""
    try:
        sent = parse(TakeSent, form)
        wiring.heights.take(
            sent.version or None, sent.why, _asking(wiring, person), seen_seq=sent.seen
        )  # fmt: skip
    except REFUSALS as refusal:
        return _page(request, wiring, person, form=form, refusal=refusal)
    return see_other("/duty/heights")


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _find(wiring: Wiring, key: str) -> Path:
    """The file that was kept under a key.

    :raises HeightsFileGone: when there is none.
    """
    folder = wiring.settings.home / UPLOADS / key
    if not KEPT_NAME.fullmatch(key) or not folder.is_dir():
        raise HeightsFileGone("检查过的文件已不在了，请重新选择文件并检查。")
    return next(folder.iterdir())


def _look(wiring: Wiring, path: Path, sent: HeightsSent) -> Looked:
    return look(
        path,
        sent.facts(),
        plane=wiring.plane,
        bounds=wiring.city.bounds,
        today=city_time(wiring.clock.now()).date(),
        system=sent.system or None,
        cell_m=sent.cell_m,
        most_cells=MOST_CELLS,
    )


def _asking(wiring: Wiring, person: Person) -> Asking:
    return asking(person, person.acting_as(*KEEPERS), at=wiring.clock.now())


def _page(
    request: Request,
    wiring: Wiring,
    person: Person,
    *,
    form: FormSent | None = None,
    shown: Shown | None = None,
    refusal: CitygridError | None = None,
) -> Response:
    with wiring.sessions() as session:
        versions, choices = list_heights(session), list_choices(session)
        drawn = get_drawn_from(session)
    in_force = _in_force(versions, choices[0].heights_id if choices else None)
    values: dict[str, Any] = {
        "places": places_of(person),
        "versions": versions,
        "choices": choices,
        "in_force": in_force,
        "is_drawn": drawn is not None and drawn.city == wiring.city.code,
        "may_keep": person.may_act_as(*KEEPERS),
        "systems": SYSTEM_NAMES,
        "typed": {name: str(form.get(name) or "")[:200] for name in HeightsSent.model_fields} if form else {},
        "shown": shown,
        "most_cells": MOST_CELLS,
        "refusal": refusal,
        "now": wiring.clock.now(),
    }
    status = 200 if refusal is None else status_of(refusal)
    return page(request, "duty/heights.html", values, status=status)


def _in_force(versions: list[HeightsVersion], number: int | None) -> HeightsVersion | None:
    return next((one for one in versions if one.id == number), None)
