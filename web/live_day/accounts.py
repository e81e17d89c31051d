"""An account of the demonstration that works over HTTP, as a browser or another system would."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from gis_core.errors import Refused

TIMEOUT_S = 30
REFUSED = 400


class NoSuchServer(Refused):
    """Nothing answers at the address."""

    code = "no_such_server"


class NoDemonstration(Refused):
    """The server has none of the accounts of the demonstration."""

    code = "no_demonstration"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: the status, the body, and of a refusal its code."""

    status: int
    body: Any

    @property
    def is_well(self) -> bool:
        """Whether it was done."""
        return self.status < REFUSED

    @property
    def code(self) -> str:
        """The code of a refusal, else the status."""
        told = self.body.get("code") if isinstance(self.body, dict) else None
        return str(told or self.status)


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it came, or where a form that was taken goes on."""

    status: int
    location: str
    text: str

    @property
    def is_well(self) -> bool:
        """Whether it was done."""
        return self.status < REFUSED


@dataclass(slots=True)
class Account:
    """Somebody who is signed in."""

    url: str
    login: str
    roles: tuple[str, ...]
    organisation_code: str | None = None
    responsibility_codes: tuple[str, ...] = ()
    _session: requests.Session = field(default_factory=requests.Session)

    def sign_in(self, password: str) -> None:
        """Begin a session.

        :raises NoSuchServer: when nothing answers; NoDemonstration when the account is not there.
        """
        try:
            token = self._session.get(f"{self.url}/api/v1/me", timeout=TIMEOUT_S).json()["csrf_token"]
            sent = {"login": self.login, "password": password, "csrf": token, "next": "/"}
            self._session.post(f"{self.url}/sign-in", data=sent, timeout=TIMEOUT_S, allow_redirects=False)
            me = self._session.get(f"{self.url}/api/v1/me", timeout=TIMEOUT_S).json()
        except (requests.RequestException, ValueError, KeyError) as fault:
            raise NoSuchServer(
                f"{self.url} 没有 citygrid 在应答。请先启动服务器（script/server），或用 --url 指明地址。"
            ) from fault
        if me["person"] is None:
            raise NoDemonstration(
                f"{self.url} 没有演示账号 {self.login}，不能演示。演示只对 citygrid demo 建立的示意城市进行。"
            )
        self.organisation_code = me["person"]["organisation_code"]
        self._session.headers["x-csrf-token"] = me["csrf_token"]

    def get(self, path: str, **asked: object) -> Answer:
        """Ask for something."""
        return self._send("GET", path, params=asked)

    def look(self, path: str) -> Page:
        """Open a page."""
        return self._open("GET", path)

    def fill_in(self, path: str, fields: Mapping[str, str]) -> Page:
        """Send the form of a page, with its token."""
        token = str(self._session.headers["x-csrf-token"])
        return self._open("POST", path, data={"csrf": token, **fields})

    def _open(self, method: str, path: str, **sent: Any) -> Page:
        try:
            answer = self._session.request(
                method, self.url + path, timeout=TIMEOUT_S, allow_redirects=False, **sent
            )
        except requests.RequestException as fault:
            return Page(REFUSED + 199, "", type(fault).__name__)
        return Page(answer.status_code, answer.headers.get("location", ""), answer.text)

    def post(self, path: str, sent: Mapping[str, object]) -> Answer:
        """Send JSON."""
        return self._send("POST", path, json=sent)

    def post_form(self, path: str, sent: Mapping[str, object], photos: Mapping[str, bytes]) -> Answer:
        """Send a form with photos by the name of their field."""
        files = [(name, (f"{name}.jpg", data, "image/jpeg")) for name, data in photos.items()]
        return self._send("POST", path, data=sent, files=files)

    def _send(self, method: str, path: str, **sent: Any) -> Answer:
        try:
            answer = self._session.request(method, self.url + path, timeout=TIMEOUT_S, **sent)
            return Answer(answer.status_code, answer.json())
        except requests.RequestException as fault:
            return Answer(REFUSED + 199, {"code": type(fault).__name__})
        except ValueError:
            return Answer(answer.status_code, None)
