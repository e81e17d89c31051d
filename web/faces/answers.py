"""What forms of the phone are answered: a page to go to, or, for the phone's queue, the same as JSON."""

from typing import Any

from fastapi import Request, Response
from starlette.responses import JSONResponse

from web.errors import wants_json
from web.rendering import see_other


def answer(request: Request, address: str, **facts: Any) -> Response:
    """Send the browser on to `address`; a program is told where that is, with `facts`."""
    if wants_json(request):
        return JSONResponse({"page": address, **facts}, headers={"Cache-Control": "no-store"})
    return see_other(address)
