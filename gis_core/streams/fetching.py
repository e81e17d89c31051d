"""One bounded request to an allowed host: the address that was checked is the one that is spoken to.

Nothing is fetched but what the allow-list opens; an answer is small, soon there, of a known type, and never a
redirect. No error repeats the address, what the other side said, or what was sent to it.
"""

import base64
import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from threading import BoundedSemaphore
from time import perf_counter
from typing import ClassVar
from urllib.parse import SplitResult, urlunsplit

import httpx

from gis_core.errors import Refused
from gis_core.messages.posting import Allowed, HostNotAllowed, Poster

CONNECT_S, READ_S = 4.0, 6.0
MOST_S = 12.0
"""The whole of one request."""
MOST_AT_ONCE = 12
"""Requests of one process at a time; as many threads wait for others at most."""
WAIT_S = 3.0
"""How long a request waits for its turn before it is refused."""
PART_BYTES = 64 * 1024
for _name in ("httpx", "httpcore"):  # both log addresses, and addresses of segments may be keys
    logging.getLogger(_name).setLevel(logging.WARNING)


class StreamNotAllowed(Refused):
    """The address of a stream that no entry of the allow-list opens."""

    code = "stream_not_allowed"


class StreamAway(Refused):
    """The other side does not answer, or not in time."""

    code = "stream_away"


class StreamDenied(Refused):
    """The other side asks for another name and password."""

    code = "stream_denied"


class BadStream(Refused):
    """The other side answered something that is no stream, or too much."""

    code = "bad_stream"


class StreamsBusy(Refused):
    """As many streams are shown as this server shows at once."""

    code = "streams_busy"


