"""By which channels somebody hears of what, and the browsers that take push."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from starlette.datastructures import FormData
from starlette.responses import JSONResponse

from cases.notices.wishes import CHANNELS, Wishes, find_wishes, save_wishes, subscribe, unsubscribe
from cases.rules.telling import TOPIC_NAMES
from gis_core.errors import BadInput
from gis_core.messages.push import Subscription
from web.accounts.guards import Checked, FormSent, requires_person
from web.accounts.people import Person
from web.faces.notices.pages import frame_of
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/notices")
SignedIn = Annotated[Person, requires_person()]


class BrowserSent(BaseModel):
    """A browser as it describes itself; without keys to be forgotten."""

    endpoint: str = Field(max_length=2000)
    keys: dict[str, str] = Field({}, max_length=5)


@router.get("/settings")
def show_settings(request: Request, person: SignedIn, wiring: Wired, saved: bool = False) -> Response:
    """Topics by channel, addresses, language."""
    with wiring.sessions() as session:
        wishes = find_wishes(session, person.id)
    return _page(request, person, wiring, wishes, saved=saved)


@router.post("/settings")
def save_settings(request: Request, form: FormSent, person: SignedIn, wiring: Wired) -> Response:
    """Keep what was chosen; a refused form comes back as it was filled in."""
    wishes = _read(form)
    try:
        checked = wishes.checked()
    except BadInput as refusal:
        return _page(request, person, wiring, wishes, refusal=refusal)
    with wiring.sessions.begin() as session:
        save_wishes(session, person.id, checked)
    return see_other("/notices/settings?saved=true")


@router.post("/browsers", dependencies=[Checked])
def add_browser(request: Request, sent: BrowserSent, person: SignedIn, wiring: Wired) -> Response:
    """This browser takes push for the person; its service must be one that the settings name."""
    browser = Subscription.read(sent.model_dump())
    if wiring.channels.push is not None:
        wiring.channels.push.poster.check(browser.endpoint)
    agent = request.headers.get("user-agent", "")
    with wiring.sessions.begin() as session:
        subscribe(session, person.id, browser, user_agent=agent, at=wiring.clock.now())
    return JSONResponse({"is_on": True})


@router.post("/browsers/remove", dependencies=[Checked])
def remove_browser(sent: BrowserSent, person: SignedIn, wiring: Wired) -> Response:
    """This browser takes push no more."""
    with wiring.sessions.begin() as session:
        unsubscribe(session, person.id, sent.endpoint)
    return JSONResponse({"is_on": False})


def _read(form: FormData) -> Wishes:
    def said(name: str) -> str:
        value = form.get(name)
        return value.strip() if isinstance(value, str) else ""

    topics = {
        channel: tuple(str(one) for one in form.getlist(channel) if isinstance(one, str))
        for channel in CHANNELS
    }
    return Wishes(said("language"), said("email") or None, said("phone") or None, topics)


def _page(
    request: Request,
    person: Person,
    wiring: Wiring,
    wishes: Wishes,
    *,
    saved: bool = False,
    refusal: BadInput | None = None,
) -> Response:
    push = wiring.channels.push
    shown = {
        "wishes": wishes,
        "channels": wiring.channels.names,
        "topics": TOPIC_NAMES,
        "quiet": wiring.cases.teller.book.file.quiet_hours,
        "push_key": push.public_key if push else "",
        "saved": saved,
        "refusal": refusal,
    }
    status = 400 if refusal else 200
    return page(request, "notices/settings.html", shown | frame_of(person), status=status)
