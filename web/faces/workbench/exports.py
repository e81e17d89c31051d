"""Files of lists that the worker writes: asked for at a desk, watched, taken, kept for a week."""

from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode
from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import QueryParams

from cases.exports import store
from cases.exports.reading import get_export, list_exports
from cases.listing import count_cases
from gis_core.errors import Refused
from gis_core.jobs import send_named
from web.accounts.guards import FormSent
from web.accounts.people import Person
from web.export_work import (
    FORMS,
    HOME,
    KEPT,
    MOST_LINES,
    STATUS_NAMES,
    WORK,
    export_response,
)
from web.faces.queues import KEPT_IN_VIEWS, places_of, read_queue
from web.faces.workbench.posts import at_a_desk, get_post
from web.filters import kept, write_filter
from web.forms import parse
from web.rendering import page, see_other
from web.wiring import Wired
from web.words import choose_language

router = APIRouter()
AtDesk = Annotated[Person, at_a_desk]


class ExportTooLong(Refused):
    """The list has more rows than a file may have, even in the background."""

    code = "export_too_long"


class ExportSent(BaseModel):
    """The form that asks for a file."""

    model_config = ConfigDict(extra="ignore")

    token: UUID = Field(title="页面标识")
    form: Literal["xlsx", "csv", "geojson"] = Field(title="格式")
    query: str = Field("", max_length=2000, title="筛选条件")


@router.get("/workbench/{key}/export")
def show_export_form(request: Request, key: str, person: AtDesk, wiring: Wired) -> Response:
    """How many rows the list has, and in which form it is wanted."""
    post, at = get_post(key, person), wiring.clock.now()
    tab, filtered = read_queue(post, person, request.query_params)
    with wiring.sessions() as session:
        rows = count_cases(session, tab.narrowed(filtered, person), at=at, most=MOST_LINES + 1)
    shown = {
        "post": post,
        "tab": tab,
        "rows": rows,
        "most": MOST_LINES,
        "query": urlencode(kept(request.query_params, KEPT_IN_VIEWS)),
        "forms": FORMS,
        "kept_days": KEPT.days,
        "token": uuid4(),
        "places": places_of(person),
    }
    return page(request, "workbench/export.html", shown)


@router.post("/workbench/{key}/exports")
def ask_for_file(request: Request, key: str, form: FormSent, person: AtDesk, wiring: Wired) -> Response:
    """Have the worker write all of a list."""
    post, at = get_post(key, person), wiring.clock.now()
    sent = parse(ExportSent, form)
    query = QueryParams(kept(QueryParams(parse_qsl(sent.query)), KEPT_IN_VIEWS))
    tab, filtered = read_queue(post, person, query)
    wanted, language = tab.narrowed(filtered, person), choose_language(request)
    say = wiring.words.translator(language)
    with wiring.sessions.begin() as session:
        rows = count_cases(session, wanted, at=at, most=MOST_LINES + 1)
        if rows > MOST_LINES:
            raise ExportTooLong(f"符合条件的超过 {MOST_LINES} 条。请用日期、区域等条件分几次导出。")
        store.add(
            session,
            uuid5(sent.token, f"{sent.form} {sent.query}"),
            person.id,
            title=f"{say(post.title)}-{say(tab.name)}",
            form=sent.form,
            language=language,
            query=urlencode(write_filter(wanted)),
            rows=rows,
            at=at,
        )
        send_named(WORK, session)
    return see_other("/exports")


@router.get("/exports")
def show_exports(request: Request, person: AtDesk, wiring: Wired) -> Response:
    """The person's files: what is being written, what is there."""
    with wiring.sessions() as session:
        exports = list_exports(session, person.id)
    shown = {
        "exports": exports,
        "is_open": any(one.is_open for one in exports),
        "status_names": STATUS_NAMES,
        "forms": FORMS,
        "kept_days": KEPT.days,
        "places": places_of(person),
    }
    return page(request, "workbench/exports.html", shown)


@router.get("/exports/{export_id}/file")
def take_file(export_id: int, person: AtDesk, wiring: Wired) -> Response:
    """A file that is written."""
    with wiring.sessions() as session:
        export = get_export(session, export_id, person.id)
    path = wiring.settings.home / HOME / str(export.id) / f"list.{export.form}"
    return export_response(path, export)


@router.post("/exports/{export_id}/cancel")
def cancel_export(export_id: int, form: FormSent, person: AtDesk, wiring: Wired) -> Response:
    """Stop writing a file."""
    with wiring.sessions.begin() as session:
        export = get_export(session, export_id, person.id)
        store.end(session, export.id, "cancelled", wiring.clock.now())
    return see_other("/exports")
