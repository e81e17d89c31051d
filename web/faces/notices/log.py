"""What went out and what did not, and the other systems that are told: for administrators."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from cases.notices.outbox import send_again
from cases.notices.sent_log import CHANNEL_NAMES, STATUS_NAMES, count_open, list_logged
from cases.notices.webhooks import (
    OCCASIONS,
    add_webhook,
    list_webhooks,
    remove_webhook,
    rotate_secret,
    switch_webhook,
)
from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.faces.notices.pages import frame_of
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/notices")
Admin = Annotated[Person, requires("admin")]
MayLook = Annotated[Person, requires("admin", "auditor")]


@router.get("/messages")
def show_messages(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, person: MayLook, wiring: Wired, status: str = "", channel: str = "", before: int = 2**62
) -> Response:
    """The log, filtered by status and channel."""
    wanted = status if status in STATUS_NAMES else ""
    by = channel if channel in CHANNEL_NAMES else ""
    with wiring.sessions() as session:
        rows = list_logged(session, status=wanted, channel=by, before=max(0, min(before, 2**62)))
        counts = count_open(session)
    names = {"statuses": STATUS_NAMES, "channels": CHANNEL_NAMES}
    shown = {"rows": rows, "counts": counts, "status": wanted, "channel": by} | names
    return page(request, "notices/messages.html", shown | frame_of(person))


@router.post("/messages/{delivery_id}/again")
def try_again(delivery_id: int, form: FormSent, person: Admin, wiring: Wired) -> Response:
    """Have a message tried anew."""
    with wiring.sessions.begin() as session:
        send_again(session, min(delivery_id, 2**62), at=wiring.clock.now())
    return see_other("/notices/messages")


@router.get("/webhooks")
def show_webhooks(request: Request, person: Admin, wiring: Wired) -> Response:
    """The systems that are told, and a form for another."""
    return _hooks_page(request, person, wiring)


@router.post("/webhooks")
def register_webhook(request: Request, form: FormSent, person: Admin, wiring: Wired) -> Response:
    """Register a system; its secret is shown this once."""
    name, url = (str(form.get(part) or "").strip() for part in ("name", "url"))
    occasions = [str(one) for one in form.getlist("occasions")]
    try:
        with wiring.sessions.begin() as session:
            secret = add_webhook(
                session, name, url, occasions, poster=wiring.channels.hooks, at=wiring.clock.now()
            )
    except (BadInput, Refused, Conflict) as refusal:
        return _hooks_page(request, person, wiring, refusal=refusal, typed=(name, url))
    return _hooks_page(request, person, wiring, secret=secret, of=name)


@router.post("/webhooks/{name}/{deed}")
def change_webhook(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, name: str, deed: str, form: FormSent, person: Admin, wiring: Wired
) -> Response:
    """Change the secret, pause, go on or remove."""
    with wiring.sessions.begin() as session:
        if deed == "rotate":
            secret = rotate_secret(session, name, at=wiring.clock.now())
        elif deed in ("pause", "resume"):
            switch_webhook(session, name, is_active=deed == "resume")
        elif deed == "remove":
            remove_webhook(session, name)
    if deed == "rotate":
        return _hooks_page(request, person, wiring, secret=secret, of=name)
    return see_other("/notices/webhooks")


def _hooks_page(
    request: Request,
    person: Person,
    wiring: Wiring,
    *,
    secret: str = "",
    of: str = "",
    refusal: CitygridError | None = None,
    typed: tuple[str, str] = ("", ""),
) -> Response:
    with wiring.sessions() as session:
        hooks = list_webhooks(session)
    shown = {
        "hooks": hooks,
        "occasions": OCCASIONS,
        "secret": secret,
        "of": of,
        "refusal": refusal,
        "typed": typed,
    }
    return page(request, "notices/webhooks.html", shown | frame_of(person), status=422 if refusal else 200)
