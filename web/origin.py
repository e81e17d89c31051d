"""Where the application is, as whoever asks has reached it: behind a proxy, on any port, under any path."""

import re

from fastapi import Request

HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def origin_of(request: Request) -> str:
    """The address of the root page without its last slash; a header Host that is no host counts as absent."""
    host = request.headers.get("host", "")
    if not HOST.fullmatch(host):
        name, port = request.scope.get("server") or ("localhost", None)
        host = f"{name}:{port}" if port else name
    is_https = request.app.state.wiring.settings.is_https or request.url.scheme == "https"
    return f"{'https' if is_https else 'http'}://{host}{request.scope.get('root_path', '')}"
