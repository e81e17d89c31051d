"""Imports: a survey file is uploaded, checked by a job, reported row by row, and confirmed."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.responses import StreamingResponse

from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from gis_core.jobs import send_named
from grid.register import import_state, staging
from grid.register.known import EDITIONS
from grid.register.reports import HEADING, SEVERITIES, list_report_rows
from grid.rules.surveyed import FINDINGS
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.faces.register.pages import around
from web.forms import parse
from web.kept_uploads import keep_upload
from web.list_files import table_response
from web.register_work import APPLY, CHECK, asking_of, importing_of, uploads_of
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/register/imports")
Officer = Annotated[Person, requires("data_officer")]
SHOWN_FINDINGS = 200
STATUS_NAMES = {
    "waiting": "等待检查", "reading": "正在检查", "checked": "已检查，待确认", "applying": "正在写入",
    "done": "已写入登记册",
    "refused": "不能导入", "discarded": "已放弃",
}  # fmt: skip
TAKEN = (".zip", ".gpkg", ".geojson", ".json", ".csv", ".fgb")


class ImportSent(BaseModel):
    """The form of an import, but for the file."""

    model_config = ConfigDict(extra="ignore")

    layer: str | None = Field(None, max_length=100, title="图层")
    system: str | None = Field(None, max_length=40, title="坐标系")
    encoding: str | None = Field(None, max_length=20, title="编码")
    northing_first: bool = Field(False, title="北坐标在前")
    flatten: bool = Field(False, title="舍去高程")
    edition: str | None = Field(None, pattern="^(2007|2013)$", title="旧编码版本")
    trust_label: bool = Field(False, title="坐标系标注无误")


@router.get("")
def show_imports(request: Request, person: Officer, wiring: Wired) -> Response:
    """The form of an import, and the imports before."""
    with wiring.sessions() as session:
        return _imports_page(request, session, wiring, person)


@router.post("")
def begin_import(request: Request, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Keep the file and have a job check it."""
    try:
        number = _begin(wiring, person, form)
    except (BadInput, Refused, Conflict) as refusal:
        with wiring.sessions() as session:
            return _imports_page(request, session, wiring, person, refusal=refusal)
    return see_other(f"/register/imports/{number}")


@router.get("/{import_id}")
def show_import(request: Request, import_id: int, person: Officer, wiring: Wired, kind: str = "") -> Response:
    """How far an import is; then its report, row by row, and what to do with it."""
    with wiring.sessions() as session:
        return _import_page(request, session, wiring, person, import_id=import_id, kind=kind)


@router.post("/{import_id}/apply")
def apply_import(
    request: Request, import_id: int, form: FormSent, person: Officer, wiring: Wired
) -> Response:
    """Have a job move the rows into the register: all, or the good ones when that is said."""
    keep_good = form.get("keep_good") == "true"
    with wiring.sessions() as session:
        state = import_state.get_import(session, import_id)
    if state.rows_good < state.rows and not keep_good:
        refusal = BadChoice("这份文件有行有误。请改正后重新导入，或选择只保留无误的行。")
        with wiring.sessions() as session:
            return _import_page(request, session, wiring, person, import_id=import_id, refusal=refusal)
    with wiring.sessions.begin() as session:
        import_state.mark_applying(session, import_id)
        send_named(
            APPLY, session, import_id=import_id, person_id=person.id, name=person.name, keep_good=keep_good
        )
    return see_other(f"/register/imports/{import_id}")


@router.post("/{import_id}/discard")
def discard_import(import_id: int, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Give an import up; its report stays."""
    with wiring.sessions.begin() as session:
        staging.discard(session, import_id, wiring.clock.now())
    return see_other("/register/imports")


@router.get("/{import_id}/report.csv")
def get_report(import_id: int, person: Officer, wiring: Wired) -> StreamingResponse:
    """The whole report as a table, sent as it is read."""
    return table_response(f"import-{import_id}-report", _report_rows(wiring, import_id))


class BadChoice(Refused):
    """Rows are at fault, and nobody chose to keep the others."""

    code = "rows_at_fault_unconfirmed"


def _report_rows(wiring: Wiring, import_id: int) -> Iterator[Sequence[str]]:
    yield HEADING
    with wiring.sessions() as session:
        yield from list_report_rows(session, import_id)


def _begin(wiring: Wiring, person: Person, form: FormSent) -> int:
    from gis_core.file_bounds import BadSpatialFile
    from grid.register.importing import Wishes, sha256_of

    sent = parse(ImportSent, form)
    folder = uploads_of(wiring)
    path = keep_upload(
        form,
        folder,
        is_taken=lambda name: name.endswith(TAKEN),
        refuse=lambda: BadSpatialFile(
            "请选择要导入的文件：gpkg、geojson、csv，或打成 zip 的 Shapefile、FileGDB。"
        ),
        named_by=lambda arrived: sha256_of(arrived)[:16],
    )
    wishes = Wishes(
        layer=sent.layer,
        system=sent.system,
        encoding=sent.encoding,
        is_northing_first=sent.northing_first,
        may_be_flattened=sent.flatten,
        edition=EDITIONS[sent.edition] if sent.edition else None,
        is_label_trusted=sent.trust_label,
    )
    at = wiring.clock.now()
    number = importing_of(wiring).begin(path, wishes, asking_of(person, "data_officer", at))
    with wiring.sessions.begin() as session:
        send_named(CHECK, session, import_id=number, path=str(path.relative_to(folder)))
    return number


def _imports_page(
    request: Request,
    session: Session,
    wiring: Wiring,
    person: Person,
    *,
    refusal: CitygridError | None = None,
) -> Response:
    shown = {
        "tab": "imports",
        "imports": import_state.list_imports(session),
        "status_names": STATUS_NAMES,
        "refusal": refusal,
        **around(session, wiring, person),
    }
    return page(request, "register/imports.html", shown, status=422 if refusal else 200)


def _import_page(
    request: Request,
    session: Session,
    wiring: Wiring,
    person: Person,
    *,
    import_id: int,
    kind: str = "",
    refusal: CitygridError | None = None,
) -> Response:
    state = import_state.get_import(session, import_id)
    chosen = kind if kind in FINDINGS else None
    shown: dict[str, Any] = {
        "tab": "imports",
        "state": state,
        "status_names": STATUS_NAMES,
        "is_running": state.status in ("waiting", "reading", "applying"),
        "counts": {kind: state.counts[kind] for kind in FINDINGS if state.counts.get(kind)},
        "kinds": FINDINGS,
        "severities": SEVERITIES,
        "kind": chosen or "",
        "findings": import_state.list_findings(session, import_id, kind=chosen, most=SHOWN_FINDINGS),
        "at_fault": state.rows - state.rows_good,
        "refusal": refusal,
        **around(session, wiring, person),
    }
    return page(request, "register/import.html", shown, status=422 if refusal else 200)