@dataclass(frozen=True, slots=True)
class Keys:
    """A name and a password; they show nowhere."""

    user: str = field(repr=False)
    password: str = field(repr=False)

    def answer(self, refused: httpx.Response) -> httpx.Request | None:
        """The request again, as the other side asks for name and password: Digest (RFC 7616) rather than
        Basic (RFC 7617), which tells the password to whoever listens; None when it knows neither."""
        asked, request = _challenges(refused), refused.request
        if "digest" in asked:
            flow = httpx.DigestAuth(self.user, self.password).auth_flow(request)
            next(flow)
            try:
                return flow.send(refused)
            except (KeyError, NotImplementedError, httpx.ProtocolError, StopIteration):
                return None  # an algorithm that nobody knows
        if "basic" in asked:
            both = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            request.headers["Authorization"] = f"Basic {both}"
            return request
        return None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: its type, without parameters, and all of it; `is_part` when it is the range asked for."""

    media_type: str
    body: bytes
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What may come back, and who is to be named when the other side asks."""

    media_types: Collection[str]
    most_bytes: int
    keys: Keys | None


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Asks allowed hosts alone; safe to share between threads."""

    allowed: Allowed
    turns: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_AT_ONCE), repr=False)
    most_s: float = MOST_S

    SAYS: ClassVar[Mapping[str, str]] = {"Accept-Encoding": "identity", "User-Agent": "citygrid"}

    def fetch(
        self,
        url: str,
        *,
        media_types: Collection[str],
        most_bytes: int,
        keys: Keys | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> Fetched:
        """What an address answers; `first` and `last` ask for a range of bytes, both included.

        :raises StreamNotAllowed: for an address that is not on the list, whatever it is spelled like.
        :raises StreamsBusy: when too many ask at once.
        :raises StreamAway: StreamDenied, BadStream for what comes back, or does not.
        """
        parts, address = self._check(url)
        headers = {**self.SAYS, "Host": _host_header(parts)}
        if first is not None and last is not None:
            headers["Range"] = f"bytes={first}-{last}"
        with self._turn():
            try:
                got = self._ask(parts, address, headers, Wanted(media_types, most_bytes, keys))
                if "Range" not in headers or got.is_part:
                    return got
                return Fetched(got.media_type, got.body[first : (last or 0) + 1], is_part=True)
            except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError):
                raise StreamAway("视频没有接通：对方没有及时应答。请稍后重试，或检查网关。") from None

    def _check(self, url: str) -> tuple[SplitResult, str]:
        try:
            parts, address = Poster(self.allowed).check(url)
        except (HostNotAllowed, ValueError):
            raise _not_allowed() from None
        found = ip_address(address)
        plain = getattr(found, "ipv4_mapped", None) or found
        # Not even a net that holds them opens these: clouds keep keys at link-local addresses.
        if plain.is_link_local or plain.is_multicast or plain.is_unspecified:
            raise _not_allowed()
        return parts, address

    def _ask(
        self,
        parts: SplitResult,
        address: str,
        headers: Mapping[str, str],
        wanted: Wanted,
    ) -> Fetched:
        until_s = perf_counter() + self.most_s
        literal = f"[{address}]" if ":" in address else address
        port = f":{parts.port}" if parts.port else ""
        pinned = urlunsplit((parts.scheme, literal + port, parts.path or "/", parts.query, ""))
        timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
        # Proxies of the environment would speak to an address that nobody checked.
        client = httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False)
        # Over TLS the other side proves the name that was asked for, not the number.
        named = {"sni_hostname": parts.hostname} if parts.scheme == "https" else {}
        request = client.build_request("GET", pinned, headers=dict(headers), extensions=named)
        with client, _opened(client, request, wanted.keys) as answer:
            media_type = _need_good(answer, wanted.media_types)
            body = _read(answer, wanted.most_bytes, until_s)
            return Fetched(media_type, body, is_part=answer.status_code == httpx.codes.PARTIAL_CONTENT)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.turns.acquire(timeout=WAIT_S):
            raise StreamsBusy("同时观看的视频太多，请关掉几路后重试。")
        try:
            yield
        finally:
            self.turns.release()


@contextmanager
def _opened(client: httpx.Client, request: httpx.Request, keys: Keys | None) -> Iterator[httpx.Response]:
    """An answer, its body unread; credentials go to who asks for them, and no refusal is read."""
    answer = client.send(request, stream=True)
    try:
        again = keys.answer(answer) if keys and answer.status_code == httpx.codes.UNAUTHORIZED else None
        if again is not None:
            answer.close()
            answer = client.send(again, stream=True)
        yield answer
    finally:
        answer.close()


def _challenges(refused: httpx.Response) -> set[str]:
    """The schemes by which a refusal asks who is there, in small letters."""
    said = refused.headers.get_list("www-authenticate")
    return {one.strip().partition(" ")[0].lower() for one in said}


def _need_good(answer: httpx.Response, media_types: Collection[str]) -> str:
    """The type of an answer that is what was asked for; anything else is refused unread."""
    if answer.status_code in (401, 403):
        raise StreamDenied("视频没有接通：对方要求另外的用户名和密码。请数据管理员在摄像机页面更换凭据。")
    if answer.status_code not in (200, 206):
        raise BadStream("视频没有接通：对方没有给出视频。请检查 HLS 地址。")
    media_type: str = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in media_types or answer.headers.get("content-encoding", "identity") != "identity":
        raise BadStream("视频没有接通：对方给出的不是视频。请检查 HLS 地址。")
    return media_type


def _read(answer: httpx.Response, most_bytes: int, until_s: float) -> bytes:
    """All of an answer, unless it is too much or takes too long, however slowly it drips."""
    body = bytearray()
    for part in answer.iter_raw(PART_BYTES):
        body += part
        if len(body) > most_bytes:
            raise BadStream("视频没有接通：对方给出的数据太大。请降低网关的码率或缩短切片。")
        if perf_counter() > until_s:
            raise StreamAway("视频没有接通：对方太慢。请稍后重试，或检查网关。")
    return bytes(body)


def _host_header(parts: SplitResult) -> str:
    host = parts.hostname or ""
    named = f"[{host}]" if ":" in host else host
    return f"{named}:{parts.port}" if parts.port else named


def _not_allowed() -> StreamNotAllowed:
    return StreamNotAllowed(
        "这台摄像机的地址不在允许的范围内，没有去取视频。请系统管理员把它加入 CITYGRID_CAMERA_HOSTS。"
    )
