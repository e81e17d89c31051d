"""Pages from templates: what every template knows, and the answers pages give."""

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import jinja2
from fastapi import Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from web.notice_work import unread_words
from web.words import LANGUAGE_COOKIE, LANGUAGES, Words, choose_language

FACES = Path(__file__).parent / "faces"
TEMPLATES = FACES / "templates"
STATIC = Path(__file__).parent / "static"
VISIT_COOKIE = "citygrid_visit"
OWNER_HEADER = "X-Citygrid-Person"
"""Whose a page of the phone is: its service worker keeps it for that person alone."""


def build_templates(
    filters: Mapping[str, Callable[..., Any]], functions: Mapping[str, Callable[..., Any]]
) -> jinja2.Environment:
    """The template environment: escaping everywhere, and a name that is missing is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters)
    environment.globals.update(functions)
    environment.globals["asset"] = asset
    environment.globals["new_number"] = lambda: str(uuid4())
    return environment


@lru_cache(maxsize=512)
def _fingerprint(path: Path, changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a file under `web/static`, with its content's fingerprint; bare when it is missing."""
    path = STATIC / name
    if not path.is_file():
        return f"/static/{name}"
    return f"/static/{name}?v={_fingerprint(path, path.stat().st_mtime_ns)}"


def page(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> HTMLResponse:
    """A page in the visitor's language; never stored by caches, for it carries a form token."""
    html = render(request, template, context)
    headers = {"Cache-Control": "no-store"}
    visitor = getattr(request.state, "visitor", None)
    if visitor and visitor.person and request.url.path.split("/")[1] == "m":
        headers[OWNER_HEADER] = f"p{visitor.person.id}"
    response = HTMLResponse(html, status_code=status, headers=headers)
    return _with_visit(request, response)


def render(request: Request, template: str, context: Mapping[str, Any] | None = None) -> str:
    """A template in the visitor's language, with what every template knows."""
    wiring = request.app.state.wiring
    shown = _shared(request, wiring.words) | dict(context or {})
    shown.setdefault("now", wiring.clock.now())
    html: str = wiring.templates.get_template(template).render(shown)
    return html


def _shared(request: Request, words: Words) -> dict[str, Any]:
    wiring = request.app.state.wiring
    visitor = getattr(request.state, "visitor", None)
    person = visitor.person if visitor else None
    token = visitor.csrf_token if visitor else ""
    language = choose_language(request)
    return {
        "request": request,
        "person": person,
        "roles": person.roles if person else frozenset(),
        "may": (lambda *roles: bool(person and person.may_act_as(*roles))),
        "csrf_token": token,
        "csrf_field": lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(token),
        "_": words.translator(language),
        "tell": words.teller(language),
        "tell_refusal": partial(_tell_refusal, words, language),
        "lang": language,
        "city": wiring.city,
        "basemaps": wiring.basemaps.for_pages(),
        "synthetic": wiring.map_facts().is_synthetic,
        "n_unread": unread_words(visitor.unread) if visitor else "",
        "has_open_data": wiring.open_data.is_on,
    }


def _tell_refusal(words: Words, language: str, code: str, message: str) -> str:
    """A refusal in the reader's language: as exact as it is, or the sentence for its code."""
    if language == "zh":
        return message
    return words.find_sentence(language, message) or words.messages[language].get(f"error:{code}") or message


def _with_visit(request: Request, response: HTMLResponse) -> HTMLResponse:
    """Keep the visit of a browser without an account, and the language asked for."""
    keep_visit(request, response)
    asked = request.query_params.get("lang")
    if asked in LANGUAGES and asked != request.cookies.get(LANGUAGE_COOKIE):
        _keep(request, response, LANGUAGE_COOKIE, asked, days=365)
    return response


def keep_visit(request: Request, response: Response) -> None:
    """Give a browser without an account the cookie that its form token must equal, when it has none yet.

    Not to what the phone's scripts ask for by themselves: their answers come while somebody opens the page to
    sign in, and would take the token of its form away.
    """
    made = getattr(request.state, "new_visit", None)
    if made and not _is_by_the_phone_itself(request):
        _keep(request, response, VISIT_COOKIE, made, days=7)


def _is_by_the_phone_itself(request: Request) -> bool:
    is_opened = request.headers.get("sec-fetch-mode", "navigate") == "navigate"
    return not is_opened and urlsplit(request.headers.get("referer", "")).path.startswith("/m")


def _keep(request: Request, response: Response, name: str, value: str, *, days: int) -> None:
    is_https = request.app.state.wiring.settings.is_https
    response.set_cookie(name, value, max_age=days * 86400, httponly=True, samesite="lax", secure=is_https)


def see_other(address: str) -> Response:
    """Send the browser on after a form was taken; `address` is a path of ours."""
    return RedirectResponse(address, status_code=303)


def local_path(address: str | None, default: str) -> str:
    """`address` when it is a path of our own host, else `default`.

    >>> local_path("/desk/operator", "/"), local_path("//evil.example", "/"), local_path(None, "/")
    ('/desk/operator', '/', '/')
    """
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return default
    return default if any(ord(letter) < 32 for letter in address) else address
