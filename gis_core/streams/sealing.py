"""Addresses that browsers are given sealed: they bring them back, and can neither read nor make one.

A seal is deterministic (AES-SIV, RFC 5297): the same address is the same text each time, so that a player
knows a segment again when it reads a playlist once more.
"""

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA512, Hash

from gis_core.errors import NotFound

LONGEST = 4_096


class NotSealed(NotFound):
    """A text that nobody here has sealed, or for something else."""

    code = "not_sealed"


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals texts with a secret of this deployment."""

    secret: bytes = field(repr=False)

    def close(self, words: str, *about: str) -> str:
        """A text sealed, good only together with what it is `about`.

        >>> seal = Seal(b"secret")
        >>> seal.open(seal.close("http://192.0.2.1/1.ts", "SXJ-1"), "SXJ-1")
        'http://192.0.2.1/1.ts'
        """
        closed = self._cipher().encrypt(words.encode(), [part.encode() for part in about])
        return base64.urlsafe_b64encode(closed).decode().rstrip("=")

    def open(self, sealed: str, *about: str) -> str:
        """The text of a seal.

        :raises NotSealed: when it is not ours, or about something else.
        """
        try:
            if len(sealed) > LONGEST * 2:
                raise ValueError(len(sealed))
            closed = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
            opened: bytes = self._cipher().decrypt(closed, [part.encode() for part in about])
        except (InvalidTag, ValueError, binascii.Error):
            raise NotSealed("这个视频地址已失效，请重新打开摄像机。") from None
        return opened.decode()

    def _cipher(self) -> AESSIV:
        digest = Hash(SHA512())
        digest.update(b"citygrid streams\x00" + self.secret)
        return AESSIV(digest.finalize())
