"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from web.accounts.guards import SESSION_COOKIE, FormSent, open_to_all
from web.accounts.people import Person, Visitor
from web.accounts.reading import find_person, list_demo_logins
from web.accounts.signing_in import WrongPassword
from web.accounts.store import ABSOLUTE
from web.rendering import local_path, page, see_other
from web.wiring import Wired, Wiring

router = APIRouter()

HOMES: tuple[tuple[str, str], ...] = (
    ("operator", "/desk/operator"),
    ("duty_chief", "/desk/duty-chief"),
    ("dispatcher", "/desk/dispatcher"),
    ("duty_officer", "/duty"),
    ("commander", "/duty"),
    ("department", "/department"),
    ("leader", "/desk/leader"),
    ("inspector", "/m"),
    ("crew", "/m/tasks"),
    ("data_officer", "/frame"),
    ("auditor", "/evaluation"),
    ("admin", "/privacy/subject"),
    ("wall", "/wall"),
)


def home_of(person: Person | None) -> str:
    """Where a person's work lies; the public page for everyone else."""
    roles = person.roles if person else frozenset()
    return next((address for role, address in HOMES if role in roles), "/")


@router.get("/sign-in")
def show_sign_in(
    request: Request, visitor: Annotated[Visitor, open_to_all], wiring: Wired, next: str = ""
) -> Response:
    """The form; who is signed in already goes on."""
    if visitor.person is not None:
        return see_other(local_path(next, home_of(visitor.person)))
    return _form(request, wiring, next=next)


@router.post("/sign-in")
def sign_in(
    request: Request, form: FormSent, visitor: Annotated[Visitor, open_to_all], wiring: Wired
) -> Response:
    """Open a session and go where the person was headed."""
    login, password, wanted = (str(form.get(name, "")) for name in ("login", "password", "next"))
    try:
        opened = wiring.doorkeeper.sign_in(
            login,
            password,
            address=visitor.address,
            user_agent=request.headers.get("user-agent", ""),
            at=wiring.clock.now(),
        )
    except WrongPassword as refusal:
        return _form(request, wiring, next=wanted, login=login, refusal=refusal)
    with wiring.sessions() as session:
        person = find_person(session, opened.person_id)
    response = see_other(local_path(wanted, home_of(person)))
    response.set_cookie(
        SESSION_COOKIE,
        opened.secret,
        max_age=int(ABSOLUTE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=wiring.settings.is_https,
    )
    return response


@router.post("/sign-out")
def sign_out(form: FormSent, visitor: Annotated[Visitor, open_to_all], wiring: Wired) -> Response:
    """End the session here and on the server."""
    if visitor.session_hash is not None:
        wiring.doorkeeper.sign_out(visitor.session_hash)
    response = see_other("/sign-in")
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=wiring.settings.is_https)
    return response


def _form(
    request: Request,
    wiring: Wiring,
    *,
    next: str,
    login: str = "",
    refusal: WrongPassword | None = None,
) -> Response:
    with wiring.sessions() as session:
        demo = list_demo_logins(session)
    context = {"next": local_path(next, ""), "login": login[:40], "refusal": refusal, "demo_people": demo}
    return page(request, "accounts/sign_in.html", context, status=403 if refusal else 200)
