"""Pages of privacy: a contact in full, and the log of who looked at which."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData, QueryParams

from cases.contacts import MOST_LISTED, Access, AccessFilter, list_accesses
from cases.filtering import BadFilter
from cases.rules.privacy import PURPOSES, NotConfirmed, plain_number
from cases.rules.stages import ROLE_NAMES
from gis_core.clock import CITY_ZONE, city_time
from gis_core.errors import BadInput
from web import contacts, subjects
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.faces.queues import places_of
from web.faces.views import case_no_parts
from web.filters import MAY_SEE_CONTACT
from web.forms import Day, parse
from web.list_files import MOST_ROWS, Cell, Say, table_response
from web.rendering import page
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter()
Centre = Annotated[Person, requires(*MAY_SEE_CONTACT)]
Admin = Annotated[Person, requires("admin")]
Auditor = Annotated[Person, requires("auditor")]
DEED_NAMES = {"reveal": "查看联系方式", "lookup": "查来电历史"}
HEADINGS = ("时间", "姓名", "岗位", "做了什么", "案卷号", "目的")


class AccessQuery(BaseModel):
    """The filter of the log in an address; both days included."""

    model_config = ConfigDict(extra="ignore")

    case_no: str = Field("", max_length=40, title="案卷号")
    person: int | None = Field(None, ge=1, lt=2**63, title="人员编号")
    since: Day | None = Field(None, title="起始日期")
    until: Day | None = Field(None, title="截止日期")
    before: int | None = Field(None, ge=1, lt=2**63, title="页码")


@router.post("/contacts/{case_no}")
def reveal_contact(request: Request, case_no: str, form: FormSent, person: Centre, wiring: Wired) -> Response:
    """The contacts of a case in full, for a purpose; the look is in the log."""
    purpose = str(form.get("purpose", ""))
    found = contacts.reveal(wiring, person, case_no, purpose)
    shown = {
        "case_no": case_no,
        "contacts": found,
        "purpose": PURPOSES[purpose],
        "places": places_of(person),
        "now": wiring.clock.now(),
    }
    return page(request, "privacy/contact.html", shown)


@router.get("/privacy/access")
def show_accesses(request: Request, person: Auditor, wiring: Wired) -> Response:
    """Who looked at whose contact, the newest first."""
    asked = parse(AccessQuery, request.query_params)
    with wiring.sessions() as session:
        found = list_accesses(session, _filter_of(asked), before_id=asked.before)
    shown = {
        "asked": asked,
        "accesses": found,
        "next": found[-1].id if len(found) == MOST_LISTED else None,
        "kept": _kept(request.query_params),
        "deeds": DEED_NAMES,
        "purposes": PURPOSES,
        "places": places_of(person),
        "now": wiring.clock.now(),
    }
    return page(request, "privacy/access.html", shown)


@router.get("/privacy/subject")
def show_subject_form(request: Request, person: Admin, wiring: Wired) -> Response:
    """The form for a telephone number."""
    return _subject_page(request, person, wiring, {})


@router.post("/privacy/subject")
def show_subject(request: Request, form: FormSent, person: Admin, wiring: Wired) -> Response:
    """How much is held of a number; it comes in a form, for addresses are written to logs."""
    phone = _phone(form)
    try:
        held = subjects.find_held(wiring.sessions, phone, wiring.subject_key())
    except BadInput as refusal:
        return _subject_page(request, person, wiring, {"refusal": refusal}, status=400)
    return _subject_page(request, person, wiring, {"phone": phone, "held": subjects.counts_of(held)})


@router.post("/privacy/subject/export")
def export_subject(form: FormSent, person: Admin, wiring: Wired) -> Response:
    """Everything held of a number, as a ZIP for its owner."""
    at = wiring.clock.now()
    told = subjects.export_held(
        wiring.sessions, _phone(form), wiring.subject_key(), at=at, by=person.name, by_id=person.id
    )
    name = f"personal-data-{city_time(at):%Y%m%d-%H%M}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(told, media_type="application/zip", headers=headers)


@router.post("/privacy/subject/erase")
def erase_subject(request: Request, form: FormSent, person: Admin, wiring: Wired) -> Response:
    """Take a number out, when it was typed twice alike and the box was ticked."""
    phone, key = _phone(form), wiring.subject_key()
    again = str(form.get("again", ""))[:40]
    try:
        if not form.get("sure") or plain_number(again) != plain_number(phone):
            raise NotConfirmed("两次填写的号码不一致，或没有勾选确认。没有清除任何内容，请重新填写。")
        done = subjects.erase_held(
            wiring.sessions, phone, key, at=wiring.clock.now(), by=person.name, by_id=person.id
        )
    except BadInput as refusal:
        return _subject_page(request, person, wiring, {"refusal": refusal}, status=400)
    return _subject_page(request, person, wiring, {"done": done})


def _subject_page(
    request: Request, person: Person, wiring: Wiring, shown: dict[str, object], *, status: int = 200
) -> Response:
    named = {
        "held_names": subjects.HELD,
        "erased_names": subjects.ERASED,
        "places": places_of(person),
        "now": wiring.clock.now(),
    }
    return page(request, "privacy/subject.html", named | shown, status=status)


def _phone(form: FormData) -> str:
    return str(form.get("phone", ""))[:40]


@router.get("/privacy/access.csv")
def export_accesses(request: Request, person: Auditor, wiring: Wired) -> Response:
    """The same list as a file, at most 50,000 rows."""
    asked = parse(AccessQuery, request.query_params)
    say = wiring.words.translator(choose_language(request))
    return table_response("contact-access", _rows(wiring, _filter_of(asked), say))


def _rows(wiring: Wiring, wanted: AccessFilter, say: Say) -> Iterator[Sequence[Cell]]:
    yield [say(heading) for heading in HEADINGS]
    before, n = None, 0
    while n < MOST_ROWS:
        with wiring.sessions() as session:
            found = list_accesses(session, wanted, before_id=before)
        yield from (_cells(one, say) for one in found)
        if len(found) < MOST_LISTED:
            return
        before, n = found[-1].id, n + len(found)


def _cells(one: Access, say: Say) -> Sequence[Cell]:
    return (
        f"{city_time(one.at):%Y-%m-%d %H:%M:%S}",
        one.person_name,
        say(ROLE_NAMES.get(one.role, one.role)),
        say(DEED_NAMES[one.deed]),
        case_no_parts(one.case_no) if one.case_no else "",
        say(PURPOSES.get(one.purpose, one.purpose)),
    )


def _filter_of(asked: AccessQuery) -> AccessFilter:
    return AccessFilter(
        person_id=asked.person,
        case_no="".join(asked.case_no.split()),
        since=_midnight(asked.since),
        until=_midnight(asked.until, days=1),
    )


def _midnight(day: date | None, *, days: int = 0) -> datetime | None:
    if day is None:
        return None
    try:
        return datetime.combine(day, time(), CITY_ZONE) + timedelta(days=days)
    except OverflowError:
        raise BadFilter("日期超出范围，请重新选择。") from None


def _kept(query: QueryParams) -> str:
    """The filter as it goes into the addresses of the file and of the next page."""
    names = ("case_no", "person", "since", "until")
    return str(QueryParams([(name, query[name]) for name in names if query.get(name)]))
