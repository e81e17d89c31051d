"""Errors as GeoReport v2 tells them: a list of code and description in the format that was asked for."""

from starlette.requests import Request
from starlette.responses import Response

from web.api.open311.documents import format_wanted, write

PREFIX = "/open311"
AS_BAD_REQUEST = (401, 409, 422)
"""The specification knows 404, 403 and, for everything else that the caller can mend, 400."""


def is_open311(path: str) -> bool:
    """Whether an address lies under the interface, so that its errors are told in its way."""
    return path == PREFIX or path.startswith(PREFIX + "/")


def refuse(request: Request, status: int, reason: str, description: str, request_id: str) -> Response:
    """The error; `code` is the HTTP status, as clients expect, and `reason` our own stable code."""
    said = 400 if status in AS_BAD_REQUEST else status
    error = {"code": str(said), "description": description, "reason": reason, "request_id": request_id}
    response = write("errors", [error], format_wanted(request), status=said)
    response.headers["Cache-Control"] = "no-store"
    return response
