"""Imports of places: a file is uploaded, looked through by a job, reported row by row, and confirmed."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.responses import StreamingResponse

from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.jobs import send_named
from grid.gazetteer import imports
from grid.gazetteer.reports import HEADING, cells_of
from grid.rules.seen_places import FINDINGS, SEVERITIES, PlaceFinding
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.faces.gazetteer.pages import around
from web.forms import parse
from web.gazetteer_work import APPLY, CHECK, place_importing_of, place_uploads_of
from web.kept_uploads import keep_upload
from web.list_files import table_response
from web.register_work import asking_of
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

if TYPE_CHECKING:
    from grid.gazetteer.importing import PlaceWishes

router = APIRouter(prefix="/gazetteer/imports")
Officer = Annotated[Person, requires("data_officer")]
SHOWN_FINDINGS = 200
STATUS_NAMES = {
    "waiting": "等待检查", "checking": "正在检查", "checked": "已检查，待确认", "applying": "正在写入",
    "done": "已写入地名库", "refused": "不能导入", "discarded": "已放弃",
}  # fmt: skip
TAKEN = (".zip", ".gpkg", ".geojson", ".json", ".csv", ".fgb", ".osm", ".pbf", ".gz", ".bz2")


SYSTEM_NAMES = {
    "EPSG:4490": "经纬度 CGCS2000（EPSG:4490）",
    "EPSG:4326": "经纬度 WGS84，如手机定位",
    "EPSG:4545": "平面米 CGCS2000，6 位东坐标（EPSG:4545）",
    "EPSG:4524": "平面米 CGCS2000，带号 36 的 8 位东坐标（EPSG:4524）",
    "GCJ-02": "高德、腾讯地图的经纬度（GCJ-02）",
    "BD-09": "百度地图的经纬度（BD-09）",
}
"""Systems that files here come in, by what they are called in the form."""
SAID = (
    "kind", "source", "layer", "system", "other_system", "encoding", "fields", "northing_first", "flatten",
    "trust_label",
)  # fmt: skip
NOTHING_SAID: Mapping[str, str] = dict.fromkeys(SAID, "")


class PlacesAtFaultUnconfirmed(Refused):
    """Rows are at fault, and nobody chose to keep the others."""

    code = "places_at_fault_unconfirmed"


class BadColumnWords(BadInput):
    """What is told of columns does not say COLUMN=MEANING."""

    code = "bad_column_words"


class ImportSent(BaseModel):
    """The form of an import, but for the file."""

    model_config = ConfigDict(extra="ignore")

    kind: PlaceKind | None = Field(None, title="地名类型")
    source: str | None = Field(None, max_length=200, title="来源")
    layer: str | None = Field(None, max_length=100, title="图层")
    system: str | None = Field(None, max_length=40, title="坐标系")
    other_system: str | None = Field(None, max_length=40, title="其他坐标系")
    encoding: str | None = Field(None, max_length=20, title="编码")
    fields: str = Field("", max_length=1000, title="字段对应")
    northing_first: bool = Field(False, title="北坐标在前")
    flatten: bool = Field(False, title="舍去高程")
    trust_label: bool = Field(False, title="坐标系标注无误")


@router.get("")
def show_imports(request: Request, person: Officer, wiring: Wired) -> Response:
    """The form of an import, and the imports before."""
    with wiring.sessions() as session:
        return _imports_page(request, session, wiring, person)


@router.post("")
def begin_import(request: Request, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Keep the file and have a job look through it."""
    try:
        number = _begin(wiring, person, form)
    except (BadInput, Refused, Conflict) as refusal:
        with wiring.sessions() as session:
            return _imports_page(request, session, wiring, person, refusal=refusal, said=_as_sent(form))
    return see_other(f"/gazetteer/imports/{number}")


@router.get("/{import_id}")
def show_import(request: Request, import_id: int, person: Officer, wiring: Wired, kind: str = "") -> Response:
    """How far an import is; then its report, row by row, and what to do with it."""
    with wiring.sessions() as session:
        return _import_page(request, session, wiring, person, import_id=import_id, kind=kind)


