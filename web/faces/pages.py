"""Pages of one case that several faces share: the case, its story, and the steps that move it."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from cases.explain import story
from cases.reading import get_case
from web.accounts.guards import FormSent, requires_person
from web.accounts.pages import home_of
from web.accounts.people import Person
from web.actions import ActionSent, perform
from web.faces.sheets import get_sheet
from web.filters import need_sight
from web.forms import parse
from web.rendering import local_path, page, see_other
from web.uploads import photos_of
from web.wiring import Wired

router = APIRouter()
SignedIn = Annotated[Person, requires_person()]


@router.get("/cases/{case_no}")
def show_case(request: Request, case_no: str, person: SignedIn, wiring: Wired) -> Response:
    """Everything about a case on one page, which also prints."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        sheet = get_sheet(session, wiring, case_no, person, at)
    shown = {"sheet": sheet, "now": at, "home": home_of(person), "back": f"/cases/{case_no}"}
    return page(request, "case.html", shown)


@router.get("/cases/{case_no}/explain")
def explain_case(request: Request, case_no: str, person: SignedIn, wiring: Wired) -> Response:
    """The case's story in Chinese, with rule, clause and calendar day of every step."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        detail = get_case(session, case_no, at, types=wiring.cases.types)
        need_sight(person, detail)
        told = story(session, case_no, at, types=wiring.cases.types)
    return page(request, "story.html", {"detail": detail, "story": told, "now": at})


@router.post("/cases/{case_no}/{action}")
def move_case(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, case_no: str, action: str, form: FormSent, person: SignedIn, wiring: Wired
) -> Response:
    """Take a step and go back to where the form was, saying what was done."""
    sent = parse(ActionSent, form)
    perform(wiring, person, case_no, action, sent, photos=photos_of(form))
    back = form.get("next")
    return see_other(local_path(back if isinstance(back, str) else None, f"/cases/{case_no}"))
