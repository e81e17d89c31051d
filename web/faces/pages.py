"""Pages of one case that several faces share: the case, its story, and the steps that move it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from cases.explain import story
from cases.notices.follows import list_ratings
from cases.once import TakenBefore
from cases.reading import get_case
from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from web.accounts.guards import FormSent, requires_person
from web.accounts.pages import home_of
from web.accounts.people import Person
from web.actions import ActionSent, perform
from web.errors import status_of, wants_json
from web.faces.answers import answer
from web.faces.sheets import get_sheet
from web.filters import need_sight
from web.forms import parse
from web.paper import warm_up
from web.photos_ahead import photos_ahead_of
from web.rendering import local_path, page
from web.sent_photos import has_photos, sent_photos
from web.wiring import Wired, Wiring

router = APIRouter()
SignedIn = Annotated[Person, requires_person()]
_NOT_TYPED = ("csrf", "next", "revision")


@dataclass(frozen=True, slots=True)
class RefusedStep:
    """A step that was not taken: what was typed in its form, whether photos must be chosen again, and why."""

    action: str
    values: Mapping[str, Any]
    had_photos: bool
    error: CitygridError

    @property
    def words(self) -> tuple[str, ...]:
        """What was written rather than chosen, to copy when the case has moved on and the form is gone."""
        return tuple(self.values[name] for name in ("reason", "text", "note") if name in self.values)


@router.get("/cases/{case_no}")
def show_case(request: Request, case_no: str, person: SignedIn, wiring: Wired) -> Response:
    """Everything about a case on one page, which also prints."""
    warm_up()
    return _case_page(request, wiring, person, case_no)


@router.get("/cases/{case_no}/explain")
def explain_case(request: Request, case_no: str, person: SignedIn, wiring: Wired) -> Response:
    """The case's story in Chinese, with rule, clause and calendar day of every step."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        detail = get_case(session, case_no, at, types=wiring.cases.types)
        need_sight(person, detail)
        told = story(session, case_no, at, types=wiring.cases.types, calendar=wiring.calendar)
    return page(request, "story.html", {"detail": detail, "story": told, "now": at})


@router.post("/cases/{case_no}/{action}")
def move_case(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, case_no: str, action: str, form: FormSent, person: SignedIn, wiring: Wired
) -> Response:
    """Take a step and go back to where the form was; refused, the case's page has it as it was filled in."""
    next_page = form.get("next")
    back = local_path(next_page if isinstance(next_page, str) else None, f"/cases/{case_no}")
    try:
        sent = parse(ActionSent, form)
        ahead = photos_ahead_of(wiring.settings.home, person.id, wiring.photos)
        perform(wiring, person, case_no, action, sent, photos=sent_photos(form, ahead=ahead))
    except TakenBefore:
        return answer(request, back, case_no=case_no, is_repeat=True)
    except (BadInput, Refused, Conflict) as error:
        if wants_json(request):
            raise
        typed = {key: value for key, value in form.items() if isinstance(value, str) and value.strip()}
        values: dict[str, Any] = {key: value for key, value in typed.items() if key not in _NOT_TYPED}
        values |= {"helping_codes": form.getlist("helping_codes")} if "helping_codes" in values else {}
        refused = RefusedStep(action, values, has_photos(form), error)
        return _case_page(request, wiring, person, case_no, back=back, refused=refused)
    return answer(request, back, case_no=case_no, is_repeat=False)


def _case_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    case_no: str,
    *,
    back: str = "",
    refused: RefusedStep | None = None,
) -> Response:
    """The page of a case; after a refused step with its form as it was filled in."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        sheet = get_sheet(session, wiring, case_no, person, at)
        is_over = sheet.detail.closed_at is not None
        ratings = list_ratings(session, sheet.detail.summary.case_no) if is_over else ()
    shown = {
        "sheet": sheet,
        "ratings": ratings,
        "now": at,
        "home": home_of(person),
        "back": back or f"/cases/{case_no}",
        "refused": refused,
    }
    return page(request, "case.html", shown, status=status_of(refused.error) if refused else 200)
