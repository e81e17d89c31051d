"""Headers that keep pages safe, and the number every request is known by."""

import secrets
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def content_policy(tile_hosts: Iterable[str] = ()) -> str:
    """What a page may load: from its own host alone, and tiles from the hosts of configured base maps."""
    hosts = "".join(f" {host}" for host in tile_hosts)
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: blob:{hosts}",
            f"connect-src 'self'{hosts}",
            # MapLibre's worker is a module of our own; browsers without module workers get it as a blob.
            "worker-src 'self' blob:",
            # A player feeds pictures to the browser as an object of this page.
            "media-src 'self' blob:",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "object-src 'none'",
        )
    )


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class SafeHeaders:
    """Adds the headers and `X-Request-Id` to every answer."""

    def __init__(self, app: ASGIApp, *, is_https: bool, tile_hosts: Iterable[str] = ()) -> None:
        self.app = app
        self.headers = {"Content-Security-Policy": content_policy(tile_hosts)} | HEADERS
        self.headers |= {"Strict-Transport-Security": "max-age=31536000"} if is_https else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its number; complete the answer's headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(6)
        scope["request_id"] = request_id

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = request_id
            await send(message)

        await self.app(scope, receive, send_with_headers)
