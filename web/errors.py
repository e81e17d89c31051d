"""Every error as an answer: a page (what happened, what is kept, what to do) or JSON with a code."""

import logging
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gis_core.errors import BadInput, CitygridError, Conflict, NotAllowed, NotFound, Refused
from web.accounts.people import NotSignedIn
from web.api.open311.refusals import is_open311, refuse
from web.forms import malformed
from web.rendering import page
from web.throttle import TooOften
from web.uploads import CountedBody, TooLarge
from web.words import choose_language

log = logging.getLogger("citygrid.web")

STATUS: tuple[tuple[type[CitygridError], int], ...] = (
    (TooLarge, 413),
    (TooOften, 429),
    (NotSignedIn, 401),
    (BadInput, 400),
    (NotAllowed, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 422),
)
TITLES = {
    400: "填写或链接有误",
    401: "请先登录",
    403: "不能这样办理",
    404: "没有找到",
    405: "不能这样访问",
    409: "案件已经变化",
    413: "内容太大",
    422: "暂不能办理",
    429: "操作过于频繁",
    500: "系统出错了",
    503: "暂时连不上数据库",
}
KEPT = {
    409: "您填写的内容没有写入，案件保持最新状态。",
    500: "这一步没有写入任何内容，之前已提交的都在。",
    503: "这一步没有写入任何内容，之前已提交的都在。",
}
TODO = {
    401: "登录后会回到这一页。",
    403: "如需办理，请联系有权限的同事或系统管理员。",
    404: "请核对链接或案卷号。",
    409: "请刷新页面，看过最新情况后再办理。",
    500: "请稍后重试；如再次出现，把下面的编号告诉系统管理员。",
    503: "请过几秒钟刷新重试。",
}
NOTHING_KEPT = "没有写入任何内容。"


@dataclass(frozen=True, slots=True)
class Problem:
    """What the person is told."""

    status: int
    code: str
    message: str
    headers: dict[str, str]


def add_error_handlers(app: FastAPI) -> None:
    """Let the application answer every error through this module."""
    app.add_exception_handler(CitygridError, _on_citygrid_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(DBAPIError, _on_database_error)
    app.add_exception_handler(PoolTimeout, _on_database_error)


class Bugs:
    """Answers what no handler expected, inside the safe headers; the inside of the system stays there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; when it fails before it was answered, answer 500 with its number."""
        has_started = False

        async def note_start(message: Message) -> None:
            nonlocal has_started
            has_started = has_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, note_start)
        except Exception as error:
            if scope["type"] != "http" or has_started:
                raise
            response = await run_in_threadpool(_on_bug, Request(scope, receive), error)
            await response(scope, receive, send)


def status_of(error: CitygridError) -> int:
    """The HTTP status of a kind of error."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 422)


def _on_citygrid_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CitygridError)
    if isinstance(error, NotSignedIn) and not wants_json(request):
        return _to_sign_in(request)
    wait_s = error.facts.get("retry_after_s")
    headers = {"Retry-After": str(wait_s)} if wait_s else {}
    return _answer(request, Problem(status_of(error), error.code, error.message, headers))


def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _on_citygrid_error(request, malformed(list(error.errors())))


def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    body = request.scope.get("citygrid.body")
    if isinstance(body, CountedBody) and body.is_over:
        # The framework reads JSON itself and hides why it could not.
        return _on_citygrid_error(request, body.refusal())
    code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status_code, "malformed")
    message = {404: "没有这个页面。", 405: "这个地址不接受这样的请求。", 413: "提交的内容太大。"}.get(
        error.status_code, "请求无法读取。"
    )
    return _answer(request, Problem(error.status_code, code, message, dict(error.headers or {})))


def _on_database_error(request: Request, error: Exception) -> Response:
    if isinstance(error, DataError):
        log.warning("[%s] value refused by the database: %s", _request_id(request), error.orig)
        return _answer(request, Problem(400, "malformed", "提交的内容里有无法保存的字符或数值。", {}))
    if isinstance(error, (OperationalError, InterfaceError, PoolTimeout)) or _is_broken(error):
        log.error("[%s] database away: %s", _request_id(request), error)
        text = "系统暂时连不上数据库，正在恢复。"
        return _answer(request, Problem(503, "database_away", text, {"Retry-After": "5"}))
    return _on_bug(request, error)


def _is_broken(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _on_bug(request: Request, error: Exception) -> Response:
    log.error("[%s] %s %s", _request_id(request), request.method, request.url.path, exc_info=error)
    return _answer(request, Problem(500, "bug", "系统出错了，这不是您的操作造成的。", {}))


def _answer(request: Request, problem: Problem) -> Response:
    request_id = _request_id(request)
    if is_open311(request.url.path):
        words = _in_words(request, problem)
        response = refuse(request, problem.status, problem.code, words, request_id)
        response.headers.update(problem.headers)
        return response
    if wants_json(request):
        words = _in_words(request, problem)
        body = {"code": problem.code, "message": words, "request_id": request_id}
        if request.url.path.startswith("/ogc"):
            body["description"] = words  # as OGC API names it
        return JSONResponse(body, problem.status, {**problem.headers, "Cache-Control": "no-store"})
    context = {
        "status": problem.status,
        "code": problem.code,
        "title": TITLES.get(problem.status, TITLES[400]),
        "message": _in_words(request, problem),
        "kept": _kept(request, problem),
        "todo": TODO.get(problem.status, ""),
        "request_id": request_id,
    }
    response = page(request, "error.html", context, status=problem.status)
    response.headers.update(problem.headers)
    return response


def _in_words(request: Request, problem: Problem) -> str:
    """The message, which is Chinese and exact; in another language as exact, or the sentence for its code."""
    language = choose_language(request)
    if language == "zh":
        return problem.message
    words = request.app.state.wiring.words
    exact: str | None = words.find_sentence(language, problem.message)
    known: str | None = words.messages[language].get(f"error:{problem.code}")
    return exact or known or problem.message


def _kept(request: Request, problem: Problem) -> str:
    """What became of what was sent; nothing to say when nothing was sent or the message says it."""
    if request.method in ("GET", "HEAD") or "没有写入" in problem.message:
        return ""
    return KEPT.get(problem.status, NOTHING_KEPT)


def _to_sign_in(request: Request) -> Response:
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = back if request.method == "GET" else "/"
    return RedirectResponse(f"/sign-in?next={quote(wanted)}", status_code=303)


def wants_json(request: Request) -> bool:
    """Whether the answer is for a program rather than for a person."""
    if request.url.path.startswith(("/api/", "/tiles/", "/live", "/photos/", "/words/", "/healthz", "/ogc/")):
        return True
    accepted = request.headers.get("accept", "")
    if request.url.path == "/ogc":
        return "text/html" not in accepted
    return "application/json" in accepted and "text/html" not in accepted


def _request_id(request: Request) -> str:
    return str(request.scope.get("request_id", "-"))
