"""Web push (RFC 8030, 8188, 8291, 8292): encrypted for one browser, sent through its maker's service."""

import base64
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from gis_core.errors import BadInput
from gis_core.messages.posting import HostNotAllowed, Poster
from gis_core.messages.sending import NotSent

KEPT_S = 24 * 3600
"""How long a push service keeps a message for a browser that is away."""
TOKEN_FOR = timedelta(hours=12)
GONE = (404, 410)


class BadPushKey(BadInput):
    """The file of the push key is missing or holds none."""

    code = "bad_push_key"


class BadSubscription(BadInput):
    """What a browser says of itself cannot be used to reach it."""

    code = "bad_subscription"


class SubscriptionGone(NotSent):
    """The browser takes no more messages."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser: the address of its service, and its keys in base64url."""

    endpoint: str
    p256dh: str
    auth: str

    @classmethod
    def read(cls, told: Mapping[str, object]) -> "Subscription":
        """What `PushSubscription.toJSON()` says.

        :raises BadSubscription: when an address or a key is missing or has another length.
        """
        keys = told.get("keys")
        found = (
            told.get("endpoint"),
            *(keys.get(name) if isinstance(keys, dict) else None for name in ("p256dh", "auth")),
        )
        endpoint, p256dh, auth = (value if isinstance(value, str) else "" for value in found)
        if len(endpoint) > 2000 or (_length(p256dh), _length(auth)) != (65, 16):
            raise BadSubscription("浏览器的订阅信息不完整，请刷新页面后重新开启。")
        return cls(endpoint, p256dh, auth)


@dataclass(frozen=True, slots=True)
class Push:
    """Sends to browsers; `key_file` holds our key, `contact` is where push services may complain."""

    poster: Poster
    key_file: Path
    contact: str

    @property
    def public_key(self) -> str:
        """The key that browsers subscribe with, base64url.

        :raises BadPushKey: when there is no key.
        """
        from cryptography.hazmat.primitives import serialization

        key = _load(self.key_file).public_key
        raw: bytes = key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def send(self, to: Subscription, payload: Mapping[str, object], at: datetime) -> str:
        """Send to one browser.

        :raises NotSent: when it did not go out; SubscriptionGone when the browser is no more.
        """
        from pywebpush import WebPusher, WebPushException

        info = {"endpoint": to.endpoint, "keys": {"p256dh": to.p256dh, "auth": to.auth}}
        parts = urlsplit(to.endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((at + TOKEN_FOR).timestamp()),
            "sub": self.contact,
        }
        headers = {
            "TTL": str(KEPT_S),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
        }
        try:
            signed: dict[str, str] = _load(self.key_file).sign(claims)
            words = json.dumps(payload, ensure_ascii=False).encode()
            body: bytes = WebPusher(info).encode(words, "aes128gcm")["body"]
            answer = self.poster.post(to.endpoint, body, headers | signed)
        except (HostNotAllowed, BadPushKey, ValueError, WebPushException) as problem:
            raise NotSent(type(problem).__name__, is_for_good=True) from None
        except (OSError, http.client.HTTPException) as problem:
            raise NotSent(type(problem).__name__) from None
        if answer.status in GONE:
            raise SubscriptionGone(f"HTTP {answer.status}", is_for_good=True)
        if not answer.is_good:
            raise NotSent(f"HTTP {answer.status}", is_for_good=answer.status in (400, 403, 413))
        return f"HTTP {answer.status}"


def make_key(path: Path) -> None:
    """Make a key for web push, readable by its owner alone.

    :raises BadPushKey: when there is one already: browsers that subscribed with it would be lost.
    """
    from py_vapid import Vapid02

    if path.exists():
        raise BadPushKey(f"{path} 已有推送密钥；换掉它会使所有已开启的浏览器失效，如确需更换请先移走该文件。")
    key = Vapid02()
    key.generate_keys()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(key.private_pem())


def _load(path: Path) -> "Vapid02":  # type: ignore[name-defined]  # noqa: F821 - imported when it is used
    from py_vapid import Vapid02

    try:
        return Vapid02.from_pem(path.read_bytes())
    except (OSError, ValueError) as problem:
        raise BadPushKey(f"没有可用的推送密钥 {path}，请运行 citygrid notices push-key。") from problem


def _length(text: str) -> int:
    try:
        return len(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return 0
