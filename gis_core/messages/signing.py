"""Signatures of posts: HMAC-SHA256 over the moment and the body, by each secret in force.

`Citygrid-Signature: t=1789694400,v1=<hex>,v1=<hex>`: the receiver takes `t`, a full stop and the body as it
came, computes the HMAC-SHA256 with its secret, compares in constant time with each `v1`, and refuses a `t`
that is more than five minutes off. While a secret is being changed there are two signatures.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

HEADER = "Citygrid-Signature"
TOLERANCE_S = 300


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return f"whsec_{secrets.token_urlsafe(32)}"


def sign(body: bytes, with_secrets: Iterable[str], at: datetime) -> str:
    """The value of the header for a body that is sent at a moment."""
    moment = int(at.timestamp())
    signatures = (f"v1={_mac(body, secret, moment)}" for secret in with_secrets)
    return ",".join((f"t={moment}", *signatures))


def is_signed(body: bytes, header: str, secret: str, at: datetime) -> bool:
    """Whether a header signs the body by this secret, and lately; what receivers do.

    >>> from datetime import UTC, timedelta
    >>> at = datetime(2026, 9, 18, tzinfo=UTC)
    >>> header = sign(b"{}", ["old", "new"], at)
    >>> [is_signed(b"{}", header, secret, at) for secret in ("old", "new", "other")]
    [True, True, False]
    >>> is_signed(b"{}", header, "new", at + timedelta(minutes=6)), is_signed(b"[]", header, "new", at)
    (False, False)
    """
    parts = [part.partition("=") for part in header.split(",")]
    moments = [value for name, _, value in parts if name == "t"]
    if len(moments) != 1 or not (moments[0].isascii() and moments[0].isdigit()) or len(moments[0]) > 12:
        return False
    moment = int(moments[0])
    wanted = _mac(body, secret, moment)
    fits = [hmac.compare_digest(wanted.encode(), value.encode()) for name, _, value in parts if name == "v1"]
    return any(fits) and abs(at.timestamp() - moment) <= TOLERANCE_S


def _mac(body: bytes, secret: str, moment: int) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
