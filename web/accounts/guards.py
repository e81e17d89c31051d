"""Guards of routes: who is asking, whether the post may, and whether a form comes from our own page."""

import hmac
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import ColumnElement
from starlette.datastructures import FormData

from gis_core.errors import NotAllowed
from web.accounts import store
from web.accounts.people import NotSignedIn, Person, Visitor
from web.accounts.reading import UNREAD, OpenSession, find_open_session
from web.accounts.signing_in import hash_secret
from web.rendering import VISIT_COOKIE
from web.uploads import read_form
from web.wiring import Wired, Wiring

if TYPE_CHECKING:
    from cases.rules.commands import Asking

SESSION_COOKIE = "citygrid_session"

WITHOUT_BELL = ("/api/", "/tiles/", "/photos/", "/live", "/ogc")
"""Addresses whose answers are no pages: what is unread is not counted for them."""
TOUCH_EVERY = timedelta(minutes=5)


class ForgedForm(NotAllowed):
    """The form does not carry the token of this browser's session."""

    code = "form_expired"


def find_visitor(request: Request, wiring: Wired) -> Visitor:
    """Who is asking, from the session cookie; one query, none without a cookie."""
    at = wiring.clock.now()
    address = request.client.host if request.client else "unknown"
    visitor = _signed_in(request, wiring, address, at) or Visitor(None, _visit_token(request), address)
    request.state.visitor = visitor
    return visitor


def _signed_in(request: Request, wiring: Wired, address: str, at: datetime) -> Visitor | None:
    has_bell = not request.url.path.startswith(WITHOUT_BELL)
    found = find_opened(request, wiring, at=at, also=(UNREAD,) if has_bell else ())
    if found is None:
        return None
    token_hash = hash_secret(request.cookies[SESSION_COOKIE])
    unread = found.also[0] if has_bell else 0
    return Visitor(found.person, found.csrf_token, address, token_hash, found.seen_at, unread)


def find_opened(
    request: Request, wiring: Wiring, *, at: datetime, also: Sequence[ColumnElement[Any]] = ()
) -> OpenSession | None:
    """The open session of the request's cookie and what was `also` asked, in one query; None without one."""
    secret = request.cookies.get(SESSION_COOKIE)
    if not secret:
        return None
    token_hash = hash_secret(secret)
    with wiring.sessions() as session:
        found = find_open_session(session, token_hash, at=at, also=also)
        if found is not None and at - found.seen_at > TOUCH_EVERY:
            store.touch_session(session, token_hash, at=at)
            session.commit()
    return found


def _visit_token(request: Request) -> str:
    """The token of a browser without an account: the value of its own cookie, made when there is none."""
    known = request.cookies.get(VISIT_COOKIE, "")
    if 20 <= len(known) <= 64 and known.isascii():
        return known
    request.state.new_visit = secrets.token_urlsafe(24)
    return str(request.state.new_visit)


CurrentVisitor = Annotated[Visitor, Depends(find_visitor)]


def requires(*roles: str) -> Any:
    """A dependency that lets only holders of one of `roles` in and yields the Person."""

    async def guard(visitor: CurrentVisitor) -> Person:
        if visitor.person is None:
            raise NotSignedIn("请先登录。登录后会回到这一页。")
        visitor.person.acting_as(*roles)
        return visitor.person

    guard.__dict__["roles"] = roles
    return Depends(guard)


def requires_person() -> Any:
    """A dependency that lets anyone in who is signed in and yields the Person."""

    async def guard(visitor: CurrentVisitor) -> Person:
        if visitor.person is None:
            raise NotSignedIn("请先登录。登录后会回到这一页。")
        return visitor.person

    guard.__dict__["roles"] = ("any",)
    return Depends(guard)


def requires_person_and(
    parts: Callable[[Request, datetime], Sequence[ColumnElement[Any]]],
    made: Callable[[Person, tuple[Any, ...], datetime], Any],
) -> Any:
    """As `requires_person`, for answers that must cost one query: `parts` are asked with the session.

    Yields what is `made` of the person, the answers and the moment.
    """

    def guard(request: Request, wiring: Wired) -> Any:
        at = wiring.clock.now()
        found = find_opened(request, wiring, at=at, also=parts(request, at))
        if found is None:
            raise NotSignedIn("请先登录。登录后会回到这一页。")
        return made(found.person, found.also, at)

    guard.__dict__["roles"] = ("any",)
    return Depends(guard)


async def _anyone(visitor: CurrentVisitor) -> Visitor:
    return visitor


open_to_all: Any = Depends(_anyone)
"""Marks a route as public on purpose, and yields the Visitor."""


async def _no_questions() -> None:
    return None


open_without_visitor: Any = Depends(_no_questions)
"""Marks a route as public on purpose where not even the session is looked up (public tiles, health)."""


def roles_of(call: Callable[..., Any] | None) -> tuple[str, ...] | None:
    """The roles a dependency asks for; `("public",)` for the public marks; None for other dependencies."""
    if call in (_anyone, _no_questions):
        return ("public",)
    found: tuple[str, ...] | None = getattr(call, "roles", None)
    return found


async def checked(request: Request, visitor: CurrentVisitor) -> None:
    """Refuse a change that does not come from our own page: token in header `x-csrf-token`, same origin.

    A caller without our cookies (another system, a script) has nothing that could be abused and passes.
    """
    _refuse_other_origin(request)
    if SESSION_COOKIE in request.cookies or VISIT_COOKIE in request.cookies:
        _compare(request.headers.get("x-csrf-token", ""), visitor)


async def sent_form(request: Request, visitor: CurrentVisitor) -> AsyncIterator[FormData]:
    """The form as sent, after its limits and its token were checked; its files are closed afterwards."""
    _refuse_other_origin(request)
    form = await read_form(request)
    try:
        sent = form.get("csrf")
        _compare(sent if isinstance(sent, str) else request.headers.get("x-csrf-token", ""), visitor)
        yield form
    finally:
        await form.close()


FormSent = Annotated[FormData, Depends(sent_form)]
Checked: Any = Depends(checked)


def _refuse_other_origin(request: Request) -> None:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForgedForm("这份表单不是从本系统的页面发出的，没有写入任何内容。请在本系统的页面中操作。")


def _compare(sent: str, visitor: Visitor) -> None:
    if not hmac.compare_digest(sent.encode(), visitor.csrf_token.encode()):
        raise ForgedForm("页面已过期（可能重新登录过），没有写入任何内容。请刷新页面后重试。")


def asking(person: Person, role: str, *, at: datetime) -> "Asking":
    """The person, in the role used for this step, as rules know them."""
    from cases.rules.commands import Asking

    return Asking(
        at=at,
        person_id=person.id,
        name=person.name,
        role=role,
        organisation_code=person.organisation_code,
    )


def visitor_asking(*, at: datetime) -> "Asking":
    """A member of the public, as rules know them."""
    from cases.rules.commands import Asking

    return Asking(at=at, person_id=None, name="公众", role="public", organisation_code=None)
