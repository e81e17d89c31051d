"""What somebody was told: the list, what is unread, reading one or all."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from cases.notices.reading import find_case_no, find_topic, list_notices, newest_id
from cases.notices.store import mark_all_read, mark_read
from emergency.rules.responding import WORKS_OUTSIDE
from web.accounts.guards import CurrentVisitor, FormSent, requires_person
from web.accounts.people import Person
from web.faces.queues import places_of
from web.incident_work import SEES_INCIDENTS
from web.movers_told import SEES_FIELD
from web.notice_work import reader_of, unread_words
from web.rendering import page, see_other
from web.wiring import Wired
from web.words import choose_language

router = APIRouter(prefix="/notices")
SignedIn = Annotated[Person, requires_person()]


@router.get("")
def show_notices(
    *, request: Request, person: SignedIn, wiring: Wired, unread: bool = False, before: int = 0
) -> Response:
    """The newest notices, the last first."""
    reader = reader_of(person)
    with wiring.sessions() as session:
        rows = list_notices(
            session, reader, language=choose_language(request), is_unread=unread, **_before(before)
        )
    shown = {"rows": rows, "only_unread": unread, "until": newest_id(rows), "is_first": not before}
    return page(request, "notices/list.html", shown | frame_of(person))


@router.get("/count")
def count_notices(_: SignedIn, visitor: CurrentVisitor) -> Response:
    """How many notices are unread, for the bell of a page that is open."""
    told = {"unread": visitor.unread, "shown": unread_words(visitor.unread)}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


@router.post("/read-all")
def read_all(form: FormSent, person: SignedIn, wiring: Wired) -> Response:
    """Everything up to the newest one that the page showed is read."""
    until = str(form.get("until", ""))
    if until.isascii() and until.isdigit():
        with wiring.sessions.begin() as session:
            mark_all_read(session, person.id, until_id=min(int(until), 2**62))
    return see_other("/notices")


@router.post("/{notice_id}/read")
def read_one(notice_id: int, form: FormSent, person: SignedIn, wiring: Wired) -> Response:
    """The notice is read; on to its case, to the page of the field, or to the duty desk."""
    with wiring.sessions.begin() as session:
        mark_read(session, person.id, notice_id)
        case_no, topic = find_case_no(session, notice_id), find_topic(session, notice_id)
    if topic == "incident" and person.may_act_as(*SEES_INCIDENTS):
        return see_other("/duty")
    if topic == "incident" and person.may_act_as(*WORKS_OUTSIDE):
        return see_other("/department/tasks" if person.may_act_as("department") else "/m/emergency")
    of_field = "/desk/field" if person.may_act_as(*SEES_FIELD) else "/notices"
    return see_other(f"/cases/{case_no}" if case_no else of_field)


def frame_of(person: Person) -> dict[str, object]:
    """What the page stands in: the phone of the street, or the rail of a desk."""
    is_street = person.may_act_as("inspector", "crew")
    frame = "notices/phone.html" if is_street else "notices/desk.html"
    return {"frame": frame, "places": places_of(person), "n_tasks": 0}


def _before(number: int) -> dict[str, int]:
    return {"before": min(number, 2**62)} if number > 0 else {}