@router.post("/{import_id}/again")
def check_again(request: Request, import_id: int, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Say something else of the file that is here already, and have a job look through it anew."""
    try:
        wishes = _wishes(form)
    except BadInput as refusal:
        with wiring.sessions() as session:
            said = _as_sent(form)
            return _import_page(
                request, session, wiring, person, import_id=import_id, refusal=refusal, said=said
            )
    with wiring.sessions.begin() as session:
        path = str(imports.get_import(session, import_id).report.get("path", ""))
        if not _has_file(wiring, imports.get_import(session, import_id)):
            raise imports.PlaceImportMoved("上传的文件已到期清理。请重新上传。")
        imports.tell_again(session, import_id, asdict(wishes))
        send_named(CHECK, session, import_id=import_id, path=path)
    return see_other(f"/gazetteer/imports/{import_id}")


@router.post("/{import_id}/apply")
def apply_import(
    request: Request, import_id: int, form: FormSent, person: Officer, wiring: Wired
) -> Response:
    """Have a job write the places: all, or the good ones when that is said."""
    keep_good = form.get("keep_good") == "true"
    with wiring.sessions() as session:
        state = imports.get_import(session, import_id)
    if state.at_fault and not keep_good:
        refusal = PlacesAtFaultUnconfirmed("这份文件有行有误。请改正后重新导入，或选择只写入无误的行。")
        with wiring.sessions() as session:
            return _import_page(request, session, wiring, person, import_id=import_id, refusal=refusal)
    with wiring.sessions.begin() as session:
        imports.turn(session, import_id, imports.APPLYING, before=[imports.CHECKED])
        send_named(
            APPLY,
            session,
            import_id=import_id,
            path=str(state.report.get("path", "")),
            person_id=person.id,
            name=person.name,
            keep_good=keep_good,
        )
    return see_other(f"/gazetteer/imports/{import_id}")


@router.post("/{import_id}/discard")
def discard_import(import_id: int, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Give an import up; its report stays."""
    with wiring.sessions.begin() as session:
        path = str(imports.get_import(session, import_id).report.get("path", ""))
        imports.turn(
            session, import_id, imports.DISCARDED, before=[imports.CHECKED, imports.WAITING, imports.REFUSED]
        )
    if path:
        shutil.rmtree((place_uploads_of(wiring) / path).parent, ignore_errors=True)
    return see_other("/gazetteer/imports")


@router.get("/{import_id}/report.csv")
def get_report(import_id: int, person: Officer, wiring: Wired) -> StreamingResponse:
    """The report as a table."""
    with wiring.sessions() as session:
        findings = imports.get_import(session, import_id).findings
    rows = (HEADING, *(cells_of(PlaceFinding(*one)) for one in findings))
    return table_response(f"places-{import_id}-report", rows)


def _begin(wiring: Wiring, person: Person, form: FormSent) -> int:
    from gis_core.file_bounds import BadSpatialFile
    from grid.register.importing import sha256_of

    wishes = _wishes(form)
    at = wiring.clock.now()
    asking = asking_of(person, "data_officer", at)
    folder = place_uploads_of(wiring)
    path = keep_upload(
        form,
        folder,
        is_taken=lambda name: name.endswith(TAKEN),
        refuse=lambda: BadSpatialFile(
            "请选择要导入的文件：gpkg、geojson、csv、OSM 的 osm 或 pbf，或打成 zip 的 Shapefile、FileGDB。"
        ),
        named_by=lambda arrived: f"{at:%Y%m%d%H%M%S}-{sha256_of(arrived)[:16]}",
    )
    number = place_importing_of(wiring).begin(path, wishes, asking)
    relative = str(path.relative_to(folder))
    with wiring.sessions.begin() as session:
        imports.note(session, number, {"path": relative})
        send_named(CHECK, session, import_id=number, path=relative)
    return number


def _wishes(form: FormSent) -> "PlaceWishes":
    """What the form says of a file.

    :raises Malformed: BadColumnWords.
    """
    from grid.gazetteer.importing import PlaceWishes

    sent = parse(ImportSent, form)
    return PlaceWishes(
        kind=sent.kind.value if sent.kind else None,
        layer=sent.layer,
        system=sent.other_system or sent.system,
        encoding=sent.encoding,
        is_northing_first=sent.northing_first,
        may_be_flattened=sent.flatten,
        fields=_fields(sent.fields),
        source=sent.source,
        is_label_trusted=sent.trust_label,
    )


def _as_sent(form: FormSent) -> dict[str, str]:
    """The fields of the form as they came."""
    return {name: value if isinstance(value := form.get(name), str) else "" for name in SAID}


def _as_told(told: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the form that said what was told of a file."""
    ticked = {
        "northing_first": told.get("is_northing_first"),
        "flatten": told.get("may_be_flattened"),
        "trust_label": told.get("is_label_trusted"),
    }
    columns = "\n".join(f"{column}={meaning}" for column, meaning in told.get("fields", {}).items())
    plain = {name: told.get(name) or "" for name in ("kind", "source", "layer", "system", "encoding")}
    marks = {name: "true" if is_said else "" for name, is_said in ticked.items()}
    return plain | marks | {"fields": columns, "other_system": ""}


def _fields(words: str) -> dict[str, str]:
    """What was told of columns: COLUMN=MEANING, one in a row or parted by commas.

    :raises BadColumnWords: when one says something else.
    """
    told: dict[str, str] = {}
    for part in (part.strip() for part in re.split(r"[\n;；,，]", words)):
        column, sign, meaning = (one.strip() for one in part.partition("="))
        if part and not (column and sign and meaning):
            raise BadColumnWords(f"“{part[:40]}”应写成 列名=含义，如 MC1=标准名称。")
        if part:
            told[column] = meaning
    return told


def _imports_page(
    request: Request,
    session: Session,
    wiring: Wiring,
    person: Person,
    *,
    refusal: CitygridError | None = None,
    said: Mapping[str, str] = NOTHING_SAID,
) -> Response:
    shown = {
        "tab": "imports",
        "said": said,
        "system_names": SYSTEM_NAMES,
        "imports": imports.list_imports(session),
        "status_names": STATUS_NAMES,
        "refusal": refusal,
        **around(session, wiring, person),
    }
    return page(request, "gazetteer/imports.html", shown, status=422 if refusal else 200)


def _import_page(
    request: Request,
    session: Session,
    wiring: Wiring,
    person: Person,
    *,
    import_id: int,
    kind: str = "",
    refusal: CitygridError | None = None,
    said: Mapping[str, str] | None = None,
) -> Response:
    state = imports.get_import(session, import_id)
    chosen = kind if kind in FINDINGS else ""
    findings = [PlaceFinding(*one) for one in state.findings if not chosen or one[2] == chosen]
    shown: dict[str, Any] = {
        "tab": "imports",
        "state": state,
        "status_names": STATUS_NAMES,
        "is_running": state.status in ("waiting", "checking", "applying"),
        "counts": {kind: state.counts[kind] for kind in FINDINGS if state.counts.get(kind)},
        "kinds": FINDINGS,
        "severities": SEVERITIES,
        "kind": chosen,
        "findings": findings[:SHOWN_FINDINGS],
        "said": said or _as_told(state.told),
        "system_names": SYSTEM_NAMES,
        "may_again": state.status in {"refused", "checked"} and _has_file(wiring, state),
        "refusal": refusal,
        **around(session, wiring, person),
    }
    return page(request, "gazetteer/import.html", shown, status=422 if refusal else 200)


def _has_file(wiring: Wiring, state: imports.PlaceImport) -> bool:
    """Whether the uploaded file is still here."""
    path = str(state.report.get("path", ""))
    return bool(path) and (place_uploads_of(wiring) / path).exists()
