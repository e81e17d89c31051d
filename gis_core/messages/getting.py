"""Gets of documents from allowed hosts: bounded in size and time, asked for only when they have changed.

The address that was checked is the one that is spoken to; a redirect is checked as the first address was.
"""

import logging
from dataclasses import dataclass
from ipaddress import ip_address
from time import perf_counter
from urllib.parse import SplitResult, urljoin, urlunsplit

import httpx

from gis_core.errors import Refused
from gis_core.messages.posting import Allowed, HostNotAllowed, Poster

CONNECT_S, READ_S, MOST_S = 5.0, 10.0, 20.0
MOST_REDIRECTS = 3
PART_BYTES = 64 * 1024
NOT_MODIFIED = 304
for _name in ("httpx", "httpcore"):  # both log addresses, and addresses may hold keys
    logging.getLogger(_name).setLevel(logging.WARNING)


class NotFetched(Refused):
    """The other side does not answer, not in time, too much, or something else than a document."""

    code = "not_fetched"


@dataclass(frozen=True, slots=True)
class Got:
    """What came, and from where in the end; `is_same` when it has not changed, and then nothing came."""

    url: str
    body: bytes = b""
    etag: str = ""
    last_modified: str = ""
    is_same: bool = False


@dataclass(frozen=True, slots=True)
class Getter:
    """Asks allowed hosts alone; safe to share between threads."""

    allowed: Allowed
    most_s: float = MOST_S

    def check(self, url: str) -> tuple[SplitResult, str]:
        """The parts of an allowed address, and the IP address to speak to.

        :raises HostNotAllowed: saying why.
        """
        try:
            parts, address = Poster(self.allowed).check(url)
        except ValueError:
            raise HostNotAllowed("地址读不出来，请写成 https://主机/路径。") from None
        found = ip_address(address)
        plain = getattr(found, "ipv4_mapped", None) or found
        # Not even a net that holds them opens these: clouds keep keys at link-local addresses.
        if plain.is_link_local or plain.is_multicast or plain.is_unspecified:
            raise HostNotAllowed("这个地址是本机链路或组播地址，不能用。")
        return parts, address

    def get(self, url: str, *, most_bytes: int, etag: str = "", last_modified: str = "") -> Got:
        """The document at an address, through allowed redirects; with tags of before, only when it changed.

        :raises HostNotAllowed: for an address or a redirect that no entry of the allow-list opens.
        :raises NotFetched: for what comes back, or does not.
        """
        headers = {"Accept-Encoding": "identity", "User-Agent": "citygrid"}
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": last_modified} if last_modified else {}
        until_s = perf_counter() + self.most_s
        for _ in range(MOST_REDIRECTS + 1):
            parts, address = self.check(url)
            try:
                found = _ask(url, parts, address, headers, most_bytes, until_s)
            except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as problem:
                raise NotFetched(f"对方没有及时应答（{type(problem).__name__}）。") from None
            if isinstance(found, Got):
                return found
            url = urljoin(url, found)
        raise NotFetched(f"对方转来转去超过 {MOST_REDIRECTS} 次。")


def _ask(  # noqa: PLR0917  # one request, in the order of its parts
    url: str, parts: SplitResult, address: str, headers: dict[str, str], most_bytes: int, until_s: float
) -> Got | str:
    """What came, or where it is to be found."""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    literal = f"[{address}]" if ":" in address else address
    pinned = urlunsplit((parts.scheme, literal + port, parts.path or "/", parts.query, ""))
    # Proxies of the environment would speak to an address that nobody checked.
    timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
    client = httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False)
    # Over TLS the other side proves the name that was asked for, not the number.
    named = {"sni_hostname": parts.hostname} if parts.scheme == "https" else {}
    request = client.build_request("GET", pinned, headers={**headers, "Host": host + port}, extensions=named)
    with client:
        answer = client.send(request, stream=True)
        try:
            if answer.status_code == NOT_MODIFIED:
                return Got(url, is_same=True)
            if answer.is_redirect and answer.headers.get("location"):
                return str(answer.headers["location"])
            if answer.status_code != httpx.codes.OK:
                raise NotFetched(f"对方回答 HTTP {answer.status_code}。")
            body = _read(answer, most_bytes, until_s)
        finally:
            answer.close()
    said = answer.headers
    return Got(url, body, said.get("etag", "")[:200], said.get("last-modified", "")[:60])


def _read(answer: httpx.Response, most_bytes: int, until_s: float) -> bytes:
    """All of an answer, unless it is too much or takes too long, however slowly it drips."""
    body = bytearray()
    for part in answer.iter_raw(PART_BYTES):
        body += part
        if len(body) > most_bytes:
            raise NotFetched(f"对方给出的数据超过 {most_bytes // 1024} kB，没有采用。")
        if perf_counter() > until_s:
            raise NotFetched("对方太慢，没有等下去。")
    return bytes(body)
