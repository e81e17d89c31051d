"""Posts to other hosts, to allowed ones only: the address that was checked is the one that is spoken to.

A name opens public addresses alone; an inner address has to lie in a net that is listed. Redirects are
answers like any other and are not followed.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import SplitResult, urlsplit

from gis_core.errors import BadInput, Refused

Net = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
TIMEOUT_S = 10.0
MOST_READ = 1024


class BadAllowList(BadInput):
    """An entry of an allow-list that is neither a host nor a net."""

    code = "bad_allow_list"


class HostNotAllowed(Refused):
    """An address that no entry of the allow-list opens."""

    code = "host_not_allowed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What another host answered: the status, and the beginning of its words."""

    status: int
    text: str

    @property
    def is_good(self) -> bool:
        """Whether it took the post."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Allowed:
    """Hosts (`hooks.example`, `*.push.example`) and nets (`10.1.0.0/16`) that may be spoken to."""

    hosts: tuple[str, ...] = ()
    nets: tuple[Net, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Allowed":
        """The entries of a list parted by commas.

        :raises BadAllowList: for one that is neither a host nor a net.

        >>> Allowed.read("hooks.example, 10.1.0.0/16").nets
        (IPv4Network('10.1.0.0/16'),)
        """
        hosts: list[str] = []
        nets: list[Net] = []
        for entry in (part.strip().lower() for part in text.split(",") if part.strip()):
            try:
                nets.append(ipaddress.ip_network(entry))
            except ValueError:
                bare = entry.removeprefix("*.")
                if "/" in entry or "*" in bare or not bare.replace("-", "").replace(".", "").isalnum():
                    raise BadAllowList(
                        f"“{entry}”不是主机名也不是网段，请写成 host、*.host 或 10.1.0.0/16。"
                    ) from None
                hosts.append(entry)
        return cls(tuple(hosts), tuple(nets))

    def names(self, host: str) -> bool:
        """Whether a host is listed by its name."""
        return any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in self.hosts)

    def lists(self, address: Address) -> bool:
        """Whether an address lies in a net that is listed."""
        return any(address in net for net in self.nets if net.version == address.version)


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts to allowed hosts; `trust` says whose certificates are believed, the system's by default."""

    allowed: Allowed
    trust: ssl.SSLContext | None = field(default=None, repr=False)

    def check(self, url: str) -> tuple[SplitResult, str]:
        """The parts of an allowed address, and the IP address to speak to.

        :raises HostNotAllowed: saying why; also when the name is not known.
        """
        parts = urlsplit(url)
        host = (parts.hostname or "").lower().rstrip(".")
        if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
            raise HostNotAllowed("地址须为 https://主机/路径（内网可用 http），且不含用户名和密码。")
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
            addresses = _look_up(host, port)
        except (OSError, ValueError):
            raise HostNotAllowed(f"找不到主机 {host[:80]}，请核对地址。") from None
        for address in addresses:
            self._need_allowed(parts.scheme, host, address)
        return parts, str(addresses[0])

    def _need_allowed(self, scheme: str, host: str, address: Address) -> None:
        plain = getattr(address, "ipv4_mapped", None) or address
        if self.allowed.lists(plain):
            return
        if self.allowed.names(host) and plain.is_global and not plain.is_multicast and scheme == "https":
            return
        raise HostNotAllowed(
            f"主机 {host[:80]} 不在允许的范围内；请系统管理员把它加入允许的主机（公网须为 https）或网段。"
        )

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post, and answer what came back, whatever its status.

        :raises HostNotAllowed: see `check`.
        :raises OSError, http.client.HTTPException: when nothing came back.
        """
        parts, address = self.check(url)
        connection = _Pinned(parts, address, self.trust)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body, {"User-Agent": "citygrid", **headers})
            response = connection.getresponse()
            return Answer(response.status, response.read(MOST_READ).decode("utf-8", "replace"))
        finally:
            connection.close()


def _look_up(host: str, port: int) -> list[Address]:
    """What a name means now; an address means itself.

    :raises OSError, ValueError: when it means nothing.
    """
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, whatever the name means by now."""

    def __init__(self, parts: SplitResult, address: str, trust: ssl.SSLContext | None) -> None:
        is_safe = parts.scheme == "https"
        super().__init__(parts.hostname or "", parts.port or (443 if is_safe else 80), timeout=TIMEOUT_S)
        self._address = address
        self._trust = (trust or ssl.create_default_context()) if is_safe else None

    def connect(self) -> None:
        """Connect to the checked address, and have it prove its name by TLS."""
        self.sock = socket.create_connection((self._address, self.port), TIMEOUT_S)
        if self._trust is not None:
            self.sock = self._trust.wrap_socket(self.sock, server_hostname=self.host)
